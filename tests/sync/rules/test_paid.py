"""Rules 4.2–4.6: each way money can go becomes one state or one exception, once."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from include.records import Application, Entity, PortalPayment, System, Version
from include.sync.rows import Action
from tests.sync.builders import (
    NOON,
    customer,
    customer_link,
    decide,
    invoice_link,
    only,
    payment,
    plan,
    quickbooks_invoice,
    state,
    syncta_invoice,
    told,
)

OURS, THEIRS = customer("1", "Ann Lee"), customer("a", "Ann Lee")
LATER = NOON + dt.timedelta(days=3)


def planned(theirs=None, ours=None, *, payments=(), applied=None, **more):
    sent, returned = syncta_invoice("i", "a"), quickbooks_invoice("50", "1")
    return plan(
        state(
            quickbooks=[OURS],
            syncta=[THEIRS],
            links=[customer_link(OURS, THEIRS), invoice_link(returned, sent, **(applied or {}))],
            syncta_invoices=[ours or sent],
            quickbooks_invoices=[theirs or returned],
            payments=payments,
            **more,
        )
    )


def paid(**fields):
    return quickbooks_invoice("50", "1", balance="0", **fields)


def marked(**fields):
    return syncta_invoice("i", "a", status="paid", paid_on=dt.date(2026, 10, 20), **fields)


def mark(*payments, **more):
    return {"paid": {"date": "2026-10-20", "reference": "7", "settled_by": list(payments or ["7"]), **more}}


def reasons(made):
    return {t for t in told(made) if t[0] != "record_balance"}


MONEY = payment("7", "50", "75.00")


def test_4_1_a_paid_invoice_is_marked_once_and_then_calls_for_nothing():
    row = only(planned(paid(), payments=[MONEY]), Action.MARK_PAID)
    after = {"paid": {**row.payload, "reference": "x"}}
    assert told(planned(paid(), marked(), payments=[MONEY], applied=after)) == set()


def test_4_1_the_moment_it_was_seen_is_kept_apart_from_the_day_of_the_money():
    payload = only(planned(paid(updated_at=LATER), payments=[MONEY]), Action.MARK_PAID).payload
    assert (payload["date"], payload["seen_at"]) == ("2026-10-20", LATER.isoformat())


def test_4_1_a_payment_taken_to_the_bank_or_retyped_in_its_memo_changes_nothing():
    deposited = replace(MONEY, version=Version(4), updated_at=LATER)
    assert told(planned(paid(version=Version(3)), marked(), payments=[deposited], applied=mark("7"))) == set()


def test_4_1_a_payment_that_was_not_read_yet_is_waited_for():
    made = planned(paid(settled_by=("7",)))
    assert reasons(made) == {("hold", "i", "payment_not_read")}
    assert reasons(planned(paid(settled_by=("7",)), payments=[MONEY])) == {("mark_paid", "50", "paid")}


def test_4_1_paid_and_total_zero_is_not_paid():
    assert reasons(planned(quickbooks_invoice("50", "1", "0", balance="0"))) == {
        ("exception", "i", "zeroed_in_quickbooks")
    }


def partly_credited():
    parts = (Application("Invoice", "50", Decimal("75.00")), Application("CreditMemo", "9", Decimal("25.00")))
    return replace(payment("7", "50", "75.00", total="50.00"), applied=parts)


def test_4_2_less_money_than_the_total_is_marked_and_told_with_what_was_missing():
    made = planned(paid(), payments=[partly_credited()])
    assert reasons(made) == {("mark_paid", "50", "paid"), ("exception", "i", "settled_without_money")}
    assert only(made, Action.EXCEPTION).amount == Decimal("25.00")
    assert only(made, Action.MARK_PAID).payload["split"] == {"money": "50.00", "credit": "25.00"}


def test_4_2_the_setting_makes_it_an_exception_instead():
    made = planned(paid(), payments=[partly_credited()], settled_without_money="exception")
    assert reasons(made) == {("exception", "i", "settled_without_money")}


def test_4_2_once_accepted_it_stays_quiet_until_the_amount_is_another():
    accepted = decide("accept", Entity.INVOICE, System.SYNCTA, "i", reason="settled_without_money", amount="25.00")
    more = {"payments": [partly_credited()], "applied": mark("7"), "decided": [accepted]}
    assert told(planned(paid(), marked(), **more)) == {("skip", "i", "accepted")}
    all_of_it = {**more, "payments": [payment("7", "50", "75.00", total="0")]}
    assert reasons(planned(paid(), marked(), **all_of_it)) == {("exception", "i", "settled_without_money")}


def test_4_3_paid_at_another_total_is_marked_and_told_unless_the_variance_was_accepted():
    computed = paid(total="75.01")
    money = payment("7", "50", "75.01")
    more = {"payments": [money], "applied": {"returned_total": "75.01"}}
    assert reasons(planned(computed, **more)) == {
        ("mark_paid", "50", "paid"),
        ("exception", "i", "paid_at_other_total"),
    }
    accepted = decide("accept", Entity.INVOICE, System.SYNCTA, "i", reason="total_differs", amount="0.01")
    assert reasons(planned(computed, **more, decided=[accepted])) == {
        ("mark_paid", "50", "paid"),
        ("skip", "i", "accepted"),
    }


def test_4_3_voided_or_edited_to_zero_is_the_same_whatever_its_note_says():
    for note in ("", "Voided", "[syncta:demo:i]"):
        zero = quickbooks_invoice("50", "1", "0", balance="0", note=note)
        assert reasons(planned(zero)) == {("exception", "i", "zeroed_in_quickbooks")}


def test_4_3_zeroed_after_it_was_marked_is_told_once_with_what_was_billed():
    made = planned(quickbooks_invoice("50", "1", "0", balance="0"), marked(), applied=mark("7"))
    assert [(row.reason, row.amount) for row in made.rows] == [("zeroed_in_quickbooks", Decimal("75.00"))]


@pytest.mark.parametrize("balance", ["75.00", "74.99", "0.01"])
def test_4_4_any_balance_after_the_mark_is_told_with_what_is_open(balance):
    made = planned(quickbooks_invoice("50", "1", balance=balance), marked(), applied=mark("7"))
    assert reasons(made) == {("exception", "i", "paid_reopened")}
    assert only(made, Action.EXCEPTION).amount == Decimal(balance)


REOPEN = decide("reopen", Entity.INVOICE, System.SYNCTA, "i")


def test_4_4_a_person_may_take_the_mark_back():
    row = only(planned(None, marked(version=Version(2)), applied=mark("7"), decided=[REOPEN]), Action.REOPEN)
    assert (row.source, row.source_id, row.target_id) == ("quickbooks", "50", "i")
    assert [(s.system, s.version) for s in row.seen] == [("syncta", 2), ("quickbooks", 0)]
    assert row.key.startswith("demo:reopen:invoice:i:g0:")


def test_4_4_a_decision_about_an_earlier_mark_takes_no_later_one_back():
    later = mark("8", seen_at=(NOON + dt.timedelta(hours=1)).isoformat())
    made = planned(None, marked(), applied=later, decided=[REOPEN])
    assert reasons(made) == {("exception", "i", "paid_reopened")}


def test_4_4_after_the_mark_was_taken_back_a_payment_marks_again_even_the_same_one():
    more = {"payments": [MONEY], "applied": {"paid": None}, "decided": [REOPEN]}
    assert reasons(planned(paid(), **more)) == {("mark_paid", "50", "paid")}
    row = only(planned(None, marked(), applied=mark("7"), decided=[REOPEN]), Action.REOPEN)
    assert row.payload == {"applied": {"paid": None}}


def test_4_4_paid_by_another_payment_than_it_was_marked_for_is_told_and_mended_by_reopening():
    second = payment("8", "50", "75.00")
    more = {"payments": [second], "applied": mark("7")}
    assert reasons(planned(paid(), marked(), **more)) == {("exception", "i", "paid_by_another_payment")}
    assert reasons(planned(paid(), marked(), **more, decided=[REOPEN])) == {("reopen", "50", "reopen_decided")}
    assert reasons(planned(paid(), syncta_invoice("i", "a"), **more)) == {("mark_paid", "50", "paid")}


def portal(*parts, status="paid"):
    payments = tuple(PortalPayment(date, reference, Decimal(amount)) for reference, amount, date in parts)
    return syncta_invoice("i", "a", status=status, portal_payments=payments)


DAY = dt.date(2026, 10, 20)


def test_4_5_paid_in_syncta_only_names_the_entry_to_make():
    made = planned(ours=replace(portal(("ch_1", "75.00", DAY)), paid_on=DAY, paid_reference="ch_1"))
    row = only(made, Action.EXCEPTION)
    assert (row.reason, row.amount) == ("paid_in_syncta_open_in_quickbooks", Decimal("75.00"))
    assert row.payload["entry"] == {
        "transaction": "Payment",
        "customer_id": "1",
        "invoice_id": "50",
        "date": "2026-10-20",
        "reference": "ch_1",
        "amount": "75.00",
    }


def test_4_5_a_part_paid_in_the_portal_is_told_until_quickbooks_has_it():
    ours = portal(("ch_1", "25.00", DAY), status="unpaid")
    made = planned(ours=ours)
    assert [(row.reason, row.amount) for row in made.rows] == [("paid_in_syncta_open_in_quickbooks", Decimal("25.00"))]
    entered = {"payments": [payment("7", "50", "25.00")], "applied": {"balance": "50.00"}}
    assert told(planned(quickbooks_invoice("50", "1", balance="50.00"), ours, **entered)) == set()


def test_4_5_two_payments_in_the_portal_and_one_in_quickbooks_may_be_the_same_money():
    ours = portal(("ch_1", "25.00", DAY), ("ch_2", "50.00", DAY))
    assert told(planned(paid(), ours, payments=[payment("7", "50", "75.00", date=DAY)])) == set()


def test_4_5_each_payment_in_quickbooks_answers_to_one_in_the_portal_only():
    ours = portal(("ch_1", "37.50", DAY), ("ch_2", "37.50", DAY - dt.timedelta(days=30)))
    two = [payment(n, "50", "37.50", date=DAY + dt.timedelta(days=20 * int(n))) for n in ("0", "1")]
    made = planned(paid(), ours, payments=two)
    assert [(row.reason, row.amount) for row in made.rows] == [("maybe_paid_twice", Decimal("37.50"))]


def test_4_5_money_on_both_sides_is_told_also_when_syncta_is_not_paid_in_full():
    ours = portal(("ch_1", "30.00", DAY), status="unpaid")
    made = planned(paid(), ours, payments=[MONEY])
    assert reasons(made) == {("mark_paid", "50", "paid"), ("exception", "i", "maybe_paid_twice")}


def test_4_6_a_balance_is_recorded_when_it_changes_and_not_once_per_run():
    half = quickbooks_invoice("50", "1", balance="50.00")
    row = only(planned(half), Action.RECORD_BALANCE)
    assert told(planned(half, applied=dict(row.payload))) == set()
    back = planned(quickbooks_invoice("50", "1"), applied=dict(row.payload))
    assert only(back, Action.RECORD_BALANCE).payload == {"balance": "75.00"}


def test_4_6_the_payer_may_be_any_of_the_family():
    by_parent = payment("7", "50", "75.00", customer_id="99")
    assert reasons(planned(paid(), payments=[by_parent])) == {("mark_paid", "50", "paid")}


def test_4_6_money_of_the_customer_that_is_not_applied_marks_nothing():
    unapplied = replace(payment("7", "50", "75.00"), applied=(), unapplied=Decimal("75.00"))
    assert told(planned(payments=[unapplied])) == set()


def test_5_a_mark_that_was_undone_waits_for_a_person_until_another_payment_comes():
    undone = mark("7", undone=True)
    assert reasons(planned(paid(), payments=[MONEY], applied=undone)) == {("exception", "i", "reopened_in_syncta")}
    other = payment("8", "50", "75.00")
    assert reasons(planned(paid(), payments=[other], applied=undone)) == {("mark_paid", "50", "paid")}
    assert reasons(planned(None, marked(), applied=undone)) == {("exception", "i", "paid_in_syncta_open_in_quickbooks")}
