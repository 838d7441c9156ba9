"""Founding a company: its settings, and the lists every QuickBooks company starts with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from include.sandbox.quickbooks.catalog.currencies import HOME
from include.sandbox.quickbooks.catalog.starting_lists import found_lists
from include.sandbox.quickbooks.entities import ENTITIES
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.store import Store

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

THANKS = "Thank you for your business and have a great day!"
SUBSCRIPTION = "SubscriptionStatus"
PAYING = ("PAID", "TRIAL", "SUBSCRIBED", "GRACE_PERIOD")
FACTS = {
    "NeoEnabled": "true",
    "IsQbdtMigrated": "false",
    "IndustryType": "Plumbing, Heating, and Air-Conditioning Contractors",
    "IndustryCode": "238220",
    "QBOIndustryType": "Plumbing, Heating, and Air-Conditioning Contractors",
    "OfferingSku": "QuickBooks Online Plus",
    "PayrollFeature": "false",
    "AccountantFeature": "false",
    "ItemCategoriesFeature": "true",
}
"""What CompanyInfo tells of the company file besides its subscription."""
ADDRESSES = {
    "US": {"Line1": "1 Main Street", "City": "Truckee", "CountrySubDivisionCode": "CA", "Country": "USA"},
    "CA": {"Line1": "1 King Street", "City": "Toronto", "CountrySubDivisionCode": "ON", "Country": "CAN"},
    "GB": {"Line1": "1 High Street", "City": "London", "Country": "GBR"},
    "AU": {"Line1": "1 George Street", "City": "Sydney", "CountrySubDivisionCode": "NSW", "Country": "AUS"},
}


@dataclass(frozen=True, slots=True)
class Company:
    """What can differ between companies. `tax_rates`: state → rate, used by automated sales tax.

    `country` is "US" or one of CA, GB, AU: there the home currency differs, every line needs a tax code with a number
    and `GlobalTaxCalculation` counts (reference 3.8). `classes` and `departments` let transactions be tracked by them,
    `samples` fills it like Intuit's sample company (in the US).
    """

    name: str
    country: str = "US"
    zone: str = "America/Los_Angeles"
    closed_through: str | None = None
    custom_numbers: bool = False
    multicurrency: bool = False
    automated_tax: bool = True
    account_numbers: bool = False
    classes: bool = False
    departments: bool = False
    samples: bool = False
    subscription: str = "PAID"
    tax_rates: dict[str, str] = field(default_factory=lambda: {"CA": "0.0775"})


def found(books: Books, company: Company) -> None:
    """Write the company's own records and its first lists."""
    settings = {"zone": company.zone, "tax_rates": company.tax_rates, "country": company.country}
    books.store.put_setting(setting_name(books.realm), settings)
    realms = [realm for realm in realms_of(books.store) if realm != books.realm]
    books.store.put_setting("qb_realms", [*realms, books.realm])
    books.write("CompanyInfo", {"Id": "1", **_company_info(company, books.today())})
    books.write("Preferences", {"Id": "1", **_preferences(company)})
    found_lists(books, samples=company.samples)
    for entity, tracked in (("Class", company.classes), ("Department", company.departments)):
        for name in ("Field", "Shop") if tracked else ():
            books.create(entity, {"Name": name})


def close_books(books: Books, through: str | None) -> None:
    """Close the books through a date (`YYYY-MM-DD`), or open them with None."""
    preferences = dict(books.must_find("Preferences", "1"))
    block = {name: value for name, value in preferences["AccountingInfoPrefs"].items() if name != "BookCloseDate"}
    preferences["AccountingInfoPrefs"] = block | ({"BookCloseDate": through} if through else {})
    books.write("Preferences", preferences, preferences)


def set_subscription(books: Books, status: str) -> None:
    """Say how the company's subscription stands; clients can write while it is one of `PAYING` (6190)."""
    info = dict(books.must_find("CompanyInfo", "1"))
    others = [fact for fact in info["NameValue"] if fact["Name"] != SUBSCRIPTION]
    info["NameValue"] = [*others, {"Name": SUBSCRIPTION, "Value": status}]
    books.write("CompanyInfo", info, info)


def refuse_unsubscribed(books: Books) -> None:
    """Refuse a client's write with 6190 once the subscription has ended; reading is still allowed."""
    facts = {fact["Name"]: fact["Value"] for fact in books.must_find("CompanyInfo", "1")["NameValue"]}
    if facts[SUBSCRIPTION] not in PAYING:
        raise refuse("6190")


def merge_customers(books: Books, loser: str, winner: str) -> dict[str, Any]:
    """What merging two customers in QuickBooks does: everything moves to the winner, the loser becomes inactive.

    The answer is the winner. Refuses unknown or inactive customers (610, 2500) and a winner below the loser (700).
    """
    with books.store.transaction():
        for id_ in (loser, winner):
            books.referred("Customer", id_, element="Id")
        _refuse_below(books, winner, loser)
        for child in books.records.of_party(books.entity("Customer"), loser):
            parent = {"Id": child["Id"], "SyncToken": child["SyncToken"], "ParentRef": {"value": winner}}
            books.update("Customer", {**parent, "sparse": True})
        _move_transactions(books, loser, winner)
        books.deactivate("Customer", loser)
        kept = books.must_find("Customer", winner)
        return books.write("Customer", dict(kept), kept, operation="merge", deleted=loser)


