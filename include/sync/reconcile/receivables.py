"""Open receivables: what QuickBooks says is owed for linked invoices, against what Syncta says is unpaid (rules 6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from include.ledger.links import Link
from include.records import Entity, Invoice, System
from include.sync.reconcile.equation import TELLS_TOTAL, accepted_on
from include.sync.rows import Action, Plan
from include.sync.rules.decided import original_id
from include.sync.state import State

ZERO = Decimal(0)
PART_PAYMENT, ACCEPTED, UNEXPLAINED = "part_payment", "accepted", ""
TELLS_OPEN = TELLS_TOTAL | {
    "paid_in_syncta_open_in_quickbooks",
    "paid_reopened",
    "reopened_in_syncta",
    "settled_without_money",
    "payment_not_read",
}
"""Holds and exceptions that say why an invoice is open on one side only."""
ON_THEIR_WAY = (Action.MARK_PAID, Action.REOPEN, Action.VOID)


@dataclass(frozen=True, slots=True)
class Owed:
    """One linked invoice on which the sides differ. `reason` says why; empty if nothing explains it."""

    syncta_id: str
    number: str
    currency: str
    in_quickbooks: Decimal
    in_syncta: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class Receivables:
    """Both sides' sums by currency, and the invoices on which they differ."""

    in_quickbooks: dict[str, Decimal]
    in_syncta: dict[str, Decimal]
    differing: tuple[Owed, ...]

    @property
    def unexplained(self) -> tuple[Owed, ...]:
        """Those that nothing explains: the books do not add up."""
        return tuple(one for one in self.differing if one.reason == UNEXPLAINED)


def receivables_of(state: State, plan: Plan) -> Receivables:
    """Of all linked invoices that are there on both sides."""
    quickbooks, syncta = defaultdict[str, Decimal](Decimal), defaultdict[str, Decimal](Decimal)
    reasons, differing = _reasons(state, plan), []
    for ours, theirs in _pairs(state):
        owed, unpaid = sum((one.balance or ZERO for one in theirs), ZERO), ZERO if ours.status == "paid" else ours.total
        quickbooks[ours.currency] += owed
        syncta[ours.currency] += unpaid
        if owed != unpaid:
            reason = _reason(ours, owed, unpaid, sum((one.total for one in theirs), ZERO), reasons)
            differing.append(Owed(ours.id, ours.number, ours.currency, owed, unpaid, reason))
    return Receivables(
        dict(quickbooks), dict(syncta), tuple(sorted(differing, key=lambda one: (one.number, one.syncta_id)))
    )


def _pairs(state: State) -> Iterator[tuple[Invoice, list[Invoice]]]:
    links: dict[str, list[Link]] = defaultdict(list)
    for link in state.invoice_links.values():
        links[original_id(link.syncta_id)].append(link)
    for syncta_id, some in links.items():
        ours = state.syncta_invoices.get(syncta_id)
        theirs = [
            state.quickbooks_invoices[k.quickbooks_id] for k in some if k.quickbooks_id in state.quickbooks_invoices
        ]
        if ours and theirs:
            yield ours, theirs


def _reason(ours: Invoice, owed: Decimal, unpaid: Decimal, billed: Decimal, reasons: dict[str, str]) -> str:
    told = reasons.get(ours.id, UNEXPLAINED)
    if told in (UNEXPLAINED, ACCEPTED) and 0 < owed < unpaid and billed == ours.total:
        return PART_PAYMENT
    return told


def _reasons(state: State, plan: Plan) -> dict[str, str]:
    """Syncta id → why the sides may differ: a paid mark on its way, something told, something accepted."""
    found = {one.record_id: ACCEPTED for one in accepted_on(state, TELLS_OPEN)}
    for row in plan.with_action(*ON_THEIR_WAY, Action.EXCEPTION, Action.HOLD):
        if row.entity is Entity.INVOICE and (row.action in ON_THEIR_WAY or row.reason in TELLS_OPEN):
            syncta_id = row.source_id if row.source is System.SYNCTA else row.target_id
            found[original_id(syncta_id)] = row.reason
    return found
