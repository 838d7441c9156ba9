"""Faults on order: what the client sees, and what is written all the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from include.sandbox.faults import Call, Fault, FaultInvalid
from include.sandbox.kinds import KINDS
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.http import replays
from include.sandbox.store import Store
from tests.sandbox_server import sandbox_in_threads

from .conftest import REALM, Client, sale

A = {"DisplayName": "A"}


def code_of(answer: requests.Response) -> str:
    return answer.json()["Fault"]["Error"][0]["code"]


def count(client: Client, entity: str = "Customer") -> int:
    return client.query(f"select count(*) from {entity}").json()["QueryResponse"]["totalCount"]


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it holds within ten seconds."""
    pause = threading.Event()
    return any(holds() or pause.wait(0.02) for _ in range(500))


def customers(*names: str, **more: Any) -> dict[str, Any]:
    items = [{"bId": name, "operation": "create", "Customer": {"DisplayName": name}} for name in names]
    return {"BatchItemRequest": items, **more}


# --- when it happens -----------------------------------------------------------------------------------------------


def test_a_fault_lets_the_first_calls_pass_and_then_happens_as_often_as_ordered(store: Store) -> None:
    store.faults.order("syncta", Fault("empty", {"operation": "read"}, count=2, after=1))
    taken = [store.faults.take("syncta", Call("read")) for _ in range(5)]
    assert [fault.kind if fault else None for fault in taken] == [None, "empty", "empty", None, None]
    assert not store.faults.any_left("syncta")


def test_a_fault_by_chance_follows_its_seed_and_has_no_end(store: Store) -> None:
    def draws(**order: Any) -> list[bool]:
        store.faults.clear("quickbooks")
        store.faults.order("quickbooks", Fault.from_json({"kind": "empty", **order}))
        return [store.faults.take("quickbooks", Call("read")) is not None for _ in range(200)]

    chance = draws(probability=0.2, seed=7)
    assert 20 < sum(chance) < 60
    assert draws(probability=0.2, seed=7) == chance
    assert draws(probability=0.2, seed=8) != chance
    assert sum(draws(probability=0.2, seed=7, count=3)) == 3
    assert draws(probability=0.2, seed=7, after=5)[:5] == [False] * 5
    assert not any(draws(probability=0))


def test_a_fault_by_chance_goes_on_after_a_restart(tmp_path: Path) -> None:
    def draws(n: int) -> list[bool]:
        store = Store(tmp_path / "s")
        if not store.faults.any_left("syncta"):
            store.faults.order("syncta", Fault.from_json({"kind": "empty", "probability": 0.5, "seed": 1}))
        taken = [store.faults.take("syncta", Call("read")) is not None for _ in range(n)]
        store.close()
        return taken

    whole = draws(20) + draws(20)
    assert whole[:20] != whole[20:]
    assert [Fault("empty", probability=0.5, seed=1).befalls(n) for n in range(40)] == whole


def test_a_fault_befalls_only_what_it_names(store: Store) -> None:
    store.faults.order("quickbooks", Fault("empty", {"operation": "batch", "entity": "Invoice", "path": "/v3/"}))
    assert store.faults.take("syncta", Call("batch", "Invoice", "/v3/")) is None
    assert store.faults.take("quickbooks", Call("batch", "Payment", "/v3/")) is None
    assert store.faults.take("quickbooks", Call("batch", "Invoice", "/v4/")) is None
    assert store.faults.take("quickbooks", Call("batch", "Customer,Invoice", "/v3/x"), "slow", "hang") is None
    assert store.faults.take("quickbooks", Call("batch", "Customer,Invoice", "/v3/x"), "slow", "empty") is not None


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ({}, "kind must be one of bumped, "),
        ({"kind": "flood"}, "kind must be"),
        ({"kind": ["empty"]}, "kind must be"),
        ({"kind": "empty", "often": 2}, "empty does not take often"),
        ({"kind": "hang", "status": 500}, "hang does not take status"),
        ({"kind": "empty", "match": {"x": "1"}}, "match must be"),
        ({"kind": "empty", "match": {"path": 1}}, "match must be"),
        ({"kind": "empty", "match": "batch"}, "match must be"),
        ({"kind": "empty", "count": 0}, "count must be"),
        ({"kind": "empty", "count": True}, "count must be"),
        ({"kind": "empty", "after": -1}, "after must be"),
        ({"kind": "empty", "probability": 2}, "probability must be"),
        ({"kind": "empty", "seed": "x"}, "seed must be"),
        ({"kind": "status", "status": 99}, "status must be"),
        ({"kind": "status", "body": "pdf"}, "body must be"),
        ({"kind": "status", "retry_after": 1.5}, "retry_after must be"),
        ({"kind": "status", "after_commit": 1}, "after_commit must be"),
        ({"kind": "unauthorized", "why": "tired"}, "why must be"),
        ({"kind": "slow", "seconds": -1}, "seconds must be"),
        ({"kind": "slow", "seconds": float("nan")}, "seconds must be"),
        ({"kind": "clock_skew", "skew_seconds": "1"}, "skew_seconds must be"),
        ({"kind": "item_fault", "code": 6210}, "code must be"),
        ({"kind": "partial_batch", "items": 31}, "items must be"),
        ({"kind": "other_tax", "amount": None, "match": []}, "match must be"),
    ],
)
def test_an_order_nobody_understands_is_refused_in_one_line(order: dict[str, Any], says: str) -> None:
    with pytest.raises(FaultInvalid, match=says) as refused:
        Fault.from_json(order)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_listed_as_ordered_and_can_be_ordered_again(store: Store, kind: str) -> None:
    store.faults.order("quickbooks", Fault.from_json({"kind": kind, "match": {"entity": "Invoice"}, "count": 2}))
    (listed,) = store.faults.waiting("quickbooks")
    assert Fault.from_json({name: value for name, value in listed.items() if name != "id"}).said() == {
        name: value for name, value in listed.items() if name != "id"
    }
    assert set(listed) - {"id"} >= KINDS[kind].keys


