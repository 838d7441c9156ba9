"""What an audit of the sandbox against the reference found: the small print of paths, lines, texts and answers."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from include.sandbox.quickbooks.engine import Books

from .bookkeeping import CHECKING
from .conftest import REALM, Client, paying, refusal, sale

Body = dict[str, Any]


def code(answer: Any) -> str:
    return str(answer.json()["Fault"]["Error"][0]["code"])


@pytest.mark.parametrize(
    "path", ["customer/1/2", "customer/1/pdf/2", "invoice/1/send", "companyinfo/1/2", "preferences/1/2"]
)
def test_a_path_that_goes_on_is_not_read_as_if_it_ended(client: Client, customer: str, path: str) -> None:
    assert code(client.get(path)) == "500"


def test_a_write_takes_no_id_in_its_path(client: Client) -> None:
    assert code(client.post("customer/1", {"DisplayName": "A"})) == "500"
    assert client.query("select count(*) from Customer").json()["QueryResponse"] == {"totalCount": 0}


def test_an_operation_nobody_knows_is_refused_and_nothing_is_written(client: Client) -> None:
    answer = client.post("customer", {"DisplayName": "A"}, operation="merge")
    assert answer.json()["Fault"]["Error"][0]["Detail"] == "Operation merge is not supported."
    assert client.query("select count(*) from Customer").json()["QueryResponse"] == {"totalCount": 0}
    assert client.post("customer", {"DisplayName": "A"}, operation="Update").status_code == 200


def test_a_message_to_the_customer_has_a_thousand_signs_at_most(books: Books, customer: str) -> None:
    for form in ("Invoice", "Estimate", "CreditMemo", "SalesReceipt"):
        long = sale(customer, 1, CustomerMemo={"value": "x" * 1001})
        assert refusal(books.create, form, long) == "2050"
    assert books.create("Invoice", sale(customer, 1, CustomerMemo={"value": "x" * 1000}))["TotalAmt"] == 1


@pytest.mark.parametrize(
    ("detail", "refused"),
    [
        ({"ClassRef": {"value": "99"}}, "2500"),
        ({"ItemAccountRef": {"value": "99"}}, "2500"),
        ({"ServiceDate": "tomorrow"}, "2060"),
        ({"ClassRef": {"value": ""}, "ItemAccountRef": None, "ServiceDate": ""}, ""),
    ],
)
def test_what_a_line_refers_to_must_be_there(books: Books, customer: str, detail: Body, refused: str) -> None:
    body = sale(customer, 5)
    body["Line"][0]["SalesItemLineDetail"] |= detail
    assert refusal(books.create, "Invoice", body) == refused


def test_a_line_shows_the_name_of_its_class(books: Books, customer: str) -> None:
    kind = books.create("Class", {"Name": "Field"})["Id"]
    body = sale(customer, 5)
    body["Line"][0]["SalesItemLineDetail"] |= {"ClassRef": {"value": kind}, "ServiceDate": "2026-11-01"}
    made = books.create("Invoice", body)["Line"][0]["SalesItemLineDetail"]
    assert (made["ClassRef"], made["ServiceDate"]) == ({"value": kind, "name": "Field"}, "2026-11-01")
    cost = {"AccountRef": {"value": "17"}, "ClassRef": {"value": "99"}}
    line = {"Amount": 5, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": cost}
    purchase = {"PaymentType": "Cash", "AccountRef": {"value": CHECKING}, "Line": [line]}
    assert refusal(books.create, "Purchase", purchase) == "2500"


def test_change_data_capture_can_be_an_item_of_a_batch(client: Client, customer: str) -> None:
    asked = {"Entities": "Customer,Invoice", "ChangedSince": "2026-11-02T00:00:00-08:00"}
    items = [{"bId": "1", "CDCQuery": asked}, {"bId": "2", "CDCQuery": {**asked, "ChangedSince": "x"}}]
    first, second = client.post("batch", {"BatchItemRequest": items}).json()["BatchItemResponse"]
    customers, invoices = first["CDCResponse"]["QueryResponse"]
    assert ([each["Id"] for each in customers["Customer"]], invoices, first["bId"]) == ([customer], {}, "1")
    assert second["Fault"]["Error"][0]["code"] == "4001"
    assert client.meter()["core_plus"] == 1


def test_saving_what_was_read_changes_nothing_but_the_token(books: Books, customer: str, invoice: Body) -> None:
    made = [("Invoice", invoice["Id"]), ("Customer", customer), ("CompanyInfo", "1")]
    made += [("Payment", books.create("Payment", paying(customer, 5, (invoice["Id"], 5)))["Id"])]
    made += [("SalesReceipt", books.create("SalesReceipt", sale(customer, 5))["Id"])]
    for entity, id_ in made:
        before = books.get(entity, id_)
        after = books.update(entity, before)
        assert {**after, "SyncToken": before["SyncToken"]} == before


def test_the_company_tells_its_facts(books: Books) -> None:
    names = {fact["Name"] for fact in books.get("CompanyInfo", "1")["NameValue"]}
    assert {"SubscriptionStatus", "OfferingSku", "IndustryType", "IsQbdtMigrated", "AssignedTime"} <= names


CATALOGUE = (
    "120 500 600 610 620 630 700 800 900 1000 1010 1020 1040 2000 2010 2020 2030 2040 2050 2060 2090 2120 "
    "2130 2140 2150 2160 2170 2200 2210 2220 2230 2240 2250 2290 2300 2500 3000 3001 4000 4001 4002 5000 "
    "5010 5020 5030 6000 6010 6060 6070 6080 6090 6100 6130 6140 6150 6160 6170 6180 6190 6200 6210 6220 "
    "6230 6240 6250 6270 6280 6400 6420 6430 6440 6450 6480 6540 10000 10100 10200 "
)


def test_every_code_of_the_catalogue_can_be_ordered_in_its_words(client: Client) -> None:
    for number in CATALOGUE.split():
        client.order("item_fault", code=number)
        answer = client.post("customer", {"DisplayName": "A"})
        error = answer.json()["Fault"]["Error"][0]
        assert (error["code"], error["Message"] != "Refused on order") == (number, True)
        assert answer.status_code == {"120": 401, "3001": 429, "10000": 500, "10200": 500}.get(number, 400), number
    assert client.query("select count(*) from Customer").json()["QueryResponse"] == {"totalCount": 0}


@pytest.mark.parametrize("kind", ["stale", "bumped"])
def test_what_is_new_cannot_be_stale(client: Client, kind: str) -> None:
    client.order(kind)
    made = client.post("customer", {"DisplayName": "A", "SyncToken": 0}).json()["Customer"]
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Notes": "n"}
    assert code(client.post("customer", change)) == "5010"


@pytest.mark.parametrize("ordered", [False, True])
def test_who_goes_away_before_having_said_all_leaves_nothing(
    client: Client, ordered: bool, caplog: pytest.LogCaptureFixture
) -> None:
    if ordered:
        client.order("status", match={"entity": "Term"})
    where = urlsplit(client.url)
    head = f"POST /v3/company/{REALM}/customer HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: 99\r\n"
    said = f'{head}Authorization: Bearer {client.credentials["access_token"]}\r\n\r\n{{"DisplayName":"Half"}}'
    with socket.create_connection((where.hostname, where.port), 5) as line:
        line.sendall(said.encode())
        line.shutdown(socket.SHUT_WR)
        assert line.recv(1) == b""
    assert client.query("select count(*) from Customer").json()["QueryResponse"] == {"totalCount": 0}
    assert "Exception in ASGI application" not in caplog.text
