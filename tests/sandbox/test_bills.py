"""What is bought: bills, vendor credits, purchases, orders, and what pays them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from include.sandbox.quickbooks.accounting.accounts import PAYABLE, account_of
from include.sandbox.quickbooks.catalog.company import close_books, match_to_bank
from include.sandbox.quickbooks.engine import Books

from .bookkeeping import CHECKING, VISA, balance, bill, bill_payment, cost, vendor
from .conftest import refusal


@pytest.fixture
def supplier(books: Books) -> str:
    return vendor(books)


def purchase(kind: str = "Cash", *amounts: float, **fields: Any) -> dict[str, Any]:
    lines = [cost(amount) for amount in amounts or (20,)]
    return {"PaymentType": kind, "AccountRef": {"value": CHECKING}, "Line": lines, **fields}


def order(supplier: str, amount: float = 25, **fields: Any) -> dict[str, Any]:
    detail = {"ItemRef": {"value": "1"}, "Qty": 1, "UnitPrice": amount}
    line = {"DetailType": "ItemBasedExpenseLineDetail", "Amount": amount, "ItemBasedExpenseLineDetail": detail}
    return {"VendorRef": {"value": supplier}, "Line": [line], **fields}


def test_a_bill_is_completed_as_quickbooks_writes_it(books: Books, supplier: str) -> None:
    made = books.create("Bill", bill(supplier, 700, 55.12, SalesTermRef={"value": "3"}))
    assert made["TotalAmt"] == made["Balance"] == Decimal("755.12")
    assert made["DueDate"] == "2026-12-02"
    assert made["APAccountRef"]["name"] == "Accounts Payable (A/P)"
    detail = made["Line"][0]["AccountBasedExpenseLineDetail"]
    assert detail["AccountRef"] == {"value": "2", "name": "Cost of Goods Sold"}
    assert (detail["BillableStatus"], detail["TaxCodeRef"]) == ("NotBillable", {"value": "NON"})
    assert not {"LinkedTxn", "DocNumber", "TxnTaxDetail", "ExchangeRate"} & made.keys()
    assert books.get("Vendor", supplier)["Balance"] == made["TotalAmt"]
    assert balance(books, made["APAccountRef"]["value"]) == -made["TotalAmt"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"VendorRef": None}, "2020"),
        ({"Line": []}, "2020"),
        ({"Line": [{"DetailType": "AccountBasedExpenseLineDetail", "Amount": 5}]}, "6440"),
        ({"Line": [cost(-5)]}, "6000"),
        ({"Line": [cost(5, "99")]}, "2500"),
        ({"Line": [cost(5, BillableStatus="Billable")]}, "6310"),
        ({"Line": [cost(5, BillableStatus="Perhaps")]}, "2170"),
        ({"Line": [cost(5, TaxCodeRef={"value": "7"})]}, "6100"),
        ({"Line": [{"DetailType": "SalesItemLineDetail", "Amount": 5}]}, "2170"),
        ({"Line": ["nonsense"]}, "2010"),
        ({"APAccountRef": {"value": CHECKING}}, "6430"),
        ({"DocNumber": "1" * 22}, "2050"),
    ],
)
def test_an_impossible_bill_is_refused(books: Books, supplier: str, change: dict[str, Any], code: str) -> None:
    assert refusal(books.create, "Bill", {**bill(supplier, 5), **change}) == code
    assert books.get("Vendor", supplier)["Balance"] == 0


def test_what_a_bill_update_must_name_even_when_sparse(books: Books, supplier: str) -> None:
    made = books.create("Bill", bill(supplier, 5))
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    assert refusal(books.update, "Bill", change) == "2020"
    assert books.update("Bill", {**change, "VendorRef": {"value": supplier}})["PrivateNote"] == "x"


def test_a_full_update_loses_terms_and_keeps_the_payable_account(books: Books, supplier: str) -> None:
    made = books.create("Bill", bill(supplier, 5, SalesTermRef={"value": "3"}))
    after = books.update("Bill", {**bill(supplier, 6), "Id": made["Id"], "SyncToken": "0"})
    assert "SalesTermRef" not in after
    assert (after["APAccountRef"], after["TotalAmt"]) == (made["APAccountRef"], 6)


def test_a_bill_is_paid_in_parts_by_check_and_by_card(books: Books, supplier: str) -> None:
    owed = books.create("Bill", bill(supplier, 100))
    check = books.create("BillPayment", bill_payment(supplier, 60, (owed["Id"], 60)))
    by_card = bill_payment(supplier, 40, (owed["Id"], 40), PayType="CreditCard", CheckPayment=None)
    second = books.create("BillPayment", {**by_card, "CreditCardPayment": {"CCAccountRef": {"value": VISA}}})
    paid = books.get("Bill", owed["Id"])
    assert (paid["Balance"], paid["SyncToken"]) == (0, "2")
    assert paid["LinkedTxn"] == [
        {"TxnId": check["Id"], "TxnType": "BillPaymentCheck"},
        {"TxnId": second["Id"], "TxnType": "BillPaymentCreditCard"},
    ]
    assert check["Line"] == [{"Amount": 60, "LinkedTxn": [{"TxnId": owed["Id"], "TxnType": "Bill"}]}]
    assert check["CheckPayment"]["BankAccountRef"] == {"value": CHECKING, "name": "Checking"}
    assert not {"UnappliedAmt", "APAccountRef"} & check.keys()
    assert (balance(books, CHECKING), balance(books, VISA)) == (-60, -40)
    assert books.get("Vendor", supplier)["Balance"] == 0


def test_a_vendor_credit_is_applied_by_a_payment_of_zero(books: Books, supplier: str) -> None:
    owed, credit = books.create("Bill", bill(supplier, 100)), books.create("VendorCredit", bill(supplier, 30))
    assert (credit["Balance"], books.get("Vendor", supplier)["Balance"]) == (30, 70)
    body = bill_payment(supplier, 0, (owed["Id"], 30), CheckPayment={"PrintStatus": "NotSet"})
    body["Line"] += bill_payment(supplier, 0, (credit["Id"], 30), kind="VendorCredit")["Line"]
    made = books.create("BillPayment", body)
    assert made["CheckPayment"] == {"PrintStatus": "NotSet"}
    assert (books.get("Bill", owed["Id"])["Balance"], books.get("VendorCredit", credit["Id"])["Balance"]) == (70, 0)
    assert books.get("Vendor", supplier)["Balance"] == 70


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Line": []}, "2020"),
        ({"Line": None}, "2020"),
        ({"Line": [{"Amount": 5}]}, "2020"),
        ({"Line": [{"Amount": 5, "LinkedTxn": [{"TxnId": "77", "TxnType": "Bill"}]}]}, "610"),
        ({"Line": [{"Amount": 5, "LinkedTxn": [{"TxnId": "1", "TxnType": "Invoice"}]}]}, "620"),
        ({"PayType": "Barter"}, "2170"),
        ({"PayType": None}, "2020"),
        ({"CheckPayment": None}, "6000"),
        ({"CheckPayment": {"BankAccountRef": {"value": "99"}}}, "2500"),
        ({"TotalAmt": -1}, "2290"),
        ({"TotalAmt": None}, "2020"),
    ],
)
def test_an_impossible_bill_payment_is_refused(books: Books, supplier: str, change: dict[str, Any], code: str) -> None:
    owed = books.create("Bill", bill(supplier, 5))
    assert refusal(books.create, "BillPayment", {**bill_payment(supplier, 5, (owed["Id"], 5)), **change}) == code
    assert books.get("Bill", owed["Id"]) == owed


def test_another_vendors_bill_cannot_be_paid_and_a_purchase_on_the_payment_is_dropped(
    books: Books, supplier: str
) -> None:
    stranger = vendor(books, "Stranger")
    owed = books.create("Bill", bill(supplier, 5))
    assert refusal(books.create, "BillPayment", bill_payment(stranger, 5, (owed["Id"], 5))) == "620"
    body = bill_payment(supplier, 5, (owed["Id"], 5))
    spent = books.create("Purchase", purchase())
    body["Line"] += bill_payment(supplier, 0, (spent["Id"], 5), kind="Purchase")["Line"]
    assert len(books.create("BillPayment", body)["Line"]) == 1


@pytest.mark.parametrize("asked", [{"include": {"void"}}, {}])
def test_a_voided_bill_payment_frees_its_bills(books: Books, supplier: str, asked: dict[str, Any]) -> None:
    owed = books.create("Bill", bill(supplier, 100))
    paid = books.create("BillPayment", bill_payment(supplier, 100, (owed["Id"], 100), PrivateNote="May"))
    which = {"Id": paid["Id"], "SyncToken": "0", "sparse": True}
    gone = books.update("BillPayment", which, **asked) if asked else books.void("BillPayment", which)
    assert (gone["TotalAmt"], gone["Line"], gone["PrivateNote"]) == (0, [], "Voided - May")
    assert books.get("Bill", owed["Id"])["Balance"] == 100
    assert (balance(books, CHECKING), books.get("Vendor", supplier)["Balance"]) == (0, 100)
    assert "LinkedTxn" not in books.get("Bill", owed["Id"])


def test_a_paid_bill_cannot_be_deleted_until_it_is_free(books: Books, supplier: str) -> None:
    owed = books.create("Bill", bill(supplier, 100))
    paid = books.create("BillPayment", bill_payment(supplier, 100, (owed["Id"], 100)))
    assert refusal(books.delete, "Bill", owed["Id"]) == "6000"
    books.delete("BillPayment", paid)
    assert books.delete("Bill", owed["Id"])["status"] == "Deleted"
    assert books.get("Vendor", supplier)["Balance"] == 0


def test_bills_have_no_void(books: Books, supplier: str) -> None:
    assert refusal(books.void, "Bill", books.create("Bill", bill(supplier, 5))) == "500"


def test_a_purchase_needs_to_say_how_and_from_where(books: Books) -> None:
    assert refusal(books.create, "Purchase", {**purchase(), "PaymentType": None}) == "2020"
    assert refusal(books.create, "Purchase", {**purchase(), "AccountRef": None}) == "2020"
    assert refusal(books.create, "Purchase", purchase("Barter")) == "2170"
    made = books.create("Purchase", purchase("Check", 20, 5))
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    assert refusal(books.update, "Purchase", change) == "2020"
    assert refusal(books.update, "Purchase", {**change, "PaymentType": "Cash"}) == "6000"
    assert books.update("Purchase", {**change, "PaymentType": "Check"})["TotalAmt"] == 25
    assert balance(books, CHECKING) == -25


def test_only_a_card_takes_money_back_and_a_full_update_forgets_it(books: Books) -> None:
    assert "Credit" not in books.create("Purchase", purchase("Cash", 5, Credit=True))
    body = purchase("CreditCard", 20, AccountRef={"value": VISA}, Credit=True)
    made = books.create("Purchase", body)
    assert (made["Credit"], balance(books, VISA)) == (True, 20)
    body.pop("Credit")
    after = books.update("Purchase", {**body, "Id": made["Id"], "SyncToken": "0"})
    assert (after["Credit"], balance(books, VISA)) == (False, -20)


def test_whom_a_purchase_was_paid_to(books: Books, supplier: str, customer: str) -> None:
    made = books.create("Purchase", purchase(EntityRef={"value": supplier}))
    assert made["EntityRef"] == {"value": supplier, "name": "Pipe Supply", "type": "Vendor"}
    made = books.create("Purchase", purchase(EntityRef={"value": customer, "type": "Customer"}))
    assert made["EntityRef"]["name"] == "Lake House"
    assert refusal(books.create, "Purchase", purchase(EntityRef={"value": "77"})) == "2500"
    assert refusal(books.create, "Purchase", purchase(EntityRef={"value": "1", "type": "Ghost"})) == "2170"


def test_an_order_is_billed_once(books: Books, supplier: str) -> None:
    wanted = books.create("PurchaseOrder", order(supplier))
    assert (wanted["POStatus"], wanted["DocNumber"], wanted["TotalAmt"]) == ("Open", "1001", 25)
    link = {"TxnId": wanted["Id"], "TxnType": "PurchaseOrder"}
    owed = books.create("Bill", bill(supplier, 25, LinkedTxn=[link]))
    assert owed["LinkedTxn"] == [link]
    after = books.get("PurchaseOrder", wanted["Id"])
    assert (after["POStatus"], after["SyncToken"]) == ("Closed", "1")
    assert after["LinkedTxn"] == [{"TxnId": owed["Id"], "TxnType": "Bill"}]
    assert refusal(books.create, "Bill", bill(supplier, 25, LinkedTxn=[link])) == "620"
    assert refusal(books.create, "Bill", bill(vendor(books, "Other"), 5, LinkedTxn=[link])) == "620"
    assert refusal(books.delete, "PurchaseOrder", after) == "6000"
    paid = books.create("BillPayment", bill_payment(supplier, 25, (owed["Id"], 25)))
    assert [n["TxnType"] for n in books.get("Bill", owed["Id"])["LinkedTxn"]] == ["PurchaseOrder", "BillPaymentCheck"]
    books.delete("BillPayment", paid)
    books.delete("Bill", books.get("Bill", owed["Id"]))
    assert "LinkedTxn" not in (again := books.get("PurchaseOrder", wanted["Id"]))
    assert again["POStatus"] == "Open"


def test_a_line_can_name_its_order(books: Books, supplier: str) -> None:
    wanted = books.create("PurchaseOrder", order(supplier))
    line = cost(25) | {"LinkedTxn": [{"TxnId": wanted["Id"], "TxnType": "PurchaseOrder", "TxnLineId": "1"}]}
    owed = books.create("Bill", {"VendorRef": {"value": supplier}, "Line": [line]})
    assert owed["LinkedTxn"] == [{"TxnId": wanted["Id"], "TxnType": "PurchaseOrder"}]


def test_numbers_of_bills_repeat_between_vendors_only_and_checks_share_theirs(books: Books, supplier: str) -> None:
    books.create("Bill", bill(supplier, 5, DocNumber="A-1"))
    assert refusal(books.create, "Bill", bill(supplier, 5, DocNumber="A-1")) == "6140"
    assert books.create("Bill", bill(vendor(books, "Other"), 5, DocNumber="A-1"))["DocNumber"] == "A-1"
    owed = books.create("Bill", bill(supplier, 9))
    books.create("Purchase", purchase("Check", DocNumber="501"))
    paying = bill_payment(supplier, 9, (owed["Id"], 9), DocNumber="501")
    assert refusal(books.create, "BillPayment", paying) == "6140"
    assert books.create("BillPayment", paying, include={"allowduplicatedocnum"})["DocNumber"] == "501"


def test_a_quantity_and_a_price_must_make_the_amount_of_what_is_bought(books: Books, supplier: str) -> None:
    body = order(supplier, 25)
    body["Line"][0]["ItemBasedExpenseLineDetail"]["Qty"] = 2
    assert refusal(books.create, "PurchaseOrder", body) == "6070"


@pytest.mark.parametrize("entity", ["Bill", "VendorCredit", "Purchase", "PurchaseOrder"])
def test_a_closed_period_refuses_what_is_bought(books: Books, supplier: str, entity: str) -> None:
    bodies = {"Purchase": purchase(), "PurchaseOrder": order(supplier)}
    body = bodies.get(entity, bill(supplier, 5)) | {"TxnDate": "2026-08-31"}
    old = books.create(entity, body)
    close_books(books, "2026-08-31")
    assert refusal(books.create, entity, body) == "6210"
    assert refusal(books.update, entity, {**body, "Id": old["Id"], "SyncToken": "0"}) == "6210"
    assert refusal(books.delete, entity, old) == "6210"
    assert Books(books.store, books.realm).delete(entity, old)["status"] == "Deleted"


def test_what_the_bank_has_matched_cannot_be_deleted_by_a_client(books: Books) -> None:
    made = books.create("Purchase", purchase())
    match_to_bank(books, "Purchase", made["Id"])
    assert refusal(books.delete, "Purchase", made) == "6480"
    assert "Matched" not in books.update("Purchase", {**made, "PrivateNote": "seen"})
    assert Books(books.store, books.realm).delete("Purchase", made["Id"])["status"] == "Deleted"


def test_an_inactive_account_is_refused_on_new_lines_only(books: Books, supplier: str) -> None:
    rent = books.create("Account", {"Name": "Rent of the yard", "AccountType": "Expense"})["Id"]
    owed = books.create("Bill", {"VendorRef": {"value": supplier}, "Line": [cost(5, rent)]})
    books.deactivate("Account", rent)
    assert refusal(books.create, "Bill", {"VendorRef": {"value": supplier}, "Line": [cost(5, rent)]}) == "610"
    assert books.update("Bill", owed)["SyncToken"] == "1"


def test_the_payable_account_is_added_when_a_company_has_none(books: Books) -> None:
    name = account_of(books, PAYABLE)["name"]
    assert (name, account_of(books, PAYABLE)) == ("Accounts Payable (A/P)", account_of(books, PAYABLE))
    assert len(books.query(f"select * from Account where Name = '{name}'")["Account"]) == 1


def test_the_balance_of_a_sub_account_counts_above_it(books: Books, supplier: str) -> None:
    bank = books.create("Account", {"Name": "Cash box", "AccountType": "Bank", "ParentRef": {"value": CHECKING}})["Id"]
    books.create("Purchase", purchase(AccountRef={"value": bank}))
    found = books.get("Account", CHECKING)
    assert (found.get("CurrentBalance", 0), found["CurrentBalanceWithSubAccounts"]) == (0, -20)
    assert books.get("Account", bank)["CurrentBalance"] == -20
