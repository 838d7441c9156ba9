"""When a person must approve a plan before it is loaded (protocol 1.5, 2.2; rules 1.1, 3.9).

Sentences go to Airflow: they hold counts and the company's own settings, no names and no sums of money.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from include.sync.rows import Action, Plan, PlanRow
from include.sync.run import Approval, Run, RunKind
from include.sync.state import State


def reasons_to_ask(run: Run, state: State, plan: Plan) -> list[str]:
    """Why a person must approve this plan; empty if nobody must.

    A `go_live` moved back and what a backfill pushes are asked about even where approval is "not_needed" (rules 1.1,
    3.9). What reverses a write is not counted here: a person has decided it already, with its effect before the eyes
    (rules 5).
    """
    pushes = plan.with_action(Action.PUSH)
    why = [*_earlier_go_live(run, state), *_of_history(run, pushes)]
    if run.approval is Approval.NOT_NEEDED:
        return why
    if run.approval is Approval.ASK and any(row.stage for row in plan.rows):
        why.append("This run asks for approval of everything it would write.")
    return [*why, *_creations(state, plan), *_pushes(run, pushes)]


def _earlier_go_live(run: Run, state: State) -> Iterator[str]:
    approved, wanted = state.approved_go_live, run.company.go_live
    if run.kind is RunKind.INITIAL and approved and wanted < approved:
        yield f"go_live moves back from {approved} to {wanted}: invoices that were history would be pushed."


def _of_history(run: Run, pushes: tuple[PlanRow, ...]) -> Iterator[str]:
    if pushes and (run.kind is RunKind.BACKFILL or run.history):
        yield f"It is a backfill and would push {len(pushes)} invoices."


def _creations(state: State, plan: Plan) -> Iterator[str]:
    company, creations = state.company, len(plan.with_action(Action.CREATE))
    allowed = max(company.approve_creations_over, int(company.approve_creations_share * len(state.syncta_customers)))
    if creations > allowed:
        yield f"It would create {creations} customers; more than {allowed} need approval."


def _pushes(run: Run, pushes: tuple[PlanRow, ...]) -> Iterator[str]:
    company, amounts = run.company, [row.amount or Decimal(0) for row in pushes]
    if len(pushes) > company.approve_pushes_over:
        yield f"It would push {len(pushes)} invoices; more than {company.approve_pushes_over} need approval."
    unusual, allowed = (
        sum(amount > company.unusual_push_total for amount in amounts),
        company.approve_unusual_pushes_over,
    )
    if unusual > allowed:
        yield (
            f"It would push {unusual} invoices above {company.unusual_push_total:,}; more than {allowed} of them need "
            "approval."
        )
    if sum(amounts) > company.approve_push_total_over:
        yield f"It would push more than {company.approve_push_total_over:,} in all, which needs approval."
