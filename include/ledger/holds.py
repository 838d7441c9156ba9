"""Holds opened and closed one by one, by the load that met the refusal; `findings.settle` does it for a whole plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, insert, update

from include.ledger.findings import Finding
from include.ledger.tables import findings, of, scoped
from include.records import Entity, Scope, System

HOLD = "hold"


def open_hold(conn: Connection, scope: Scope, run_id: str, hold: Finding, at: dt.datetime) -> None:
    """Open a hold, or tell it again: then it keeps its first day."""
    told = {
        "text": hold.text,
        "amount": None if hold.amount is None else str(hold.amount),
        "target_id": hold.target_id,
        "run_id": run_id,
        "last_seen": at,
    }
    where = _open_holds(scope, hold.entity, hold.system, hold.record_id) & (findings.c.reason == hold.reason)
    if conn.execute(update(findings).where(where).values(**told)).rowcount:
        return
    identity = {"entity": hold.entity.value, "system": hold.system.value, "record_id": hold.record_id}
    values = scoped(scope, kind=HOLD, reason=hold.reason, first_seen=at, **identity, **told)
    conn.execute(insert(findings).values(**values))


def close_holds(
    conn: Connection,
    scope: Scope,
    entity: Entity,
    system: System,
    record_id: str,
    at: dt.datetime,
    *,
    except_for: Collection[str] = (),
) -> None:
    """Close the holds of a record, except those for the reasons named."""
    where = _open_holds(scope, entity, system, record_id) & findings.c.reason.not_in(list(except_for))
    conn.execute(update(findings).where(where).values(closed_at=at))


def _open_holds(scope: Scope, entity: Entity, system: System, record_id: str) -> ColumnElement[bool]:
    record = (
        (findings.c.entity == entity.value) & (findings.c.system == system.value) & (findings.c.record_id == record_id)
    )
    return of(findings, scope) & (findings.c.kind == HOLD) & findings.c.closed_at.is_(None) & record
