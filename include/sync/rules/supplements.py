"""A supplementary invoice for what was added in Syncta after the push, on a person's decision (rules 3.10).

It is a document of its own in QuickBooks, with its own number, key, mark and link. Its link names the Syncta invoice
and the decision (`71#20261102T190000000000`), so that one decision is carried out once, whatever is lost on the way.
The Syncta invoice is paid when all of its documents are.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from include.ledger.decisions import Decision, Verb
from include.ledger.links import Link
from include.records import Entity, Invoice, System
from include.sync.books import final_through, last_shut_day
from include.sync.rows import Action, PlanRow
from include.sync.rules.decided import decided_on, identity_of, supplement_id
from include.sync.rules.desk import taken_numbers
from include.sync.rules.invoices import NUMBER_LIMIT
from include.sync.rules.lines import Products, quickbooks_lines, tax_reason
from include.sync.rules.pushes import common_payload
from include.sync.rules.telling import hold
from include.sync.rules.twins import mark_of, marked_id
from include.sync.state import State, seen


def to_bill(state: State, ours: Invoice, difference: Decimal, links: Iterable[Link]) -> Decision | None:
    """The decision to bill this very difference, while it is not carried out; only money to receive is billed."""
    decision = decided_on(state, ours.id, "difference")
    if decision is None or decision.verb is not Verb.BILL_DIFFERENCE or difference <= 0:
        return None
    name = supplement_id(ours.id, decision)
    undone = identity_of(state, name)
    if any(link.syncta_id == name for link in links) or (undone and undone.verb is Verb.UNDONE):
        return None
    amount = decision.facts.get("amount")
    return decision if amount is None or Decimal(str(amount)) == difference else None


def plan_supplement(
    state: State, decision: Decision, ours: Invoice, original: Invoice, sent: Sequence[Link]
) -> PlanRow:
    """Send it, adopt it if it is there already, or hold the invoice with the reason why it cannot go.

    `original` is the invoice in QuickBooks, `sent` the links of everything that was billed for `ours` before.
    """
    lines, tax, reason = _what_is_new(state, ours, sent)
    date = _date(state, ours)
    total = ours.total - sum((Decimal(link.applied["total"]) for link in sent), Decimal(0))
    number = _number(state, original, len(sent))
    reason = reason or _why_not(state, ours, date, number)
    if reason:
        return hold(ours, reason, target_id=original.id)
    name = supplement_id(ours.id, decision)
    payload = {
        "customer_id": original.customer_id,
        "number": number,
        "date": date.isoformat(),
        **common_payload(state, ours),
        "marker": mark_of(state.company.key, name),
        "memo": f"Added to {original.number or ours.number} in Syncta.",
        "total": str(total),
        "tax": str(tax),
        "lines": lines,
    }
    return _adopt(state, name, payload, ours) or PlanRow(
        Action.PUSH,
        Entity.INVOICE,
        System.SYNCTA,
        name,
        target_id=original.id,
        reason="difference",
        amount=total,
        payload=payload,
        seen=(seen(System.SYNCTA, Entity.INVOICE, ours), seen(System.QUICKBOOKS, Entity.INVOICE, original)),
        order=date.toordinal(),
        key=state.key("push", Entity.INVOICE, name),
    )


def _what_is_new(state: State, ours: Invoice, sent: Sequence[Link]) -> tuple[list[dict[str, Any]], Decimal, str]:
    """Lines and tax that were not billed yet, or the reason why that cannot be said.

    A line that was billed and is no longer there comes back negative, as a discount does (rules 3.7).
    """
    products = Products.of(state.company, state.items.values(), taxed=state.books.uses_sales_tax)
    lines, reason = quickbooks_lines(ours, products)
    if reason or any("lines" not in link.applied for link in sent):
        return [], Decimal(0), reason or "difference_unclear"
    billed = Counter(_text(line) for link in sent for line in link.applied["lines"])
    now = Counter(_text(line) for line in lines)
    added = [json.loads(text) for text in sorted((now - billed).elements())]
    dropped = [json.loads(text) for text in sorted((billed - now).elements())]
    item, reason = products.find(products.discount) if any(_amount(line) > 0 for line in dropped) else (None, "")
    back = [_reversed(line, item.id if item else line["item_id"]) for line in dropped]
    tax = ours.tax - sum((Decimal(link.applied.get("tax", "0")) for link in sent), Decimal(0))
    return [*added, *back], tax, reason or ("credit_needed" if tax < 0 else "")


def _text(line: Mapping[str, Any]) -> str:
    return json.dumps(line, sort_keys=True)


def _amount(line: Mapping[str, Any]) -> Decimal:
    return Decimal(line["amount"])


def _reversed(line: Mapping[str, Any], discount: str) -> dict[str, Any]:
    amount = str(-_amount(line))
    item_id = discount if _amount(line) > 0 else line["item_id"]
    return {**line, "item_id": item_id, "quantity": "1", "unit_price": amount, "amount": amount}


def _date(state: State, ours: Invoice) -> dt.date:
    decision, shut = identity_of(state, ours.id), last_shut_day(state.company, state.books)
    moved = decision is not None and decision.verb is Verb.FIRST_OPEN_DAY and ours.date <= shut
    return shut + dt.timedelta(days=1) if moved else ours.date


def _number(state: State, original: Invoice, documents: int) -> str:
    """The original's number with the next free count; empty where QuickBooks assigns numbers."""
    if state.company.document_number == "quickbooks_assigns" or not original.number:
        return ""
    taken = taken_numbers(state) | {invoice.number for invoice in state.syncta_invoices.values()}
    names = (f"{original.number}-{count}" for count in range(documents + 1, documents + 1000))
    return next(name for name in names if name not in taken)


def _why_not(state: State, ours: Invoice, date: dt.date, number: str) -> str:
    books = state.books
    if books.closed_through and date <= books.closed_through:
        return "period_closed"
    if date <= final_through(state.company, books.today):
        return "period_final"
    if len(number) > NUMBER_LIMIT:
        return "number_too_long"
    if ours.terms and ours.terms not in books.terms:
        return "terms_unknown"
    return tax_reason(ours, books)


def _adopt(state: State, name: str, payload: Mapping[str, Any], ours: Invoice) -> PlanRow | None:
    """One whose answer was lost, found by its mark: linked if all agree, else a person looks (rules 3.5)."""
    linked = {link.quickbooks_id for link in state.invoice_links.values()}
    for twin in sorted(state.quickbooks_invoices.values(), key=lambda invoice: invoice.id):
        if twin.id in linked or marked_id(state.company.key, twin) != name:
            continue
        same = (twin.customer_id, twin.date.isoformat(), twin.total)
        if same != (payload["customer_id"], payload["date"], Decimal(payload["total"])):
            return hold(ours, "maybe_sent", target_id=twin.id)
        applied = {
            **payload,
            "number": twin.number,
            "returned_total": str(twin.total),
            "returned_version": twin.version,
        }
        return PlanRow(
            Action.LINK,
            Entity.INVOICE,
            System.SYNCTA,
            name,
            target_id=twin.id,
            reason="marker",
            amount=twin.total,
            payload={"quickbooks_id": twin.id, "syncta_id": name, "how": "marker", "applied": applied},
            seen=(seen(System.QUICKBOOKS, Entity.INVOICE, twin),),
        )
    return None
