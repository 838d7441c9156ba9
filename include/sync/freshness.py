"""Whether the records a plan row was made from are still the ones the mirror holds (protocol 3.7)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from include.ledger import mirror
from include.records import Scope
from include.sync.rows import PlanRow


def fresh(conn: Connection, scope: Scope, rows: Sequence[PlanRow]) -> list[bool]:
    """Per row: whether every record it was made from is live and at that version."""
    refs = {(seen.system, seen.entity, seen.id) for row in rows for seen in row.seen}
    now = mirror.versions(conn, scope, refs)
    return [all(now.get((s.system, s.entity, s.id)) == s.version for s in row.seen) for row in rows]
