"""Rules 6: whatever the books look like, every invoice that is ready stands in one bucket and no cent is left over."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from include.records import Entity, Invoice, System
from include.sync.match import find_matches
from include.sync.plan import plan_of
from include.sync.reconcile.equation import Bucket, Month, months_of
from include.sync.reconcile.receivables import receivables_of
from include.sync.rows import Plan
from include.sync.rules.accepted import facts_of
from include.sync.rules.telling import exception
from include.sync.state import State
from tests.sync.builders import customer, customer_link, decide, invoice_link, quickbooks_invoice, state, syncta_invoice
from tests.sync.generated import Company, companies


@given(companies())
def test_6_every_month_adds_up(made: Company) -> None:
    """rules 6"""
    of = state(**made.parts())
    months = months_of(of, plan_of(of, find_matches(of)))
    ready = [one for one in made.syncta_invoices if one.status in ("unpaid", "paid")]
    assert sorted(line.syncta_id for month in months for line in month.lines) == sorted(one.id for one in ready)
    assert all(month.adds_up for month in months)
    assert sum((month.total for month in months), Decimal(0)) == sum((one.total for one in ready), Decimal(0))


@given(companies(), st.data())
def test_6_every_month_and_every_receivable_adds_up_whatever_became_of_what_was_linked(
    made: Company, data: st.DataObject
) -> None:
    """rules 6: linked invoices whose totals, balances and marks are whatever people made of them."""
    parts, pairs = made.parts(), list(zip(made.quickbooks_invoices, made.syncta_invoices, strict=False))
    sent = [data.draw(st.sampled_from([ours.total, theirs.total, Decimal("9.00")])) for ours, theirs in pairs]
    parts["links"] = [
        invoice_link(ours, theirs, total=str(total), returned_total=str(total))
        for (ours, theirs), total in zip(pairs, sent, strict=True)
    ]
    of = state(**parts)
    plan = plan_of(of, find_matches(of))
    assert [line for month in months_of(of, plan) for line in month.differing] == []
    assert receivables_of(of, plan).unexplained == ()


def linked(theirs: Invoice | None, **options: Any) -> State:
    """One Syncta invoice of 75.00 that was sent and linked, and what QuickBooks has of it."""
    ours, syncta = customer("1", "Ann"), customer("a", "Ann")
    invoice = syncta_invoice("i", "a")
    links = [customer_link(ours, syncta), invoice_link(quickbooks_invoice("50", "1"), invoice)]
    bills = [theirs] if theirs else []
    return state(
        quickbooks=[ours], syncta=[syncta], quickbooks_invoices=bills, syncta_invoices=[invoice], links=links, **options
    )


def proved(of: State) -> Month:
    (month,) = months_of(of, plan_of(of, find_matches(of)))
    return month


def test_a_link_to_an_invoice_that_vanished_is_nowhere_until_it_is_told() -> None:
    """A link alone proves nothing."""
    assert [line.bucket for line in proved(linked(None)).differing] == [Bucket.NOWHERE]
    told = proved(linked(None, deleted=[(System.QUICKBOOKS, Entity.INVOICE, "50")]))
    assert (told.adds_up, told.money_in(Bucket.UNMATCHED)) == (True, Decimal("75.00"))


def test_a_void_invoice_is_unmatched_by_its_own_reason() -> None:
    (line,) = proved(linked(quickbooks_invoice("50", "1", "0", "0"))).lines
    assert (line.bucket, line.reason) == (Bucket.UNMATCHED, "zeroed_in_quickbooks")


def test_what_is_told_or_accepted_of_something_else_explains_no_money() -> None:
    of = linked(quickbooks_invoice("50", "1", "80.00"))
    rows = [row for row in plan_of(of, find_matches(of)).rows if row.reason != "edited_in_quickbooks"]
    other = exception(of.syncta_invoices["i"], "customer_differs", target_id="50")
    accepted = decide("accept", Entity.INVOICE, System.SYNCTA, "i", reason="customer_differs", amount="75.00")
    of = replace(of, decisions=of.decisions.with_(accepted))
    (month,) = months_of(of, Plan.of(of.scope, [*rows, other]))
    assert [line.syncta_id for line in month.differing] == ["i"]
    assert [one.syncta_id for one in receivables_of(of, Plan.of(of.scope, [*rows, other])).unexplained] == ["i"]


def test_an_accepted_total_explains_the_difference() -> None:
    of = linked(quickbooks_invoice("50", "1", "80.00"))
    told = [row for row in plan_of(of, find_matches(of)).rows if row.reason == "edited_in_quickbooks"]
    accepted = decide(
        "accept", Entity.INVOICE, System.SYNCTA, "i", reason="edited_in_quickbooks", **facts_of(told[0].amount)
    )
    of = replace(of, decisions=of.decisions.with_(accepted))
    assert proved(of).adds_up
    assert receivables_of(of, plan_of(of, find_matches(of))).unexplained == ()


def test_an_invoice_that_no_rule_speaks_of_is_nowhere() -> None:
    of = state(syncta=[customer("a", "Ann")], syncta_invoices=[syncta_invoice("i", "a")])
    (month,) = months_of(of, Plan.of(of.scope, []))
    assert (month.number_in(Bucket.NOWHERE), month.difference, month.adds_up) == (1, Decimal("75.00"), False)


def test_two_errors_that_cancel_out_are_both_found() -> None:
    ours, theirs = customer("1", "Ann"), customer("a", "Ann")
    bills = [quickbooks_invoice("50", "1", "80.00"), quickbooks_invoice("51", "1", "70.00")]
    sent = [syncta_invoice("i", "a"), syncta_invoice("j", "a")]
    links = [customer_link(ours, theirs), *(invoice_link(q, s) for q, s in zip(bills, sent, strict=True))]
    of = state(quickbooks=[ours], syncta=[theirs], quickbooks_invoices=bills, syncta_invoices=sent, links=links)
    (month,) = months_of(of, Plan.of(of.scope, []))
    assert month.difference == 0
    assert [line.syncta_id for line in month.differing] == ["i", "j"]
    assert not month.adds_up
