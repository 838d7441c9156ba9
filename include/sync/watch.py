"""What a person should know before it stops a run: a sign-in that ends, a month's reads that run out (rules 7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from include.ledger import usage
from include.ledger.database import Ledger, clock
from include.tokens import TokenStore

EXPIRY_WARNING = dt.timedelta(days=30)
BUDGET_WARNING = 0.8


@dataclass(frozen=True, slots=True)
class Outlook:
    """Until when a company can go on. `reads` of `monthly` metered reads of this month (UTC) are used up, by all
    companies; `sign_in_ends` is None before the first sign-in; `warnings` are sentences for log and report."""

    sign_in_ends: dt.datetime | None
    reads: int
    monthly: int
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        ends = self.sign_in_ends.date().isoformat() if self.sign_in_ends else ""
        return {"sign_in_ends": ends, "metered_reads": self.reads, "metered_reads_per_month": self.monthly}


def look_ahead(ledger: Ledger, environment: str, tokens: TokenStore | None, monthly: int) -> Outlook:
    """How it looks now for a company; `monthly` is what all companies of its environment may read a month. Without
    `tokens` nothing is said of the sign-in."""
    with ledger.reading() as conn:
        now = clock(conn)
        month = usage.month_of(now)
        reads = usage.used(conn, month, environment)
    kept = tokens.load() if tokens else None
    ends, ended = kept.ends_at if kept else None, tokens.reconnect_needed() if tokens else ""
    warnings = (*_of_sign_in(ends, ended, now), *_of_budget(reads, monthly, month))
    return Outlook(ends, reads, monthly, warnings)


def _of_sign_in(ends: dt.datetime | None, ended: str, now: dt.datetime) -> Iterator[str]:
    if ended:
        yield "reconnect_needed: QuickBooks has ended the connection. Connect to QuickBooks again."
    elif ends and ends - now < EXPIRY_WARNING:
        days = max(0, (ends - now).days)
        yield f"The sign-in to QuickBooks ends in {days} days, on {ends:%Y-%m-%d}. Connect to QuickBooks again."


def _of_budget(reads: int, monthly: int, month: str) -> Iterator[str]:
    if reads >= BUDGET_WARNING * monthly:
        yield (
            f"{reads} of the {monthly} metered QuickBooks reads of {month} are used up ({reads * 100 // monthly} %). "
            "Run less often, or raise the tier and SYNC_METERED_READS_PER_MONTH."
        )