def test_orders_are_cancelled_one_by_one_or_all(client: Client) -> None:
    for kind in ("empty", "html", "hang"):
        client.order(kind)
    address = f"{client.url}/sandbox/faults"
    first, second, _ = client.session.get(address).json()["faults"]
    left = client.session.delete(f"{address}/{second['id']}").json()["faults"]
    assert [order["kind"] for order in left] == ["empty", "hang"]
    assert client.get("preferences").text == ""
    assert [order["kind"] for order in client.session.get(address).json()["faults"]] == ["hang"]
    assert client.session.delete(address).json() == {"faults": []}
    assert client.get("preferences").ok
    assert first["count"] == 1


# --- answers -------------------------------------------------------------------------------------------------------


ANSWERS: list[tuple[dict[str, Any], int, str]] = [
    ({"kind": "unauthorized"}, 401, "Token expired"),
    ({"kind": "unauthorized", "why": "malformed"}, 401, "Malformed bearer token"),
    ({"kind": "unauthorized", "why": "revoked"}, 401, "message=ApplicationAuthenticationFailed; errorCode=003200"),
    ({"kind": "forbidden"}, 403, "message=AuthorizationFailed; errorCode=003100; statusCode=403"),
    ({"kind": "throttle_xml"}, 429, '<Fault type="SERVICE"><Error code="3001">'),
    ({"kind": "throttle_json"}, 429, '{"Fault":{"Error":[{"Message":"message=ThrottleExceeded; errorCode=003001'),
    ({"kind": "throttle_lower"}, 429, '"fault":{"error":[{"message":"message=ThrottleExceeded;'),
    ({"kind": "status", "status": 500, "body": "json"}, 500, '"code":"10000"'),
    ({"kind": "status", "status": 504, "body": "html"}, 504, "<html>"),
    ({"kind": "html", "status": 503}, 503, "<html>"),
    ({"kind": "status"}, 503, ""),
]


def test_an_ordered_answer_has_quickbooks_words(client: Client) -> None:
    for order, status, text in ANSWERS:
        client.order(**order)
        answer = client.post("customer", A)
        assert (answer.status_code, text in answer.text) == (status, True), order
        assert answer.headers["Date"] == "Mon, 02 Nov 2026 17:00:00 GMT"
        assert answer.headers["intuit_tid"]
        assert ("www-authenticate" in answer.headers) is (status == 401)
        assert "retry-after" not in answer.headers
    assert count(client) == 0


def test_an_ordered_answer_can_come_after_the_commit(client: Client) -> None:
    kinds = ("status", "html", "empty", "not_json", "throttle_lower", "forbidden")
    for kind in kinds:
        client.order(kind, after_commit=True)
        client.post("customer", {"DisplayName": kind}, requestid=kind)
        assert client.post("customer", A, requestid=kind).json()["Customer"]["DisplayName"] == kind
    assert client.meter()["writes"]["Customer.create"] == len(kinds)


def test_an_answer_cut_in_its_middle_is_no_answer(client: Client) -> None:
    client.order("truncated", match={"operation": "create"})
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.post("customer", A)
    assert count(client) == 1


