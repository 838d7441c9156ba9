"""Invoices that have no partner yet, Syncta → QuickBooks: push, link, hold or leave (R9, R10, rules 3.1–3.9).

Every unlinked Syncta invoice ends in exactly one row. The checks are asked in the order of `CHECKS`; the first
that has an answer gives it, and an invoice that passes all of them is pushed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping

from include.ledger.decisions import Verb
from include.records import Invoice
from include.sync.books import final_through
from include.sync.rows import PlanRow
from include.sync.rules.accepted import unless_accepted
from include.sync.rules.decided import ending_links, identity_of, is_dead, unlink
from include.sync.rules.desk import LOOKED_AT, Desk, Window
from include.sync.rules.lines import adds_up, quickbooks_lines, tax_reason
from include.sync.rules.pushes import link, push
from include.sync.rules.telling import exception, hold, skip
from include.sync.state import State

NUMBER_LIMIT = 21
"""Characters QuickBooks takes in DocNumber (quickbooks-api §3.4)."""


def plan_invoices(
    state: State, partners: Mapping[str, str], *, go_live: dt.date | None = None, push_history: Window | None = None
) -> Iterator[PlanRow]:
    """One row for every unlinked Syncta invoice, and one for every link that a decision ends.

    `partners` maps Syncta customers to QuickBooks customers. `go_live` is by default the later of the setting and the
    approved one (rules 1.1). With `push_history`, invoices created in that window go out although they were ready
    before go-live, under all other checks (R9).
    """
    desk = Desk.of(state, partners, go_live, push_history)
    yield from unless_accepted(state, _rows(desk))


def _rows(desk: Desk) -> Iterator[PlanRow]:
    state = desk.state
    for ending in ending_links(state, desk.chosen):
        yield unlink(ending, identity_of(state, ending.syncta_id))
    for invoice in sorted(desk.waiting.values(), key=lambda i: (i.date, i.number, i.id)):
        yield next(filter(None, (check(desk, invoice) for check in CHECKS)), None) or push(desk, invoice)


def _as_decided(desk: Desk, invoice: Invoice) -> PlanRow | None:
    """What a person said about it: linked, kept apart, never, entered elsewhere (rules 2.8, 3.10)."""
    decision = desk.decision(invoice)
    if decision is None:
        return None
    target = decision.target_id
    if decision.verb is Verb.LINK:
        if desk.chosen.get(invoice.id) == target:
            return link(invoice, desk.state.quickbooks_invoices[target], "decision")
        taken = target in desk.state.quickbooks_invoices
        return hold(invoice, "target_linked_elsewhere" if taken else "target_gone", target_id=target)
    if decision.verb in _APART:
        return hold(invoice, _APART[decision.verb], target_id=target)
    return skip(invoice, _OUT[decision.verb], target_id=target) if decision.verb in _OUT else None


_APART = {Verb.UNLINK: "unlinked_by_person", Verb.UNDONE: "undone_by_person"}
_OUT = {Verb.NEVER: "never_pushed", Verb.ELSEWHERE: "entered_elsewhere"}


def _bearing_our_mark(desk: Desk, invoice: Invoice) -> PlanRow | None:
    """A push whose answer was lost is adopted if all four agree, else a person looks (rules 3.5)."""
    twins = [twin for twin in desk.twins.marked(invoice.id) if not _is_answered(desk, invoice, twin)]
    if not twins:
        return None
    partner, date = desk.partner(invoice), desk.sent_date(invoice)
    for twin in twins:
        if partner and (twin.customer_id, twin.date, twin.total) == (partner.id, date, invoice.total):
            desk.twins.give(twin)
            return link(invoice, twin, "marker")
    return hold(invoice, "maybe_sent", target_id=twins[0].id)


def _is_answered(desk: Desk, invoice: Invoice, twin: Invoice) -> bool:
    """Whether a person has let the invoice go out knowing of this document; a later one is of that very push."""
    decision = desk.decision(invoice)
    if decision is None or not desk.is_let_go(invoice):
        return False
    if decision.verb is Verb.PUSH_AGAIN:
        return twin.id == decision.target_id or twin.total == 0
    return twin.created_at < decision.decided_at


def _not_ready(desk: Desk, invoice: Invoice) -> PlanRow | None:
    if desk.ready_on(invoice):
        return None
    age = desk.state.books.today - invoice.created_at.astimezone(desk.state.company.zone).date()
    told_from = desk.state.company.not_ready_days
    return exception(invoice, "not_ready") if age.days >= told_from else skip(invoice, "not_ready")


def _before_go_live(desk: Desk, invoice: Invoice) -> PlanRow | None:
    """History is linked, and pushed only where a person or a backfill asks for it (R9, rules 3.1, 3.2)."""
    ready = desk.ready_on(invoice)
    if ready is None or ready >= desk.go_live or desk.is_let_go(invoice):
        return None
    partner = desk.partner(invoice)
    twin = desk.twins.historic(invoice, partner.id) if partner else None
    if twin:
        return link(invoice, twin, "history")
    if invoice.total == 0:
        return skip(invoice, "zero_total")
    if desk.is_asked_for(invoice):
        return None
    suggested = desk.twins.suggestion(invoice, partner.id) if partner else None
    return exception(invoice, "before_go_live_unmatched", target_id=suggested.id if suggested else "")


def _money(desk: Desk, invoice: Invoice) -> PlanRow | None:
    if not adds_up(invoice):
        return hold(invoice, "money_does_not_add_up")
    if invoice.total == 0:
        return skip(invoice, "zero_total")
    return hold(invoice, "credit_needed") if invoice.total < 0 else None


def _customer(desk: Desk, invoice: Invoice) -> PlanRow | None:
    partner = desk.partner(invoice)
    if partner is None:
        return hold(invoice, "customer_not_in_quickbooks")
    if survivor := desk.survivors.get(partner.id):
        return hold(invoice, "customer_merged", target_id=survivor)
    if not partner.active:
        return hold(invoice, "customer_inactive", target_id=partner.id)
    currency = partner.currency or desk.state.books.home_currency
    return hold(invoice, "currency_differs") if invoice.currency != currency else None


def _twin(desk: Desk, invoice: Invoice) -> PlanRow | None:
    """What looks entered by hand (rules 3.3). Who let it go out knew of the documents that were there then."""
    decision, partner = desk.decision(invoice), desk.partner(invoice)
    if invoice.id in desk.supplements:
        return hold(invoice, "maybe_already_entered", target_id=desk.supplements[invoice.id])
    if decision and decision.verb is Verb.PUSH_AGAIN and not is_dead(desk.state, decision.target_id):
        return hold(invoice, "maybe_already_entered", target_id=decision.target_id)
    known = decision.decided_at if decision and decision.verb in LOOKED_AT else None
    twin = desk.twins.already_entered(invoice, partner.id, after=known) if partner else None
    return hold(invoice, "maybe_already_entered", target_id=twin.id) if twin else None


def _period(desk: Desk, invoice: Invoice) -> PlanRow | None:
    books, date = desk.state.books, desk.sent_date(invoice)
    if books.closed_through and date <= books.closed_through:
        return hold(invoice, "period_closed")
    if date <= final_through(desk.state.company, books.today):
        return hold(invoice, "period_final")
    return hold(invoice, "future_dated") if date > books.today else None


def _terms(desk: Desk, invoice: Invoice) -> PlanRow | None:
    unknown = invoice.terms and invoice.terms not in desk.state.books.terms
    return hold(invoice, "terms_unknown") if unknown else None


def _lines(desk: Desk, invoice: Invoice) -> PlanRow | None:
    reason = tax_reason(invoice, desk.state.books) or quickbooks_lines(invoice, desk.products)[1]
    return hold(invoice, reason) if reason else None


def _number(desk: Desk, invoice: Invoice) -> PlanRow | None:
    number = desk.number(invoice)
    if len(number) > NUMBER_LIMIT:
        return hold(invoice, "number_too_long")
    return hold(invoice, "number_taken") if number in desk.numbers else None


CHECKS: tuple[Callable[[Desk, Invoice], PlanRow | None], ...] = (
    _as_decided,
    _bearing_our_mark,
    _not_ready,
    _before_go_live,
    _money,
    _customer,
    _twin,
    _period,
    _terms,
    _lines,
    _number,
)
