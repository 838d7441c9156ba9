"""What settled QuickBooks invoices: how much money, credit and journal, by which payments, when (rules 4.1).

In QuickBooks everything that lowers a balance is a payment: money, or a payment of zero that puts a credit memo or a
journal entry against the invoice. Only a deposit stands on the invoice itself. Taking a payment to the bank changes
none of this.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from include.records import CreditMemo, Invoice, Payment

ZERO, CENT = Decimal(0), Decimal("0.01")
LONGEST_REFERENCE = 500
"""Characters Syncta takes in a paid mark's reference."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one payment does for one invoice, by what it was paid with."""

    money: Decimal = ZERO
    credit: Decimal = ZERO
    journal: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Settlement:
    """How invoices came to balance 0. `other` is what nothing that was read explains.

    `date` is the latest date among the settling transactions, never before the invoice's own; `references` names every
    one of them; `money_parts` is the money of each payment with its day.
    """

    money: Decimal
    credit: Decimal
    journal: Decimal
    deposit: Decimal
    other: Decimal
    date: dt.date
    references: tuple[str, ...]
    payment_ids: tuple[str, ...]
    money_parts: tuple[tuple[dt.date, Decimal], ...] = ()

    @property
    def fingerprint(self) -> str:
        """Tells one set of settling payments from another: a later second payment is another mark (rules 4.4)."""
        return fingerprint_of(self.payment_ids)

    @property
    def without_money(self) -> Decimal:
        """The part that no money was received for (rules 4.2)."""
        return self.credit + self.journal + self.other

    @property
    def reference(self) -> str:
        """All references as Syncta takes them."""
        listed = ", ".join(self.references)
        return listed if len(listed) <= LONGEST_REFERENCE else listed[: LONGEST_REFERENCE - 1] + "…"

    @property
    def split(self) -> dict[str, str]:
        """The parts as text, those that are not zero."""
        parts = {"money": self.money, "credit": self.credit, "journal": self.journal, "deposit": self.deposit}
        return {name: str(amount) for name, amount in {**parts, "other": self.other}.items() if amount}


def fingerprint_of(payment_ids: Iterable[str]) -> str:
    """A short text for a set of payments."""
    return hashlib.sha256(" ".join(payment_ids).encode()).hexdigest()[:12]


def payments_by_invoice(payments: Iterable[Payment]) -> dict[str, list[Payment]]:
    """QuickBooks invoice id → the payments put against it, oldest first."""
    found: dict[str, list[Payment]] = defaultdict(list)
    for payment in sorted(payments, key=lambda p: (p.date, p.id)):
        for invoice_id in dict.fromkeys(part.id for part in payment.applied if part.kind == "Invoice"):
            found[invoice_id].append(payment)
    return found


def settlement_of(
    invoices: Sequence[Invoice], payments: Iterable[Payment], memos: Mapping[str, CreditMemo], fallback: dt.date
) -> Settlement:
    """How the invoices together were settled; `memos` are credit memos by id, `fallback` dates what is unexplained."""
    distinct = {payment.id: payment for payment in payments}
    payments = sorted(distinct.values(), key=lambda payment: (payment.date, payment.id))
    shares = {
        p.id: _sum(share for i, share in shares_of(p).items() if i in {one.id for one in invoices}) for p in payments
    }
    money, credit, journal = (sum((getattr(s, kind) for s in shares.values()), ZERO) for kind in _KINDS)
    deposit = sum((invoice.deposit for invoice in invoices), ZERO)
    settled = sum((invoice.total - (invoice.balance or ZERO) for invoice in invoices), ZERO)
    other = settled - money - credit - journal - deposit
    days = [day for payment in payments for day in _days(payment, memos)]
    return Settlement(
        money=money,
        credit=credit,
        journal=journal,
        deposit=deposit,
        other=other,
        date=max([*days, *([fallback] if other else []), *(invoice.date for invoice in invoices)]),
        references=tuple(_references(payments, memos, deposit)) or ("QuickBooks",),
        payment_ids=tuple(sorted(p.id for p in payments)),
        money_parts=tuple((p.date, shares[p.id].money) for p in payments if shares[p.id].money),
    )


_KINDS = ("money", "credit", "journal")


def shares_of(payment: Payment) -> dict[str, Share]:
    """What a payment does for each invoice it names, to the cent; its credits are spread over all of them evenly.

    QuickBooks does not say which invoice got the credit and which the money: each gets its proportion, and the parts
    add up exactly. What neither explains was put there by a journal entry.
    """
    billed: dict[str, Decimal] = defaultdict(Decimal)
    for part in payment.applied:
        if part.kind == "Invoice":
            billed[part.id] += part.amount
    total = sum(billed.values(), ZERO)
    credit = min(sum((part.amount for part in payment.applied if part.kind == "CreditMemo"), ZERO), total)
    money = min(max(payment.total - payment.unapplied, ZERO), total - credit)
    credits = _spread(credit, billed)
    moneys = _spread(money, {i: amount - credits[i] for i, amount in billed.items()})
    return {i: Share(moneys[i], credits[i], amount - credits[i] - moneys[i]) for i, amount in billed.items()}


def _spread(amount: Decimal, over: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """An amount spread in proportion, in whole cents that add up to it."""
    total, reached, given, found = sum(over.values(), ZERO), ZERO, ZERO, {}
    for key, part in over.items():
        reached += part
        upto = (amount * reached / total).quantize(CENT, ROUND_HALF_UP) if total else ZERO
        found[key], given = upto - given, upto
    return found


def _sum(shares: Iterable[Share]) -> Share:
    shares = list(shares)
    return Share(*(sum((getattr(share, kind) for share in shares), ZERO) for kind in _KINDS))


def _days(payment: Payment, memos: Mapping[str, CreditMemo]) -> Iterable[dt.date]:
    yield payment.date
    yield from (memos[part.id].date for part in payment.applied if part.kind == "CreditMemo" and part.id in memos)


def _references(payments: Iterable[Payment], memos: Mapping[str, CreditMemo], deposit: Decimal) -> Iterable[str]:
    """Every transaction that had a part in it. A payment of zero is only QuickBooks' way to apply what it names."""
    found: list[str] = []
    for payment in payments:
        credits = [_named(part.kind, part.id, memos) for part in payment.applied if part.kind != "Invoice"]
        if payment.reference or payment.total > 0 or not credits:
            found.append(payment.reference or f"QuickBooks payment {payment.id}")
        found += credits
    return dict.fromkeys([*found, *(["deposit on the invoice"] if deposit else [])])


def _named(kind: str, record_id: str, memos: Mapping[str, CreditMemo]) -> str:
    memo = memos.get(record_id)
    if kind == "CreditMemo":
        return f"credit memo {memo.number if memo and memo.number else record_id}"
    return f"{'journal entry' if kind == 'JournalEntry' else kind} {record_id}"
