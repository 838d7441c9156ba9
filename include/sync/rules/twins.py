"""Documents in QuickBooks that may already be one of ours: by our mark, from before go-live, or typed in by hand.

Nothing here guesses: a history link needs number, customer family, total and a near date (rules 3.2); a document
that merely looks alike holds an invoice back, and holds back one at most (rules 3.3).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from include.records import Customer, Invoice, SalesReceipt
from include.sync.state import State

MARK = re.compile(r"\[syncta:(?P<company>[a-z0-9_]+):(?P<id>[^\]]+)\]")

Document = Invoice | SalesReceipt


def mark_of(company: str, invoice_id: str) -> str:
    """The mark a pushed invoice carries in its PrivateNote (rules 3.5)."""
    return f"[syncta:{company}:{invoice_id}]"


def marked_id(company: str, document: Document) -> str:
    """The Syncta invoice whose mark of this company a document bears, or empty."""
    mark = MARK.search(document.note)
    return mark["id"] if mark and mark["company"] == company else ""


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
    given: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, state: State, linked: Collection[str], waiting: Collection[str]) -> Twins:
        """All documents of QuickBooks but for the `linked` invoices; `waiting` are the unlinked invoices of Syncta."""
        company = state.company
        families = families_of(state.quickbooks_customers.values())
        twins = cls(company.key, company.history_days, company.already_entered_days, families)
        for invoice in state.quickbooks_invoices.values():
            if invoice.id not in linked:
                twins._add_invoice(invoice, waiting)
        for receipt in state.sales_receipts.values():
            twins.by_family[twins.family(receipt.customer_id)].append(receipt)
        return twins

    def family(self, customer_id: str) -> str:
        """The family of a QuickBooks customer."""
        return self.families.get(customer_id, customer_id)

    def give(self, document: Document) -> None:
        """A document that is spoken for."""
        self.given.add(_name(document))

    def marked(self, invoice_id: str) -> list[Invoice]:
        """The unlinked QuickBooks invoices that bear a Syncta invoice's mark, in the order of their ids."""
        found = [twin for twin in self.by_mark.get(invoice_id, []) if _name(twin) not in self.given]
        return sorted(found, key=lambda twin: twin.id)

    def historic(self, invoice: Invoice, customer_id: str) -> Invoice | None:
        """The invoice's partner from before go-live: same number, family and total, not void, dates near (3.2)."""
        twins = self.by_number.get(invoice.number, [])
        found = self._nearest(twins, invoice, customer_id, self.history_days)
        if not isinstance(found, Invoice):
            return None
        self.give(found)
        return found

    def suggestion(self, invoice: Invoice, customer_id: str) -> Document | None:
        """A document that agrees in all but the number: a person may link it (3.2)."""
        return self._nearest(self._of_family(customer_id), invoice, customer_id, self.history_days)

    def already_entered(
        self,
        invoice: Invoice,
        customer_id: str,
        *,
        before: dt.datetime | None = None,
        after: dt.datetime | None = None,
    ) -> Document | None:
        """A document of the same family with the same total and a near date, created `before` or `after` then if that
        is given; it holds back one invoice only (3.3)."""
        found = [
            twin
            for twin in self._of_family(customer_id)
            if (before is None or twin.created_at < before) and (after is None or twin.created_at >= after)
        ]
        nearest = self._nearest(found, invoice, customer_id, self.entered_days)
        if nearest is not None:
            self.give(nearest)
        return nearest

    def _add_invoice(self, invoice: Invoice, waiting: Collection[str]) -> None:
        marked = marked_id(self.company, invoice)
        if marked:
            self.by_mark[marked].append(invoice)
        # The mark of an invoice that waits says whose it is. Another mark says little: people copy invoices, note
        # and all, to type the next one, and delete an invoice in Syncta to enter it anew.
        if marked not in waiting:
            self.by_number[invoice.number].append(invoice)
            self.by_family[self.family(invoice.customer_id)].append(invoice)

    def _of_family(self, customer_id: str) -> list[Document]:
        return self.by_family.get(self.family(customer_id), [])

    def _nearest(self, twins: Iterable[Document], invoice: Invoice, customer_id: str, days: int) -> Document | None:
        """The document of the same total and family, not void, whose date is nearest."""
        family = self.family(customer_id)
        same = [
            twin
            for twin in twins
            if twin.total == invoice.total != 0
            and self.family(twin.customer_id) == family
            and _days_apart(invoice, twin) <= days
            and _name(twin) not in self.given
        ]
        return min(same, key=lambda twin: (_days_apart(invoice, twin), _name(twin)), default=None)


def _name(document: Document) -> tuple[str, str]:
    return (type(document).__name__, document.id)


def _days_apart(invoice: Invoice, twin: Document) -> int:
    return abs((invoice.date - twin.date).days)
