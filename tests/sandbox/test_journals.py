"""Journal entries: debits are credits, and what they make owed can be settled."""

from __future__ import annotations

from typing import Any

import pytest

from include.sandbox.quickbooks.accounting.accounts import PAYABLE, RECEIVABLE, account_of
from include.sandbox.quickbooks.engine import Books

from .bookkeeping import CHECKING, INCOME, balance, bill, bill_payment, journal, owed_by, owed_to, posting, vendor
from .conftest import paying, refusal, sale

Body = dict[str, Any]


def balance_of(books: Books, customer: str) -> Any:
    return books.get("Customer", customer)["Balance"]


def test_a_journal_is_kept_as_quickbooks_writes_it(books: Books) -> None:
    made = books.create("JournalEntry", journal(posting("Debit", 20, "2"), posting("Credit", 20, CHECKING)))
    assert [line["Id"] for line in made["Line"]] == ["0", "1"]
    assert (made["DocNumber"], made["Adjustment"], made["TxnTaxDetail"]) == ("1", False, {})
    assert not {"TotalAmt", "LinkedTxn", "Applied", "GlobalTaxCalculation"} & made.keys()
    assert made["Line"][1]["JournalEntryLineDetail"]["AccountRef"] == {"value": CHECKING, "name": "Checking"}
    assert (balance(books, CHECKING), balance(books, "2")) == (-20, 0)
    books.delete("JournalEntry", made)
    assert balance(books, CHECKING) == 0


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "2250"),
        ([posting("Debit", 20, "2")], "2300"),
        ([posting("Debit", 20, "2"), posting("Credit", 19.99, CHECKING)], "2300"),
        ([posting("Debit", -5, "2"), posting("Credit", -5, CHECKING)], "2290"),
        ([posting("Both", 5, "2"), posting("Credit", 5, CHECKING)], "2170"),
        ([posting("", 5, "2"), posting("Credit", 5, CHECKING)], "2260"),
        ([posting("Debit", 5, ""), posting("Credit", 5, CHECKING)], "6440"),
        ([posting("Debit", 5, "99"), posting("Credit", 5, CHECKING)], "2500"),
        ([posting("Debit", 5, "2", "Customer", "99"), posting("Credit", 5, CHECKING)], "2500"),
        ([posting("Debit", 5, "2", "Ghost", "1"), posting("Credit", 5, CHECKING)], "2170"),
        ([posting("Debit", 5, "5"), posting("Credit", 5, CHECKING)], "6000"),
        ([{"DetailType": "SalesItemLineDetail", "Amount": 5}], "2170"),
        ([{"DetailType": "JournalEntryLineDetail", "Amount": 5, "JournalEntryLineDetail": "x"}], "2010"),
    ],
)
def test_an_impossible_journal_is_refused(books: Books, customer: str, lines: list[Body], code: str) -> None:
    assert refusal(books.create, "JournalEntry", journal(*lines)) == code


def test_a_payable_needs_a_vendor_and_a_receivable_a_customer(books: Books, customer: str) -> None:
    payable, receivable = account_of(books, PAYABLE)["value"], account_of(books, RECEIVABLE)["value"]
    other = posting("Credit", 5, INCOME)
    for account, kind in ((payable, "Customer"), (receivable, "Vendor")):
        party = customer if kind == "Customer" else vendor(books, f"Vendor of {account}")
        assert (
            refusal(books.create, "JournalEntry", journal(posting("Debit", 5, account, kind, party), other)) == "6000"
        )


def test_a_customer_owes_what_a_journal_says(books: Books, customer: str) -> None:
    made = books.create("JournalEntry", owed_by(books, customer, 40))
    assert balance_of(books, customer) == 40
    body = {**owed_by(books, customer, 15), "Id": made["Id"], "SyncToken": "0"}
    books.update("JournalEntry", body)
    assert balance_of(books, customer) == 15
    books.delete("JournalEntry", made["Id"])
    assert balance_of(books, customer) == 0


def test_a_journals_credit_is_applied_by_a_payment_of_zero(books: Books, customer: str, invoice: Body) -> None:
    entry = books.create("JournalEntry", owed_by(books, customer, -30))
    assert balance_of(books, customer) == 70
    body = paying(customer, 0, (invoice["Id"], 30))
    body["Line"] += paying(customer, 0, (entry["Id"], 30), kind="JournalEntry")["Line"]
    made = books.create("Payment", body)
    assert (made["UnappliedAmt"], books.get("Invoice", invoice["Id"])["Balance"]) == (0, 70)
    assert books.get("JournalEntry", entry["Id"])["LinkedTxn"] == [{"TxnId": made["Id"], "TxnType": "Payment"}]
    assert balance_of(books, customer) == 70
    more = paying(customer, 0, (invoice["Id"], 5))
    more["Line"] += paying(customer, 0, (entry["Id"], 5), kind="JournalEntry")["Line"]
    assert refusal(books.create, "Payment", more) == "6000"
    assert refusal(books.delete, "JournalEntry", entry["Id"]) == "6000"


