"""From Airflow's task context to the `Run` that `include.sync` works on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from include.errors import SettingsInvalid

if TYPE_CHECKING:
    from include.settings import Company
    from include.sync.run import Run

PATIENCE = 130.0
"""Seconds: longer than the lease of a task that was killed lasts, so that its next try goes on by itself. Whoever waits
for a load that takes longer is tried again later (`retry.py`)."""
BACKFILL = "backfill"
"""The type of a backfill's runs; Airflow's own enumeration compares equal to its text, but does not print as it."""


def company_of(key: str) -> Company:
    """The company's settings as they are now; SettingsInvalid, with its own problems, if they are broken."""
    from include.settings import load_settings, valid_companies

    companies, problems = valid_companies()
    if key in companies:
        return companies[key]
    own = [str(problem) for problem in problems if problem.company in ("", key)]
    if own:
        raise SettingsInvalid("\n".join(own))
    return load_settings().company(key)


def run_of(company: Company, context: Mapping[str, Any], *, kind: str) -> Run:
    """The run of this task; `kind` is its DAG's (a cycle that is backfilled is a backfill). The ledger is opened here;
    LedgerNotReady if it is not migrated."""
    from airflow.sdk import ObjectStoragePath

    from include.ledger.database import Ledger
    from include.settings import environment
    from include.sync.run import Run, RunKind

    dag_run, params, here = context["dag_run"], context["params"], environment()
    backfill = dag_run.run_type == BACKFILL
    start, end = _window(context, backfill=backfill)
    return Run(
        company=company,
        dag_id=dag_run.dag_id,
        run_id=dag_run.run_id,
        attempt=context["ti"].try_number,
        kind=RunKind.BACKFILL if backfill else RunKind(kind),
        window_start=start,
        window_end=end,
        dry_run=bool(params.get("dry_run")),
        push_history=bool(params.get("push_history")),
        patience=PATIENCE,
        approval=params.get("approval", "thresholds"),
        files=ObjectStoragePath(here.files),
        ledger=Ledger.open(here.ledger_url),
    )


def _window(context: Mapping[str, Any], *, backfill: bool) -> tuple[dt.datetime | None, dt.datetime | None]:
    """A backfill's interval, or the window a person asked for. Keys are missing where there is no logical date."""
    if backfill:
        return context.get("data_interval_start"), context.get("data_interval_end")
    return _moment(context["params"].get("window_start")), _moment(context["params"].get("window_end"))


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
