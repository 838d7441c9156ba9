"""Invoices that have a partner: paid, part-paid, or changed on one side since (R9, R12, rules 3.10 and 4).

Nothing here writes to QuickBooks, and the only write to Syncta is the paid mark. Whatever differs is told, once per
state, as an exception; it closes by itself when both sides agree again.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from include.ledger.links import Link
from include.records import Customer, Entity, Invoice, Payment, System
from include.sync.reasons import EXCEPTIONS
from include.sync.rows import Action, PlanRow
from include.sync.rules.settlement import Settlement, payments_by_invoice, settlement_of
from include.sync.rules.twins import families_of
from include.sync.state import State, seen

ZERO = Decimal(0)
NEVER = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
"""The time of a link that is only planned."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A linked invoice as both sides show it, with what was sent."""

    link: Link
    syncta: Invoice
    quickbooks: Invoice
    payments: tuple[Payment, ...]

    @property
    def sent_total(self) -> Decimal:
        """The total of the snapshot that was pushed, or of the history that was linked."""
        return Decimal(self.link.applied.get("total", str(self.syncta.total)))

    @property
    def returned_total(self) -> Decimal:
        """The total QuickBooks answered when it was sent."""
        return Decimal(self.link.applied.get("returned_total", str(self.sent_total)))

    def marked_for(self, settlement: Settlement) -> bool:
        """Whether it was marked as paid before, for these payments."""
        mark = self.link.applied.get("paid")
        return isinstance(mark, Mapping) and tuple(mark.get("settled_by", ())) == settlement.payment_ids

    @property
    def is_paid(self) -> bool:
        """Balance 0 of a total above 0 (R12)."""
        return self.quickbooks.balance == 0 and self.quickbooks.total > 0


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose an invoice is on either side. A family counts as one customer: a parent may be billed for its child."""

    customers: Mapping[str, Customer]
    partners: Mapping[str, tuple[str, ...]]
    families: Mapping[str, str]
    syncta_families: Mapping[str, str]
    billed_for: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, state: State, partners: Mapping[str, str]) -> Owners:
        """`partners` maps Syncta customers to the QuickBooks customers they are billed to, several to one."""
        syncta_families = families_of(state.syncta_customers.values())
        billed_for: dict[str, set[str]] = defaultdict(set)
        linked = state.linked_customers()
        for syncta_id, quickbooks_id in (*partners.items(), *linked.items()):
            billed_for[quickbooks_id].add(syncta_families.get(syncta_id, syncta_id))
        return cls(
            customers=state.quickbooks_customers,
            # What was sent before a person chose to bill another one stays where it is (rules 2.8).
            partners={syncta_id: (billed, linked.get(syncta_id, billed)) for syncta_id, billed in partners.items()},
            families=families_of(state.quickbooks_customers.values()),
            syncta_families=syncta_families,
            billed_for={quickbooks_id: frozenset(families) for quickbooks_id, families in billed_for.items()},
        )

    def differ(self, ours: Invoice, theirs: Invoice) -> bool:
        """Whether it was moved in one of the systems. An inactive or merged customer is told by itself (rules 2.6)."""
        known = [self.customers[one] for one in self.partners.get(ours.customer_id, ()) if one in self.customers]
        if not known:
            return self._linked_to_others(ours, theirs)
        family = self.families.get(theirs.customer_id, theirs.customer_id)
        return all(partner.active and self.families[partner.id] != family for partner in known)

    def _linked_to_others(self, ours: Invoice, theirs: Invoice) -> bool:
        """Moved to a customer without partner, while the one QuickBooks bills has a partner still."""
        billed = self.billed_for.get(theirs.customer_id)
        return billed is not None and self.syncta_families.get(ours.customer_id) not in billed


def planned_links(rows: Iterable[PlanRow]) -> Iterator[Link]:
    """The links that the `link` rows of a plan will make, so that a first run also marks what is paid already."""
    for row in rows:
        if row.action is Action.LINK:
            yield Link(
                entity=row.entity,
                quickbooks_id=row.payload["quickbooks_id"],
                syncta_id=row.payload["syncta_id"],
                how=row.payload["how"],
                applied=row.payload["applied"],
                run_id="",
                linked_at=NEVER,
            )


def plan_linked_invoices(state: State, links: Iterable[Link], partners: Mapping[str, str]) -> Iterator[PlanRow]:
    """Rows for every linked invoice that calls for something; `links` are those in the ledger and those planned."""
    payments = payments_by_invoice(state.payments.values())
    owners = Owners.of(state, partners)
    for link in links:
        ours, theirs = state.syncta_invoices.get(link.syncta_id), state.quickbooks_invoices.get(link.quickbooks_id)
        if ours and theirs:
            pair = Pair(link, ours, theirs, tuple(payments.get(theirs.id, ())))
            yield from _changed(pair, owners)
            yield from _money(state, pair)
        else:
            yield from _gone(state, link, ours, theirs)


def _gone(state: State, link: Link, ours: Invoice | None, theirs: Invoice | None) -> Iterator[PlanRow]:
    """One side deleted it after it was sent (rules 3.10)."""
    amount = Decimal(link.applied.get("total", "0"))
    if ours is None and state.gone(System.SYNCTA, Entity.INVOICE, link.syncta_id):
        yield _exception(link, "gone_in_syncta", amount)
    if theirs is None and state.gone(System.QUICKBOOKS, Entity.INVOICE, link.quickbooks_id):
        yield _exception(link, "gone_in_quickbooks", amount)


def _changed(pair: Pair, owners: Owners) -> Iterator[PlanRow]:
    """What differs from the snapshot that was sent (R9, R11, rules 3.10)."""
    link, ours, theirs = pair.link, pair.syncta, pair.quickbooks
    if ours.total != pair.sent_total:
        yield _exception(link, "unbilled_change", ours.total - pair.sent_total)
    if owners.differ(ours, theirs):
        yield _exception(link, "customer_differs", ours.total)
    if theirs.total == 0:
        if pair.sent_total != 0:
            yield _exception(link, "zeroed_in_quickbooks", pair.sent_total)
    elif theirs.total != pair.sent_total:
        yield _exception(link, _total_reason(pair), theirs.total - pair.sent_total)


def _total_reason(pair: Pair) -> str:
    if pair.is_paid:
        return "paid_at_other_total"
    return "total_differs" if pair.quickbooks.total == pair.returned_total else "edited_in_quickbooks"


def _money(state: State, pair: Pair) -> Iterator[PlanRow]:
    """Paid, part-paid, or paid on one side only (R12, rules 4)."""
    marked = pair.syncta.status == "paid"
    if pair.is_paid:
        fallback = pair.quickbooks.updated_at.astimezone(state.company.zone).date()
        settlement = settlement_of(pair.quickbooks, pair.payments, fallback)
        if settlement.money <= 0 and (not marked or pair.link.applied.get("paid")):
            yield _exception(pair.link, "settled_without_money", pair.quickbooks.total)
        yield from _paid_twice(pair, settlement) if marked else _paid(state, pair, settlement)
    elif marked and pair.quickbooks.total > 0:
        portal = pair.syncta.portal_payments or not pair.link.applied.get("paid")
        reason = "paid_in_syncta_open_in_quickbooks" if portal else "paid_reopened"
        yield _exception(pair.link, reason, pair.quickbooks.balance or ZERO)
    yield from _balance(pair)


def _paid(state: State, pair: Pair, settlement: Settlement) -> Iterator[PlanRow]:
    """Mark it as paid with date and references; without money only where the settings say so (rules 4.2).

    Marked before for the very same payments, somebody reopened it in Syncta: that is told, not undone.
    """
    if pair.marked_for(settlement):
        yield _exception(pair.link, "reopened_in_syncta", pair.quickbooks.total)
    elif settlement.money > 0 or state.company.settled_without_money == "pay":
        yield PlanRow(
            Action.MARK_PAID,
            Entity.INVOICE,
            System.QUICKBOOKS,
            pair.quickbooks.id,
            target_id=pair.syncta.id,
            reason="history" if pair.link.how == "history" else "paid",
            amount=pair.quickbooks.total,
            payload={
                "date": settlement.date.isoformat(),
                "reference": ", ".join(settlement.references),
                "settled_by": list(settlement.payment_ids),
            },
            seen=(
                seen(System.QUICKBOOKS, Entity.INVOICE, pair.quickbooks),
                seen(System.SYNCTA, Entity.INVOICE, pair.syncta),
            ),
            key=state.key("mark_paid", Entity.INVOICE, pair.syncta.id, settlement.fingerprint),
        )


def _paid_twice(pair: Pair, settlement: Settlement) -> Iterator[PlanRow]:
    """Portal and QuickBooks both took money: one payment if reference, or amount and day, agree (rules 4.5)."""
    for portal in pair.syncta.portal_payments:
        same_money = portal.amount == settlement.money and abs((portal.date - settlement.date).days) <= 5
        if portal.reference not in settlement.references and not same_money:
            yield _exception(pair.link, "maybe_paid_twice", portal.amount)
            return


def _balance(pair: Pair) -> Iterator[PlanRow]:
    """A part payment only records the balance, in the ledger (rules 4.6). A paid invoice's needs no record."""
    balance = pair.quickbooks.balance
    known = Decimal(pair.link.applied.get("balance", str(pair.returned_total)))
    if not balance or balance == known:
        return
    yield PlanRow(
        Action.RECORD_BALANCE,
        Entity.INVOICE,
        System.QUICKBOOKS,
        pair.quickbooks.id,
        target_id=pair.syncta.id,
        amount=balance,
        payload={"balance": str(balance)},
        seen=(seen(System.QUICKBOOKS, Entity.INVOICE, pair.quickbooks),),
        # After the link that the same plan may make.
        order=pair.syncta.date.toordinal(),
    )


def _exception(link: Link, reason: str, amount: Decimal) -> PlanRow:
    return PlanRow(
        Action.EXCEPTION,
        Entity.INVOICE,
        System.SYNCTA,
        link.syncta_id,
        link.quickbooks_id,
        reason,
        EXCEPTIONS[reason],
        amount=amount,
    )
