"""The DAG files: which DAGs they give, what every task must have, and how light they are to parse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import CronDataIntervalTimetable

from syncta_quickbooks.cycle import POOL
from syncta_quickbooks.retry import RETRIES, RETRY_POLICY

PROJECT = Path(__file__).parents[2]
TASKS = {
    "poll",
    "extract_customers",
    "extract_invoices",
    "extract_payments",
    "match_customers",
    "plan",
    "check_quality",
    "end_dry_run",
    "approve",
    "load_to_ledger",
    "load_to_syncta",
    "load_to_quickbooks",
    "report",
}
KINDS = ("initial_sync", "sync", "decide", "undo", "reconcile")


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(dag_folder=str(PROJECT / "dags"))


def python(code: str, **environment: str) -> str:
    """What a fresh interpreter prints last."""
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip().splitlines()[-1]


def test_there_are_exactly_these_dags_and_no_import_error(bag: DagBag) -> None:
    assert bag.import_errors == {}
    assert set(bag.dag_ids) == {f"{kind}.demo" for kind in KINDS}


@pytest.mark.parametrize("dag_id", ["initial_sync.demo", "sync.demo"])
def test_every_dag_explains_itself_and_runs_one_at_a_time(bag: DagBag, dag_id: str) -> None:
    dag = bag.dags[dag_id]
    assert {task.task_id for task in dag.tasks} == TASKS
    assert "Troubleshooting" in (dag.doc_md or "")
    assert {"syncta-quickbooks", "company:demo"} <= set(dag.tags)
    assert (dag.max_active_runs, dag.catchup) == (1, False)
    windows = {"window_start", "window_end", "push_history"} if dag_id == "sync.demo" else set()
    assert set(dag.params) == {"dry_run", "approval", *windows}


def test_deciding_is_a_question_between_two_steps_with_a_form_of_all_decisions(bag: DagBag) -> None:
    dag = bag.dags["decide.demo"]
    assert [task.task_id for task in dag.topological_sort()] == ["preview", "ask", "record"]
    assert "Troubleshooting" in (dag.doc_md or "")
    assert {"syncta-quickbooks", "company:demo", "decide"} <= set(dag.tags)
    assert (dag.schedule, dag.catchup) == (None, False)
    assert set(dag.params) == {"decision", "record", "target", "reason", "note"}


def test_an_undo_always_asks_and_loads_as_every_plan_does(bag: DagBag) -> None:
    dag = bag.dags["undo.demo"]
    assert {task.task_id for task in dag.tasks} == TASKS - {"poll", "match_customers", "check_quality"}
    assert "Troubleshooting" in (dag.doc_md or "")
    assert {"syncta-quickbooks", "company:demo", "undo"} <= set(dag.tags)
    assert (dag.schedule, dag.max_active_runs) == (None, 1)
    assert set(dag.params) == {"run", "record", "dry_run"}


def test_5_an_undo_ends_links_after_what_went_across_them(bag: DagBag) -> None:
    """protocol 4.1"""
    dag = bag.dags["undo.demo"]
    assert dag.get_task("load_to_ledger").upstream_task_ids >= {"load_to_syncta", "load_to_quickbooks"}
    assert dag.get_task("report").upstream_task_ids == {"load_to_ledger"}
    assert dag.get_task("report").is_teardown
    for load in ("load_to_ledger", "load_to_syncta", "load_to_quickbooks"):
        assert dag.get_task(load).trigger_rule == "all_success"
        assert "approve" in dag.get_task(load).upstream_task_ids


def test_the_reconciliation_runs_daily_in_the_companys_zone_and_catches_nothing_up(bag: DagBag) -> None:
    dag = bag.dags["reconcile.demo"]
    assert [task.task_id for task in dag.topological_sort()] == ["read_again", "compare"]
    assert "Troubleshooting" in (dag.doc_md or "")
    assert {"syncta-quickbooks", "company:demo", "reconcile"} <= set(dag.tags)
    assert (dag.max_active_runs, dag.catchup) == (1, False)
    assert dag.timetable.expression == "30 4 * * *"


@pytest.mark.parametrize("dag_id", [f"{kind}.demo" for kind in KINDS])
def test_every_task_has_owner_pool_retries_by_error_and_a_time_limit(bag: DagBag, dag_id: str) -> None:
    """protocol 4.4"""
    for task in bag.dags[dag_id].tasks:
        assert (task.owner, task.pool, task.retries) == ("data-team", POOL, RETRIES), task.task_id
        assert task.retry_policy == RETRY_POLICY, task.task_id
        # A person may take days.
        assert (task.execution_timeout is None) == (task.task_id in ("approve", "ask")), task.task_id


def test_the_schedule_has_intervals_in_the_companys_zone(bag: DagBag) -> None:
    timetable = bag.dags["sync.demo"].timetable
    assert isinstance(timetable, CronDataIntervalTimetable)
    assert str(timetable._timezone if hasattr(timetable, "_timezone") else timetable.timezone) == "America/Los_Angeles"
    assert bag.dags["sync.demo"].start_date is not None
    assert bag.dags["initial_sync.demo"].schedule is None


def test_a_failed_load_decides_the_runs_colour_and_the_report_does_not(bag: DagBag) -> None:
    """protocol 4.1"""
    report = bag.dags["sync.demo"].get_task("report")
    assert report.is_teardown
    assert report.upstream_task_ids == {"load_to_syncta", "load_to_quickbooks"}
    for load in ("load_to_ledger", "load_to_syncta", "load_to_quickbooks"):
        assert bag.dags["sync.demo"].get_task(load).trigger_rule == "all_success"


def test_parsing_imports_nothing_heavy_and_opens_no_ledger() -> None:
    """protocol 4.4"""
    code = (
        "import sys, json\n"
        "from airflow.dag_processing.dagbag import DagBag\n"
        f"assert len(DagBag(dag_folder={str(PROJECT / 'dags')!r}).dags) == {len(KINDS)}\n"
        "heavy = ('pandas', 'great_expectations', 'pyarrow', 'include.ledger.database', 'quickbooks')\n"
        "print(json.dumps([name for name in heavy if name in sys.modules]))"
    )
    assert json.loads(python(code)) == []


def test_a_tasks_process_builds_only_the_dag_it_needs() -> None:
    """protocol 4.3"""
    code = (
        "from airflow.sdk.definitions.context import *\n"
        "from airflow.dag_processing.dagbag import DagBag\n"
        f"print(sorted(DagBag(dag_folder={str(PROJECT / 'dags')!r}).dag_ids))"
    )
    assert python(code, _AIRFLOW_PARSING_CONTEXT_DAG_ID="sync.demo") == "['sync.demo']"


def test_two_parses_give_the_same_dag_so_that_no_version_is_added(bag: DagBag) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    def serialized(of: DagBag) -> Any:
        return {dag_id: DagSerialization.to_dict(dag) for dag_id, dag in of.dags.items()}

    assert serialized(bag) == serialized(DagBag(dag_folder=str(PROJECT / "dags")))
