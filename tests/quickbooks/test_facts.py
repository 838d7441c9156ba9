"""Company and preferences as facts."""

from __future__ import annotations

import datetime as dt

import pytest

from include.errors import (
    ContractBroken,
)
from include.quickbooks.client import QuickBooksClient
from tests.quickbooks.fake_intuit import REALM, TIME, FakeIntuit, Reply


def test_company_and_preferences_are_facts(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    info = {
        "CompanyName": "Demo",
        "LegalName": "Demo Inc",
        "Country": "US",
        "NameValue": [
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            {"Name": "SubscriptionStatus", "Value": "PAID"},
        ],
    }
    prefs = {
        "AccountingInfoPrefs": {"BookCloseDate": "2026-08-31"},
        "SalesFormsPrefs": {"CustomTxnNumbers": True},
        "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "USD"}},
        "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": True},
    }
    intuit.script = [Reply({"CompanyInfo": info, "time": TIME}), Reply({"Preferences": prefs, "time": TIME})]
    company, books = quickbooks.company(), quickbooks.preferences()
    assert (company.realm_id, company.legal_name, company.subscription_status) == (REALM, "Demo Inc", "PAID")
    assert (books.close_date, books.custom_numbers, books.home_currency) == (dt.date(2026, 8, 31), True, "USD")
    assert (books.automated_sales_tax, books.uses_sales_tax, books.multicurrency) == (True, True, False)


def test_books_that_are_open_have_no_closing_date(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [Reply({"Preferences": {"AccountingInfoPrefs": {}}, "time": TIME})]
    assert quickbooks.preferences().close_date is None


def test_a_closing_date_that_cannot_be_read_does_not_pass_for_open_books(
    quickbooks: QuickBooksClient, intuit: FakeIntuit
) -> None:
    intuit.script = [Reply({"Preferences": {"AccountingInfoPrefs": {"BookCloseDate": "soon"}}, "time": TIME})]
    with pytest.raises(ContractBroken, match="closing date"):
        quickbooks.preferences()
