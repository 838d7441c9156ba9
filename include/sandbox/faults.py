"""Faults on order: what shall go wrong, with which calls, how often. What each kind does is told in `kinds`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from include.sandbox.kinds import ALWAYS, KINDS, problem_with

if TYPE_CHECKING:
    from include.sandbox.store import Store

TABLES = """
CREATE TABLE IF NOT EXISTS fault_order (
    id INTEGER PRIMARY KEY, system TEXT NOT NULL, spec TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0, left INTEGER
);
"""
OPEN = "(left IS NULL OR left > 0)"


class FaultInvalid(ValueError):
    """The order for a fault cannot be understood; the message says why."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call as a fault sees it: `operation` such as "batch" or "query", `entity` such as "Invoice", the path.

    A call that touches several entities, or is known under two operations, names them all, separated by commas.
    """

    operation: str
    entity: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `match` names operation, entity or a part of the path; what it does not name matches everything.

    The first `after` matching calls pass, then `count` calls fail (None: without end). With a `probability` each
    matching call fails by chance, in a sequence that `seed` decides. What follows is read where the kind has a use
    for it (`kinds.KINDS`).
    """

    kind: str
    match: Mapping[str, str] = field(default_factory=dict)
    count: int | None = 1
    after: int = 0
    probability: float = 1.0
    seed: int = 0
    status: int = 503
    body: str = "empty"
    why: str = "expired"
    after_commit: bool = False
    code: str = "6000"
    retry_after: int | None = None
    seconds: float = 1.0
    skew_seconds: float = 0.0
    items: int = 1
    amount: float = 0.0

    @classmethod
    def from_json(cls, order: Mapping[str, Any], system: str = "quickbooks") -> Fault:
        """Read an order as it comes to `POST /sandbox/faults`; null counts as not said. Raises FaultInvalid."""
        said = {name: value for name, value in order.items() if value is not None}
        problem = problem_with(said, system)
        if problem:
            raise FaultInvalid(problem)
        endless = {"count": None} if "probability" in said else {}
        return cls(**{**endless, **KINDS[said["kind"]].defaults, **said})

    def hits(self, call: Call) -> bool:
        """Whether the fault is meant for this call."""
        wanted = self.match
        return (
            _among(wanted.get("operation"), call.operation)
            and _among(wanted.get("entity"), call.entity)
            and wanted.get("path", "") in call.path
        )

    def befalls(self, number: int) -> bool:
        """Whether it befalls the matching call of this number, counted from 0."""
        if number < self.after:
            return False
        draw = hashlib.sha256(f"{self.seed}:{number}".encode()).digest()
        return int.from_bytes(draw[:8]) < self.probability * 2**64

    def said(self) -> dict[str, Any]:
        """The whole order again, as it can be sent to `POST /sandbox/faults`."""
        return {name: getattr(self, name) for name in sorted(ALWAYS | KINDS[self.kind].keys)}


class Faults:
    """The faults ordered for each system, kept in the store so that a restart forgets none."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.look_again()

    def look_again(self) -> None:
        """See for which systems anything is ordered. Every call asks for it, so it is kept in memory."""
        self._ordered = {row["system"] for row in self._store.rows(f"SELECT system FROM fault_order WHERE {OPEN}")}  # noqa: S608 - this module's own text

    def order(self, system: str, fault: Fault) -> None:
        """Let `fault` happen to the next matching calls of `system`."""
        with self._store.transaction() as db:
            values = (system, json.dumps(fault.said()), fault.count)
            db.execute("INSERT INTO fault_order (system, spec, left) VALUES (?, ?, ?)", values)
        self._ordered.add(system)

    def take(self, system: str, call: Call, *kinds: str) -> Fault | None:
        """The fault of one of these kinds (of any, when none is named) that befalls this call, used up by one."""
        if system not in self._ordered:
            return None
        with self._store.transaction() as db:
            rows = self._rows(system)
            if not rows:
                self.look_again()
            for row in rows:
                fault = _read(row["spec"])
                if (kinds and fault.kind not in kinds) or not fault.hits(call):
                    continue
                db.execute("UPDATE fault_order SET seen = seen + 1 WHERE id = ?", (row["id"],))
                if fault.befalls(row["seen"]):
                    db.execute("UPDATE fault_order SET left = left - 1 WHERE id = ?", (row["id"],))
                    return fault
        return None

    def any_left(self, system: str) -> bool:
        """Whether anything may still be to come; costs nothing, asked at every call."""
        return system in self._ordered

    def waiting(self, system: str) -> list[dict[str, Any]]:
        """The faults still to come, each with its number and what is left of its count."""
        found = [(row, _read(row["spec"])) for row in self._rows(system)]
        return [
            {"id": row["id"], **fault.said(), "after": max(0, fault.after - row["seen"]), "count": row["left"]}
            for row, fault in found
        ]

    def clear(self, system: str, number: int | None = None) -> None:
        """Forget one fault ordered for `system`, or all of them."""
        with self._store.transaction() as db:
            db.execute("DELETE FROM fault_order WHERE system = ? AND id = coalesce(?, id)", (system, number))
        self.look_again()

    def _rows(self, system: str) -> list[Any]:
        return self._store.rows(f"SELECT * FROM fault_order WHERE system = ? AND {OPEN} ORDER BY id", system)  # noqa: S608 - this module's own text


def _read(spec: str) -> Fault:
    return Fault(**json.loads(spec))


def _among(wanted: str | None, names: str) -> bool:
    return wanted is None or wanted.lower() in names.lower().split(",")
