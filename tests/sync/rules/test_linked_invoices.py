"""R12 and rules 3.10, 4: what becomes of an invoice that both sides have."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from include.records import Application, Entity, PortalPayment, System
from include.sync.rows import Action
from tests.sync.builders import (
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


def planned(theirs=None, ours=None, *, payments=(), applied=None, **more):
    sent = syncta_invoice("i", "a")
    returned = quickbooks_invoice("50", "1")
    link = invoice_link(returned, sent, **(applied or {}))
    return plan(
        state(
            quickbooks=[OURS],
            syncta=[THEIRS],
            links=[customer_link(OURS, THEIRS), link],
            syncta_invoices=[ours or sent],
            quickbooks_invoices=[theirs or returned],
            payments=payments,
            **more,
        )
    )


def paid(**fields):
    return quickbooks_invoice("50", "1", balance="0", **fields)


def paid_in_syncta(**fields):
    return syncta_invoice("i", "a", status="paid", paid_on=dt.date(2026, 10, 20), **fields)


def reasons(made):
    return {t for t in told(made) if t[0] != "record_balance"}


def test_an_open_invoice_calls_for_nothing():
    assert told(planned()) == set()


def test_a_paid_invoice_is_marked_with_date_and_reference_of_the_payment():
    row = only(planned(paid(), payments=[payment("7", "50", "75.00", reference="CHK 12")]), Action.MARK_PAID)
    assert (row.target_id, row.payload["date"], row.payload["reference"]) == ("i", "2026-10-20", "CHK 12")


def test_several_payments_give_the_latest_date_and_all_references():
    payments = [
        payment("7", "50", "25.00", reference="A", date=dt.date(2026, 10, 22)),
        payment("8", "50", "50.00", date=dt.date(2026, 10, 21)),
    ]
    payload = only(planned(paid(), payments=payments), Action.MARK_PAID).payload
    assert (payload["date"], payload["reference"]) == ("2026-10-22", "QuickBooks payment 8, A")
    assert (payload["settled_by"], payload["split"]) == (["7", "8"], {"money": "75.00"})


def test_a_payment_dated_before_the_invoice_never_dates_it_earlier():
    early = payment("7", "50", "75.00", date=dt.date(2026, 9, 1))
    assert only(planned(paid(), payments=[early]), Action.MARK_PAID).payload["date"] == "2026-10-15"


def test_another_settling_payment_is_another_mark():
    first = only(planned(paid(), payments=[payment("7", "50", "75.00")]), Action.MARK_PAID)
    second = only(planned(paid(), payments=[payment("8", "50", "75.00")]), Action.MARK_PAID)
    assert first.key != second.key


def test_a_part_payment_only_records_the_balance_once():
    part = quickbooks_invoice("50", "1", balance="50.00")
    made = planned(part, payments=[payment("7", "50", "25.00")])
    assert told(made) == {("record_balance", "50", "")}
    assert only(made, Action.RECORD_BALANCE).payload == {"balance": "50.00"}
    assert told(planned(part, applied={"balance": "50.00"})) == set()


def test_a_voided_invoice_is_an_exception_and_never_paid():
    assert reasons(planned(quickbooks_invoice("50", "1", "0", balance="0"))) == {
        ("exception", "i", "zeroed_in_quickbooks")
    }


def test_a_settlement_without_money_is_marked_and_told_or_only_told():
    credit = payment("7", "50", "75.00", total="0")
    assert reasons(planned(paid(), payments=[credit])) == {
        ("mark_paid", "50", "paid"),
        ("exception", "i", "settled_without_money"),
    }
    told_only = planned(paid(), payments=[credit], settled_without_money="exception")
    assert reasons(told_only) == {("exception", "i", "settled_without_money")}


def test_a_settlement_without_money_stays_told_after_it_was_marked():
    credit = payment("7", "50", "75.00", total="0")
    made = planned(paid(), paid_in_syncta(), payments=[credit], applied={"paid": {"date": "2026-10-20"}})
    assert reasons(made) == {("exception", "i", "settled_without_money")}


def test_paid_at_another_total_is_marked_and_told():
    made = planned(quickbooks_invoice("50", "1", "70.00", balance="0"), payments=[payment("7", "50", "70.00")])
    assert reasons(made) == {("mark_paid", "50", "paid"), ("exception", "i", "paid_at_other_total")}


def test_a_balance_after_the_mark_is_told_never_undone():
    made = planned(ours=paid_in_syncta(), applied={"paid": {"date": "2026-10-20"}})
    assert reasons(made) == {("exception", "i", "paid_reopened")}


def test_an_invoice_reopened_in_syncta_is_told_and_not_marked_again():
    money = payment("7", "50", "75.00")
    mark = {"paid": {"date": "2026-10-20", "reference": "7", "settled_by": ["7"]}}
    assert reasons(planned(paid(), payments=[money], applied=mark)) == {("exception", "i", "reopened_in_syncta")}
    again = payment("8", "50", "75.00")
    assert reasons(planned(paid(), payments=[again], applied=mark)) == {("mark_paid", "50", "paid")}


def portal(reference="ch_1", amount="75.00", date=dt.date(2026, 10, 20)):
    return paid_in_syncta(portal_payments=(PortalPayment(date, reference, Decimal(amount)),))


def test_paid_in_the_portal_and_open_in_quickbooks_is_told():
    made = planned(ours=portal())
    assert reasons(made) == {("exception", "i", "paid_in_syncta_open_in_quickbooks")}


@pytest.mark.parametrize(
    ("money", "expected"),
    [
        (payment("7", "50", "75.00", reference="ch_1", date=dt.date(2026, 12, 1)), set()),
        (payment("7", "50", "75.00", date=dt.date(2026, 10, 25)), set()),
        (payment("7", "50", "75.00", date=dt.date(2026, 10, 26)), {("exception", "i", "maybe_paid_twice")}),
    ],
)
def test_paid_on_both_sides_is_one_payment_when_reference_or_amount_and_day_agree(money, expected):
    assert reasons(planned(paid(), portal(), payments=[money])) == expected


def test_lines_added_after_the_push_are_told_with_the_difference():
    made = planned(ours=syncta_invoice("i", "a", "95.00"))
    assert told(made) == {("exception", "i", "unbilled_change")}
    assert only(made, Action.EXCEPTION).amount == Decimal("20.00")


def test_a_total_that_quickbooks_computed_differently_is_a_variance():
    made = planned(quickbooks_invoice("50", "1", "75.01"), applied={"returned_total": "75.01"})
    assert told(made) == {("exception", "i", "total_differs")}


def test_a_total_edited_in_quickbooks_is_told():
    assert reasons(planned(quickbooks_invoice("50", "1", "90.00"))) == {("exception", "i", "edited_in_quickbooks")}


BOB, BOB_IN_SYNCTA = customer("2", "Bob Ray"), customer("b", "Bob Ray")


def told_of(*, quickbooks=(OURS, BOB), syncta=(THEIRS, BOB_IN_SYNCTA), ours="a", theirs="1"):
    """What is told of an invoice that was sent from Ann to Ann, by whose it is on either side now."""
    sent, returned = syncta_invoice("i", ours), quickbooks_invoice("50", theirs)
    link = invoice_link(returned, sent, customer_id="1")
    made = plan(
        state(
            quickbooks=quickbooks,
            syncta=syncta,
            links=[customer_link(OURS, THEIRS), customer_link(BOB, BOB_IN_SYNCTA), link],
            syncta_invoices=[sent],
            quickbooks_invoices=[returned],
        )
    )
    return {reason for action, record, reason in told(made) if (action, record) == ("exception", "i")}


@pytest.mark.parametrize(("ours", "theirs"), [("b", "1"), ("a", "2")])
def test_an_invoice_moved_to_another_customer_on_one_side_is_told(ours, theirs):
    assert told_of(ours=ours, theirs=theirs) == {"customer_differs"}


def test_an_invoice_moved_on_both_sides_agrees_again():
    assert told_of(ours="b", theirs="2") == set()


def test_an_invoice_moved_to_a_customer_without_partner_is_told():
    assert told_of(syncta=(THEIRS, BOB_IN_SYNCTA, customer("c", "Only here")), ours="c") == {"customer_differs"}


def test_an_invoice_moved_within_the_family_is_the_same_customers():
    child, child_in_syncta = customer("3", "Child", parent_id="1"), customer("c", "Child", parent_id="a")
    sides = {"quickbooks": (OURS, BOB, child), "syncta": (THEIRS, BOB_IN_SYNCTA, child_in_syncta)}
    assert told_of(**sides, ours="c") == told_of(**sides, theirs="3") == set()


def test_an_invoice_that_moved_with_a_merge_is_not_told_once_more():
    merged = customer("1", "Ann Lee (deleted)", active=False)
    assert told_of(quickbooks=(merged, BOB), theirs="2") == set()


@pytest.mark.parametrize(
    ("system", "reason"), [(System.SYNCTA, "gone_in_syncta"), (System.QUICKBOOKS, "gone_in_quickbooks")]
)
def test_an_invoice_deleted_on_one_side_is_told_and_never_made_again(system, reason):
    sent, returned = syncta_invoice("i", "a"), quickbooks_invoice("50", "1")
    sides = {
        System.SYNCTA: {"quickbooks_invoices": [returned]},
        System.QUICKBOOKS: {"syncta_invoices": [sent]},
    }
    deleted = [(system, Entity.INVOICE, "i" if system is System.SYNCTA else "50")]
    made = plan(
        state(
            quickbooks=[OURS],
            syncta=[THEIRS],
            links=[customer_link(OURS, THEIRS), invoice_link(returned, sent)],
            deleted=deleted,
            **sides[system],
        )
    )
    assert told(made) == {("exception", "i", reason)}


def test_history_that_is_paid_is_linked_and_marked_in_one_plan():
    before = dt.datetime(2026, 9, 10, 19, 0, tzinfo=dt.UTC)
    ours = syncta_invoice("i", "a", number="77", ready_at=before, date=before.date())
    theirs = paid(number="77", date=before.date())
    made = plan(
        state(
            quickbooks=[OURS],
            syncta=[THEIRS],
            links=[customer_link(OURS, THEIRS)],
            syncta_invoices=[ours],
            quickbooks_invoices=[theirs],
            payments=[payment("7", "50", "75.00")],
        )
    )
    assert reasons(made) == {("link", "i", "history"), ("mark_paid", "50", "history")}


def test_one_payment_over_two_invoices_settles_each_with_its_part():
    both = payment("7", "50", "75.00", total="150.00")
    split = both.__class__(**{
        **{name: getattr(both, name) for name in both.__slots__},
        "applied": (
            Application("Invoice", "50", Decimal("75.00")),
            Application("Invoice", "51", Decimal("75.00")),
        ),
    })
    assert reasons(planned(paid(), payments=[split])) == {("mark_paid", "50", "paid")}


SNAPSHOT = {"number": "q50", "date": "2026-10-15"}


@pytest.mark.parametrize(
    ("edit", "changes"),
    [
        ({"number": "q50-A"}, {"number": ("q50", "q50-A")}),
        ({"date": dt.date(2026, 10, 31)}, {"date": ("2026-10-15", "2026-10-31")}),
    ],
)
def test_3_10_a_number_or_date_edited_in_quickbooks_is_told_with_both_values(edit, changes):
    row = only(planned(quickbooks_invoice("50", "1", **edit), applied=SNAPSHOT), Action.EXCEPTION)
    assert (row.reason, row.changes, row.amount) == ("edited_in_quickbooks", changes, Decimal(0))


def test_3_10_an_edit_that_was_made_in_syncta_as_well_is_not_told():
    day = dt.date(2026, 10, 31)
    ours, theirs = (
        syncta_invoice("i", "a", date=day, number="new"),
        quickbooks_invoice("50", "1", date=day, number="new"),
    )
    assert told(planned(theirs, ours, applied=SNAPSHOT)) == set()


def test_3_10_a_number_that_quickbooks_assigned_may_be_any():
    assert told(planned(quickbooks_invoice("50", "1", number="9001"), applied={"number": ""})) == set()


def test_3_10_corrected_on_both_sides_nothing_is_told_whatever_was_sent():
    ours, theirs = syncta_invoice("i", "a", "95.00"), quickbooks_invoice("50", "1", "95.00")
    assert {t for t in told(planned(theirs, ours)) if t[0] != "record_balance"} == set()
    assert reasons(planned(theirs)) == {("exception", "i", "edited_in_quickbooks")}
    assert reasons(planned(None, ours)) == {("exception", "i", "unbilled_change")}


def test_3_10_changed_on_both_sides_to_other_totals_both_are_told():
    made = planned(quickbooks_invoice("50", "1", "90.00"), syncta_invoice("i", "a", "95.00"))
    assert {(row.reason, row.amount) for row in made.with_action(Action.EXCEPTION)} == {
        ("unbilled_change", Decimal("20.00")),
        ("edited_in_quickbooks", Decimal("15.00")),
    }


def test_3_10_a_difference_that_is_not_to_be_billed_is_accepted_with_its_amount():
    def accepted(amount):
        facts = decide("accept", Entity.INVOICE, System.SYNCTA, "i", reason="unbilled_change", amount=amount)
        return told(planned(ours=syncta_invoice("i", "a", "95.00"), decided=[facts]))

    assert accepted("20.00") == {("skip", "i", "accepted")}
    assert accepted("19.99") == {("exception", "i", "unbilled_change")}


def test_3_8_a_variance_is_told_until_it_is_accepted():
    facts = decide("accept", Entity.INVOICE, System.SYNCTA, "i", reason="total_differs", amount="0.01")
    more = {"applied": {"returned_total": "75.01"}}
    assert reasons(planned(quickbooks_invoice("50", "1", "75.01"), **more)) == {("exception", "i", "total_differs")}
    accepted = planned(quickbooks_invoice("50", "1", "75.01"), **more, decided=[facts])
    assert reasons(accepted) == {("skip", "i", "accepted")}


def test_4_3_voided_here_and_void_there_they_agree():
    assert told(planned(quickbooks_invoice("50", "1", "0", balance="0"), syncta_invoice("i", "a", "0.00"))) == set()
