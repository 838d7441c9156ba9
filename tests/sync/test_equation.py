"""Rules 6: whatever the books look like, every invoice that is ready stands in one bucket and no cent is left over."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given

from include.sync.match import find_matches
from include.sync.plan import plan_of
from include.sync.reconcile.equation import Bucket, months_of
from include.sync.rows import Plan
from tests.sync.builders import customer, customer_link, invoice_link, quickbooks_invoice, state, syncta_invoice
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
