"""Decisions about Syncta's invoices (rules 3.2–3.10, 4.4): what each needs to be there."""

from __future__ import annotations

from include.errors import DecisionRefused
from include.ledger.decisions import Decision, Verb
from include.records import Entity, System
from include.sync.decide.view import Ask, View, invoice, subject_of, syncta_invoice_id
from include.sync.rows import Action


def link(view: View, ask: Ask) -> tuple[Decision, ...]:
    """Link to a QuickBooks invoice that nobody else has."""
    ours, theirs = invoice(view, System.SYNCTA, ask.record), invoice(view, System.QUICKBOOKS, ask.target)
    holder = next((s for s, one in view.state.invoice_links.items() if one.quickbooks_id == theirs.id), "")
    if holder == ours.id:
        raise DecisionRefused("The two are linked already.")
    if holder:
        raise DecisionRefused(
            f"The QuickBooks invoice is linked to Syncta invoice {holder}. Unlink that one first, with unlink-invoice."
        )
    return (ask.decision(Verb.LINK, _subject(ours.id), theirs.id),)


def unlink(view: View, ask: Ask) -> tuple[Decision, ...]:
    """End the link; neither side is changed."""
    ours = syncta_invoice_id(view, ask.record)
    return (ask.decision(Verb.UNLINK, _subject(ours), _linked_to(view, ours)),)


def push(view: View, ask: Ask) -> tuple[Decision, ...]:
    """Push although it may be entered already, or became ready before go-live."""
    return (ask.decision(Verb.PUSH, _subject(_unlinked(view, ask.record))),)


def push_again(view: View, ask: Ask) -> tuple[Decision, ...]:
    """Push once more what was deleted or voided in QuickBooks, unlinked, or undone."""
    ours = invoice(view, System.SYNCTA, ask.record).id
    link, state = view.state.invoice_links.get(ours), view.state
    decision = state.decisions.identity(*_subject(ours))
    if link:
        theirs = state.quickbooks_invoices.get(link.quickbooks_id)
        if theirs is not None and theirs.total != 0:
            raise DecisionRefused("QuickBooks has the invoice still. Void or delete it there first, or unlink it.")
        return (ask.decision(Verb.PUSH_AGAIN, _subject(ours), link.quickbooks_id),)
    if decision is None or decision.verb not in (Verb.UNDONE, Verb.UNLINK, Verb.PUSH_AGAIN):
        raise DecisionRefused("The invoice was not pushed yet. To push it although something holds it, use push.")
    return (ask.decision(Verb.PUSH_AGAIN, _subject(ours), decision.target_id),)


def first_open_day(view: View, ask: Ask) -> tuple[Decision, ...]:
    """Push it on the first open day, with its own date in the memo (rules 3.9)."""
    ours = _unlinked(view, ask.record)
    _told(view, ours, "period_closed", "period_final")
    return (ask.decision(Verb.FIRST_OPEN_DAY, _subject(ours)),)


def never(view: View, ask: Ask) -> tuple[Decision, ...]:
    """Never push it, or not again after it was deleted or voided in QuickBooks."""
    ours, dead = _not_there(view, ask.record)
    return (ask.decision(Verb.NEVER, _subject(ours), dead),)


def elsewhere(view: View, ask: Ask) -> tuple[Decision, ...]:
    """It was entered elsewhere: as the document named, or as the note says."""
    ours, dead = _not_there(view, ask.record)
    if ask.target and dead:
        raise DecisionRefused("It was pushed before, and is gone. Leave the document out, and name it in the note.")
    known = (view.state.sales_receipts, view.state.quickbooks_invoices)
    if ask.target and not any(ask.target in side for side in known):
        raise DecisionRefused(
            "QuickBooks has no sales receipt or invoice of this id. Leave it out and say in the note."
        )
    return (ask.decision(Verb.ELSEWHERE, _subject(ours), ask.target or dead),)


def bill_difference(view: View, ask: Ask) -> tuple[Decision, ...]:
    """Bill what was added after the push as an invoice of its own (rules 3.10)."""
    ours = syncta_invoice_id(view, ask.record)
    facts = {"amount": _told(view, ours, "unbilled_change")}
    return (ask.decision(Verb.BILL_DIFFERENCE, _subject(ours), _linked_to(view, ours), facts=facts),)


def void(view: View, ask: Ask) -> tuple[Decision, ...]:
    """Void it in QuickBooks, under undo's checks."""
    ours = syncta_invoice_id(view, ask.record)
    theirs = view.state.quickbooks_invoices.get(_linked_to(view, ours))
    if theirs is None or theirs.total == 0:
        raise DecisionRefused(
            "There is nothing to void: QuickBooks has no such invoice any more, or its total is zero."
        )
    return (ask.decision(Verb.VOID, _subject(ours), theirs.id),)


def reopen(view: View, ask: Ask) -> tuple[Decision, ...]:
    """Take the paid mark back in Syncta: QuickBooks shows a balance again (rules 4.4)."""
    ours = invoice(view, System.SYNCTA, ask.record)
    _told(view, ours.id, "paid_reopened", "paid_by_another_payment")
    return (ask.decision(Verb.REOPEN, _subject(ours.id), _linked_to(view, ours.id)),)


def _subject(ours: str) -> tuple[str, str, str]:
    return subject_of(Entity.INVOICE, System.SYNCTA, ours)


def _unlinked(view: View, text: str) -> str:
    ours = invoice(view, System.SYNCTA, text).id
    if ours in view.state.invoice_links:
        linked_to = view.state.invoice_links[ours].quickbooks_id
        raise DecisionRefused(f"The invoice is linked to QuickBooks invoice {linked_to}. Unlink it first.")
    return ours


def _not_there(view: View, text: str) -> tuple[str, str]:
    """A Syncta invoice that QuickBooks has not, or no more, and the id of what it was there."""
    ours = syncta_invoice_id(view, text)
    link = view.state.invoice_links.get(ours)
    theirs = view.state.quickbooks_invoices.get(link.quickbooks_id) if link else None
    if link and theirs is not None and theirs.total != 0:
        raise DecisionRefused(f"The invoice is linked to QuickBooks invoice {theirs.id}. Unlink it first.")
    return ours, link.quickbooks_id if link else ""


def _linked_to(view: View, ours: str) -> str:
    link = view.state.invoice_links.get(ours)
    if link is None:
        raise DecisionRefused("The invoice is not linked to any in QuickBooks.")
    return link.quickbooks_id


def _told(view: View, ours: str, *reasons: str) -> str | None:
    """The amount, as text, of the hold or exception that this answers."""
    for row in view.plan.with_action(Action.HOLD, Action.EXCEPTION):
        if (row.entity, row.source_id) == (Entity.INVOICE, ours) and row.reason in reasons:
            return None if row.amount is None else str(row.amount)
    raise DecisionRefused(f"This answers {' or '.join(reasons)}, and the invoice has no such hold or exception now.")
