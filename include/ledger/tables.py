"""Every table of the ledger. Each row carries company, realm and environment (rules 1.2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    and_,
)
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import TypeDecorator

from include.records import Scope

metadata = MetaData()


class Time(TypeDecorator[dt.datetime]):
    """An aware time, kept and given back in UTC on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """To UTC; a naive time is a mistake of the caller."""
        if value is not None and value.tzinfo is None:
            raise ValueError("the ledger keeps aware times only")
        return None if value is None else value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """SQLite gives back what it was given, without its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def _scoped() -> list[Column[Any]]:
    return [Column(name, Text, nullable=False) for name in ("company", "realm", "environment")]


SCOPE = ("company", "realm", "environment")

companies = Table(
    "companies",
    metadata,
    *_scoped(),
    Column("first_sync_at", Time, nullable=False),
    Column("first_sync_run", Text, nullable=False),
    # The day the approved plan was made for; a setting moved back needs a new approval (rules 1.1).
    Column("go_live", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint(*SCOPE),
)

mirror = Table(
    "mirror",
    metadata,
    *_scoped(),
    Column("system", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("record", JSON),
    Column("problem", Text, nullable=False, server_default=""),
    Column("detail", Text, nullable=False, server_default=""),
    Column("updated_at", Time),
    Column("seen_at", Time, nullable=False),
    PrimaryKeyConstraint(*SCOPE, "system", "entity", "record_id"),
)

links = Table(
    "links",
    metadata,
    Column("id", Integer, primary_key=True),
    *_scoped(),
    Column("entity", Text, nullable=False),
    Column("quickbooks_id", Text, nullable=False),
    Column("syncta_id", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("applied", JSON, nullable=False),
    Column("run_id", Text, nullable=False),
    # The run that made it; `run_id` is the last that applied something across it.
    Column("made_by", Text, nullable=False, server_default=""),
    Column("linked_at", Time, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("ended_why", Text, nullable=False, server_default=""),
)
Index(
    "links_quickbooks",
    *[links.c[c] for c in (*SCOPE, "entity", "quickbooks_id")],
    unique=True,
    sqlite_where=links.c.live,
    postgresql_where=links.c.live,
)
Index(
    "links_syncta",
    *[links.c[c] for c in (*SCOPE, "entity", "syncta_id")],
    unique=True,
    sqlite_where=links.c.live,
    postgresql_where=links.c.live,
)

overwritten = Table(
    "overwritten",
    metadata,
    Column("id", Integer, primary_key=True),
    *_scoped(),
    Column("run_id", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("syncta_id", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("old", JSON),
    Column("new", JSON),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    *_scoped(),
    Column("key", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("plan_row", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("request_id", Text, nullable=False, server_default=""),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("sent_at", Time),
    Column("result", JSON),
    UniqueConstraint(*SCOPE, "key"),
)
Index("outbox_state", *[outbox.c[c] for c in (*SCOPE, "system", "state")])
Index("outbox_run", *[outbox.c[c] for c in (*SCOPE, "run_id")])

findings = Table(
    "findings",
    metadata,
    Column("id", Integer, primary_key=True),
    *_scoped(),
    Column("kind", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("amount", Text),
    # The other record it is about: the document that looks like ours, the invoice in QuickBooks.
    Column("target_id", Text, nullable=False, server_default=""),
    Column("run_id", Text, nullable=False),
    Column("first_seen", Time, nullable=False),
    Column("last_seen", Time, nullable=False),
    Column("closed_at", Time),
)
Index("findings_open", *[findings.c[c] for c in (*SCOPE, "closed_at")])

duplicate_pairs = Table(
    "duplicate_pairs",
    metadata,
    *_scoped(),
    Column("left_system", Text, nullable=False),
    Column("left_id", Text, nullable=False),
    Column("right_system", Text, nullable=False),
    Column("right_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("decision", Text, nullable=False, server_default=""),
    Column("first_seen", Time, nullable=False),
    Column("last_seen", Time, nullable=False),
    Column("closed_at", Time),
    PrimaryKeyConstraint(*SCOPE, "left_system", "left_id", "right_system", "right_id"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    *_scoped(),
    Column("verb", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("target_id", Text, nullable=False, server_default=""),
    Column("facts", JSON, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Time, nullable=False),
    Column("ended_at", Time),
    Column("ended_why", Text, nullable=False, server_default=""),
)
Index(
    "decisions_standing",
    *[decisions.c[c] for c in (*SCOPE, "topic", "entity", "system", "record_id")],
    unique=True,
    sqlite_where=decisions.c.ended_at.is_(None),
    postgresql_where=decisions.c.ended_at.is_(None),
)

pace = Table(
    "pace",
    metadata,
    *_scoped(),
    Column("name", Text, nullable=False),
    # What was called lately, as JSON of the module that keeps to the limits.
    Column("spent", JSON, nullable=False),
    PrimaryKeyConstraint(*SCOPE, "name"),
)

usage = Table(
    "usage",
    metadata,
    *_scoped(),
    Column("month", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("calls", Integer, nullable=False),
    PrimaryKeyConstraint(*SCOPE, "month", "kind"),
)
# Every metered call asks for the month's sum.
Index("usage_month", usage.c.month)

tokens = Table(
    "tokens",
    metadata,
    *_scoped(),
    Column("sealed", LargeBinary),
    Column("reconnect_needed", Text, nullable=False, server_default=""),
    Column("owner", Text, nullable=False, server_default=""),
    Column("owned_until", Time),
    PrimaryKeyConstraint(*SCOPE),
)

leases = Table(
    "leases",
    metadata,
    *_scoped(),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("expires_at", Time, nullable=False),
    PrimaryKeyConstraint(*SCOPE, "name"),
)

runs = Table(
    "runs",
    metadata,
    *_scoped(),
    Column("dag_id", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("window_start", Time),
    Column("window_end", Time),
    Column("state", Text, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("plan_path", Text, nullable=False, server_default=""),
    Column("plan_digest", Text, nullable=False, server_default=""),
    Column("started_at", Time, nullable=False),
    Column("finished_at", Time),
    PrimaryKeyConstraint(*SCOPE, "dag_id", "run_id"),
)

marks = Table(
    "marks",
    metadata,
    *_scoped(),
    Column("system", Text, nullable=False),
    Column("flow", Text, nullable=False),
    Column("reached", Time, nullable=False),
    PrimaryKeyConstraint(*SCOPE, "system", "flow"),
)


def of(table: Table, scope: Scope) -> ColumnElement[bool]:
    """The condition that a row is this company's."""
    return and_(
        table.c.company == scope.company, table.c.realm == scope.realm, table.c.environment == scope.environment
    )


def scoped(scope: Scope, **values: Any) -> dict[str, Any]:
    """A row's values with whose it is."""
    return {"company": scope.company, "realm": scope.realm, "environment": scope.environment, **values}
