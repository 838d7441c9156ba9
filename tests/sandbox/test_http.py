"""QuickBooks on the wire: tokens, envelopes, replays, change data capture, faults on order."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from include.sandbox.quickbooks.engine import Books

from .conftest import REALM, Client, paying, sale


def create(client: Client, entity: str, body: dict[str, Any], **asked: str) -> dict[str, Any]:
    answer = client.post(entity.lower(), body, **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()[entity]


def batch_of(*items: dict[str, Any]) -> dict[str, Any]:
    return {"BatchItemRequest": [{"bId": str(n), "operation": "create", **item} for n, item in enumerate(items, 1)]}


def test_an_answer_has_its_envelope_and_headers(client: Client) -> None:
    answer = client.post("customer", {"DisplayName": "Café 💧"})
    body = answer.json()
    assert body["Customer"]["DisplayName"] == "Café 💧"
    assert re.fullmatch(r"2026-11-02T09:00:00\.000-08:00", body["time"])
    assert body["Customer"]["MetaData"]["CreateTime"] == "2026-11-02T09:00:00-08:00"
    assert answer.headers["Date"] == "Mon, 02 Nov 2026 17:00:00 GMT"
    assert answer.headers["intuit_tid"]
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"


def test_a_bad_token_and_a_foreign_company_meet_the_gateway(client: Client) -> None:
    client.session.headers["Authorization"] = "Bearer nonsense"
    answer = client.get("preferences")
    assert (answer.status_code, answer.json()["fault"]["error"][0]["code"]) == (401, "3200")
    assert "invalid_token" in answer.headers["www-authenticate"]
    client.session.headers["Authorization"] = f"Bearer {client.credentials['access_token']}"
    answer = client.session.get(f"{client.url}/v3/company/1/preferences")
    assert (answer.status_code, answer.json()["fault"]["error"][0]["code"]) == (403, "3100")


def test_what_is_not_json_or_not_offered_is_refused(client: Client) -> None:
    address = f"{client.url}/v3/company/{REALM}/customer"
    assert client.session.post(address, data=b"{").json()["Fault"]["Error"][0]["code"] == "2010"
    assert client.session.post(address, data=b'{"DisplayName":"\xff"}').json()["Fault"]["Error"][0]["code"] == "2010"
    assert client.get("ghost/1").json()["Fault"]["Error"][0]["code"] == "500"
    assert client.get("customer/77").json()["Fault"]["Error"][0]["code"] == "610"
    assert client.post("customer?operation=delete", {"Id": "1", "SyncToken": "0"}).status_code == 400


def test_the_company_and_its_preferences_can_be_read(client: Client) -> None:
    assert client.get(f"companyinfo/{REALM}").json()["CompanyInfo"]["CompanyName"] == "Empty Backflow"
    assert "BookCloseDate" not in client.get("preferences").json()["Preferences"]["AccountingInfoPrefs"]


def test_the_same_request_id_brings_the_same_answer_even_after_a_delete(client: Client) -> None:
    customer = create(client, "Customer", {"DisplayName": "A"})["Id"]
    first = create(client, "Payment", paying(customer, 5), requestid="p:g1")
    client.post("payment", {"Id": first["Id"], "SyncToken": "0"}, operation="delete")
    assert create(client, "Payment", paying(customer, 5), requestid="p:g1") == first
    assert client.get(f"payment/{first['Id']}").status_code == 400
    assert client.meter()["writes"]["Payment.create"] == 1
    assert (
        client.post("customer", {"DisplayName": "B"}, requestid="x" * 51).json()["Fault"]["Error"][0]["code"] == "2130"
    )


def test_a_refused_write_is_tried_anew_under_the_same_request_id(client: Client) -> None:
    assert client.post("customer", {"DisplayName": "a:b"}, requestid="1").status_code == 400
    assert create(client, "Customer", {"DisplayName": "ab"}, requestid="1")["DisplayName"] == "ab"


def test_batch_items_fail_by_themselves_and_a_batch_is_replayed_whole(client: Client) -> None:
    customer = create(client, "Customer", {"DisplayName": "A"})["Id"]
    batch = batch_of({"Invoice": sale(customer, 5)}, {"Invoice": sale("99", 5)}, {"Query": "select * from Term"})
    first = client.post("batch", batch, requestid="b-1").json()["BatchItemResponse"]
    assert [set(item) - {"bId"} for item in first] == [{"Invoice"}, {"Fault"}, {"QueryResponse"}]
    assert first[1]["Fault"]["Error"][0]["code"] == "2500"
    assert client.post("batch", batch, requestid="b-1").json()["BatchItemResponse"] == first
    assert client.meter()["writes"]["Invoice.create"] == 1


def test_a_batch_has_thirty_items_at_most(client: Client) -> None:
    batch = batch_of(*({"Customer": {"DisplayName": f"C{n}"}} for n in range(31)))
    assert client.post("batch", batch).json()["Fault"]["Error"][0]["code"] == "1040"
    long = batch_of({"bId": "x" * 11, "Customer": {"DisplayName": "A"}})
    assert client.post("batch", long, requestid="1").json()["Fault"]["Error"][0]["code"] == "2130"


def test_change_data_capture_shows_changes_and_stubs(client: Client) -> None:
    since = "2026-11-02T08:59:00-08:00"
    customer = create(client, "Customer", {"DisplayName": "A"})["Id"]
    payment = create(client, "Payment", paying(customer, 5))
    client.post("payment", {"Id": payment["Id"], "SyncToken": "0"}, operation="delete")
    answer = client.get("cdc", entities="Customer,Invoice,Payment", changedSince=since).json()
    customers, invoices, payments = answer["CDCResponse"][0]["QueryResponse"]
    assert [each["DisplayName"] for each in customers["Customer"]] == ["A"]
    assert invoices == {}
    assert payments["Payment"][0]["status"] == "Deleted"
    assert "startPosition" not in payments
    later = client.get("cdc", entities="Customer,Invoice", changedSince="2026-11-02T09:00:01-08:00").json()
    assert later["CDCResponse"] == [{"QueryResponse": [{}]}]


def test_change_data_capture_stops_at_a_thousand_and_at_thirty_days(client: Client, books: Books) -> None:
    with books.store.transaction():
        for number in range(1100):
            books.create("Vendor", {"DisplayName": f"V{number}"})
    answer = client.get("cdc", entities="Vendor,Item", changedSince="2026-11-01").json()
    vendors, items = answer["CDCResponse"][0]["QueryResponse"]
    assert (len(vendors["Vendor"]), items) == (1000, {})
    assert client.get("cdc", entities="Item", changedSince="2026-09-01").json()["Fault"]["Error"][0]["code"] == "4001"


@pytest.mark.parametrize(
    ("kind", "status", "content", "start"),
    [
        ("throttle_xml", 429, "text/xml", "<?xml"),
        ("throttle_json", 429, "application/json", '{"Fault"'),
        ("html", 502, "text/html", "<html>"),
        ("empty", 200, "application/json", ""),
        ("not_json", 200, "application/json", '{"QueryResponse"'),
        ("status", 503, "text/plain", ""),
    ],
)
def test_an_ordered_fault_is_answered_once(client: Client, kind: str, status: int, content: str, start: str) -> None:
    client.order(kind, match={"operation": "query", "entity": "Term"}, retry_after=7)
    assert client.query("select * from Account").json()["QueryResponse"]["Account"]
    broken = client.query("select * from Term")
    assert (broken.status_code, broken.headers["content-type"], broken.headers["retry-after"]) == (status, content, "7")
    assert broken.text.startswith(start)
    assert client.query("select * from Term").json()["QueryResponse"]["Term"]


@pytest.mark.parametrize(("kind", "made"), [("drop_before", 0), ("drop_after_commit", 1)])
def test_a_dropped_answer_leaves_the_write_done_or_not(client: Client, kind: str, made: int) -> None:
    client.order(kind, match={"operation": "create", "entity": "Customer"})
    with pytest.raises(requests.ConnectionError):
        client.post("customer", {"DisplayName": "A"}, requestid="1")
    assert client.query("select count(*) from Customer").json()["QueryResponse"]["totalCount"] == made
    assert create(client, "Customer", {"DisplayName": "A"}, requestid="1")["DisplayName"] == "A"
    assert client.meter()["writes"]["Customer.create"] == 1


def test_a_slow_answer_comes_late(client: Client) -> None:
    client.order("slow", seconds=0.3, match={"path": "/preferences"})
    with pytest.raises(requests.Timeout):
        client.session.get(f"{client.url}/v3/company/{REALM}/preferences", timeout=0.1)


def test_a_fault_of_one_item_spares_the_others(client: Client) -> None:
    client.order("item_fault", code="6210", after=1, match={"operation": "batch", "entity": "Customer"})
    batch = batch_of(*({"Customer": {"DisplayName": f"C{n}"}} for n in range(3)))
    answer = client.post("batch", batch).json()["BatchItemResponse"]
    assert [item.get("Fault", {}).get("Error", [{}])[0].get("code") for item in answer] == [None, "6210", None]
    client.order("item_fault", code="6140", match={"operation": "create"})
    assert client.post("customer", {"DisplayName": "D"}).json()["Fault"]["Error"][0]["code"] == "6140"
    assert client.post("customer", {"DisplayName": "D"}).status_code == 200


def test_the_meter_tells_reads_from_writes(client: Client) -> None:
    client.session.post(f"{client.url}/sandbox/meter/reset")
    customer = create(client, "Customer", {"DisplayName": "A"})["Id"]
    client.query("select * from Customer")
    client.query("select * from Ghost")
    client.post("batch", batch_of({"Invoice": sale(customer, 5)}))
    read = client.meter()
    assert (read["core"], read["core_plus"]) == (2, 1)
    assert read["by_class"] == {"create": 1, "query": 2, "batch": 1}
    assert read["writes"] == {"Customer.create": 1, "Invoice.create": 1}
    assert read["minimum_spacing_ms"] >= 0


def test_the_clock_is_moved_over_http(client: Client) -> None:
    moved = client.session.post(f"{client.url}/sandbox/clock", json={"freeze": "2026-12-01T08:00:00-08:00"})
    assert moved.json() == {"now": "2026-12-01T16:00:00.000+00:00"}
    assert client.session.post(f"{client.url}/sandbox/clock", json={"set": "2026-12-01T08:00:00"}).status_code == 400
