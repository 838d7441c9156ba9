"""A plan as a value: rows that say what would happen, to what, why, and from which versions of which records.

A plan can be shown, compared, stored, dry-run and approved. Its `digest` is over every row, so a plan that was
approved is the plan that is loaded (rules 1.5).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from include.records import Entity, Scope, System


class Action(StrEnum):
    """What a row does (rules 7). The last five take something back, on a person's decision only (R13, rules 5):
    void an invoice in QuickBooks; reopen one, remove a customer, restore fields in Syncta; end a link."""

    LINK = "link"
    CREATE = "create"
    UPDATE = "update"
    PUSH = "push"
    MARK_PAID = "mark_paid"
    RECORD_BALANCE = "record_balance"
    HOLD = "hold"
    FLAG = "flag"
    EXCEPTION = "exception"
    SKIP = "skip"
    VOID = "void"
    REOPEN = "reopen"
    REMOVE = "remove"
    RESTORE = "restore"
    UNLINK = "unlink"


WRITES_TO_SYNCTA = (
    Action.CREATE,
    Action.UPDATE,
    Action.MARK_PAID,
    Action.REOPEN,
    Action.REMOVE,
    Action.RESTORE,
)
WRITES_TO_QUICKBOOKS = (Action.PUSH, Action.VOID)
UNDOES = "undoes"
"""Key of a reversal's payload that names the run it takes back; without it a person decided about the one record."""
UNDONE_BY = "undone_by"
"""Key of a reversal's outbox payload: who approved it. The answer may be kept by another run."""
AFTER = "after"
"""Key of an unlink's payload: operation keys of the writes that must be done before the link ends."""
CHILDREN = "children"
"""Key of an unlink's payload: QuickBooks customers whose links must have ended before this one does."""
REVERSALS = (Action.VOID, Action.REOPEN, Action.REMOVE, Action.RESTORE, Action.UNLINK)


class Stage(StrEnum):
    """What a person approves by itself, in the order in which it is loaded (rules 1.4)."""

    CUSTOMERS = "customers"
    HISTORY = "history"
    INVOICES = "invoices"
    PAID_MARKS = "paid_marks"


ALL_STAGES = frozenset(Stage)
RESTS_ON = {Stage.HISTORY: Stage.CUSTOMERS, Stage.INVOICES: Stage.CUSTOMERS, Stage.PAID_MARKS: Stage.HISTORY}
"""Invoices need their customers' links, and what is paid needs the invoices' links."""
_STAGES = {
    Action.RECORD_BALANCE: Stage.HISTORY,
    Action.PUSH: Stage.INVOICES,
    Action.VOID: Stage.INVOICES,
    Action.MARK_PAID: Stage.PAID_MARKS,
    Action.REOPEN: Stage.PAID_MARKS,
}
_ONLY_TOLD = (Action.HOLD, Action.EXCEPTION, Action.FLAG, Action.SKIP)


def stages_with_ground(stages: Iterable[str]) -> frozenset[Stage]:
    """Those of the approved stages that stand on approved ones."""
    chosen = {Stage(stage) for stage in stages}
    for stage in Stage:  # in order: what a stage rests on comes before it
        if RESTS_ON.get(stage, stage) not in chosen:
            chosen.discard(stage)
    return frozenset(chosen)


