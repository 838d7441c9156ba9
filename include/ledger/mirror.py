"""The last seen version of every record of both sides (protocol 1.3).

A record is `live`, `deleted`, or `unreadable`; an unreadable one keeps the last good version beside its problem.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, func, select, tuple_, update

from include.ledger import database
from include.ledger.database import CHUNK
from include.ledger.tables import SCOPE, mirror, of, scoped
from include.records import RECORD_TYPES, Deleted, Entity, Record, Scope, System, Unreadable

KEY = (*SCOPE, "system", "entity", "record_id")
Ref = tuple[System, Entity, str]


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


def upsert(
    conn: Connection,
    scope: Scope,
    system: System,
    records: Iterable[Record | Deleted | Unreadable],
    entity: Entity,
    seen_at: dt.datetime,
) -> Upserted:
    """Take over what was read. Only a higher version replaces a record, only a later deletion ends one."""
    live: dict[str, Record] = {}
    deleted: dict[str, Deleted] = {}
    unreadable: dict[str, Unreadable] = {}
    for record in records:
        if isinstance(record, Deleted):
            deleted[record.id] = record
        elif isinstance(record, Unreadable):
            unreadable[record.id] = record
        elif record.id not in live or live[record.id].version < record.version:
            live[record.id] = record
    before = known(conn, scope, system, entity)
    rows = [_row(scope, system, entity, r, seen_at) for r in live.values() if before.get(r.id, -1) < r.version]
    database.upsert(conn, mirror, rows, unique=KEY, only_if="newer", change=_CONTENT)
    _readable_again(conn, scope, system, entity, live)
    return Upserted(
        new=sum(row["record_id"] not in before for row in rows),
        changed=sum(row["record_id"] in before for row in rows),
        deleted=_delete(conn, scope, system, entity, deleted.values(), seen_at),
        unreadable=_quarantine(conn, scope, system, entity, unreadable.values(), seen_at),
        unchanged=len(live) - len(rows),
    )


_CONTENT = ["version", "state", "record", "problem", "detail", "updated_at", "seen_at"]


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
    found = conn.execute(
        select(mirror)
        .where(of(mirror, scope), mirror.c.problem != "", mirror.c.state != "deleted")
        .order_by(mirror.c.record_id)
    )
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


def _readable_again(conn: Connection, scope: Scope, system: System, entity: Entity, live: dict[str, Record]) -> None:
    """A record that reads well now has no problem any more, whatever its version."""
    mended = [p.id for p in unreadable(conn, scope) if p.system == system and p.entity == entity and p.id in live]
    for record_id in mended:
        conn.execute(update(mirror).where(_is(scope, system, entity, record_id)).values(problem="", detail=""))


def _delete(
    conn: Connection, scope: Scope, system: System, entity: Entity, stubs: Iterable[Deleted], seen_at: dt.datetime
) -> int:
    done = 0
    for stub in stubs:
        where = _is(scope, system, entity, stub.id)
        row = conn.execute(select(mirror.c.state, mirror.c.updated_at).where(where)).one_or_none()
        if row is None:
            values = scoped(scope, system=system.value, entity=entity.value, record_id=stub.id, version=0)
            conn.execute(mirror.insert().values(**values, state="deleted", updated_at=stub.at, seen_at=seen_at))
        elif row.state == "deleted" or (row.updated_at and row.updated_at > stub.at):
            continue
        else:
            conn.execute(update(mirror).where(where).values(state="deleted", updated_at=stub.at, seen_at=seen_at))
        done += 1
    return done


def _quarantine(
    conn: Connection, scope: Scope, system: System, entity: Entity, bad: Iterable[Unreadable], seen_at: dt.datetime
) -> int:
    """Listed with its problem; the last good version, if any, stays."""
    rows = [
        scoped(
            scope,
            system=system.value,
            entity=entity.value,
            record_id=one.id,
            version=-1,
            state="unreadable",
            problem=one.problem,
            detail=one.detail,
            seen_at=seen_at,
        )
        for one in bad
    ]
    database.upsert(conn, mirror, rows, unique=KEY, change=["problem", "detail", "seen_at"])
    return len(rows)


def _row(scope: Scope, system: System, entity: Entity, record: Record, seen_at: dt.datetime) -> dict[str, Any]:
    return scoped(
        scope,
        system=system.value,
        entity=entity.value,
        record_id=record.id,
        version=record.version,
        state="live",
        record=_adapter(entity).dump_python(record, mode="json"),
        problem="",
        detail="",
        updated_at=record.updated_at,
        seen_at=seen_at,
    )


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
