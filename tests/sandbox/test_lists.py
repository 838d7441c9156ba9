"""Items, accounts, terms, classes, departments, payment methods: what each needs, and what it becomes."""

from __future__ import annotations

from typing import Any

import pytest

from include.sandbox.quickbooks.engine import Books
from include.sandbox.store import Store

from .conftest import refusal, sale

STOCK = {
    "Type": "Inventory",
    "TrackQtyOnHand": True,
    "QtyOnHand": 10,
    "InvStartDate": "2026-01-01",
    "IncomeAccountRef": {"value": "10"},
    "ExpenseAccountRef": {"value": "2"},
    "AssetAccountRef": {"value": "11"},
}


def without(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


def test_a_service_is_answered_as_recorded(books: Books) -> None:
    made = books.create("Item", {"Name": "Annual test", "IncomeAccountRef": {"value": "1"}})
    assert {"MetaData", "domain", "sparse", "Id", "SyncToken"} < made.keys()
    assert {name: made[name] for name in made.keys() - {"MetaData", "Id"}} == {
        "Name": "Annual test",
        "Active": True,
        "FullyQualifiedName": "Annual test",
        "Taxable": False,
        "UnitPrice": 0,
        "Type": "Service",
        "IncomeAccountRef": {"value": "1", "name": "Services"},
        "PurchaseCost": 0,
        "TrackQtyOnHand": False,
        "domain": "QBO",
        "sparse": False,
        "SyncToken": "0",
    }


@pytest.mark.parametrize("missing", sorted(STOCK.keys() - {"Type"}))
def test_stock_needs_its_accounts_its_quantity_and_its_start(books: Books, missing: str) -> None:
    body = {"Name": "Valve", **STOCK}
    assert refusal(books.create, "Item", without(body, missing)) == "2020"
    assert books.create("Item", body)["QtyOnHand"] == 10


def test_stock_is_not_sold_before_it_was_counted(books: Books, customer: str) -> None:
    valve = books.create("Item", {"Name": "Valve", **STOCK})["Id"]
    bill = sale(customer, 5)
    bill["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"] = valve
    assert refusal(books.create, "Invoice", {**bill, "TxnDate": "2025-12-31"}) == "6270"
    assert books.create("Invoice", {**bill, "TxnDate": "2026-01-01"})["TotalAmt"] == 5


@pytest.mark.parametrize(
    ("field", "account"),
    [("IncomeAccountRef", "3"), ("ExpenseAccountRef", "17"), ("AssetAccountRef", "4"), ("AssetAccountRef", "1")],
)
def test_an_account_of_the_wrong_type_is_refused(books: Books, field: str, account: str) -> None:
    assert refusal(books.create, "Item", {"Name": "Valve", **STOCK, field: {"value": account}}) == "6430"


def test_a_service_may_cost_any_expense(books: Books) -> None:
    body = {"Name": "Trip", "ExpenseAccountRef": {"value": "19"}}
    assert books.create("Item", body)["ExpenseAccountRef"]["name"] == "Travel"
    assert refusal(books.create, "Item", {"Name": "Nothing behind it"}) == "2020"


def test_a_service_becomes_a_product_but_never_stock(books: Books) -> None:
    change = {"Id": "1", "SyncToken": "0", "sparse": True}
    assert books.update("Item", {**change, "Type": "NonInventory"})["Type"] == "NonInventory"
    assert refusal(books.update, "Item", {**change, "SyncToken": "1", **STOCK}) == "6000"
    assert refusal(books.update, "Item", {**change, "SyncToken": "1", "Type": "Gift"}) == "2170"


def test_a_category_holds_products_and_nothing_of_its_own(books: Books) -> None:
    shelf = books.create("Item", {"Name": "Parts", "Type": "Category", "UnitPrice": 5, "Taxable": True})
    assert shelf.keys() & {"UnitPrice", "Taxable", "IncomeAccountRef", "PurchaseCost", "TrackQtyOnHand"} == set()
    below = {"Name": "Valve", "SubItem": True, "ParentRef": {"value": shelf["Id"]}, **STOCK}
    made = books.create("Item", below)
    assert (made["FullyQualifiedName"], made["Level"], made["SubItem"]) == ("Parts:Valve", 1, True)
    books.update("Item", {"Id": shelf["Id"], "SyncToken": "0", "sparse": True, "Name": "Spares"})
    assert books.get("Item", made["Id"])["FullyQualifiedName"] == "Spares:Valve"


def test_a_bundle_names_its_parts(books: Books) -> None:
    parts = [{"ItemRef": {"value": "1"}, "Qty": "2"}, {"ItemRef": {"value": "2"}, "Qty": 1.5}]
    made = books.create("Item", {"Name": "Visit", "Type": "Group", "ItemGroupDetail": {"ItemGroupLine": parts}})
    (first, second) = made["ItemGroupDetail"]["ItemGroupLine"]
    assert first == {"ItemRef": {"value": "1", "name": "Services", "type": "Service"}, "Qty": 2}
    assert (second["ItemRef"]["name"], float(second["Qty"])) == ("Hours", 1.5)
    for wrong in ({}, {"ItemGroupLine": []}, {"ItemGroupLine": [{"Qty": 1}]}):
        assert refusal(books.create, "Item", {"Name": "Empty", "Type": "Group", "ItemGroupDetail": wrong}) == "2020"
    inside = {"ItemGroupLine": [{"ItemRef": {"value": made["Id"]}, "Qty": 1}]}
    assert refusal(books.create, "Item", {"Name": "Twice", "Type": "Group", "ItemGroupDetail": inside}) == "6000"


def test_a_sku_is_shown_to_those_who_ask_for_it(books: Books) -> None:
    books.create("Item", {"Name": "Gauge", "Sku": "G-1", "IncomeAccountRef": {"value": "1"}})
    (plain,) = books.query("SELECT * FROM Item WHERE Name = 'Gauge'")["Item"]
    (asked,) = books.query("SELECT *, Sku FROM Item WHERE Sku = 'G-1'")["Item"]
    assert ("Sku" in plain, asked["Sku"]) == (False, "G-1")


def test_an_account_knows_its_side_from_its_type_or_its_subtype(books: Books) -> None:
    by_type = books.create("Account", {"Name": "MyJobs", "AccountType": "Accounts Receivable"})
    assert (by_type["AccountSubType"], by_type["Classification"]) == ("AccountsReceivable", "Asset")
    by_subtype = books.create("Account", {"Name": "Fuel", "AccountSubType": "GasAndFuel"})
    assert (by_subtype["AccountType"], by_subtype["Classification"]) == ("Other Expense", "Expense")
    shown = {"SubAccount": False, "CurrentBalance": 0, "CurrentBalanceWithSubAccounts": 0, "FullyQualifiedName": "Fuel"}
    assert {name: by_subtype[name] for name in shown} == shown


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "6010"),
        ({"AccountType": "Purse"}, "6010"),
        ({"AccountType": "Bank", "AccountSubType": "CreditCard"}, "6010"),
        ({"AccountType": "Bank", "Name": 'The "other" one'}, "2040"),
        ({"AccountType": "Bank", "Name": "A:B"}, "2040"),
        ({"AccountType": "Bank", "AcctNum": "1:2"}, "2040"),
        ({"AccountType": "Bank", "AcctNum": "1" * 21}, "2050"),
        ({"AccountType": "Bank", "Name": "checking"}, "6240"),
        ({"AccountType": "Bank", "SubAccount": True}, "2020"),
        ({"AccountType": "Bank", "OpeningBalance": 5}, "6060"),
    ],
)
def test_an_impossible_account_is_refused(books: Books, fields: dict[str, Any], code: str) -> None:
    assert refusal(books.create, "Account", {"Name": "Till", **fields}) == code