def test_a_skewed_clock_shows_in_the_answer_and_nowhere_else(client: Client) -> None:
    client.order("clock_skew", skew_seconds=-3600)
    answer = client.post("customer", A)
    assert answer.headers["Date"] == "Mon, 02 Nov 2026 16:00:00 GMT"
    assert answer.json()["time"] == "2026-11-02T08:00:00.000-08:00"
    assert answer.json()["Customer"]["MetaData"]["CreateTime"] == "2026-11-02T09:00:00-08:00"
    assert client.get("preferences").headers["Date"] == "Mon, 02 Nov 2026 17:00:00 GMT"


# --- the client gives up -------------------------------------------------------------------------------------------


def give_up(client: Client, **asked: str) -> None:
    with pytest.raises(requests.Timeout):
        client.session.post(f"{client.url}/v3/company/{REALM}/customer", json=A, params=asked, timeout=0.2)


@pytest.mark.parametrize(("after_commit", "made"), [(False, 0), (True, 1)])
def test_a_call_that_hangs_is_answered_never(client: Client, after_commit: bool, made: int) -> None:
    client.order("hang", after_commit=after_commit)
    give_up(client)
    assert count(client) == made


def test_a_write_can_be_committed_after_the_client_has_given_up(client: Client) -> None:
    client.order("late_commit", seconds=0.2, match={"operation": "create"})
    give_up(client, requestid="1")
    assert count(client) == 0
    assert eventually(lambda: count(client) == 1)
    assert client.post("customer", A, requestid="1").ok
    assert client.meter()["writes"]["Customer.create"] == 1


def test_a_batch_takes_its_time_for_every_item_and_keeps_nobody_else_waiting(client: Client) -> None:
    client.order("slow_item", seconds=0.15, count=2, match={"operation": "create", "entity": "Customer"})
    answers: list[requests.Response] = []
    batch = threading.Thread(
        target=lambda: answers.append(Client(client.url, requests.Session()).post("batch", customers("A", "B")))
    )
    batch.start()
    while batch.is_alive():
        assert client.get("preferences").ok
    assert answers[0].elapsed.total_seconds() >= 0.3
    assert count(client) == 2


# --- inside the books ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("request_id", ["", "b1"])
def test_a_batch_of_which_part_commits_before_it_breaks_off(client: Client, request_id: str) -> None:
    client.order("partial_batch", items=2)
    broken = client.post("batch", customers("A", "B", "C"), requestid=request_id)
    assert (broken.status_code, code_of(broken), broken.json()["Fault"]["type"]) == (500, "10000", "SystemFault")
    assert count(client) == 2
    again = client.post("batch", customers("A", "B", "C"), requestid=request_id).json()["BatchItemResponse"]
    assert ["Fault" in item for item in again] == [True, True, False]


def test_a_batch_can_break_off_and_the_connection_with_it(client: Client) -> None:
    client.order("partial_batch", items=1)
    client.order("drop_after_commit", match={"operation": "batch"})
    with pytest.raises(requests.ConnectionError):
        client.post("batch", customers("A", "B"), requestid="b")
    assert count(client) == 1


def test_a_forgotten_request_id_is_executed_again(client: Client, customer: str) -> None:
    first = client.post("invoice", sale(customer, 5), requestid="1").json()["Invoice"]["Id"]
    client.order("forget_requestid")
    second = client.post("invoice", sale(customer, 5), requestid="1").json()["Invoice"]["Id"]
    assert second != first
    assert client.post("invoice", sale(customer, 5), requestid="1").json()["Invoice"]["Id"] == second


@pytest.mark.parametrize(("code", "status"), [("6240", 400), ("10000", 500)])
def test_a_failed_first_answer_is_replayed(client: Client, code: str, status: int) -> None:
    client.order("item_fault", code=code)
    client.order("replay_failure")
    first = client.post("customer", A, requestid="1")
    again = client.post("customer", A, requestid="1")
    assert (first.status_code, code_of(first)) == (again.status_code, code_of(again)) == (status, code)
    assert count(client) == 0
    assert client.post("customer", A, requestid="2").ok
    assert client.meter()["replays"] == 1


def test_a_token_can_be_refused_as_stale_although_it_is_right(client: Client, customer: str) -> None:
    change = {"Id": customer, "SyncToken": "0", "sparse": True, "Notes": "n"}
    client.order("stale", match={"operation": "update"})
    assert code_of(client.post("customer", change)) == "5010"
    assert client.post("customer", change).json()["Customer"]["SyncToken"] == "1"


