"""The lists a company starts with. The order gives the ids: account 4 is Undeposited Funds, product 1 is Services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.sandbox.quickbooks.catalog import sample_company
from include.sandbox.quickbooks.catalog.currencies import found_currencies
from include.sandbox.quickbooks.catalog.tax_lists import PSEUDO
from include.sandbox.quickbooks.catalog.taxes import make_tax_code

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

ACCOUNTS = (
    ("Services", "ServiceFeeIncome"),
    ("Cost of Goods Sold", "SuppliesMaterialsCogs"),
    ("Checking", "Checking"),
    ("Undeposited Funds", "UndepositedFunds"),
    ("Accounts Receivable (A/R)", "AccountsReceivable"),
    ("Discounts given", "DiscountsRefundsGiven"),
    ("Accounts Payable (A/P)", "AccountsPayable"),
    ("Visa", "CreditCard"),
    ("Savings", "Savings"),
    ("Sales of Product Income", "SalesOfProductIncome"),
    ("Inventory Asset", "Inventory"),
    ("Opening Balance Equity", "OpeningBalanceEquity"),
    ("Retained Earnings", "RetainedEarnings"),
    ("Uncategorized Income", "OtherPrimaryIncome"),
    ("Uncategorized Expense", "OtherMiscellaneousServiceCost"),
    ("Uncategorized Asset", "OtherCurrentAssets"),
    ("Office Expenses", "OfficeGeneralAdministrativeExpenses"),
    ("Bank Charges", "BankCharges"),
    ("Travel", "Travel"),
    ("Notes Payable", "OtherLongTermLiabilities"),
    ("Board of Equalization Payable", "SalesTaxPayable"),
    ("Machinery and Equipment", "MachineryAndEquipment"),
)
TERMS = (("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60))
ITEMS = ("Services", "Hours")
PAYMENT_METHODS = (
    ("Cash", "NON_CREDIT_CARD"),
    ("Check", "NON_CREDIT_CARD"),
    ("Visa", "CREDIT_CARD"),
    ("MasterCard", "CREDIT_CARD"),
    ("American Express", "CREDIT_CARD"),
    ("Diners Club", "CREDIT_CARD"),
    ("Discover", "CREDIT_CARD"),
    ("Direct Debit", "NON_CREDIT_CARD"),
)
CUSTOMER_TYPES = ("Residential", "Commercial")
CURRENCIES = ("CAD", "EUR", "GBP", "USD")
STATES = {"CA": ("California Department of Tax and Fee Administration", "California")}
ABROAD: dict[str, tuple[str, tuple[tuple[str, str, str], ...]]] = {
    "CA": (
        "Canada Revenue Agency",
        (("Exempt", "0", "0"), ("Zero-rated", "0", "0"), ("GST", "5", "5"), ("HST ON", "13", "13")),
    ),
    "GB": (
        "HMRC",
        (("Exempt", "0", "0"), ("0.0% Z", "0", "0"), ("5.0% R", "5", "5"), ("20.0% S", "20", "20")),
    ),
    "AU": ("Australian Taxation Office", (("Exempt", "0", "0"), ("GST free", "0", "0"), ("GST", "10", "10"))),
}
"""Country → agency and its codes with the rate on sales and the rate on purchases."""


def found_lists(books: Books, *, samples: bool = False) -> None:
    """Write all of them, and with `samples` the contents of the sample company."""
    if samples:
        sample_company.found_accounts(books)
    for name, subtype in () if samples else ACCOUNTS:
        books.create("Account", {"Name": name, "AccountSubType": subtype})
    for name, days in TERMS:
        books.create("Term", {"Name": name, "DueDays": days})
    for name, kind in PAYMENT_METHODS:
        books.create("PaymentMethod", {"Name": name, "Type": kind})
    for number, name in enumerate(CUSTOMER_TYPES, start=1):
        books.write("CustomerType", {"Id": str(number), "Name": name, "Active": True})
    if books.country == "US":
        _found_us_taxes(books)
    else:
        _found_taxes_abroad(books)
    for name in ITEMS:
        books.create("Item", {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": "1"}})
    if books.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]:
        found_currencies(books, CURRENCIES, books.today())
    if samples:
        sample_company.found_contents(books)


def _found_us_taxes(books: Books) -> None:
    """The codes every company in the US has, and one code per state with a rate."""
    for id_ in PSEUDO:
        body = {"Id": id_, "Name": id_, "Description": id_, "Active": True, "Taxable": id_ != "NON"}
        books.write("TaxCode", {**body, "TaxGroup": id_ == "CustomSalesTax"})
    for state, rate in books.tax_rates.items():
        agency, name = STATES.get(state, (f"Department of Revenue {state}", state))
        _found_code(books, _agency(books, agency), name, {"Sales": f"{float(rate) * 100:g}"})


def _found_taxes_abroad(books: Books) -> None:
    agency, codes = ABROAD[books.country]
    id_ = _agency(books, agency)
    for name, sales, purchases in codes:
        _found_code(books, id_, name, {"Sales": sales, "Purchase": purchases})


def _agency(books: Books, name: str) -> str:
    purchases = books.country != "US"
    made = books.create("TaxAgency", {"DisplayName": name, "TaxTrackedOnPurchases": purchases})
    return str(made["Id"])


def _found_code(books: Books, agency: str, name: str, rates: dict[str, str]) -> None:
    details: list[dict[str, Any]] = [
        {
            "TaxRateName": name if side == "Sales" else f"{name} ({side})",
            "RateValue": rate,
            "TaxAgencyId": agency,
            "TaxApplicableOn": side,
        }
        for side, rate in rates.items()
    ]
    make_tax_code(books, {"TaxCode": name, "TaxRateDetails": details})
