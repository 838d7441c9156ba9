"""Customers, QuickBooks → Syncta: link, create, update, or hold with a reason (R2–R8, rules 2).

Field values travel as plain JSON: `name`, `phone` text; `emails` a list; `address` an object or None.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from include.records import Customer, Entity, System
from include.sync.match import PAIRED, Match, Outcome
from include.sync.reasons import EXCEPTIONS, HOLDS, SKIPS
from include.sync.rows import Action, PlanRow, Seen
from include.sync.state import State, seen

FIELDS = ("name", "phone", "emails", "address")


def plan_customers(
    state: State, matches: Iterable[Match], *, doubted: frozenset[str] = frozenset()
) -> Iterator[PlanRow]:
    """One or more rows for every QuickBooks customer that calls for something.

    `doubted` are QuickBooks ids with a likely duplicate: with `hold_likely_duplicates` they are held instead of
    created.
    """
    names = _names_in_syncta(state)
    for match in matches:
        customer = state.quickbooks_customers[match.quickbooks_id]
        yield from _rows_for(state, match, customer, names, doubted)


def plan_untouched_customers(state: State, matches: Sequence[Match]) -> Iterator[PlanRow]:
    """A `skip` for every Syncta customer that has no partner: it stays on its side (R1, rules 1.4)."""
    paired = {match.syncta_id for match in matches if match.outcome in PAIRED}
    for customer in state.syncta_customers.values():
        if customer.id not in paired:
            yield _row(Action.SKIP, customer.id, "not_ours", SKIPS, source=System.SYNCTA)


def flowing_fields(customer: Customer) -> dict[str, Any]:
    """The values of a customer that flow to Syncta (R5), as JSON."""
    return {
        "name": customer.name,
        "phone": customer.phone,
        "emails": list(customer.emails),
        "address": asdict(customer.address) if customer.address else None,
    }


def _rows_for(
    state: State, match: Match, customer: Customer, names: dict[str, set[str]], doubted: frozenset[str]
) -> Iterator[PlanRow]:
    outcome = match.outcome
    if outcome is Outcome.LINKED:
        yield from _linked(state, customer, state.syncta_customers.get(match.syncta_id), names)
    elif outcome in PAIRED:
        yield from _first_link(state, match, customer)
    elif outcome is Outcome.CREATE and customer.id in doubted and state.company.hold_likely_duplicates:
        yield _row(Action.HOLD, customer.id, "likely_duplicate", HOLDS)
    elif outcome is Outcome.CREATE:
        yield _create(state, match, customer)
    elif outcome in (Outcome.INACTIVE, Outcome.EXCLUDED):
        yield _row(Action.SKIP, customer.id, outcome.value, SKIPS)
    else:
        yield _row(Action.HOLD, customer.id, outcome.value, HOLDS)


def _create(state: State, match: Match, customer: Customer) -> PlanRow:
    fields = flowing_fields(customer)
    payload = {
        "name": fields["name"],
        "phone": fields["phone"],
        "emails": fields["emails"],
        "mailing_address": fields["address"],
        "external_id": customer.id,
        "parent_quickbooks_id": customer.parent_id,
        "applied": fields,
    }
    return PlanRow(
        Action.CREATE,
        Entity.CUSTOMER,
        System.QUICKBOOKS,
        customer.id,
        reason="no_match",
        payload=payload,
        seen=(_seen(customer),),
        order=match.level,
        key=state.key("create", Entity.CUSTOMER, customer.id),
    )


def _first_link(state: State, match: Match, customer: Customer) -> Iterator[PlanRow]:
    """Link; blanks in Syncta are filled, differences shown, nothing overwritten (rules 2.5)."""
    partner = state.syncta_customers[match.syncta_id]
    ours, theirs = flowing_fields(customer), flowing_fields(partner)
    differing = {name: (theirs[name], ours[name]) for name in FIELDS if ours[name] and ours[name] != theirs[name]}
    blanks = {name: pair for name, pair in differing.items() if not pair[0]}
    # The blanks count as applied once the update has filled them, not before.
    applied = {name: value for name, value in ours.items() if name not in blanks}
    yield _link(match.outcome.value, customer, partner, applied, differing, match.level)
    if match.outcome is Outcome.RELINK:
        yield _row(Action.EXCEPTION, customer.id, "relinked", EXCEPTIONS, target_id=partner.id)
    if blanks:
        yield _update(state, customer, partner, blanks, ours)


def _linked(
    state: State, customer: Customer, partner: Customer | None, names: dict[str, set[str]]
) -> Iterator[PlanRow]:
    """What flows to a linked customer; an inactive one only is reported (rules 2.6)."""
    if not customer.active:
        yield _inactive(state, customer)
        return
    if partner is None:
        return
    link = state.customer_links[customer.id]
    ours = flowing_fields(customer)
    changed = {name for name in FIELDS if ours[name] != link.applied.get(name)}
    changes = {
        name: pair for name, pair in _changes(ours, flowing_fields(partner), link.applied).items() if name in changed
    }
    applied = ours
    if "name" in changes and names.get(customer.name, set()) - {partner.id}:
        yield _row(Action.HOLD, customer.id, "rename_meets_existing", HOLDS, target_id=partner.id)
        changes.pop("name")
        applied = {**ours, "name": link.applied.get("name")}
    if changes:
        yield _update(state, customer, partner, changes, applied)
    elif applied != {name: link.applied.get(name) for name in FIELDS}:
        yield _link("seen", customer, partner, applied, {}, 0)
    yield from _parent_changed(state, customer, partner)


def _changes(ours: dict[str, Any], theirs: dict[str, Any], applied: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Field → (Syncta's value, new value) where they differ; an empty QuickBooks field erases nothing (R5)."""
    wanted = {name: value for name, value in ours.items() if value}
    if "emails" in wanted:
        kept = [mail for mail in theirs["emails"] if mail not in (applied.get("emails") or []) + ours["emails"]]
        wanted["emails"] = ours["emails"] + kept
    return {name: (theirs[name], value) for name, value in wanted.items() if value != theirs[name]}


