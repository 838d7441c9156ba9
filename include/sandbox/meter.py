"""What was asked of each system: every call by class, every executed write by name, the closest two calls."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.sandbox.store import Store

TABLES = """
CREATE TABLE IF NOT EXISTS meter (
    system TEXT NOT NULL, realm TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (system, realm, kind, name)
);
"""

Readings = dict[str, dict[str, dict[str, int]]]
"""realm -> kind -> name -> how often."""


class Meter:
    """Counts. A count made inside a transaction that is rolled back did not happen."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last_call: dict[tuple[str, str], float] = {}
        self._spacing: dict[tuple[str, str], float] = {}

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
        """Count one HTTP call by class and note how closely it followed the one before (machine time)."""
        at, key = time.monotonic(), (system, realm)
        if key in self._last_call:
            gap = at - self._last_call[key]
            self._spacing[key] = min(gap, self._spacing.get(key, gap))
        self._last_call[key] = at
        self.add(system, "by_class", name, realm=realm)

    def readings(self, system: str) -> Readings:
        """Everything counted for one system since the last reset."""
        found: Readings = defaultdict(lambda: defaultdict(dict))
        for row in self._store.rows("SELECT realm, kind, name, n FROM meter WHERE system = ? ORDER BY 1, 2, 3", system):
            found[row["realm"]][row["kind"]][row["name"]] = row["n"]
        return found

    def minimum_spacing_ms(self, system: str, *, realm: str = "") -> int | None:
        """The smallest pause between the starts of two calls since the reset; None before the second call."""
        gap = self._spacing.get((system, realm))
        return None if gap is None else round(gap * 1000)

    def reset(self, system: str | None = None) -> None:
        """Start counting from zero, for one system or for both."""
        with self._store.transaction() as db:
            db.execute("DELETE FROM meter WHERE ? IS NULL OR system = ?", (system, system))
        self._last_call.clear()
        self._spacing.clear()
