"""Whatever is sent, QuickBooks answers with one of its faults: no 5xx, nothing half written."""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.entities import ENTITIES
from include.sandbox.quickbooks.http.xml import write_xml

from .conftest import REALM, sale
from .hostile import TEXTS, VALUES, Raw, begin, broken_bodies, encoded, good_bodies, wild_bodies

NOT_BOOKS = ("meter", "qb_answer", "qb_token", "setting")
HOW = st.sampled_from([
    {}, {}, {"operation": "delete"}, {"operation": "void"}, {"operation": "update", "include": "void"},
    {"operation": "update"}, {"requestid": "r" * 51}, {"minorversion": "x"},
])  # fmt: skip
CODES = st.sampled_from(["create", "update", "delete", "void", "CREATE", "", "merge"])
Ask = Callable[..., tuple[int, Any]]


def hostile(examples: int) -> Callable[[Any], Any]:
    """The same examples in every run."""
    ignored = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=ignored)


@pytest.fixture
def ask(url: str, books: Books) -> Iterator[Ask]:
    """A request as it is, to a company with some records; asserts what holds for every answer."""
    begin(books)
    address = urlsplit(url)
    line = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    line.request("GET", "/sandbox/credentials")
    token = json.loads(line.getresponse().read())["access_token"]

    def ask(method: str, target: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
        before = state_of(books)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", **headers}
        line.request(method, target, body, headers)
        answer = line.getresponse()
        said = answer.read()
        assert answer.status < 500, said
        assert answer.headers["intuit_tid"]
        if answer.status >= 400:
            assert state_of(books) == before
        if method == "HEAD" or not target.startswith("/v3/company/"):
            return answer.status, said
        if said.startswith(b"<?xml"):
            told = {child.tag.rpartition("}")[2]: child for child in fromstring(said)}
            assert (answer.status == 200) is not ("Fault" in told)
            return answer.status, told
        told = json.loads(said, parse_constant=pytest.fail)
        assert (answer.status == 200) is not bool({"Fault", "fault"} & set(told)), said
        if "Fault" in told:
            error = told["Fault"]["Error"][0]
            assert set(error) >= {"Message", "Detail", "code"}
            assert error["code"].isdecimal()
        return answer.status, told

    yield ask
    line.close()


def state_of(books: Books) -> str:
    """Everything the books hold, in one short text."""
    tables = books.store.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    names = sorted(table["name"] for table in tables if table["name"] not in NOT_BOOKS)
    rows = [(name, [tuple(row) for row in books.store.rows(f'SELECT * FROM "{name}"')]) for name in names]
    rows = [(name, kept) for name, kept in rows if kept]
    return hashlib.sha256(repr(rows).encode("utf-8", "surrogatepass")).hexdigest()


def target(*parts: str | bytes, **asked: str) -> str:
    path = "/".join(quote(part, safe="") for part in parts)
    query = urlencode({name: value.encode("utf-8", "surrogatepass") for name, value in asked.items()})
    return f"/v3/company/{REALM}/{path}?{query}"


def test_what_is_broken_below_was_good(books: Books) -> None:
    begin(books)
    for entity, body in good_bodies():
        assert books.create(entity, body)["Id"]


@hostile(200)
@given(said=broken_bodies() | wild_bodies(), how=HOW)
@example(said=("Customer", {"DisplayName": "\ud800"}), how={})
@example(said=("Customer", {"DisplayName": "A", "BillAddr": {"Line1": Raw("1e999")}}), how={})
@example(said=("Invoice", {**sale("1", 5), "TxnDate": Raw("NaN")}), how={})
@example(said=("Invoice", {**sale("9" * 30, 5)}), how={})
@example(said=("Customer", {"Id": "9" * 30, "SyncToken": "0"}), how={"operation": "update"})
def test_a_write_of_any_shape_is_done_or_refused(ask: Ask, said: tuple[str, Any], how: dict[str, str]) -> None:
    entity, body = said
    ask("POST", target(entity.lower(), **how), encoded(body))


@hostile(60)
@given(
    said=broken_bodies(),
    accept=st.sampled_from(["application/xml", "*/*", "application/json"]),
    cut=st.integers(0, 900),
)
def test_xml_of_any_shape_is_answered_in_the_callers_language(
    ask: Ask, said: tuple[str, Any], accept: str, cut: int
) -> None:
    entity, body = said
    whole = write_xml({entity: body}).partition(f"<{entity}")
    sent = f"<{entity}{whole[2]}".removesuffix("</IntuitResponse>").encode("utf-8", "surrogatepass")
    for document in (sent, sent[:cut]):
        ask("POST", target(entity.lower()), document, **{"Content-Type": "application/xml", "Accept": accept})


@hostile(60)
@given(
    items=st.lists(st.tuples(broken_bodies() | wild_bodies(), TEXTS | VALUES, CODES | VALUES) | VALUES, max_size=4),
    request_id=st.sampled_from(["", "b", "b" * 37]),
)
def test_a_batch_of_any_shape_is_answered(ask: Ask, items: list[Any], request_id: str) -> None:
    sent = [{"bId": i[1], "operation": i[2], i[0][0]: i[0][1]} if isinstance(i, tuple) else i for i in items]
    ask("POST", target("batch", requestid=request_id), encoded({"BatchItemRequest": sent}))


@hostile(60)
@given(said=broken_bodies() | wild_bodies())
def test_a_bad_item_of_a_batch_changes_nothing(ask: Ask, books: Books, said: tuple[str, Any]) -> None:
    entity, body = said
    before = state_of(books)
    item = {"bId": "1", "operation": "create", entity: body}
    status, told = ask("POST", target("batch"), encoded({"BatchItemRequest": [item]}))
    if status != 200 or "Fault" in told["BatchItemResponse"][0]:
        assert state_of(books) == before


NAMES = st.sampled_from(sorted({name for entity in ENTITIES.values() for name in entity.ask})) | TEXTS
STATEMENTS = st.one_of(
    TEXTS,
    st.builds(
        "select * from {} where {} {} '{}'".format,
        st.sampled_from(sorted(ENTITIES)),
        NAMES,
        st.sampled_from(["=", "<", ">=", "like", "in"]),
        TEXTS,
    ),
    st.builds(
        "select {1} from {0} where Id in ({2}) orderby {1}".format, st.sampled_from(sorted(ENTITIES)), NAMES, TEXTS
    ),
    st.builds("select * from Customer startposition {} maxresults {}".format, st.integers() | TEXTS, st.integers()),
)


@hostile(120)
@given(statement=STATEMENTS, in_body=st.booleans())
@example(statement="select * from Customer where Id = '999999999999999999999999999999'", in_body=True)
@example(statement="select * from Customer where MetaData.CreateTime > '9999-12-31T23:59:59-23:00'", in_body=True)
def test_a_query_of_any_words_is_answered(ask: Ask, statement: str, in_body: bool) -> None:
    sent = statement.encode("utf-8", "surrogatepass")
    ask("POST", target("query"), sent) if in_body else ask("GET", target("query", query=statement))


@hostile(50)
@given(entities=TEXTS | st.sampled_from(["Customer", "invoice,,Payment"]), since=TEXTS)
@example(entities="Customer", since="0001-01-01T00:00:00+14:00")
@example(entities="Customer", since="9999-12-31T23:59:59-14:00")
def test_change_data_capture_of_any_time_is_answered(ask: Ask, entities: str, since: str) -> None:
    ask("GET", target("cdc", entities=entities, changedSince=since))


@hostile(80)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]),
    first=st.sampled_from(["customer", "invoice", "batch", "query", "cdc", "preferences", "reports", ""]) | TEXTS,
    rest=st.lists(st.binary(max_size=6), max_size=2),
    body=st.binary(max_size=40),
)
def test_a_path_of_any_bytes_is_answered(ask: Ask, method: str, first: str, rest: list[bytes], body: bytes) -> None:
    ask(method, target(first.encode("utf-8", "surrogatepass"), *rest), body)


