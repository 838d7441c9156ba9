"""The sandbox's state: one SQLite file with the clock, the meter, the faults and the tables of both systems."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from include.sandbox import faults, meter
from include.sandbox.clock import Clock
from include.sandbox.faults import Faults
from include.sandbox.limits import Limits
from include.sandbox.meter import Meter

TABLES = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sequence (name TEXT PRIMARY KEY, last INTEGER NOT NULL);
"""


class Store:
    """State of both systems. Safe to use from several threads: one of them works at a time.

    Each system defines its own tables with `define`, starts every write with `transaction` and reads the time
    from `now()` only, so that a scenario can be loaded as if it had happened over months.
    """

    def __init__(self, path: Path | str) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._defined: set[str] = set()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.create_function("fold", 1, _fold, deterministic=True)
        self.define(TABLES + meter.TABLES + faults.TABLES)
        self.clock = Clock(self.setting("clock"), lambda state: self.put_setting("clock", state))
        self.meter = Meter(self)
        self.faults = Faults(self)
        self.limits = Limits(self)

    def now(self) -> dt.datetime:
        """The sandbox's time, aware, in UTC."""
        return self.clock.now()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Inside another one of the same thread it is a part that can fail by itself."""
        with self._lock:
            self._depth += 1
            name = f"part_{self._depth}"
            self._db.execute("BEGIN IMMEDIATE" if self._depth == 1 else f"SAVEPOINT {name}")
            try:
                yield self._db
            except BaseException:
                self._undo(name)
                raise
            else:
                self._db.execute("COMMIT" if self._depth == 1 else f"RELEASE {name}")
            finally:
                self._depth -= 1

    def _undo(self, part: str) -> None:
        if self._depth == 1:
            self._db.execute("ROLLBACK")
            self.clock.load(self.setting("clock"))
        else:
            self._db.execute(f"ROLLBACK TO {part}")
            self._db.execute(f"RELEASE {part}")
        self.faults.look_again()

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Read rows."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        """Read one row, or None."""
        with self._lock:
            found: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
            return found

    def define(self, tables: str) -> None:
        """Create what is missing of a module's tables: `CREATE … IF NOT EXISTS` statements without ";" in them."""
        with self._lock:
            if tables not in self._defined:
                for statement in tables.split(";"):
                    self._db.execute(statement)
                self._defined.add(tables)

    def next_number(self, sequence: str, *, first: int = 1) -> int:
        """The next number of a named sequence: `first`, then one more each time. Ids are made of these."""
        with self.transaction() as db:
            row = db.execute(
                "INSERT INTO sequence VALUES (?, ?) ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last",
                (sequence, first),
            ).fetchone()
        return int(row["last"])

    def setting(self, name: str) -> Any:
        """A value kept with `put_setting`, or None."""
        row = self.row("SELECT value FROM setting WHERE name = ?", name)
        return None if row is None else json.loads(row["value"])

    def put_setting(self, name: str, value: object) -> None:
        """Keep a small JSON value."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, json.dumps(value)))

    def clear(self) -> None:
        """Empty every table and put the clock back to the machine's time."""
        with self.transaction() as db:
            tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            for table in tables.fetchall():
                db.execute(f'DELETE FROM "{table["name"]}"')  # noqa: S608 - the name comes from the catalogue
        self.clock.restart()
        self.meter.reset()
        self.faults.look_again()

    def close(self) -> None:
        """Close the file; the state stays in it."""
        with self._lock:
            self._db.close()


def _fold(value: Any) -> Any:
    """Text without regard to case, as names and query values are compared; other values as they are."""
    return value.casefold() if isinstance(value, str) else value
