"""Opening the ledger: the one module that knows SQLite from PostgreSQL (protocol 3.9).

SQLite runs in WAL mode and every writing transaction begins IMMEDIATE: a transaction that reads first and writes
later would fail at once when another one wrote in between, whatever the time-out. PostgreSQL locks rows.
"""

from __future__ import annotations

import datetime as dt
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, Engine, Select, Table, create_engine, event, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.sql import ColumnElement

from include.errors import LedgerNotReady

# Alembic would add two lines about itself to the log of every task.
logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATE = "Run: python -m include.ledger migrate"
BUSY_SECONDS = 30
MIGRATION_LOCK = 7_214_001
CONNECT_SECONDS = 10
CHUNK = 500
"""Ids that one statement asks for."""
UPSERT_CHUNK = 5_000


class Ledger:
    """An open ledger. Safe to share between threads; each transaction has a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str) -> Ledger:
        """The ledger at a database URL. Creates nothing: `LedgerNotReady` if it cannot be reached or its tables are
        not of this version; the URL's password is never shown."""
        address = _address(url)
        if _is_sqlite(address) and not Path(address.database or "").exists():
            raise LedgerNotReady(f"The ledger {_shown(address)} does not exist yet. {MIGRATE}")
        engine = _engine(address)
        try:
            with engine.connect() as conn:
                found = MigrationContext.configure(conn).get_current_revision()
        except SQLAlchemyError as error:
            raise LedgerNotReady(
                f"The ledger {_shown(address)} cannot be opened ({type(error).__name__}). "
                f"Check SYNC_LEDGER_URL and the server. {MIGRATE}"
            ) from None
        if found != head():
            has = f"tables of version {found}, not {head()}" if found else "no tables yet"
            raise LedgerNotReady(f"The ledger {_shown(address)} has {has}. {MIGRATE}")
        return cls(engine)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that may write; rolled back if it raises."""
        with self.engine.connect() as conn:
            conn.execution_options(ledger_begin="IMMEDIATE")
            with conn.begin():
                yield conn

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that sees one consistent state."""
        with self.engine.connect() as conn:
            if conn.dialect.name == "postgresql":
                conn.execution_options(isolation_level="REPEATABLE READ")
            with conn.begin():
                yield conn

    def now(self) -> dt.datetime:
        """The moment by the ledger's own clock: those of the machines may differ."""
        with self.engine.connect() as conn:
            return clock(conn)

    def close(self) -> None:
        """Give back the connections that are kept open."""
        self.engine.dispose()


def migrate(url: str) -> str:
    """Create or upgrade the tables; the version reached. Safe to run twice, and by two processes at once."""
    address = _address(url)
    engine = _engine(address)
    try:
        if _is_sqlite(address):
            Path(address.database or "").parent.mkdir(parents=True, exist_ok=True)
            _use_wal(engine)
        with Ledger(engine).writing() as conn:
            if conn.dialect.name == "postgresql":
                conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            config = _config()
            config.attributes["connection"] = conn
            command.upgrade(config, "head")
    except CommandError:
        raise LedgerNotReady(
            f"The ledger {_shown(address)} was made by another version of this project. Update this one."
        ) from None
    except (SQLAlchemyError, OSError) as error:
        raise LedgerNotReady(
            f"The ledger {_shown(address)} cannot be migrated ({type(error).__name__}). "
            "Check SYNC_LEDGER_URL, the server and the disk."
        ) from None
    finally:
        engine.dispose()
    return head()


