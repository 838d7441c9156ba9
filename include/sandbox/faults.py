"""Faults on order: what shall go wrong, with which calls, how often."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from include.sandbox.store import Store

TABLES = """
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY, system TEXT NOT NULL, spec TEXT NOT NULL, pass_first INTEGER NOT NULL, left INTEGER NOT NULL
);
"""

KINDS = frozenset({
    "status",
    "drop_before",
    "drop_after_commit",
    "throttle_xml",
    "throttle_json",
    "html",
    "empty",
    "not_json",
    "slow",
    "item_fault",
})


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

    The first `after` matching calls pass, then `count` calls fail. `status`, `code` (of an item fault),
    `retry_after` and `seconds` (of a slow answer) are read where the kind has a use for them.
    """

    kind: str
    match: Mapping[str, str] = field(default_factory=dict)
    count: int = 1
    after: int = 0
    status: int = 503
    code: str = "6000"
    retry_after: int | None = None
    seconds: float = 1.0

    @classmethod
    def from_json(cls, spec: Mapping[str, Any]) -> Fault:
        """Read an order as it comes to `POST /sandbox/faults`. Raises FaultInvalid."""
        unknown = set(spec) - set(cls.__slots__)
        if unknown:
            raise FaultInvalid(f"unknown key: {', '.join(sorted(unknown))}")
        if spec.get("kind") not in KINDS:
            raise FaultInvalid(f"kind must be one of {', '.join(sorted(KINDS))}")
        if set(spec.get("match") or {}) - {"operation", "entity", "path"}:
            raise FaultInvalid("match takes operation, entity and path")
        return cls(**{**spec, "match": dict(spec.get("match") or {})})

    def hits(self, call: Call) -> bool:
        """Whether the fault is meant for this call."""
        wanted = self.match
        return (
            _among(wanted.get("operation"), call.operation)
            and _among(wanted.get("entity"), call.entity)
            and wanted.get("path", "") in call.path
        )


class Faults:
    """The faults ordered for each system, kept in the store so that a restart forgets none."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def order(self, system: str, fault: Fault) -> None:
        """Let `fault` happen to the next matching calls of `system`."""
        spec = {name: getattr(fault, name) for name in Fault.__slots__}
        with self._store.transaction() as db:
            db.execute(
                "INSERT INTO fault (system, spec, pass_first, left) VALUES (?, ?, ?, ?)",
                (system, json.dumps(spec), fault.after, fault.count),
            )

    def take(self, system: str, call: Call, *, item: bool = False) -> Fault | None:
        """The fault that befalls this call, used up by one; None when all is well.

        `item=True` asks for faults of single records ("item_fault") only, `item=False` for all others.
        """
        for row in self._store.rows("SELECT * FROM fault WHERE system = ? AND left > 0 ORDER BY id", system):
            fault = Fault(**json.loads(row["spec"]))
            if (fault.kind == "item_fault") is item and fault.hits(call):
                column = "pass_first" if row["pass_first"] else "left"
                with self._store.transaction() as db:
                    db.execute(f"UPDATE fault SET {column} = {column} - 1 WHERE id = ?", (row["id"],))  # noqa: S608 - one of two names above
                if column == "left":
                    return fault
        return None

    def any_left(self, system: str) -> bool:
        """Whether anything is still to come; cheap, asked at every call."""
        return self._store.row("SELECT 1 FROM fault WHERE system = ? AND left > 0", system) is not None

    def waiting(self, system: str) -> list[dict[str, Any]]:
        """The faults still to come, each with what is left of its count."""
        rows = self._store.rows("SELECT * FROM fault WHERE system = ? AND left > 0 ORDER BY id", system)
        return [{**json.loads(row["spec"]), "after": row["pass_first"], "count": row["left"]} for row in rows]

    def clear(self, system: str) -> None:
        """Forget every fault ordered for `system`."""
        with self._store.transaction() as db:
            db.execute("DELETE FROM fault WHERE system = ?", (system,))


def _among(wanted: str | None, names: str) -> bool:
    return wanted is None or wanted.lower() in names.lower().split(",")
