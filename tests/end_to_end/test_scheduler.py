"""Both DAGs run by a real scheduler: the set-up that `make demo` and `make up` start, asked through Airflow's API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from deploy.local.airflow_api import AirflowApi, Request
from deploy.local.demo import start_run
from deploy.local.home import USER
from deploy.local.stack import Stack, running_stack

PROJECT = Path(__file__).parents[2]
INITIAL, SYNC = "initial_sync.demo", "sync.demo"
DAGS = {INITIAL, SYNC}
NAMES = ("Nick", "Marshall", "Truckee Schools", "@example", "555-")
AMOUNTS = ("75.00", "22,443.00", "9868")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(PROJECT, "demo", name="test") as running:
        running.wait_for_sandbox()
        running.wait_for_airflow()
        running.wait_for_dags(DAGS)
        yield running


@pytest.fixture(scope="module")
def first(stack: Stack) -> str:
    """The first sync, approved by a person; its run id."""
    run_id = start_run(stack.airflow, INITIAL)
    waits = _until_it_asks(stack.airflow, run_id)
    assert waits.subject == "Approve what the sync would write for demo"
    assert not any(name in waits.body for name in NAMES)
    _see_the_plan(stack, waits)
    _answer(stack.airflow, run_id, "Approve")
    assert stack.airflow.wait(INITIAL, run_id) == "success"
    return run_id


def test_nothing_is_written_before_the_first_sync_was_loaded(stack: Stack) -> None:
    run_id = start_run(stack.airflow, SYNC)
    assert stack.airflow.wait(SYNC, run_id) == "success"
    assert any("awaiting_first_sync" in line for line in stack.airflow.log(SYNC, run_id, "poll", 1))
    assert _writes(stack) == {}


def test_a_rejected_plan_writes_nothing_and_says_so(stack: Stack) -> None:
    run_id = start_run(stack.airflow, INITIAL)
    _until_it_asks(stack.airflow, run_id)
    _answer(stack.airflow, run_id, "Reject")
    stack.airflow.wait(INITIAL, run_id)
    states = {task.id: task.state for task in stack.airflow.tasks(INITIAL, run_id)}
    assert {states[name] for name in ("load_to_ledger", "load_to_syncta", "load_to_quickbooks")} == {"skipped"}
    assert stack.airflow.xcom(INITIAL, run_id, "report")["state"] == "rejected"
    assert _writes(stack) == {}


def test_1_4_a_first_sync_approved_in_part_does_that_part_and_keeps_the_company_closed(stack: Stack) -> None:
    run_id = start_run(stack.airflow, INITIAL)
    _until_it_asks(stack.airflow, run_id)
    switches = {"customers": False, "history": False, "invoices": False, "paid_marks": True}
    _answer(stack.airflow, run_id, "Approve", **switches)
    assert stack.airflow.wait(INITIAL, run_id) == "success"
    assert stack.airflow.xcom(INITIAL, run_id, "approve")["stages"] == ["paid_marks"]
    report = stack.airflow.xcom(INITIAL, run_id, "report")
    assert (report["state"], report["loaded"]["quickbooks"]["not_approved"] > 0) == ("leftovers", True)
    assert _writes(stack) == {}


def test_an_approved_first_sync_writes_what_was_planned(stack: Stack, first: str) -> None:
    planned = stack.airflow.xcom(INITIAL, first, "plan")["counts"]
    writes = _writes(stack)
    assert writes == {
        "customer.create": planned["create"],
        "customer.update": planned["update"],
        "invoice.paid": planned["mark_paid"],
        "Invoice.create": planned["push"],
    }


def test_a_second_run_of_either_dag_writes_nothing(stack: Stack, first: str) -> None:
    before = _writes(stack)
    for dag_id, params in ((INITIAL, {"approval": "not_needed"}), (SYNC, {})):
        run_id = stack.airflow.trigger(dag_id, params)
        assert stack.airflow.wait(dag_id, run_id) == "success"
        assert stack.airflow.xcom(dag_id, run_id, "report")["state"] == "success"
    assert _writes(stack) == before


def test_logs_and_what_tasks_hand_on_hold_no_names_amounts_or_tokens(stack: Stack, first: str) -> None:
    tokens = stack.sandbox.quickbooks_credentials()
    secrets = [str(tokens[name]) for name in ("access_token", "refresh_token", "client_secret")]
    for task in stack.airflow.tasks(INITIAL, first):
        log = "\n".join(stack.airflow.log(INITIAL, first, task.id, task.try_number))
        told = json.dumps(stack.airflow.xcom(INITIAL, first, task.id))
        found = [text for text in (*NAMES, *AMOUNTS, *secrets) if text in log or text in told]
        assert found == [], task.id


def test_the_test_button_works_for_both_connections(stack: Stack, first: str) -> None:
    session = _signed_in(stack)
    renewals = stack.sandbox.quickbooks_meter()["by_class"].get("token")
    for conn_id, conn_type in (("quickbooks_demo", "quickbooks"), ("syncta_demo", "syncta")):
        body = {"connection_id": conn_id, "conn_type": conn_type}
        answer = session.post(f"{stack.airflow.address}/api/v2/connections/test", json=body, timeout=60).json()
        assert answer["status"], answer
    assert stack.sandbox.quickbooks_meter()["by_class"].get("token") == renewals


def test_ending_leaves_no_process_behind() -> None:
    before = {one.pid for one in psutil.Process().children(recursive=True)}
    with running_stack(PROJECT, "empty", name="test_ending") as running:
        running.wait_for_airflow()
        mine = [one for one in psutil.Process().children(recursive=True) if one.pid not in before]
        assert len(mine) > 5
    assert [one for one in mine if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []


def _until_it_asks(airflow: AirflowApi, run_id: str) -> Request:
    """The request of `approve`, once it waits for a person."""

    def states() -> dict[str, str]:
        found = {task.id: task.state for task in airflow.tasks(INITIAL, run_id)}
        assert "failed" not in found.values(), found
        return found

    asking = retry_if_result(lambda found: found.get("approve") != "awaiting_input")
    Retrying(stop=stop_after_delay(180), wait=wait_fixed(0.5), retry=asking)(states)
    return airflow.request(INITIAL, run_id, "approve")


def _answer(airflow: AirflowApi, run_id: str, option: str, **switches: bool) -> None:
    """Answer, and once more where Airflow asks again: on a slow machine it takes a task for crashed that was answered
    soon after it had parked (see `AirflowApi.answer`)."""
    answered: set[int] = set()

    def state() -> str:
        (task,) = [one for one in airflow.tasks(INITIAL, run_id) if one.id == "approve"]
        if task.state == "awaiting_input" and task.try_number not in answered:
            answered.add(task.try_number)
            airflow.answer(INITIAL, run_id, "approve", [option], switches)
        return task.state

    waiting = retry_if_result(lambda found: found not in {"success", "failed"})
    Retrying(stop=stop_after_delay(300), wait=wait_fixed(1), retry=waiting)(state)


def _see_the_plan(stack: Stack, waits: Request) -> None:
    """The page behind the request: only for who is signed in, and with the names (protocol 4.2, 4.9)."""
    (path,) = re.findall(r"\]\((/sync/plans/[^)]*/plan\.html)\)", waits.body)
    page = stack.airflow.address + path
    assert requests.get(page, timeout=30).status_code == 401
    at_login = requests.get(page, timeout=30, headers={"Accept": "text/html"})
    assert (at_login.status_code, "/auth/login" in at_login.url, "Nick" in at_login.text) == (200, True, False)
    shown = _signed_in(stack).get(page, timeout=30)
    assert (shown.status_code, "Brown, Nick" in shown.text) == (200, True)


def _signed_in(stack: Stack) -> requests.Session:
    session = requests.Session()
    login = {"username": USER, "password": stack.home.password()}
    token = session.post(f"{stack.airflow.address}/auth/token", json=login, timeout=30).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    return session


def _writes(stack: Stack) -> dict[str, int]:
    """Writes executed in both systems since the sandbox started."""
    return {**stack.sandbox.syncta_meter()["writes"], **stack.sandbox.quickbooks_meter()["writes"]}
