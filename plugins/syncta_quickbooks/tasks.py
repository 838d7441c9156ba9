"""The tasks of a sync, each as thin as it can be: make the run, get the clients, call `include.sync`.

Everything heavy is imported inside the tasks: parsing a DAG file imports neither pandas nor Great Expectations.
"""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context, task

from syncta_quickbooks.run_context import company_of, run_of

if TYPE_CHECKING:
    from include.quickbooks.client import QuickBooksClient
    from include.settings import Company
    from include.sync.run import Run
    from include.sync.watch import Outlook
    from include.syncta.client import SynctaClient

log = logging.getLogger(__name__)

Result = dict[str, Any]


def _run(key: str, kind: str) -> Run:
    return run_of(company_of(key), get_current_context(), kind=kind)


def quickbooks_of(company: Company, *, finishing: bool = False) -> AbstractContextManager[QuickBooksClient]:
    from syncta_quickbooks.quickbooks_hook import QuickBooksHook

    return QuickBooksHook(company.quickbooks_connection).client(company, finishing=finishing)


def _outlook(company: Company) -> Outlook:
    from syncta_quickbooks.quickbooks_hook import QuickBooksHook

    return QuickBooksHook(company.quickbooks_connection).outlook(company)


def syncta_of(company: Company) -> SynctaClient:
    from syncta_quickbooks.syncta_hook import SynctaHook

    return SynctaHook(company.syncta_connection).client(company)


@task.short_circuit(ignore_downstream_trigger_rules=True, show_return_value_in_logs=False)
def poll(key: str, kind: str) -> Result | None:
    """Ask both systems once whether anything changed; if not, the run ends here, green."""
    from include.sync.poll import poll as ask

    run = _run(key, kind)
    for warning in _outlook(run.company).warnings:
        log.warning(warning)
    with quickbooks_of(run.company) as quickbooks:
        return ask(run, quickbooks, syncta_of(run.company))


@task(multiple_outputs=False, show_return_value_in_logs=False)
def extract_customers(key: str, kind: str, polled: Result) -> Result:
    """Customers of both sides: to Parquet and into the mirror."""
    from include.sync.extract import extract_customers as extract

    run = _run(key, kind)
    with quickbooks_of(run.company) as quickbooks:
        return extract(run, polled, quickbooks, syncta_of(run.company))


@task(multiple_outputs=False, show_return_value_in_logs=False)
def extract_invoices(key: str, kind: str, polled: Result) -> Result:
    """Invoices of both sides, sales receipts and products: to Parquet and into the mirror."""
    from include.sync.extract import extract_invoices as extract

    run = _run(key, kind)
    with quickbooks_of(run.company) as quickbooks:
        return extract(run, polled, quickbooks, syncta_of(run.company))


@task(multiple_outputs=False, show_return_value_in_logs=False)
def extract_payments(key: str, kind: str, polled: Result) -> Result:
    """Payments and credit memos of QuickBooks: to Parquet and into the mirror."""
    from include.sync.extract import extract_payments as extract

    run = _run(key, kind)
    with quickbooks_of(run.company) as quickbooks:
        return extract(run, polled, quickbooks, syncta_of(run.company))


@task(multiple_outputs=False, show_return_value_in_logs=False)
def match_customers(key: str, kind: str) -> Result:
    """Who is whom, by exactly the same name."""
    from include.sync.match import match_customers as match

    return match(_run(key, kind))


@task(multiple_outputs=False, show_return_value_in_logs=False)
def plan(key: str, kind: str, matched: Result) -> Result:
    """What would be done, to what, and why."""
    from include.sync.plan import make_plan

    return make_plan(_run(key, kind), matched)


@task(task_id="plan", multiple_outputs=False, show_return_value_in_logs=False)
def plan_undo(key: str, kind: str, extracts: list[Result]) -> Result:
    """What would be taken back of the run that the form names, and what not, with the reason."""
    from include.sync.undo.plan import make_undo_plan

    form = get_current_context()["params"]
    return make_undo_plan(_run(key, kind), str(form["run"]).strip(), str(form.get("record") or "").strip())


@task(multiple_outputs=False, show_return_value_in_logs=False)
def check_quality(key: str, kind: str, extracts: list[Result], planned: Result) -> Result:
    """Great Expectations over extracts and plan; a critical finding stops the run."""
    from include.quality.check import check_quality as check

    return check(_run(key, kind), extracts, planned)


@task.short_circuit(ignore_downstream_trigger_rules=True, show_return_value_in_logs=False)
def end_dry_run(key: str, kind: str) -> bool:
    """A dry run ends here, green; nothing was written."""
    return not _run(key, kind).dry_run


@task(multiple_outputs=False, show_return_value_in_logs=False)
def load_to_ledger(key: str, kind: str, planned: Result, approved: Result) -> Result:
    """Links, balances, holds, exceptions and flags."""
    from include.sync.load_ledger import load_to_ledger as load

    return load(_run(key, kind), _as_approved(planned, approved))


@task(multiple_outputs=False, show_return_value_in_logs=False)
def load_to_syncta(key: str, kind: str, planned: Result, approved: Result) -> Result:
    """Customers created and updated, invoices marked as paid."""
    from include.sync.load_syncta import load_to_syncta as load

    run = _run(key, kind)
    return load(run, _as_approved(planned, approved), syncta_of(run.company))


@task(multiple_outputs=False, show_return_value_in_logs=False)
def load_to_quickbooks(key: str, kind: str, planned: Result, approved: Result) -> Result:
    """Invoices pushed, in batches that survive a lost answer."""
    from include.sync.load_quickbooks import load_to_quickbooks as load

    run = _run(key, kind)
    with quickbooks_of(run.company, finishing=True) as quickbooks:
        return load(run, _as_approved(planned, approved), quickbooks)


@task(multiple_outputs=False, show_return_value_in_logs=False)
def report(key: str, kind: str) -> Result:
    """The run's summary, whatever became of the other tasks."""
    from include.sync.report import report as tell

    context = get_current_context()
    run = _run(key, kind)
    return tell(run, {**_results(context["ti"]), "outlook": _outlook(run.company)})


def _as_approved(planned: Result, approved: Result) -> Result:
    """The plan's file with the digest and the stages that were approved, and by whom: the load does nothing else (rules
    1.5)."""
    return {**planned, **{name: approved[name] for name in ("digest", "stages", "approved_by")}}


def _results(ti: Any) -> Result:
    """What every task returned, and which failed."""
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id])[ti.run_id]
    returned = {name: ti.xcom_pull(task_ids=name) for name in states if name != ti.task_id}
    return {
        "extracts": [returned.get(name) for name in ("extract_customers", "extract_invoices", "extract_payments")],
        "planned": returned.get("plan"),
        "stages": (returned.get("approve") or {}).get("stages"),
        "approved_by": (returned.get("approve") or {}).get("approved_by"),
        "ledger": returned.get("load_to_ledger"),
        "syncta": returned.get("load_to_syncta"),
        "quickbooks": returned.get("load_to_quickbooks"),
        "failed": sorted(name for name, state in states.items() if state == "failed"),
    }
