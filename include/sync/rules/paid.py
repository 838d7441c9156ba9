"""Money of linked invoices: paid, part-paid, paid on one side only, or open again (R12, rules 4).

The only write is the paid mark in Syncta; taking it back is a person's decision.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from include.ledger.decisions import Decision, Verb
from include.records import Entity, Invoice, PortalPayment, System
from include.sync.rows import Action, PlanRow
from include.sync.rules.decided import decided_on
from include.sync.rules.pairs import Pair
from include.sync.rules.settlement import Settlement
from include.sync.rules.telling import tell
from include.sync.state import State, seen

ZERO = Decimal(0)
SAME_PAYMENT_DAYS = 5
"""Payments of one amount no further apart may be one payment, seen on both sides (rules 4.5)."""


def plan_money(state: State, pair: Pair, ours: Invoice, theirs: Invoice) -> Iterator[PlanRow]:
    """What the balance in QuickBooks asks for, and nothing a second time."""
    if pair.is_paid:
        yield from _settled(state, pair, ours, theirs)
    elif pair.total > 0:
        yield from _open(state, pair, ours, theirs)
    yield from _balance(pair, ours, theirs)


def _settled(state: State, pair: Pair, ours: Invoice, theirs: Invoice) -> Iterator[PlanRow]:
    marked = ours.status == "paid"
    if pair.unread_payments(state):
        if not marked:
            yield tell(Action.HOLD, ours.id, "payment_not_read", pair.total, target_id=theirs.id)
        return
    settlement = pair.settlement(state)
    if settlement.without_money > 0 and (not marked or pair.mark):
        split = settlement.split
        yield _told(ours, theirs, "settled_without_money", settlement.without_money, payload={"settled_by": split})
    yield from _paid_twice(ours, theirs, settlement)
    if not marked:
        yield from _mark(state, pair, ours, theirs, settlement)
    elif pair.mark and pair.marked_payments and pair.marked_payments != settlement.payment_ids:
        # Syncta takes no second mark while it is paid: its date and reference are of a payment that is gone.
        yield _reopen(state, pair, ours, theirs) or _told(ours, theirs, "paid_by_another_payment", pair.total)


def _mark(state: State, pair: Pair, ours: Invoice, theirs: Invoice, settlement: Settlement) -> Iterator[PlanRow]:
    """Mark it as paid with date and references; without money only where the settings say so (rules 4.2).

    Marked before for the very same payments, somebody reopened it in Syncta, or an undo did: that is told.
    """
    if pair.was_marked and pair.marked_payments == settlement.payment_ids:
        yield _told(ours, theirs, "reopened_in_syncta", pair.total)
    elif settlement.without_money <= 0 or state.company.settled_without_money == "pay":
        yield _paid(state, pair, ours, theirs, settlement)


def _paid(state: State, pair: Pair, ours: Invoice, theirs: Invoice, settlement: Settlement) -> PlanRow:
    return PlanRow(
        Action.MARK_PAID,
        Entity.INVOICE,
        System.QUICKBOOKS,
        theirs.id,
        target_id=ours.id,
        reason="history" if pair.link.how == "history" else "paid",
        amount=pair.total,
        payload={
            "date": settlement.date.isoformat(),
            "reference": settlement.reference,
            "settled_by": list(settlement.payment_ids),
            "split": settlement.split,
            # When it was seen is another matter than when the money came.
            "seen_at": max(invoice.updated_at for invoice in pair.invoices).isoformat(),
        },
        seen=(
            *(seen(System.QUICKBOOKS, Entity.INVOICE, invoice) for invoice in pair.invoices),
            seen(System.SYNCTA, Entity.INVOICE, ours),
        ),
        key=state.key("mark_paid", Entity.INVOICE, ours.id, settlement.fingerprint),
    )


def _open(state: State, pair: Pair, ours: Invoice, theirs: Invoice) -> Iterator[PlanRow]:
    """Open in QuickBooks, while Syncta has money or a mark for it."""
    by_portal = sum((payment.amount for payment in ours.portal_payments), ZERO)
    if ours.status == "paid" and pair.mark and by_portal < ours.total:
        yield _reopen(state, pair, ours, theirs) or _told(ours, theirs, "paid_reopened", pair.balance)
    elif ours.status == "paid":
        yield _paid_in_syncta(ours, theirs, pair.balance)
    elif by_portal > 0:
        missing = _unmatched(ours, pair.settlement(state))
        if missing:
            yield _paid_in_syncta(ours, theirs, sum((payment.amount for payment in missing), ZERO))


def _paid_in_syncta(ours: Invoice, theirs: Invoice, amount: Decimal) -> PlanRow:
    """With date, reference, amount and the entry to make (rules 4.5)."""
    latest = max((payment.date for payment in ours.portal_payments), default=None)
    date = ours.paid_on or latest
    portal = ", ".join(dict.fromkeys(payment.reference for payment in ours.portal_payments if payment.reference))
    entry = {
        "transaction": "Payment",
        "customer_id": theirs.customer_id,
        "invoice_id": theirs.id,
        "date": date.isoformat() if date else None,
        "reference": ours.paid_reference or portal,
        "amount": str(amount),
    }
    return _told(ours, theirs, "paid_in_syncta_open_in_quickbooks", amount, payload={"entry": entry})


def _reopen(state: State, pair: Pair, ours: Invoice, theirs: Invoice) -> PlanRow | None:
    """The row that takes the mark back, if a person decided so after it was made (rules 4.4)."""
    decision = decided_on(state, ours.id, Verb.REOPEN)
    if decision is None or not _is_later(decision, pair.mark):
        return None
    return PlanRow(
        Action.REOPEN,
        Entity.INVOICE,
        System.QUICKBOOKS,
        theirs.id,
        target_id=ours.id,
        reason="reopen_decided",
        amount=pair.balance,
        payload={"applied": {"paid": None}},
        seen=(seen(System.SYNCTA, Entity.INVOICE, ours), seen(System.QUICKBOOKS, Entity.INVOICE, theirs)),
        # The moment of the decision: the same payment may come back, bounce once more, and be decided about again.
        key=state.key(
            "reopen", Entity.INVOICE, ours.id, pair.mark_fingerprint, f"{decision.decided_at.timestamp():.6f}"
        ),
    )


def _is_later(decision: Decision, mark: Mapping[str, Any]) -> bool:
    """Whether it was decided about this mark, and not about one before."""
    seen_at = mark.get("seen_at")
    return seen_at is None or decision.decided_at > dt.datetime.fromisoformat(seen_at)


def _paid_twice(ours: Invoice, theirs: Invoice, settlement: Settlement) -> Iterator[PlanRow]:
    """Portal and QuickBooks both took money: one payment if reference, or amount and day, agree (rules 4.5)."""
    missing = _unmatched(ours, settlement)
    if missing:
        amount = sum((payment.amount for payment in missing), ZERO)
        yield _told(ours, theirs, "maybe_paid_twice", amount)


def _unmatched(ours: Invoice, settlement: Settlement) -> list[PortalPayment]:
    """Portal payments that no money in QuickBooks answers to; each answers to one only, or all of them to all."""
    portal = ours.portal_payments
    latest = max((payment.date for payment in portal), default=settlement.date)
    together = sum((payment.amount for payment in portal), ZERO) == settlement.money + settlement.deposit
    if together and abs((latest - settlement.date).days) <= SAME_PAYMENT_DAYS:
        return []
    money, missing = list(settlement.money_parts), []
    for payment in portal:
        same = [part for part in money if _is_same(payment, part)]
        if same:
            money.remove(same[0])
        elif payment.reference not in settlement.references:
            missing.append(payment)
    return missing


def _is_same(payment: PortalPayment, part: tuple[dt.date, Decimal]) -> bool:
    date, amount = part
    return amount == payment.amount and abs((date - payment.date).days) <= SAME_PAYMENT_DAYS


def _balance(pair: Pair, ours: Invoice, theirs: Invoice) -> Iterator[PlanRow]:
    """A part payment only records the balance, in the ledger (rules 4.6). A paid invoice's needs no record."""
    returned = sum((document.returned_total for document in pair.documents if document.invoice), ZERO)
    if not pair.balance or pair.balance == Decimal(pair.link.applied.get("balance", returned)):
        return
    yield PlanRow(
        Action.RECORD_BALANCE,
        Entity.INVOICE,
        System.QUICKBOOKS,
        theirs.id,
        target_id=ours.id,
        amount=pair.balance,
        payload={"balance": str(pair.balance)},
        seen=tuple(seen(System.QUICKBOOKS, Entity.INVOICE, invoice) for invoice in pair.invoices),
        # After the link that the same plan may make.
        order=ours.date.toordinal(),
    )


def _told(ours: Invoice, theirs: Invoice, reason: str, amount: Decimal, **more: Any) -> PlanRow:
    return tell(Action.EXCEPTION, ours.id, reason, amount, target_id=theirs.id, **more)
