"""What the report says about money beside holds and exceptions: payments to enter, money that is not applied (rules
4.5, 4.6). Names and amounts: for a person's own screen, never for a log.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.engine import Connection

from include.ledger import links, mirror
from include.ledger.findings import OpenFinding
from include.records import CreditMemo, Customer, Entity, Invoice, Payment, Scope, System

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Entry:
    """A payment that Syncta has and QuickBooks has not: what to enter there, against which invoice."""

    name: str
    number: str
    date: dt.date | None
    reference: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Unapplied:
    """Money and credits of a QuickBooks customer that are not put against anything, beside what is open of it."""

    name: str
    unapplied: Decimal
    open: Decimal


def entries(conn: Connection, scope: Scope, exceptions: Iterable[OpenFinding]) -> list[Entry]:
    """One per invoice that is paid in Syncta and open in QuickBooks."""
    found = []
    for told in exceptions:
        invoice = _syncta_invoice(conn, scope, told.record_id)
        if told.reason != "paid_in_syncta_open_in_quickbooks" or invoice is None:
            continue
        theirs = mirror.get(conn, scope, System.QUICKBOOKS, Entity.INVOICE, told.target_id)
        latest = max((payment.date for payment in invoice.portal_payments), default=None)
        portal = ", ".join(dict.fromkeys(one.reference for one in invoice.portal_payments if one.reference))
        customer = _name(conn, scope, System.QUICKBOOKS, theirs.customer_id if isinstance(theirs, Invoice) else "")
        number = theirs.number if isinstance(theirs, Invoice) else invoice.number
        reference = invoice.paid_reference or portal
        found.append(Entry(customer, number, invoice.paid_on or latest, reference, told.amount or ZERO))
    return found


def unapplied(conn: Connection, scope: Scope) -> list[Unapplied]:
    """Customers that have both: unapplied money or credit, and open invoices of this sync."""
    free: dict[str, Decimal] = defaultdict(Decimal)
    for payment in mirror.records(conn, scope, System.QUICKBOOKS, Entity.PAYMENT):
        if isinstance(payment, Payment):
            free[payment.customer_id] += payment.unapplied
    for memo in mirror.records(conn, scope, System.QUICKBOOKS, Entity.CREDIT_MEMO):
        if isinstance(memo, CreditMemo):
            free[memo.customer_id] += memo.balance or ZERO
    linked = {link.quickbooks_id for link in links.live(conn, scope, Entity.INVOICE)}
    owed: dict[str, Decimal] = defaultdict(Decimal)
    for invoice in mirror.records(conn, scope, System.QUICKBOOKS, Entity.INVOICE):
        if isinstance(invoice, Invoice) and invoice.id in linked:
            owed[invoice.customer_id] += invoice.balance or ZERO
    return sorted(
        (
            Unapplied(_name(conn, scope, System.QUICKBOOKS, customer), amount, owed[customer])
            for customer, amount in free.items()
            if amount > 0 and owed.get(customer, ZERO) > 0
        ),
        key=lambda one: one.name,
    )


def _syncta_invoice(conn: Connection, scope: Scope, record_id: str) -> Invoice | None:
    record = mirror.get(conn, scope, System.SYNCTA, Entity.INVOICE, record_id)
    return record if isinstance(record, Invoice) else None


def _name(conn: Connection, scope: Scope, system: System, customer_id: str) -> str:
    record = mirror.get(conn, scope, system, Entity.CUSTOMER, customer_id) if customer_id else None
    return record.name if isinstance(record, Customer) else customer_id
