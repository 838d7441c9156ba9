"""From Airflow's context to the run: kinds, windows, and what is missing when there is no logical date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.utils.types import DagRunType

from include.ledger.database import migrate
from include.settings import environment, load_settings
from include.sync.run import Run, RunKind
from syncta_quickbooks.run_context import run_of

START, END = dt.datetime(2026, 10, 1, tzinfo=dt.UTC), dt.datetime(2026, 10, 2, tzinfo=dt.UTC)
PARAMS: dict[str, Any] = {"dry_run": False, "approval": "thresholds", "window_start": None, "window_end": None}


@pytest.fixture(autouse=True)
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SYNC_LEDGER_URL", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    environment.cache_clear()
    migrate(environment().ledger_url)
    yield
    environment.cache_clear()


def run(kind: DagRunType, *, of: str = "cycle", interval: bool = True, **params: Any) -> Run:
    dag_run = SimpleNamespace(dag_id="sync.demo", run_id="r", run_type=kind)
    context = {"dag_run": dag_run, "ti": SimpleNamespace(try_number=2), "params": {**PARAMS, **params}}
    dates = {"data_interval_start": START, "data_interval_end": END} if interval else {}
    return run_of(load_settings().company("demo"), {**context, **dates}, kind=of)


def test_a_backfill_reads_its_interval() -> None:
    """protocol 2.2"""
    made = run(DagRunType.BACKFILL_JOB)
    assert (made.kind, made.window_start, made.window_end) == (RunKind.BACKFILL, START, END)


@pytest.mark.parametrize("kind", [DagRunType.SCHEDULED, DagRunType.MANUAL, DagRunType.ASSET_TRIGGERED])
def test_every_other_run_reads_from_the_marks_whatever_its_interval(kind: DagRunType) -> None:
    """protocol 2.1"""
    made = run(kind)
    assert (made.kind, made.window_start, made.window_end, made.attempt) == (RunKind.CYCLE, None, None, 2)


def test_a_backfill_pushes_history_only_when_it_is_asked_to() -> None:
    """R9"""
    assert run(DagRunType.BACKFILL_JOB).history is None
    assert run(DagRunType.BACKFILL_JOB, push_history=True).history == (START, END)
    assert run(DagRunType.MANUAL, push_history=True).history is None


def test_a_run_without_a_logical_date_has_no_window() -> None:
    """protocol 2.3"""
    assert run(DagRunType.MANUAL, interval=False).window_start is None
    assert run(DagRunType.MANUAL, of="initial", interval=False).kind is RunKind.INITIAL


def test_a_window_that_a_person_asks_for_is_taken() -> None:
    made = run(DagRunType.MANUAL, window_start="2026-10-01T00:00:00Z", window_end="2026-10-02T00:00:00+00:00")
    assert (made.window_start, made.window_end) == (START, END)


def test_the_form_decides_on_dry_run_and_approval() -> None:
    made = run(DagRunType.MANUAL, dry_run=True, approval="ask")
    assert (made.dry_run, made.approval) == (True, "ask")
