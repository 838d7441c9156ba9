"""How the tasks of a sync hang together, the same for `initial_sync` and `sync`; and those of `undo`.

            ┌ extract_customers ┐
    poll ──▶│ extract_invoices  │─▶ match_customers ─▶ plan ─▶ check_quality ─▶ end_dry_run ─▶ approve
            └ extract_payments  ┘                                                                │
                                   report ◀─ load_to_syncta, load_to_quickbooks ◀─ load_to_ledger

An undo has no poll, no match and no check of numbers, and its `load_to_ledger` comes last: a link ends when what went
across it was taken back, not before.

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
    }


def windows() -> dict[str, Param]:
    """The part of the form about history, of DAGs that read windows."""
    moment: dict[str, Any] = {"type": ["null", "string"], "format": "date-time", "section": "Window"}
    return {
        "window_start": Param(
            None, title="Created from", description="Read only records created from here (needs both ends).", **moment
        ),
        "window_end": Param(None, title="Created before", description="The end of that window, exclusive.", **moment),
        "push_history": Param(
            False,
            type="boolean",
            title="Push old invoices",
            description="Of a window or a backfill: also push invoices that became ready before go-live and have no "
            "partner in QuickBooks. A person approves them.",
            section="Window",
        ),
    }


def undo_tasks(company: Company) -> None:
    """All tasks of an undo: both sides are read anew, then a plan of reversals goes the way of every plan."""
    who: dict[str, Any] = {"key": company.key, "kind": "undo"}
    with TaskGroup("extract", prefix_group_id=False):
        extracts = [getattr(steps, name)(**who, polled={}) for name in EXTRACTS]
    planned = steps.plan_undo(**who, extracts=extracts)
    approve, decided = _approved(who, planned, after=planned)
    with TaskGroup("load", prefix_group_id=False):
        loads = [steps.load_to_syncta(**who, **decided), steps.load_to_quickbooks(**who, **decided)]
    chain(approve, loads, steps.load_to_ledger(**who, **decided), steps.report(**who).as_teardown())


def sync_tasks(company: Company, *, kind: str) -> None:
    """All tasks of one run of `initial_sync` or `sync`, inside the DAG that is being built."""
    who: dict[str, Any] = {"key": company.key, "kind": kind}
    polled = steps.poll(**who)

    with TaskGroup("extract", prefix_group_id=False):
        extracts = [getattr(steps, name)(**who, polled=polled) for name in EXTRACTS]
    matched = steps.match_customers(**who)
    planned = steps.plan(**who, matched=matched)
    checked = steps.check_quality(**who, extracts=extracts, planned=planned)
    chain(extracts, matched)
    approve, decided = _approved(who, planned, after=checked)
    ledger = steps.load_to_ledger(**who, **decided)
    with TaskGroup("load", prefix_group_id=False):
        loads = [steps.load_to_syncta(**who, **decided), steps.load_to_quickbooks(**who, **decided)]
    chain(approve, ledger, loads, steps.report(**who).as_teardown())


def _approved(who: dict[str, Any], planned: Any, *, after: Any) -> tuple[Any, dict[str, Any]]:
    """The end of a dry run and the approval, and what the loads are given."""
    approve = ApprovePlan(task_id="approve", plan_task="plan", **who)
    chain(after, steps.end_dry_run(**who), approve)
    return approve, {"planned": planned, "approved": approve.output}
