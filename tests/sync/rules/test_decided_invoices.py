"""Rules 2.8, 3.1, 3.3, 3.5, 3.9, 3.10: what people decide about single invoices, as an input of the plan."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from include.records import Entity, System, Version
from include.sync.books import Books
from include.sync.rows import Action
from tests.sync.builders import (
    NOON,
    TODAY,
    customer,
    customer_link,
    decide,
    invoice_link,
    line,
    only,
    plan,
    quickbooks_invoice,
    receipt,
    state,
    syncta_invoice,
    told,
)

OURS, THEIRS = customer("1", "Ann Lee"), customer("a", "Ann Lee")
BEFORE = dt.datetime(2026, 9, 10, 19, 0, tzinfo=dt.UTC)
EARLIER, LATER = NOON - dt.timedelta(days=1), NOON + dt.timedelta(days=1)


def about(verb, invoice="1", target="", **facts):
    return decide(verb, Entity.INVOICE, System.SYNCTA, invoice, target, **facts)


def planned(*invoices, pairs=(), **more):
    """The plan for these Syncta invoices; `pairs` are links of invoices."""
    links = [customer_link(OURS, THEIRS), *pairs]
    return plan(state(quickbooks=[OURS], syncta=[THEIRS], links=links, syncta_invoices=invoices, **more))


def typed(id="50", total="75.00", **fields):
    """An invoice that somebody entered in QuickBooks yesterday."""
    return quickbooks_invoice(id, "1", total, **{"created_at": EARLIER, **fields})


HISTORY = syncta_invoice("1", "a", ready_at=BEFORE, date=dt.date(2026, 10, 2))


@pytest.mark.parametrize(
    ("invoice", "documents", "books", "reason"),
    [
        (HISTORY, [typed(number="other", total="80.00")], None, "before_go_live_unmatched"),
        (syncta_invoice("1", "a"), [typed()], None, "maybe_already_entered"),
        (syncta_invoice("1", "a"), [typed(total="80.00", note="[syncta:demo:1]")], None, "maybe_sent"),
        (syncta_invoice("1", "a"), [typed(total="80.00")], dt.date(2026, 10, 31), "period_closed"),
    ],
)
def test_3_3_linking_it_to_a_document_answers_every_hold(invoice, documents, books, reason):
    more = {"quickbooks_invoices": documents, "books": Books(today=TODAY, closed_through=books)}
    assert {row.reason for row in planned(invoice, **more).rows} == {reason}
    made = planned(invoice, **more, decided=[about("link", target="50")])
    row = only(made, Action.LINK)
    assert (row.target_id, row.payload["how"]) == ("50", "decision")
    assert row.payload["applied"]["returned_total"] == str(documents[0].total)


def test_2_8_a_link_to_what_is_not_there_or_is_linked_elsewhere_is_held():
    other = syncta_invoice("2", "a", "80.00")
    theirs = typed(total="80.00")
    pair = invoice_link(theirs, other)
    decided = [about("link", target="50")]
    made = planned(syncta_invoice("1", "a"), other, pairs=[pair], quickbooks_invoices=[theirs], decided=decided)
    assert told(made) == {("hold", "1", "target_linked_elsewhere")}
    assert told(planned(syncta_invoice("1", "a"), decided=decided)) == {("hold", "1", "target_gone")}


def test_2_8_of_two_decisions_for_one_document_the_later_counts():
    first, second = about("link", "1", "50"), replace(about("link", "2", "50"), decided_at=LATER)
    made = planned(
        syncta_invoice("1", "a"), syncta_invoice("2", "a"), quickbooks_invoices=[typed()], decided=[second, first]
    )
    assert told(made) == {("hold", "1", "target_linked_elsewhere"), ("link", "2", "decision")}


def test_3_3_a_document_chosen_for_one_invoice_holds_back_no_other():
    made = planned(
        syncta_invoice("1", "a"),
        syncta_invoice("2", "a"),
        quickbooks_invoices=[typed()],
        decided=[about("link", "2", "50")],
    )
    assert told(made) == {("push", "1", "new"), ("link", "2", "decision")}


def linked(**applied):
    ours, theirs = syncta_invoice("1", "a"), quickbooks_invoice("50", "1", number="1", note="[syncta:demo:1]")
    return ours, theirs, invoice_link(theirs, ours, **applied)


def test_2_8_an_invoice_is_unlinked_and_waits():
    ours, theirs, pair = linked()
    more = {"quickbooks_invoices": [theirs], "decided": [about("unlink", target="50")]}
    made = planned(ours, pairs=[pair], **more)
    assert told(made) == {("unlink", "1", "unlink"), ("hold", "1", "unlinked_by_person")}
    assert only(made, Action.UNLINK).payload == {"quickbooks_id": "50", "syncta_id": "1", "why": "unlink"}
    assert told(planned(ours, **more)) == {("hold", "1", "unlinked_by_person")}


def test_2_8_an_old_decision_to_unlink_says_nothing_about_a_newer_link():
    ours, theirs, pair = linked()
    assert (
        told(planned(ours, pairs=[pair], quickbooks_invoices=[theirs], decided=[about("unlink", target="7")])) == set()
    )


def test_3_10_gone_in_quickbooks_may_be_linked_to_the_retyped_one():
    ours, _, pair = linked()
    gone = {"deleted": [(System.QUICKBOOKS, Entity.INVOICE, "50")]}
    retyped = typed("51", number="M-9")
    assert told(planned(ours, pairs=[pair], **gone)) == {("exception", "1", "gone_in_quickbooks")}
    made = planned(ours, pairs=[pair], quickbooks_invoices=[retyped], decided=[about("link", target="51")], **gone)
    assert told(made) == {("unlink", "1", "link"), ("link", "1", "decision")}


def test_3_10_gone_in_quickbooks_may_be_pushed_again_under_a_key_of_its_own():
    ours, _, pair = linked()
    gone = {"deleted": [(System.QUICKBOOKS, Entity.INVOICE, "50")], "decided": [about("push_again", target="50")]}
    made = planned(ours, pairs=[pair], **gone)
    assert told(made) == {("unlink", "1", "push_again"), ("push", "1", "pushed_again")}
    row = only(made, Action.PUSH)
    assert (row.key, row.payload["number"]) == ("demo:push:invoice:1:g1", "1")


def test_3_10_pushed_again_it_is_not_pushed_a_third_time():
    ours, _, _ = linked()
    again = quickbooks_invoice("60", "1", number="1", created_at=LATER)
    made = planned(
        ours,
        pairs=[invoice_link(again, ours)],
        quickbooks_invoices=[again],
        deleted=[(System.QUICKBOOKS, Entity.INVOICE, "50")],
        decided=[about("push_again", target="50")],
    )
    assert told(made) == set()


def test_3_10_a_voided_original_keeps_its_number_and_the_new_one_gets_its_own():
    ours, theirs, pair = linked()
    void = replace(theirs, total=Decimal(0), balance=Decimal(0), note="Voided [syncta:demo:1]")
    made = planned(ours, pairs=[pair], quickbooks_invoices=[void], decided=[about("push_again", target="50")])
    assert only(made, Action.PUSH).payload["number"] == "1-R1"


def test_3_10_a_living_document_is_never_pushed_again_beside_it():
    ours, theirs, pair = linked()
    more = {"quickbooks_invoices": [theirs], "decided": [about("push_again", target="50")]}
    assert told(planned(ours, pairs=[pair], **more)) == set()
    assert told(planned(ours, **more)) == {("hold", "1", "maybe_already_entered")}


def test_3_10_pushed_again_it_is_still_held_by_what_was_retyped():
    ours, _, pair = linked()
    made = planned(
        ours,
        pairs=[pair],
        quickbooks_invoices=[typed("51", number="M-9")],
        deleted=[(System.QUICKBOOKS, Entity.INVOICE, "50")],
        decided=[about("push_again", target="50")],
    )
    assert told(made) == {("unlink", "1", "push_again"), ("hold", "1", "maybe_already_entered")}


@pytest.mark.parametrize(
    ("invoice", "document"),
    [
        (HISTORY, typed(total="80.00")),
        (syncta_invoice("1", "a"), typed()),
        (syncta_invoice("1", "a"), typed(total="80.00", note="[syncta:demo:1]")),
    ],
)
def test_3_3_push_anyway_lets_it_out(invoice, document):
    made = planned(invoice, quickbooks_invoices=[document], decided=[about("push")])
    assert {t for t in told(made) if t[0] != "exception"} == {("push", "1", "push_anyway")}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"number": "taken"}, "number_taken"),
        ({"date": dt.date(2026, 8, 20)}, "period_closed"),
        ({"date": dt.date(2026, 9, 20)}, "period_final"),
        ({"lines": (line("70.00"),)}, "money_does_not_add_up"),
        ({"status": "new"}, "not_ready"),
    ],
)
def test_3_4_push_anyway_overrides_no_other_check(fields, reason):
    taken = quickbooks_invoice("50", "99", "1.00", number="taken")
    books = Books(today=TODAY, closed_through=dt.date(2026, 8, 31))
    made = planned(
        syncta_invoice("1", "a", **fields), quickbooks_invoices=[taken], books=books, decided=[about("push")]
    )
    assert {row.reason for row in made.rows} == {reason}


def test_3_3_what_is_typed_in_after_the_decision_holds_it_back_again():
    later = typed(created_at=LATER)
    made = planned(syncta_invoice("1", "a"), quickbooks_invoices=[later], decided=[about("push")])
    assert told(made) == {("hold", "1", "maybe_already_entered")}


def test_3_3_a_document_that_was_pushed_past_holds_back_no_later_invoice():
    ours, theirs = syncta_invoice("1", "a"), quickbooks_invoice("60", "1", number="1")
    made = planned(
        ours,
        syncta_invoice("2", "a"),
        pairs=[invoice_link(theirs, ours)],
        quickbooks_invoices=[theirs, typed()],
        decided=[about("push")],
    )
    assert told(made) == {("push", "2", "new")}


def test_3_5_the_lost_answer_of_a_push_that_was_decided_is_adopted():
    sent = quickbooks_invoice("60", "1", number="1", note="[syncta:demo:1]", created_at=LATER)
    made = planned(syncta_invoice("1", "a"), quickbooks_invoices=[sent], decided=[about("push")])
    assert told(made) == {("link", "1", "marker")}


SHUT = Books(today=TODAY, closed_through=dt.date(2026, 10, 18))


def test_3_9_pushed_on_the_first_open_day_with_the_original_date_in_the_memo():
    made = planned(syncta_invoice("1", "a"), books=SHUT, decided=[about("first_open_day")])
    payload = only(made, Action.PUSH).payload
    assert (payload["date"], payload["original_date"]) == ("2026-10-19", "2026-10-15")
    assert "2026-10-15" in payload["memo"]


def test_3_9_the_first_open_day_is_after_closing_and_final_date():
    books = Books(today=TODAY, closed_through=dt.date(2026, 8, 31))
    made = planned(syncta_invoice("1", "a", date=dt.date(2026, 8, 1)), books=books, decided=[about("first_open_day")])
    assert only(made, Action.PUSH).payload["date"] == "2026-10-01"
    ahead = Books(today=TODAY, closed_through=TODAY)
    made = planned(syncta_invoice("1", "a"), books=ahead, decided=[about("first_open_day")])
    assert told(made) == {("hold", "1", "future_dated")}


def test_3_9_an_open_date_stays_what_it_is():
    payload = only(planned(syncta_invoice("1", "a"), decided=[about("first_open_day")]), Action.PUSH).payload
    assert (payload["date"], "memo" in payload) == ("2026-10-15", False)


def test_3_9_later_comparisons_know_of_the_other_date():
    ours, theirs = syncta_invoice("1", "a"), quickbooks_invoice("50", "1", date=dt.date(2026, 10, 19))
    pair = invoice_link(theirs, ours, date="2026-10-19", original_date="2026-10-15")
    more = {"books": SHUT, "decided": [about("first_open_day")]}
    assert told(planned(ours, pairs=[pair], quickbooks_invoices=[theirs], **more)) == set()
    lost = replace(theirs, number="1", note="[syncta:demo:1] Dated 2026-10-15 in Syncta.", created_at=LATER)
    assert told(planned(ours, quickbooks_invoices=[lost], **more)) == {("link", "1", "marker")}


def test_3_1_never_and_entered_elsewhere_are_settled():
    sold = receipt("60", "1", "75.00", dt.date(2026, 10, 16))
    assert told(planned(syncta_invoice("1", "a"), decided=[about("never")])) == {("skip", "1", "never_pushed")}
    elsewhere = {"receipts": [sold], "decided": [about("elsewhere", target="60")]}
    made = planned(syncta_invoice("1", "a"), syncta_invoice("2", "a"), **elsewhere)
    assert told(made) == {("skip", "1", "entered_elsewhere"), ("push", "2", "new")}


def test_5_an_undone_push_waits_and_may_be_pushed_again():
    _, theirs, _ = linked()
    void = replace(theirs, total=Decimal(0), balance=Decimal(0))
    undone = about("undone", target="50")
    more = {"quickbooks_invoices": [void]}
    assert told(planned(syncta_invoice("1", "a"), decided=[undone], **more)) == {("hold", "1", "undone_by_person")}
    made = planned(syncta_invoice("1", "a"), decided=[undone, about("push_again", target="50")], **more)
    row = only(made, Action.PUSH)
    assert (row.key, row.payload["number"]) == ("demo:push:invoice:1:g1", "1-R1")


@pytest.mark.parametrize("amount", ["75.00", "74.00"])
def test_7_an_accepted_hold_is_quiet_as_long_as_the_amount_is_the_same(amount):
    accepted = about("accept", reason="before_go_live_unmatched", amount=amount)
    expected = ("skip", "1", "accepted") if amount == "75.00" else ("exception", "1", "before_go_live_unmatched")
    assert told(planned(HISTORY, decided=[accepted])) == {expected}


GONE = [(System.SYNCTA, Entity.INVOICE, "1")]


def test_3_10_deleted_in_syncta_it_is_voided_in_quickbooks_on_a_decision():
    _, theirs, pair = linked()
    more = {"pairs": [pair], "deleted": GONE}
    assert told(planned(**more, quickbooks_invoices=[theirs])) == {("exception", "1", "gone_in_syncta")}
    made = planned(**more, quickbooks_invoices=[theirs], decided=[about("void")])
    row = only(made, Action.VOID)
    assert (row.source, row.source_id, row.target_id, row.amount) == ("syncta", "1", "50", Decimal("75.00"))
    assert (row.payload, row.key) == ({"invoice_id": "50", "unlink": False}, "demo:void:invoice:1:g0:50")
    void = replace(theirs, total=Decimal(0), balance=Decimal(0))
    assert told(planned(**more, quickbooks_invoices=[void], decided=[about("void")])) == set()


def test_3_10_what_must_not_be_voided_is_told_with_the_reason():
    _, theirs, pair = linked()
    mailed = replace(theirs, emailed=True)
    made = planned(pairs=[pair], deleted=GONE, quickbooks_invoices=[mailed], decided=[about("void")])
    assert told(made) == {("exception", "1", "void_refused_was_emailed")}


def test_3_10_kept_in_quickbooks_by_decision_it_is_quiet():
    _, theirs, pair = linked()
    kept = about("accept", reason="gone_in_syncta", amount="75.00")
    assert told(planned(pairs=[pair], deleted=GONE, quickbooks_invoices=[theirs], decided=[kept])) == {
        ("skip", "1", "accepted")
    }


def test_3_10_deleted_on_both_sides_they_agree():
    _, _, pair = linked()
    deleted = [*GONE, (System.QUICKBOOKS, Entity.INVOICE, "50")]
    assert told(planned(pairs=[pair], deleted=deleted)) == set()


def test_3_5_a_copy_that_bears_the_mark_of_a_linked_invoice_is_told():
    ours, theirs, pair = linked()
    copy = typed("51", total="80.00", note="[syncta:demo:1]")
    made = planned(ours, pairs=[pair], quickbooks_invoices=[theirs, copy])
    assert {(row.action, row.source_id, row.target_id, row.reason) for row in made.rows} == {
        ("exception", "1", "51", "marked_twice")
    }
    void = replace(copy, total=Decimal(0))
    assert told(planned(ours, pairs=[pair], quickbooks_invoices=[theirs, void])) == set()


def test_3_5_a_copy_made_to_type_in_the_next_invoice_holds_that_one_back():
    ours, theirs, pair = linked()
    copy = typed("51", total="80.00", note="[syncta:demo:1]")
    made = planned(ours, syncta_invoice("2", "a", "80.00"), pairs=[pair], quickbooks_invoices=[theirs, copy])
    assert told(made) == {("hold", "2", "maybe_already_entered")}


def test_3_5_an_invoice_pushed_and_deleted_in_syncta_before_its_answer_was_read_is_told():
    sent = typed(note="[syncta:demo:1]")
    made = planned(quickbooks_invoices=[sent], deleted=GONE)
    assert told(made) == {("exception", "1", "marked_without_partner")}


def test_3_5_of_two_that_bear_the_mark_the_one_that_agrees_is_ours():
    other, sent = typed("49", total="80.00", note="[syncta:demo:1]"), typed("50", note="[syncta:demo:1]")
    made = planned(syncta_invoice("1", "a"), quickbooks_invoices=[other, sent])
    assert told(made) == {("link", "1", "marker"), ("exception", "1", "marked_twice")}
    assert only(made, Action.LINK).target_id == "50"


def test_3_5_what_a_person_unlinked_is_not_told_as_a_stray():
    _, theirs, _ = linked()
    made = planned(syncta_invoice("1", "a"), quickbooks_invoices=[theirs], decided=[about("unlink", target="50")])
    assert told(made) == {("hold", "1", "unlinked_by_person")}


def test_5_a_document_linked_by_decision_may_be_voided_only_as_it_was_then():
    ours = syncta_invoice("1", "a")
    row = only(
        planned(ours, quickbooks_invoices=[typed(version=Version(4))], decided=[about("link", target="50")]),
        Action.LINK,
    )
    assert row.payload["applied"]["returned_version"] == 4


def test_3_5_a_document_that_bears_the_mark_of_a_waiting_invoice_holds_back_no_other():
    sent = typed(note="[syncta:demo:1]")
    earlier = syncta_invoice("2", "a", date=dt.date(2026, 10, 10))
    made = planned(earlier, syncta_invoice("1", "a"), quickbooks_invoices=[sent])
    assert told(made) == {("push", "2", "new"), ("link", "1", "marker")}
