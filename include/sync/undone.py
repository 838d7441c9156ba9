"""What a write that was taken back leaves in the ledger: the link ends, and the record waits for a person (rules 5).

The decision `undone` keeps the next plan from doing the same again by itself; the hold `undone_by_person` shows it at
once, and every later plan tells the same hold until a person decides otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from include.ledger import decisions, mirror
from include.ledger.decisions import Decision, Verb
from include.ledger.findings import Finding
from include.ledger.holds import open_hold
from include.ledger.outbox import OutboxRow
from include.records import Deleted, Entity, Scope, System
from include.sync.loading import Load, now
from include.sync.reasons import HOLDS
from include.sync.refusals import ABOUT
from include.sync.rows import UNDOES, UNDONE_BY, Action

UNDONE = "undone"
"""Why the links ended that an undo ended."""
HELD = "undone_by_person"


def keep_removal(conn: Connection, load: Load, row: OutboxRow) -> None:
    """The created customer is gone from Syncta; its link ends."""
    syncta_id = row.payload["target_id"]
    keep_gone(conn, load.run.scope, System.SYNCTA, row.entity, syncta_id)
    load.links.end(conn, row.entity, row.source_id, syncta_id, UNDONE)


def keep_gone(conn: Connection, scope: Scope, system: System, entity: Entity, record_id: str) -> None:
    """The mirror knows that a record is gone; never since before its last change, whose clock may be ahead of ours."""
    known = mirror.get(conn, scope, system, entity, record_id)
    gone = Deleted(record_id, max(now(), known.updated_at) if known else now())
    mirror.upsert(conn, scope, system, [gone], entity, now())


def tell_undone(conn: Connection, load: Load, row: OutboxRow) -> None:
    """After a push or a creation was taken back by undo: recorded and held."""
    if UNDOES not in row.payload or row.action not in (Action.VOID, Action.REMOVE):
        return
    voided = row.action == Action.VOID
    quickbooks_id = row.payload["invoice_id"] if voided else row.source_id
    syncta_id = row.source_id if voided else row.payload["target_id"]
    amount = row.payload[ABOUT]["amount"]
    record_undone(
        conn,
        load.run.scope,
        Undone(row.entity, quickbooks_id, syncta_id, row.payload[UNDOES], row.run_id, row.payload[UNDONE_BY]),
        None if amount is None else Decimal(amount),
    )


@dataclass(frozen=True, slots=True)
class Undone:
    """A pair that was parted: which run had made it, which undo took that back, and who approved the undo."""

    entity: Entity
    quickbooks_id: str
    syncta_id: str
    undoes: str
    run_id: str
    by: str


def record_undone(conn: Connection, scope: Scope, undone: Undone, amount: Decimal | None = None) -> None:
    """The decision and the hold on the record whose turn it was: a customer of QuickBooks, an invoice of Syncta."""
    entity, ours, theirs = undone.entity, undone.syncta_id, undone.quickbooks_id
    customer = entity is Entity.CUSTOMER
    system, record_id, target = (System.QUICKBOOKS, theirs, ours) if customer else (System.SYNCTA, ours, theirs)
    who, note = undone.by or "undo", f"{undone.undoes} undone by {undone.run_id}"
    decisions.record(
        conn, scope, Decision(Verb.UNDONE, entity, system, record_id, who, now(), target_id=target, note=note)
    )
    hold = Finding("hold", entity, system, record_id, HELD, HOLDS[HELD], amount, target)
    open_hold(conn, scope, undone.run_id, hold, now())
