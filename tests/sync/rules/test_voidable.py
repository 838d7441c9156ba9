"""Rules §5: what keeps the sync from voiding an invoice, even on a person's decision."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from include.records import Application, Version
from include.sync.books import Books
from include.sync.rules.voidable import why_not_voidable
from tests.sync.builders import TODAY, invoice_link, payment, quickbooks_invoice, state, syncta_invoice


def why_not(now=None, *, payments=(), books=None, **applied):
    sent = quickbooks_invoice("50", "1")
    link = invoice_link(sent, syncta_invoice("i", "a"), number=sent.number, date=sent.date.isoformat(), **applied)
    return why_not_voidable(state(payments=payments, books=books), link, now or sent)


def test_5_an_invoice_as_it_was_sent_may_be_voided():
    assert why_not() == why_not(returned_version=0) == ""


def test_5_a_closed_period_comes_before_a_final_one():
    assert why_not(books=Books(today=TODAY, closed_through=dt.date(2026, 10, 31))) == "period_closed"
    assert why_not(quickbooks_invoice("50", "1", date=dt.date(2026, 9, 30))) == "period_final"
    assert why_not(books=Books(today=dt.date(2026, 12, 1))) == "period_final"


@pytest.mark.parametrize(
    ("now", "payments"),
    [
        (quickbooks_invoice("50", "1", balance="0"), []),
        (quickbooks_invoice("50", "1", balance="74.99"), []),
        (quickbooks_invoice("50", "1", settled_by=("7",)), []),
        (quickbooks_invoice("50", "1"), [payment("7", "50", "75.00")]),
    ],
)
def test_5_nothing_that_was_put_against_it_is_lost(now, payments):
    assert why_not(now, payments=payments) == "payment_linked"


def test_5_a_payment_of_another_transaction_is_no_obstacle():
    bill = payment("7", "51", "75.00")
    journal = payment("8", "x", "75.00", customer_id="1")
    assert journal.applied[0] != Application("Invoice", "50", Decimal("75.00"))
    assert why_not(payments=[bill, journal]) == ""


def test_5_what_the_customer_has_in_hand_stays():
    assert why_not(quickbooks_invoice("50", "1", emailed=True)) == "was_emailed"


@pytest.mark.parametrize(
    "changed", [{"number": "other"}, {"date": dt.date(2026, 10, 16)}, {"total": "80.00"}, {"customer_id": "2"}]
)
def test_5_an_invoice_that_was_edited_since_is_left_to_people(changed):
    customer = changed.pop("customer_id", "1")
    assert why_not(quickbooks_invoice("50", customer, **changed)) == "changed_since"


def test_5_any_edit_since_the_push_shows_in_the_version():
    assert why_not(quickbooks_invoice("50", "1", version=Version(1)), returned_version=0) == "changed_since"
