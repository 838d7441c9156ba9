"""Which companies have had their first sync approved and loaded (rules 1.1)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, select

from include.ledger.database import upsert
from include.ledger.tables import SCOPE, companies, of, scoped
from include.records import Scope


def first_sync_at(conn: Connection, scope: Scope) -> dt.datetime | None:
    """When the first sync was loaded; None if none was, for this company, realm and environment."""
    return conn.execute(select(companies.c.first_sync_at).where(of(companies, scope))).scalar_one_or_none()


def approved_go_live(conn: Connection, scope: Scope) -> dt.date | None:
    """The `go_live` of the initial sync that was approved and loaded last; None before any was."""
    found = conn.execute(select(companies.c.go_live).where(of(companies, scope))).scalar_one_or_none()
    return dt.date.fromisoformat(found) if found else None


def record_first_sync(conn: Connection, scope: Scope, run_id: str, at: dt.datetime, go_live: dt.date) -> None:
    """Remember the first one, and the `go_live` that this one was approved for."""
    row = scoped(scope, first_sync_at=at, first_sync_run=run_id, go_live=go_live.isoformat())
    upsert(conn, companies, [row], unique=SCOPE, change=["go_live"])
