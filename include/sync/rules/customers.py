"""Customers, QuickBooks → Syncta: link, create, update, or hold with a reason (R2–R8, rules 2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from include.records import Customer, Entity, System
from include.sync.known import chosen, create_again
from include.sync.matches import LEFT_ALONE, PAIRED, Match, Outcome
from include.sync.reasons import EXCEPTIONS, HOLDS, SKIPS
from include.sync.rows import Action, PlanRow, Seen
from include.sync.rules.accepted import facts_of, unless_accepted
from include.sync.rules.customer_fields import FIELDS, changes_of, flowing_fields, still_restored
from include.sync.rules.merged import survivors
from include.sync.rules.renames import MEETS_EXISTING, Renames
from include.sync.state import State, seen


@dataclass(frozen=True, slots=True)
class Desk:
    """What the rows of customers are made from: the state, and what is looked up in it often."""

    state: State
    doubted: frozenset[str]
    renames: Renames
    survivors: Mapping[str, str]
    namesakes: Mapping[str, list[Customer]]

    @classmethod
    def of(cls, state: State, doubted: frozenset[str]) -> Desk:
        """`doubted` are QuickBooks ids with a likely duplicate."""
        namesakes: dict[str, list[Customer]] = {}
        for customer in state.syncta_customers.values():
            namesakes.setdefault(customer.name, []).append(customer)
        return cls(state, doubted, Renames.of(state), survivors(state), namesakes)


def plan_customers(
    state: State, matches: Sequence[Match], *, doubted: frozenset[str] = frozenset()
) -> Iterator[PlanRow]:
    """One or more rows for every QuickBooks customer that calls for something.

    `doubted` are QuickBooks ids with a likely duplicate: with `hold_likely_duplicates` they are held instead of
    created.
    """
    desk = Desk.of(state, doubted)
    for match in matches:
        customer = state.quickbooks_customers[match.quickbooks_id]
        yield from _ended_link(state, match)
        yield from unless_accepted(state, _rows_for(desk, match, customer))
    yield from unless_accepted(state, _left_behind(state, matches))


def plan_untouched_customers(state: State, matches: Sequence[Match]) -> Iterator[PlanRow]:
    """A `skip` for every Syncta customer that has no partner: it stays on its side (R1, rules 1.4)."""
    spoken_for = {match.syncta_id for match in matches if match.outcome in PAIRED}
    spoken_for |= {row.source_id for row in _left_behind(state, matches)}
    for customer in state.syncta_customers.values():
        if customer.id not in spoken_for:
            yield _row(Action.SKIP, customer.id, "not_ours", SKIPS, source=System.SYNCTA)


def _rows_for(desk: Desk, match: Match, customer: Customer) -> Iterator[PlanRow]:
    outcome = match.outcome
    if outcome is Outcome.LINKED:
        yield from _linked(desk, customer, desk.state.syncta_customers.get(match.syncta_id))
    elif outcome in PAIRED:
        yield from _first_link(desk.state, match, customer)
    elif outcome is Outcome.CREATE and _is_doubted(desk, customer):
        yield _row(Action.HOLD, customer.id, "likely_duplicate", HOLDS)
    elif outcome is Outcome.CREATE:
        yield _create(desk, match, customer)
    elif outcome in LEFT_ALONE or not customer.active:
        reason = outcome if customer.active else Outcome.INACTIVE
        yield _row(Action.SKIP, customer.id, reason.value, SKIPS)
    else:
        row = _row(Action.HOLD, customer.id, outcome.value, HOLDS)
        yield replace(row, text=row.text + _inactive_namesakes(desk, customer)) if outcome is Outcome.AMBIGUOUS else row


def _is_doubted(desk: Desk, customer: Customer) -> bool:
    """Whether a likely duplicate keeps it from being created, and nobody accepted that."""
    who = (Entity.CUSTOMER, System.QUICKBOOKS, customer.id)
    accepted = desk.state.decisions.accepted("likely_duplicate", *who, facts_of(None))
    decided = accepted or create_again(desk.state, customer.id)
    return customer.id in desk.doubted and desk.state.company.hold_likely_duplicates and not decided


def _inactive_namesakes(desk: Desk, customer: Customer) -> str:
    """Inactive records of the name are told of, and are no candidates (rules 2.2)."""
    inactive = sum(not namesake.active for namesake in desk.namesakes.get(customer.name, []))
    return f" (Inactive in Syncta, and no candidates: {inactive}.)" if inactive else ""


def _ended_link(state: State, match: Match) -> Iterator[PlanRow]:
    """The link that a person's decision ends: before another is made, or a record is created again (rules 2.8).

    Without a decision nothing is ended: another run may have made the link after this one matched.
    """
    link = state.customer_links.get(match.quickbooks_id)
    decided = match.outcome in (Outcome.DECIDED, Outcome.UNLINKED)
    if link and (decided or (match.outcome is Outcome.CREATE and create_again(state, match.quickbooks_id))):
        ids = {"quickbooks_id": link.quickbooks_id, "syncta_id": link.syncta_id}
        row = _row(Action.UNLINK, link.quickbooks_id, "decision", {"decision": ""}, target_id=link.syncta_id)
        yield replace(row, payload=ids, order=match.level)


def _left_behind(state: State, matches: Sequence[Match]) -> Iterator[PlanRow]:
    """Records the sync created for a customer that a person linked to another one since."""
    partner = {match.quickbooks_id: match.syncta_id for match in matches if match.outcome in PAIRED}
    paired = set(partner.values())
    for customer in state.syncta_customers.values():
        if customer.active and customer.id not in paired and customer.external_id in partner:
            target = customer.external_id
            yield _row(Action.EXCEPTION, customer.id, "left_behind", EXCEPTIONS, source=System.SYNCTA, target_id=target)


def _create(desk: Desk, match: Match, customer: Customer) -> PlanRow:
    fields = flowing_fields(customer)
    payload = {
        "name": fields["name"],
        "phone": fields["phone"],
        "emails": fields["emails"],
        "mailing_address": fields["address"],
        "external_id": customer.id,
        "parent_quickbooks_id": customer.parent_id,
        "applied": fields,
        # Decided although these bear the name: the load asks Syncta whether another one does by now.
        "namesakes": sorted(one.id for one in desk.namesakes.get(customer.name, []) if one.active),
    }
    return PlanRow(
        Action.CREATE,
        Entity.CUSTOMER,
        System.QUICKBOOKS,
        customer.id,
        reason="decision" if create_again(desk.state, customer.id) else "no_match",
        text=_inactive_namesakes(desk, customer).strip(),
        payload=payload,
        seen=(_seen(customer),),
        order=match.level,
        key=desk.state.key("create", Entity.CUSTOMER, customer.id),
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


def _linked(desk: Desk, customer: Customer, partner: Customer | None) -> Iterator[PlanRow]:
    """What flows to a linked customer; an inactive one only is reported (rules 2.6)."""
    if not customer.active:
        yield _inactive(desk, customer)
        return
    if partner is None:
        return
    link = desk.state.customer_links[customer.id]
    ours = flowing_fields(customer)
    changed = {name for name in FIELDS if ours[name] != link.applied.get(name)}
    changes = {
        name: pair for name, pair in changes_of(ours, flowing_fields(partner), link.applied).items() if name in changed
    }
    applied = ours
    if "name" in changes and partner.id not in desk.renames.flowing:
        changes.pop("name")
        applied = {**ours, "name": link.applied.get("name")}
    if changes:
        yield _update(desk.state, customer, partner, changes, applied)
    elif applied != {name: link.applied.get(name) for name in FIELDS}:
        yield _link("seen", customer, partner, applied, {}, 0)
    staying = {name: value for name, value in ours.items() if name not in changes}
    if still_restored(staying, flowing_fields(partner), link.applied):
        yield _row(Action.EXCEPTION, customer.id, "restored_by_person", EXCEPTIONS, target_id=partner.id)
    if partner.id in desk.renames.blocked:
        yield _row(Action.HOLD, customer.id, MEETS_EXISTING, HOLDS, target_id=partner.id)
    if chosen(desk.state, customer.id) not in ("", partner.id):
        yield _row(Action.HOLD, customer.id, Outcome.TARGET_TAKEN.value, HOLDS, target_id=partner.id)
    yield from _parent_changed(desk.state, customer, partner)


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
        key=state.key("update", Entity.CUSTOMER, customer.id, f"v{customer.version}.{partner.id}.{partner.version}"),
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


def _inactive(desk: Desk, customer: Customer) -> PlanRow:
    """Inactive, or the loser of a merge (rules 2.6)."""
    if survivor := desk.survivors.get(customer.id):
        return _row(Action.EXCEPTION, customer.id, "customer_merged", EXCEPTIONS, target_id=survivor)
    return _row(Action.EXCEPTION, customer.id, "customer_inactive", EXCEPTIONS)


def _parent_changed(state: State, customer: Customer, partner: Customer) -> Iterator[PlanRow]:
    link = state.customer_links.get(customer.parent_id)
    expected = link.syncta_id if link else ""
    if (customer.parent_id == "" or link) and partner.parent_id != expected:
        yield _row(Action.EXCEPTION, customer.id, "parent_changed", EXCEPTIONS, target_id=partner.id)


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
