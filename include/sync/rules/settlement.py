"""What settled a QuickBooks invoice: which payments, with how much money and how much credit, when (rules 4.1)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from include.records import Invoice, Payment

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Settlement:
    """How an invoice came to balance 0. `other` is what neither money nor credit explains (journal, deposit field).

    `date` is the latest date among the settling payments, never before the invoice's own; `references` every
    payment's reference, or its QuickBooks id where it has none.
    """

    money: Decimal
    credit: Decimal
    other: Decimal
    date: dt.date
    references: tuple[str, ...]
    payment_ids: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """Tells one set of settling payments from another: a later second payment is another mark (rules 4.4)."""
        return hashlib.sha256(" ".join(self.payment_ids).encode()).hexdigest()[:12]


def payments_by_invoice(payments: Iterable[Payment]) -> dict[str, list[Payment]]:
    """QuickBooks invoice id → the payments put against it, oldest first."""
    found: dict[str, list[Payment]] = defaultdict(list)
    for payment in sorted(payments, key=lambda p: (p.date, p.id)):
        for invoice_id in dict.fromkeys(part.id for part in payment.applied if part.kind == "Invoice"):
            found[invoice_id].append(payment)
    return found


def settlement_of(invoice: Invoice, payments: Iterable[Payment], fallback: dt.date) -> Settlement:
    """How the invoice was settled; `fallback` dates it where no settling payment is known."""
    payments = list(payments)
    money = sum((_applied(p, invoice.id) for p in payments if p.total > 0), ZERO)
    credit = sum((_applied(p, invoice.id) for p in payments if p.total == 0), ZERO)
    settled = invoice.total - (invoice.balance or ZERO)
    latest = max((p.date for p in payments), default=fallback)
    return Settlement(
        money=money,
        credit=credit,
        other=settled - money - credit,
        date=max(latest, invoice.date),
        references=tuple(p.reference or f"QuickBooks payment {p.id}" for p in payments) or ("QuickBooks",),
        payment_ids=tuple(sorted(p.id for p in payments)),
    )


def _applied(payment: Payment, invoice_id: str) -> Decimal:
    """The part of a payment against this invoice. A zero payment's credit lines carry the same amounts."""
    return sum((a.amount for a in payment.applied if a.kind == "Invoice" and a.id == invoice_id), ZERO)
