"""Rules 6: what is open in QuickBooks against what is unpaid in Syncta, each difference with its reason."""

from __future__ import annotations

from typing import Any

import pytest

from include.records import Invoice
from include.sync.match import find_matches
from include.sync.plan import plan_of
from include.sync.reconcile.receivables import Owed, receivables_of
from tests.sync.builders import (
    customer,
    customer_link,
    invoice_link,
    payment,
    quickbooks_invoice,
    state,
    syncta_invoice,
)

PAID, OPEN = quickbooks_invoice("50", "1", balance="0"), quickbooks_invoice("50", "1")
MONEY = payment("7", "50", "75.00")
MARK = {"paid": {"date": "2026-10-20", "settled_by": ["7"]}}


def differing(
    theirs: Invoice, status: str = "unpaid", applied: dict[str, Any] | None = None, **more: Any
) -> tuple[Owed, ...]:
    """On what the sides differ, of one linked invoice of 75.00."""
    ours, syncta, invoice = customer("1", "Ann"), customer("a", "Ann"), syncta_invoice("i", "a", status=status)
    links = [customer_link(ours, syncta), invoice_link(quickbooks_invoice("50", "1"), invoice, **(applied or {}))]
    of = state(
        quickbooks=[ours],
        syncta=[syncta],
        syncta_invoices=[invoice],
        quickbooks_invoices=[theirs],
        links=links,
        **more,
    )
    return receivables_of(of, plan_of(of, find_matches(of))).differing


@pytest.mark.parametrize(("theirs", "status"), [(OPEN, "unpaid"), (PAID, "paid")])
def test_sides_that_agree_need_no_reason(theirs: Invoice, status: str) -> None:
    assert differing(theirs, status, payments=[MONEY] if status == "paid" else []) == ()


CASES: dict[str, tuple[Invoice, str, dict[str, Any]]] = {
    "paid": (PAID, "unpaid", {"payments": [MONEY]}),
    "part_payment": (quickbooks_invoice("50", "1", balance="20.00"), "unpaid", {}),
    "paid_in_syncta_open_in_quickbooks": (OPEN, "paid", {}),
    "paid_reopened": (OPEN, "paid", {"applied": MARK}),
    "reopened_in_syncta": (PAID, "unpaid", {"payments": [MONEY], "applied": MARK}),
    "payment_not_read": (quickbooks_invoice("50", "1", balance="0", settled_by=("8",)), "unpaid", {}),
    "settled_without_money": (
        PAID,
        "unpaid",
        {"payments": [payment("7", "50", "75.00", total="0")], "settled_without_money": "exception"},
    ),
    "zeroed_in_quickbooks": (quickbooks_invoice("50", "1", "0", "0"), "unpaid", {}),
    "edited_in_quickbooks": (quickbooks_invoice("50", "1", "80.00"), "unpaid", {}),
}


@pytest.mark.parametrize("reason", CASES)
def test_4_every_difference_bears_the_reason_that_is_told(reason: str) -> None:
    """rules 4, 6"""
    theirs, status, more = CASES[reason]
    assert [one.reason for one in differing(theirs, status, **more)] == [reason]
