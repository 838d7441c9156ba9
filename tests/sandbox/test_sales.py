"""Invoices, credit memos, sales receipts: lines, totals, tax, numbers, dates, voids."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from include.sandbox.quickbooks.catalog.company import close_books
from include.sandbox.quickbooks.engine import Books
from include.sandbox.store import Store

from .conftest import paying, refusal, sale


def with_detail(customer: str, amount: float, **detail: Any) -> dict[str, Any]:
    body = sale(customer, amount)
    body["Line"][0]["SalesItemLineDetail"] |= detail
    return body


def use_custom_numbers(books: Books) -> None:
    preferences = books.preferences
    preferences["SalesFormsPrefs"]["CustomTxnNumbers"] = True
    books.write("Preferences", preferences, preferences)


@pytest.mark.parametrize(
    ("quantity", "price", "amount", "code"),
    [(3, 33.33, 100, "6070"), (3, 33.333333, 100, ""), (0, 0, 100, ""), (2, 50, 100, ""), ("", "", 100, "")],
)
def test_quantity_times_price_must_make_the_amount(
    books: Books, customer: str, quantity: object, price: object, amount: float, code: str
) -> None:
    assert refusal(books.create, "Invoice", with_detail(customer, amount, Qty=quantity, UnitPrice=price)) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"CustomerRef": None}, "2020"),
        ({"Line": []}, "2020"),
        ({"DocNumber": "1" * 22}, "2050"),
        ({"TxnDate": "2026-13-01"}, "2060"),
        ({"EmailStatus": "NeedToSend"}, "6420"),
        ({"SalesTermRef": {"value": "99"}}, "2500"),
    ],
)
def test_an_incomplete_invoice_is_refused(books: Books, customer: str, change: dict[str, Any], code: str) -> None:
    assert refusal(books.create, "Invoice", {**sale(customer, 1), **change}) == code


def test_a_refused_invoice_leaves_nothing_behind(books: Books, customer: str) -> None:
    before = books.query("select count(*) from Invoice")
    assert refusal(books.create, "Invoice", with_detail(customer, 5, ItemRef={"value": "88"})) == "2500"
    assert books.query("select count(*) from Invoice") == before
    assert books.get("Customer", customer)["Balance"] == 0


def test_a_line_without_a_product_is_booked_to_the_default_one(books: Books, customer: str) -> None:
    line = {"DetailType": "SalesItemLineDetail", "Amount": 5, "SalesItemLineDetail": {}}
    made = books.create("Invoice", {"CustomerRef": {"value": customer}, "Line": [line]})
    assert made["Line"][0]["SalesItemLineDetail"]["ItemRef"] == {"value": "1", "name": "Services"}


def test_an_inactive_product_is_refused_on_new_lines_only(books: Books, customer: str) -> None:
    made = books.create("Invoice", with_detail(customer, 5, ItemRef={"value": "2"}))
    books.deactivate("Item", "2")
    assert refusal(books.create, "Invoice", with_detail(customer, 5, ItemRef={"value": "2"})) == "610"
    assert books.update("Invoice", made)["SyncToken"] == "1"


def test_totals_discounts_and_negative_lines(books: Books, customer: str) -> None:
    body = sale(customer, 100, -20)
    body["Line"] += [
        {"DetailType": "DescriptionOnly", "Description": "thank you"},
        {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10}},
    ]
    made = books.create("Invoice", body)
    assert made["TotalAmt"] == made["Balance"] == 72
    assert [line.get("Id") for line in made["Line"]] == ["1", "2", "3", None, None]
    assert [line["DetailType"] for line in made["Line"][3:]] == ["SubTotalLineDetail", "DiscountLineDetail"]
    assert made["Line"][4]["DiscountLineDetail"]["DiscountAccountRef"] == {"value": "6", "name": "Discounts given"}
    assert refusal(books.create, "Invoice", sale(customer, 10, -11)) == "6000"


def test_what_was_read_can_be_sent_back(books: Books, invoice: dict[str, Any]) -> None:
    again = books.update("Invoice", books.get("Invoice", invoice["Id"]))
    ignored = ("SyncToken", "MetaData")
    assert {k: v for k, v in again.items() if k not in ignored} == {
        k: v for k, v in invoice.items() if k not in ignored
    }


def test_a_sparse_update_replaces_all_lines_and_nothing_else(books: Books, invoice: dict[str, Any]) -> None:
    change = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True, "Line": sale("1", 30, 40)["Line"]}
    changed = books.update("Invoice", change)
    assert (changed["TotalAmt"], changed["DocNumber"], len(changed["Line"])) == (70, invoice["DocNumber"], 3)


def test_numbers_are_given_unless_the_company_gives_its_own(books: Books, customer: str) -> None:
    first, own = (
        books.create("Invoice", sale(customer, 1)),
        books.create("Invoice", sale(customer, 1, DocNumber="1002")),
    )
    assert (first["DocNumber"], own["DocNumber"]) == ("1001", "1002")
    assert books.create("Invoice", sale(customer, 1))["DocNumber"] == "1003"
    assert books.create("Invoice", sale(customer, 1, DocNumber="1002"))["DocNumber"] == "1002"


def test_a_taken_number_is_refused_where_the_company_gives_its_own(books: Books, customer: str) -> None:
    use_custom_numbers(books)
    assert "DocNumber" not in books.create("Invoice", sale(customer, 1))
    receipt = books.create("SalesReceipt", sale(customer, 1, DocNumber="A-1"))
    assert refusal(books.create, "Invoice", sale(customer, 1, DocNumber="A-1")) == "6140"
    assert books.create("Invoice", sale(customer, 1, DocNumber="A-1"), include={"allowduplicatedocnum"})["Id"]
    assert books.delete("SalesReceipt", receipt)["status"] == "Deleted"


def test_a_stated_tax_is_honoured(books: Books, customer: str) -> None:
    made = books.create("Invoice", sale(customer, 100, TxnTaxDetail={"TotalTax": 7.33}))
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"]) == (Decimal("107.33"), Decimal("7.33"))


@pytest.mark.parametrize(("address", "tax"), [({"CountrySubDivisionCode": "CA"}, "7.75"), ({}, "0"), (None, "0")])
def test_automated_tax_needs_an_address(books: Books, address: dict[str, str] | None, tax: str) -> None:
    body = {"DisplayName": "Taxed", **({"BillAddr": {"Line1": "1 Pier", **address}} if address is not None else {})}
    customer = books.create("Customer", body)["Id"]
    made = books.create("Invoice", with_detail(customer, 100, TaxCodeRef={"value": "TAX"}))
    assert made["TxnTaxDetail"]["TotalTax"] == Decimal(tax)
    assert refusal(books.create, "Invoice", with_detail(customer, 100, TaxCodeRef={"value": "7"})) == "6100"


def test_dates_come_from_the_companys_day_and_the_terms(books: Books, store: Store, customer: str) -> None:
    store.clock.freeze(store.now().replace(day=3, hour=6))
    made = books.create("Invoice", sale(customer, 1, SalesTermRef={"value": "3"}))
    assert (made["TxnDate"], made["DueDate"]) == ("2026-11-02", "2026-12-02")
    assert made["MetaData"]["CreateTime"] == "2026-11-02T22:00:00-08:00"


def test_a_closed_period_refuses_the_api_and_lets_a_person_in(books: Books, customer: str) -> None:
    old = books.create("Invoice", sale(customer, 1, TxnDate="2026-08-31"))
    close_books(books, "2026-08-31")
    assert refusal(books.create, "Invoice", sale(customer, 1, TxnDate="2026-08-31")) == "6210"
    assert refusal(books.void, "Invoice", old) == "6210"
    assert refusal(books.delete, "Invoice", old) == "6210"
    assert books.create("Invoice", sale(customer, 1, TxnDate="2026-09-01"))["Id"]
    assert Books(books.store, books.realm).void("Invoice", old)["TotalAmt"] == 0


def test_a_void_keeps_number_and_customer_and_frees_the_payment(
    books: Books, customer: str, invoice: dict[str, Any]
) -> None:
    payment = books.create("Payment", paying(customer, 100, (invoice["Id"], 100)))
    gone = books.void("Invoice", {"Id": invoice["Id"], "SyncToken": "1"})
    assert (gone["TotalAmt"], gone["Balance"], gone["PrivateNote"], gone["LinkedTxn"]) == (0, 0, "Voided", [])
    assert (gone["DocNumber"], gone["CustomerRef"]) == (invoice["DocNumber"], invoice["CustomerRef"])
    freed = books.get("Payment", payment["Id"])
    assert (freed["UnappliedAmt"], freed["Line"], freed["SyncToken"]) == (100, [], "1")


def test_a_deposit_lowers_what_is_open(books: Books, customer: str) -> None:
    assert books.create("Invoice", sale(customer, 100, Deposit=25))["Balance"] == 75


@pytest.mark.parametrize(("lines", "taxed", "code"), [(751, True, "6000"), (750, True, ""), (751, False, "")])
def test_a_taxable_invoice_has_at_most_750_lines(
    books: Books, customer: str, lines: int, taxed: bool, code: str
) -> None:
    detail = {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "TAX" if taxed else "NON"}}
    line = {"DetailType": "SalesItemLineDetail", "Amount": 1, "SalesItemLineDetail": detail}
    body = {"CustomerRef": {"value": customer}, "Line": [line] * lines}
    assert refusal(books.create, "Invoice", body) == code


def test_no_transaction_has_more_than_10_000_lines(books: Books, customer: str) -> None:
    body = {"CustomerRef": {"value": customer}, "Line": [{"DetailType": "DescriptionOnly"}] * 10_001}
    assert refusal(books.create, "Invoice", body) == "6000"


def test_bundles_discounts_and_accounts_are_kept(books: Books, customer: str) -> None:
    part = sale(customer, 30)["Line"][0]
    group = {"GroupItemRef": {"value": "2"}, "Quantity": 2, "Line": [part, part]}
    body = {"CustomerRef": {"value": customer}, "Line": [{"DetailType": "GroupLineDetail", "GroupLineDetail": group}]}
    made = books.create("Invoice", body)
    assert (made["TotalAmt"], made["Line"][0]["Amount"]) == (60, 60)
    assert [each["Id"] for each in made["Line"][0]["GroupLineDetail"]["Line"]] == ["1", "2"]
    gone = books.void("Invoice", made)
    assert [each["Amount"] for each in gone["Line"][0]["GroupLineDetail"]["Line"]] == [0, 0]
    nothing = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {}}
    assert refusal(books.create, "Invoice", {**body, "Line": [*body["Line"], nothing]}) == "6090"


def test_a_deposit_on_an_invoice_is_money_and_not_below_zero(books: Books, customer: str) -> None:
    assert refusal(books.create, "Invoice", sale(customer, 100, Deposit=-0.01)) == "2290"
    assert refusal(books.create, "Invoice", sale(customer, 100, Deposit=100.01)) == "6000"
    made = books.create("Invoice", sale(customer, 100, Deposit="0.000000001"))
    assert (made["Deposit"], made["Balance"]) == (0, 100)


@pytest.mark.parametrize(
    ("near", "written", "due"),
    [
        (5, "2026-11-10", "2026-11-15"),
        (5, "2026-11-11", "2026-12-15"),
        (0, "2026-11-15", "2026-11-15"),
        (0, "2026-12-16", "2027-01-15"),
    ],
)
def test_terms_by_a_day_of_the_month_make_it_due_on_that_day(
    books: Books, customer: str, near: int, written: str, due: str
) -> None:
    term = books.create("Term", {"Name": "The 15th", "DayOfMonthDue": 15, "DueNextMonthDays": near})["Id"]
    made = books.create("Invoice", sale(customer, 5, SalesTermRef={"value": term}, TxnDate=written))
    assert made["DueDate"] == due


def test_a_day_that_a_month_lacks_is_its_last(books: Books, customer: str) -> None:
    term = books.create("Term", {"Name": "The 31st", "DayOfMonthDue": 31, "DueNextMonthDays": 3})["Id"]
    for written, due in (("2027-02-01", "2027-02-28"), ("2027-01-30", "2027-02-28")):
        made = books.create("Invoice", sale(customer, 5, SalesTermRef={"value": term}, TxnDate=written))
        assert made["DueDate"] == due


@pytest.mark.parametrize("term", [{"DueDays": 30}, {"DayOfMonthDue": 15, "DueNextMonthDays": 5}])
def test_the_last_of_all_days_has_no_due_date(books: Books, customer: str, term: dict[str, int]) -> None:
    id_ = books.create("Term", {"Name": "Late", **term})["Id"]
    last = sale(customer, 5, SalesTermRef={"value": id_}, TxnDate="9999-12-31")
    assert refusal(books.create, "Invoice", last) == "2060"
    assert books.create("Invoice", {**last, "DueDate": "9999-12-31"})["DueDate"] == "9999-12-31"
