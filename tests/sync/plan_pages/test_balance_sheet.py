"""Rules 1.4: every customer and invoice of both sides in exactly one bucket, difference 0, whatever the books hold."""

from __future__ import annotations

import dataclasses
from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from include.ledger.mirror import MirrorProblem
from include.records import Entity, System
from include.sync.match import find_matches
from include.sync.plan import plan_of
from include.sync.plan_pages.balance_sheet import Sheet, balance_sheet
from include.sync.rows import Action, Plan
from include.sync.state import State
from tests.sync.builders import (
    customer,
    customer_link,
    decide,
    invoice_link,
    payment,
    quickbooks_invoice,
    state,
    syncta_invoice,
)
from tests.sync.generated import Company, companies

QB, SY, CUSTOMER, INVOICE = System.QUICKBOOKS, System.SYNCTA, Entity.CUSTOMER, Entity.INVOICE


def first_plan(of: State) -> Plan:
    return plan_of(of, find_matches(of), with_untouched=True, go_live=of.company.go_live)


def sheets_of(of: State) -> dict[tuple[System, Entity], Sheet]:
    return {(sheet.system, sheet.entity): sheet for sheet in balance_sheet(of, first_plan(of))}


def buckets(sheet: Sheet) -> dict[str, int]:
    return {bucket.name: bucket.count for bucket in sheet.buckets}


@st.composite
def lived_in(draw: st.DrawFn) -> State:
    """A company of any past: some records linked, some of those gone on one side, some unreadable, some decided."""
    made: Company = draw(companies())
    parts: dict[str, Any] = made.parts()
    links: list[Any] = [customer_link(q, s) for q, s in _some_pairs(draw, made.quickbooks, made.syncta)]
    links += [invoice_link(q, s) for q, s in _some_pairs(draw, made.quickbooks_invoices, made.syncta_invoices)]
    gone = []
    for name, system, entity in KINDS:
        for record in [one for one in parts[name] if draw(st.sampled_from([0, 0, 0, 1]))]:
            parts[name].remove(record)
            gone.append((system, entity, record.id))
    unreadable = [one for one in gone if draw(st.booleans())]
    decided = [decide("exclude", CUSTOMER, QB, one.id) for one in parts["quickbooks"] if draw(st.integers(0, 5)) == 0]
    for link in links:
        if draw(st.integers(0, 3)) == 0:
            who = (CUSTOMER, QB, link.quickbooks_id) if link.entity is CUSTOMER else (INVOICE, SY, link.syncta_id)
            partner = link.syncta_id if link.entity is CUSTOMER else link.quickbooks_id
            decided.append(decide(draw(st.sampled_from(["unlink", "push_again", "never"])), *who, partner))
    decided += [
        decide("link", INVOICE, SY, one.id, draw(st.sampled_from(made.quickbooks_invoices)).id)
        for one in parts["syncta_invoices"]
        if made.quickbooks_invoices and draw(st.integers(0, 3)) == 0
    ]
    of = state(**parts, links=links, deleted=[one for one in gone if one not in unreadable], decided=decided)
    problems = tuple(MirrorProblem(*one, "money_unreadable", "") for one in unreadable)
    return dataclasses.replace(of, unreadable=problems)


KINDS = [
    ("quickbooks", QB, CUSTOMER),
    ("syncta", SY, CUSTOMER),
    ("quickbooks_invoices", QB, INVOICE),
    ("syncta_invoices", SY, INVOICE),
]


def _some_pairs(draw: st.DrawFn, ours: list[Any], theirs: list[Any]) -> list[tuple[Any, Any]]:
    return [pair for pair in zip(ours, theirs, strict=False) if draw(st.booleans())]


@given(lived_in())
def test_1_4_the_difference_is_nothing_on_each_side(of: State) -> None:
    for sheet in balance_sheet(of, first_plan(of)):
        assert sheet.difference == (0, {}), sheet


@given(lived_in())
def test_1_4_the_sheets_count_every_record_and_every_cent_once(of: State) -> None:
    sheets = sheets_of(of)
    lost = Counter((one.system, one.entity) for one in of.unreadable)
    sides = [of.quickbooks_customers, of.syncta_customers, of.quickbooks_invoices, of.syncta_invoices]
    for (_, system, entity), records in zip(KINDS, sides, strict=True):
        sheet = sheets[system, entity]
        assert sum(buckets(sheet).values()) == len(records) + lost[system, entity]
        money = sum((one.total for one in records.values()), Decimal(0)) if entity is INVOICE else Decimal(0)
        assert sum((sum(b.money.values()) for b in sheet.buckets), Decimal(0)) == money


