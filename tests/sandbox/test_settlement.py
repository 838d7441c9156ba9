"""Payments: what they settle and everything that follows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.sandbox.quickbooks.engine import Books

from .conftest import paying, refusal, sale

Invoice = dict[str, Any]


def test_a_payment_touches_its_invoice(books: Books, customer: str, invoice: Invoice) -> None:
    paid = books.create("Payment", paying(customer, 30, (invoice["Id"], 30)))
    after = books.get("Invoice", invoice["Id"])
    assert (after["Balance"], after["SyncToken"]) == (70, "1")
    assert after["LinkedTxn"] == [{"TxnId": paid["Id"], "TxnType": "Payment"}]
    assert paid["DepositToAccountRef"]["value"] == "4"
    assert refusal(books.update, "Invoice", {**invoice, "PrivateNote": "x"}) == "5010"


def test_an_overpayment_settles_what_is_open_and_keeps_the_rest(books: Books, customer: str, invoice: Invoice) -> None:
    paid = books.create("Payment", paying(customer, 130, (invoice["Id"], 130)))
    assert (paid["UnappliedAmt"], paid["Line"][0]["Amount"]) == (30, 100)
    assert books.get("Invoice", invoice["Id"])["Balance"] == 0
    assert books.get("Customer", customer)["Balance"] == -30


def test_a_credit_memo_is_applied_by_a_payment_of_zero(books: Books, customer: str, invoice: Invoice) -> None:
    memo = books.create("CreditMemo", sale(customer, 100))
    assert (memo["RemainingCredit"], books.get("Customer", customer)["Balance"]) == (100, 0)
    body = paying(customer, 0, (invoice["Id"], 60))
    body["Line"] += paying(customer, 0, (memo["Id"], 60), kind="CreditMemo")["Line"]
    paid = books.create("Payment", body)
    assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (0, 0)
    assert books.get("Invoice", invoice["Id"])["Balance"] == 40
    assert books.get("CreditMemo", memo["Id"])["RemainingCredit"] == 40


def test_a_voided_payment_stays_and_settles_nothing(books: Books, customer: str, invoice: Invoice) -> None:
    paid = books.create("Payment", paying(customer, 100, (invoice["Id"], 100)))
    void = books.update("Payment", {"Id": paid["Id"], "SyncToken": "0", "sparse": True}, include={"void"})
    assert (void["TotalAmt"], void["UnappliedAmt"], void["Line"], void["PrivateNote"]) == (0, 0, [], "Voided")
    after = books.get("Invoice", invoice["Id"])
    assert (after["Balance"], after["LinkedTxn"], after["SyncToken"]) == (100, [], "2")
    assert books.delete("Payment", void)["Id"] == paid["Id"]


def test_a_deleted_payment_is_gone_and_its_invoice_open_again(books: Books, customer: str, invoice: Invoice) -> None:
    paid = books.create("Payment", paying(customer, 100, (invoice["Id"], 100)))
    assert refusal(books.delete, "Invoice", books.get("Invoice", invoice["Id"])) == "6000"
    assert books.delete("Payment", paid) == {"status": "Deleted", "domain": "QBO", "Id": paid["Id"]}
    assert refusal(books.get, "Payment", paid["Id"]) == "610"
    assert books.get("Invoice", invoice["Id"])["Balance"] == 100


def test_unapplying_is_an_update_without_lines(books: Books, customer: str, invoice: Invoice) -> None:
    paid = books.create("Payment", paying(customer, 100, (invoice["Id"], 100)))
    free = books.update("Payment", {**paying(customer, 100), "Id": paid["Id"], "SyncToken": "0"})
    assert free["UnappliedAmt"] == 100
    assert books.get("Invoice", invoice["Id"])["Balance"] == 100


def test_a_payment_whose_links_stay_leaves_its_invoice_alone(books: Books, customer: str, invoice: Invoice) -> None:
    paid = books.create("Payment", paying(customer, 100, (invoice["Id"], 100)))
    books.update("Payment", {**paid, "PrivateNote": "cheque"})
    assert books.get("Invoice", invoice["Id"])["SyncToken"] == "1"


def test_lowering_an_invoice_frees_what_was_paid_too_much(books: Books, customer: str, invoice: Invoice) -> None:
    paid = books.create("Payment", paying(customer, 100, (invoice["Id"], 100)))
    change = {"Id": invoice["Id"], "SyncToken": "1", "sparse": True, "Line": sale(customer, 60)["Line"]}
    assert books.update("Invoice", change)["Balance"] == 0
    assert books.get("Payment", paid["Id"])["UnappliedAmt"] == 40


def test_a_parent_pays_for_its_children_and_nobody_for_strangers(books: Books, customer: str) -> None:
    child = books.create("Customer", {"DisplayName": "Boat", "Job": True, "ParentRef": {"value": customer}})["Id"]
    stranger = books.create("Customer", {"DisplayName": "Stranger"})["Id"]
    bill = books.create("Invoice", sale(child, 50))["Id"]
    assert refusal(books.create, "Payment", paying(stranger, 50, (bill, 50))) == "620"
    assert books.create("Payment", paying(customer, 50, (bill, 50)))["UnappliedAmt"] == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"CustomerRef": {"value": "1"}}, "6000"),
        ({"TotalAmt": 5}, "2020"),
        ({"CustomerRef": {"value": "1"}, "TotalAmt": 5, "PaymentRefNum": "1" * 22}, "2050"),
        (paying("1", 5, ("99", 5)), "610"),
    ],
)
def test_an_impossible_payment_is_refused(books: Books, customer: str, body: dict[str, Any], code: str) -> None:
    assert refusal(books.create, "Payment", body) == code


def test_a_sparse_payment_update_must_name_customer_and_total(books: Books, customer: str) -> None:
    paid = books.create("Payment", paying(customer, 5))
    change = {"Id": paid["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    assert refusal(books.update, "Payment", change) == "2020"


steps = st.lists(
    st.tuples(
        st.sampled_from(["invoice", "memo", "pay", "void", "delete", "void payment", "delete payment", "lower"]),
        st.integers(0, 5),
        st.integers(1, 300),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_balances_always_add_up(books: Books, steps: list[tuple[str, int, int]]) -> None:
    customer = books.create("Customer", {"DisplayName": f"C{books.store.next_number('test')}"})["Id"]
    for action, which, amount in steps:
        assert refusal(act, books, customer, action, which, amount) in ("", "6000", "610")
        check_balances(books, customer)


def act(books: Books, customer: str, action: str, which: int, amount: int) -> None:
    """One step on the customer's books; `which` picks the record, counted from the latest."""
    invoices, payments = found(books, customer, "Invoice"), found(books, customer, "Payment")
    one = invoices[which % len(invoices)] if invoices else None
    payment = payments[which % len(payments)] if payments else None
    if action in ("invoice", "memo"):
        books.create("Invoice" if action == "invoice" else "CreditMemo", sale(customer, amount, amount / 4))
    elif action == "pay":
        targets = [(each["Id"], amount / 2) for each in invoices[: which + 1]]
        books.create("Payment", paying(customer, amount, *targets))
    elif action in ("void", "delete") and one:
        (books.void if action == "void" else books.delete)("Invoice", one)
    elif action.endswith("payment") and payment:
        (books.void if action.startswith("void") else books.delete)("Payment", payment)
    elif action == "lower" and one:
        change = {"Id": one["Id"], "SyncToken": one["SyncToken"], "sparse": True, "Line": sale(customer, 10)["Line"]}
        books.update("Invoice", change)


