"""How many calls that Intuit meters were made, by company, month and kind (reference §9).

Intuit adds up what all companies of an app's owner read, and blocks the app for the rest of the month above its tier. A
month is one of UTC: Intuit does not say in which zone it counts. Calls of other installations and apps are not known
here: what they use is for the budget in the settings to leave out.
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


def next_month(moment: dt.datetime) -> dt.date:
    """The first day of the month after this moment's, in UTC."""
    return (moment.astimezone(dt.UTC).date().replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def count(conn: Connection, scope: Scope, month: str, kind: str) -> None:
    """One more call."""
    row = scoped(scope, month=month, kind=kind, calls=1)
    more = {"calls": usage.c.calls + 1}
    upsert(conn, usage, [row], unique=(*SCOPE, "month", "kind"), computed=lambda _new: more)


def used(conn: Connection, month: str, environment: str) -> int:
    """Calls of all companies in a month. Intuit's sandbox is counted apart: it is not metered there."""
    where = (usage.c.month == month, usage.c.environment == environment)
    return int(conn.execute(select(func.sum(usage.c.calls)).where(*where)).scalar_one() or 0)


def by_kind(conn: Connection, month: str) -> dict[str, dict[str, int]]:
    """Company → kind of call → calls in a month."""
    found: dict[str, dict[str, int]] = {}
    for row in conn.execute(select(usage).where(usage.c.month == month).order_by(usage.c.company, usage.c.kind)):
        kinds = found.setdefault(row.company, {})
        kinds[row.kind] = kinds.get(row.kind, 0) + row.calls
    return found
