"""What a write that was taken back leaves in the ledger: the link ends, and the record waits for a person (rules 5).

The decision `undone` keeps the next plan from doing the same again by itself; the hold `undone_by_person` shows it at
once, and every later plan tells the same hold until a person decides otherwise.
"""

from __future__ import annotations

from sqlalchemy import Connection

from include.ledger import decisions, mirror
from include.ledger.decisions import Decision, Verb
from include.ledger.findings import Finding
from include.ledger.holds import open_hold
from include.ledger.outbox import OutboxRow
from include.records import Deleted, Entity, System
from include.sync.loading import Load, now
from include.sync.reasons import HOLDS
from include.sync.rows import UNDOES, Action
from include.sync.run import Run

UNDONE = "undone"
"""Why the links ended that an undo ended."""
HELD = "undone_by_person"


def keep_removal(conn: Connection, load: Load, row: OutboxRow) -> None:
    """The created customer is gone from Syncta; its link ends."""
    gone = Deleted(row.payload["target_id"], now())
    mirror.upsert(conn, load.run.scope, System.SYNCTA, [gone], row.entity, now())
    load.links.end(conn, row.entity, row.source_id, gone.id, UNDONE)


def tell_undone(conn: Connection, load: Load, row: OutboxRow) -> None:
    """After a push or a creation was taken back by undo: recorded and held."""
    if UNDOES not in row.payload or row.action not in (Action.VOID, Action.REMOVE):
        return
    voided = row.action == Action.VOID
    quickbooks_id = row.payload["invoice_id"] if voided else row.source_id
    syncta_id = row.source_id if voided else row.payload["target_id"]
    record_undone(conn, load.run, row.entity, quickbooks_id, syncta_id, row.payload[UNDOES], by=load.by)


def record_undone(
    conn: Connection, run: Run, entity: Entity, quickbooks_id: str, syncta_id: str, undoes: str, *, by: str
) -> None:
    """The decision and the hold on the record whose turn it was: a customer of QuickBooks, an invoice of Syncta."""
    customer = entity is Entity.CUSTOMER
    system, record_id = (System.QUICKBOOKS, quickbooks_id) if customer else (System.SYNCTA, syncta_id)
    target = syncta_id if customer else quickbooks_id
    who, note = by or "undo", f"{undoes} undone by {run.run_id}"
    decision = Decision(Verb.UNDONE, entity, system, record_id, who, now(), target_id=target, note=note)
    decisions.record(conn, run.scope, decision)
    hold = Finding("hold", entity, system, record_id, HELD, HOLDS[HELD], None, target)
    open_hold(conn, run.scope, run.run_id, hold, now())
