"""Invoices in QuickBooks that bear our mark and belong to no link: none of them is in no plan (rules 3.5).

People copy invoices, note and all; a Syncta invoice may be deleted before the answer to its push was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from include.records import Entity
from include.sync.rows import Action, PlanRow
from include.sync.rules.accepted import unless_accepted
from include.sync.rules.decided import identity_of
from include.sync.rules.telling import tell
from include.sync.rules.twins import marked_id
from include.sync.state import State


def plan_stray_marks(state: State, rows: Iterable[PlanRow]) -> Iterator[PlanRow]:
    """An exception for each of them that no other row of the plan speaks of; void ones are left alone."""
    rows = list(rows)
    spoken_of = {row.target_id for row in rows if row.entity is Entity.INVOICE}
    pushed = {row.source_id for row in rows if row.action in (Action.PUSH, Action.LINK)}
    spoken_of |= {link.quickbooks_id for link in state.invoice_links.values()}
    found = []
    for invoice in sorted(state.quickbooks_invoices.values(), key=lambda one: one.id):
        marked = marked_id(state.company.key, invoice)
        decision = identity_of(state, marked)
        answered = decision is not None and decision.target_id == invoice.id
        if not marked or invoice.id in spoken_of or invoice.total == 0 or answered:
            continue
        twice = marked in state.invoice_links or marked in pushed
        reason = "marked_twice" if twice else "marked_without_partner"
        found.append(tell(Action.EXCEPTION, marked, reason, invoice.total, target_id=invoice.id))
    yield from unless_accepted(state, found)
