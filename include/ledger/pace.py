"""When the next call to QuickBooks may be made, agreed on by all processes and machines of a company (rules 7).

QuickBooks allows a company so many calls a minute, a second, and so many batches a minute. Each call reserves its
turn in one short transaction and waits for it outside. Every limit is kept by the generic cell rate algorithm: one
number per limit says when the next turn would be if all were evenly spaced, and a few turns (`burst`) may be taken
ahead of it. In any window there are then at most as many turns as the limit says, whoever takes them and whenever.
Turns are given in the order in which they are asked for; one whose taker has died passes unused.

The same transaction counts the calls that Intuit meters, by month, over all companies of this ledger.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from include.errors import BudgetSpent, RateLimited
from include.ledger import usage
from include.ledger.database import Ledger, clock, locking, upsert
from include.ledger.tables import SCOPE, of, pace, scoped
from include.records import Scope

NAME = "quickbooks"
BATCH = "batch"
PAUSE = "pause"
WRITTEN = "written"
LONGEST_WAIT = 120.0
"""Seconds a call waits for its turn; a longer wait is Airflow's to keep, without a worker standing by."""
LONGEST_PAUSE = 3600.0
"""Seconds a company is held back at most, whatever QuickBooks says."""
LATE = 0.25
"""Seconds after which a turn has lapsed: who oversleeps on a busy machine would meet those who come after."""
MOST_TURNS = 3
"""Turns a call takes at most; a machine so slow that it misses them all makes few calls."""
STOP_SHARE = 0.99
"""Where runs stop reading: what is left lets a load that has begun look up what it sent."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` turns in any window of `seconds`; a tenth of them may come at once."""

    calls: int
    seconds: float

    @property
    def spacing(self) -> float:
        """Seconds between turns once the burst is used up."""
        return self.seconds / max(1, self.calls - self.burst)

    @property
    def burst(self) -> int:
        """Turns that may be taken at once."""
        return max(1, self.calls // 10)

    def earliest(self, even: float) -> float:
        """When a turn may be taken, `even` being the moment of evenly spaced turns."""
        return even - (self.burst - 1) * self.spacing


@dataclass(frozen=True, slots=True)
class Limits:
    """What one company may ask of QuickBooks; Intuit's own limits are 500, 10 and 40 (reference §9)."""

    per_minute: int = 450
    per_second: int = 8
    batches_per_minute: int = 36

    def of(self, kind: str) -> dict[str, Limit]:
        """The limits a call of this kind counts against."""
        every = {"minute": Limit(self.per_minute, 60), "second": Limit(self.per_second, 1)}
        return {**every, BATCH: Limit(self.batches_per_minute, 60)} if kind == BATCH else every


def reserve(spent: Mapping[str, float], limits: Mapping[str, Limit], now: float) -> tuple[float, dict[str, float]]:
    """When the next turn is, and what is kept of it; times in seconds since 1970."""
    known = _as_of(spent, now)
    start = max([now, known.get(PAUSE, now), *(each.earliest(known.get(name, now)) for name, each in limits.items())])
    evens = {name: max(known.get(name, start), start) + each.spacing for name, each in limits.items()}
    return start, {**known, **evens}


def hold_back(spent: Mapping[str, float], seconds: float, now: float) -> dict[str, float]:
    """What is kept of a pause of so many seconds; a longer one that runs already stays."""
    known = _as_of(spent, now)
    return {**known, PAUSE: max(known.get(PAUSE, now), now + min(seconds, LONGEST_PAUSE))}


def _as_of(spent: Mapping[str, float], now: float) -> dict[str, float]:
    """What is kept, by the clock as it is now. If that was put back, all moments go back with it: nobody waits for the
    clock to come round again, and no turn is given twice."""
    put_back = min(0.0, now - spent.get(WRITTEN, now))
    return {**{name: moment + put_back for name, moment in spent.items()}, WRITTEN: now}


class LedgerGate:
    """Lets a company's calls to QuickBooks through, one after the other, from any number of processes.

    `monthly` is how many metered calls all companies of the environment may make in a month (UTC), `share` how much of
    it this gate uses.
    A call is counted before it is made: one that fails counts as well, though Intuit says it would not.
    """

    def __init__(
        self,
        ledger: Ledger,
        scope: Scope,
        limits: Limits,
        monthly: int,
        *,
        share: float = STOP_SHARE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ledger, self._scope, self._limits = ledger, scope, limits
        self._monthly, self._share, self._sleep = monthly, share, sleep

    def enter(self, kind: str, *, metered: bool) -> None:
        """Return when a call of this kind may be made.

        Raises `BudgetSpent` if it is metered and the month's calls are used up, `RateLimited` if its turn is more than
        two minutes away.
        """
        for turn in range(MOST_TURNS):
            due = self._turn(kind, metered=metered and turn == 0)
            left = due - time.monotonic()
            if left > 0:
                self._sleep(left)
            if time.monotonic() - due <= LATE:
                return

    def _turn(self, kind: str, *, metered: bool) -> float:
        """Reserve a turn; when it is, by this process' monotonic clock."""
        with self._ledger.writing() as conn:
            # The clocks are read under the lock: waiting for it must not make a turn late.
            spent, moment, begun = self._spent(conn), clock(conn), time.monotonic()
            start, spent = reserve(spent, self._limits.of(kind), moment.timestamp())
            wait = start - moment.timestamp()
            if wait > LONGEST_WAIT:
                raise RateLimited("Too many calls to QuickBooks wait for their turn; this one is tried later.", wait)
            if metered:
                self._count(conn, moment, kind)
            self._keep(conn, spent)
        return begun + wait

    def hold_back(self, seconds: float) -> None:
        """QuickBooks asked for a pause: nobody of this company calls before it is over."""
        with self._ledger.writing() as conn:
            spent = self._spent(conn)
            self._keep(conn, hold_back(spent, seconds, clock(conn).timestamp()))

    def _count(self, conn: Connection, moment: dt.datetime, kind: str) -> None:
        month = usage.month_of(moment)
        used = usage.used(conn, month, self._scope.environment)
        if used >= int(self._monthly * self._share):
            raise BudgetSpent(
                f"budget_spent: {used} of the {self._monthly} metered reads of {month} are used up. Runs go on by "
                f"themselves on {usage.next_month(moment)} (UTC), or when SYNC_METERED_READS_PER_MONTH allows more."
            )
        usage.count(conn, self._scope, month, kind)

    def _spent(self, conn: Connection) -> dict[str, float]:
        """What is kept of the company's turns; its row stays locked until the commit."""
        upsert(conn, pace, [scoped(self._scope, name=NAME, spent={})], unique=(*SCOPE, "name"))
        where = (of(pace, self._scope), pace.c.name == NAME)
        found = conn.execute(locking(conn, select(pace.c.spent).where(*where))).scalar_one()
        return {name: float(even) for name, even in found.items()}

    def _keep(self, conn: Connection, spent: Mapping[str, float]) -> None:
        where = (of(pace, self._scope), pace.c.name == NAME)
        conn.execute(pace.update().where(*where).values(spent=dict(spent)))