def test_account_numbers_are_used_once_where_accounts_are_numbered(store: Store, books: Books) -> None:
    numbered = Books(store, "42", api=True)
    numbered.found(name="Numbered", account_numbers=True)
    for each in (numbered, books):
        each.create("Account", {"Name": "Till", "AccountType": "Bank", "AcctNum": "1'0\\"})
    again = {"Name": "Safe", "AccountType": "Bank", "AcctNum": "1'0\\"}
    assert refusal(numbered.create, "Account", again) == "6000"
    assert books.create("Account", again)["AcctNum"] == "1'0\\"


def test_accounts_stand_below_accounts(books: Books) -> None:
    made = books.create("Account", {"Name": "Till", "AccountType": "Bank", "ParentRef": {"value": "3"}})
    assert (made["SubAccount"], made["FullyQualifiedName"]) == (True, "Checking:Till")
    assert "Level" not in made
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True}
    assert refusal(books.update, "Account", {**change, "ParentRef": {"value": made["Id"]}}) == "900"
    free = books.update("Account", {**change, "ParentRef": {}})
    assert (free["SubAccount"], free["FullyQualifiedName"]) == (False, "Till")


def test_a_deactivated_account_bears_the_suffix_and_a_term_does_not(books: Books) -> None:
    assert books.deactivate("Account", "9")["Name"] == "Savings (deleted)"
    gone = books.deactivate("Term", "2")
    assert (gone["Name"], gone["Active"]) == ("Net 15", False)
    assert refusal(books.create, "Term", {"Name": "Net 15", "DueDays": 15}) == "6240"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"DueDays": "120"}, "STANDARD"),
        ({"DueDays": 60, "DiscountDays": 15, "DiscountPercent": 2.5}, "STANDARD"),
        ({"DayOfMonthDue": 1, "DueNextMonthDays": 2, "DiscountDayOfMonth": 3, "DiscountPercent": 10}, "DATE_DRIVEN"),
        ({"DueDays": 10, "DayOfMonthDue": None, "Type": "DATE_DRIVEN"}, "STANDARD"),
    ],
)
def test_terms_are_days_or_a_day_of_the_month(books: Books, fields: dict[str, Any], kind: str) -> None:
    made = books.create("Term", {"Name": "Late", **fields})
    assert made["Type"] == kind
    assert all(float(made[name]) == float(value) for name, value in fields.items() if name != "Type" and value)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "2020"),
        ({"DueDays": 1000}, "2240"),
        ({"DueDays": -1}, "2240"),
        ({"DayOfMonthDue": 32}, "2240"),
        ({"DueDays": 5, "DiscountPercent": 101}, "2240"),
        ({"DueDays": "soon"}, "2090"),
        ({"DueDays": 5, "Name": "x" * 32}, "2050"),
        ({"DueDays": 5, "Name": "NET 30"}, "6240"),
    ],
)
def test_impossible_terms_are_refused(books: Books, fields: dict[str, Any], code: str) -> None:
    assert refusal(books.create, "Term", {"Name": "Late", **fields}) == code


