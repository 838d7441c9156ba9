"""One try of one task as a process would run it: fresh clients, the ledger, one step of the sync, its answer as JSON.

A try that is to be killed runs in a child process that sends itself SIGKILL at its touch: no `finally`, no handing
back of leases, no closing of anything. All others run here, which is quicker. A child is forked from a clean process
that has everything imported and no threads (the sandbox's servers run in this one).
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import requests
import tenacity.nap

from include.errors import PersonNeeded, RateLimited, ReconnectNeeded, RecordRejected, StopAndLook
from include.ledger.database import Ledger
from include.ledger.tokens import LedgerTokenStore
from include.quality import check
from include.quality.examine import Evidence
from include.quality.results import CheckResult
from include.quickbooks.auth import Credentials
from include.quickbooks.client import QuickBooksClient
from include.settings import Company
from include.sync import extract
from include.sync.load_ledger import load_to_ledger
from include.sync.load_quickbooks import load_to_quickbooks
from include.sync.load_syncta import load_to_syncta
from include.sync.match import match_customers
from include.sync.plan import make_plan
from include.sync.poll import poll
from include.sync.report import report
from include.sync.rows import Stage
from include.sync.run import Approval, Run, RunKind
from include.syncta.client import SynctaClient
from tests.chaos.fate import Fate, FatefulCalls, FatefulLedger

EXAMINE = check.examine
EXTRACTS = ("extract_customers", "extract_invoices", "extract_payments")


@dataclass(frozen=True)
class Place:
    """Where a process finds everything: what Airflow's connections and the environment say."""

    company: Company
    ledger_url: str
    ledger_key: str
    files: Path
    syncta_url: str
    syncta_key: str
    connection: Mapping[str, str]
    checks: bool = False
    """Whether Great Expectations looks at the data; without, the step only accepts what was read. It takes longer
    than everything else together."""


@dataclass(frozen=True)
class Job:
    """One try of one task of one run. `given` is what the tasks before it handed on."""

    place: Place
    dag: str
    run_id: str
    kind: RunKind
    task: str
    given: Mapping[str, Any]
    attempt: int = 1
    window: tuple[dt.datetime, dt.datetime] | None = None


@dataclass(frozen=True)
class Outcome:
    """How a try ended: "done" with its answer, "failed" with the error, or "killed". `permanent` is an error for
    which Airflow's retry policy tries nothing again."""

    state: str
    answer: Any = None
    error: str = ""
    permanent: bool = False
    reconnect: bool = False
    wait: float = 60
    happened: list[str] = field(default_factory=list)


@contextmanager
def hurried() -> Iterator[None]:
    """Inside, what the clients would sleep between their tries passes at once, and nobody logs; afterwards this process
    is as it was, checks included."""
    before = tenacity.nap.time, logging.root.manager.disable, check.examine  # type: ignore[attr-defined]
    tenacity.nap.time = SimpleNamespace(sleep=lambda _: None)  # type: ignore[attr-defined]
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        tenacity.nap.time, silenced, check.examine = before  # type: ignore[attr-defined]
        logging.disable(silenced)


def attempt(job: Job, fate: Fate) -> Outcome:
    """Run a try: here, or in a child that kills itself."""
    return _in_child(job, fate) if fate.die_at is not None else _here(job, fate)


def _here(job: Job, fate: Fate) -> Outcome:
    try:
        answer = json.loads(json.dumps(perform(job, fate)))
    except Exception as error:  # whatever it is, Airflow would see it
        return _failed(error, fate)
    return Outcome("done", answer, happened=fate.happened)


def _failed(error: Exception, fate: Fate) -> Outcome:
    """As the project's retry policy has it (plugins/syncta_quickbooks/retry.py)."""
    waits = {"RateLimited": 90, "TemporaryOutage": 60, "CompanyIsBusy": 300, "FenceLost": 300}
    name = type(error).__name__
    permanent = isinstance(error, (PersonNeeded, StopAndLook, RecordRejected))
    wait = max(waits.get(name, 60), (error.retry_after or 0) if isinstance(error, RateLimited) else 0)
    return Outcome(
        "failed", None, f"{name}: {error}", permanent, isinstance(error, ReconnectNeeded), wait, fate.happened
    )