@pytest.mark.parametrize("request_id", ["", "1"])
def test_another_user_can_save_just_before(client: Client, customer: str, request_id: str) -> None:
    change = {"Id": customer, "SyncToken": "0", "sparse": True, "Notes": "n"}
    client.order("bumped")
    assert code_of(client.post("customer", change, requestid=request_id)) == "5010"
    assert code_of(client.post("customer", change, requestid=request_id)) == "5010"
    now = client.get(f"customer/{customer}").json()["Customer"]
    assert (now["SyncToken"], "Notes" in now) == ("1", False)
    assert client.post("customer", {**change, "SyncToken": "1"}, requestid=request_id).ok


@pytest.mark.parametrize(("code", "kind"), [("6210", "ValidationFault"), ("3001", "SERVICE"), ("10000", "SystemFault")])
def test_one_item_of_a_batch_fails_with_any_code(client: Client, code: str, kind: str) -> None:
    client.order("item_fault", code=code, after=1, match={"operation": "batch", "entity": "Customer"})
    answer = client.post("batch", customers("A", "B", "C"))
    faults = [item.get("Fault") for item in answer.json()["BatchItemResponse"]]
    assert (answer.status_code, faults[0], faults[2]) == (200, None, None)
    assert (faults[1]["type"], faults[1]["Error"][0]["code"]) == (kind, code)
    assert count(client) == 2


def test_a_repeated_request_is_not_looked_at_so_no_item_fault_befalls_it(client: Client) -> None:
    client.post("customer", A, requestid="1")
    client.order("item_fault")
    assert client.post("customer", A, requestid="1").ok
    assert code_of(client.post("customer", {"DisplayName": "B"})) == "6000"


def test_quickbooks_can_put_another_tax_on_an_invoice(client: Client, customer: str) -> None:
    client.order("other_tax", amount=7.25)
    made = client.post("invoice", sale(customer, 100)).json()["Invoice"]
    assert (made["TxnTaxDetail"]["TotalTax"], made["TotalAmt"], made["Balance"]) == (7.25, 107.25, 107.25)
    assert client.get(f"customer/{customer}").json()["Customer"]["Balance"] == 107.25


def changed(client: Client, entity: str = "Customer") -> list[dict[str, Any]]:
    answer = client.get("cdc", entities=entity, changedSince="2026-11-02T08:00:00-08:00").json()
    return answer["CDCResponse"][0]["QueryResponse"][0].get(entity, [])


def advance(client: Client, seconds: float) -> None:
    assert client.session.post(f"{client.url}/sandbox/clock", json={"advance_seconds": seconds}).ok


def test_a_new_record_can_show_late_in_queries_and_changes(client: Client) -> None:
    client.order("late_visibility", seconds=60)
    made = client.post("customer", A).json()["Customer"]
    client.post("customer", {"DisplayName": "B"})
    assert client.get(f"customer/{made['Id']}").json()["Customer"]["DisplayName"] == "A"
    for _ in range(2):
        assert [each["DisplayName"] for each in changed(client)] == ["B"]
        assert count(client) == 1
    assert code_of(client.post("customer", A)) == "6240"
    advance(client, 60)
    assert {each["DisplayName"] for each in changed(client)} == {"A", "B"}
    assert count(client) == 2


def test_a_late_change_or_deletion_shows_what_was_before(client: Client, invoice: dict[str, Any]) -> None:
    advance(client, 5)
    client.order("late_visibility", seconds=60, count=2)
    change = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "new"}
    assert client.post("invoice", change).json()["Invoice"]["SyncToken"] == "1"
    found = client.query("select * from Invoice").json()["QueryResponse"]["Invoice"]
    assert [(each["SyncToken"], "PrivateNote" in each) for each in found] == [("0", False)]
    assert changed(client, "Invoice") == found
    assert client.post("invoice", {"Id": invoice["Id"], "SyncToken": "1"}, operation="delete").ok
    assert changed(client, "Invoice") == found
    assert client.get(f"invoice/{invoice['Id']}").status_code == 400
    advance(client, 60)
    assert [each.get("status") for each in changed(client, "Invoice")] == ["Deleted"]
    assert count(client, "Invoice") == 0


def test_change_data_capture_can_overflow(client: Client, customer: str) -> None:
    client.order("cdc_overflow")
    assert len(changed(client)) == 1000
    assert [each["Id"] for each in changed(client)] == [customer]


def test_a_fault_inside_a_batch_is_told_from_one_of_a_single_write(client: Client) -> None:
    client.order("item_fault", match={"operation": "batch", "path": "/batch"})
    assert client.post("customer", A).ok
    assert "Fault" in client.post("batch", customers("B")).json()["BatchItemResponse"][0]