def found(books: Books, customer: str, entity: str) -> list[dict[str, Any]]:
    return books.query(f"select * from {entity} where CustomerRef = '{customer}' orderby Id desc").get(entity, [])


def check_balances(books: Books, customer: str) -> None:
    invoices, memos, payments = (found(books, customer, name) for name in ("Invoice", "CreditMemo", "Payment"))
    for payment in payments:
        assert payment["UnappliedAmt"] == payment["TotalAmt"] - sum(line["Amount"] for line in payment["Line"]) >= 0
    for invoice in invoices:
        lines = [
            (p["Id"], n["Amount"]) for p in payments for n in p["Line"] if n["LinkedTxn"][0]["TxnId"] == invoice["Id"]
        ]
        assert invoice["Balance"] == invoice["TotalAmt"] - sum(amount for _, amount in lines) >= 0
        assert sorted(link["TxnId"] for link in invoice["LinkedTxn"]) == sorted(id_ for id_, _ in lines)
    owed = sum(i["Balance"] for i in invoices) - sum(m["Balance"] for m in memos)
    assert books.get("Customer", customer)["Balance"] == owed - sum(p["UnappliedAmt"] for p in payments)


def credited(books: Books, customer: str, invoice: Invoice, amount: float) -> tuple[str, str]:
    """A credit memo applied to an invoice; the ids of the memo and of the payment of zero."""
    memo = books.create("CreditMemo", sale(customer, amount))
    body = paying(customer, 0, (invoice["Id"], amount))
    body["Line"] += paying(customer, 0, (memo["Id"], amount), kind="CreditMemo")["Line"]
    return memo["Id"], books.create("Payment", body)["Id"]


