"""The DAGs themselves, run by `dag.test` against the sandbox over HTTP: good days and bad input.

Nobody is asked for approval here, since `dag.test` would wait for the answer for ever; test_scheduler.py asks.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag

from include.ledger import marks, runs
from include.records import Entity, System
from include.settings import environment
from include.sync.undo import plan
from tests.end_to_end.rehearsal import Rehearsal, rehearsal

PROJECT = Path(__file__).parents[2]
NAMES = {"Nick Brown", "Brown, Nick"}


@dataclass
class Field:
    """A company whose DAGs are run, and what they told."""

    company: Rehearsal
    bag: DagBag
    capture: pytest.CaptureFixture[str]
    caplog: pytest.LogCaptureFixture
    monkeypatch: pytest.MonkeyPatch

    def run(self, kind: str, **params: Any) -> Outcome:
        """One run of `initial_sync` or `sync`, to its end."""
        dag = self.bag.dags[f"{kind}.demo"]
        for task in dag.tasks:
            task.retries = 0
        self.capture.readouterr()
        self.caplog.clear()
        self.caplog.set_level(logging.INFO)
        run = dag.test(run_conf={"approval": "not_needed", **params})
        states = {ti.task_id: str(ti.state) for ti in run.get_task_instances()}
        told = self.capture.readouterr()
        return Outcome(str(run.state), states, told.out + told.err + self.caplog.text)

    def connect(self, system: str, **changes: Any) -> None:
        """The Airflow connection of a system, with fields changed; `extra` fields of QuickBooks by their names."""
        told = self.company.sandbox.credentials(system)
        if system == "syncta":
            port = int(self.company.sandbox.syncta_url.rsplit(":", 1)[1])
            fields = {"conn_type": system, "schema": "http", "host": "127.0.0.1", "port": port}
            connection = {**fields, "password": told["api_key"], **changes}
        else:
            names = ("realm_id", "base_url", "token_url", "refresh_token")
            extra = {name: changes.pop(name, told[name]) for name in names}
            connection = {"conn_type": system, "login": told["client_id"], "password": told["client_secret"], **changes}
            connection["extra"] = {**extra, "environment": "sandbox"}
        self.monkeypatch.setenv(f"AIRFLOW_CONN_{system.upper()}_DEMO", json.dumps(connection))

    def writes(self) -> dict[str, int]:
        """Writes executed on either side since the meters were last reset."""
        found = dict(self.company.sandbox.meter("syncta")["writes"])
        for realm in self.company.sandbox.meter("quickbooks").values():
            found |= realm["writes"]
        return found

    def forget_writes(self) -> None:
        """Start counting writes anew."""
        for ask in (self.company.sandbox.quickbooks, self.company.sandbox.syncta):
            ask("POST", "/sandbox/meter/reset")

    def customers(self) -> set[str]:
        """Names in Syncta."""
        return {one["name"] for one in self.company.syncta_customers().values()}

    def mark(self) -> Any:
        """How far QuickBooks' customers were read."""
        with self.company.ledger.reading() as conn:
            return marks.get(conn, self.company.company.scope, System.QUICKBOOKS, Entity.CUSTOMER.value)


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its state, its tasks' states, and all that was printed."""

    state: str
    tasks: dict[str, str]
    text: str

    def failed(self) -> set[str]:
        """The tasks that failed."""
        return {task for task, state in self.tasks.items() if state == "failed"}


@contextmanager
def field_of(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capture: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Field]:
    with rehearsal(tmp_path, "seed_example") as company:
        monkeypatch.setenv("SYNC_LEDGER_URL", str(company.ledger.engine.url))
        monkeypatch.setenv("SYNC_LEDGER_KEY", company.key)
        monkeypatch.setenv("SYNC_FILES", f"file://{company.files}")
        environment.cache_clear()
        field = Field(company, DagBag(dag_folder=str(PROJECT / "dags")), capture, caplog, monkeypatch)
        field.connect("quickbooks")
        field.connect("syncta")
        yield field
    environment.cache_clear()


@pytest.fixture
def seed(
    airflow_db: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Field]:
    with field_of(tmp_path, monkeypatch, capfd, caplog) as field:
        yield field