def _update(
    state: State, customer: Customer, partner: Customer, changes: dict[str, tuple[Any, Any]], applied: dict[str, Any]
) -> PlanRow:
    sent = {("mailing_address" if name == "address" else name): new for name, (_, new) in changes.items()}
    return PlanRow(
        Action.UPDATE,
        Entity.CUSTOMER,
        System.QUICKBOOKS,
        customer.id,
        target_id=partner.id,
        reason="changed_in_quickbooks",
        changes=changes,
        payload={**sent, "applied": applied},
        seen=(_seen(customer), seen(System.SYNCTA, Entity.CUSTOMER, partner)),
        key=state.key("update", Entity.CUSTOMER, customer.id, f"v{customer.version}.{partner.version}"),
    )


def _link(
    how: str, customer: Customer, partner: Customer, applied: dict[str, Any], differing: dict[str, Any], level: int
) -> PlanRow:
    return PlanRow(
        Action.LINK,
        Entity.CUSTOMER,
        System.QUICKBOOKS,
        customer.id,
        target_id=partner.id,
        reason=how,
        changes=differing,
        payload={"quickbooks_id": customer.id, "syncta_id": partner.id, "how": how, "applied": applied},
        seen=(_seen(customer), seen(System.SYNCTA, Entity.CUSTOMER, partner)),
        order=level,
    )


def _inactive(state: State, customer: Customer) -> PlanRow:
    """Inactive, or the loser of a merge: its invoices stand under another customer (rules 2.6)."""
    for link in state.invoice_links.values():
        invoice = state.quickbooks_invoices.get(link.quickbooks_id)
        if invoice and link.applied.get("customer_id") == customer.id != invoice.customer_id:
            return _row(Action.EXCEPTION, customer.id, "customer_merged", EXCEPTIONS, target_id=invoice.customer_id)
    return _row(Action.EXCEPTION, customer.id, "customer_inactive", EXCEPTIONS)


def _parent_changed(state: State, customer: Customer, partner: Customer) -> Iterator[PlanRow]:
    link = state.customer_links.get(customer.parent_id)
    expected = link.syncta_id if link else ""
    if (customer.parent_id == "" or link) and partner.parent_id != expected:
        yield _row(Action.EXCEPTION, customer.id, "parent_changed", EXCEPTIONS, target_id=partner.id)


def _names_in_syncta(state: State) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for customer in state.syncta_customers.values():
        names.setdefault(customer.name, set()).add(customer.id)
    return names


def _seen(customer: Customer) -> Seen:
    return seen(System.QUICKBOOKS, Entity.CUSTOMER, customer)


def _row(
    action: Action,
    source_id: str,
    reason: str,
    texts: dict[str, str],
    *,
    source: System = System.QUICKBOOKS,
    target_id: str = "",
) -> PlanRow:
    return PlanRow(action, Entity.CUSTOMER, source, source_id, target_id, reason, texts[reason])
