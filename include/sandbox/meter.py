"""What was asked of each system: calls by class and by month, executed writes, how close the calls came."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from include.sandbox.store import Store

TABLES = """
CREATE TABLE IF NOT EXISTS meter (
    system TEXT NOT NULL, realm TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (system, realm, kind, name)
);
"""
SECOND, MINUTE = 1.0, 60.0
ALL_CALLS = "all"
MONTH = "month:"

Readings = dict[str, dict[str, dict[str, int]]]
"""realm -> kind -> name -> how often."""


class Meter:
    """Counts. A count made inside a transaction that is rolled back did not happen."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pace: dict[tuple[str, str], Pace] = defaultdict(Pace)

    def add(self, system: str, kind: str, name: str, *, realm: str = "", n: int = 1) -> None:
        """Count `name` under `kind`, for instance ("quickbooks", "writes", "Invoice.create", realm=…)."""
        if self._store.in_bulk:
            return
        with self._store.transaction() as db:
            db.execute(
                "INSERT INTO meter VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n",
                (system, realm, kind, name, n),
            )

    def call(self, system: str, name: str, *, realm: str = "") -> None:
        """Count one HTTP call by class and note how closely it followed the ones before (machine time)."""
        self._pace[system, realm].step(name, time.monotonic())
        self.add(system, "by_class", name, realm=realm)

    def charge(self, system: str, name: str, month: str, *, realm: str = "") -> None:
        """Count one call that costs money ("core", "core_plus"), in all and in its month (`YYYY-MM`)."""
        with self._store.transaction():
            self.add(system, "money", name, realm=realm)
            self.add(system, f"{MONTH}{month}", name, realm=realm)

    def charged(self, system: str, name: str, month: str) -> int:
        """How many calls of a class all companies together made in a month: the workspace pays for all of them."""
        sql = "SELECT sum(n) AS n FROM meter WHERE system = ? AND kind = ? AND name = ?"
        row = self._store.row(sql, system, f"{MONTH}{month}", name)
        return int(row["n"] or 0) if row else 0

    def readings(self, system: str) -> Readings:
        """Everything counted for one system since the last reset."""
        found: Readings = defaultdict(lambda: defaultdict(dict))
        for row in self._store.rows("SELECT realm, kind, name, n FROM meter WHERE system = ? ORDER BY 1, 2, 3", system):
            found[row["realm"]][row["kind"]][row["name"]] = row["n"]
        return found

    def minimum_spacing_ms(self, system: str, *, realm: str = "") -> int | None:
        """The smallest pause between the starts of two calls since the reset; None before the second call."""
        gap = self._pace[system, realm].closest
        return None if gap is None else round(gap * 1000)

    def peaks(self, system: str, *, realm: str = "") -> dict[str, dict[str, int]]:
        """The most calls within any one second and any one minute, by class and of all classes."""
        peaks = self._pace[system, realm].peaks
        return {"peak_per_second": dict(peaks[SECOND]), "peak_per_minute": dict(peaks[MINUTE])}

    def reset(self, system: str | None = None) -> None:
        """Start counting from zero, for one system or for both."""
        with self._store.transaction() as db:
            db.execute("DELETE FROM meter WHERE ? IS NULL OR system = ?", (system, system))
        for key in [key for key in list(self._pace) if system in (None, key[0])]:
            del self._pace[key]


class Pace:
    """How closely one client's calls followed each other. Kept in memory: a restart begins anew."""

    def __init__(self) -> None:
        self.closest: float | None = None
        self.peaks: dict[float, dict[str, int]] = {SECOND: {}, MINUTE: {}}
        self._calls: dict[tuple[str, float], deque[float]] = defaultdict(deque)
        self._last: float | None = None
        self._lock = threading.Lock()

    def step(self, name: str, at: float) -> None:
        """Note one call of a class."""
        with self._lock:
            if self._last is not None:
                gap = at - self._last
                self.closest = gap if self.closest is None else min(gap, self.closest)
            self._last = at
            for each in (name, ALL_CALLS):
                for span in self.peaks:
                    self._count(each, span, at)

    def _count(self, name: str, span: float, at: float) -> None:
        calls = self._calls[name, span]
        calls.append(at)
        while calls[0] <= at - span:
            calls.popleft()
        self.peaks[span][name] = max(len(calls), self.peaks[span].get(name, 0))


def months_of(kinds: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Month → what was charged in it, of one company's readings."""
    return {kind.removeprefix(MONTH): dict(names) for kind, names in kinds.items() if kind.startswith(MONTH)}
