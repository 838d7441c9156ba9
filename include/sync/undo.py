"""Undo one run: what it wrote, taken back row by row where rules §5 allow it, refused with the reason where not.

The result is a plan like any other – shown, approved, frozen, loaded through the outbox – whose rows void, reopen,
remove, restore and unlink. It is made from the outbox and the links of that run and from the present state, so an undo
that is run twice finds nothing more to take back. An invoice is taken back before its customer, a child before its
parent.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from include.errors import UndoRefused
from include.ledger import links, outbox, runs
from include.ledger.links import Link
from include.ledger.outbox import OutboxRow
from include.records import Customer, Entity, Invoice, System
from include.sync.books import read_books
from include.sync.live_links import LINKED_ENTITIES
from include.sync.match import levels_of
from include.sync.plan import keep_plan
from include.sync.reasons import REFUSALS
from include.sync.rows import REVERSALS, UNDOES, Action, Plan, PlanRow
from include.sync.rules.voidable import CHANGED_SINCE, why_not_voidable
from include.sync.run import Run, RunKind
from include.sync.state import State, read_state, seen
from include.sync.undone import UNDONE

log = logging.getLogger(__name__)

MADE_BY_A_WRITE = ("created", "pushed")
"""Links that came with a write end with it."""


@dataclass(frozen=True, slots=True)
class Deeds:
    """What a run did that may be taken back."""

    run_id: str
    writes: tuple[OutboxRow, ...]
    links: tuple[Link, ...]


def make_undo_plan(run: Run, undoes: str, record: str = "") -> dict[str, Any]:
    """The plan that takes back what the run `undoes` did; with `record` (an id of either system) that record only.

    Returns what `make_plan` returns; a person always has to approve it. Raises UndoRefused if there is no such run, or
    it is an undo itself.
    """
    deeds = _deeds(run, undoes)
    state = read_state(run.ledger, run.company, read_books(run))
    rows = [row for row in undo_rows(state, deeds) if record in ("", row.source_id, row.target_id)]
    plan = Plan.of(state.scope, rows)
    reversals = len(plan.with_action(*REVERSALS))
    why = [f"It would take back {reversals} of {len(rows)} things that {undoes} did."] if reversals else []
    log.info("Undo of %s: %s; refused %s", undoes, plan.counts(), plan.reasons())
    return keep_plan(run, state, plan, why)


def _deeds(run: Run, undoes: str) -> Deeds:
    with run.ledger.reading() as conn:
        known = [row for row in runs.of_run_id(conn, run.scope, undoes) if row.run_id != run.run_id]
        if not known:
            raise UndoRefused(f"{run.company.key} has no run {undoes}. The report lists the runs with their ids.")
        if any(row.kind == RunKind.UNDO for row in known):
            raise UndoRefused("That run was an undo itself. Decide about each record instead: it is held.")
        writes = outbox.done_by(conn, run.scope, undoes)
        made = [link for entity in LINKED_ENTITIES for link in links.made_by(conn, run.scope, entity, undoes)]
    return Deeds(undoes, tuple(writes), tuple(made))


def undo_rows(state: State, deeds: Deeds) -> Iterator[PlanRow]:
    """One row for everything the run did: a reversal, or a `skip` with the reason why not."""
    desk = _Desk(state, deeds.run_id)
    pushes = list(desk.each(deeds.writes, "push", desk.void))
    yield from pushes
    yield from desk.each(deeds.writes, "mark_paid", desk.reopen)
    yield from desk.each(deeds.writes, "update", desk.restore)
    voided = {row.target_id for row in pushes if row.action is Action.VOID}
    own = [link for link in deeds.links if link.how not in MADE_BY_A_WRITE]
    unlinked = {link.quickbooks_id for link in own if link.entity is Entity.INVOICE}
    yield from (desk.unlink(link) for link in own if link.entity is Entity.INVOICE)
    left = _Left.of(state, voided | unlinked)
    removed: set[str] = set()
    for write in sorted((w for w in deeds.writes if w.action == "create"), key=desk.depth, reverse=True):
        row = desk.remove(write, left, removed)
        removed |= {row.target_id} if row.action is Action.REMOVE else set()
        yield row
    yield from (desk.unlink_customer(link, left) for link in own if link.entity is Entity.CUSTOMER)


@dataclass(frozen=True, slots=True)
class _Left:
    """What hangs on Syncta's customers once the invoices of this undo are taken back."""

    billed: frozenset[str]
    children: dict[str, set[str]]
    sent_to: frozenset[str]

    @classmethod
    def of(cls, state: State, taken_back: set[str]) -> _Left:
        children: dict[str, set[str]] = {}
        for customer in state.syncta_customers.values():
            children.setdefault(customer.parent_id, set()).add(customer.id)
        billed = frozenset(invoice.customer_id for invoice in state.syncta_invoices.values())
        remaining = [link for link in state.invoice_links.values() if link.quickbooks_id not in taken_back]
        return cls(billed, children, frozenset(str(link.applied.get("customer_id", "")) for link in remaining))


