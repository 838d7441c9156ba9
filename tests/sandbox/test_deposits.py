"""Deposits: what waits in Undeposited Funds is taken to the bank and locked."""

from __future__ import annotations

from typing import Any

import pytest

from include.sandbox.quickbooks.accounting.accounts import RECEIVABLE, account_of
from include.sandbox.quickbooks.engine import Books

from .bookkeeping import CHECKING, balance, deposit, journal, posting, undeposited
from .conftest import paying, refusal, sale

Body = dict[str, Any]


@pytest.fixture
def payment(books: Books, customer: str, invoice: Body) -> Body:
    """A payment of 60 on the invoice."""
    return books.create("Payment", paying(customer, 60, (invoice["Id"], 60)))


def test_a_deposit_takes_a_payment_to_the_bank(books: Books, payment: Body) -> None:
    waiting = undeposited(books)
    assert balance(books, waiting) == 60
    made = books.create("Deposit", deposit(("Payment", payment["Id"], 60), direct=-2.5))
    assert float(made["TotalAmt"]) == 57.5
    link = {"TxnId": payment["Id"], "TxnType": "Payment", "TxnLineId": "0"}
    assert made["Line"][0] == {"Amount": 60, "LinkedTxn": [link]}
    assert (made["Line"][1]["Id"], made["Line"][1]["LineNum"]) == ("1", 1)
    assert (balance(books, waiting), float(balance(books, CHECKING))) == (0, 57.5)


def test_a_deposited_payment_says_so_and_is_locked(books: Books, payment: Body) -> None:
    made = books.create("Deposit", deposit(("Payment", payment["Id"], 60)))
    after = books.get("Payment", payment["Id"])
    assert after["LinkedTxn"] == [{"TxnId": made["Id"], "TxnType": "Deposit"}]
    assert after["DepositToAccountRef"] == payment["DepositToAccountRef"]
    assert after["SyncToken"] == "1"
    assert refusal(books.update, "Payment", {**after, "PrivateNote": "x"}) == "6540"
    assert refusal(books.void, "Payment", after) == "6540"
    assert refusal(books.delete, "Payment", after) == "6540"
    assert books.get("Payment", payment["Id"]) == after


def test_a_deposited_receipt_is_locked_and_free_again_without_its_deposit(books: Books, customer: str) -> None:
    receipt = books.create("SalesReceipt", sale(customer, 25))
    made = books.create("Deposit", deposit(("SalesReceipt", receipt["Id"], 25)))
    assert refusal(books.void, "SalesReceipt", books.get("SalesReceipt", receipt["Id"])) == "6540"
    books.delete("Deposit", made)
    freed = books.get("SalesReceipt", receipt["Id"])
    assert "LinkedTxn" not in freed
    assert books.void("SalesReceipt", freed)["TotalAmt"] == 0
    assert (balance(books, CHECKING), balance(books, undeposited(books))) == (0, 0)


def test_taking_a_payment_out_of_a_deposit_frees_it(books: Books, customer: str, payment: Body) -> None:
    other = books.create("Payment", paying(customer, 10))
    made = books.create("Deposit", deposit(("Payment", payment["Id"], 60), ("Payment", other["Id"], 10)))
    change = deposit(("Payment", other["Id"], 10))
    after = books.update("Deposit", {**change, "Id": made["Id"], "SyncToken": "0"})
    assert after["TotalAmt"] == 10
    assert books.get("Payment", payment["Id"])["LinkedTxn"] == []
    assert refusal(books.delete, "Payment", other["Id"]) == "6540"
    assert books.delete("Payment", payment["Id"])["status"] == "Deleted"


def test_a_deposit_read_can_be_sent_back(books: Books, payment: Body) -> None:
    made = books.create("Deposit", deposit(("Payment", payment["Id"], 60), direct=5))
    again = books.update("Deposit", books.get("Deposit", made["Id"]))
    ignored = ("SyncToken", "MetaData")
    assert {k: v for k, v in again.items() if k not in ignored} == {k: v for k, v in made.items() if k not in ignored}
    assert books.get("Payment", payment["Id"])["SyncToken"] == "1"


