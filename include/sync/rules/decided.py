"""What people decided about single invoices, as the rules ask for it (rules 2.8, 3.1, 3.3, 3.9, 3.10).

A decision on the identity of an invoice answers a state: once its link points elsewhere, it says nothing more.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping

from include.ledger.decisions import Decision, Verb
from include.ledger.links import Link
from include.records import Entity, System
from include.sync.rows import Action, PlanRow
from include.sync.state import State

PUSHING = (Verb.PUSH, Verb.PUSH_AGAIN, Verb.FIRST_OPEN_DAY)
"""Decisions that let an invoice go out although it looks entered, or is older than go-live."""

SUPPLEMENT = re.compile(r"(?P<original>.+)#\d{8}T\d{12}")
"""A Syncta id followed by the moment of the decision, to the microsecond."""


def supplement_id(syncta_id: str, decision: Decision) -> str:
    """What the supplement of a decision is called instead of a Syncta id."""
    return f"{syncta_id}#{decision.decided_at.astimezone(dt.UTC):%Y%m%dT%H%M%S%f}"


def original_id(syncta_id: str) -> str:
    """The Syncta invoice that a link, a mark or a finding is about."""
    found = SUPPLEMENT.fullmatch(syncta_id)
    return found["original"] if found else syncta_id


def identity_of(state: State, syncta_id: str) -> Decision | None:
    """What was decided about who an invoice is, or whether it goes out."""
    return state.decisions.identity(Entity.INVOICE, System.SYNCTA, syncta_id)


def decided_on(state: State, syncta_id: str, topic: Verb | str) -> Decision | None:
    """The standing decision on another topic of an invoice."""
    return state.decisions.about(str(topic), Entity.INVOICE, System.SYNCTA, syncta_id)


def is_dead(state: State, quickbooks_id: str) -> bool:
    """Whether a QuickBooks invoice is deleted, or bills nothing any more: another one may take its place."""
    found = state.quickbooks_invoices.get(quickbooks_id)
    return found.total == 0 if found else state.gone(System.QUICKBOOKS, Entity.INVOICE, quickbooks_id)


def chosen_links(state: State) -> dict[str, str]:
    """Syncta id → the QuickBooks invoice a person chose for it, where that one is there and free to be linked.

    Of two that chose the same document, the later decision counts.
    """
    holders = {link.quickbooks_id: link.syncta_id for link in state.invoice_links.values()}
    chosen: dict[str, str] = {}
    for decision in sorted(_links(state), key=lambda one: (one.decided_at, one.record_id)):
        if decision.target_id in state.quickbooks_invoices:
            chosen = {syncta_id: target for syncta_id, target in chosen.items() if target != decision.target_id}
            chosen[decision.record_id] = decision.target_id
    return {syncta_id: target for syncta_id, target in chosen.items() if holders.get(target, syncta_id) == syncta_id}


def _links(state: State) -> Iterator[Decision]:
    for decision in state.decisions.with_verb(Verb.LINK):
        if (decision.entity, decision.system) == (Entity.INVOICE, System.SYNCTA):
            yield decision


def ending_links(state: State, chosen: Mapping[str, str]) -> list[Link]:
    """The links that decisions end: unlinked, linked to another document, or the document is dead and answered."""
    return [link for link in state.invoice_links.values() if _ends(state, link, chosen)]


def _ends(state: State, link: Link, chosen: Mapping[str, str]) -> bool:
    decision = identity_of(state, link.syncta_id)
    if decision is None:
        return False
    if decision.verb is Verb.LINK:
        return chosen.get(link.syncta_id, link.quickbooks_id) != link.quickbooks_id
    if decision.target_id != link.quickbooks_id:
        return False
    if decision.verb is Verb.UNLINK:
        return True
    if decision.verb is Verb.PUSH_AGAIN and link.syncta_id in living_supplements(state):
        return False
    answers_its_end = (Verb.PUSH_AGAIN, Verb.NEVER, Verb.ELSEWHERE)
    return decision.verb in answers_its_end and is_dead(state, link.quickbooks_id)


def living_supplements(state: State) -> dict[str, str]:
    """Syncta id → a supplement that still bills something: pushed as a whole, the invoice would be billed twice."""
    supplements = ((original_id(link.syncta_id), link) for link in state.invoice_links.values())
    return {
        syncta_id: link.quickbooks_id
        for syncta_id, link in supplements
        if link.syncta_id != syncta_id and not is_dead(state, link.quickbooks_id)
    }


def unlink(link: Link, decision: Decision | None) -> PlanRow:
    """The row that ends a link; it names the verb that was decided."""
    why = decision.verb.value if decision else ""
    return PlanRow(
        Action.UNLINK,
        Entity.INVOICE,
        System.SYNCTA,
        link.syncta_id,
        target_id=link.quickbooks_id,
        reason=why,
        payload={"quickbooks_id": link.quickbooks_id, "syncta_id": link.syncta_id, "why": why},
    )
