"""Protocol 3.1, 3.2: processes that load for one company at the same time write everything once, on both databases."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from include.sandbox.scenarios.town import Town
from include.sync.load_ledger import load_to_ledger
from include.sync.match import match_customers
from include.sync.plan import make_plan
from include.sync.poll import poll
from include.sync.run import Run, RunKind
from tests.end_to_end.people import People
from tests.end_to_end.rehearsal import EXTRACTS, rehearsal
from tests.end_to_end.test_invoices import line
from tests.postgres_server import PostgresServer, postgres_server

PROJECT = Path(__file__).parents[2]
EACH = 6
"""So many customers to create and invoices to push."""
ONCE = {"customer.create": EACH, "Invoice.create": EACH}


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def people(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[People]:
    """A company in step, with customers to create and invoices to push."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with rehearsal(tmp_path, "empty", ledger_url=url, batch_size=2) as company:
        assert company.sandbox.store is not None
        people = People(company, Town(company.sandbox.store))
        people.town.items = {one["Name"]: one["Id"] for one in company.quickbooks_all("Item")}
        ann = people.both("Ann Lee")
        people.first_sync()
        for number in range(EACH):
            people.quickbooks_customer(f"Customer {number}")
            people.bill(f"N{number}", ann.syncta, line(f"{number + 20}.00"))
        yield people


def planned(people: People, run_id: str) -> tuple[Run, dict[str, Any]]:
    """A run that has read and planned, and loaded what concerns the ledger only."""
    company = people.company
    fields = {"company": company.company, "files": company.files, "ledger": company.ledger}
    run = Run(dag_id="sync.demo", run_id=run_id, kind=RunKind.CYCLE, **fields)
    with company.quickbooks() as quickbooks:
        polled = poll(run, quickbooks, company.syncta())
        assert polled is not None
        for step in EXTRACTS:
            step(run, polled, quickbooks, company.syncta())
    made = make_plan(run, match_customers(run))
    assert (made["counts"]["create"], made["counts"]["push"]) == (EACH, EACH)
    load_to_ledger(run, made)
    return run, made


def load_at_once(people: People, tries: Sequence[tuple[Run, dict[str, Any], int]], *, patience: float) -> list[Any]:
    """What several processes returned that load at the same moment: runs, their plans, and which try of the run."""
    company, url = people.company, people.company.ledger.engine.url.render_as_string(hide_password=False)
    common = {"ledger": url, "company": company.company.model_dump(mode="json"), "key": company.key}
    common |= {"sandbox": [company.sandbox.quickbooks_url, company.sandbox.syncta_url], "files": str(company.files)}
    loaders = []
    for run, plan, attempt in tries:
        ids = {"dag_id": run.dag_id, "run_id": run.run_id, "attempt": attempt}
        order = json.dumps({**common, **ids, "planned": plan, "patience": patience})
        command = [sys.executable, "-m", "tests.end_to_end.loader", order]
        loaders.append(subprocess.Popen(command, cwd=PROJECT, text=True, stdin=-1, stdout=-1))
    try:
        for loader in loaders:
            assert loader.stdout is not None
            assert loader.stdout.readline() == "ready\n"
        for loader in loaders:
            assert loader.stdin is not None
            loader.stdin.write("go\n")
            loader.stdin.flush()
        return [json.loads(loader.communicate(timeout=120)[0]) for loader in loaders]
    finally:
        for loader in loaders:
            loader.kill()
            loader.communicate()


def written(people: People) -> dict[str, int]:
    """What the sync may write here, as often as it was written."""
    (quickbooks,) = people.company.sandbox.meter().values()
    found = {**people.company.sandbox.meter("syncta")["writes"], **quickbooks["writes"]}
    return {name: found.get(name, 0) for name in ONCE}


def test_3_1_two_tries_of_one_task_after_a_scheduler_was_killed_write_once(people: People) -> None:
    run, plan = planned(people, "planned")
    answers = load_at_once(people, [(run, plan, 1), (run, plan, 2)], patience=60)
    assert written(people) == ONCE
    for load, count in (("syncta", "created"), ("quickbooks", "pushed")):
        found = [answer[load] for answer in answers]
        assert sorted(one.get(count, 0) for one in found) == [0, EACH], found
        assert sorted(one.get("already", 0) for one in found) == [0, EACH], found


def test_3_1_two_plans_made_of_one_state_are_one_plan_when_they_are_loaded(people: People) -> None:
    """A backfill beside the schedule: the operation keys are the same, and what was done is not done again."""
    both = [(*planned(people, name), 1) for name in ("cycle", "backfill")]
    load_at_once(people, both, patience=60)
    assert written(people) == ONCE
    assert people.sync() == {}
    assert sorted(people.pushed()) == [f"N{number}" for number in range(EACH)]


def test_3_1_who_finds_the_company_busy_writes_nothing_and_the_next_try_finishes(people: People) -> None:
    run, plan = planned(people, "planned")
    answers = load_at_once(people, [(run, plan, 1), (run, plan, 2), (run, plan, 3)], patience=0)
    outcomes = [answer[load] for answer in answers for load in ("syncta", "quickbooks")]
    assert "busy" in outcomes
    load_at_once(people, [(run, plan, 4)], patience=0)
    assert written(people) == ONCE
