"""Further companies founded over HTTP: their settings, their contents, and that they know nothing of each other."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from include.sandbox.quickbooks.engine import Books
from include.sandbox.store import Store

from .conftest import REALM, Client, refusal, sale

SECOND = "9341453000000002"


def found(client: Client, **wish: Any) -> requests.Response:
    return client.session.post(f"{client.url}/sandbox/companies", json=wish)


def signed_in(client: Client, realm: str) -> dict[str, str]:
    credentials = client.session.get(f"{client.url}/sandbox/credentials", params={"realm": realm}).json()
    return {"Authorization": f"Bearer {credentials['access_token']}"}


def test_a_company_is_founded_with_its_settings(client: Client, store: Store) -> None:
    answer = found(client, name="Hafen", country="CA", multicurrency=True, zone="America/Toronto")
    told = {"realm": SECOND, "name": "Hafen", "country": "CA", "home_currency": "CAD", "multicurrency": True}
    assert (answer.status_code, answer.json()) == (200, told)
    there = client.session.get(f"{client.url}/sandbox/companies").json()["companies"]
    assert [each["realm"] for each in there] == [REALM, SECOND]
    assert Books(store, SECOND).create("Customer", {"DisplayName": "A"})["MetaData"]["CreateTime"].endswith("-05:00")


def test_companies_know_nothing_of_each_other(client: Client, customer: str) -> None:
    found(client, name="Other")
    other = signed_in(client, SECOND)
    mine, theirs = (f"{client.url}/v3/company/{realm}/customer/{customer}" for realm in (REALM, SECOND))
    assert requests.get(mine, headers=other, timeout=5).status_code == 403
    assert requests.get(theirs, headers=other, timeout=5).json()["Fault"]["Error"][0]["code"] == "610"
    body = {"DisplayName": "Lake House"}
    made = requests.post(theirs.rpartition("/")[0], json=body, headers=other, timeout=5)
    assert (made.status_code, made.json()["Customer"]["Id"]) == (200, "1")


def test_founding_is_neither_metered_nor_told(client: Client, store: Store) -> None:
    there = client.session.post(f"{client.url}/sandbox/webhooks", json={"url": "http://127.0.0.1:9/"})
    assert there.status_code == 200
    found(client, name="Quiet", samples=True)
    assert client.session.get(f"{client.url}/sandbox/meter").json()[SECOND]["writes"] == {}
    sent = client.session.get(f"{client.url}/sandbox/webhooks").json()
    assert (sent["waiting"], sent["sent"], store.rows("SELECT * FROM qb_event")) == ([], [], [])


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"name": ""},
        {"name": 1},
        {"name": "x", "ghost": True},
        {"name": "x", "tax_rates": {}},
        {"name": "x", "country": "DE"},
        {"name": "x", "country": "CA", "samples": True},
        {"name": "x", "classes": 1},
        {"name": "x", "zone": "../etc"},
        {"name": "x", "closed_through": "yesterday"},
        {"name": "x", "realm": REALM},
        {"name": "x", "realm": "a/b"},
        {"name": "x", "realm": 7},
    ],
)
def test_what_cannot_be_founded_is_told_in_one_line(client: Client, wish: dict[str, Any]) -> None:
    answer = found(client, **wish)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert len(client.session.get(f"{client.url}/sandbox/companies").json()["companies"]) == 1


@pytest.mark.parametrize(
    ("entity", "id_", "name"),
    [
        ("Account", "35", "Checking"),
        ("Account", "42", "Visa"),
        ("Account", "86", "Discounts given"),
        ("Item", "10", "Pest Control"),
        ("Item", "11", "Pump"),
        ("Customer", "1", "Amy's Bird Sanctuary"),
        ("Customer", "9", "Freeman Sporting Goods:55 Twin Lane"),
        ("Vendor", "30", "Books by Bessie"),
        ("Employee", "55", "Emily Platt"),
        ("CompanyCurrency", "1", "Canadian Dollar"),
    ],
)
def test_the_sample_company_has_what_test_suites_refer_to(store: Store, entity: str, id_: str, name: str) -> None:
    books = Books(store, SECOND)
    books.found(name="Samples", samples=True, multicurrency=True)
    there = books.get(entity, id_)
    assert name == there.get("FullyQualifiedName") or name in (there.get("DisplayName"), there.get("Name"))


def test_the_sample_company_can_be_worked_with(store: Store) -> None:
    books = Books(store, SECOND)
    books.found(name="Samples", samples=True)
    assert books.create("Customer", {"DisplayName": "New"})["Id"] == "58"
    invoice = books.create("Invoice", sale("58", 35))
    assert books.get("Customer", "58")["Balance"] == invoice["TotalAmt"]
    assert books.query("select count(*) from Payment")["totalCount"] >= 5
    assert len(books.query("select * from RecurringTransaction")["RecurringTransaction"]) == 2


def test_the_sample_company_has_one_of_each_state(store: Store) -> None:
    books = Books(store, SECOND, api=True)
    books.found(name="Samples", samples=True)
    assert books.get("Customer", "11")["DisplayName"] == "Gevelber Photography (deleted)"
    invoices = books.query("select * from Invoice")["Invoice"]
    states = {
        (0 < each["Balance"] < each["TotalAmt"], each["Balance"] == 0, each["TotalAmt"] == 0) for each in invoices
    }
    assert states == {(True, False, False), (False, True, False), (False, True, True)}
    payments = books.query("select * from Payment")["Payment"]
    assert [each["UnappliedAmt"] for each in payments if each["UnappliedAmt"]] == [50]
    deposited = next(each for each in payments if each["LinkedTxn"])
    assert refusal(books.void, "Payment", deposited["Id"]) == "6540"
    assert books.query("select * from CreditMemo")["CreditMemo"][0]["RemainingCredit"] == 20
