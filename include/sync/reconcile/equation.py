"""The equation of rules §6, month by month, over one state and the plan that follows from it.

    ready in Syncta  =  in QuickBooks + unbilled change  +  held  +  skipped  +  unmatched

Each invoice stands in exactly one bucket, by the rules that plan it: there is no second opinion here. What is left over
is the difference, and it must be nothing. A month is that of the invoice's date; each currency adds up by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from include.ledger.decisions import Decision, Verb
from include.ledger.links import Link
from include.records import Entity, Invoice, System
from include.sync.rows import Action, Plan, PlanRow
from include.sync.rules.decided import original_id
from include.sync.state import State

ZERO = Decimal(0)


class Bucket(StrEnum):
    """Where an invoice that is ready in Syncta is."""

    IN_QUICKBOOKS = "in_quickbooks"
    HELD = "held"
    SKIPPED = "skipped"
    UNMATCHED = "unmatched"
    NOWHERE = "nowhere"


BY_ACTION = {
    Action.PUSH: Bucket.HELD,
    Action.LINK: Bucket.HELD,
    Action.HOLD: Bucket.HELD,
    Action.SKIP: Bucket.SKIPPED,
    Action.EXCEPTION: Bucket.UNMATCHED,
}


TELLS_TOTAL = frozenset({
    "unbilled_change",
    "total_differs",
    "edited_in_quickbooks",
    "paid_at_other_total",
    "zeroed_in_quickbooks",
    "gone_in_quickbooks",
})
"""Exceptions that say why QuickBooks bills another total than Syncta. Whatever else is told of an invoice explains no
difference of money."""


@dataclass(frozen=True, slots=True)
class Line:
    """One invoice: `total` is Syncta's, `in_quickbooks` what QuickBooks bills for it, `reason` the plan's.

    `explained` says whether it has its place, and a difference between the two is told to people or accepted by one.
    """

    syncta_id: str
    number: str
    customer_id: str
    month: str
    currency: str
    bucket: Bucket
    reason: str
    total: Decimal
    in_quickbooks: Decimal = ZERO
    quickbooks_ids: tuple[str, ...] = ()
    explained: bool = True

    @property
    def change(self) -> Decimal:
        """What is billed in Syncta and not in QuickBooks, of an invoice that is there."""
        return self.total - self.in_quickbooks if self.bucket is Bucket.IN_QUICKBOOKS else ZERO


@dataclass(frozen=True, slots=True)
class Month:
    """One month of one currency; `month` is `2026-10`."""

    month: str
    currency: str
    lines: tuple[Line, ...]

    @property
    def count(self) -> int:
        """Invoices ready in Syncta."""
        return len(self.lines)

    @property
    def total(self) -> Decimal:
        """Their money."""
        return sum((line.total for line in self.lines), ZERO)

    def number_in(self, bucket: Bucket) -> int:
        """Invoices in a bucket."""
        return sum(line.bucket is bucket for line in self.lines)

    def money_in(self, bucket: Bucket) -> Decimal:
        """Money in a bucket: what QuickBooks bills of those that are there, Syncta's total of the others."""
        some = [line for line in self.lines if line.bucket is bucket]
        return sum((line.in_quickbooks if bucket is Bucket.IN_QUICKBOOKS else line.total for line in some), ZERO)

    @property
    def unbilled_change(self) -> Decimal:
        """Differences between the two sides that are told, or were accepted."""
        return sum((line.change for line in self.lines if line.explained), ZERO)

    @property
    def differing(self) -> tuple[Line, ...]:
        """The invoices that nothing explains."""
        return tuple(line for line in self.lines if not line.explained)

    @property
    def difference(self) -> Decimal:
        """Money that nothing explains; 0, or the month does not add up."""
        known = sum((self.money_in(bucket) for bucket in Bucket if bucket is not Bucket.NOWHERE), ZERO)
        return self.total - known - self.unbilled_change

    @property
    def adds_up(self) -> bool:
        """Whether every invoice and every cent has its place."""
        return not self.differing and self.difference == 0


