"""Invoices that have no partner yet, Syncta → QuickBooks: push, link, hold or leave (R9, R10, rules 3.1–3.9).

Every unlinked Syncta invoice ends in exactly one row. The checks are asked in the order of `CHECKS`; the first
that has an answer gives it, and an invoice that passes all of them is pushed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from include.records import Customer, Entity, Invoice, System
from include.sync.books import final_through
from include.sync.reasons import EXCEPTIONS, HOLDS, SKIPS
from include.sync.rows import Action, PlanRow, Seen
from include.sync.rules.lines import Products, adds_up, quickbooks_lines, tax_reason
from include.sync.rules.twins import Twins, mark_of
from include.sync.state import State, seen

NUMBER_LIMIT = 21
"""Characters QuickBooks takes in DocNumber (quickbooks-api §3.4)."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the checks look at: the state, who the customers are in QuickBooks, and what is spoken for."""

    state: State
    partners: Mapping[str, str]
    twins: Twins
    products: Products
    numbers: set[str]
    go_live: dt.date

    def partner(self, invoice: Invoice) -> Customer | None:
        """The invoice's customer in QuickBooks."""
        return self.state.quickbooks_customers.get(self.partners.get(invoice.customer_id, ""))

    def ready_on(self, invoice: Invoice) -> dt.date | None:
        """The day it became ready, in the company's zone; None while it is not (rules 3.1)."""
        statuses = (*self.state.company.ready_statuses, "paid")
        if invoice.status not in statuses:
            return None
        return (invoice.ready_at or invoice.created_at).astimezone(self.state.company.zone).date()

    def number(self, invoice: Invoice) -> str:
        """The number it gets in QuickBooks; empty where QuickBooks assigns it (rules 3.4)."""
        company = self.state.company
        prefix = company.document_number_prefix if company.document_number == "prefix" else ""
        return "" if company.document_number == "quickbooks_assigns" else prefix + invoice.number


def plan_invoices(state: State, partners: Mapping[str, str], *, go_live: dt.date | None = None) -> Iterator[PlanRow]:
    """One row for every unlinked Syncta invoice; `partners` maps Syncta customers to QuickBooks customers. `go_live`
    is by default the later of the setting and the approved one (rules 1.1)."""
    taken = {invoice.number for invoice in state.quickbooks_invoices.values()}
    taken |= {receipt.number for receipt in state.sales_receipts.values()}
    taken |= {memo.number for memo in state.credit_memos.values()}
    taken.discard("")
    desk = Desk(
        state,
        partners,
        Twins.of(state),
        Products.of(state.company, state.items.values()),
        taken,
        go_live or max(filter(None, (state.company.go_live, state.approved_go_live))),
    )
    unlinked = [i for i in state.syncta_invoices.values() if i.id not in state.invoice_links]
    for invoice in sorted(unlinked, key=lambda i: (i.date, i.number, i.id)):
        yield next(filter(None, (check(desk, invoice) for check in CHECKS)), None) or _push(desk, invoice)


def _bearing_our_mark(desk: Desk, invoice: Invoice) -> PlanRow | None:
    """A push whose answer was lost is adopted if all four agree, else a person looks (rules 3.5)."""
    twin = desk.twins.marked(invoice)
    if twin is None:
        return None
    partner = desk.partner(invoice)
    same = partner and (twin.customer_id, twin.date, twin.total) == (partner.id, invoice.date, invoice.total)
    return _link(invoice, twin, "marker") if same else _hold(invoice, "maybe_sent", target_id=twin.id)


def _not_ready(desk: Desk, invoice: Invoice) -> PlanRow | None:
    if desk.ready_on(invoice):
        return None
    age = desk.state.books.today - invoice.created_at.astimezone(desk.state.company.zone).date()
    if age.days > desk.state.company.not_ready_days:
        return _tell(Action.EXCEPTION, invoice, "not_ready", EXCEPTIONS)
    return _tell(Action.SKIP, invoice, "not_ready", SKIPS)


def _before_go_live(desk: Desk, invoice: Invoice) -> PlanRow | None:
    """History is linked, never pushed (R9, rules 3.2)."""
    ready = desk.ready_on(invoice)
    if ready is None or ready >= desk.go_live:
        return None
    partner = desk.partner(invoice)
    twin = desk.twins.historic(invoice, partner.id) if partner else None
    if twin:
        return _link(invoice, twin, "history")
    if invoice.total == 0:
        return _tell(Action.SKIP, invoice, "zero_total", SKIPS)
    return _tell(Action.EXCEPTION, invoice, "before_go_live_unmatched", EXCEPTIONS)


