"""Transactions in several currencies, and in companies that are not American."""

from __future__ import annotations

from typing import Any

import pytest

from include.sandbox.quickbooks.engine import Books
from include.sandbox.store import Store

from .bookkeeping import CHECKING, balance, bill, vendor
from .conftest import REALM, paying, refusal, sale

Body = dict[str, Any]
EUR, RATE = {"value": "EUR"}, {"ExchangeRate": 1.25}


def books_of(store: Store, **settings: Any) -> Books:
    books = Books(store, REALM, api=True)
    books.found(name="Border Backflow", **settings)
    return books


@pytest.fixture
def abroad(store: Store) -> Books:
    """An American company with several currencies."""
    return books_of(store, multicurrency=True)


@pytest.fixture
def canadian(store: Store) -> Books:
    """A Canadian company with one currency."""
    return books_of(store, country="CA")


@pytest.fixture
def european(abroad: Books) -> str:
    """A customer in euros."""
    return abroad.create("Customer", {"DisplayName": "Le Lac", "CurrencyRef": EUR})["Id"]


def coded(customer: str, code: str | None, **fields: Any) -> Body:
    body = sale(customer, 100, **fields)
    if code:
        body["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] = {"value": code}
    return body


def test_one_currency_refuses_every_other(books: Books, customer: str) -> None:
    assert refusal(books.create, "Invoice", sale(customer, 1, CurrencyRef=EUR, **RATE)) == "6000"
    made = books.create("Invoice", sale(customer, 1, CurrencyRef={"value": "USD"}, ExchangeRate=1))
    assert not {"ExchangeRate", "HomeTotalAmt", "HomeBalance"} & made.keys()


def test_a_foreign_invoice_needs_a_rate_and_shows_its_worth_at_home(abroad: Books, european: str) -> None:
    assert refusal(abroad.create, "Invoice", sale(european, 100, CurrencyRef=EUR)) == "2410"
    assert refusal(abroad.create, "Invoice", sale(european, 100, CurrencyRef=EUR, ExchangeRate=0)) == "2410"
    made = abroad.create("Invoice", sale(european, 100, CurrencyRef=EUR, **RATE))
    assert made["CurrencyRef"] == {"value": "EUR", "name": "Euro"}
    assert (made["TotalAmt"], made["HomeTotalAmt"], made["HomeBalance"]) == (100, 125, 125)
    abroad.create("Payment", {**paying(european, 40, (made["Id"], 40)), "CurrencyRef": EUR, **RATE})
    after = abroad.get("Invoice", made["Id"])
    assert (after["Balance"], after["HomeBalance"], after["HomeTotalAmt"]) == (60, 75, 125)
    assert abroad.get("Customer", european)["Balance"] == 60


def test_a_transactions_currency_is_its_partys(abroad: Books, european: str) -> None:
    """Without one it is the company's own, which a foreign party refuses as well."""
    american = abroad.create("Customer", {"DisplayName": "The Lake"})["Id"]
    assert refusal(abroad.create, "Invoice", sale(american, 1, CurrencyRef=EUR, **RATE)) == "6000"
    assert refusal(abroad.create, "Invoice", sale(european, 1)) == "6000"
    assert abroad.create("Invoice", sale(american, 1))["ExchangeRate"] == 1
    supplier = vendor(abroad, CurrencyRef=EUR)
    assert refusal(abroad.create, "Bill", bill(supplier, 1)) == "6000"
    assert abroad.create("Bill", bill(supplier, 10, CurrencyRef=EUR, **RATE))["HomeBalance"] == 12.5


def test_a_full_update_keeps_currency_and_rate(abroad: Books, european: str) -> None:
    made = abroad.create("Invoice", sale(european, 100, CurrencyRef=EUR, **RATE))
    after = abroad.update("Invoice", {**sale(european, 200), "Id": made["Id"], "SyncToken": "0"})
    assert (after["CurrencyRef"]["value"], after["HomeTotalAmt"]) == ("EUR", 250)


def test_accounts_at_home_take_the_worth_at_home(abroad: Books, european: str) -> None:
    body = sale(european, 100, CurrencyRef=EUR, DepositToAccountRef={"value": CHECKING}, **RATE)
    abroad.create("SalesReceipt", body)
    assert balance(abroad, CHECKING) == 125


@pytest.mark.parametrize("calculation", ["TaxExcluded", "TaxInclusive", None])
def test_elsewhere_every_line_needs_a_tax_code(canadian: Books, calculation: str | None) -> None:
    customer = canadian.create("Customer", {"DisplayName": "Lac"})["Id"]
    how = {"GlobalTaxCalculation": calculation}
    assert refusal(canadian.create, "Invoice", coded(customer, None, **how)) == "6000"
    assert refusal(canadian.create, "Invoice", coded(customer, None, GlobalTaxCalculation="Perhaps")) == "2170"


def test_elsewhere_a_transaction_without_tax_has_no_tax_detail(canadian: Books) -> None:
    customer = canadian.create("Customer", {"DisplayName": "Lac"})["Id"]
    without = {"GlobalTaxCalculation": "NotApplicable"}
    made = canadian.create("Invoice", coded(customer, None, **without))
    assert (made["GlobalTaxCalculation"], made["TotalAmt"], made["CurrencyRef"]["value"]) == (
        "NotApplicable",
        100,
        "CAD",
    )
    assert "TaxCodeRef" not in made["Line"][0]["SalesItemLineDetail"]
    stated = {"TxnTaxDetail": {"TotalTax": 5}}
    assert refusal(canadian.create, "Invoice", coded(customer, None, **without, **stated)) == "6170"


def test_at_home_in_america_the_calculation_is_ignored(books: Books, customer: str) -> None:
    assert "GlobalTaxCalculation" not in books.create("Invoice", sale(customer, 1, GlobalTaxCalculation="TaxExcluded"))
    assert "GlobalTaxCalculation" not in books.create(
        "Bill", bill(vendor(books), 1, GlobalTaxCalculation="TaxExcluded")
    )


@pytest.mark.parametrize("detail", [{"TotalTax": "x"}, {"TotalTax": [1]}])
def test_a_tax_that_is_no_number_is_refused_everywhere(canadian: Books, detail: Body) -> None:
    customer = canadian.create("Customer", {"DisplayName": "Lac"})["Id"]
    for how in ("NotApplicable", "TaxExcluded"):
        body = coded(customer, "5", GlobalTaxCalculation=how, TxnTaxDetail=detail)
        assert refusal(canadian.create, "Invoice", body) in ("2090", "2500")
