"""A company with contents like Intuit's own sample company, under the ids that samples and test suites refer to.

Intuit's sandbox companies start as a landscaper's books, and clients' test suites count on what stands there: account
42 is Visa, 86 "Discounts given", product 10 "Pest Control", 11 one with stock, customer 1 a bird sanctuary.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from include.sandbox.quickbooks.schema import NAMES

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

Body = dict[str, Any]
ACCOUNTS = {
    1: ("Services", "ServiceFeeIncome"),
    2: ("Retained Earnings", "RetainedEarnings"),
    3: ("Uncategorized Asset", "OtherCurrentAssets"),
    4: ("Undeposited Funds", "UndepositedFunds"),
    5: ("Billable Expense Income", "OtherPrimaryIncome"),
    7: ("Advertising", "AdvertisingPromotional"),
    8: ("Bank Charges", "BankCharges"),
    11: ("Insurance", "Insurance"),
    13: ("Meals and Entertainment", "EntertainmentMeals"),
    15: ("Office Expenses", "OfficeGeneralAdministrativeExpenses"),
    17: ("Rent or Lease", "RentOrLeaseOfBuildings"),
    23: ("Travel", "Travel"),
    24: ("Utilities", "Utilities"),
    30: ("Uncategorized Income", "OtherPrimaryIncome"),
    31: ("Uncategorized Expense", "OtherMiscellaneousServiceCost"),
    33: ("Accounts Payable (A/P)", "AccountsPayable"),
    34: ("Opening Balance Equity", "OpeningBalanceEquity"),
    35: ("Checking", "Checking"),
    36: ("Savings", "Savings"),
    37: ("Truck", "Vehicles"),
    41: ("Mastercard", "CreditCard"),
    42: ("Visa", "CreditCard"),
    44: ("Notes Payable", "OtherLongTermLiabilities"),
    45: ("Landscaping Services", "OtherPrimaryIncome"),
    79: ("Sales of Product Income", "SalesOfProductIncome"),
    80: ("Cost of Goods Sold", "SuppliesMaterialsCogs"),
    81: ("Inventory Asset", "Inventory"),
    82: ("Design income", "OtherPrimaryIncome"),
    84: ("Accounts Receivable (A/R)", "AccountsReceivable"),
    86: ("Discounts given", "DiscountsRefundsGiven"),
    90: ("Board of Equalization Payable", "SalesTaxPayable"),
}
SERVICES = {
    3: ("Concrete", 0), 4: ("Design", 75), 6: ("Gardening", 0), 7: ("Installation", 50), 8: ("Lighting", 15),
    9: ("Maintenance & Repair", 0), 10: ("Pest Control", 35), 12: ("Refunds & Allowances", 0), 13: ("Rocks", 0),
    14: ("Sod", 10), 15: ("Soil", 10), 18: ("Trimming", 35),
}  # fmt: skip
STOCK = {
    5: ("Rock Fountain", 275, 125, 2), 11: ("Pump", 15, 10, 25), 16: ("Sprinkler Heads", 2, 0.75, 25),
    17: ("Sprinkler Pipes", 4, 2.5, 31),
}  # fmt: skip
"""Name, price, cost, how many there are."""
CUSTOMERS = (
    "Amy's Bird Sanctuary", "Bill's Windsurf Shop", "Cool Cars", "Diego Rodriguez", "Dukes Basketball Camp",
    "Dylan Sollfrank", "Freeman Sporting Goods", "0969 Ocean View Road", "55 Twin Lane", "Geeta Kalapatapu",
    "Gevelber Photography",
)  # fmt: skip
BELOW = {8: 7, 9: 7}
"""Sub-customer → the customer above."""
VENDORS = ("Books by Bessie", "Brosnahan Insurance Agency", "Cal Telephone", "Chin's Gas and Oil", "Cigna Health Care")
FIRST_VENDOR, FIRST_EMPLOYEE, FIRST_NEW_NAME = 30, 54, 58
PAID = (108, 87, 340, 239, 50, 114)
"""Payments, the first of them on half an invoice."""


def found_accounts(books: Books) -> None:
    """The chart of accounts, in the place of the one other companies start with."""
    _create(books, "Account", {id_: {"Name": name, "AccountSubType": kind} for id_, (name, kind) in ACCOUNTS.items()})


def found_contents(books: Books) -> None:
    """Products, customers, vendors and employees, and a few transactions of each common kind."""
    _create(books, "Item", dict(sorted({**_services(), **_stock(books)}.items())), last=2)
    _found_people(books)
    _found_transactions(books)


def _services() -> dict[int, Body]:
    return {
        id_: {"Name": name, "Type": "Service", "UnitPrice": price, "IncomeAccountRef": {"value": "45"}}
        for id_, (name, price) in SERVICES.items()
    }


def _stock(books: Books) -> dict[int, Body]:
    accounts = {"IncomeAccountRef": "79", "ExpenseAccountRef": "80", "AssetAccountRef": "81"}
    refs = {name: {"value": id_} for name, id_ in accounts.items()}
    start = books.today().isoformat()
    return {
        id_: {"Name": name, "Type": "Inventory", "TrackQtyOnHand": True, "InvStartDate": start, **refs}
        | {"UnitPrice": price, "PurchaseCost": cost, "QtyOnHand": quantity}
        for id_, (name, price, cost, quantity) in STOCK.items()
    }


def _found_people(books: Books) -> None:
    address = {"Line1": "4581 Finch St.", "City": "Bayshore", "CountrySubDivisionCode": "CA", "PostalCode": "94326"}
    customers: dict[int, Body] = {
        id_: {"DisplayName": name, "BillAddr": address, "PrimaryEmailAddr": {"Address": f"customer{id_}@example.com"}}
        for id_, name in enumerate(CUSTOMERS, start=1)
    }
    for below, above in BELOW.items():
        customers[below] |= {"Job": True, "ParentRef": {"value": str(above)}}
    vendors = {id_: {"DisplayName": name} for id_, name in enumerate(VENDORS, start=FIRST_VENDOR)}
    employees = {
        FIRST_EMPLOYEE: {"GivenName": "John", "FamilyName": "Johnson"},
        FIRST_EMPLOYEE + 1: {"GivenName": "Emily", "FamilyName": "Platt"},
    }
    _create(books, "Customer", customers)
    books.deactivate("Customer", str(len(CUSTOMERS)))
    _create(books, "Vendor", vendors, last=len(CUSTOMERS))
    _create(books, "Employee", employees, last=FIRST_VENDOR + len(VENDORS) - 1)
    _skip(books, NAMES, FIRST_EMPLOYEE + len(employees), FIRST_NEW_NAME)


def _found_transactions(books: Books) -> None:
    """Invoices half paid, paid and void, payments deposited and unapplied, a credit, a bill, and two templates."""
    for number, amount in enumerate(PAID, start=1):
        invoice = books.create("Invoice", {**_sale(number, 2 * amount), "SalesTermRef": {"value": "3"}})
        payment = _pay(books, number, amount, invoice["Id"])
    _pay(books, len(PAID), PAID[-1], invoice["Id"])
    link = {"Amount": PAID[-1], "LinkedTxn": [{"TxnId": payment["Id"], "TxnType": "Payment"}]}
    books.create("Deposit", {"DepositToAccountRef": {"value": "35"}, "Line": [link]})
    _pay(books, 7, 50)
    books.create("CreditMemo", _sale(7, 20))
    books.void("Invoice", books.create("Invoice", _sale(10, 80))["Id"])
    expense = {"AccountRef": {"value": "7"}}
    line = {"Amount": 75, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": expense}
    books.create("Bill", {"VendorRef": {"value": str(FIRST_VENDOR)}, "Line": [line]})
    for name in ("Monthly upkeep", "Yearly check"):
        schedule = {"IntervalType": name.split()[0], "NumInterval": 1, "StartDate": books.today().isoformat()}
        info = {"Name": name, "RecurType": "Automated", "Active": True, "ScheduleInfo": schedule}
        books.create("RecurringTransaction", {"Invoice": {**_sale(1, 35), "RecurringInfo": info}})


def _sale(customer: int, amount: float) -> Body:
    detail = {"ItemRef": {"value": "10"}, "TaxCodeRef": {"value": "NON"}}
    line = {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    return {"CustomerRef": {"value": str(customer)}, "Line": [line]}


def _pay(books: Books, customer: int, amount: float, invoice: str = "") -> Body:
    """Money from a customer, on an invoice or on none."""
    lines = [{"Amount": amount, "LinkedTxn": [{"TxnId": invoice, "TxnType": "Invoice"}]}] if invoice else []
    return books.create("Payment", {"CustomerRef": {"value": str(customer)}, "TotalAmt": amount, "Line": lines})


def _create(books: Books, entity: str, bodies: Mapping[int, Body], *, last: int = 0) -> None:
    """Create objects under their ids; `last` is the id that was given last."""
    for id_, body in bodies.items():
        _skip(books, books.entity(entity).ids, last + 1, id_)
        books.create(entity, body)
        last = id_


def _skip(books: Books, sequence: str, following: int, wanted: int) -> None:
    """Leave ids out until the next one is the one wanted."""
    for _ in range(following, wanted):
        books.next_id(sequence)
