"""Rules 5: what an undo takes back of a run, and what it leaves with which reason."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import UndoRefused
from include.records import Address, Entity, PortalPayment, Version
from include.sync.books import Books
from include.sync.reasons import REFUSALS
from include.sync.rows import AFTER, UNDOES, Action
from include.sync.undo.deeds import Deeds
from tests.sync.builders import (
    STREET,
    TODAY,
    customer,
    customer_link,
    invoice_link,
    only,
    payment,
    quickbooks_invoice,
    state,
    syncta_invoice,
)
from tests.sync.undo.deeds import RUN, actions, created, marked, pushed, told, undone, updated, wrote

ANN, OUR_ANN = customer("1", "Ann"), customer("a", "Ann", version=Version(3))
OURS, THEIRS = syncta_invoice("i", "a"), quickbooks_invoice("50", "1")
PAID = syncta_invoice("i", "a", status="paid", version=Version(4))
MARK = {"date": "2026-10-20", "reference": "CHK 1", "settled_by": ["7"]}


def books(**sides: Any) -> Any:
    """Ann on both sides and linked, with whatever else there is."""
    links = [customer_link(ANN, OUR_ANN), *sides.pop("links", [])]
    return state(**{"quickbooks": [ANN], "syncta": [OUR_ANN], "links": links, **sides})


def sent(theirs: Any = THEIRS, *, link: Any = None, **sides: Any) -> Any:
    """The invoice as it was pushed, and as QuickBooks has it now."""
    links = [link or invoice_link(THEIRS, OURS, returned_version=0)]
    return books(quickbooks_invoices=[theirs] if theirs else [], syncta_invoices=[OURS], links=links, **sides)


# Pushes


def test_5_a_push_is_voided_never_deleted_and_its_link_ends() -> None:
    """R13"""
    row = only(undone(sent(), pushed(OURS, THEIRS)), Action.VOID)
    assert (row.source_id, row.target_id, row.amount) == ("i", "50", Decimal("75.00"))
    assert row.payload == {"invoice_id": "50", "unlink": True, UNDOES: RUN}
    assert row.key == "demo:void:invoice:i:g0:50"


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (sent(books=Books(today=TODAY, closed_through=dt.date(2026, 10, 31))), "period_closed"),
        (sent(books=Books(today=dt.date(2026, 12, 2))), "period_final"),
        (sent(payments=[payment("7", "50", "10.00")]), "payment_linked"),
        (sent(quickbooks_invoice("50", "1", balance="70.00")), "payment_linked"),
        (sent(quickbooks_invoice("50", "1", emailed=True)), "was_emailed"),
        (sent(quickbooks_invoice("50", "1", version=Version(1))), "changed_since"),
        (sent(quickbooks_invoice("50", "1", "80.00")), "changed_since"),
        (sent(None), "gone_since"),
        (sent(link=invoice_link(quickbooks_invoice("51", "1"), OURS)), "not_linked_any_more"),
        (books(quickbooks_invoices=[THEIRS], syncta_invoices=[OURS]), "not_linked_any_more"),
    ],
)
def test_5_a_push_is_left_with_the_reason(now: Any, reason: str) -> None:
    made = undone(now, pushed(OURS, THEIRS))
    assert told(made) == {("skip", "i", reason)}
    assert made.rows[0].text == REFUSALS[reason]


def test_a_push_without_an_answer_is_told_and_left() -> None:
    waiting = wrote("push", Entity.INVOICE, "i", state="sent")
    assert told(undone(books(), unclear=(waiting,))) == {("skip", "i", "outcome_unclear")}


@pytest.mark.parametrize("action", ["void", "reopen", "remove", "restore"])
def test_what_took_something_back_itself_is_told_and_left(action: str) -> None:
    assert told(undone(books(), wrote(action, Entity.INVOICE, "i"))) == {("skip", "i", "took_back_itself")}


# Paid marks


def paid(ours: Any = PAID, **applied: Any) -> Any:
    """A linked invoice that was marked as paid for payment 7, which is there still."""
    settled = quickbooks_invoice("50", "1", balance="0", settled_by=("7",))
    link = invoice_link(settled, OURS, **{"paid": MARK, **applied})
    given = {"quickbooks_invoices": [settled], "payments": [payment("7", "50", "75.00")], "links": [link]}
    return books(syncta_invoices=[ours] if ours else [], **given)


def test_5_a_paid_mark_is_taken_back_although_its_payment_is_there() -> None:
    row = only(undone(paid(), marked(THEIRS, PAID)), Action.REOPEN)
    assert (row.source_id, row.target_id) == ("50", "i")
    assert row.payload["applied"] == {"paid": {**MARK, "undone": True}}
    assert [(one.id, one.version) for one in row.seen] == [("i", 4)]


def test_5_the_same_mark_made_and_taken_back_again_is_another_operation() -> None:
    """protocol 3.2"""
    later = syncta_invoice("i", "a", status="paid", version=Version(6))
    keys = {only(undone(paid(now), marked(THEIRS, now)), Action.REOPEN).key for now in (PAID, later)}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (paid(None), "gone_since"),
        (paid(syncta_invoice("i", "a", version=Version(5))), "open_already"),
        (paid(paid={**MARK, "undone": True}), "open_already"),
        (paid(paid=None), "open_already"),
        (paid(syncta_invoice("i", "a", status="paid", version=Version(5))), "changed_since"),
        (books(syncta_invoices=[PAID]), "not_linked_any_more"),
    ],
)
def test_5_a_paid_mark_is_left_with_the_reason(now: Any, reason: str) -> None:
    assert told(undone(now, marked(THEIRS, PAID))) == {("skip", "50", reason)}


def test_5_a_paid_mark_beside_money_from_the_portal_is_left() -> None:
    """rules 4.5"""
    portal = (PortalPayment(TODAY, "P1", Decimal("75.00")),)
    both = syncta_invoice("i", "a", status="paid", version=Version(4), portal_payments=portal)
    assert told(undone(paid(both), marked(THEIRS, both))) == {("skip", "50", "paid_by_portal")}


# Links


def test_5_a_link_with_a_mark_ends_after_the_mark_was_taken_back() -> None:
    now = paid()
    made = undone(now, marked(THEIRS, PAID), links=(now.invoice_links["i"],))
    assert only(made, Action.UNLINK).payload[AFTER] == [only(made, Action.REOPEN).key]


def test_5_a_link_stays_while_the_mark_that_went_across_it_stays() -> None:
    now = paid()
    assert told(undone(now, links=(now.invoice_links["i"],))) == {("skip", "i", "mark_went_across")}
    reopened = paid(syncta_invoice("i", "a", version=Version(5)))
    assert told(undone(reopened, links=(reopened.invoice_links["i"],))) == {("unlink", "i", "undone")}


def test_5_a_customers_link_ends_with_the_invoices_that_went_across_it() -> None:
    now = sent()
    customers = (now.customer_links["1"],)
    made = undone(now, pushed(OURS, THEIRS), links=customers)
    assert told(made) == {("void", "i", "undone"), ("unlink", "1", "undone")}
    assert told(undone(now, links=customers)) == {("skip", "1", "something_hangs_on_it")}


def test_5_a_customers_link_stays_with_an_invoice_that_must_not_be_voided() -> None:
    now = sent(quickbooks_invoice("50", "1", emailed=True))
    made = undone(now, pushed(OURS, THEIRS), links=(now.customer_links["1"],))
    assert told(made) == {("skip", "i", "was_emailed"), ("skip", "1", "something_hangs_on_it")}


# Customers

TOP, LEAF = customer("1", "Top"), customer("2", "Leaf", parent_id="1")
OUR_TOP, OUR_LEAF = customer("t", "Top", version=Version(1)), customer("l", "Leaf", parent_id="t", version=Version(1))


def family(top: Any = OUR_TOP, leaf: Any = OUR_LEAF, **sides: Any) -> Any:
    links = [customer_link(TOP, OUR_TOP), customer_link(LEAF, OUR_LEAF)]
    return state(quickbooks=[TOP, LEAF], syncta=[top, leaf], links=links, **sides)


def test_5_created_customers_are_removed_children_first() -> None:
    """R7"""
    made = undone(family(), created(TOP, OUR_TOP), created(LEAF, OUR_LEAF))
    assert actions(made) == [(Action.REMOVE, "2"), (Action.REMOVE, "1")]


def test_5_a_created_customer_stays_while_a_child_does() -> None:
    made = undone(family(), created(TOP, OUR_TOP))
    assert told(made) == {("skip", "1", "something_hangs_on_it")}
    changed = customer("l", "Leaf", parent_id="t", version=Version(2))
    made = undone(family(leaf=changed), created(TOP, OUR_TOP), created(LEAF, OUR_LEAF))
    assert told(made) == {("skip", "2", "changed_since"), ("skip", "1", "something_hangs_on_it")}


def test_5_a_child_that_is_gone_keeps_no_parent() -> None:
    """G2: an undo that died right after it had removed the child."""
    links = [customer_link(TOP, OUR_TOP), customer_link(LEAF, OUR_LEAF)]
    now = state(quickbooks=[TOP, LEAF], syncta=[OUR_TOP], links=links)
    made = undone(now, created(TOP, OUR_TOP), created(LEAF, OUR_LEAF))
    assert told(made) == {("remove", "1", "undone"), ("skip", "2", "gone_since")}


def test_5_a_created_customer_stays_with_its_invoice_and_so_does_its_parent() -> None:
    billed = family(syncta_invoices=[syncta_invoice("i", "l")])
    made = undone(billed, created(TOP, OUR_TOP), created(LEAF, OUR_LEAF))
    assert told(made) == {("skip", "1", "something_hangs_on_it"), ("skip", "2", "something_hangs_on_it")}


def test_5_a_linked_parent_stays_linked_while_a_child_of_it_does() -> None:
    links = tuple(family().customer_links.values())
    assert told(undone(family(), links=links[:1])) == {("skip", "1", "something_hangs_on_it")}
    assert actions(undone(family(), links=links)) == [(Action.UNLINK, "2"), (Action.UNLINK, "1")]
    assert actions(undone(family(), created(LEAF, OUR_LEAF), links=links[:1])) == [
        (Action.REMOVE, "2"),
        (Action.UNLINK, "1"),
    ]


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (state(quickbooks=[ANN], links=[customer_link(ANN, OUR_ANN)]), "gone_since"),
        (state(quickbooks=[ANN], syncta=[OUR_ANN]), "not_linked_any_more"),
    ],
)
def test_5_a_creation_is_left_with_the_reason(now: Any, reason: str) -> None:
    assert told(undone(now, created(ANN, OUR_ANN))) == {("skip", "1", reason)}


# Overwritten fields

NOW = customer("a", "Ann", phone="2", address=STREET, version=Version(5))
OLD_STREET = {**{name: getattr(STREET, name) for name in STREET.__dataclass_fields__}, "line1": "9 Old St"}
NEW_STREET = {**OLD_STREET, "line1": STREET.line1}


def flowed(ours: Any = NOW) -> Any:
    return state(quickbooks=[ANN], syncta=[ours], links=[customer_link(ANN, OUR_ANN)])


def test_5_overwritten_fields_are_set_back() -> None:
    """R5"""
    row = only(undone(flowed(), updated(ANN, NOW, phone=("1", "2"), address=(OLD_STREET, NEW_STREET))), Action.RESTORE)
    assert row.changes == {"phone": ("2", "1"), "address": (NEW_STREET, OLD_STREET)}
    assert (row.payload["phone"], row.payload["mailing_address"]) == ("1", OLD_STREET)
    assert row.payload["applied"] == {"restored": {"phone": "1", "address": OLD_STREET}}


def test_5_what_somebody_changed_since_stays_and_the_other_fields_are_set_back() -> None:
    moved = customer("a", "Ann", phone="2", address=Address("5 New St"), version=Version(6))
    made = undone(flowed(moved), updated(ANN, NOW, phone=("1", "2"), address=(OLD_STREET, NEW_STREET)))
    assert told(made) == {("restore", "1", "undone"), ("skip", "1", "changed_since")}
    assert dict(only(made, Action.RESTORE).changes) == {"phone": ("2", "1")}


@pytest.mark.parametrize(
    ("now", "changes", "reason"),
    [
        (flowed(customer("a", "Ann", phone="3")), {"phone": ("1", "2")}, "changed_since"),
        (flowed(), {"phone": ("", "2")}, "only_blanks_filled"),
        (state(quickbooks=[ANN], syncta=[NOW]), {"phone": ("1", "2")}, "not_linked_any_more"),
        (state(quickbooks=[ANN], links=[customer_link(ANN, OUR_ANN)]), {"phone": ("1", "2")}, "gone_since"),
    ],
)
def test_5_fields_are_left_with_the_reason(now: Any, changes: dict[str, Any], reason: str) -> None:
    assert told(undone(now, updated(ANN, NOW, **changes))) == {("skip", "1", reason)}


def test_5_what_a_cleared_run_wrote_twice_is_set_back_to_what_was_before() -> None:
    first, second = updated(ANN, NOW, phone=("0", "1")), updated(ANN, NOW, phone=("1", "2"))
    assert dict(only(undone(flowed(), first, second), Action.RESTORE).changes) == {"phone": ("2", "0")}


# All of it


def deeds(**of: Any) -> Deeds:
    return Deeds(RUN, **of)


def test_one_record_alone_is_found_by_its_id_in_either_system() -> None:
    some = deeds(writes=(pushed(OURS, THEIRS), created(ANN, OUR_ANN)))
    assert [one.action for name in ("i", "50") for one in some.only(name).writes] == ["push", "push"]
    assert [one.action for one in some.only("a").writes] == ["create"]
    difference = deeds(writes=(wrote("push", Entity.INVOICE, "i#20261102T190000000000"),))
    assert difference.only("i").writes == difference.writes


def test_one_record_alone_leaves_what_would_rest_on_the_others() -> None:
    now = sent()
    alone = deeds(writes=(pushed(OURS, THEIRS),), links=(now.customer_links["1"],)).only("a")
    made = undone(now, *alone.writes, links=alone.links)
    assert told(made) == {("skip", "1", "something_hangs_on_it")}


def test_an_id_of_a_customer_and_an_invoice_is_not_guessed_at() -> None:
    """QuickBooks counts both from 1."""
    both = deeds(writes=(created(ANN, OUR_ANN), pushed(OURS, quickbooks_invoice("1", "1"))))
    with pytest.raises(UndoRefused, match="customer: or invoice:"):
        both.only("1")
    assert [one.action for one in both.only("invoice:1").writes] == ["push"]
    assert [one.action for one in both.only("customer:1").writes] == ["create"]


@pytest.mark.parametrize("record", ["nobody", "invoice:a", "customer:50", " "])
def test_a_record_that_the_run_did_nothing_to_is_refused(record: str) -> None:
    with pytest.raises(UndoRefused, match="did nothing to this record"):
        deeds(writes=(pushed(OURS, THEIRS), created(ANN, OUR_ANN))).only(record)


@given(st.data())
def test_every_deed_has_its_row_and_the_order_of_deeds_does_not_matter(data: st.DataObject) -> None:
    now = family(
        quickbooks_invoices=[quickbooks_invoice("50", "2"), quickbooks_invoice("51", "1", emailed=True)],
        syncta_invoices=[syncta_invoice("i", "z"), syncta_invoice("j", "z", status="paid", version=Version(4))],
    )
    all_deeds = [
        pushed(OURS, THEIRS),
        pushed(syncta_invoice("j", "z"), quickbooks_invoice("51", "1")),
        marked(quickbooks_invoice("51", "1"), syncta_invoice("j", "z", version=Version(4))),
        created(LEAF, OUR_LEAF),
        updated(TOP, OUR_TOP, phone=("1", "2")),
        wrote("void", Entity.INVOICE, "k"),
    ]
    some = data.draw(st.lists(st.sampled_from(all_deeds), unique_by=id))
    links = tuple(data.draw(st.permutations([now.customer_links["1"]])))
    made = undone(now, *some, links=links)
    assert made == undone(now, *reversed(some), links=links)
    spoken_of = {(row.entity, row.source_id) for row in made.rows}
    assert spoken_of == {(one.entity, one.source_id) for one in some} | {(Entity.CUSTOMER, "1")}
