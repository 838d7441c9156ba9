"""The plan: what would be done, to what, and why, made from the ledger's state alone (protocol 1.1).

Reading order: `make_plan` here, then `rules/customers.py`, `rules/invoices.py`, `rules/linked_invoices.py`.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from include.ledger.decisions import Verb
from include.records import Entity, System
from include.sync.approved import freeze
from include.sync.books import read_books
from include.sync.match import find_matches
from include.sync.matches import PAIRED, Match, Outcome, counts_of
from include.sync.plan_pages.pages import write_pages
from include.sync.reasons import HOLDS, SKIPS
from include.sync.rows import Action, Plan, PlanRow
from include.sync.rules.customers import plan_customers, plan_untouched_customers
from include.sync.rules.desk import Window
from include.sync.rules.duplicates import doubted, plan_flags
from include.sync.rules.invoices import plan_invoices
from include.sync.rules.linked_invoices import plan_linked_invoices, planned_links
from include.sync.rules.strays import plan_stray_marks
from include.sync.run import Run, RunKind
from include.sync.state import State, read_state
from include.sync.thresholds import reasons_to_ask
from include.sync.window import window_of

log = logging.getLogger(__name__)


def make_plan(run: Run, matched: dict[str, Any]) -> dict[str, Any]:
    """Make and store the plan of this run; `matched` is what `match_customers` returned.

    The matches are found again in the very state that is planned from (protocol 1.1): another run may have linked or
    read something since, or this task alone was cleared days later. A first link planned from old matches would take a
    rename for applied that was never sent.

    Returns `{"path", "digest", "counts": rows per action, "reasons": rows per action.reason, "decided": digest of the
    standing decisions, "made_at": when, in ISO format, "approval": {"needed": bool, "why": [sentence, …]}}`: no names,
    no amounts.
    """
    state = read_state(run.ledger, run.company, read_books(run))
    matches = find_matches(state)
    if counts_of(matches) != matched["counts"]:
        log.info("The ledger has changed since the matching; planned is by the matches of now")
    first = run.kind is RunKind.INITIAL
    go_live = run.company.go_live if first else None
    plan = plan_of(state, matches, with_untouched=first, go_live=go_live, push_history=run.history)
    why = reasons_to_ask(run, state, plan)
    needed = "needed" if why else "not needed"
    log.info("Plan, read %s: %d rows: %s; approval %s", window_of(run), len(plan.rows), plan.counts(), needed)
    return keep_plan(run, state, plan, why, added_by_go_live(run, state, matches, plan))


def keep_plan(run: Run, state: State, plan: Plan, why: list[str], added: Sequence[PlanRow] = ()) -> dict[str, Any]:
    """Store a plan beside its run, frozen, with the pages a person reads; what `make_plan` returns.

    `why` are the reasons to ask a person, `added` the rows that only an earlier `go_live` brought about.
    """
    frozen = freeze(run, plan)
    write_pages(run, state, plan, why, added)
    return {
        **frozen,
        "counts": plan.counts(),
        "reasons": plan.reasons(),
        "decided": state.decisions.digest,
        "made_at": state.read_at.isoformat() if state.read_at else "",
        "approval": {"needed": bool(why), "why": why},
    }


def plan_of(
    state: State,
    matches: Sequence[Match],
    *,
    with_untouched: bool = False,
    go_live: dt.date | None = None,
    push_history: Window | None = None,
) -> Plan:
    """The plan for a state. `with_untouched` also lists the records that nothing happens to, so that every record is
    in it (rules 1.4); `go_live` is by default the later of the setting and the one that was approved (rules 1.1);
    `push_history` lets old invoices go out that were created in that window (R9)."""
    partners = partners_of(state, matches)
    billed = billed_to(state, partners)
    flags = list(plan_flags(state, partners))
    invoices = list(plan_invoices(state, billed, go_live=go_live, push_history=push_history))
    links = [*state.invoice_links.values(), *planned_links(invoices)]
    rows = [
        *flags,
        *plan_customers(state, matches, doubted=doubted(flags)),
        *invoices,
        *plan_linked_invoices(state, links, billed),
        *_unreadable(state),
    ]
    rows += plan_stray_marks(state, rows)
    if with_untouched:
        rows += _untouched(state, matches, rows)
    return Plan.of(state.scope, rows)


def partners_of(state: State, matches: Sequence[Match]) -> dict[str, str]:
    """Syncta customer id → QuickBooks customer id: those linked and those this plan links, one to one; without the
    links it ends."""
    parting = {match.quickbooks_id for match in matches if match.outcome in (*PAIRED, Outcome.UNLINKED)}
    partners = {syncta: ours for syncta, ours in state.linked_customers().items() if ours not in parting}
    partners.update({match.syncta_id: match.quickbooks_id for match in matches if match.outcome in PAIRED})
    return partners


def billed_to(state: State, partners: Mapping[str, str]) -> dict[str, str]:
    """Whom a Syncta customer's invoices go to: its partner, or whom a person chose, several to one (rules 2.8)."""
    return {**partners, **{one.record_id: one.target_id for one in state.decisions.with_verb(Verb.BILL_TO)}}


