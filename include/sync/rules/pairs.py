"""A linked invoice as both sides show it: the Syncta invoice, its document in QuickBooks and any supplements."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from include.ledger.links import Link
from include.records import Customer, Invoice, Payment
from include.sync.rows import Action, PlanRow
from include.sync.rules.decided import original_id
from include.sync.rules.settlement import Settlement, fingerprint_of, payments_by_invoice, settlement_of
from include.sync.rules.twins import families_of
from include.sync.state import State

ZERO = Decimal(0)
NEVER = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
"""The time of a link that is only planned."""


@dataclass(frozen=True, slots=True)
class Document:
    """One linked invoice of QuickBooks with what was sent; `invoice` is None once it is deleted there."""

    link: Link
    invoice: Invoice | None
    payments: tuple[Payment, ...] = ()

    @property
    def sent_total(self) -> Decimal:
        """The total of the snapshot that was pushed, or of Syncta's invoice when it was linked."""
        return Decimal(self.link.applied.get("total", self.invoice.total if self.invoice else "0"))

    @property
    def returned_total(self) -> Decimal:
        """The total QuickBooks answered when it was sent."""
        return Decimal(self.link.applied.get("returned_total", self.sent_total))

    @property
    def total(self) -> Decimal:
        """What it bills now."""
        return self.invoice.total if self.invoice else ZERO


@dataclass(frozen=True, slots=True)
class Pair:
    """A Syncta invoice, None once it is deleted there, and its documents: the invoice, then its supplements."""

    syncta_id: str
    syncta: Invoice | None
    documents: tuple[Document, ...]

    @property
    def link(self) -> Link:
        """The link of the first document: it keeps what is remembered of the whole, such as the paid mark."""
        return self.documents[0].link

    @property
    def invoices(self) -> tuple[Invoice, ...]:
        """Those of its documents that are there."""
        return tuple(document.invoice for document in self.documents if document.invoice)

    @property
    def sent_total(self) -> Decimal:
        """What was billed for it."""
        return sum((document.sent_total for document in self.documents), ZERO)

    @property
    def total(self) -> Decimal:
        """What QuickBooks bills now."""
        return sum((document.total for document in self.documents), ZERO)

    @property
    def balance(self) -> Decimal:
        """What is open in QuickBooks."""
        return sum((invoice.balance or ZERO for invoice in self.invoices), ZERO)

    @property
    def is_paid(self) -> bool:
        """Balance 0 of a total above 0, of all documents together (R12, rules 4.1)."""
        known = all(invoice.balance == 0 for invoice in self.invoices)
        return known and len(self.invoices) == len(self.documents) and self.total > 0

    @property
    def mark(self) -> Mapping[str, Any]:
        """The paid mark this sync put on Syncta's invoice; empty if it did not, or took it back."""
        return {} if self._ever_marked.get("undone") else self._ever_marked

    @property
    def was_marked(self) -> bool:
        """Whether it was marked, even if an undo took the mark back since."""
        return bool(self._ever_marked)

    @property
    def marked_payments(self) -> tuple[str, ...]:
        """The payments it was marked for."""
        return tuple(self._ever_marked.get("settled_by", ()))

    @property
    def _ever_marked(self) -> Mapping[str, Any]:
        return self.link.applied.get("paid") or {}

    @property
    def mark_fingerprint(self) -> str:
        """Tells one paid mark from another."""
        return fingerprint_of(self.marked_payments)

    def unread_payments(self, state: State) -> bool:
        """Whether QuickBooks names a payment that has not been read yet."""
        return any(payment not in state.payments for invoice in self.invoices for payment in invoice.settled_by)

    def settlement(self, state: State) -> Settlement:
        """How it was settled."""
        changed = max(invoice.updated_at for invoice in self.invoices)
        fallback = changed.astimezone(state.company.zone).date()
        payments = [payment for document in self.documents for payment in document.payments]
        return settlement_of(self.invoices, payments, state.credit_memos, fallback)


def pairs_of(state: State, links: Iterable[Link]) -> Iterator[Pair]:
    """The pairs of these links, supplements with the invoice they belong to."""
    payments = payments_by_invoice(state.payments.values())
    together: dict[str, list[Document]] = defaultdict(list)
    for link in sorted(links, key=lambda link: (link.syncta_id, link.quickbooks_id)):
        theirs = state.quickbooks_invoices.get(link.quickbooks_id)
        put_against_it = tuple(payments.get(link.quickbooks_id, ()))
        together[original_id(link.syncta_id)].append(Document(link, theirs, put_against_it))
    for syncta_id, documents in together.items():
        documents.sort(key=lambda document: document.link.syncta_id != syncta_id)
        if documents[0].link.syncta_id != syncta_id:
            continue  # a supplement alone: the invoice itself is unlinked, and told as that
        yield Pair(syncta_id, state.syncta_invoices.get(syncta_id), tuple(documents))


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
