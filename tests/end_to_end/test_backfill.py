"""G4, protocol 2.2: `airflow backfill create` as an operator types it, run by a real scheduler beside the schedule."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from deploy.local.stack import Stack, running_stack
from include.ledger import marks
from include.ledger.database import Ledger
from include.records import Scope
from include.sync.sources import SOURCES, name_of

PROJECT = Path(__file__).parents[2]
INITIAL, SYNC = "initial_sync.demo", "sync.demo"
COMPANY = """
companies:
  demo:
    name: Truckee Backflow
    realm_id: "9341453000000001"
    environment: sandbox
    go_live: 2026-11-01
    start_date: 2026-10-01
    time_zone: America/Los_Angeles
    schedule: "0 0 1,16 * *"
"""
HALVES = ("2026-10-01", "2026-10-31")
"""Two intervals: the first half of October, and the second."""
OLD = {"C": 8, "A": 12, "B": 20, "closed": 3}
"""Invoices ready long before go-live, by the day of October they were written; books are closed until the 5th."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A company whose first sync was loaded and which has old invoices; `sync.demo` is on its schedule."""
    companies = tmp_path_factory.mktemp("settings") / "companies.yaml"
    companies.write_text(COMPANY)
    with running_stack(
        PROJECT, "empty", name="test_backfill", environ={"SYNC_COMPANIES_FILE": str(companies)}
    ) as running:
        running.wait_for_dags({INITIAL, SYNC})
        write_history(running)
        running.airflow.unpause(INITIAL)
        first = running.airflow.trigger(INITIAL, {"approval": "not_needed"})
        assert running.airflow.wait(INITIAL, first) == "success"
        running.airflow.unpause(SYNC)
        until(lambda: bool(running.airflow.run_ids(SYNC)), 60)
        yield running


def write_history(stack: Stack) -> None:
    """Ann has invoices of October in Syncta only."""
    ann = stack.sandbox.syncta_user("POST", "/customers", {"name": "Ann Lee"})["id"]
    stack.sandbox.save("Customer", {"DisplayName": "Ann Lee"})
    line = {"product": "Annual backflow test", "description": "Test", "quantity": "1", "unit_price": "75.00"}
    for number, day in OLD.items():
        set_clock(stack, f"2026-10-{day:02}T17:00:00Z")
        body = {"number": number, "customer_id": ann, "status": "unpaid", "invoice_date": f"2026-10-{day:02}"}
        lines = [{**line, "line_total": "75.00", "taxable": False}]
        stack.sandbox.syncta_user("POST", "/invoices", {**body, "lines": lines})
    set_clock(stack, "2026-11-20T17:00:00Z")
    stack.sandbox.act("close-books", {"through": "2026-10-05"})


def set_clock(stack: Stack, moment: str) -> None:
    stack.sandbox.act("clock", {"set": moment})


def backfill(stack: Stack, *options: str) -> list[str]:
    """`airflow backfill create` for October; the run ids of its two runs."""
    command = [sys.executable, "-m", "airflow", "backfill", "create", "--dag-id", SYNC]
    command += ["--from-date", HALVES[0], "--to-date", HALVES[1], *options]

    def create() -> str:
        done = subprocess.run(command, env=stack.processes.environ, capture_output=True, text=True, timeout=120)
        return done.stderr if done.returncode else ""

    # Airflow's metadata in SQLite: the command reads before it writes, and fails if the scheduler wrote in between.
    # What it leaves behind then is a backfill without runs, which the scheduler closes.
    again = retry_if_result(lambda error: "database is locked" in error or "AlreadyRunningBackfill" in error)
    assert Retrying(stop=stop_after_delay(150), wait=wait_fixed(2), retry=again)(create) == ""
    until(lambda: len(backfill_runs(stack)) == 2, 60)
    return backfill_runs(stack)


def backfill_runs(stack: Stack) -> list[str]:
    return sorted(run for run in stack.airflow.run_ids(SYNC) if run.startswith("backfill"))