def head() -> str:
    """The version of the tables that this code needs."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def upsert(
    conn: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    unique: Sequence[str],
    change: Sequence[str] = (),
    computed: Callable[[Any], Mapping[str, ColumnElement[Any]]] | None = None,
    only_if: Callable[[Any], ColumnElement[bool]] | None = None,
) -> None:
    """Insert rows, or change these columns of the row with the same `unique` columns; no columns: leave it alone.

    `computed` and `only_if` are given the new row's columns: the one says what is stored instead of them, the other
    which rows are changed at all. Rows have the same keys and differ in `unique`.
    """
    build: Any = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    statement = build(table)
    new = statement.excluded
    values = {name: new[name] for name in change} | dict(computed(new) if computed else {})
    if values:
        where = only_if(new) if only_if else None
        statement = statement.on_conflict_do_update(index_elements=list(unique), set_=values, where=where)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=list(unique))
    for start in range(0, len(rows), UPSERT_CHUNK):
        conn.execute(statement, [dict(row) for row in rows[start : start + UPSERT_CHUNK]])


def clock(conn: Connection) -> dt.datetime:
    """The ledger's own time: one clock for all machines that share it, so that leases and turns do not depend on whose
    clock is right. SQLite is shared by one machine only."""
    if conn.dialect.name == "postgresql":
        moment: dt.datetime = conn.execute(select(func.clock_timestamp())).scalar_one()
        return moment.astimezone(dt.UTC)
    return dt.datetime.now(dt.UTC)


def locking(conn: Connection, statement: Select[Any]) -> Select[Any]:
    """The same statement, locking the rows it finds until the commit, if this transaction may write.

    A transaction that only reads takes no locks: on PostgreSQL it would fail when the row was renewed meanwhile.
    SQLite needs none, a writer is alone.
    """
    return statement.with_for_update() if conn.get_execution_options().get("ledger_begin") else statement


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise LedgerNotReady(
            "SYNC_LEDGER_URL is not a database URL such as sqlite:////var/sync/ledger.sqlite."
        ) from None
    name = address.get_backend_name()
    if name not in {"sqlite", "postgresql"}:
        raise LedgerNotReady(f"The ledger lives in SQLite or PostgreSQL, not in {name}. Change SYNC_LEDGER_URL.")
    if name == "sqlite" and address.database in {None, "", ":memory:"}:
        raise LedgerNotReady("The ledger needs a file that outlives the process. Change SYNC_LEDGER_URL.")
    return address


def _engine(address: URL) -> Engine:
    # Parameters stay out of error messages: they hold names and amounts.
    if not _is_sqlite(address):
        address = address.set(drivername="postgresql+psycopg")
        timeout = {} if "connect_timeout" in address.query else {"connect_timeout": CONNECT_SECONDS}
        engine = create_engine(address, pool_pre_ping=True, hide_parameters=True, connect_args=timeout)
        event.listen(engine, "handle_error", _without_values)
        return engine
    engine = create_engine(address, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _without_values(context: ExceptionContext) -> None:
    """PostgreSQL adds the row it refused to its message; names and amounts must not reach a log (G7)."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args and isinstance(error.args[0], str):
            error.args = (error.args[0].split("\nDETAIL:")[0], *error.args[1:])


def _is_sqlite(address: URL) -> bool:
    return address.get_backend_name() == "sqlite"


def _use_wal(engine: Engine) -> None:
    """The mode stays with the file. Two processes that set it at once do not wait for each other: one is refused."""
    until = time.monotonic() + BUSY_SECONDS
    connection = engine.raw_connection()
    try:
        while True:
            try:
                connection.cursor().execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if time.monotonic() > until:
                    raise OperationalError("PRAGMA journal_mode", None, error) from None
                time.sleep(0.05)
    finally:
        connection.close()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Python's own driver would begin transactions at a moment of its choosing.
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: what is committed before a send must outlive a power cut, NORMAL would lose it in WAL mode.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(conn: Connection) -> None:
    conn.exec_driver_sql(f"BEGIN {conn.get_execution_options().get('ledger_begin', 'DEFERRED')}")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _shown(address: URL) -> str:
    """Where it is, without user, password and options; a password with an unescaped @ spills into the host."""
    if _is_sqlite(address):
        return f"at {address.database}"
    return "at " + f"{address.host or 'localhost'}/{address.database or ''}".rsplit("@", 1)[-1]
