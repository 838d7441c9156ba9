"""The tasks of `reconcile.<company>`: read both sides again, compare, keep the report."""

from __future__ import annotations

from typing import Any

from airflow.sdk import get_current_context, task

from syncta_quickbooks.run_context import company_of, run_of
from syncta_quickbooks.tasks import quickbooks_of, syncta_of

Result = dict[str, Any]
KIND = "reconcile"


@task(multiple_outputs=False, show_return_value_in_logs=False)
def read_again(key: str) -> Result:
    """QuickBooks' invoices of this and the last two months, Syncta's completely; returns how much had drifted."""
    from include.sync.reconcile.compare import read_sides

    run = run_of(company_of(key), get_current_context(), kind=KIND)
    with quickbooks_of(run.company) as quickbooks:
        return dict(read_sides(run, quickbooks, syncta_of(run.company)))


@task(multiple_outputs=False, show_return_value_in_logs=False)
def compare(key: str) -> Result:
    """The equation of every month, receivables and drift as page and table; red if it does not add up."""
    from include.sync.reconcile.compare import compare as prove

    return prove(run_of(company_of(key), get_current_context(), kind=KIND))
