"""Every intended write, recorded before it is sent and finished with its result (protocol 3.3, 3.4).

pending ──mark_sent──▶ sent ──finish──▶ done
   ▲                     └─────────────▶ rejected | superseded | unclear
   └──record (again, by a later plan)──────────┘   (not from done)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from include.errors import CompanyIsBusy
from include.ledger import leases
from include.ledger.database import CHUNK
from include.ledger.tables import of, outbox, scoped
from include.records import Entity, Scope, System

REOPENED = ("rejected", "superseded")


class FenceLost(CompanyIsBusy):
    """Another run took the lease: nothing may be sent or recorded any more under the old one."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A write that is to be made; `key` is its operation key, `plan_row` its number in the plan."""

    key: str
    system: System
    action: str
    entity: Entity
    source_id: str
    payload: Mapping[str, Any]
    run_id: str
    plan_row: int


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A recorded write. `tries` rises each time a later plan opens it again; `position` counts from 1 in a batch."""

    key: str
    system: System
    action: str
    entity: Entity
    source_id: str
    payload: Mapping[str, Any]
    run_id: str
    plan_row: int
    state: str
    tries: int
    request_id: str
    position: int
    sent_at: dt.datetime | None
    result: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that were sent together under one request id, in the order they were sent."""

    request_id: str
    rows: tuple[OutboxRow, ...]
    sent_at: dt.datetime


def record(conn: Connection, scope: Scope, intents: Sequence[Intent]) -> list[OutboxRow]:
    """Record intents, in order. A key that was rejected or superseded is opened again with the new payload; any
    other known key is given back as it is."""
    keys = [intent.key for intent in intents]
    before = by_key(conn, scope, keys)
    rows = [scoped(scope, **_values(i), state="pending", tries=1) for i in intents if i.key not in before]
    if rows:
        conn.execute(insert(outbox), rows)
    for intent in intents:
        if known := before.get(intent.key):
            _record_again(conn, scope, intent, known)
    after = by_key(conn, scope, keys)
    return [after[key] for key in keys]


def pending(conn: Connection, scope: Scope, system: System) -> list[OutboxRow]:
    """Rows recorded and never sent."""
    return _rows(conn, scope, outbox.c.system == system, outbox.c.state == "pending")


def form_batch(conn: Connection, scope: Scope, keys: Sequence[str], request_id: str) -> None:
    """Fix what is sent together, in this order, and under which request id."""
    for position, key in enumerate(keys, start=1):
        where = (of(outbox, scope), outbox.c.key == key)
        conn.execute(update(outbox).where(*where).values(request_id=request_id, position=position))


def mark_sent(conn: Connection, scope: Scope, keys: Sequence[str], fence: int, at: dt.datetime) -> None:
    """From here on these may have happened. `FenceLost` if the lease went to another run."""
    if not keys:
        return
    row = by_key(conn, scope, keys[:1])[keys[0]]
    _check(conn, scope, row.system, fence)
    where = (of(outbox, scope), outbox.c.key.in_(keys), outbox.c.state.in_(["pending", "sent"]))
    conn.execute(update(outbox).where(*where).values(state="sent", sent_at=at, fence=fence))


def finish(conn: Connection, scope: Scope, key: str, state: str, result: Mapping[str, Any], fence: int) -> None:
    """Record the outcome: done, rejected, superseded or unclear; what is done stays done.

    `FenceLost` if the lease went to another run.
    """
    row = by_key(conn, scope, [key])[key]
    _check(conn, scope, row.system, fence)
    where = (of(outbox, scope), outbox.c.key == key, outbox.c.state != "done")
    conn.execute(update(outbox).where(*where).values(state=state, result=dict(result)))


def let_again(conn: Connection, scope: Scope, action: str, source_id: str) -> None:
    """What was done was taken back: should a later plan ask for the same once more, it may be sent again."""
    where = (of(outbox, scope), outbox.c.action == action, outbox.c.source_id == source_id, outbox.c.state == "done")
    conn.execute(update(outbox).where(*where).values(state="superseded"))


def of_run(conn: Connection, scope: Scope, run_id: str) -> list[OutboxRow]:
    """What a run meant to write, in the order it was recorded."""
    return _rows(conn, scope, outbox.c.run_id == run_id)


def unfinished_batches(conn: Connection, scope: Scope, system: System) -> list[Batch]:
    """What was sent and has no outcome yet, oldest first."""
    batches: dict[str, list[OutboxRow]] = {}
    for row in _rows(conn, scope, outbox.c.system == system, outbox.c.state == "sent"):
        batches.setdefault(row.request_id, []).append(row)
    found = [
        Batch(request_id, tuple(sorted(rows, key=lambda row: row.position)), rows[0].sent_at)
        for request_id, rows in batches.items()
        if rows[0].sent_at
    ]
    return sorted(found, key=lambda batch: (batch.sent_at, batch.request_id))


def by_key(conn: Connection, scope: Scope, keys: Sequence[str]) -> dict[str, OutboxRow]:
    """The rows of these keys; unknown keys are left out."""
    found: dict[str, OutboxRow] = {}
    for start in range(0, len(keys), CHUNK):
        for row in _rows(conn, scope, outbox.c.key.in_(list(keys[start : start + CHUNK]))):
            found[row.key] = row
    return found


def _record_again(conn: Connection, scope: Scope, intent: Intent, known: OutboxRow) -> None:
    values = _values(intent)
    if known.state in REOPENED:
        values |= {"state": "pending", "tries": known.tries + 1, "request_id": "", "position": 0, "result": None}
    elif known.state != "pending":
        return
    conn.execute(update(outbox).where(of(outbox, scope), outbox.c.key == intent.key).values(**values))


def _check(conn: Connection, scope: Scope, system: System, fence: int) -> None:
    if not leases.held(conn, scope, system.value, fence):
        raise FenceLost("Another run took over this company's lease; nothing more is written by this one.")


def _rows(conn: Connection, scope: Scope, *where: Any) -> list[OutboxRow]:
    return [_row(row) for row in conn.execute(select(outbox).where(of(outbox, scope), *where).order_by(outbox.c.id))]


def _row(row: Row[Any]) -> OutboxRow:
    return OutboxRow(
        row.key,
        System(row.system),
        row.action,
        Entity(row.entity),
        row.source_id,
        row.payload,
        row.run_id,
        row.plan_row,
        row.state,
        row.tries,
        row.request_id,
        row.position,
        row.sent_at,
        row.result,
    )


def _values(intent: Intent) -> dict[str, Any]:
    return {
        "key": intent.key,
        "system": intent.system.value,
        "action": intent.action,
        "entity": intent.entity.value,
        "source_id": intent.source_id,
        "payload": dict(intent.payload),
        "run_id": intent.run_id,
        "plan_row": intent.plan_row,
    }