def _in_child(job: Job, fate: Fate) -> Outcome:
    here, there = multiprocessing.get_context("forkserver").Pipe(duplex=False)
    options = {"die_at": fate.die_at, "away_at": dict(fate.away_at), "time_outs": dict(fate.time_outs)}
    child = multiprocessing.get_context("forkserver").Process(target=_child, args=(job, options, there))
    child.start()
    there.close()
    try:
        outcome: Outcome = here.recv()
    except EOFError:
        outcome = Outcome("killed", happened=[f"killed in {job.task} at touch {fate.die_at}"])
    child.join()
    here.close()
    assert outcome.state != "killed" or child.exitcode == -signal.SIGKILL, f"{job.task} ended with {child.exitcode}"
    return outcome


def _child(job: Job, options: Mapping[str, Any], there: Any) -> None:
    fate = Fate(**options, die=lambda: os.kill(os.getpid(), signal.SIGKILL))
    with hurried():
        there.send(_here(job, fate))


def perform(job: Job, fate: Fate) -> Any:
    """The task itself, as plugins/syncta_quickbooks/tasks.py has it."""
    ledger = cast("Ledger", FatefulLedger(_ledger(job.place.ledger_url), fate))
    run = _run(job, ledger)
    if job.task == "match_customers":
        return match_customers(run)
    if job.task == "plan":
        return make_plan(run, job.given["match_customers"])
    if job.task == "check_quality":
        return _check(job, run)
    if job.task == "load_to_ledger":
        return load_to_ledger(run, _approved(job))
    if job.task == "report":
        return report(run, {**job.given["report"], "stages": list(Stage)})
    syncta = _syncta(job.place, fate)
    if job.task == "load_to_syncta":
        return load_to_syncta(run, _approved(job), syncta)
    with _quickbooks(job.place, ledger, fate) as quickbooks:
        if job.task == "poll":
            return poll(run, quickbooks, syncta)
        if job.task == "load_to_quickbooks":
            return load_to_quickbooks(run, _approved(job), quickbooks)
        return getattr(extract, job.task)(run, job.given["poll"], quickbooks, syncta)


def _approved(job: Job) -> dict[str, Any]:
    """The plan as the approval hands it on: whole."""
    return {**job.given["plan"], "stages": list(Stage)}


def _run(job: Job, ledger: Ledger) -> Run:
    start, end = job.window or (None, None)
    return Run(
        company=job.place.company,
        dag_id=f"{job.dag}.{job.place.company.key}",
        run_id=job.run_id,
        kind=job.kind,
        files=job.place.files,
        ledger=ledger,
        attempt=job.attempt,
        window_start=start,
        window_end=end,
        approval=Approval.NOT_NEEDED,
    )


def _check(job: Job, run: Run) -> Any:
    check.examine = EXAMINE if job.place.checks else _look_at_nothing
    return check.check_quality(run, [job.given[name] for name in EXTRACTS], job.given["plan"])


def _look_at_nothing(evidence: Evidence) -> list[CheckResult]:
    return []


def _syncta(place: Place, fate: Fate) -> SynctaClient:
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = f"Bearer {place.syncta_key}"
    session.mount("http://", FatefulCalls(fate))
    return SynctaClient(session, place.syncta_url, zone=place.company.zone)


def _quickbooks(place: Place, ledger: Ledger, fate: Fate) -> QuickBooksClient:
    credentials = Credentials(environment=place.company.environment, **place.connection)
    tokens = LedgerTokenStore(ledger, place.ledger_key, place.company.scope)
    client = QuickBooksClient(credentials, tokens, sleep=lambda _: None)
    # The client makes its own session; nothing else about it is touched.
    client._session.trust_env = False
    client._session.mount("http://", FatefulCalls(fate))
    return client


@lru_cache(maxsize=4)
def _ledger(url: str) -> Ledger:
    return Ledger.open(url)


def prepare_children() -> None:
    """Have the process ready from which children are forked."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(["tests.chaos.process"])