def test_a_journals_charge_is_paid(books: Books, customer: str) -> None:
    entry = books.create("JournalEntry", owed_by(books, customer, 40))
    made = books.create("Payment", paying(customer, 50, (entry["Id"], 50), kind="JournalEntry"))
    assert (made["Line"][0]["Amount"], made["UnappliedAmt"], balance_of(books, customer)) == (40, 10, -10)
    books.void("Payment", made)
    assert balance_of(books, customer) == 40


def test_a_journal_that_shrinks_gives_back_what_was_paid(books: Books, customer: str) -> None:
    entry = books.create("JournalEntry", owed_by(books, customer, 40))
    made = books.create("Payment", paying(customer, 40, (entry["Id"], 40), kind="JournalEntry"))
    token = books.get("JournalEntry", entry["Id"])["SyncToken"]
    books.update("JournalEntry", {**owed_by(books, customer, -10), "Id": entry["Id"], "SyncToken": token})
    assert books.get("Payment", made["Id"])["UnappliedAmt"] == 40
    assert balance_of(books, customer) == -50


def test_a_parent_pays_its_childs_journal_and_each_balance_follows(books: Books, customer: str) -> None:
    child = books.create("Customer", {"DisplayName": "Boat", "Job": True, "ParentRef": {"value": customer}})["Id"]
    lines = [*owed_by(books, customer, 10)["Line"], *owed_by(books, child, 20)["Line"]]
    entry = books.create("JournalEntry", journal(*lines))
    assert books.get("Customer", customer)["BalanceWithJobs"] == 30
    parts = ((entry["Id"], 10.0),)
    books.create("Payment", paying(customer, 10, *parts, kind="JournalEntry"))
    assert (balance_of(books, customer), balance_of(books, child)) == (0, 20)
    books.create("Payment", paying(customer, 20, (entry["Id"], 20), kind="JournalEntry"))
    assert (balance_of(books, customer), balance_of(books, child)) == (0, 0)
    assert books.get("Customer", customer)["BalanceWithJobs"] == 0


def test_a_vendors_journal_is_settled_by_a_bill_payment(books: Books) -> None:
    supplier = vendor(books)
    owed, entry = books.create("Bill", bill(supplier, 50)), books.create("JournalEntry", owed_to(books, supplier, -20))
    assert books.get("Vendor", supplier)["Balance"] == 30
    body = bill_payment(supplier, 0, (owed["Id"], 20), CheckPayment=None)
    body["Line"] += bill_payment(supplier, 0, (entry["Id"], 20), kind="JournalEntry")["Line"]
    books.create("BillPayment", body)
    assert (books.get("Bill", owed["Id"])["Balance"], books.get("Vendor", supplier)["Balance"]) == (30, 30)


def test_an_expense_on_the_receivable_account_is_a_charge_that_a_payment_settles(books: Books, customer: str) -> None:
    """Money given back: the purchase stands against the customer's credit (Intuit, linked transactions)."""
    receivable = account_of(books, RECEIVABLE)["value"]
    memo = books.create("CreditMemo", sale(customer, 25))
    detail = {"AccountRef": {"value": receivable}, "CustomerRef": {"value": customer}}
    line = {"DetailType": "AccountBasedExpenseLineDetail", "Amount": 25, "AccountBasedExpenseLineDetail": detail}
    given = {"AccountRef": {"value": CHECKING}, "Line": [line]}
    spent = books.create("Purchase", {**given, "PaymentType": "Check"})
    assert balance_of(books, customer) == 0
    body = paying(customer, 0, (spent["Id"], 25), kind="Check")
    body["Line"] += paying(customer, 0, (memo["Id"], 25), kind="CreditMemo")["Line"]
    made = books.create("Payment", body)
    assert [line["LinkedTxn"][0]["TxnType"] for line in made["Line"]] == ["Check", "CreditMemo"]
    assert books.get("CreditMemo", memo["Id"])["RemainingCredit"] == 0
    assert books.get("Purchase", spent["Id"])["LinkedTxn"] == [{"TxnId": made["Id"], "TxnType": "Payment"}]
    assert balance_of(books, customer) == 0


def test_numbers_of_journals_count_by_themselves(books: Books, customer: str, invoice: Body) -> None:
    lines = (posting("Debit", 1, "2"), posting("Credit", 1, CHECKING))
    numbers = [books.create("JournalEntry", journal(*lines))["DocNumber"] for _ in range(2)]
    assert (numbers, invoice["DocNumber"]) == (["1", "2"], "1001")


def test_a_sparse_journal_update_needs_only_its_token(books: Books) -> None:
    made = books.create("JournalEntry", journal(posting("Debit", 1, "2"), posting("Credit", 1, CHECKING)))
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "accrual"}
    assert books.update("JournalEntry", change)["Line"] == made["Line"]