def test_the_seed_example_before_and_after(seed: Field) -> None:
    assert seed.customers() == {"Nick Brown"}
    outcome = seed.run("initial_sync")
    assert outcome.state == "success", outcome.text
    assert seed.customers() == NAMES
    assert {one["DisplayName"] for one in seed.company.quickbooks_all("Customer")} == {"Brown, Nick"}
    assert [pair.reason for pair in seed.company.duplicates()] == ["reversed_name"]


def test_a_second_run_of_either_dag_writes_nothing(seed: Field) -> None:
    """G1"""
    seed.run("initial_sync")
    assert seed.writes() == {"customer.create": 1}
    seed.forget_writes()
    for kind in ("initial_sync", "sync", "sync"):
        assert seed.run(kind).state == "success"
    assert seed.writes() == {}
    assert seed.company.states()[0] == "nothing_new"


def test_a_run_that_finds_nothing_new_ends_at_the_poll_and_is_reported(seed: Field) -> None:
    seed.run("initial_sync")
    outcome = seed.run("sync")
    assert outcome.state == "success"
    assert (outcome.tasks["poll"], outcome.tasks["plan"], outcome.tasks["report"]) == ("success", "skipped", "success")


def test_sync_waits_for_the_first_sync(seed: Field) -> None:
    """rules 1.1"""
    outcome = seed.run("sync")
    assert (outcome.state, seed.writes()) == ("success", {})
    assert "awaiting_first_sync" in outcome.text


def test_a_dry_run_ends_green_after_the_check_and_writes_nothing(seed: Field) -> None:
    """protocol 4.6"""
    outcome = seed.run("initial_sync", dry_run=True)
    assert outcome.state == "success"
    assert (outcome.tasks["check_quality"], outcome.tasks["approve"]) == ("success", "skipped")
    assert (seed.writes(), seed.mark(), seed.company.findings()) == ({}, None, [])
    assert seed.company.states() == ["dry_run"]


def test_an_approval_that_is_not_needed_skips_nothing(seed: Field) -> None:
    """protocol 4.1"""
    assert set(seed.run("initial_sync").tasks.values()) == {"success"}


def test_a_failed_load_turns_the_run_red_and_the_report_still_runs(seed: Field) -> None:
    """protocol 4.1"""
    seed.company.sandbox.fault("syncta", "status", status=503, count=99, match={"operation": "create"})
    outcome = seed.run("initial_sync")
    assert (outcome.state, outcome.failed()) == ("failed", {"load_to_syncta"})
    assert outcome.tasks["report"] == "success"
    assert seed.company.states() == ["failed"]
    seed.company.sandbox.syncta("DELETE", "/sandbox/faults")
    assert seed.run("initial_sync").state == "success"
    assert seed.customers() == NAMES
    assert seed.writes() == {"customer.create": 1}


def test_5_an_undo_shows_what_it_would_take_back_then_takes_it_back(seed: Field) -> None:
    """rules 5. That somebody is always asked is seen elsewhere; here nobody is there to answer."""
    seed.run("initial_sync")
    with seed.company.ledger.reading() as conn:
        first = runs.latest(conn, seed.company.company.scope, 1)[0].run_id
    shown = seed.run("undo", run=first, dry_run=True)
    assert (shown.state, shown.tasks["plan"], shown.tasks["approve"]) == ("success", "success", "skipped")
    assert "{'remove': 1}" in shown.text
    assert seed.customers() == NAMES
    seed.monkeypatch.setattr(plan, "_why_ask", lambda *_: [])
    outcome = seed.run("undo", run=f" {first} ", dry_run=False)
    assert set(outcome.tasks.values()) == {"success"}, outcome.text
    assert seed.customers() == {"Nick Brown"}
    assert seed.company.reasons() == {"undone_by_person"}
    assert seed.company.states()[:2] == ["undone", "dry_run"]


def test_an_undo_of_a_run_that_is_not_known_is_red_at_once(seed: Field) -> None:
    outcome = seed.run("undo", run="nobody")
    assert (outcome.state, outcome.failed()) == ("failed", {"plan"})
    assert "has no run nobody" in outcome.text


def test_logs_and_xcom_hold_no_names_and_no_tokens(seed: Field) -> None:
    """G7"""
    outcome = seed.run("initial_sync")
    told = seed.company.sandbox.credentials()
    secrets = {told[name] for name in ("client_secret", "access_token", "refresh_token")} | NAMES
    assert {secret for secret in secrets if secret in outcome.text} == set()