def added_by_go_live(run: Run, state: State, matches: Sequence[Match], plan: Plan) -> list[PlanRow]:
    """The rows of invoices that go out, or are held, only because `go_live` moves back in this plan (rules 1.1)."""
    if run.kind is not RunKind.INITIAL or not state.approved_go_live or run.company.go_live >= state.approved_go_live:
        return []
    before = plan_of(state, matches, go_live=state.approved_go_live).with_action(Action.PUSH, Action.HOLD)
    known = {row.source_id for row in before if row.entity is Entity.INVOICE}
    rows = plan.with_action(Action.PUSH, Action.HOLD)
    return [row for row in rows if row.entity is Entity.INVOICE and row.source_id not in known]


def _unreadable(state: State) -> Iterator[PlanRow]:
    """Records that could not be understood are held, and stop nothing else (protocol 1.4)."""
    for problem in state.unreadable:
        yield PlanRow(
            Action.HOLD,
            Entity(problem.entity),
            System(problem.system),
            problem.id,
            reason=problem.problem,
            text=HOLDS.get(problem.problem, problem.detail),
        )


def _untouched(state: State, matches: Sequence[Match], rows: Sequence[PlanRow]) -> Iterator[PlanRow]:
    """A row for each record that no other row speaks for: linked, or staying on its own side (R1, rules 1.4)."""
    yield from _already_linked(state, rows)
    yield from plan_untouched_customers(state, matches)
    ended = {row.payload["quickbooks_id"] for row in rows if row.action is Action.UNLINK}
    paired = {link.quickbooks_id for link in state.invoice_links.values()} - ended
    paired |= {row.target_id for row in rows if row.action is Action.LINK and row.entity is Entity.INVOICE}
    for invoice in state.quickbooks_invoices.values():
        if invoice.id not in paired:
            yield PlanRow(Action.SKIP, Entity.INVOICE, System.QUICKBOOKS, invoice.id, reason="not_ours")


def _already_linked(state: State, rows: Sequence[PlanRow]) -> Iterator[PlanRow]:
    told = {(row.source, row.entity, row.source_id) for row in rows if row.action is not Action.FLAG}
    for link in (*state.customer_links.values(), *state.invoice_links.values()):
        ours, theirs = (System.QUICKBOOKS, link.quickbooks_id), (System.SYNCTA, link.syncta_id)
        if not {(system, link.entity, record_id) for system, record_id in (ours, theirs)} & told:
            text = SKIPS["already_linked"]
            yield PlanRow(
                Action.SKIP, link.entity, System.QUICKBOOKS, ours[1], theirs[1], reason="already_linked", text=text
            )
