"""What a person should know before it stops a run: a sign-in that ends, a month's reads that run out (rules 7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from include.ledger import usage
from include.ledger.database import Ledger, clock
from include.tokens import TokenStore

EXPIRY_WARNING = dt.timedelta(days=30)
BUDGET_WARNING = 0.8


def warnings_of(ledger: Ledger, tokens: TokenStore, monthly: int) -> list[str]:
    """Sentences for the log and the report, none if all is well; `monthly` is what all companies may read a month."""
    with ledger.reading() as conn:
        now = clock(conn)
        month = usage.month_of(now)
        used = usage.used(conn, month)
    return [*_of_sign_in(tokens, now), *_of_budget(used, monthly, month)]


def _of_sign_in(tokens: TokenStore, now: dt.datetime) -> Iterator[str]:
    if tokens.reconnect_needed():
        yield "reconnect_needed: QuickBooks has ended the connection. Connect to QuickBooks again."
        return
    kept = tokens.load()
    if kept and kept.ends_at - now < EXPIRY_WARNING:
        days = max(0, (kept.ends_at - now).days)
        yield f"The sign-in to QuickBooks ends in {days} days, on {kept.ends_at:%Y-%m-%d}. Connect to QuickBooks again."


def _of_budget(used: int, monthly: int, month: str) -> Iterator[str]:
    if used >= BUDGET_WARNING * monthly:
        yield (
            f"{used} of the {monthly} metered QuickBooks reads of {month} are used up ({used * 100 // monthly} %). "
            "Run less often, or raise the tier and SYNC_METERED_READS_PER_MONTH."
        )
