"""Whether a QuickBooks invoice may be voided by the sync on a person's decision (rules §5): asked by undo and by
the decision `void`.

Voiding is refused where it would change books that somebody relies on; a person may still do it in QuickBooks.
"""

from __future__ import annotations

from decimal import Decimal

from include.ledger.links import Link
from include.records import Invoice
from include.sync.books import final_through
from include.sync.state import State

PERIOD_CLOSED, PERIOD_FINAL = "period_closed", "period_final"
PAYMENT_LINKED, WAS_EMAILED, CHANGED_SINCE = "payment_linked", "was_emailed", "changed_since"


def why_not_voidable(state: State, link: Link, invoice: Invoice) -> str:
    """Why the linked QuickBooks invoice must not be voided: the first obstacle's reason code, or an empty text.

    `period_closed`, `period_final`, `payment_linked` (money, credit or journal), `was_emailed`, `changed_since`.
    """
    books = state.books
    if books.closed_through and invoice.date <= books.closed_through:
        return PERIOD_CLOSED
    if invoice.date <= final_through(state.company, books.today):
        return PERIOD_FINAL
    if _is_settled(state, invoice):
        return PAYMENT_LINKED
    if invoice.emailed:
        return WAS_EMAILED
    return CHANGED_SINCE if _changed(link, invoice) else ""


def _is_settled(state: State, invoice: Invoice) -> bool:
    """Whether anything was put against it; a journal or a deposit field shows in the balance only."""
    if invoice.settled_by or (invoice.balance is not None and invoice.balance != invoice.total):
        return True
    parts = (part for payment in state.payments.values() for part in payment.applied)
    return any(part.kind == "Invoice" and part.id == invoice.id for part in parts)


def _changed(link: Link, invoice: Invoice) -> bool:
    """Whether it is another invoice than the one that was sent or linked: by its version where that is known, since
    a changed text counts too, and always by customer, number, date and total."""
    sent = link.applied
    if invoice.version != int(sent.get("returned_version", invoice.version)):
        return True
    now = {"customer_id": invoice.customer_id, "number": invoice.number, "date": invoice.date.isoformat()}
    if any(sent.get(name) and sent[name] != value for name, value in now.items()):
        return True
    return invoice.total != Decimal(sent.get("returned_total") or sent.get("total") or invoice.total)
