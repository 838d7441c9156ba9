"""The sandbox's state: one SQLite file with the clock, the meter, the faults and the tables of both systems."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
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
LAYOUT = 2
"""The form of the tables; a file of another one is not read."""
DRAFT = ("journal_mode = MEMORY", "synchronous = OFF", "cache_size = -100000", "locking_mode = EXCLUSIVE")
SERVED = (
    "journal_mode = WAL", "synchronous = NORMAL", "cache_size = -16000", "temp_store = MEMORY",
    "wal_autocheckpoint = 8000",  # pages: every checkpoint waits for the disk
)  # fmt: skip


class Connection(sqlite3.Connection):
    """A connection that can tell what it executes: `heard` collects statements and values while it is a list."""

    heard: list[tuple[str, Sequence[Any]]] | None = None

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        """As in sqlite3."""
        if self.heard is not None:
            self.heard.append((sql, values))
        return super().execute(sql, values)


class Store:
    """State of both systems. Safe to use from several threads: one of them works at a time.

    Each system defines its own tables with `define`, starts every write with `transaction` and reads the time
    from `now()` only, so that a scenario can be loaded as if it had happened over months.
    """

    def __init__(self, path: Path | str, *, draft: bool = False) -> None:
        """`draft` is a file that is thrown away unless it is completed: quicker, and worthless after a crash."""
        self._lock = threading.RLock()
        self._depth = 0
        self._defined: set[str] = set()
        self._numbers: dict[str, int] | None = None
        self.memory: dict[Any, Any] = {}
        """What modules remember of the file, for instance results; forgotten when something is undone."""
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, factory=Connection)
        self._db.row_factory = sqlite3.Row
        for pragma in DRAFT if draft else SERVED:
            self._db.execute(f"PRAGMA {pragma}")
        self.is_current = self._is_current()
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
            if self.in_bulk:
                yield self._db
                return
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

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """Many writes as one: nothing inside can fail by itself, numbers are counted in memory, nothing is metered."""
        with self.transaction():
            self._numbers = {}
            try:
                yield
            finally:
                numbers, self._numbers = self._numbers, None
            self._keep_numbers(numbers)

    @contextmanager
    def unindexed(self, tables: str) -> Iterator[None]:
        """Very many rows for tables, whose names may have wildcards: their indexes are made anew at the end."""
        with self.transaction() as db:
            found = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> '' AND tbl_name GLOB ?"
            indexes = db.execute(found, (tables,)).fetchall()
            for index in indexes:
                db.execute(f"DROP INDEX {index['name']}")
            yield
            for index in indexes:
                db.execute(index["sql"])

    def _keep_numbers(self, numbers: Mapping[str, int]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO sequence VALUES (?, ?)", numbers.items())

    @property
    def in_bulk(self) -> bool:
        """Whether `bulk` is under way."""
        return self._numbers is not None

    @contextmanager
    def heard(self) -> Iterator[list[tuple[str, Sequence[Any]]]]:
        """Do what is inside, undo it, and keep the statements that did it."""
        with self._lock:
            numbers, self._numbers = self._numbers, None
            try:
                with suppress(_Undone), self.transaction():
                    self._keep_numbers(numbers or {})
                    self._db.heard = []
                    yield self._db.heard
                    raise _Undone
            finally:
                self._numbers, self._db.heard = numbers, None

    def _undo(self, part: str) -> None:
        self.memory.clear()
        if self._depth == 1:
            self._db.execute("ROLLBACK")
            self.clock.load(self.setting("clock"))
        else:
            self._db.execute(f"ROLLBACK TO {part}")
            self._db.execute(f"RELEASE {part}")
        self.faults.look_again()

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Read rows. `values` are those of the question marks, or one mapping of those with names."""
        with self._lock:
            return self._db.execute(sql, _bound(values)).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        """Read one row, or None; `values` as in `rows`."""
        with self._lock:
            found: sqlite3.Row | None = self._db.execute(sql, _bound(values)).fetchone()
            return found

    def define(self, tables: str) -> None:
        """Create what is missing of a module's tables: `CREATE … IF NOT EXISTS` statements without ";" in them."""
        with self._lock:
            if tables not in self._defined:
                with self.transaction() as db:
                    for statement in tables.split(";"):
                        db.execute(statement)
            if not self._depth:  # what is undone with a transaction around it has to be defined again
                self._defined.add(tables)

    def next_number(self, sequence: str, *, first: int = 1) -> int:
        """The next number of a named sequence: `first`, then one more each time. Ids are made of these."""
        if self._numbers is not None:
            if sequence not in self._numbers:
                self._numbers[sequence] = self._last_number(sequence, first)
            self._numbers[sequence] += 1
            return self._numbers[sequence]
        with self.transaction() as db:
            row = db.execute(
                "INSERT INTO sequence VALUES (?, ?) ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last",
                (sequence, first),
            ).fetchone()
        return int(row["last"])

    def _last_number(self, sequence: str, first: int) -> int:
        row = self.row("SELECT last FROM sequence WHERE name = ?", sequence)
        return first - 1 if row is None else int(row["last"])

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
        self.memory.clear()
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

    def _is_current(self) -> bool:
        """Whether the file has this version's tables; a new one gets them."""
        (layout,) = self._db.execute("PRAGMA user_version").fetchone()
        if not self._db.execute("SELECT 1 FROM sqlite_master").fetchall():
            self._db.execute(f"PRAGMA user_version = {LAYOUT}")
            return True
        return bool(layout == LAYOUT)


def _bound(values: tuple[Any, ...]) -> Any:
    return values[0] if len(values) == 1 and isinstance(values[0], dict) else values


class _Undone(Exception):
    """Nothing went wrong: what was tried is taken back."""
