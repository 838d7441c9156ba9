"""How the tasks of a sync hang together, the same for `initial_sync` and `sync`.

            ┌ extract_customers ┐
    poll ──▶│ extract_invoices  │─▶ match_customers ─▶ plan ─▶ check_quality ─▶ end_dry_run ─▶ approve
            └ extract_payments  ┘                                                                │
                                   report ◀─ load_to_syncta, load_to_quickbooks ◀─ load_to_ledger

`report` is a teardown: it runs whatever happened and has no say in the run's colour, so that a failed load turns
the run red (protocol 4.1).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, TaskGroup, chain

from include.settings import Company
from syncta_quickbooks import tasks
from syncta_quickbooks.approval import ApprovePlan
from syncta_quickbooks.retry import RETRIES, RETRY_POLICY

POOL = "quickbooks_api"
"""Shared by all companies; made by set-up: a task in a pool that does not exist waits for ever."""

# Airflow's decorators declare the values that tasks exchange, not the references that stand for them here.
steps: Any = tasks

EXTRACTS = ("extract_customers", "extract_invoices", "extract_payments")


def default_args(company: Company) -> dict[str, Any]:
    """What every task of the company has in common."""
    return {
        "owner": company.owner,
        "pool": POOL,
        "retries": RETRIES,
        "retry_delay": timedelta(minutes=1),
        "retry_policy": RETRY_POLICY,
        "execution_timeout": timedelta(hours=1),
    }


def params(approval: str) -> dict[str, Param]:
    """The trigger form; `approval` is the default answer to who must approve."""
    moment: dict[str, Any] = {"type": ["null", "string"], "format": "date-time", "section": "Window"}
    return {
        "dry_run": Param(
            False, type="boolean", title="Dry run", description="Plan and check only; nothing is written anywhere."
        ),
        "approval": Param(
            approval,
            enum=["ask", "thresholds", "not_needed"],
            type="string",
            title="Approval",
            description="ask: a person approves whatever would be written. thresholds: only what passes the company's "
            "thresholds. not_needed: nobody is asked.",
        ),
        "window_start": Param(
            None, title="Created from", description="Read only records created from here (needs both ends).", **moment
        ),
        "window_end": Param(None, title="Created before", description="The end of that window, exclusive.", **moment),
    }


def sync_tasks(company: Company, *, initial: bool) -> None:
    """All tasks of one run, inside the DAG that is being built."""
    who: dict[str, Any] = {"key": company.key, "initial": initial}
    polled = steps.poll(**who)

    with TaskGroup("extract", prefix_group_id=False):
        extracts = [getattr(steps, name)(**who, polled=polled) for name in EXTRACTS]
    matched = steps.match_customers(**who)
    planned = steps.plan(**who, matched=matched)
    checked = steps.check_quality(**who, extracts=extracts, planned=planned)
    going_on = steps.end_dry_run(**who)
    approve = ApprovePlan(task_id="approve", plan_task="plan", company=company.key, initial=initial)
    decided = {"planned": planned, "approved": approve.output}
    ledger = steps.load_to_ledger(**who, **decided)

    with TaskGroup("load", prefix_group_id=False):
        loads = [steps.load_to_syncta(**who, **decided), steps.load_to_quickbooks(**who, **decided)]
    chain(extracts, matched)
    chain(checked, going_on, approve, ledger, loads, steps.report(**who).as_teardown())
