"""Any number of companies in one file: each has its own DAGs, and a mistake takes out nobody else (protocol 4.3)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

from include.settings import load_settings

PROJECT = Path(__file__).parents[2]
KINDS = {file.stem for file in (PROJECT / "dags").glob("*.py")} - {"settings_check"}
ACME = """\
  acme:
    name: Acme Testing
    realm_id: "1"
    environment: production
    go_live: 2026-10-01
    time_zone: America/New_York
    schedule: "*/15 6-18 * * 1-5"
    owner: finance
"""
BORDER = """\
  border:
    name: Border Backflow
    realm_id: "2"
    environment: sandbox
    go_live: 2026-11-01
    start_date: 2026-12-01
    time_zone: America/Tijuana
    schedule: "@daily"
    quickbooks_connection: books_of_the_group
    batch_size: 30
"""
COAST = """\
  coast:
    name: Coast
    realm_id: "3"
    environment: sandbox
    go_live: 2026-10-15
    time_zone: America/Los_Angeles
    schedule: "0 * * * *"
    calls_per_minute: 120
    approve_pushes_over: 5
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "companies.yaml"
    monkeypatch.setenv("SYNC_COMPANIES_FILE", str(file))
    return file


def dags_of(file: Path, *blocks: str) -> DagBag:
    """The DAGs of a settings file with these companies."""
    file.write_text("".join(("companies:\n", *blocks)))
    return DagBag(dag_folder=str(PROJECT / "dags"))


def of(*companies: str) -> set[str]:
    """Every DAG of these companies."""
    return {f"{kind}.{company}" for kind in KINDS for company in companies}


def the_import_error(bag: DagBag) -> str:
    """The one import error there is: that of the file without a DAG."""
    ((file, error),) = bag.import_errors.items()
    assert file.endswith("settings_check.py")
    return str(error)


def test_each_company_has_its_own_schedule_zone_start_owner_and_tag(settings: Path) -> None:
    bag = dags_of(settings, ACME, BORDER, COAST)
    assert bag.import_errors == {}
    assert set(bag.dag_ids) == of("acme", "border", "coast")
    found = {}
    for key in ("acme", "border", "coast"):
        dag: Any = bag.dags[f"sync.{key}"]
        begins = dag.start_date.astimezone(dag.timezone)
        found[key] = (dag.timetable.expression, str(dag.timezone), f"{begins:%Y-%m-%d %H}", dag.owner)
        assert f"company:{key}" in dag.tags
    assert found == {
        "acme": ("*/15 6-18 * * 1-5", "America/New_York", "2026-10-01 00", "finance"),
        "border": ("0 0 * * *", "America/Tijuana", "2026-12-01 00", "data-team"),
        "coast": ("0 * * * *", "America/Los_Angeles", "2026-10-15 00", "data-team"),
    }


def test_each_company_has_its_own_connections_and_options(settings: Path) -> None:
    dags_of(settings, ACME, BORDER, COAST)
    companies = load_settings().companies
    assert [one.quickbooks_connection for one in companies.values()] == [
        "quickbooks_acme",
        "books_of_the_group",
        "quickbooks_coast",
    ]
    assert [one.syncta_connection for one in companies.values()] == ["syncta_acme", "syncta_border", "syncta_coast"]
    assert [one.batch_size for one in companies.values()] == [10, 30, 10]
    assert [one.calls_per_minute for one in companies.values()] == [450, 450, 120]
    assert [one.approve_pushes_over for one in companies.values()] == [50, 50, 5]


def test_adding_a_company_is_adding_its_block_and_changes_no_other_dag(settings: Path) -> None:
    before = dags_of(settings, ACME, COAST)
    after = dags_of(settings, ACME, BORDER, COAST)
    assert set(after.dag_ids) - set(before.dag_ids) == of("border")
    for dag_id in before.dag_ids:
        same = (DagSerialization.to_dict(bag.dags[dag_id]) for bag in (before, after))
        assert next(same) == next(same), dag_id