@dataclass(frozen=True, slots=True)
class _Desk:
    """Turns one deed after the other into its reversal or its refusal."""

    state: State
    undoes: str

    def each(
        self, writes: Iterable[OutboxRow], action: str, take_back: Callable[[OutboxRow], PlanRow]
    ) -> Iterator[PlanRow]:
        return (take_back(write) for write in writes if write.action == action)

    def void(self, write: OutboxRow) -> PlanRow:
        """A pushed invoice: void it in QuickBooks (rules 5)."""
        quickbooks_id = str((write.result or {}).get("id", ""))
        link, invoice = self.state.invoice_links.get(write.source_id), self.state.quickbooks_invoices.get(quickbooks_id)
        if link is None or link.quickbooks_id != quickbooks_id:
            return self._refused(write, quickbooks_id, "not_linked_any_more")
        if invoice is None:
            return self._refused(write, quickbooks_id, "gone_since")
        why = why_not_voidable(self.state, link, invoice)
        if why:
            return self._refused(write, quickbooks_id, why)
        return PlanRow(
            Action.VOID,
            Entity.INVOICE,
            System.SYNCTA,
            write.source_id,
            quickbooks_id,
            UNDONE,
            amount=invoice.total,
            payload={"invoice_id": quickbooks_id, "unlink": True, UNDOES: self.undoes},
            seen=(seen(System.QUICKBOOKS, Entity.INVOICE, invoice),),
            key=self.state.key("void", Entity.INVOICE, write.source_id, quickbooks_id),
        )

    def reopen(self, write: OutboxRow) -> PlanRow:
        """A paid mark: reopen the invoice in Syncta, unless its money came by the portal."""
        syncta_id = str(write.payload["target_id"])
        invoice, link = self.state.syncta_invoices.get(syncta_id), self.state.invoice_links.get(syncta_id)
        mark = link.applied.get("paid") if link else None
        why = self._why_not_reopened(write, invoice, mark)
        if why or invoice is None or mark is None:
            return self._refused(write, syncta_id, why or "not_linked_any_more")
        marked_for = hashlib.sha256(" ".join(mark.get("settled_by", ())).encode()).hexdigest()[:12]
        return PlanRow(
            Action.REOPEN,
            Entity.INVOICE,
            System.QUICKBOOKS,
            write.source_id,
            syncta_id,
            UNDONE,
            amount=invoice.total,
            payload={"applied": {"paid": {**mark, "undone": True}}, UNDOES: self.undoes},
            seen=(seen(System.SYNCTA, Entity.INVOICE, invoice),),
            key=self.state.key("reopen", Entity.INVOICE, syncta_id, marked_for),
        )

    def _why_not_reopened(self, write: OutboxRow, invoice: Invoice | None, mark: Any) -> str:
        if invoice is None:
            return "gone_since"
        if not mark or mark.get("undone") or invoice.status != "paid":
            return "open_already"
        if invoice.portal_payments:
            return "paid_by_portal"
        return "" if self._unchanged(write, invoice) else CHANGED_SINCE

    def restore(self, write: OutboxRow) -> PlanRow:
        """Overwritten fields: the old values where ours still stand. A blank that was filled stays filled."""
        syncta_id = str(write.payload["target_id"])
        customer = self.state.syncta_customers.get(syncta_id)
        if customer is None:
            return self._refused(write, syncta_id, "gone_since")
        overwritten = {name: pair for name, pair in write.payload["changes"].items() if pair[0]}
        if not overwritten:
            return self._refused(write, syncta_id, "only_blanks_filled")
        if not self._unchanged(write, customer):
            return self._refused(write, syncta_id, CHANGED_SINCE)
        sent = {("mailing_address" if name == "address" else name): old for name, (old, _) in overwritten.items()}
        return PlanRow(
            Action.RESTORE,
            Entity.CUSTOMER,
            System.QUICKBOOKS,
            write.source_id,
            syncta_id,
            UNDONE,
            changes={name: (new, old) for name, (old, new) in overwritten.items()},
            # What flowed stays applied: it does not flow again before it changes again in QuickBooks.
            payload={**sent, "applied": {}, UNDOES: self.undoes},
            seen=(seen(System.SYNCTA, Entity.CUSTOMER, customer),),
            key=self.state.key("restore", Entity.CUSTOMER, write.source_id, f"{syncta_id}.{customer.version}"),
        )

    def remove(self, write: OutboxRow, left: _Left, removed: set[str]) -> PlanRow:
        """A created customer: delete it in Syncta, only if nothing hangs on it (rules 5)."""
        syncta_id = str((write.result or {}).get("id", ""))
        customer, link = self.state.syncta_customers.get(syncta_id), self.state.customer_links.get(write.source_id)
        if customer is None:
            return self._refused(write, syncta_id, "gone_since")
        if link is None or link.syncta_id != syncta_id:
            return self._refused(write, syncta_id, "not_linked_any_more")
        if syncta_id in left.billed or left.children.get(syncta_id, set()) - removed:
            return self._refused(write, syncta_id, "something_hangs_on_it")
        if not self._unchanged(write, customer):
            return self._refused(write, syncta_id, CHANGED_SINCE)
        return PlanRow(
            Action.REMOVE,
            Entity.CUSTOMER,
            System.QUICKBOOKS,
            write.source_id,
            syncta_id,
            UNDONE,
            payload={"applied": {}, UNDOES: self.undoes},
            seen=(seen(System.SYNCTA, Entity.CUSTOMER, customer),),
            order=-self.depth(write),
            key=self.state.key("remove", Entity.CUSTOMER, write.source_id, syncta_id),
        )

    def unlink(self, link: Link) -> PlanRow:
        """A link the run made without a write: it ends, and the record waits for a person."""
        customer = link.entity is Entity.CUSTOMER
        source = System.QUICKBOOKS if customer else System.SYNCTA
        ids = (link.quickbooks_id, link.syncta_id) if customer else (link.syncta_id, link.quickbooks_id)
        ends = {"quickbooks_id": link.quickbooks_id, "syncta_id": link.syncta_id, UNDOES: self.undoes}
        return PlanRow(Action.UNLINK, link.entity, source, *ids, UNDONE, payload=ends)

    def unlink_customer(self, link: Link, left: _Left) -> PlanRow:
        """A customer's link stays while invoices went through it that are not taken back."""
        if link.quickbooks_id in left.sent_to:
            reason = "something_hangs_on_it"
            who = (link.entity, System.QUICKBOOKS, link.quickbooks_id, link.syncta_id)
            return PlanRow(Action.SKIP, *who, reason, REFUSALS[reason])
        return self.unlink(link)

    def depth(self, write: OutboxRow) -> int:
        """How many ancestors the customer of a write has."""
        return levels_of(self.state.quickbooks_customers).get(write.source_id, 0)

    def _unchanged(self, write: OutboxRow, record: Customer | Invoice) -> bool:
        return int((write.result or {}).get("version", -1)) == record.version

    def _refused(self, write: OutboxRow, target_id: str, reason: str) -> PlanRow:
        source = System.SYNCTA if write.action == "push" else System.QUICKBOOKS
        return PlanRow(Action.SKIP, write.entity, source, write.source_id, target_id, reason, REFUSALS[reason])
