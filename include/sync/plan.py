"""The plan: what would be done, to what, and why, made from the ledger's state alone (protocol 1.1).

Reading order: `make_plan` here, then `rules/customers.py`, `rules/invoices.py`, `rules/linked_invoices.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from include.ledger.decisions import Verb
from include.records import Entity, System
from include.sync.books import read_books
from include.sync.matches import PAIRED, Match, Outcome, read_matches
from include.sync.plan_file import write
from include.sync.reasons import HOLDS
from include.sync.rows import Action, Plan, PlanRow
from include.sync.rules.customers import plan_customers, plan_untouched_customers
from include.sync.rules.desk import Window
from include.sync.rules.duplicates import doubted, plan_flags
from include.sync.rules.invoices import plan_invoices
from include.sync.rules.linked_invoices import plan_linked_invoices, planned_links
from include.sync.rules.strays import plan_stray_marks
from include.sync.run import Run
from include.sync.state import State, read_state
from include.sync.window import window_of

log = logging.getLogger(__name__)


def make_plan(run: Run, matched: dict[str, Any]) -> dict[str, Any]:
    """Make and store the plan of this run.

    Returns `{"path", "digest", "counts": rows per action, "reasons": rows per action.reason, "decided": digest of the
    standing decisions, "made_at": when, in ISO format, "approval": {"needed": bool, "why": [sentence, …]}}`: no names,
    no amounts.
    """
    state = read_state(run.ledger, run.company, read_books(run))
    matches = read_matches(run.folder / Path(matched["path"]).name)
    plan = plan_of(state, matches, with_untouched=run.kind == "initial", push_history=run.history)
    why = reasons_to_ask(run, state, plan)
    needed = "needed" if why else "not needed"
    log.info("Plan, read %s: %d rows: %s; approval %s", window_of(run), len(plan.rows), plan.counts(), needed)
    return keep_plan(run, state, plan, why)


def keep_plan(run: Run, state: State, plan: Plan, why: list[str]) -> dict[str, Any]:
    """Store a plan beside its run; what `make_plan` returns, `why` being the reasons to ask a person."""
    path = run.folder / "plan.parquet"
    write(plan, path)
    return {
        "path": str(path),
        "digest": plan.digest,
        "counts": plan.counts(),
        "reasons": plan.reasons(),
        "decided": state.decisions.digest,
        "made_at": state.read_at.isoformat() if state.read_at else "",
        "approval": {"needed": bool(why), "why": why},
    }


def plan_of(
    state: State, matches: Sequence[Match], *, with_untouched: bool = False, push_history: Window | None = None
) -> Plan:
    """The plan for a state. `with_untouched` also lists the records that stay on their own side (rules 1.4);
    `push_history` lets old invoices go out that were created in that window (R9)."""
    partners = partners_of(state, matches)
    billed = billed_to(state, partners)
    flags = list(plan_flags(state, partners))
    invoices = list(plan_invoices(state, billed, push_history=push_history))
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
        rows += [*plan_untouched_customers(state, matches), *_quickbooks_only_invoices(state, rows)]
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


def reasons_to_ask(run: Run, state: State, plan: Plan) -> list[str]:
    """Why a person must approve this plan before it is loaded; empty if nobody must (protocol 1.5, 2.2).

    What a backfill pushes is asked about even where approval is "not_needed" (rules 3.9).
    """
    creations, pushes = len(plan.with_action(Action.CREATE)), len(plan.with_action(Action.PUSH))
    company, why = run.company, []
    if pushes and (run.kind == "backfill" or run.history):
        why.append(f"It is a backfill and would push {pushes} invoices.")
    if run.approval == "not_needed":
        return why
    if run.approval == "ask" and any(row.action not in (Action.SKIP, Action.FLAG) for row in plan.rows):
        why.append("This run asks for approval of everything it would write.")
    allowed = max(company.approve_creations_over, int(company.approve_creations_share * len(state.syncta_customers)))
    if creations > allowed:
        why.append(f"It would create {creations} customers; more than {allowed} need approval.")
    if pushes > company.approve_pushes_over:
        why.append(f"It would push {pushes} invoices; more than {company.approve_pushes_over} need approval.")
    return why


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


def _quickbooks_only_invoices(state: State, rows: Sequence[PlanRow]) -> Iterator[PlanRow]:
    """QuickBooks invoices that no link, no plan row and no rule brings together with Syncta (R1)."""
    paired = {link.quickbooks_id for link in state.invoice_links.values()}
    paired |= {row.target_id for row in rows if row.entity is Entity.INVOICE and row.source is System.SYNCTA}
    for invoice in state.quickbooks_invoices.values():
        if invoice.id not in paired:
            yield PlanRow(Action.SKIP, Entity.INVOICE, System.QUICKBOOKS, invoice.id, reason="not_ours")
