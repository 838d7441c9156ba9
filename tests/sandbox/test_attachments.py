"""Notes and files attached to what is in the books."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.http.uploads import File, read_form

from .conftest import REALM, Client, refusal, sale

Files = list[tuple[str, tuple[str | None, bytes | str, str]]]


def to(entity: str, id_: str) -> list[dict[str, Any]]:
    return [{"EntityRef": {"type": entity, "value": id_}}]


def upload(client: Client, files: Files, **asked: str) -> list[dict[str, Any]]:
    answer = client.session.post(f"{client.url}/v3/company/{REALM}/upload", files=files, params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["AttachableResponse"]


def test_a_note_belongs_to_an_invoice(books: Books, invoice: dict[str, Any]) -> None:
    note = books.create("Attachable", {"Note": "Gate code 7", "AttachableRef": to("invoice", invoice["Id"])})
    assert note["AttachableRef"] == [{"EntityRef": {"value": invoice["Id"], "type": "Invoice"}, "IncludeOnSend": False}]
    assert note.keys() & {"FileAccessUri", "TempDownloadUri", "Size", "FileName"} == set()
    changed = books.update("Attachable", {**note, "Note": "Gate code 8"})
    assert (changed["Note"], changed["SyncToken"]) == ("Gate code 8", "1")
    assert books.delete("Attachable", {"Id": note["Id"], "SyncToken": "1"})["status"] == "Deleted"
    assert refusal(books.get, "Attachable", note["Id"]) == "610"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Note": ""}, "2020"),
        ({"Note": "x" * 2001}, "2050"),
        ({"FileName": "x" * 1001}, "2050"),
        ({"Category": "receipt"}, "2170"),
        ({"AttachableRef": to("Invoice", "77")}, "2500"),
        ({"AttachableRef": to("Galaxy", "1")}, "6050"),
        ({"AttachableRef": [{}]}, "2020"),
        ({"AttachableRef": ["Invoice 1"]}, "2010"),
        ({"AttachableRef": "Invoice 1"}, "2010"),
    ],
)
def test_an_impossible_note_is_refused(books: Books, fields: dict[str, Any], code: str) -> None:
    assert refusal(books.create, "Attachable", {"Note": "n", **fields}) == code


def test_notes_are_found_by_what_they_belong_to(books: Books, customer: str) -> None:
    bill = books.create("Invoice", sale(customer, 5))["Id"]
    for entity, id_ in (("Customer", customer), ("Invoice", bill), ("Item", "1")):
        books.create("Attachable", {"Note": entity, "AttachableRef": to(entity, id_)})
    statement = (
        "select Id, Note from attachable where AttachableRef.EntityRef.Type = 'invoice' "
        f"and AttachableRef.EntityRef.value = '{bill}'"
    )
    assert [found["Note"] for found in books.query(statement)["Attachable"]] == ["Invoice"]


def test_an_uploaded_file_is_downloaded_as_it_was(client: Client, customer: str) -> None:
    said = {"AttachableRef": to("Customer", customer), "Note": "Photo", "FileName": "gate.jpg"}
    (answer,) = upload(
        client,
        [
            ("file_metadata_01", (None, json.dumps(said), "application/json")),
            ("file_content_01", ("local.jpg", b"\xff\xd8\x00\r\n--x", "image/jpeg")),
        ],
    )
    made = answer["Attachable"]
    shown = {name: made[name] for name in ("FileName", "Note", "Size", "ContentType", "FileAccessUri")}
    assert shown == {
        "FileName": "gate.jpg",
        "Note": "Photo",
        "Size": 8,
        "ContentType": "image/jpeg",
        "FileAccessUri": f"/v3/company/{REALM}/download/{made['Id']}",
    }
    address = client.get(f"download/{made['Id']}")
    assert address.headers["content-type"].startswith("text/plain")
    assert address.text == made["TempDownloadUri"]
    file = requests.get(address.text, timeout=10)
    assert (file.content, file.headers["content-type"]) == (b"\xff\xd8\x00\r\n--x", "image/jpeg")
    (found,) = client.query("SELECT * FROM Attachable WHERE FileName = 'gate.jpg'").json()["QueryResponse"][
        "Attachable"
    ]
    assert found == made


def test_a_full_update_keeps_the_file_and_a_deletion_takes_it_away(client: Client, customer: str) -> None:
    (answer,) = upload(client, [("file_content_01", ("gate.txt", b"open", "text/plain"))])
    made = answer["Attachable"]
    assert (made["FileName"], "AttachableRef" in made) == ("gate.txt", False)
    change = {"Id": made["Id"], "SyncToken": "0", "FileName": "gate.txt", "AttachableRef": to("Customer", customer)}
    changed = client.post("attachable", change).json()["Attachable"]
    assert (changed["TempDownloadUri"], changed["Size"]) == (made["TempDownloadUri"], 4)
    client.post("attachable", {"Id": made["Id"], "SyncToken": "1"}, operation="delete")
    assert requests.get(made["TempDownloadUri"], timeout=10).status_code == 404
    assert client.get(f"download/{made['Id']}").json()["Fault"]["Error"][0]["code"] == "610"


def test_each_file_succeeds_or_fails_by_itself(client: Client) -> None:
    wrong = {"AttachableRef": to("Customer", "77"), "FileName": "lost.txt"}
    files: Files = [
        ("file_metadata_01", (None, json.dumps(wrong), "application/json")),
        ("file_content_01", ("lost.txt", b"1", "text/plain")),
        ("file_content_02", ("kept.txt", b"2", "text/plain")),
    ]
    lost, kept = upload(client, files)
    assert (lost["Fault"]["Error"][0]["code"], kept["Attachable"]["FileName"]) == ("2500", "kept.txt")
    assert client.meter()["writes"]["Attachable.create"] == 1


def test_an_upload_with_a_request_id_is_kept_once(client: Client) -> None:
    files: Files = [("file_content_01", ("gate.txt", b"open", "text/plain"))]
    first, again = (upload(client, files, requestid="u1") for _ in range(2))
    assert first == again
    assert client.query("SELECT COUNT(*) FROM Attachable").json()["QueryResponse"]["totalCount"] == 1


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("application/json", b"{}", "2010"),
        ("multipart/form-data; boundary=b", b"", "2010"),
        ("multipart/form-data", b"--b\r\n\r\n--b--", "2010"),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", "2020"),
        (
            "multipart/form-data; boundary=b",
            b'--b\nContent-Disposition: form-data; name="file_metadata_01"\n\n[1]\n'
            b'--b\nContent-Disposition: form-data; name="file_content_01"\n\nx\n--b--',
            "2010",
        ),
    ],
)
def test_what_is_no_form_with_files_is_refused(client: Client, kind: str, body: bytes, code: str) -> None:
    address = f"{client.url}/v3/company/{REALM}/upload"
    answer = client.session.post(address, data=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, code)


def test_a_note_has_nothing_to_download(client: Client, books: Books) -> None:
    note = books.create("Attachable", {"Note": "n"})
    assert client.get(f"download/{note['Id']}").json()["Fault"]["Error"][0]["code"] == "610"
    assert client.get("download").json()["Fault"]["Error"][0]["code"] == "2030"
    assert requests.get(f"{client.url}/files/guess", timeout=10).status_code == 404


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=200) | st.text(alphabet="\r\n-b\x00\x0b\x0c\x1c\x85", max_size=40).map(str.encode))
def test_any_bytes_arrive_as_they_were_sent(content: bytes) -> None:
    form = requests.Request("POST", "http://x", files={"file_content_01": ("f", content, "image/png")}).prepare()
    assert isinstance(form.body, bytes)
    (part,) = read_form(form.headers["Content-Type"], form.body)
    assert part.file == File(content, "image/png")


def test_a_kind_of_file_that_could_break_an_answer_is_served_as_bytes(client: Client, books: Books) -> None:
    said = json.dumps({"FileName": "f", "ContentType": "text/plain\r\nX-Evil: 1"})
    files: Files = [
        ("file_metadata_01", (None, said, "application/json")),
        ("file_content_01", ("f", b"1", "text/plain")),
    ]
    (answer,) = upload(client, files)
    file = requests.get(answer["Attachable"]["TempDownloadUri"], timeout=10)
    assert (file.headers["content-type"], "X-Evil" in file.headers) == ("application/octet-stream", False)