@pytest.mark.parametrize(("entity", "flag"), [("Class", "SubClass"), ("Department", "SubDepartment")])
def test_classes_and_departments_stand_below_each_other(books: Books, entity: str, flag: str) -> None:
    top = books.create(entity, {"Name": "North"})
    assert {name: top[name] for name in (flag, "FullyQualifiedName", "Active")} == {
        flag: False,
        "FullyQualifiedName": "North",
        "Active": True,
    }
    child = books.create(entity, {"Name": "Lakes", flag: True, "ParentRef": {"value": top["Id"]}})
    assert (child[flag], child["FullyQualifiedName"]) == (True, "North:Lakes")
    assert refusal(books.create, entity, {"Name": "Hills", flag: True}) == "2020"
    assert refusal(books.create, entity, {"Name": "lakes"}) == "6240"
    assert refusal(books.create, entity, {"Name": "a:b"}) == "2040"
    assert refusal(books.create, entity, {"Name": "Hills", "ParentRef": {"value": "77"}}) == "2500"
    assert books.deactivate(entity, child["Id"])["Name"] == "Lakes (deleted)"
    assert [each["Id"] for each in books.query(f"SELECT * FROM {entity}")[entity]] == [top["Id"]]


def test_a_payment_method_is_no_credit_card_unless_it_says_so(books: Books) -> None:
    assert books.create("PaymentMethod", {"Name": "Barter"})["Type"] == "NON_CREDIT_CARD"
    assert refusal(books.create, "PaymentMethod", {"Name": "Shells", "Type": "SHELLS"}) == "2170"
    assert refusal(books.create, "PaymentMethod", {"Name": "cash"}) == "6240"
    assert len(books.query("SELECT * FROM PaymentMethod WHERE Type = 'CREDIT_CARD'")["PaymentMethod"]) == 5


