"""Short ways to say what a run did."""

from __future__ import annotations

from typing import Any

from include.ledger.links import Link
from include.ledger.outbox import OutboxRow
from include.records import Customer, Entity, Invoice, System
from include.sync.rows import Action, Plan
from include.sync.state import State
from include.sync.undo.deeds import Deeds
from include.sync.undo.plan import undo_rows

RUN = "run-1"


def wrote(action: str, entity: Entity, source_id: str, state: str = "done", **fields: Any) -> OutboxRow:
    """A write of the run; `result` and `payload` as the loads leave them."""
    system = System.QUICKBOOKS if action in ("push", "void") else System.SYNCTA
    defaults: dict[str, Any] = {"payload": {}, "result": None, "key": f"{action}:{source_id}"}
    plain = {"run_id": RUN, "plan_row": 0, "tries": 1, "request_id": "b-1", "position": 1, "sent_at": None}
    return OutboxRow(
        system=system, action=action, entity=entity, source_id=source_id, state=state, **plain, **{**defaults, **fields}
    )


def pushed(ours: Invoice, theirs: Invoice) -> OutboxRow:
    """The invoice went out as `theirs`."""
    return wrote("push", Entity.INVOICE, ours.id, result={"id": theirs.id, "version": theirs.version})


def marked(theirs: Invoice, ours: Invoice) -> OutboxRow:
    """The paid mark that left Syncta's invoice as it is now."""
    result = {"id": ours.id, "version": ours.version}
    return wrote("mark_paid", Entity.INVOICE, theirs.id, payload={"target_id": ours.id}, result=result)


def created(theirs: Customer, ours: Customer) -> OutboxRow:
    """The customer that was made in Syncta."""
    return wrote("create", Entity.CUSTOMER, theirs.id, result={"id": ours.id, "version": ours.version})


def updated(theirs: Customer, ours: Customer, **changes: tuple[Any, Any]) -> OutboxRow:
    """Fields that flowed: field → (old, new)."""
    payload = {"target_id": ours.id, "changes": {name: list(pair) for name, pair in changes.items()}}
    return wrote("update", Entity.CUSTOMER, theirs.id, payload=payload, result={"id": ours.id, "version": ours.version})


def undone(of: State, *writes: OutboxRow, links: tuple[Link, ...] = (), **more: Any) -> Plan:
    """The plan that takes these deeds back."""
    return Plan.of(of.scope, undo_rows(of, Deeds(RUN, writes=writes, links=links, **more)))


def told(plan: Plan) -> set[tuple[str, str, str]]:
    """(action, source id, reason) of every row."""
    return {(row.action.value, row.source_id, row.reason) for row in plan.rows}


def actions(plan: Plan) -> list[tuple[Action, str]]:
    """What happens to what, in the order of the plan."""
    return [(row.action, row.source_id) for row in plan.rows]
