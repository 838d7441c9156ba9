"""Founding a company: its settings, and the lists every QuickBooks company starts with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from include.sandbox.store import Store

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

ACCOUNTS = (
    ("Services", "Income", "ServiceFeeIncome", "Revenue"),
    ("Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs", "Expense"),
    ("Checking", "Bank", "Checking", "Asset"),
    ("Undeposited Funds", "Other Current Asset", "UndepositedFunds", "Asset"),
    ("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable", "Asset"),
    ("Discounts given", "Income", "DiscountsRefundsGiven", "Revenue"),
)
HOME = {"US": "USD", "CA": "CAD", "GB": "GBP", "AU": "AUD"}
"""The currency of a country."""
TERMS = (("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60))
ITEMS = ("Services", "Hours")


@dataclass(frozen=True, slots=True)
class Company:
    """What can differ between companies. `tax_rates`: state → rate, used by automated sales tax.

    `country` is one of HOME: outside the United States every line needs a tax code, and its currency is at home.
    """

    name: str
    zone: str = "America/Los_Angeles"
    closed_through: str | None = None
    custom_numbers: bool = False
    multicurrency: bool = False
    automated_tax: bool = True
    country: str = "US"
    subscription: str = "PAID"
    tax_rates: dict[str, str] = field(default_factory=lambda: {"CA": "0.0775"})


def found(books: Books, company: Company) -> None:
    """Write the company's own records and its first accounts, terms and products."""
    settings = {"zone": company.zone, "tax_rates": company.tax_rates, "country": company.country}
    books.store.put_setting(setting_name(books.realm), settings)
    realms = [realm for realm in realms_of(books.store) if realm != books.realm]
    books.store.put_setting("qb_realms", [*realms, books.realm])
    books.write("CompanyInfo", {"Id": "1", **_company_info(company, books.today())})
    books.write("Preferences", {"Id": "1", **_preferences(company)})
    for name, kind, sub_kind, side in ACCOUNTS:
        body = {"Name": name, "AccountType": kind, "AccountSubType": sub_kind, "Classification": side}
        books.create("Account", body)
    for name, days in TERMS:
        books.create("Term", {"Name": name, "DueDays": days})
    for name in ITEMS:
        books.create("Item", {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": "1"}})


def close_books(books: Books, through: str | None) -> None:
    """Close the books through a date (`YYYY-MM-DD`), or open them with None."""
    preferences = dict(books.must_find("Preferences", "1"))
    block = {name: value for name, value in preferences["AccountingInfoPrefs"].items() if name != "BookCloseDate"}
    preferences["AccountingInfoPrefs"] = block | ({"BookCloseDate": through} if through else {})
    books.write("Preferences", preferences, preferences)


def merge_customers(books: Books, loser: str, winner: str) -> None:
    """What merging two customers in QuickBooks does: everything moves to the winner, the loser becomes inactive."""
    for entity in ("Estimate", "Invoice", "CreditMemo", "SalesReceipt", "RefundReceipt", "Payment", "TimeActivity"):
        for body in books.records.of_party(books.entity(entity), loser):
            name = books.must_find("Customer", winner)["FullyQualifiedName"]
            books.write(entity, {**body, "CustomerRef": {"value": winner, "name": name}}, body)
    books.deactivate("Customer", loser)


def match_to_bank(books: Books, entity: str, id_: str) -> None:
    """What matching a transaction in the bank feed does: clients cannot delete it any more (6480)."""
    found = books.must_find(entity, id_)
    books.records.save(books.entity(entity), {**found, "Matched": True})


def realms_of(store: Store) -> list[str]:
    """The companies there are, first founded first."""
    return list(store.setting("qb_realms") or [])


def setting_name(realm: str) -> str:
    """Where a company's settings are kept."""
    return f"qb_company:{realm}"


def _company_info(company: Company, today: dt.date) -> dict[str, Any]:
    facts = {"NeoEnabled": "true", "SubscriptionStatus": company.subscription, "OfferingSku": "QuickBooks Online Plus"}
    address = {"Id": "1", "Line1": "1 Main Street", "City": "Truckee", "CountrySubDivisionCode": "CA", "Country": "USA"}
    return {
        "CompanyName": company.name,
        "LegalName": company.name,
        "CompanyAddr": address,
        "Country": company.country,
        "CompanyStartDate": today.isoformat(),
        "FiscalYearStartMonth": "January",
        "Email": {"Address": "office@example.com"},
        "WebAddr": {},
        "SupportedLanguages": "en",
        "NameValue": [{"Name": name, "Value": value} for name, value in facts.items()],
    }


def _preferences(company: Company) -> dict[str, Any]:
    closed = {"BookCloseDate": company.closed_through} if company.closed_through else {}
    partner = {"PartnerTaxEnabled": True} if company.automated_tax and company.country == "US" else {}
    return {
        "AccountingInfoPrefs": {"FirstMonthOfFiscalYear": "January", "CustomerTerminology": "Customers", **closed},
        "ProductAndServicesPrefs": {"ForSales": True, "ForPurchase": True, "QuantityWithPriceAndRate": True},
        "SalesFormsPrefs": {
            "CustomTxnNumbers": company.custom_numbers,
            "AllowDeposit": False,
            "AllowDiscount": True,
            "AutoApplyCredit": False,
            "AutoApplyPayments": False,
        },
        "EmailMessagesPrefs": {"InvoiceMessage": {"Subject": "Invoice", "Message": "Thank you."}},
        "VendorAndPurchasesPrefs": {"BillableExpenseTracking": False},
        "TimeTrackingPrefs": {"WorkWeekStartDate": "Monday"},
        "TaxPrefs": {"UsingSalesTax": True, **partner},
        "CurrencyPrefs": {
            "MultiCurrencyEnabled": company.multicurrency,
            "HomeCurrency": {"value": HOME[company.country]},
        },
        "ReportPrefs": {"ReportBasis": "Accrual"},
        "OtherPrefs": {"NameValue": []},
    }
