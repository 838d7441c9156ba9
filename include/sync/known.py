"""Who a QuickBooks customer is without a look at names: by decision, by link, by external id (rules 2.6–2.8).

What people decided comes first, then the link, then the id that the sync left in a record it created. A pair that
somebody parted is never brought together again by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from include.ledger.decisions import Decision, Verb
from include.ledger.links import Link
from include.records import Customer, Entity, System
from include.sync.matches import Match, Outcome
from include.sync.state import State

PARTED = {Verb.UNLINK: Outcome.UNLINKED, Verb.UNDONE: Outcome.UNDONE}
"""Decisions after which a customer waits without a partner; their target is the former one."""


def decision_on(state: State, quickbooks_id: str) -> Decision | None:
    """The standing decision on who a QuickBooks customer is."""
    return state.decisions.identity(Entity.CUSTOMER, System.QUICKBOOKS, quickbooks_id)


def chosen(state: State, quickbooks_id: str) -> str:
    """The live Syncta customer that a person chose for a QuickBooks customer, or empty."""
    decision = decision_on(state, quickbooks_id)
    if decision is None or decision.verb is not Verb.LINK or decision.target_id not in state.syncta_customers:
        return ""
    return decision.target_id


def create_again(state: State, quickbooks_id: str) -> bool:
    """Whether a person let it be created once more; over as soon as it has another partner (rules 2.7)."""
    decision, link = decision_on(state, quickbooks_id), state.customer_links.get(quickbooks_id)
    if decision is None or decision.verb is not Verb.CREATE_AGAIN:
        return False
    return link is None or link.syncta_id == decision.target_id


def known_matches(state: State, levels: Mapping[str, int]) -> Iterator[Match]:
    """The matches of all customers whose name need not be looked at; `levels` counts ancestors by id."""
    choices = _free_choices(state)
    desk = _Desk(state, choices, _by_external_id(state, choices))
    for customer in state.quickbooks_customers.values():
        found = desk.linked(customer) or desk.left_alone(customer) or desk.without_partner(customer)
        if found:
            yield Match(customer.id, *found, levels[customer.id])


Found = tuple[Outcome, str]


@dataclass(frozen=True, slots=True)
class _Desk:
    state: State
    choices: Mapping[str, str]
    by_external_id: Mapping[str, list[str]]

    def linked(self, customer: Customer) -> Found | None:
        """Linked to a record that is there still, unless a person decided otherwise."""
        link, decision = self.state.customer_links.get(customer.id), decision_on(self.state, customer.id)
        if link is None or _gone(self.state, link):
            return None
        if decision and decision.verb is Verb.UNLINK and decision.target_id == link.syncta_id:
            return Outcome.UNLINKED, ""
        if customer.id in self.choices:
            return Outcome.DECIDED, self.choices[customer.id]
        return Outcome.LINKED, link.syncta_id

    def left_alone(self, customer: Customer) -> Found | None:
        """Never created: inactive ones, and projects unless the settings want them (R8, rules 2.4)."""
        if not customer.active:
            return Outcome.INACTIVE, ""
        projects = self.state.company.include_projects
        return (Outcome.EXCLUDED, "") if customer.is_project and not projects else None

    def without_partner(self, customer: Customer) -> Found | None:
        """What a person decided, or the record that was created for it."""
        link, decision = self.state.customer_links.get(customer.id), decision_on(self.state, customer.id)
        if customer.id in self.choices:
            return Outcome.DECIDED, self.choices[customer.id]
        if chosen(self.state, customer.id):
            return Outcome.TARGET_TAKEN, ""
        if decision and decision.verb is Verb.EXCLUDE:
            return Outcome.LEFT_OUT, ""
        if decision and decision.verb in PARTED and (link is None or link.syncta_id == decision.target_id):
            return PARTED[decision.verb], ""
        made = [] if link else self.by_external_id.get(customer.id, [])
        free = [syncta_id for syncta_id in made if (customer.id, syncta_id) not in self.state.parted]
        return (Outcome.EXTERNAL_ID, min(free)) if free else None


def _gone(state: State, link: Link) -> bool:
    return state.gone(System.SYNCTA, Entity.CUSTOMER, link.syncta_id)


def _free_choices(state: State) -> dict[str, str]:
    """QuickBooks id → the Syncta customer a person chose, where the link is to be made now.

    The record must be free, or become free by another decision; of two that chose the same, the later decision counts.
    """
    holders = state.linked_customers()
    choices: dict[str, str] = {}
    for decision in sorted(state.decisions.with_verb(Verb.LINK), key=lambda one: (one.decided_at, one.record_id)):
        quickbooks_id, target = decision.record_id, chosen(state, decision.record_id)
        customer = state.quickbooks_customers.get(quickbooks_id)
        if customer and customer.active and target and holders.get(target) != quickbooks_id:
            choices = {q: syncta_id for q, syncta_id in choices.items() if syncta_id != target}
            choices[quickbooks_id] = target
    while stuck := {q for q, target in choices.items() if not _is_free(state, holders.get(target), target, choices)}:
        choices = {q: target for q, target in choices.items() if q not in stuck}
    return choices


def _is_free(state: State, holder: str | None, target: str, choices: Mapping[str, str]) -> bool:
    if holder is None or holder in choices:
        return True
    decision = decision_on(state, holder)
    return decision is not None and (decision.verb, decision.target_id) == (Verb.UNLINK, target)


def _by_external_id(state: State, choices: Mapping[str, str]) -> dict[str, list[str]]:
    """QuickBooks id → the free records that were created for it."""
    taken = {link.syncta_id for link in state.customer_links.values()} | set(choices.values())
    made: dict[str, list[str]] = {}
    for customer in state.syncta_customers.values():
        if customer.external_id and customer.id not in taken:
            made.setdefault(customer.external_id, []).append(customer.id)
    return made
