"""Opening the ledger: the one module that knows SQLite from PostgreSQL (protocol 3.9).

SQLite runs in WAL mode and every writing transaction begins IMMEDIATE: a transaction that reads first and writes
later would fail at once when another one wrote in between, whatever the time-out. PostgreSQL locks rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.sql import ColumnElement

from include.errors import LedgerNotReady

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATE = "Run: python -m include.ledger migrate"
BUSY_SECONDS = 30
MIGRATION_LOCK = 7_214_001
CHUNK = 500


class Ledger:
    """An open ledger. Safe to share between threads; each transaction has a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str) -> Ledger:
        """The ledger at a database URL. `LedgerNotReady` if it cannot be reached or its tables are not of this
        version; the URL's password is never shown."""
        engine = _engine(url)
        try:
            with engine.connect() as conn:
                found = MigrationContext.configure(conn).get_current_revision()
        except SQLAlchemyError as error:
            raise LedgerNotReady(
                f"The ledger {_shown(url)} cannot be opened ({type(error).__name__}). {MIGRATE}"
            ) from None
        if found != head():
            raise LedgerNotReady(f"The ledger {_shown(url)} has tables of version {found}, not {head()}. {MIGRATE}")
        return cls(engine)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that may write; rolled back if it raises."""
        with self.engine.connect() as conn:
            if conn.dialect.name == "sqlite":
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


def migrate(url: str) -> str:
    """Create or upgrade the tables; the version reached. Safe to run twice, and by two processes at once."""
    engine = _engine(url)
    try:
        with engine.connect() as conn:
            if conn.dialect.name == "sqlite":
                conn.execution_options(ledger_begin="IMMEDIATE")
            with conn.begin():
                if conn.dialect.name == "postgresql":
                    conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
                config = _config()
                config.attributes["connection"] = conn
                command.upgrade(config, "head")
    except SQLAlchemyError as error:
        raise LedgerNotReady(
            f"The ledger {_shown(url)} cannot be migrated ({type(error).__name__}). "
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
    change: Sequence[str],
    only_if: str = "",
) -> int:
    """Insert rows, or change these columns of the row with the same `unique` columns; the number that took effect.

    `only_if` names a guard: "newer" changes a row only where its version is lower.
    """
    build: Any = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    taken = 0
    for start in range(0, len(rows), CHUNK):
        statement = build(table).values([dict(row) for row in rows[start : start + CHUNK]])
        new = statement.excluded
        guard: ColumnElement[bool] | None = table.c.version < new.version if only_if == "newer" else None
        statement = statement.on_conflict_do_update(
            index_elements=list(unique), set_={name: new[name] for name in change}, where=guard
        )
        taken += conn.execute(statement).rowcount
    return taken


def _engine(url: str) -> Engine:
    try:
        name = make_url(url).get_backend_name()
    except ArgumentError:
        raise LedgerNotReady(
            "SYNC_LEDGER_URL is not a database URL such as sqlite:////var/sync/ledger.sqlite."
        ) from None
    if name == "sqlite":
        _make_folder(url)
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if name == "postgresql":
        return create_engine(make_url(url).set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    raise LedgerNotReady(f"The ledger lives in SQLite or PostgreSQL, not in {name}. Change SYNC_LEDGER_URL.")


def _make_folder(url: str) -> None:
    database = make_url(url).database
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Python's own driver would begin transactions at a moment of its choosing.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(conn: Connection) -> None:
    conn.exec_driver_sql(f"BEGIN {conn.get_execution_options().get('ledger_begin', 'DEFERRED')}")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _shown(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)
