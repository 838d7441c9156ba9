"""Holds, exceptions and flags: what a person should know of, with its age (R10).

A finding is open from the first run that told it until the first that does not; the same one keeps its first day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, insert, select, update

from include.ledger.tables import findings, of, scoped
from include.records import Entity, Scope, System

Kind = Literal["hold", "exception", "flag"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is told of a record; `amount` is money in the record's currency, `target_id` the other record it is about
    (the document that looks like ours, the partner), if there is one."""

    kind: Kind
    entity: Entity
    system: System
    record_id: str
    reason: str
    text: str
    amount: Decimal | None
    target_id: str = ""

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes it the same finding in another run."""
        return (self.kind, self.entity, self.system, self.record_id, self.reason)


@dataclass(frozen=True, slots=True)
class OpenFinding(Finding):
    """A finding that is open now, with when it was first and last told."""

    first_seen: dt.datetime = field(kw_only=True)
    last_seen: dt.datetime = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Settled:
    """What `settle` did, in findings."""

    opened: int
    still_open: int
    closed: int


def settle(conn: Connection, scope: Scope, run_id: str, told: Iterable[Finding], at: dt.datetime) -> Settled:
    """Make exactly these findings the open ones: new ones open, known ones go on, the others close."""
    wanted = {finding.identity: finding for finding in told}
    known: dict[tuple[str, ...], int] = {}
    closing: list[dict[str, Any]] = []
    for row in conn.execute(_open(scope)):
        # The same finding may have been opened twice by two loads at once: the older one stays.
        if row.id != known.setdefault(_identity(row), row.id) or _identity(row) not in wanted:
            closing.append({"finding": row.id, "at": at})
    told_again = [_told(run_id, f, at) | {"finding": known[i]} for i, f in wanted.items() if i in known]
    opening = [_values(scope, run_id, f, at) for i, f in wanted.items() if i not in known]
    for statement, rows in ((_TELL_AGAIN, told_again), (_CLOSE, closing), (insert(findings), opening)):
        if rows:
            conn.execute(statement, rows)
    return Settled(opened=len(opening), still_open=len(told_again), closed=len(known.keys() - wanted.keys()))


def open_ones(conn: Connection, scope: Scope, kind: Kind | None = None) -> list[OpenFinding]:
    """The open findings, oldest first."""
    statement = _open(scope) if kind is None else _open(scope).where(findings.c.kind == kind)
    return [
        OpenFinding(
            row.kind,
            Entity(row.entity),
            System(row.system),
            row.record_id,
            row.reason,
            row.text,
            None if row.amount is None else Decimal(row.amount),
            row.target_id,
            first_seen=row.first_seen,
            last_seen=row.last_seen,
        )
        for row in conn.execute(statement)
    ]


def _open(scope: Scope) -> Any:
    return select(findings).where(of(findings, scope), findings.c.closed_at.is_(None)).order_by(findings.c.id)


def _identity(row: Any) -> tuple[str, ...]:
    return (row.kind, row.entity, row.system, row.record_id, row.reason)


_ONE = findings.c.id == bindparam("finding")
_CLOSE = update(findings).where(_ONE).values(closed_at=bindparam("at"))
# What is not in a row's values stays: a finding keeps the day it was first seen.
_TELL_AGAIN = update(findings).where(_ONE)


def _told(run_id: str, finding: Finding, at: dt.datetime) -> dict[str, Any]:
    amount = None if finding.amount is None else str(finding.amount)
    told = {"text": finding.text, "amount": amount, "target_id": finding.target_id}
    return {**told, "run_id": run_id, "last_seen": at}


def _values(scope: Scope, run_id: str, finding: Finding, at: dt.datetime) -> dict[str, Any]:
    return scoped(
        scope,
        kind=finding.kind,
        entity=finding.entity.value,
        system=finding.system.value,
        record_id=finding.record_id,
        reason=finding.reason,
        first_seen=at,
        **_told(run_id, finding, at),
    )
