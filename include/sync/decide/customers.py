"""Decisions about customers (rules 2.3, 2.6–2.8): what each needs to be there, and what else it brings about."""

from __future__ import annotations

from collections.abc import Iterator

from include.errors import DecisionRefused
from include.ledger.decisions import Decision, Verb
from include.records import Customer, Entity, System
from include.sync.decide.view import Ask, View, customer, subject_of
from include.sync.known import decision_on
from include.sync.state import State


def link(view: View, ask: Ask) -> tuple[Decision, ...]:
    """Link, or move a link. Whoever had that Syncta customer is unlinked by the same decision, and held."""
    ours, theirs = _ours(view, ask.record), customer(view, System.SYNCTA, ask.target)
    for one, side in ((ours, "QuickBooks"), (theirs, "Syncta")):
        if not one.active:
            raise DecisionRefused(f"The customer is inactive in {side}. Make it active there first.")
    if ours.is_project and not view.state.company.include_projects:
        raise DecisionRefused("It is a project. Projects are synced only with the setting include_projects.")
    if _partner(view.state, ours.id) == theirs.id and _decided(view.state, ours.id, Verb.UNLINK) != theirs.id:
        raise DecisionRefused("The two are linked already.")
    made = ask.decision(Verb.LINK, _subject(ours), theirs.id)
    return (made, *_losers(view.state, ask, made))


def unlink(view: View, ask: Ask) -> tuple[Decision, ...]:
    """End the link of a QuickBooks customer, or the decision to link it; it waits for another decision then."""
    ours = _ours(view, ask.record)
    former = _partner(view.state, ours.id) or _decided(view.state, ours.id, Verb.LINK)
    if not former:
        raise DecisionRefused("The customer is not linked. To keep it from being created, use never-create.")
    return (ask.decision(Verb.UNLINK, _subject(ours), former),)


def create_again(view: View, ask: Ask) -> tuple[Decision, ...]:
    """Create one anew whose Syncta customer was deleted, or whose link somebody ended."""
    ours = _ours(view, ask.record)
    _refuse_linked(view.state, ours, "Unlink it first, with unlink-customer.")
    former, decision = _partner(view.state, ours.id), decision_on(view.state, ours.id)
    if not former and decision is None:
        raise DecisionRefused(
            "The customer was never created: the next run does that by itself once nothing holds it back."
        )
    return (ask.decision(Verb.CREATE_AGAIN, _subject(ours), former or (decision.target_id if decision else "")),)


def never_create(view: View, ask: Ask) -> tuple[Decision, ...]:
    """Never create it in Syncta; one of its exact name is linked all the same."""
    ours = _ours(view, ask.record)
    _refuse_linked(view.state, ours, "Unlink it first, with unlink-customer.")
    return (ask.decision(Verb.NEVER_CREATE, _subject(ours)),)


def exclude(view: View, ask: Ask) -> tuple[Decision, ...]:
    """Leave it out for good: neither linked nor created (rules 1.4)."""
    ours = _ours(view, ask.record)
    _refuse_linked(view.state, ours, "Unlink it first, with unlink-customer.")
    return (ask.decision(Verb.EXCLUDE, _subject(ours)),)


def bill_to(view: View, ask: Ask) -> tuple[Decision, ...]:
    """Send a Syncta customer's invoices to this QuickBooks customer; no field flows because of it."""
    theirs, ours = customer(view, System.SYNCTA, ask.record), customer(view, System.QUICKBOOKS, ask.target)
    if not ours.active:
        raise DecisionRefused("The customer is inactive in QuickBooks. Make it active there first.")
    if _partner(view.state, ours.id) == theirs.id:
        raise DecisionRefused("Its invoices go there already: the two are linked.")
    return (ask.decision(Verb.BILL_TO, subject_of(Entity.CUSTOMER, System.SYNCTA, theirs.id), ours.id),)


def _losers(state: State, ask: Ask, made: Decision) -> Iterator[Decision]:
    """Other QuickBooks customers that have this Syncta customer, or were to get it, are unlinked by name."""
    for quickbooks_id in sorted(state.quickbooks_customers):
        decision = decision_on(state, quickbooks_id)
        moves = decision is not None and decision.verb is Verb.LINK and decision.target_id != made.target_id
        has = _partner(state, quickbooks_id) == made.target_id and not moves
        if quickbooks_id != made.record_id and (has or _decided(state, quickbooks_id, Verb.LINK) == made.target_id):
            subject = subject_of(Entity.CUSTOMER, System.QUICKBOOKS, quickbooks_id)
            note = f"Its Syncta customer was given to QuickBooks customer {made.record_id}."
            yield ask.decision(Verb.UNLINK, subject, made.target_id, note=note)


def _ours(view: View, text: str) -> Customer:
    return customer(view, System.QUICKBOOKS, text)


def _subject(ours: Customer) -> tuple[str, str, str]:
    return subject_of(Entity.CUSTOMER, System.QUICKBOOKS, ours.id)


def _partner(state: State, quickbooks_id: str) -> str:
    link = state.customer_links.get(quickbooks_id)
    return link.syncta_id if link else ""


def _decided(state: State, quickbooks_id: str, verb: Verb) -> str:
    """The target of a standing decision of this verb, or empty."""
    decision = decision_on(state, quickbooks_id)
    return decision.target_id if decision and decision.verb is verb else ""


def _refuse_linked(state: State, ours: Customer, instead: str) -> None:
    partner = _partner(state, ours.id)
    ended = partner == _decided(state, ours.id, Verb.UNLINK)
    if partner and not ended and not state.gone(System.SYNCTA, Entity.CUSTOMER, partner):
        raise DecisionRefused(f"The customer is linked to Syncta customer {partner}. {instead}")
