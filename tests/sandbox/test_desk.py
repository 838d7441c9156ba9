"""What a person does at QuickBooks' own pages: merging customers, closing the books."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from include.sandbox.quickbooks.catalog.company import merge_customers
from include.sandbox.quickbooks.engine import Books

from .conftest import REALM, Client, paying, refusal, sale

Body = dict[str, Any]


@pytest.fixture
def winner(books: Books) -> str:
    return books.create("Customer", {"DisplayName": "Winner"})["Id"]


def below(books: Books, parent: str, name: str) -> Body:
    return books.create("Customer", {"DisplayName": name, "Job": True, "ParentRef": {"value": parent}})


def test_merging_moves_everything_to_the_winner(books: Books, customer: str, winner: str, invoice: Body) -> None:
    payment = books.create("Payment", paying(customer, 40, (invoice["Id"], 40)))
    memo = books.create("CreditMemo", sale(customer, 10))
    answer = merge_customers(books, customer, winner)
    for kind, id_ in (("Invoice", invoice["Id"]), ("Payment", payment["Id"]), ("CreditMemo", memo["Id"])):
        assert books.get(kind, id_)["CustomerRef"] == {"value": winner, "name": "Winner"}
    assert [books.get("Customer", id_)["Balance"] for id_ in (customer, winner)] == [0, 50]
    assert (answer["Id"], answer["Balance"]) == (winner, 50)
    loser = books.get("Customer", customer)
    assert (loser["Active"], loser["DisplayName"]) == (False, "Lake House (deleted)")


def test_merging_changes_the_sync_token_of_everything_it_touches(
    books: Books, customer: str, winner: str, invoice: Body
) -> None:
    merge_customers(books, customer, winner)
    assert books.get("Invoice", invoice["Id"])["SyncToken"] == "1"
    assert [books.get("Customer", id_)["SyncToken"] for id_ in (customer, winner)] == ["1", "1"]


def test_sub_customers_move_with_their_balances_and_names(books: Books, customer: str, winner: str) -> None:
    dock = below(books, customer, "Dock")
    buoy = below(books, dock["Id"], "Buoy")
    books.create("Invoice", sale(buoy["Id"], 30))
    merge_customers(books, customer, winner)
    moved = books.get("Customer", dock["Id"])
    assert (moved["ParentRef"]["value"], moved["SyncToken"]) == (winner, "1")
    assert books.get("Customer", buoy["Id"])["FullyQualifiedName"] == "Winner:Dock:Buoy"
    assert [books.get("Customer", id_)["BalanceWithJobs"] for id_ in (customer, winner)] == [0, 30]


def test_a_sub_customer_is_merged_into_its_parent(books: Books, customer: str) -> None:
    dock = below(books, customer, "Dock")["Id"]
    bill = books.create("Invoice", sale(dock, 30))["Id"]
    merge_customers(books, dock, customer)
    assert books.get("Invoice", bill)["CustomerRef"]["value"] == customer
    parent = books.get("Customer", customer)
    assert (parent["Balance"], parent["BalanceWithJobs"]) == (30, 30)


def test_what_cannot_be_merged_is_refused_and_nothing_moves(books: Books, customer: str, winner: str) -> None:
    dock = below(books, customer, "Dock")["Id"]
    bill = books.create("Invoice", sale(customer, 30))
    assert refusal(merge_customers, books, customer, customer) == "700"
    assert refusal(merge_customers, books, customer, dock) == "700"
    assert refusal(merge_customers, books, customer, "99") == "2500"
    assert refusal(merge_customers, books, "x", winner) == "2500"
    books.deactivate("Customer", winner)
    assert refusal(merge_customers, books, customer, winner) == "610"
    assert books.get("Invoice", bill["Id"]) == bill


def test_two_customers_are_merged_over_http(client: Client, customer: str, winner: str, invoice: Body) -> None:
    answer = requests.post(f"{client.url}/sandbox/merge", json={"loser": customer, "winner": winner, "realm": REALM})
    assert answer.json()["winner"]["Balance"] == 100
    assert client.get(f"invoice/{invoice['Id']}").json()["Invoice"]["CustomerRef"]["value"] == winner
    for wish in ({"loser": customer, "winner": winner}, {"loser": "1"}, {}, [], {"loser": [], "winner": {}}):
        again = requests.post(f"{client.url}/sandbox/merge", json=wish)
        assert (again.status_code, set(again.json())) == (400, {"error"}), wish
    foreign = {"loser": customer, "winner": winner, "realm": "7"}
    assert requests.post(f"{client.url}/sandbox/merge", json=foreign).status_code == 400


def test_the_books_are_closed_and_opened_over_http(client: Client, customer: str) -> None:
    body = sale(customer, 10, TxnDate="2026-09-30")
    address = f"{client.url}/sandbox/close-books"
    assert requests.post(address, json={"through": "2026-09-30"}).json() == {"through": "2026-09-30"}
    assert client.post("invoice", body).json()["Fault"]["Error"][0]["code"] == "6210"
    for wish in ({"through": "soon"}, {"through": 7}, {"through": "2026-09-30", "colour": 1}, {}, {"through": ["x"]}):
        assert requests.post(address, json=wish).status_code == 400, wish
    assert requests.post(address, json={"through": None}).json() == {"through": None}
    assert client.post("invoice", body).status_code == 200


def test_a_subscription_that_has_ended_lets_nobody_write_and_everybody_read(client: Client, customer: str) -> None:
    address = f"{client.url}/sandbox/subscription"
    assert client.session.post(address, json={"status": "EXPIRED"}).json() == {"status": "EXPIRED"}
    refused = client.post("customer", {"DisplayName": "B"}).json()["Fault"]["Error"][0]
    assert (refused["code"], refused["Message"]) == ("6190", "Invalid Company Status")
    items = [
        {"bId": "1", "operation": "create", "Customer": {"DisplayName": "B"}},
        {"bId": "2", "Query": "select * from Term"},
    ]
    first, second = client.post("batch", {"BatchItemRequest": items}).json()["BatchItemResponse"]
    assert (first["Fault"]["Error"][0]["code"], "QueryResponse" in second) == ("6190", True)
    assert client.get(f"customer/{customer}").status_code == 200
    facts = client.get("companyinfo/1").json()["CompanyInfo"]["NameValue"]
    assert {"Name": "SubscriptionStatus", "Value": "EXPIRED"} in facts
    client.session.post(address, json={"status": "PAID"})
    assert client.post("customer", {"DisplayName": "B"}).status_code == 200
    assert client.session.post(address, json={"status": 1}).status_code == 400