def months_of(state: State, plan: Plan) -> list[Month]:
    """All months with an invoice ready in Syncta, oldest first; `plan` is the plan of that state."""
    lines = sorted(lines_of(state, plan), key=lambda line: (line.month, line.currency, line.number, line.syncta_id))
    found: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        found[line.month, line.currency].append(line)
    return [Month(*key, tuple(some)) for key, some in found.items()]


def lines_of(state: State, plan: Plan) -> Iterable[Line]:
    """One line for every invoice that is ready in Syncta."""
    ready = (*state.company.ready_statuses, "paid")
    links: dict[str, list[Link]] = defaultdict(list)
    for link in state.invoice_links.values():
        links[original_id(link.syncta_id)].append(link)
    rows = _rows(plan)
    explained = _told(plan) | _accepted(state)
    for invoice in state.syncta_invoices.values():
        if invoice.status in ready:
            linked = links.get(invoice.id, [])
            told = invoice.id in explained
            yield _linked(state, invoice, linked, told) if linked else _unlinked(invoice, rows.get(invoice.id))


def _linked(state: State, invoice: Invoice, links: list[Link], told: bool) -> Line:
    documents = [
        state.quickbooks_invoices[k.quickbooks_id] for k in links if k.quickbooks_id in state.quickbooks_invoices
    ]
    there = sum((document.total for document in documents), ZERO)
    ids = tuple(sorted(link.quickbooks_id for link in links))
    if not documents or (there == 0 and invoice.total != 0):
        # A link alone is no proof: what is not there must be told, or it is nowhere.
        reason = "zeroed_in_quickbooks" if documents else "gone_in_quickbooks"
        return _line(invoice, Bucket.UNMATCHED if told else Bucket.NOWHERE, reason, ids=ids)
    return _line(invoice, Bucket.IN_QUICKBOOKS, links[0].how, there, ids, explained=told or there == invoice.total)


def _unlinked(invoice: Invoice, row: PlanRow | None) -> Line:
    if row is None:
        return _line(invoice, Bucket.NOWHERE, "")
    ids = (row.target_id,) if row.target_id else ()
    return _line(invoice, BY_ACTION.get(row.action, Bucket.NOWHERE), row.reason, ids=ids)


def _line(
    invoice: Invoice,
    bucket: Bucket,
    reason: str,
    there: Decimal = ZERO,
    ids: tuple[str, ...] = (),
    *,
    explained: bool = True,
) -> Line:
    who = (invoice.id, invoice.number, invoice.customer_id, f"{invoice.date:%Y-%m}", invoice.currency)
    return Line(*who, bucket, reason, invoice.total, there, ids, explained and bucket is not Bucket.NOWHERE)


def _rows(plan: Plan) -> Mapping[str, PlanRow]:
    """Syncta id → what the plan makes of an invoice without link."""
    return {
        row.source_id: row
        for row in plan.with_action(*BY_ACTION)
        if (row.entity, row.source) == (Entity.INVOICE, System.SYNCTA)
    }


def _told(plan: Plan) -> set[str]:
    """Syncta ids of invoices of which another total is told, or a supplement is on its way."""
    rows = plan.with_action(Action.EXCEPTION, Action.PUSH)
    return {
        original_id(row.source_id)
        for row in rows
        if (row.entity, row.source) == (Entity.INVOICE, System.SYNCTA)
        and (row.action is Action.PUSH or row.reason in TELLS_TOTAL)
    }


def _accepted(state: State) -> set[str]:
    """Syncta ids of invoices of which a person accepted another total."""
    return {one.record_id for one in accepted_on(state, TELLS_TOTAL)}


def accepted_on(state: State, reasons: Collection[str]) -> Iterator[Decision]:
    """What people accepted of Syncta's invoices for one of these reasons. Whether the facts are still those that were
    accepted, the plan has looked at: if not, it tells it again."""
    for one in state.decisions.with_verb(Verb.ACCEPT):
        if (one.entity, one.system) == (Entity.INVOICE, System.SYNCTA) and one.reason in reasons:
            yield one
