"""Undo one run: what it wrote, taken back row by row where rules §5 allow it, refused with the reason where not.

The result is a plan like any other – shown, approved, frozen, loaded through the outbox – whose rows void, reopen,
remove, restore and unlink. It is made from what the ledger knows of that run and from the present state, so an undo
that is run twice finds nothing more to take back. An invoice is taken back before its customer, a child before its
parent, and links end last.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from include.records import Entity
from include.sync.books import read_books
from include.sync.plan import keep_plan
from include.sync.rows import REVERSALS, Action, Plan, PlanRow
from include.sync.run import Run
from include.sync.state import State, read_state
from include.sync.undo import customers, invoices
from include.sync.undo.deeds import Deeds, deeds_of, left_alone

log = logging.getLogger(__name__)


def make_undo_plan(run: Run, undoes: str, record: str = "") -> dict[str, Any]:
    """The plan that takes back what the run `undoes` did; with `record` that record only: its id in either system,
    with `customer:` or `invoice:` in front where both have that id.

    Returns what `make_plan` returns, and `"undoes"`; a person has to approve whatever it would take back. Raises
    UndoRefused if there is no such run, it was an undo itself, or it did nothing to the record.
    """
    deeds = deeds_of(run, undoes)
    deeds = deeds.only(record) if record else deeds
    state = read_state(run.ledger, run.company, read_books(run))
    plan = Plan.of(state.scope, undo_rows(state, deeds))
    log.info("Undo of %s: %s; %s", undoes, plan.counts(), plan.reasons())
    return {**keep_plan(run, state, plan, list(_why_ask(deeds, plan))), "undoes": undoes}


def undo_rows(state: State, deeds: Deeds) -> Iterator[PlanRow]:
    """One row for everything the run did: a reversal, or a `skip` with the reason why not. A customer of whom only
    some fields were changed since has both."""
    voids = [invoices.void(state, deeds.run_id, write) for write in deeds.with_action(Action.PUSH)]
    marks = [invoices.reopen(state, deeds.run_id, write) for write in deeds.with_action(Action.MARK_PAID)]
    reopened = [row for row in marks if row.action is Action.REOPEN]
    links = [invoices.unlink(state, deeds.run_id, link, reopened) for link in deeds.links_of(Entity.INVOICE)]
    taken_back = {row.target_id for row in (*voids, *links) if row.action is not Action.SKIP}
    yield from (*voids, *marks, *links)
    yield from customers.restore(state, deeds)
    yield from customers.part(state, deeds, taken_back)
    yield from left_alone(deeds)


def _why_ask(deeds: Deeds, plan: Plan) -> Iterator[str]:
    """A person is asked about everything that is taken back, however little it is."""
    reversals = len(plan.with_action(*REVERSALS))
    if not reversals:
        return
    yield f"It would take back {reversals} of {len(plan.rows)} things that {deeds.run_id} did."
    if not deeds.ended:
        yield "That run has not ended: what it does from now on is not taken back."