@pytest.mark.parametrize(
    ("wrong", "line", "says"),
    [
        (BORDER.replace("America/Tijuana", "America/Tijuna"), 16, 'is no time zone; did you mean "America/Tijuana"?'),
        (BORDER.replace('"@daily"', "often"), 17, "border.schedule is no cron expression"),
        (BORDER.replace("batch_size", "batchsize"), 19, 'is no setting; did you mean "batch_size"?'),
        (BORDER.replace('realm_id: "2"', 'realm_id: "3"').replace("border", "zebra"), 12, ""),
        (BORDER.replace("    name: Border Backflow\n", ""), 10, "border.name is missing"),
        ("  border:\n", 10, "border should be a mapping of settings"),
        (BORDER.replace("border:", "Border-2:"), 10, "should be made of a-z, 0-9 and _ only"),
        (BORDER.replace("2026-12-01", "soon"), 15, "border.start_date should be a date such as 2026-10-01"),
        (BORDER + "    calls_per_minute: 501\n", 20, "border.calls_per_minute should be less than or equal to 500"),
    ],
)
def test_a_mistake_in_one_entry_takes_out_that_company_only_and_its_line_is_named(
    settings: Path, wrong: str, line: int, says: str
) -> None:
    bag = dags_of(settings, ACME, wrong, COAST)
    error = the_import_error(bag)
    if not says:  # the same books twice: the later block is the mistake
        assert set(bag.dag_ids) == of("acme", "zebra")
        assert "coast.realm_id is also that of zebra" in error
        return
    assert set(bag.dag_ids) == of("acme", "coast")
    assert f"companies.yaml:{line}: " in error
    assert says in error


def test_every_mistake_of_every_company_is_named_at_once(settings: Path) -> None:
    bag = dags_of(settings, ACME.replace("New_York", "New_Amsterdam"), BORDER.replace('"@daily"', "never"), COAST)
    assert set(bag.dag_ids) == of("coast")
    error = the_import_error(bag)
    assert "companies.yaml:7: acme.time_zone" in error
    assert "companies.yaml:17: border.schedule" in error


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("companies:\n" + ACME + "  border: [\n", "is not YAML"),
        ("", 'should have a mapping "companies"'),
        ("- acme\n", 'should have a mapping "companies"'),
    ],
)
def test_a_mistake_of_the_whole_file_leaves_no_dag_and_one_import_error_with_its_line(
    settings: Path, text: str, says: str
) -> None:
    settings.write_text(text)
    bag = DagBag(dag_folder=str(PROJECT / "dags"))
    assert set(bag.dag_ids) == set()
    error = the_import_error(bag)
    assert says in error
    assert "companies.yaml:" in error


def test_a_setting_that_does_not_exist_beside_the_companies_takes_out_none_of_them(settings: Path) -> None:
    settings.write_text("compnies: 3\ncompanies:\n" + ACME)
    bag = DagBag(dag_folder=str(PROJECT / "dags"))
    assert set(bag.dag_ids) == of("acme")
    assert "companies.yaml:1: compnies is no setting" in the_import_error(bag)


def test_a_file_that_is_gone_is_named(settings: Path) -> None:
    assert "companies.yaml:1: cannot be read" in the_import_error(DagBag(dag_folder=str(PROJECT / "dags")))


def fifty() -> list[str]:
    """Blocks of fifty companies."""
    return [COAST.replace("coast", f"town_{n}").replace('"3"', f'"{100 + n}"') for n in range(50)]


def test_fifty_companies_are_fifty_sets_of_dags(settings: Path) -> None:
    bag = dags_of(settings, *fifty())
    assert bag.import_errors == {}
    assert set(bag.dag_ids) == of(*(f"town_{n}" for n in range(50)))


def test_a_task_of_one_of_fifty_companies_builds_its_own_dag_only_and_checks_nobody_elses_settings(
    settings: Path,
) -> None:
    settings.write_text("".join(("companies:\n", *fifty(), BORDER.replace("Tijuana", "Nowhere"))))
    code = (
        "import json\n"
        "from airflow.dag_processing.dagbag import DagBag\n"
        f"bag = DagBag(dag_folder={str(PROJECT / 'dags')!r})\n"
        "print(json.dumps([sorted(bag.dag_ids), len(bag.import_errors)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "_AIRFLOW_PARSING_CONTEXT_DAG_ID": "sync.town_7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.strip().splitlines()[-1]) == [["sync.town_7"], 0]
