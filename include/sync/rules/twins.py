"""Documents in QuickBooks that may already be one of ours: by our mark, from before go-live, or typed in by hand.

Nothing here guesses: a history link needs number, customer family, total and a near date (rules 3.2); a document
that merely looks alike holds an invoice back, and holds back one at most (rules 3.3).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from include.records import Customer, Invoice, SalesReceipt
from include.sync.state import State

MARK = re.compile(r"\[syncta:(?P<company>[a-z0-9_]+):(?P<id>[^\]]+)\]")

Document = Invoice | SalesReceipt
D = TypeVar("D", Invoice, SalesReceipt, Document)


def mark_of(company: str, invoice_id: str) -> str:
    """The mark a pushed invoice carries in its PrivateNote (rules 3.5)."""
    return f"[syncta:{company}:{invoice_id}]"


def families_of(customers: Iterable[Customer]) -> dict[str, str]:
    """QuickBooks customer id → id of the topmost ancestor, the name of its family."""
    parents = {customer.id: customer.parent_id for customer in customers}
    return {start: _root(start, parents) for start in parents}


def _root(start: str, parents: dict[str, str]) -> str:
    root, steps = start, 0
    while parents.get(root) and steps < 10:
        root, steps = parents[root], steps + 1
    return root


@dataclass(slots=True)
class Twins:
    """The unlinked documents of QuickBooks, looked up in several ways; each is given away once."""

    company: str
    history_days: int
    entered_days: int
    families: dict[str, str]
    by_number: dict[str, list[Invoice]] = field(default_factory=lambda: defaultdict(list))
    by_family: dict[str, list[Document]] = field(default_factory=lambda: defaultdict(list))
    by_mark: dict[str, list[Invoice]] = field(default_factory=lambda: defaultdict(list))
    given: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, state: State) -> Twins:
        """All documents of QuickBooks that no link claims."""
        company = state.company
        families = families_of(state.quickbooks_customers.values())
        twins = cls(company.key, company.history_days, company.already_entered_days, families)
        linked = {link.quickbooks_id for link in state.invoice_links.values()}
        for invoice in sorted(state.quickbooks_invoices.values(), key=_oldest_first):
            if invoice.id not in linked:
                twins._add_invoice(invoice)
        for receipt in sorted(state.sales_receipts.values(), key=_oldest_first):
            twins.by_family[twins.family(receipt.customer_id)].append(receipt)
        return twins

    def family(self, customer_id: str) -> str:
        """The family of a QuickBooks customer."""
        return self.families.get(customer_id, customer_id)

    def marked(self, invoice: Invoice) -> Invoice | None:
        """The unlinked QuickBooks invoice that bears this Syncta invoice's mark."""
        return next(self._free(self.by_mark.get(invoice.id, [])), None)

    def historic(self, invoice: Invoice, customer_id: str) -> Invoice | None:
        """The invoice's partner from before go-live: same number, family and total, not void, dates near (3.2)."""
        for twin in self._free(self.by_number.get(invoice.number, [])):
            if self._alike(invoice, twin, customer_id) and _days_apart(invoice, twin) <= self.history_days:
                self.given.add(twin.id)
                return twin
        return None

    def already_entered(self, invoice: Invoice, customer_id: str) -> Document | None:
        """A document of the same family with the same total and a near date; it holds back one invoice only (3.3)."""
        for twin in self._free(self.by_family.get(self.family(customer_id), [])):
            if self._alike(invoice, twin, customer_id) and _days_apart(invoice, twin) <= self.entered_days:
                self.given.add(twin.id)
                return twin
        return None

    def _add_invoice(self, invoice: Invoice) -> None:
        mark = MARK.search(invoice.note)
        if mark and mark["company"] == self.company:
            self.by_mark[mark["id"]].append(invoice)
        self.by_number[invoice.number].append(invoice)
        self.by_family[self.family(invoice.customer_id)].append(invoice)

    def _alike(self, invoice: Invoice, twin: Document, customer_id: str) -> bool:
        return twin.total == invoice.total != 0 and self.family(twin.customer_id) == self.family(customer_id)

    def _free(self, documents: Iterable[D]) -> Iterator[D]:
        return (document for document in documents if document.id not in self.given)


def _oldest_first(document: Document) -> tuple[dt.date, str]:
    """Which of several alike is given away first does not depend on the order they were read in."""
    return (document.date, document.id)


def _days_apart(invoice: Invoice, twin: Document) -> int:
    return abs((invoice.date - twin.date).days)
