"""Up to when each system has been read, by that system's own clock (protocol 1.3)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, select

from include.ledger.database import upsert
from include.ledger.tables import SCOPE, marks, of, scoped
from include.records import Scope, System


def get(conn: Connection, scope: Scope, system: System, flow: str) -> dt.datetime | None:
    """The mark of one flow; None if it was never read."""
    return conn.execute(
        select(marks.c.reached).where(of(marks, scope), marks.c.system == system, marks.c.flow == flow)
    ).scalar_one_or_none()


def move(conn: Connection, scope: Scope, system: System, flow: str, to: dt.datetime) -> None:
    """Move a mark forwards; it never goes back."""
    row = scoped(scope, system=system.value, flow=flow, reached=to)
    upsert(
        conn,
        marks,
        [row],
        unique=(*SCOPE, "system", "flow"),
        change=["reached"],
        only_if=lambda new: marks.c.reached < new.reached,
    )
