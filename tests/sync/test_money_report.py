"""Rules 4.5, 4.6: what a person at the terminal sees about payments to enter and money that is not applied."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from decimal import Decimal

from rich.console import Console

from include.ledger import findings, links, mirror
from include.ledger.findings import Finding
from include.records import CreditMemo, Entity, PortalPayment, System, Version
from include.sync.report import summary
from include.sync.report_tables import show
from tests.sync.builders import NOON, customer, invoice_link, payment, quickbooks_invoice, syncta_invoice

QB, SY = System.QUICKBOOKS, System.SYNCTA


def fill(run):
    """An invoice paid in the portal, and the same customer's prepayment and credit in QuickBooks."""
    paid = PortalPayment(dt.date(2026, 10, 20), "ch_1", Decimal("75.00"))
    ours = syncta_invoice("i", "a", number="INV-7", status="paid", portal_payments=(paid,))
    theirs = quickbooks_invoice("50", "1", number="INV-7")
    loose = replace(payment("7", "x", "30.00"), applied=(), unapplied=Decimal("30.00"))
    of_nobody = replace(loose, id="8", customer_id="2")
    memo = CreditMemo("9", Version(0), "C", "1", NOON.date(), Decimal("5.00"), NOON, NOON, balance=Decimal("4.00"))
    told = Finding(
        "exception", Entity.INVOICE, SY, "i", "paid_in_syncta_open_in_quickbooks", "Enter it.", theirs.total, "50"
    )
    with run.ledger.writing() as conn:
        ann, bob = customer("1", "Ann [red] Lee"), customer("2", "Bob Ray")
        for system, records, entity in (
            (QB, [ann, bob], Entity.CUSTOMER),
            (QB, [theirs], Entity.INVOICE),
            (QB, [loose, of_nobody], Entity.PAYMENT),
            (QB, [memo], Entity.CREDIT_MEMO),
            (SY, [ours], Entity.INVOICE),
        ):
            mirror.upsert(conn, run.scope, system, records, entity, NOON)
        links.add(conn, run.scope, invoice_link(theirs, ours))
        findings.settle(conn, run.scope, run.run_id, [told], NOON)


def test_4_5_the_payment_to_enter_is_named_with_date_reference_and_amount(make_run):
    run = make_run()
    fill(run)
    (entry,) = summary(run.ledger, run.scope).entries
    assert (entry.name, entry.number, entry.reference) == ("Ann [red] Lee", "INV-7", "ch_1")
    assert (entry.date, entry.amount) == (dt.date(2026, 10, 20), Decimal("75.00"))


def test_4_6_unapplied_money_and_credit_stand_beside_what_the_customer_owes(make_run):
    run = make_run()
    fill(run)
    (one,) = summary(run.ledger, run.scope).unapplied
    assert (one.name, one.unapplied, one.open) == ("Ann [red] Lee", Decimal("34.00"), Decimal("75.00"))


def test_4_6_both_are_shown_at_the_terminal(make_run):
    run = make_run()
    fill(run)
    screen = io.StringIO()
    show(summary(run.ledger, run.scope), Console(file=screen, width=200, color_system=None))
    assert "Payments to enter in QuickBooks" in screen.getvalue()
    assert "34.00" in screen.getvalue()
