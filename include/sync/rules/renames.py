"""The names Syncta's linked customers will bear once QuickBooks' renames have flowed (rules 2.3).

Matching and the rows of linked customers ask here, so that a rename that is held frees no name.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from include.ledger.decisions import Verb
from include.records import Customer, Entity, System
from include.sync.state import State

MEETS_EXISTING = "rename_meets_existing"


def name_facts(name: str) -> dict[str, str | None]:
    """What an accepted `rename_meets_existing` is good for: this new name only, and not in plain words."""
    return {"amount": None, "name": hashlib.sha256(name.encode()).hexdigest()[:16]}


def kept_name(state: State, customer: Customer) -> bool:
    """Whether a person decided that the old name stays, whatever QuickBooks now says."""
    who = (Entity.CUSTOMER, System.QUICKBOOKS, customer.id)
    return state.decisions.accepted(MEETS_EXISTING, *who, name_facts(customer.name))


@dataclass(frozen=True, slots=True)
class Renames:
    """Syncta id → new name of the renames that flow; ids of those that meet a name that is borne already."""

    flowing: Mapping[str, str]
    blocked: frozenset[str]

    @classmethod
    def of(cls, state: State) -> Renames:
        """All renames, looked at together: two customers may swap names, and a chain of renames flows at once."""
        names = wanted = _wanted(state)
        while stopped := _meeting(state, names):
            names = {syncta_id: name for syncta_id, name in names.items() if syncta_id not in stopped}
        return cls(names, frozenset(wanted.keys() - names.keys()))


def _wanted(state: State) -> dict[str, str]:
    wanted = {}
    for quickbooks_id, link in state.customer_links.items():
        customer, partner = state.quickbooks_customers.get(quickbooks_id), state.syncta_customers.get(link.syncta_id)
        if customer is None or partner is None or not customer.active or not customer.name:
            continue
        changed = customer.name not in (link.applied.get("name"), partner.name)
        if changed and not kept_name(state, customer) and not _moving(state, quickbooks_id):
            wanted[partner.id] = customer.name
    return wanted


def _moving(state: State, quickbooks_id: str) -> bool:
    """Whether a person decided to end this link: then nothing flows across it any more."""
    decided = state.decisions.identity(Entity.CUSTOMER, System.QUICKBOOKS, quickbooks_id)
    linked_to = state.customer_links[quickbooks_id].syncta_id
    return decided is not None and (
        (decided.verb is Verb.UNLINK and decided.target_id == linked_to)
        or (decided.verb is Verb.LINK and decided.target_id != linked_to)
    )


def _meeting(state: State, names: Mapping[str, str]) -> set[str]:
    """Those whose new name another one bears, once all these have flowed."""
    bearers = Counter(names.get(customer.id, customer.name) for customer in state.syncta_customers.values())
    return {syncta_id for syncta_id, name in names.items() if bearers[name] > 1}
