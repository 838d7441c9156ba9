"""Whether a plan row still says what the ledger knows: the records it was made from, and what people decided."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from include.ledger import decisions, mirror
from include.ledger.decisions import Verb
from include.records import System
from include.sync.rows import UNDOES, Plan, PlanRow

OTHER_SIDE = {System.QUICKBOOKS: System.SYNCTA, System.SYNCTA: System.QUICKBOOKS}


def fresh(conn: Connection, plan: Plan, rows: Sequence[PlanRow]) -> list[bool]:
    """Per row of the plan: whether every record it was made from is live and at that version (protocol 3.7), and
    nobody has decided about one of them since the plan was made: a plan may wait for its approval for days."""
    refs = {(seen.system, seen.entity, seen.id) for row in rows for seen in row.seen}
    now = mirror.versions(conn, plan.scope, refs)
    # What an undo notes of itself must not stop the rest of it; a plan that waited meanwhile it does stop.
    own = [Verb.UNDONE] if any(UNDOES in row.payload for row in plan.rows) else []
    decided = decisions.since(conn, plan.scope, plan.made_at, but_for=own) if plan.made_at else frozenset()
    return [
        all(now.get((s.system, s.entity, s.id)) == s.version for s in row.seen) and decided.isdisjoint(_records(row))
        for row in rows
    ]


def _records(row: PlanRow) -> set[decisions.Subject]:
    """Every record a row is about."""
    named = {(row.entity, row.source, row.source_id), (row.entity, OTHER_SIDE[row.source], row.target_id)}
    seen = {(one.entity, one.system, one.id) for one in row.seen}
    return {(entity.value, system.value, record_id) for entity, system, record_id in named | seen if record_id}
