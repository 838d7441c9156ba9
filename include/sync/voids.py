"""Void an invoice in QuickBooks, once, whatever is lost on the way (rules 5, 3.10). Nothing is ever deleted there.

A void that is refused looks once more (another version, 5010, is one refusal of several): if the invoice is void by
now – the answer of an earlier try was lost, or somebody was quicker – it is done. If it is another one than was
planned for, or gone, it is not voided: what was changed since is for a person (rules 5).
"""

from __future__ import annotations

from sqlalchemy import Connection

from include.errors import RecordRejected, StaleRecord
from include.ledger import mirror
from include.ledger.outbox import Batch, OutboxRow
from include.records import Entity, Invoice, System
from include.sync.freshness import fresh
from include.sync.loading import Load, intent_of, now
from include.sync.pushed import Answer, QuickBooks
from include.sync.rows import Action, PlanRow
from include.sync.undone import UNDONE, keep_gone, tell_undone

VOIDED = "voided"


def is_void(batch: Batch) -> bool:
    """Whether what was sent was a void; it always goes alone."""
    return batch.rows[0].action == Action.VOID


def void(load: Load, quickbooks: QuickBooks, number: int, row: PlanRow) -> None:
    """One planned void, if it still applies; `number` is the row's number in the plan."""
    with load.run.ledger.writing() as conn:
        outcomes = load.outcome(conn, [row.key])
        linked = load.links.partner(Entity.INVOICE, row.target_id) == row.source_id
        if outcomes or not linked or not all(fresh(conn, load.plan, [row])):
            load.tell(outcomes.get(row.key, "superseded"))
            return
        version = next(seen.version for seen in row.seen if seen.id == row.target_id)
        sent = load.send_off(conn, [intent_of(load, number, row, {**row.payload, "version": version})])
    for recorded in sent:
        _send(load, quickbooks, recorded)


def void_again(load: Load, quickbooks: QuickBooks, batch: Batch) -> None:
    """Ask once more for a void whose answer was lost, under its own request id."""
    load.check_lease()
    for row in batch.rows:
        _send(load, quickbooks, row)


def _send(load: Load, quickbooks: QuickBooks, row: OutboxRow) -> None:
    invoice_id = row.payload["invoice_id"]
    try:
        answer = quickbooks.void_invoice(invoice_id, row.payload["version"], row.request_id)
    except RecordRejected as refusal:
        now_there = _look(quickbooks, invoice_id)
        with load.run.ledger.writing() as conn:
            _keep_refusal(conn, load, row, refusal, now_there)
    else:
        with load.run.ledger.writing() as conn:
            _keep(conn, load, row, answer)


def _look(quickbooks: QuickBooks, invoice_id: str) -> Answer | None:
    try:
        return quickbooks.read_invoice(invoice_id)
    except RecordRejected as unreadable:
        return unreadable


def _keep_refusal(
    conn: Connection, load: Load, row: OutboxRow, refusal: RecordRejected, now_there: Answer | None
) -> None:
    """What QuickBooks has now decides; the mirror takes it over, so that the next plan knows it, too."""
    scope, invoice_id = load.run.scope, row.payload["invoice_id"]
    if isinstance(now_there, RecordRejected):
        load.rejected(conn, row, now_there)
    elif now_there is None:
        keep_gone(conn, scope, System.QUICKBOOKS, Entity.INVOICE, invoice_id)
        load.superseded(conn, row, "It is gone from QuickBooks.")
    elif now_there.total == 0:
        _keep(conn, load, row, now_there)
    else:
        mirror.upsert(conn, scope, System.QUICKBOOKS, [now_there], Entity.INVOICE, now())
        stale = isinstance(refusal, StaleRecord)
        load.superseded(conn, row, str(refusal)) if stale else load.rejected(conn, row, refusal)


def _keep(conn: Connection, load: Load, row: OutboxRow, invoice: Invoice) -> None:
    mirror.upsert(conn, load.run.scope, System.QUICKBOOKS, [invoice], Entity.INVOICE, now())
    if row.payload["unlink"]:
        load.links.end(conn, Entity.INVOICE, invoice.id, row.source_id, UNDONE)
    load.done(conn, row, {"id": invoice.id, "version": invoice.version}, VOIDED)
    tell_undone(conn, load, row)