@given(lived_in(), st.data())
def test_1_4_a_record_the_plan_forgot_is_the_difference(of: State, data: st.DataObject) -> None:
    """Where no other row speaks for it, dropping an invoice's row shows up with its money."""
    plan = first_plan(of)
    spoken_of = Counter((row.entity, name) for row in plan.rows for name in {row.source_id, row.target_id})
    ours = [row for row in plan.rows if row.reason == "not_ours" and row.entity is INVOICE]
    alone = [row for row in ours if spoken_of[INVOICE, row.source_id] == 1]
    if not alone:
        return
    lost = data.draw(st.sampled_from(alone))
    holed = Plan(plan.scope, tuple(row for row in plan.rows if row is not lost))
    (sheet,) = [s for s in balance_sheet(of, holed) if (s.system, s.entity) == (QB, INVOICE)]
    total = of.quickbooks_invoices[lost.source_id].total
    assert sheet.difference == (1, {"USD": total} if total else {})


def test_1_4_each_kind_of_record_has_its_place() -> None:
    ours = [customer("1", "Ann"), customer("2", "Bob"), customer("3", "Off", active=False), customer("4", "Cy")]
    theirs = [customer("a", "Ann"), customer("b", "Bob"), customer("x", "Only Syncta")]
    sold = [
        syncta_invoice("i1", "a"),
        syncta_invoice("i2", "a", "0"),
        syncta_invoice("i3", "x"),
        syncta_invoice("i4", "a"),
    ]
    booked = [
        quickbooks_invoice("51", "1"),
        quickbooks_invoice("52", "2", "9.00"),
        quickbooks_invoice("54", "1", balance="0"),
    ]
    of = state(
        quickbooks=ours,
        syncta=theirs,
        syncta_invoices=sold,
        quickbooks_invoices=booked,
        payments=[payment("p", "54", "75.00")],
        links=[customer_link(ours[0], theirs[0]), invoice_link(booked[0], sold[0]), invoice_link(booked[2], sold[3])],
    )
    sheets = sheets_of(of)
    assert buckets(sheets[QB, CUSTOMER]) == {
        "create.no_match": 1,
        "link.exact_name": 1,
        "skip.already_linked": 1,
        "skip.inactive": 1,
    }
    assert buckets(sheets[SY, CUSTOMER]) == {"link.exact_name": 1, "skip.already_linked": 1, "skip.not_ours": 1}
    assert buckets(sheets[QB, INVOICE]) == {"mark_paid.paid": 1, "skip.already_linked": 1, "skip.not_ours": 1}
    assert buckets(sheets[SY, INVOICE]) == {
        "hold.customer_not_in_quickbooks": 1,
        "mark_paid.paid": 1,
        "skip.already_linked": 1,
        "skip.zero_total": 1,
    }


def test_1_4_an_invoice_linked_anew_leaves_its_former_partner_on_its_own_side() -> None:
    ours, theirs = customer("1", "Ann"), customer("a", "Ann")
    sold, booked = syncta_invoice("i", "a"), [quickbooks_invoice("51", "1"), quickbooks_invoice("52", "1")]
    of = state(
        quickbooks=[ours],
        syncta=[theirs],
        syncta_invoices=[sold],
        quickbooks_invoices=booked,
        links=[customer_link(ours, theirs), invoice_link(booked[0], sold)],
        decided=[decide("link", INVOICE, SY, "i", "52")],
    )
    sheets = sheets_of(of)
    assert sheets[QB, INVOICE].difference == (0, {})
    assert buckets(sheets[QB, INVOICE]) == {"link.decision": 1, "skip.not_ours": 1}
    assert buckets(sheets[SY, INVOICE]) == {"link.decision": 1}


def test_1_4_two_currencies_are_two_sums() -> None:
    sold = [syncta_invoice("i", "a"), syncta_invoice("j", "a", "5.00", currency="EUR")]
    sheet = sheets_of(state(syncta=[customer("a", "Ann")], syncta_invoices=sold))[SY, INVOICE]
    assert sheet.money == {"EUR": Decimal("5.00"), "USD": Decimal("75.00")}
    assert sheet.difference == (0, {})


def test_a_cycle_lists_no_untouched_record() -> None:
    ours, theirs = customer("1", "Ann"), customer("a", "Ann")
    of = state(quickbooks=[ours], syncta=[theirs], links=[customer_link(ours, theirs)])
    assert plan_of(of, find_matches(of)).rows == ()
    assert [row.reason for row in first_plan(of).with_action(Action.SKIP)] == ["already_linked"]