@pytest.mark.parametrize("entity", ["CustomerType", "Budget", "TaxCode", "TaxRate"])
def test_what_only_the_pages_make_is_read_and_never_written(books: Books, entity: str) -> None:
    assert refusal(books.create, entity, {"Name": "Mine"}) == "500"
    assert refusal(books.update, entity, {"Id": "1", "SyncToken": "0", "Name": "Mine"}) == "500"
    assert refusal(books.delete, entity, "1") == "500"


def test_a_customers_type_is_one_of_the_companys(books: Books) -> None:
    made = books.create("Customer", {"DisplayName": "Ann", "CustomerTypeRef": {"value": "2"}})
    assert made["CustomerTypeRef"]["value"] == "2"
    assert refusal(books.create, "Customer", {"DisplayName": "Bo", "CustomerTypeRef": {"value": "9"}}) == "2500"
    assert books.query("SELECT * FROM Budget") == {}
    assert refusal(books.get, "Budget", "1") == "610"


def test_a_company_starts_with_what_its_transactions_need(books: Books) -> None:
    accounts = books.query("SELECT * FROM Account")["Account"]
    kinds = {account["AccountType"] for account in accounts}
    assert {"Bank", "Credit Card", "Accounts Payable", "Accounts Receivable", "Income", "Expense", "Equity"} <= kinds
    assert books.get("Account", "4")["Name"] == "Undeposited Funds"
    assert books.get("Item", "1")["Name"] == "Services"
    assert (books.query("SELECT * FROM Class"), books.query("SELECT * FROM Department")) == ({}, {})


def test_a_company_that_tracks_classes_and_departments_has_some(store: Store) -> None:
    books = Books(store, "42", api=True)
    books.found(name="Tracked", classes=True, departments=True)
    assert [len(books.query(f"SELECT * FROM {name}")[name]) for name in ("Class", "Department")] == [2, 2]
    assert books.preferences["AccountingInfoPrefs"]["TrackDepartments"] is True


def test_preferences_change_one_by_one_and_what_is_fixed_stays(books: Books) -> None:
    sent = {
        "Id": "1",
        "SyncToken": "0",
        "EmailMessagesPrefs": {"InvoiceMessage": {"Message": "Danke"}},
        "SalesFormsPrefs": {"CustomTxnNumbers": True, "Surprise": True, "AllowDiscount": "maybe"},
        "AccountingInfoPrefs": {"BookCloseDate": "2026-12-31", "UseAccountNumbers": True},
        "TaxPrefs": {"UsingSalesTax": False},
    }
    before, after = books.preferences, books.update("Preferences", sent)
    assert after["EmailMessagesPrefs"]["InvoiceMessage"]["Message"] == "Danke"
    assert after["EmailMessagesPrefs"]["EstimateMessage"] == before["EmailMessagesPrefs"]["EstimateMessage"]
    assert after["SalesFormsPrefs"] == {**before["SalesFormsPrefs"], "CustomTxnNumbers": True}
    assert (after["AccountingInfoPrefs"], after["TaxPrefs"]) == (before["AccountingInfoPrefs"], before["TaxPrefs"])
    assert after["SyncToken"] == "1"


def test_a_company_changes_its_address_and_keeps_its_country(books: Books) -> None:
    move = {"Id": "1", "SyncToken": "0", "sparse": True, "CompanyAddr": {"Line1": "2 Pier"}, "Country": "FR"}
    moved = books.update("CompanyInfo", move)
    assert (moved["CompanyAddr"], moved["Country"]) == ({"Line1": "2 Pier"}, "US")
    assert moved["CompanyName"] == "Empty Backflow"
    assert refusal(books.create, "CompanyInfo", {"CompanyName": "Second"}) == "500"