@dataclass(frozen=True, slots=True)
class Seen:
    """One version of one record that a row was made from (protocol 3.7)."""

    system: System
    entity: Entity
    id: str
    version: int


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One thing to do or to tell.

    `source` is the side whose record asks for it, `source_id` its id there; `target_id` the record on the other
    side, empty where none exists yet. `reason` is a reason code (rules 7), `text` what a person should do about
    it, free of names. `changes` maps a field to (old, new); `payload` is what the load sends, as JSON values
    (money as text). `amount` is money in the record's currency. `order` sorts rows that depend on each other:
    parents have a lower number than their children. `key` is the operation key (protocol 3.2).
    """

    action: Action
    entity: Entity
    source: System
    source_id: str
    target_id: str = ""
    reason: str = ""
    text: str = ""
    amount: Decimal | None = None
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)
    seen: tuple[Seen, ...] = ()
    order: int = 0
    key: str = ""

    @property
    def stage(self) -> Stage | None:
        """With what it is approved; None where it only tells something."""
        if self.action in _ONLY_TOLD:
            return None
        of_links = Stage.CUSTOMERS if self.entity is Entity.CUSTOMER else Stage.HISTORY
        return _STAGES.get(self.action, of_links)

    @property
    def bucket(self) -> str:
        """`action.reason`, or the action where there is no reason."""
        return f"{self.action}.{self.reason}" if self.reason else self.action.value

    def as_json(self) -> dict[str, Any]:
        """The row as JSON values, keys in a fixed order."""
        return {
            "action": self.action.value,
            "entity": self.entity.value,
            "source": self.source.value,
            "source_id": self.source_id,
            "target_id": self.target_id,
            "reason": self.reason,
            "text": self.text,
            "amount": None if self.amount is None else str(self.amount),
            "changes": {name: list(pair) for name, pair in sorted(self.changes.items())},
            "payload": dict(self.payload),
            "seen": [[s.system.value, s.entity.value, s.id, s.version] for s in self.seen],
            "order": self.order,
            "key": self.key,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PlanRow:
        """The inverse of `as_json`."""
        return cls(
            action=Action(data["action"]),
            entity=Entity(data["entity"]),
            source=System(data["source"]),
            source_id=data["source_id"],
            target_id=data["target_id"],
            reason=data["reason"],
            text=data["text"],
            amount=None if data["amount"] is None else Decimal(data["amount"]),
            changes={name: (pair[0], pair[1]) for name, pair in data["changes"].items()},
            payload=data["payload"],
            seen=tuple(Seen(System(s), Entity(e), i, v) for s, e, i, v in data["seen"]),
            order=data["order"],
            key=data["key"],
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """All rows for one company at one moment, in a stable order.

    `stages` are those that may be loaded; `made_at` is that moment by the machine's clock, where it is known. Two
    plans are the same if their rows are.
    """

    scope: Scope
    rows: tuple[PlanRow, ...]
    stages: frozenset[Stage] = field(default=ALL_STAGES, compare=False)
    made_at: dt.datetime | None = field(default=None, compare=False)

    @classmethod
    def of(cls, scope: Scope, rows: Iterable[PlanRow]) -> Plan:
        """Rows in the order they are shown and loaded: by dependency, action, entity, source id."""
        return cls(scope, tuple(sorted(rows, key=_position)))

    def with_action(self, *actions: Action) -> tuple[PlanRow, ...]:
        """The rows of these actions, in order."""
        return tuple(row for row in self.rows if row.action in actions)

    def approved(self, *actions: Action) -> list[tuple[int, PlanRow]]:
        """The rows of these actions that may be loaded, each with its number in the plan (G6)."""
        rows = enumerate(self.rows)
        return [(number, row) for number, row in rows if row.action in actions and self._is_approved(row)]

    def not_approved(self, *actions: Action) -> int:
        """How many rows of these actions wait for the next plan, because their stage was not approved."""
        return len(self.with_action(*actions)) - len(self.approved(*actions))

    def _is_approved(self, row: PlanRow) -> bool:
        return row.stage is None or row.stage in self.stages

    def counts(self) -> dict[str, int]:
        """Rows per action."""
        return dict(sorted(Counter(row.action.value for row in self.rows).items()))

    def reasons(self) -> dict[str, int]:
        """Rows per `action.reason`, where a row has a reason."""
        return dict(sorted(Counter(r.bucket for r in self.rows if r.reason).items()))

    @property
    def digest(self) -> str:
        """SHA-256 over the scope and every row, as hex."""
        scope = [self.scope.company, self.scope.realm, self.scope.environment]
        body = json.dumps([scope, [row.as_json() for row in self.rows]], sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(body.encode()).hexdigest()


def _position(row: PlanRow) -> tuple[int, str, str, str, str, str, str]:
    who = (row.entity.value, row.source.value, row.source_id, row.target_id)
    return (row.order, row.action.value, *who, row.reason)