def _money(desk: Desk, invoice: Invoice) -> PlanRow | None:
    if not adds_up(invoice):
        return _hold(invoice, "money_does_not_add_up")
    if invoice.total == 0:
        return _tell(Action.SKIP, invoice, "zero_total", SKIPS)
    return _hold(invoice, "credit_needed") if invoice.total < 0 else None


def _customer(desk: Desk, invoice: Invoice) -> PlanRow | None:
    partner = desk.partner(invoice)
    if partner is None:
        return _hold(invoice, "customer_not_in_quickbooks")
    if not partner.active:
        return _hold(invoice, "customer_inactive", target_id=partner.id)
    currency = partner.currency or desk.state.books.home_currency
    return _hold(invoice, "currency_differs") if invoice.currency != currency else None


def _twin(desk: Desk, invoice: Invoice) -> PlanRow | None:
    partner = desk.partner(invoice)
    twin = desk.twins.already_entered(invoice, partner.id) if partner else None
    return _hold(invoice, "maybe_already_entered", target_id=twin.id) if twin else None


def _period(desk: Desk, invoice: Invoice) -> PlanRow | None:
    books = desk.state.books
    if books.closed_through and invoice.date <= books.closed_through:
        return _hold(invoice, "period_closed")
    if invoice.date <= final_through(desk.state.company, books.today):
        return _hold(invoice, "period_final")
    return _hold(invoice, "future_dated") if invoice.date > books.today else None


def _lines(desk: Desk, invoice: Invoice) -> PlanRow | None:
    reason = tax_reason(invoice, desk.state.books) or quickbooks_lines(invoice, desk.products)[1]
    return _hold(invoice, reason) if reason else None


def _number(desk: Desk, invoice: Invoice) -> PlanRow | None:
    number = desk.number(invoice)
    if len(number) > NUMBER_LIMIT:
        return _hold(invoice, "number_too_long")
    return _hold(invoice, "number_taken") if number in desk.numbers else None


CHECKS: tuple[Callable[[Desk, Invoice], PlanRow | None], ...] = (
    _bearing_our_mark,
    _not_ready,
    _before_go_live,
    _money,
    _customer,
    _twin,
    _period,
    _lines,
    _number,
)


def _push(desk: Desk, invoice: Invoice) -> PlanRow:
    state, partner = desk.state, desk.partners[invoice.customer_id]
    number = desk.number(invoice)
    desk.numbers.update([number] if number else [])
    return PlanRow(
        Action.PUSH,
        Entity.INVOICE,
        System.SYNCTA,
        invoice.id,
        reason="new",
        amount=invoice.total,
        payload=_payload(desk, invoice, partner, number),
        seen=(_seen(invoice), seen(System.QUICKBOOKS, Entity.CUSTOMER, state.quickbooks_customers[partner])),
        order=invoice.date.toordinal(),
        key=state.key("push", Entity.INVOICE, invoice.id),
    )


def _payload(desk: Desk, invoice: Invoice, partner: str, number: str) -> dict[str, Any]:
    """The frozen snapshot that is sent (R9); money as text, dates as ISO text."""
    return {
        "customer_id": partner,
        "number": number,
        "date": invoice.date.isoformat(),
        "due_date": invoice.due_date.isoformat() if invoice.due_date else None,
        "terms": invoice.terms,
        "currency": invoice.currency if desk.state.books.multicurrency else "",
        "marker": mark_of(desk.state.company.key, invoice.id),
        "total": str(invoice.total),
        "tax": str(invoice.tax),
        "lines": quickbooks_lines(invoice, desk.products)[0],
    }


def _link(invoice: Invoice, twin: Invoice, how: str) -> PlanRow:
    applied = {
        "customer_id": twin.customer_id,
        "number": twin.number,
        "date": twin.date.isoformat(),
        "total": str(invoice.total),
        "returned_total": str(twin.total),
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


def _hold(invoice: Invoice, reason: str, *, target_id: str = "") -> PlanRow:
    return _tell(Action.HOLD, invoice, reason, HOLDS, target_id=target_id)


def _tell(action: Action, invoice: Invoice, reason: str, texts: dict[str, str], *, target_id: str = "") -> PlanRow:
    return PlanRow(
        action, Entity.INVOICE, System.SYNCTA, invoice.id, target_id, reason, texts[reason], amount=invoice.total
    )


def _seen(invoice: Invoice) -> Seen:
    return seen(System.SYNCTA, Entity.INVOICE, invoice)
