"""Syncta's service keeps the contract of include/syncta/openapi.yaml: records, versions, refusals."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from include.sandbox.store import Store
from include.sandbox.syncta.app import API_KEY
from include.sandbox.syncta.asks import MOST_BYTES
from tests.sandbox.syncta_service import LINE, Service, keeps, syncta

JSON = {"Content-Type": "application/json"}
MOVE = {"to": "c000001"}
PAID = {"date": "2026-10-20", "reference": ""}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    store = Store(tmp_path_factory.mktemp("syncta") / "sandbox.sqlite")
    with syncta(store) as service:
        service.customer("Nick Brown")
        yield service
    store.close()


@pytest.mark.parametrize(
    ("path", "schema"),
    [("account", "Account"), ("changes", "Changes"), ("customers", "CustomerPage"), ("invoices", "InvoicePage")],
)
def test_every_list_is_as_the_contract_says(service: Service, path: str, schema: str) -> None:
    keeps(service.call("GET", path), schema)


def test_records_carry_their_version_and_the_servers_clock(service: Service) -> None:
    made = service.customer()
    answer = service.call("GET", f"customers/{made['id']}")
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Date"].endswith("GMT")
    changed = service.call("PATCH", f"customers/{made['id']}", json={"phone": "1"}, headers={"If-Match": '"1"'})
    assert (keeps(changed, "Customer")["version"], changed.headers["ETag"]) == (2, '"2"')


def test_a_new_customer_says_where_it_is(service: Service) -> None:
    answer = service.call("POST", "customers", json={"name": "Ann Lee"})
    assert service.call("GET", answer.headers["Location"].removeprefix("/v1/")).json() == answer.json()


def test_answers_bear_nothing_of_quickbooks(service: Service) -> None:
    answer = service.call("GET", "account")
    assert {name.lower() for name in answer.headers} == {"date", "content-length", "content-type"}


def test_several_customers_may_bear_one_name(service: Service) -> None:
    twice = {service.customer("Twin")["id"], service.customer("Twin")["id"]}
    found = keeps(service.call("GET", "customers", params={"name": "Twin"}), "CustomerPage")
    assert {row["id"] for row in found["data"]} == twice


def test_a_customer_is_found_by_its_external_id_and_an_invoice_by_number_and_customer(service: Service) -> None:
    customer = service.customer(external_id="QB 58")["id"]
    invoice = service.invoice(customer, number="I-77")["id"]
    for path, asked in (
        ("customers", {"external_id": "QB 58"}),
        ("invoices", {"number": "I-77"}),
        ("invoices", {"customer_id": customer}),
    ):
        found = service.call("GET", path, params=asked).json()["data"]
        assert [row["id"] for row in found] == [customer if path == "customers" else invoice]


def test_half_a_character_typed_in_by_hand_is_shown_but_never_found(service: Service) -> None:
    broken = service.by_hand("POST", "customers", {"name": "half \ud800"}).json()
    assert service.call("GET", f"customers/{broken['id']}").json()["name"] == "half \ud800"
    for name in ("half \ufffd", "half \ufffd\ufffd\ufffd", "half ?"):
        assert service.call("GET", "customers", params={"name": name}).json()["data"] == []


def test_an_invoice_becomes_ready_when_it_leaves_the_status_new(service: Service) -> None:
    made = service.invoice(service.customer()["id"])
    assert (made["status"], made["ready_at"]) == ("new", None)
    ready = service.by_hand("PATCH", f"invoices/{made['id']}", {"status": "unpaid"}).json()
    assert made["created_at"] < ready["ready_at"] <= ready["updated_at"]
    keeps(service.call("GET", f"invoices/{made['id']}"), "Invoice")


def test_lines_added_later_change_the_total(service: Service) -> None:
    made = service.invoice(service.customer()["id"])
    more = service.by_hand("PATCH", f"invoices/{made['id']}", {"lines": [LINE, LINE]}).json()
    assert (made["total"], more["total"]) == ("10.00", "20.00")


def test_head_is_get_without_the_body(service: Service) -> None:
    answer = service.call("HEAD", "customers/c000001")
    assert (answer.status_code, answer.headers["ETag"], answer.content) == (200, '"1"', b"")
    assert service.call("HEAD", "customers/none").status_code == 404


def test_an_address_is_kept_in_every_percent_encoding_and_a_slash_in_an_id_is_no_way_around(service: Service) -> None:
    assert service.call("GET", "custom%65rs/c00000%31").json()["name"] == "Nick Brown"
    assert service.call("POST", "customers/c000001%2Fmove", json=MOVE).status_code == 404


WRONG = [
    ("GET", "customers", {"params": {"limit": "0"}}, 400, "limit"),
    ("GET", "customers", {"params": {"limit": "501"}}, 400, "limit"),
    ("GET", "customers", {"params": {"limit": "many"}}, 400, "limit"),
    ("GET", "customers", {"params": {"limit": "1.0"}}, 400, "limit"),
    ("GET", "customers", {"params": {"limit": "９"}}, 400, "limit"),
    ("GET", "customers", {"params": {"limit": ["1", "2"]}}, 400, "limit"),
    ("GET", "customers", {"params": {"cursor": "-1"}}, 400, "cursor"),
    ("GET", "customers", {"params": {"cursor": "1-1\n"}}, 400, "cursor"),
    ("GET", "customers", {"params": {"include_deleted": "yes"}}, 400, "include_deleted"),
    ("GET", "customers", {"params": {"updated_since": "yesterday"}}, 400, "updated_since"),
    ("GET", "customers", {"params": {"updated_since": "2026-01-01"}}, 400, "updated_since"),
    ("GET", "customers", {"params": {"updated_since": "2026-01-01T00:00:00"}}, 400, "updated_since"),
    ("GET", "customers", {"params": {"updated_since": "2026-02-30T00:00:00Z"}}, 400, "updated_since"),
    ("GET", "customers", {"params": {"updated_since": "2026-01-01 00:00:00Z"}}, 400, "updated_since"),
    ("GET", "customers", {"params": {"updated_sinc": "2026-01-01T00:00:00Z"}}, 400, "updated_sinc"),
    ("GET", "customers", {"params": {"name": ""}}, 400, "name"),
    ("GET", "customers", {"params": {"name": "a\0b"}}, 400, "name"),
    ("GET", "customers", {"params": "name=%FF"}, 400, None),
    ("GET", "customers", {"params": "name=" + "&name=" * 101}, 400, None),
    ("GET", "customers/none", {}, 404, None),
    ("GET", "customers/%00", {}, 404, None),
    ("GET", "nothing", {}, 404, None),
    ("GET", "customers/", {}, 404, None),
    ("GET", "", {}, 404, None),
    ("POST", "customers", {"data": b"{", "headers": JSON}, 400, None),
    ("POST", "customers", {"data": b"", "headers": JSON}, 400, None),
    ("POST", "customers", {"data": b'{"name": "\xff"}', "headers": JSON}, 400, None),
    ("POST", "customers", {"data": b'\xef\xbb\xbf{"name": "A"}', "headers": JSON}, 400, None),
    ("POST", "customers", {"data": b'{"name": "half \\ud800"}', "headers": JSON}, 400, None),
    ("POST", "customers", {"data": b'{"name": "A", "name": "B"}', "headers": JSON}, 400, None),
    ("POST", "customers", {"data": b'{"name": NaN}', "headers": JSON}, 400, None),
    ("POST", "customers", {"data": b"[" * 100_000, "headers": JSON}, 400, None),
    ("POST", "customers", {"json": []}, 400, None),
    ("POST", "customers", {"json": {"name": "A"}, "headers": {"Idempotency-Key": "a b"}}, 400, "Idempotency-Key"),
    ("POST", "customers", {"data": b"{}"}, 415, "Content-Type"),
    ("POST", "customers", {"data": {"name": "A"}}, 415, "Content-Type"),
    (
        "POST",
        "customers",
        {"data": b"{}", "headers": {"Content-Type": "application/json; charset=latin-1"}},
        415,
        "Content-Type",
    ),
    ("POST", "customers", {"data": b"x" * (MOST_BYTES + 1), "headers": JSON}, 413, None),
    ("POST", "customers", {"json": {}}, 422, None),
    ("POST", "customers", {"json": {"name": ""}}, 422, "name"),
    ("POST", "customers", {"json": {"name": "a\0b"}}, 422, "name"),
    ("POST", "customers", {"json": {"name": "x" * 501}}, 422, "name"),
    ("POST", "customers", {"json": {"name": "A", "surprise": 1}}, 422, None),
    ("POST", "customers", {"json": {"name": "A", "active": False}}, 422, None),
    ("POST", "customers", {"json": {"name": "A", "emails": "a@example.com"}}, 422, "emails"),
    ("POST", "customers", {"json": {"name": "A", "emails": ["", 1]}}, 422, "emails.1"),
    ("POST", "customers", {"json": {"name": "A", "mailing_address": {"zip": "1"}}}, 422, "mailing_address"),
    ("POST", "customers", {"json": {"name": "A", "parent_id": "none"}}, 409, "parent_id"),
    ("PATCH", "customers/c000001", {"json": {}}, 422, None),
    ("PATCH", "customers/none", {"json": {"name": ""}}, 422, "name"),
    ("PATCH", "customers/c000001", {"json": {"phone": "1"}, "headers": {"If-Match": "1"}}, 412, "If-Match"),
    ("PATCH", "customers/c000001", {"json": {"phone": "1"}, "headers": {"If-Match": 'W/"1"'}}, 412, "If-Match"),
    ("POST", "customers/c000001/move", {"json": {"to": "none"}}, 409, "to"),
    ("POST", "customers/none/move", {"json": MOVE}, 404, None),
    ("POST", "invoices/none/paid", {"json": PAID}, 404, None),
    ("POST", "invoices/none/paid", {"json": {**PAID, "date": "soon"}}, 422, "date"),
    ("POST", "invoices/none/paid", {"json": {**PAID, "date": "2026-02-30"}}, 422, "date"),
    ("POST", "invoices/none/reopen", {}, 404, None),
]


@pytest.mark.parametrize(("method", "path", "options", "status", "field"), WRONG)
def test_a_wrong_request_gets_the_contracts_problem(
    service: Service, method: str, path: str, options: dict[str, Any], status: int, field: str | None
) -> None:
    answer = service.call(method, path, **options)
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = keeps(answer, "Problem")
    assert problem["status"] == status
    assert "\n" not in problem["title"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("account", "GET, HEAD"),
        ("customers", "GET, HEAD, POST"),
        ("customers/c000001", "DELETE, GET, HEAD, PATCH"),
        ("customers/c000001/move", "POST"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE"])
def test_a_method_that_a_path_lacks_is_answered_with_those_it_has(
    service: Service, method: str, path: str, allowed: str
) -> None:
    answer = service.call(method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    keeps(answer, "Problem")


@pytest.mark.parametrize("path", ["/", "/v2/customers", "/v1customers", "/sandbox/nothing"])
def test_other_paths_are_not_found_as_a_problem(service: Service, path: str) -> None:
    answer = requests.get(f"{service.url}{path}", headers={"Authorization": f"Bearer {API_KEY}"}, timeout=30)
    assert (answer.status_code, keeps(answer, "Problem")["status"]) == (404, 404)


@pytest.mark.parametrize("said", ["", "Bearer", "Bearer wrong", "Basic x", f"{API_KEY}", f"Bearer {API_KEY}, Bearer x"])
def test_without_the_key_nothing_is_told(service: Service, said: str) -> None:
    for method, path in (("GET", "customers"), ("GET", "nothing"), ("PUT", "account"), ("POST", "customers")):
        answer = service.call(method, path, headers={"Authorization": said})
        assert (answer.status_code, answer.json()["title"]) == (401, "The API key is missing or wrong.")
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="Syncta"')


@pytest.mark.parametrize("kind", ["application/json;charset=UTF-8", 'Application/JSON; charset="utf-8"'])
def test_json_may_be_announced_with_its_encoding(service: Service, kind: str) -> None:
    answer = service.call("POST", "customers", data='{"name": "Zoë"}'.encode(), headers={"Content-Type": kind})
    assert answer.json()["name"] == "Zoë"


def test_the_word_bearer_is_taken_in_any_case(service: Service) -> None:
    assert service.call("GET", "account", headers={"Authorization": f"bearer {API_KEY}"}).ok


def test_a_header_sent_twice_is_taken_as_both(service: Service) -> None:
    host, _, port = urlsplit(service.url).netloc.partition(":")
    lines = ["PATCH /v1/customers/c000001 HTTP/1.1", "Host: x", f"Authorization: Bearer {API_KEY}", 'If-Match: "8"']
    lines += ['If-Match: "9"', "Content-Type: application/json", "Content-Length: 13", "Connection: close"]
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall("\r\n".join([*lines, "", '{"phone":"1"}']).encode())
        assert line.makefile("rb").readline().split()[1] == b"412"


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:60-12:00", "2016-12-31t23:59:60z"])
def test_times_at_the_edge_of_the_calendar_are_times(service: Service, since: str) -> None:
    assert service.call("GET", "changes", params={"since": since}).ok


def test_reset_and_clock_answer_wrong_methods_with_those_they_have(service: Service) -> None:
    answer = requests.put(f"{service.url}/sandbox/clock", timeout=30)
    assert (answer.status_code, answer.headers["Content-Type"]) == (405, "application/problem+json")
    assert "POST" in answer.headers["Allow"]


def test_the_meter_counts_by_routes_of_the_contract_only(service: Service) -> None:
    service.call("GET", "made/up", headers={"Authorization": ""})
    routes = json.loads(requests.get(f"{service.url}/sandbox/meter", timeout=30).text)["by_route"]
    assert routes["unknown"] > 0
    assert not [route for route in routes if "made" in route]