def test_voiding_an_invoice_gives_the_credit_memo_on_it_back(books: Books, customer: str, invoice: Invoice) -> None:
    memo, payment = credited(books, customer, invoice, 60)
    books.void("Invoice", invoice["Id"])
    assert books.get("CreditMemo", memo)["RemainingCredit"] == 60
    assert (books.get("Payment", payment)["UnappliedAmt"], books.get("Payment", payment)["Line"]) == (0, [])
    assert books.get("Customer", customer)["Balance"] == -60


def test_lowering_a_credit_memo_opens_the_invoice_it_was_applied_to(
    books: Books, customer: str, invoice: Invoice
) -> None:
    memo, payment = credited(books, customer, invoice, 60)
    change = {"Id": memo, "SyncToken": "1", "sparse": True, "Line": sale(customer, 20)["Line"]}
    assert books.update("CreditMemo", change)["RemainingCredit"] == 0
    after = books.get("Invoice", invoice["Id"])
    assert (after["Balance"], after["SyncToken"]) == (80, "2")
    assert [line["Amount"] for line in books.get("Payment", payment)["Line"]] == [20, 20]
    assert books.get("Customer", customer)["Balance"] == 80


def test_an_invoice_moved_to_another_customer_loses_its_payments(books: Books, customer: str, invoice: Invoice) -> None:
    paid = books.create("Payment", paying(customer, 100, (invoice["Id"], 100)))
    other = books.create("Customer", {"DisplayName": "Other"})["Id"]
    change = {"Id": invoice["Id"], "SyncToken": "1", "sparse": True, "CustomerRef": {"value": other}}
    moved = books.update("Invoice", change)
    assert (moved["Balance"], moved["LinkedTxn"]) == (100, [])
    assert books.get("Payment", paid["Id"])["UnappliedAmt"] == 100
    assert [books.get("Customer", who)["Balance"] for who in (customer, other)] == [-100, 100]


def test_an_open_balance_on_a_line_is_what_it_was_before_the_payment(
    books: Books, customer: str, invoice: Invoice
) -> None:
    books.create("Payment", paying(customer, 30, (invoice["Id"], 30)))
    paid = books.create("Payment", paying(customer, 50, (invoice["Id"], 50)))
    again = books.update("Payment", {**paid, "PrivateNote": "seen"})
    for body in (paid, again):
        facts = {each["value"]["Name"]: each["value"]["Value"] for each in body["Line"][0]["LineEx"]["any"]}
        assert facts == {"txnId": invoice["Id"], "txnOpenBalance": "70.00", "txnReferenceNumber": "1001"}