def until(happened: Callable[[], bool], seconds: float) -> None:
    Retrying(stop=stop_after_delay(seconds), wait=wait_fixed(0.5), retry=retry_if_result(lambda done: not done))(
        happened
    )


def task_state(stack: Stack, run_id: str, task_id: str) -> str:
    return next((task.state for task in stack.airflow.tasks(SYNC, run_id) if task.id == task_id), "none")


def reported(stack: Stack, run_id: str) -> tuple[str, int]:
    """How the run's last task stands, and in which try."""
    (found,) = [task for task in stack.airflow.tasks(SYNC, run_id) if task.id == "report"]
    return found.state, found.try_number


def approve(stack: Stack, run_id: str) -> None:
    """As a person does, once asked."""
    until(lambda: task_state(stack, run_id, "approve") == "awaiting_input", 180)
    stack.airflow.answer(SYNC, run_id, "approve", ["Approve"])


def pushed(stack: Stack) -> list[str]:
    """QuickBooks' invoices, in the order they were made."""
    found = stack.sandbox.query("SELECT * FROM Invoice")
    return [one["DocNumber"] for one in sorted(found, key=lambda one: int(one["Id"]))]


def marks_of(stack: Stack) -> dict[str, dt.datetime | None]:
    ledger, scope = Ledger.open(stack.ledger_url), Scope("demo", "9341453000000001", "sandbox")
    with ledger.reading() as conn:
        return {name_of(source): marks.get(conn, scope, source[0], source[1].value) for source in SOURCES}


def test_2_4_the_schedules_own_run_finds_nothing_new_and_is_over_after_its_poll(stack: Stack) -> None:
    (run,) = stack.airflow.run_ids(SYNC)
    assert stack.airflow.wait(SYNC, run) == "success"
    states = {task.id: task.state for task in stack.airflow.tasks(SYNC, run)}
    assert {name for name, state in states.items() if state != "skipped"} == {"poll", "report"}
    log = stack.airflow.log(SYNC, run, "poll", 1)
    assert len([text for text in log if "nothing changed on either side" in text]) == 1


def test_g4_history_is_pushed_when_asked_once_in_order_of_date_after_a_person_agreed(stack: Stack) -> None:
    """R9, rules 3.9; the cycle goes on meanwhile."""
    cycle = stack.airflow.trigger(SYNC)
    runs = backfill(stack, "--max-active-runs", "2", "--dag-run-conf", json.dumps({"push_history": True}))
    assert pushed(stack) == []
    for run in runs:
        approve(stack, run)
    assert {stack.airflow.wait(SYNC, run) for run in (cycle, *runs)} == {"success"}
    assert pushed(stack) in (["C", "A", "B"], ["B", "C", "A"])
    reports = [stack.airflow.xcom(SYNC, run, "report") for run in runs]
    assert [report["window"]["kind"] for report in reports] == ["created_between"] * 2
    assert "hold.period_closed" in reports[0]["reasons"]


def test_g4_the_same_windows_backwards_write_nothing_and_move_no_mark(stack: Stack) -> None:
    before, written, earlier = marks_of(stack), stack.sandbox.quickbooks_meter()["writes"], set(backfill_runs(stack))
    backfill(stack, "--run-backwards", "--reprocess-behavior", "completed", "--max-active-runs", "1")
    runs = backfill_runs(stack)
    assert set(runs) == earlier
    until(lambda: all(reported(stack, run) == ("success", 2) for run in runs), 240)
    # The run itself ends a moment after its last task.
    until(lambda: all(stack.airflow.run_state(SYNC, run) != "running" for run in runs), 60)
    assert {stack.airflow.run_state(SYNC, run) for run in runs} == {"success"}
    assert marks_of(stack) == before
    assert stack.sandbox.quickbooks_meter()["writes"] == written
    assert sorted(pushed(stack)) == ["A", "B", "C"]
