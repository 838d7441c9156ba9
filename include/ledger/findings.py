"""Holds, exceptions and flags: what a person should know of, with its age (R10).

A finding is open from the first run that told it until the first that does not; the same one keeps its first day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update

from include.ledger.tables import findings, of, scoped
from include.records import Entity, Scope, System

Kind = Literal["hold", "exception", "flag"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is told of a record; `amount` is money in the record's currency."""

    kind: Kind
    entity: Entity
    system: System
    record_id: str
    reason: str
    text: str
    amount: Decimal | None

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes it the same finding in another run."""
        return (self.kind, self.entity, self.system, self.record_id, self.reason)


@dataclass(frozen=True, slots=True)
class OpenFinding(Finding):
    """A finding that is open now, with when it was first and last told."""

    first_seen: dt.datetime
    last_seen: dt.datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """What `settle` did, in findings."""

    opened: int
    still_open: int
    closed: int


def settle(conn: Connection, scope: Scope, run_id: str, told: Iterable[Finding], at: dt.datetime) -> Settled:
    """Make exactly these findings the open ones: new ones open, known ones go on, the others close."""
    wanted = {finding.identity: finding for finding in told}
    known = {_identity(row): row.id for row in conn.execute(_open(scope))}
    for identity, finding in wanted.items():
        amount = None if finding.amount is None else str(finding.amount)
        if identity in known:
            values: dict[str, Any] = {"last_seen": at, "run_id": run_id, "text": finding.text, "amount": amount}
            conn.execute(update(findings).where(findings.c.id == known[identity]).values(**values))
        else:
            conn.execute(insert(findings).values(**_values(scope, run_id, finding, amount, at)))
    closed = [known[identity] for identity in known if identity not in wanted]
    for finding_id in closed:
        conn.execute(update(findings).where(findings.c.id == finding_id).values(closed_at=at))
    return Settled(
        opened=len(wanted.keys() - known.keys()), still_open=len(wanted.keys() & known.keys()), closed=len(closed)
    )


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
            row.first_seen,
            row.last_seen,
        )
        for row in conn.execute(statement)
    ]


def _open(scope: Scope) -> Any:
    return select(findings).where(of(findings, scope), findings.c.closed_at.is_(None)).order_by(findings.c.id)


def _identity(row: Any) -> tuple[str, ...]:
    return (row.kind, row.entity, row.system, row.record_id, row.reason)


def _values(scope: Scope, run_id: str, finding: Finding, amount: str | None, at: dt.datetime) -> dict[str, Any]:
    return scoped(
        scope,
        kind=finding.kind,
        entity=finding.entity.value,
        system=finding.system.value,
        record_id=finding.record_id,
        reason=finding.reason,
        text=finding.text,
        amount=amount,
        run_id=run_id,
        first_seen=at,
        last_seen=at,
    )
