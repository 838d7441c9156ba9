"""The scenarios: what a rehearsal finds when the sandbox starts (rules 8)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.ledger import mirror
from include.records import Customer, Entity, Invoice, System
from include.sandbox.scenarios import SCENARIOS, load
from include.sandbox.scenarios.cases import CASES, Case
from include.sandbox.store import Store
from tests.end_to_end.rehearsal import Rehearsal, rehearsal

PAGE = (Path(__file__).parents[2] / "docs" / "rehearsal.md").read_text()
SMALL = {"customers": 20, "invoices": 40}


def everything(store: Store) -> str:
    """Every row of every table, as text."""
    tables = [row["name"] for row in store.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    content = {name: [tuple(row) for row in store.rows(f'SELECT * FROM "{name}"')] for name in tables}
    content.pop("setting")  # the clock, which runs on
    return json.dumps(content, default=str)


def filled(path: Path, name: str, **options: int) -> Store:
    store = Store(path)
    with store.transaction():
        load(store, name, **options)
    return store


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_loads_and_the_clock_stands_at_the_morning_of_the_first_sync(tmp_path: Path, name: str) -> None:
    store = filled(tmp_path / "sandbox.sqlite", name, **SMALL)
    assert store.now().isoformat().startswith("2026-11-02T17:00")


@pytest.mark.parametrize("name", ["demo", "large"])
def test_the_same_seed_makes_the_same_company_and_another_seed_another(tmp_path: Path, name: str) -> None:
    first, same, other = (
        everything(filled(tmp_path / f"{n}.sqlite", name, seed=seed, **SMALL)) for n, seed in enumerate((7, 7, 8))
    )
    assert first == same
    assert first != other


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """The demo company with the plan of its first sync, nothing loaded."""
    with rehearsal(tmp_path_factory.mktemp("demo"), "demo") as company:
        company.initial(dry_run=True)
        yield company


def test_the_demo_company_is_of_the_size_of_a_real_one(planned: Rehearsal) -> None:
    with planned.ledger.reading() as conn:
        sizes = {
            (system, entity): mirror.count(conn, planned.company.scope, system, entity)
            for system in System
            for entity in (Entity.CUSTOMER, Entity.INVOICE)
        }
    assert 350 <= sizes[System.QUICKBOOKS, Entity.CUSTOMER] <= 450
    assert 350 <= sizes[System.SYNCTA, Entity.CUSTOMER] <= 450
    assert 850 <= sizes[System.SYNCTA, Entity.INVOICE] <= 950


def test_every_case_comes_out_of_the_first_plan_as_its_table_says(planned: Rehearsal) -> None:
    names = known_as(planned)
    assert planned.plan is not None
    told = {(row.action.value, names.get((row.source, row.source_id), ""), row.reason) for row in planned.plan.rows}
    told |= {(row.action.value, names.get((System.SYNCTA, row.target_id), ""), row.reason) for row in planned.plan.rows}
    assert CASES
    assert {case.number: [row for row in case.expects if row not in told] for case in CASES} == {
        case.number: [] for case in CASES
    }


def test_the_page_shows_every_case(planned: Rehearsal) -> None:
    assert [case.number for case in in_order() if as_row(case) not in PAGE] == []


def known_as(company: Rehearsal) -> dict[tuple[System, str], str]:
    """What a person calls a record: a customer by its name, an invoice by its number."""
    names: dict[tuple[System, str], str] = {}
    with company.ledger.reading() as conn:
        for system in System:
            for entity in (Entity.CUSTOMER, Entity.INVOICE):
                for record in mirror.records(conn, company.company.scope, system, entity):
                    assert isinstance(record, Customer | Invoice)
                    name = record.name if isinstance(record, Customer) else record.number
                    names.setdefault((system, record.id), name)
    return names


def in_order() -> list[Case]:
    """The cases by number: 1, 2, 3a, 3b, …"""
    return sorted(CASES, key=lambda case: (int(case.number.rstrip("ab")), case.number))


def as_row(case: Case) -> str:
    """A case as a row of the page's table."""
    return f"| {case.number} | {case.title} | {case.today} |"
