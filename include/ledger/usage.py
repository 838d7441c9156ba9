"""How many calls that Intuit meters were made, by company, month and kind (reference §8.4).

Intuit adds up what all companies of an app's owner read, and blocks the app for the rest of the month above its tier. A
month is one of UTC: Intuit does not say in which zone it counts.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, func, select

from include.ledger.database import upsert
from include.ledger.tables import SCOPE, scoped, usage
from include.records import Scope


def month_of(moment: dt.datetime) -> str:
    """`2026-11`, in UTC."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m")


def count(conn: Connection, scope: Scope, month: str, kind: str) -> None:
    """One more call."""
    row = scoped(scope, month=month, kind=kind, calls=1)
    more = {"calls": usage.c.calls + 1}
    upsert(conn, usage, [row], unique=(*SCOPE, "month", "kind"), computed=lambda _new: more)


def used(conn: Connection, month: str) -> int:
    """Calls of all companies in a month."""
    return int(conn.execute(select(func.sum(usage.c.calls)).where(usage.c.month == month)).scalar_one() or 0)


def by_kind(conn: Connection, month: str) -> dict[str, dict[str, int]]:
    """Company → kind of call → calls in a month."""
    found: dict[str, dict[str, int]] = {}
    for row in conn.execute(select(usage).where(usage.c.month == month).order_by(usage.c.company, usage.c.kind)):
        found.setdefault(row.company, {})[row.kind] = row.calls
    return found