def _refuse_below(books: Books, winner: str, loser: str) -> None:
    above: str | None = winner
    while above:
        if above == loser:
            raise refuse("700", element="ParentRef", why="the customer that stays is below the one that goes")
        above = books.must_find("Customer", above).get("ParentRef", {}).get("value")


def _move_transactions(books: Books, loser: str, winner: str) -> None:
    name = books.must_find("Customer", winner)["FullyQualifiedName"]
    for entity in ENTITIES.values():
        if "CustomerRef" in entity.fields:
            for body in books.records.of_party(entity, loser):
                books.write(entity.name, {**body, "CustomerRef": {"value": winner, "name": name}}, body)


def match_to_bank(books: Books, entity: str, id_: str) -> None:
    """What matching a transaction in the bank feed does: clients cannot delete it any more (6480)."""
    found = books.must_find(entity, id_)
    books.records.save(books.entity(entity), {**found, "Matched": True})


def realms_of(store: Store) -> list[str]:
    """The companies there are, first founded first."""
    return list(store.setting("qb_realms") or [])


def chosen_realm(store: Store, wanted: str | None) -> str:
    """The company meant by a control: the first one without a wish. Raises ValueError when it does not exist."""
    realms = realms_of(store)
    realm = wanted or next(iter(realms), None)
    if realm is None or realm not in realms:
        raise ValueError("there is no such company; load a scenario first")
    return realm


def setting_name(realm: str) -> str:
    """Where a company's settings are kept."""
    return f"qb_company:{realm}"


def _company_info(company: Company, today: dt.date) -> dict[str, Any]:
    facts = {**FACTS, SUBSCRIPTION: company.subscription, "AssignedTime": f"{today.isoformat()}T00:00:00-08:00"}
    address = {"Id": "1", **ADDRESSES[company.country]}
    return {
        "CompanyName": company.name,
        "LegalName": company.name,
        **dict.fromkeys(("CompanyAddr", "CustomerCommunicationAddr", "LegalAddr"), address),
        "PrimaryPhone": {"FreeFormNumber": "(530) 555-0100"},
        "Country": company.country,
        "CompanyStartDate": today.isoformat(),
        "FiscalYearStartMonth": "January",
        "Email": {"Address": "office@example.com"},
        "WebAddr": {},
        "SupportedLanguages": "en",
        "NameValue": [{"Name": name, "Value": value} for name, value in facts.items()],
    }


def _unused_field(number: int) -> dict[str, Any]:
    return {"Name": f"SalesFormsPrefs.UseSalesCustom{number}", "Type": "BooleanType", "BooleanValue": False}


def _preferences(company: Company) -> dict[str, Any]:
    closed = {"BookCloseDate": company.closed_through} if company.closed_through else {}
    partner = {"PartnerTaxEnabled": True} if company.automated_tax and company.country == "US" else {}
    return {
        "AccountingInfoPrefs": {
            "UseAccountNumbers": company.account_numbers,
            "TrackDepartments": company.departments,
            "ClassTrackingPerTxn": False,
            "ClassTrackingPerTxnLine": company.classes,
            "FirstMonthOfFiscalYear": "January",
            "TaxYearMonth": "January",
            "TaxForm": "6",
            "CustomerTerminology": "Customers",
            "DepartmentTerminology": "Location",
            **closed,
        },
        "ProductAndServicesPrefs": {
            "ForSales": True,
            "ForPurchase": True,
            "QuantityWithPriceAndRate": True,
            "QuantityOnHand": True,
        },
        "SalesFormsPrefs": {
            "CustomTxnNumbers": company.custom_numbers,
            "EmailCopyToCompany": False,
            "AllowDeposit": False,
            "AllowDiscount": True,
            "AllowEstimates": True,
            "EstimateMessage": THANKS,
            "CustomField": [{"CustomField": [_unused_field(number) for number in (1, 2, 3)]}],
            "AllowServiceDate": False,
            "AllowShipping": False,
            "ETransactionEnabledStatus": "NotApplicable",
            "ETransactionAttachPDF": False,
            "ETransactionPaymentEnabled": False,
            "IPNSupportEnabled": False,
            "AutoApplyCredit": False,
            "AutoApplyPayments": False,
            "UsingPriceLevels": False,
            "UsingProgressInvoicing": False,
            "DefaultCustomerMessage": THANKS,
        },
        "EmailMessagesPrefs": {
            f"{form.replace(' ', '')}Message": {"Subject": f"{form} from {company.name}", "Message": THANKS}
            for form in ("Invoice", "Estimate", "Sales Receipt", "Statement")
        },
        "VendorAndPurchasesPrefs": {"TrackingByCustomer": True, "BillableExpenseTracking": True},
        "TimeTrackingPrefs": {
            "UseServices": True,
            "BillCustomers": True,
            "ShowBillRateToAll": False,
            "WorkWeekStartDate": "Monday",
            "MarkTimeEntriesBillable": True,
        },
        "TaxPrefs": {"UsingSalesTax": True, **partner},
        "CurrencyPrefs": {
            "MultiCurrencyEnabled": company.multicurrency,
            "HomeCurrency": {"value": HOME[company.country]},
        },
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "OtherPrefs": {"NameValue": [{"Name": "SalesFormsPrefs.DefaultCustomerMessage", "Value": THANKS}]},
    }