# --- request ids ---------------------------------------------------------------------------------------------------


def test_calls_with_one_request_id_at_once_execute_once(client: Client) -> None:
    answers: list[dict[str, Any]] = []

    def send() -> None:
        with requests.Session() as session:
            answers.append(Client(client.url, session).post("batch", customers("A", "B"), requestid="1").json())

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({str(answer["BatchItemResponse"]) for answer in answers}) == 1
    assert client.meter()["writes"]["Customer.create"] == 2
    assert client.meter()["replays"] == 5


def test_a_request_id_brings_its_answer_whatever_is_sent_with_it(client: Client, customer: str) -> None:
    first = client.post("invoice", sale(customer, 5), requestid="1").json()["Invoice"]
    assert client.post("customer", {"DisplayName": "B"}, requestid="1").json()["Invoice"] == first
    assert client.post("batch", customers("C"), requestid="1").json()["Invoice"] == first


def test_a_request_id_belongs_to_one_company(books: Books) -> None:
    other = Books(books.store, "2", api=True)
    other.found(name="Other")
    answers = [
        replays.once(each, Call("create"), "1", 50, lambda each=each: each.realm) for each in (books, other, books)
    ]
    assert answers == [REALM, "2", REALM]


def test_a_request_id_is_kept_over_a_restart(tmp_path: Path) -> None:
    def write(name: str) -> str:
        with sandbox_in_threads(tmp_path) as sandbox:
            login = {"Authorization": f"Bearer {sandbox.credentials()['access_token']}"}
            path = f"/v3/company/{sandbox.credentials()['realm_id']}/customer?requestid=1"
            return sandbox.quickbooks("POST", path, json={"DisplayName": name}, headers=login).json()["Customer"]["Id"]

    assert write("A") == write("B")


def test_a_request_id_is_forgotten_after_its_retention(client: Client, customer: str) -> None:
    client.session.post(f"{client.url}/sandbox/limits", json={"requestid_seconds": 3600})
    first = client.post("invoice", sale(customer, 5), requestid="1").json()["Invoice"]["Id"]
    advance(client, 3599)
    assert client.post("invoice", sale(customer, 5), requestid="1").json()["Invoice"]["Id"] == first
    advance(client, 1)
    renewed = client.session.get(f"{client.url}/sandbox/credentials").json()["access_token"]
    client.session.headers["Authorization"] = f"Bearer {renewed}"
    assert client.post("invoice", sale(customer, 5), requestid="1").json()["Invoice"]["Id"] != first
    assert count(client, "Invoice") == 2


@pytest.mark.parametrize(("most", "path"), [(50, "customer"), (36, "batch")])
def test_a_request_id_may_have_so_many_characters(client: Client, most: int, path: str) -> None:
    body = customers("A") if path == "batch" else A
    assert code_of(client.post(path, body, requestid="é" * (most + 1))) == "2130"
    assert client.post(path, body, requestid="é" * most).ok


# --- Syncta --------------------------------------------------------------------------------------------------------


def test_syncta_words_its_own_problems(tmp_path: Path) -> None:
    orders: list[tuple[dict[str, Any], int]] = [
        ({"kind": "unauthorized"}, 401),
        ({"kind": "forbidden"}, 403),
        ({"kind": "throttle_json", "retry_after": 3}, 429),
        ({"kind": "status", "status": 500, "body": "json"}, 500),
    ]
    with sandbox_in_threads(tmp_path) as sandbox:
        for order, status in orders:
            sandbox.fault("syncta", **order)
            answer = sandbox.syncta("GET", "/v1/account")
            assert (answer.status_code, answer.json()["status"]) == (status, status)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers.get("retry-after") == (str(order["retry_after"]) if "retry_after" in order else None)
        answer = sandbox.syncta("POST", "/sandbox/faults", json={"kind": "partial_batch"})
        assert (answer.status_code, "partial_batch" in answer.json()["error"]) == (400, False)


def test_a_write_to_syncta_can_be_committed_after_the_client_has_given_up(tmp_path: Path) -> None:
    with sandbox_in_threads(tmp_path) as sandbox:
        login = {"Authorization": f"Bearer {sandbox.credentials('syncta')['api_key']}"}
        sandbox.fault("syncta", "late_commit", match={"operation": "create", "entity": "Customer"})
        with pytest.raises(requests.Timeout):
            requests.post(f"{sandbox.syncta_url}/v1/customers", json={"name": "A"}, headers=login, timeout=0.2)
        found = f"{sandbox.syncta_url}/v1/customers"
        assert eventually(lambda: len(requests.get(found, headers=login, timeout=5).json()["data"]) == 1)
