"""Customers of a run, taken back: overwritten fields restored, creations removed, links ended (rules 5).

Syncta customers are removed only if nothing hangs on them; a link ends only when no invoice and no child went across
that this undo leaves. Children come before their parents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from include.ledger.links import Link
from include.ledger.outbox import OutboxRow
from include.records import Customer, Entity, System
from include.sync.match import levels_of
from include.sync.reasons import REFUSALS
from include.sync.rows import CHILDREN, UNDOES, Action, PlanRow
from include.sync.rules.customer_fields import RESTORED, flowing_fields
from include.sync.rules.voidable import CHANGED_SINCE
from include.sync.state import State, children_of, seen
from include.sync.undo.deeds import Deeds, refused, target_of, version_of
from include.sync.undo.invoices import GONE, NOT_LINKED
from include.sync.undone import UNDONE

HANGS = "something_hangs_on_it"


def restore(state: State, deeds: Deeds) -> Iterator[PlanRow]:
    """Overwritten fields: the old values where ours stand still. What the run filled in a blank stays."""
    by_target: dict[str, list[OutboxRow]] = defaultdict(list)
    for write in deeds.with_action(Action.UPDATE):
        by_target[target_of(write)].append(write)
    for writes in by_target.values():
        yield from _restore_one(state, deeds.run_id, writes)


def _restore_one(state: State, undoes: str, writes: list[OutboxRow]) -> Iterator[PlanRow]:
    write, syncta_id = writes[-1], target_of(writes[-1])
    customer, link = state.syncta_customers.get(syncta_id), state.customer_links.get(write.source_id)
    changed = _changed_by(writes)
    if link is None or link.syncta_id != syncta_id:
        yield refused(write, NOT_LINKED)
    elif customer is None:
        yield refused(write, GONE)
    elif not changed:
        yield refused(write, "only_blanks_filled")
    else:
        now = flowing_fields(customer)
        ours_still = {name: (new, old) for name, (old, new) in changed.items() if now[name] == new}
        if len(ours_still) < len(changed):
            yield refused(write, CHANGED_SINCE)
        if ours_still:
            yield _set_back(state, undoes, write, customer, link, ours_still)


def _changed_by(writes: Iterable[OutboxRow]) -> dict[str, tuple[Any, Any]]:
    """Field → (value before the run, value the run left); a run that was cleared may have written twice."""
    changed: dict[str, tuple[Any, Any]] = {}
    for write in writes:
        for name, (old, new) in write.payload["changes"].items():
            changed[name] = (changed.get(name, (old, new))[0], new)
    return {name: (old, new) for name, (old, new) in changed.items() if old and old != new}


def _set_back(
    state: State,
    undoes: str,
    write: OutboxRow,
    customer: Customer,
    link: Link,
    changes: Mapping[str, tuple[Any, Any]],
) -> PlanRow:
    old = {name: pair[1] for name, pair in changes.items()}
    sent = {("mailing_address" if name == "address" else name): value for name, value in old.items()}
    return PlanRow(
        Action.RESTORE,
        Entity.CUSTOMER,
        System.QUICKBOOKS,
        write.source_id,
        customer.id,
        UNDONE,
        changes=changes,
        # QuickBooks' values count as applied still: they flow again when they change there, not before.
        payload={**sent, "applied": {RESTORED: {**link.applied.get(RESTORED, {}), **old}}, UNDOES: undoes},
        seen=(seen(System.SYNCTA, Entity.CUSTOMER, customer),),
        key=state.key("restore", Entity.CUSTOMER, write.source_id, f"{customer.id}.{customer.version}"),
    )


def part(state: State, deeds: Deeds, taken_back: Collection[str]) -> Iterator[PlanRow]:
    """Creations and links of customers, the deepest first; `taken_back` are QuickBooks ids of the invoices that this
    undo voids or unlinks."""
    creations = {write.source_id: write for write in deeds.with_action(Action.CREATE)}
    made = {link.quickbooks_id: link for link in deeds.links_of(Entity.CUSTOMER)}
    levels = levels_of(state.quickbooks_customers)
    tree = _Tree.of(state, taken_back)
    for quickbooks_id in sorted({*creations, *made}, key=lambda one: (-levels.get(one, 0), one)):
        if quickbooks_id in creations:
            yield _remove(state, deeds.run_id, creations[quickbooks_id], tree, -levels.get(quickbooks_id, 0))
        if quickbooks_id in made:
            yield _unlink(deeds.run_id, made[quickbooks_id], tree, -levels.get(quickbooks_id, 0))


@dataclass(slots=True)
class _Tree:
    """What hangs on customers. `parted` and `removed` grow while the undo goes up from the leaves."""

    billed: frozenset[str]
    syncta_children: Mapping[str, list[str]]
    children: Mapping[str, list[str]]
    sent_to: frozenset[str]
    linked: frozenset[str]
    parted: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, state: State, taken_back: Collection[str]) -> _Tree:
        staying = [link for link in state.invoice_links.values() if link.quickbooks_id not in taken_back]
        return cls(
            billed=frozenset(invoice.customer_id for invoice in state.syncta_invoices.values()),
            syncta_children=children_of(state.syncta_customers.values()),
            children=children_of(state.quickbooks_customers.values()),
            sent_to=frozenset(str(link.applied.get("customer_id", "")) for link in staying),
            # A link to a record that is gone holds nothing.
            linked=frozenset(q for q, link in state.customer_links.items() if link.syncta_id in state.syncta_customers),
        )

    def carries(self, syncta_id: str) -> bool:
        """Whether an invoice or a child hangs on a Syncta customer that stays."""
        return syncta_id in self.billed or bool(set(self.syncta_children.get(syncta_id, ())) - self.removed)

    def still_needed(self, quickbooks_id: str) -> bool:
        """Whether an invoice or a child went across the link of a QuickBooks customer and stays."""
        staying = (self.linked & set(self.children.get(quickbooks_id, ()))) - self.parted
        return quickbooks_id in self.sent_to or bool(staying)


def _remove(state: State, undoes: str, write: OutboxRow, tree: _Tree, order: int) -> PlanRow:
    """A created customer is deleted in Syncta, unless somebody changed it or something hangs on it."""
    syncta_id = target_of(write)
    customer, link = state.syncta_customers.get(syncta_id), state.customer_links.get(write.source_id)
    if customer is None:
        return refused(write, GONE)
    if link is None or link.syncta_id != syncta_id:
        return refused(write, NOT_LINKED)
    if tree.carries(syncta_id) or tree.still_needed(write.source_id):
        return refused(write, HANGS)
    if version_of(write) != customer.version:
        return refused(write, CHANGED_SINCE)
    tree.removed.add(syncta_id)
    tree.parted.add(write.source_id)
    return PlanRow(
        Action.REMOVE,
        Entity.CUSTOMER,
        System.QUICKBOOKS,
        write.source_id,
        syncta_id,
        UNDONE,
        payload={"applied": {}, UNDOES: undoes},
        seen=(seen(System.SYNCTA, Entity.CUSTOMER, customer),),
        order=order,
        key=state.key("remove", Entity.CUSTOMER, write.source_id, syncta_id),
    )


def _unlink(undoes: str, link: Link, tree: _Tree, order: int) -> PlanRow:
    """A link made without a write: it ends and the customer waits for a person."""
    who = (Entity.CUSTOMER, System.QUICKBOOKS, link.quickbooks_id, link.syncta_id)
    if tree.still_needed(link.quickbooks_id):
        return PlanRow(Action.SKIP, *who, HANGS, REFUSALS[HANGS])
    tree.parted.add(link.quickbooks_id)
    children = sorted(tree.linked & set(tree.children.get(link.quickbooks_id, ())))
    ends = {"quickbooks_id": link.quickbooks_id, "syncta_id": link.syncta_id, UNDOES: undoes, CHILDREN: children}
    return PlanRow(Action.UNLINK, *who, UNDONE, payload=ends, order=order)