def test_what_is_no_json_object_is_refused(ask: Ask) -> None:
    no_objects = (
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"",
        b"\xef\xbb\xbf[]",
        b"{}\x00",
        b"\xff\xfe{",
        b"null",
        b'"x"',
        b"1",
    )
    for path in ("customer", "batch", "invoice", "query"):
        for body in no_objects:
            assert ask("POST", target(path), body)[0] == 400


@hostile(40)
@given(
    form=st.dictionaries(st.sampled_from(["grant_type", "refresh_token", "code", "token", "client_id"]) | TEXTS, TEXTS)
    | st.binary(max_size=40),
    login=st.sampled_from(["Basic", "Basic !!!", "Basic w4k=", "Basic " + "QQ" * 50, "Bearer x", ""]),
    path=st.sampled_from(["/oauth2/v1/tokens/bearer", "/v2/oauth2/tokens/revoke"]),
)
def test_a_token_request_of_any_form_is_answered(ask: Ask, form: Any, login: str, path: str) -> None:
    pairs = (
        {}
        if isinstance(form, bytes)
        else {k.encode("utf-8", "replace"): v.encode("utf-8", "replace") for k, v in form.items()}
    )
    status, _ = ask("POST", path, form if isinstance(form, bytes) else urlencode(pairs).encode(), Authorization=login)
    assert status in (400, 401)


def test_a_login_of_any_form_meets_the_gateway(ask: Ask) -> None:
    for login in ("", "Bearer", "Bearer ", "bearer x", "Basic QQ==", "Bearer \xe9\xff", "Bearer " + "x" * 5000):
        status, told = ask("GET", target("preferences"), Authorization=login)
        assert (status, told["fault"]["type"]) == (401, "AUTHENTICATION")


def test_other_paths_and_methods_are_not_found_or_not_allowed(ask: Ask) -> None:
    for path in ("/", "/v3", "/favicon.ico", "/sandbox/nothing"):
        assert ask("GET", path)[0] == 404
    for method, path in (("GET", "/oauth2/v1/tokens/bearer"), ("DELETE", "/discovery"), ("PUT", "/sandbox/clock")):
        assert ask(method, path)[0] == 405


def test_a_control_request_of_any_shape_is_one_line(ask: Ask) -> None:
    for route in ("reset", "faults", "limits", "clock"):
        for body in (b"{", b"[]", b'"x"', b"[" * 5000, b'{"\\ud800": 1}', b'{"set": 5}', b'{"kind": []}', b"\xff"):
            status, said = ask("POST", f"/sandbox/{route}", body)
            assert status == 400
            assert "\n" not in json.loads(said)["error"]


def test_what_is_no_http_is_refused(url: str) -> None:
    address = urlsplit(url)
    for sent in (b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"):
        with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as line:
            line.sendall(sent)
            assert line.recv(100).startswith(b"HTTP/1.1 4")