def test_journals_refunds_and_transfers_that_wait_can_be_deposited(books: Books, customer: str) -> None:
    waiting = undeposited(books)
    entry = books.create("JournalEntry", journal(posting("Debit", 7, waiting), posting("Credit", 7, "1")))
    refund = books.create("RefundReceipt", sale(customer, 3, DepositToAccountRef={"value": waiting}))
    move = books.create(
        "Transfer", {"FromAccountRef": {"value": CHECKING}, "ToAccountRef": {"value": waiting}, "Amount": 4}
    )
    parts = (("JournalEntry", entry["Id"], 7.0), ("RefundReceipt", refund["Id"], -3.0), ("Transfer", move["Id"], 4.0))
    assert books.create("Deposit", deposit(*parts))["TotalAmt"] == 8
    assert balance(books, waiting) == 0
    for entity, id_, _ in parts:
        assert refusal(books.delete, entity, id_) == "6540"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"DepositToAccountRef": None}, "2020"),
        ({"DepositToAccountRef": {"value": "99"}}, "2500"),
        ({"Line": []}, "2020"),
        ({"Line": [5]}, "2010"),
        ({"Line": [{"Amount": 5, "DetailType": "DepositLineDetail", "DepositLineDetail": {}}]}, "6000"),
        ({"Line": [{"Amount": 60, "LinkedTxn": [{"TxnId": "99", "TxnType": "Payment"}]}]}, "610"),
        ({"Line": [{"Amount": 100, "LinkedTxn": [{"TxnId": "1", "TxnType": "Invoice"}]}]}, "620"),
        ({"Line": [{"Amount": 59, "LinkedTxn": [{"TxnId": "2", "TxnType": "Payment"}]}]}, "6000"),
        ({"Line": [{"Amount": 60, "LinkedTxn": ["x"]}]}, "2010"),
    ],
)
def test_an_impossible_deposit_is_refused(books: Books, payment: Body, change: dict[str, Any], code: str) -> None:
    assert refusal(books.create, "Deposit", {**deposit(("Payment", payment["Id"], 60)), **change}) == code
    assert books.get("Payment", payment["Id"]) == payment


def test_nothing_is_deposited_twice_or_from_elsewhere(books: Books, customer: str, payment: Body) -> None:
    books.create("Deposit", deposit(("Payment", payment["Id"], 60)))
    assert refusal(books.create, "Deposit", deposit(("Payment", payment["Id"], 60))) == "620"
    in_bank = books.create("Payment", {**paying(customer, 5), "DepositToAccountRef": {"value": CHECKING}})
    assert refusal(books.create, "Deposit", deposit(("Payment", in_bank["Id"], 5))) == "620"


def test_an_invoice_paid_by_a_deposited_payment_cannot_take_it_back(books: Books, payment: Body, invoice: Body) -> None:
    """Voiding the invoice unapplies the payment all the same: its amount and its deposit stay."""
    books.create("Deposit", deposit(("Payment", payment["Id"], 60)))
    books.void("Invoice", invoice["Id"])
    freed = books.get("Payment", payment["Id"])
    assert (freed["UnappliedAmt"], freed["TotalAmt"], freed["LinkedTxn"][0]["TxnType"]) == (60, 60, "Deposit")


def test_cash_back_lowers_what_reaches_the_bank(books: Books) -> None:
    made = books.create("Deposit", deposit(direct=100, CashBack={"AccountRef": {"value": "2"}, "Amount": 30}))
    assert (made["TotalAmt"], balance(books, CHECKING)) == (70, 70)
    assert refusal(books.create, "Deposit", deposit(direct=5, CashBack={"Amount": 1})) == "2020"
    assert refusal(books.create, "Deposit", deposit(direct=-5)) == "6000"


def test_a_journal_can_be_deposited_and_applied(books: Books, customer: str, invoice: Body) -> None:
    """Its cash waits for the bank, its credit for an invoice; one does not use up the other."""
    receivable = account_of(books, RECEIVABLE)["value"]
    credit = posting("Credit", 40, receivable, "Customer", customer)
    entry = books.create("JournalEntry", journal(posting("Debit", 40, undeposited(books)), credit))
    body = paying(customer, 0, (invoice["Id"], 40))
    body["Line"] += paying(customer, 0, (entry["Id"], 40), kind="JournalEntry")["Line"]
    books.create("Payment", body)
    books.create("Deposit", deposit(("JournalEntry", entry["Id"], 40)))
    assert books.get("Invoice", invoice["Id"])["Balance"] == 60
    assert [n["TxnType"] for n in books.get("JournalEntry", entry["Id"])["LinkedTxn"]] == ["Payment", "Deposit"]
    assert books.get("Customer", customer)["Balance"] == 60