def spoil(field: Field, what: str) -> None:
    """Bring about one kind of bad input."""
    match what:
        case "no connection":
            field.monkeypatch.delenv("AIRFLOW_CONN_QUICKBOOKS_DEMO")
        case "wrong secret":
            field.connect("quickbooks", password="wrong")
        case "wrong key":
            field.connect("syncta", password="wrong")
        case "unreachable":
            field.connect("syncta", port=9)
        case "not json":
            field.company.sandbox.fault("syncta", "not_json", status=200, count=9, match={"entity": "Customer"})
        case "other books":
            field.connect("quickbooks", realm_id="1")
        case "no ledger":
            field.monkeypatch.setenv("SYNC_LEDGER_URL", f"sqlite:///{field.company.files.parent / 'new.sqlite'}")
            environment.cache_clear()


BAD_INPUT = {
    "no connection": ("poll", "There is no connection quickbooks_demo. Add it in Airflow"),
    "wrong secret": ("poll", "client"),
    "wrong key": ("extract_customers", "Syncta does not accept the API key"),
    "unreachable": ("extract_customers", "Check host, port and network"),
    "not json": ("extract_customers", "Syncta answered 200 with something that is not JSON"),
    "other books": ("poll", "nothing was written"),
    "no ledger": ("poll", "python -m include.ledger migrate"),
}


@pytest.mark.parametrize("what", BAD_INPUT)
def test_bad_input_is_a_red_task_with_one_clear_sentence_and_the_next_good_run_catches_up(
    seed: Field, what: str
) -> None:
    spoil(seed, what)
    task, sentence = BAD_INPUT[what]
    outcome = seed.run("initial_sync")
    assert outcome.state == "failed"
    assert task in outcome.failed(), outcome.tasks
    assert sentence in outcome.text
    assert (seed.writes(), seed.mark()) == ({}, None)
    seed.monkeypatch.setenv("SYNC_LEDGER_URL", str(seed.company.ledger.engine.url))
    environment.cache_clear()
    seed.company.sandbox.syncta("DELETE", "/sandbox/faults")
    seed.connect("quickbooks")
    seed.connect("syncta")
    assert seed.run("initial_sync").state == "success"
    assert seed.customers() == NAMES


def test_a_setting_broken_after_parsing_fails_the_task_with_every_problem_and_its_line(
    seed: Field, tmp_path: Path
) -> None:
    settings = (PROJECT / "include" / "companies.yaml").read_text()
    broken = settings.replace("America/Los_Angeles", "Nowhere/Land").replace("2026-10-01", "soon")
    (tmp_path / "companies.yaml").write_text(broken)
    seed.monkeypatch.setenv("SYNC_COMPANIES_FILE", str(tmp_path / "companies.yaml"))
    outcome = seed.run("initial_sync")
    assert outcome.failed() >= {"poll"}
    lines = {line.split(":")[0].strip(): number for number, line in enumerate(broken.splitlines(), start=1)}
    for setting in ("go_live", "time_zone"):
        assert f"companies.yaml:{lines[setting]}: demo.{setting}" in outcome.text


def test_a_company_that_left_the_settings_fails_the_task_by_name(seed: Field, tmp_path: Path) -> None:
    settings = (PROJECT / "include" / "companies.yaml").read_text()
    (tmp_path / "companies.yaml").write_text(settings.replace("  demo:", "  other:"))
    seed.monkeypatch.setenv("SYNC_COMPANIES_FILE", str(tmp_path / "companies.yaml"))
    outcome = seed.run("initial_sync")
    assert 'has no company "demo"' in outcome.text


def test_rows_that_cannot_be_understood_are_held_and_stop_nothing_else(seed: Field) -> None:
    """G5"""
    good = seed.company.by_hand("POST", "customers", {"name": "Ann Lee"})
    seed.company.by_hand("POST", "customers", {"name": ""})
    invoice = {"number": "1", "customer_id": good["id"], "invoice_date": "2026-10-15", "lines": [], "total": "a lot"}
    seed.company.by_hand("POST", "invoices", invoice)
    assert seed.run("initial_sync").state == "success"
    assert seed.company.reasons() == {"no_name", "money_unreadable"}
    assert seed.customers() >= NAMES
