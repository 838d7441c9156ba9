"""The rows that send an invoice to QuickBooks, or link it to one that is there, with the snapshot that is kept (R9)."""

from __future__ import annotations

from typing import Any

from include.ledger.decisions import Verb
from include.records import Entity, Invoice, System
from include.sync.rows import Action, PlanRow, Seen
from include.sync.rules.desk import Desk
from include.sync.rules.lines import quickbooks_lines
from include.sync.rules.twins import mark_of
from include.sync.state import State, seen

WHY = {Verb.PUSH: "push_anyway", Verb.PUSH_AGAIN: "pushed_again", Verb.FIRST_OPEN_DAY: "first_open_day"}


def push(desk: Desk, invoice: Invoice) -> PlanRow:
    """Send it, as it stands now."""
    state, partner = desk.state, desk.partners[invoice.customer_id]
    number = desk.number(invoice)
    desk.numbers.update([number] if number else [])
    return PlanRow(
        Action.PUSH,
        Entity.INVOICE,
        System.SYNCTA,
        invoice.id,
        reason=_why(desk, invoice),
        amount=invoice.total,
        payload=_payload(desk, invoice, partner, number),
        seen=(_seen(invoice), seen(System.QUICKBOOKS, Entity.CUSTOMER, state.quickbooks_customers[partner])),
        order=desk.sent_date(invoice).toordinal(),
        key=state.key("push", Entity.INVOICE, invoice.id),
    )


def _why(desk: Desk, invoice: Invoice) -> str:
    decision, ready = desk.decision(invoice), desk.ready_on(invoice)
    if decision and decision.verb in WHY:
        return WHY[decision.verb]
    return "history_push" if ready and ready < desk.go_live else "new"


def _payload(desk: Desk, invoice: Invoice, partner: str, number: str) -> dict[str, Any]:
    """The frozen snapshot that is sent (R9)."""
    date = desk.sent_date(invoice)
    moved = {"original_date": invoice.date.isoformat(), "memo": f"Dated {invoice.date.isoformat()} in Syncta."}
    return {
        "customer_id": partner,
        "number": number,
        "date": date.isoformat(),
        **(moved if date != invoice.date else {}),
        **common_payload(desk.state, invoice),
        "marker": mark_of(desk.state.company.key, invoice.id),
        "total": str(invoice.total),
        "tax": str(invoice.tax),
        "lines": quickbooks_lines(invoice, desk.products)[0],
    }


def common_payload(state: State, invoice: Invoice) -> dict[str, Any]:
    """What every document of an invoice bears; money as text, dates as ISO text."""
    return {
        "due_date": invoice.due_date.isoformat() if invoice.due_date else None,
        "terms": invoice.terms,
        "terms_id": state.books.terms.get(invoice.terms, ""),
        "currency": invoice.currency if state.books.multicurrency else "",
    }


def link(invoice: Invoice, twin: Invoice, how: str) -> PlanRow:
    """Link it to a QuickBooks invoice; what both are now is what later changes are measured against."""
    applied = {
        "customer_id": twin.customer_id,
        "number": twin.number,
        "date": twin.date.isoformat(),
        "total": str(invoice.total),
        "returned_total": str(twin.total),
        "returned_version": twin.version,
    }
    return PlanRow(
        Action.LINK,
        Entity.INVOICE,
        System.SYNCTA,
        invoice.id,
        target_id=twin.id,
        reason=how,
        amount=invoice.total,
        payload={"quickbooks_id": twin.id, "syncta_id": invoice.id, "how": how, "applied": applied},
        seen=(_seen(invoice), seen(System.QUICKBOOKS, Entity.INVOICE, twin)),
        order=invoice.date.toordinal(),
    )


def _seen(invoice: Invoice) -> Seen:
    return seen(System.SYNCTA, Entity.INVOICE, invoice)
