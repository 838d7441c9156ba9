"""Likely duplicates and what people decided about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import Connection, select, update

from include.ledger.database import upsert
from include.ledger.tables import SCOPE, duplicate_pairs, of, scoped
from include.records import Scope

Decision = Literal["", "same", "different", "never"]
SIDES = ("left_system", "left_id", "right_system", "right_id")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that may be one customer; `decision` is empty, or same, different, never."""

    left_system: str
    left_id: str
    right_system: str
    right_id: str
    reason: str
    tier: str
    decision: str = ""

    @property
    def sides(self) -> tuple[str, ...]:
        """What makes it the same pair in another run."""
        return (self.left_system, self.left_id, self.right_system, self.right_id)


def settle(conn: Connection, scope: Scope, found: Iterable[Pair], at: dt.datetime) -> None:
    """Make exactly these pairs the open ones; a decision stays with its pair."""
    pairs = {pair.sides: pair for pair in found}
    rows = [scoped(scope, **asdict(pair), first_seen=at, last_seen=at, closed_at=None) for pair in pairs.values()]
    upsert(conn, duplicate_pairs, rows, unique=(*SCOPE, *SIDES), change=["reason", "tier", "last_seen", "closed_at"])
    for pair in open_ones(conn, scope):
        if pair.sides not in pairs:
            where = [duplicate_pairs.c[name] == value for name, value in zip(SIDES, pair.sides, strict=True)]
            conn.execute(update(duplicate_pairs).where(of(duplicate_pairs, scope), *where).values(closed_at=at))


def decide(conn: Connection, scope: Scope, pair: Pair, decision: Decision) -> None:
    """Remember what a person decided; it outlives the pair being closed and found again."""
    where = [duplicate_pairs.c[name] == value for name, value in zip(SIDES, pair.sides, strict=True)]
    conn.execute(update(duplicate_pairs).where(of(duplicate_pairs, scope), *where).values(decision=decision))


def open_ones(conn: Connection, scope: Scope) -> list[Pair]:
    """The open pairs, in a stable order."""
    columns = [duplicate_pairs.c[name] for name in (*SIDES, "reason", "tier", "decision")]
    found = conn.execute(
        select(*columns).where(of(duplicate_pairs, scope), duplicate_pairs.c.closed_at.is_(None)).order_by(*columns[:4])
    )
    return [Pair(*row) for row in found]
