"""The currencies a company uses and what they are worth."""

from __future__ import annotations

from typing import Any

import pytest

from include.sandbox.quickbooks.catalog.currencies import rate_on
from include.sandbox.quickbooks.engine import Books
from include.sandbox.store import Store

from .conftest import REALM, Client, refusal

ON_MONDAY = {"SourceCurrencyCode": "EUR", "Rate": 2.5, "AsOfDate": "2026-11-02"}


@pytest.fixture
def books(store: Store) -> Books:
    """A company with several currencies."""
    books = Books(store, REALM, api=True)
    books.found(name="Harbour", multicurrency=True)
    return books


def test_a_company_with_several_currencies_starts_with_some(books: Books) -> None:
    found = books.query("SELECT * FROM CompanyCurrency")["CompanyCurrency"]
    assert [(each["Id"], each["Code"], each["Name"]) for each in found] == [
        ("1", "CAD", "Canadian Dollar"),
        ("2", "EUR", "Euro"),
        ("3", "GBP", "British Pound Sterling"),
    ]


def test_a_currency_is_added_once_and_only_its_activity_changes(books: Books) -> None:
    made = books.create("CompanyCurrency", {"Code": "jpy", "Name": "Money"})
    assert (made["Code"], made["Name"], made["Active"]) == ("JPY", "Japanese Yen", True)
    assert refusal(books.create, "CompanyCurrency", {"Code": "JPY"}) == "6240"
    gone = books.update("CompanyCurrency", {"Id": made["Id"], "SyncToken": "0", "Code": "EUR", "Active": False})
    assert (gone["Code"], gone["Name"], gone["Active"]) == ("JPY", "Japanese Yen", False)
    assert refusal(books.create, "Customer", {"DisplayName": "A", "CurrencyRef": {"value": "JPY"}}) == "6000"


@pytest.mark.parametrize(("code", "refused"), [("", "2020"), ("XXX", "2220"), ("USD", "2220"), ("EURO", "2050")])
def test_a_currency_that_cannot_be_added_is_refused(books: Books, code: str, refused: str) -> None:
    assert refusal(books.create, "CompanyCurrency", {"Code": code}) == refused


def test_a_customers_currency_is_chosen_once(books: Books) -> None:
    made = books.create("Customer", {"DisplayName": "Ann", "CurrencyRef": {"value": "EUR"}})
    assert made["CurrencyRef"] == {"value": "EUR", "name": "Euro"}
    other = books.update("Customer", {**made, "CurrencyRef": {"value": "CAD"}})
    assert other["CurrencyRef"] == {"value": "EUR", "name": "Euro"}


def test_a_rate_is_set_for_a_day_and_set_again(books: Books) -> None:
    made = books.create("ExchangeRate", {**ON_MONDAY, "AsOfDate": "2026-10-01"})
    assert (made["TargetCurrencyCode"], made["SyncToken"]) == ("USD", "0")
    assert "Id" not in made
    assert "CreateTime" not in made["MetaData"]
    again = books.create("ExchangeRate", {**made, "Rate": 3})
    assert (again["Rate"], again["SyncToken"]) == (3, "1")
    assert refusal(books.create, "ExchangeRate", made) == "5010"
    rates = books.query("SELECT * FROM ExchangeRate WHERE SourceCurrencyCode = 'eur' ORDERBY AsOfDate")["ExchangeRate"]
    assert [(rate["AsOfDate"], float(rate["Rate"])) for rate in rates] == [("2026-10-01", 3), ("2026-11-02", 1.08)]
    assert not any("Id" in rate for rate in rates)


def test_a_rate_holds_until_the_next_one(books: Books) -> None:
    for date, rate in (("2026-10-01", 2), ("2026-10-15", 3)):
        books.create("ExchangeRate", {**ON_MONDAY, "AsOfDate": date, "Rate": rate})
    days = {"2026-09-30": 1.08, "2026-10-01": 2, "2026-10-14": 2, "2026-10-31": 3, "2026-11-02": 1.08}
    assert {day: float(rate_on(books, "EUR", day)["Rate"]) for day in days} == days
    assert float(rate_on(books, "SEK", "2026-10-01")["Rate"]) == 0.095


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"SourceCurrencyCode": ""}, "2020"),
        ({"Rate": None}, "2020"),
        ({"AsOfDate": ""}, "2020"),
        ({"SourceCurrencyCode": "XXX"}, "2220"),
        ({"TargetCurrencyCode": "XXX"}, "2220"),
        ({"SourceCurrencyCode": "USD"}, "6000"),
        ({"Rate": 0}, "2240"),
        ({"Rate": "much"}, "2090"),
        ({"AsOfDate": "monday"}, "2060"),
    ],
)
def test_an_impossible_rate_is_refused(books: Books, fields: dict[str, Any], code: str) -> None:
    assert refusal(books.create, "ExchangeRate", {**ON_MONDAY, **fields}) == code


def test_a_currency_is_worth_itself(books: Books) -> None:
    assert books.create("ExchangeRate", {**ON_MONDAY, "TargetCurrencyCode": "EUR"})["Rate"] == 1


def test_rates_are_read_over_http_by_currency_and_date(client: Client) -> None:
    today = client.get("exchangerate", sourcecurrencycode="EUR").json()["ExchangeRate"]
    assert (today["AsOfDate"], today["Rate"], today["TargetCurrencyCode"]) == ("2026-11-02", 1.08, "USD")
    early = client.get("exchangerate", sourcecurrencycode="gbp", asofdate="2020-01-01").json()["ExchangeRate"]
    assert (early["SourceCurrencyCode"], early["AsOfDate"], early["Rate"]) == ("GBP", "2020-01-01", 1.27)
    wrong = ({}, {"sourcecurrencycode": "XXX"}, {"sourcecurrencycode": "EUR", "asofdate": "then"})
    codes = [client.get("exchangerate", **asked).json()["Fault"]["Error"][0]["code"] for asked in wrong]
    assert codes == ["2020", "2220", "2060"]
    assert client.meter()["core_plus"] == 2


def test_a_company_with_one_currency_refuses_others(store: Store) -> None:
    books = Books(store, "42", api=True)
    books.found(name="Plain")
    assert refusal(books.create, "CompanyCurrency", {"Code": "EUR"}) == "6000"
    assert refusal(books.create, "ExchangeRate", ON_MONDAY) == "6000"
    assert books.query("SELECT * FROM CompanyCurrency") == {}
