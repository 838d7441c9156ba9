"""The last seen version of every record of both sides (protocol 1.3).

A record is `live`, `deleted`, or `unreadable`; an unreadable one keeps the last good version beside its problem.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, case, func, select, tuple_, update

from include.ledger import database
from include.ledger.database import CHUNK
from include.ledger.tables import SCOPE, mirror, of, scoped
from include.records import RECORD_TYPES, Deleted, Entity, Record, Scope, System, Unreadable

KEY = (*SCOPE, "system", "entity", "record_id")
Ref = tuple[System, Entity, str]
UNKNOWN = -1
"""The version of a record of which only its deletion, or that it cannot be understood, is known."""


@dataclass(frozen=True, slots=True)
class Upserted:
    """What an upsert did, in records."""

    new: int = 0
    changed: int = 0
    deleted: int = 0
    unreadable: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class MirrorProblem:
    """A record that could not be understood: `problem` is a reason code."""

    system: System
    entity: Entity
    id: str
    problem: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Seen:
    version: int
    state: str
    problem: str
    updated_at: dt.datetime | None


def upsert(
    conn: Connection,
    scope: Scope,
    system: System,
    records: Iterable[Record | Deleted | Unreadable],
    entity: Entity,
    seen_at: dt.datetime,
) -> Upserted:
    """Take over what was read, in any order and any number of times.

    Only a higher version replaces a record. A deletion ends a record that was not updated after it, also one that is
    read only later; a record updated after its deletion lives again.
    """
    side = _Side(scope, system, entity)
    live, deleted, unreadable = _latest(records)
    before = _seen(conn, side, [*live, *deleted, *unreadable])
    taken = {key: r for key, r in live.items() if key not in before or before[key].version < r.version}
    _keep(conn, side, taken.values(), seen_at)
    _readable_again(conn, side, [key for key in live.keys() - taken.keys() if key in before and before[key].problem])
    _delete(conn, side, deleted.values(), seen_at)
    _quarantine(conn, side, unreadable.values(), seen_at)
    return Upserted(
        new=len(taken.keys() - before.keys()),
        changed=len(taken.keys() & before.keys()),
        deleted=sum(_ends(stub, before.get(stub.id), taken.get(stub.id)) for stub in deleted.values()),
        unreadable=len(unreadable),
        unchanged=len(live) - len(taken),
    )


def records(conn: Connection, scope: Scope, system: System, entity: Entity) -> list[Record]:
    """The live records of one kind on one side, by id."""
    found = conn.execute(
        select(mirror.c.record)
        .where(of(mirror, scope), mirror.c.system == system, mirror.c.entity == entity)
        .where(mirror.c.state == "live")
        .order_by(mirror.c.record_id)
    )
    return [_adapter(entity).validate_python(row.record) for row in found]


def get(conn: Connection, scope: Scope, system: System, entity: Entity, record_id: str) -> Record | None:
    """One record as last seen, also if it was deleted since."""
    found = conn.execute(select(mirror.c.record).where(_is(scope, system, entity, record_id))).scalar_one_or_none()
    return None if found is None else _adapter(entity).validate_python(found)


def deleted_ids(conn: Connection, scope: Scope, system: System, entity: Entity) -> set[str]:
    """Ids that the side said were deleted."""
    return set(
        conn.execute(
            select(mirror.c.record_id)
            .where(of(mirror, scope), mirror.c.system == system, mirror.c.entity == entity)
            .where(mirror.c.state == "deleted")
        ).scalars()
    )


def unreadable(conn: Connection, scope: Scope) -> list[MirrorProblem]:
    """Every record of the company that could not be understood when it was last read."""
    found = conn.execute(select(mirror).where(of(mirror, scope), mirror.c.problem != "").order_by(mirror.c.record_id))
    return [MirrorProblem(System(r.system), Entity(r.entity), r.record_id, r.problem, r.detail) for r in found]


def versions(conn: Connection, scope: Scope, refs: Iterable[Ref]) -> dict[Ref, int]:
    """The versions of these records; what is not live is left out."""
    wanted, found = list(dict.fromkeys(refs)), {}
    for start in range(0, len(wanted), CHUNK):
        part = [(system.value, entity.value, record_id) for system, entity, record_id in wanted[start : start + CHUNK]]
        rows = conn.execute(
            select(mirror.c.system, mirror.c.entity, mirror.c.record_id, mirror.c.version)
            .where(of(mirror, scope), mirror.c.state == "live")
            .where(tuple_(mirror.c.system, mirror.c.entity, mirror.c.record_id).in_(part))
        )
        found.update({(System(r.system), Entity(r.entity), r.record_id): int(r.version) for r in rows})
    return found


def known(conn: Connection, scope: Scope, system: System, entity: Entity) -> dict[str, int]:
    """Id → version of everything ever seen of one kind on one side, deleted ones too."""
    found = conn.execute(
        select(mirror.c.record_id, mirror.c.version).where(
            of(mirror, scope), mirror.c.system == system, mirror.c.entity == entity
        )
    )
    return {row.record_id: int(row.version) for row in found}


def count(conn: Connection, scope: Scope, system: System, entity: Entity) -> int:
    """How many live records of one kind one side has."""
    return conn.execute(
        select(func.count())
        .select_from(mirror)
        .where(of(mirror, scope), mirror.c.system == system, mirror.c.entity == entity, mirror.c.state == "live")
    ).scalar_one()


@dataclass(frozen=True, slots=True)
class _Side:
    """Whose records of which kind on which side."""

    scope: Scope
    system: System
    entity: Entity

    def row(self, record_id: str, seen_at: dt.datetime, **values: Any) -> dict[str, Any]:
        key = {"system": self.system.value, "entity": self.entity.value, "record_id": record_id}
        return scoped(self.scope, **key, seen_at=seen_at, **values)

    @property
    def rows(self) -> ColumnElement[bool]:
        return of(mirror, self.scope) & (mirror.c.system == self.system) & (mirror.c.entity == self.entity)


def _latest(
    records: Iterable[Record | Deleted | Unreadable],
) -> tuple[dict[str, Record], dict[str, Deleted], dict[str, Unreadable]]:
    live: dict[str, Record] = {}
    deleted: dict[str, Deleted] = {}
    unreadable: dict[str, Unreadable] = {}
    for record in records:
        if isinstance(record, Deleted):
            if record.id not in deleted or deleted[record.id].at < record.at:
                deleted[record.id] = record
        elif isinstance(record, Unreadable):
            unreadable[record.id] = record
        elif record.id not in live or live[record.id].version < record.version:
            live[record.id] = record
    return live, deleted, unreadable


def _seen(conn: Connection, side: _Side, ids: Sequence[str]) -> dict[str, _Seen]:
    """What is known of these records; few are looked up one by one, many by reading the side."""
    columns = (mirror.c.version, mirror.c.state, mirror.c.problem, mirror.c.updated_at)
    statement = select(mirror.c.record_id, *columns).where(side.rows)
    found = conn.execute(statement.where(mirror.c.record_id.in_(ids)) if len(ids) <= CHUNK else statement)
    return {record_id: _Seen(*values) for record_id, *values in found}


def _keep(conn: Connection, side: _Side, records: Iterable[Record], seen_at: dt.datetime) -> None:
    rows = [
        side.row(
            record.id,
            seen_at,
            version=record.version,
            state="live",
            record=_adapter(side.entity).dump_python(record, mode="json"),
            problem="",
            detail="",
            updated_at=record.updated_at,
        )
        for record in records
    ]
    database.upsert(
        conn,
        mirror,
        rows,
        unique=KEY,
        change=["version", "record", "problem", "detail", "seen_at"],
        computed=_unless_deleted_since,
        only_if=lambda new: mirror.c.version < new.version,
    )


def _unless_deleted_since(new: Any) -> dict[str, ColumnElement[Any]]:
    gone = (mirror.c.state == "deleted") & (mirror.c.updated_at >= new.updated_at)
    return {name: case((gone, mirror.c[name]), else_=new[name]) for name in ("state", "updated_at")}


def _readable_again(conn: Connection, side: _Side, ids: Sequence[str]) -> None:
    """A record that reads well now has no problem any more, whatever its version."""
    for start in range(0, len(ids), CHUNK):
        these = mirror.c.record_id.in_(ids[start : start + CHUNK])
        conn.execute(update(mirror).where(side.rows, these).values(problem="", detail=""))


def _delete(conn: Connection, side: _Side, stubs: Iterable[Deleted], seen_at: dt.datetime) -> None:
    """What is gone has no problem any more."""
    gone = {"version": UNKNOWN, "state": "deleted", "problem": "", "detail": ""}
    rows = [side.row(stub.id, seen_at, **gone, updated_at=stub.at) for stub in stubs]
    database.upsert(
        conn,
        mirror,
        rows,
        unique=KEY,
        change=["state", "problem", "detail", "updated_at", "seen_at"],
        only_if=lambda new: mirror.c.updated_at.is_(None) | (mirror.c.updated_at <= new.updated_at),
    )


def _ends(stub: Deleted, before: _Seen | None, taken: Record | None) -> bool:
    """Whether a deletion ends a record that lived until now."""
    if before and before.state == "deleted" and before.updated_at:
        return taken is not None and before.updated_at < taken.updated_at <= stub.at
    last = taken.updated_at if taken else None
    if taken is None and before:
        last = before.updated_at
    return last is None or last <= stub.at


def _quarantine(conn: Connection, side: _Side, bad: Iterable[Unreadable], seen_at: dt.datetime) -> None:
    """Listed with its problem; the last good version, if any, stays."""
    rows = [
        side.row(one.id, seen_at, version=UNKNOWN, state="unreadable", problem=one.problem, detail=one.detail)
        for one in bad
    ]
    database.upsert(conn, mirror, rows, unique=KEY, change=["problem", "detail", "seen_at"])


def _is(scope: Scope, system: System, entity: Entity, record_id: str) -> Any:
    return (
        of(mirror, scope)
        & (mirror.c.system == system)
        & (mirror.c.entity == entity)
        & (mirror.c.record_id == record_id)
    )


@cache
def _adapter(entity: Entity) -> TypeAdapter[Any]:
    return TypeAdapter(RECORD_TYPES[entity])
