"""Two companies side by side, their DAGs run by `dag.test`: what befalls one is nothing to the other (G5)."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from cryptography.fernet import Fernet

from include.ledger.database import migrate
from include.settings import environment
from tests.sandbox_server import RunningSandbox, sandbox_in_threads

PROJECT = Path(__file__).parents[2]
FIRST, SECOND = "9341453000000001", "9341453000000777"
SETTINGS = """
companies:
  first:
    name: First
    realm_id: "9341453000000001"
    environment: sandbox
    go_live: 2026-10-01
    time_zone: America/Los_Angeles
    schedule: "0 * * * *"
  second:
    name: Second
    realm_id: "9341453000000777"
    environment: sandbox
    go_live: 2026-11-01
    time_zone: America/New_York
    schedule: "30 6 * * *"
    syncta_connection: the_other_syncta
"""


@dataclass
class Two:
    """Both companies: QuickBooks' books in one sandbox, each with a Syncta account of its own."""

    sandbox: RunningSandbox
    files: Path
    bag: DagBag
    capture: pytest.CaptureFixture[str]
    caplog: pytest.LogCaptureFixture
    monkeypatch: pytest.MonkeyPatch

    def run(self, company: str) -> tuple[str, str]:
        """The first sync of one company: how it ended, and all that was printed."""
        dag = self.bag.dags[f"initial_sync.{company}"]
        for task in dag.tasks:
            task.retries = 0
        self.capture.readouterr()
        self.caplog.clear()
        self.caplog.set_level(logging.INFO)
        run = dag.test(run_conf={"approval": "not_needed"})
        told = self.capture.readouterr()
        return str(run.state), told.out + told.err + self.caplog.text

    def connect(self, company: str, realm: str) -> None:
        """A QuickBooks connection with a refresh token that is good at this moment."""
        told = self.sandbox.quickbooks("GET", f"/sandbox/credentials?realm={realm}").json()
        extra = {name: told[name] for name in ("realm_id", "base_url", "token_url", "refresh_token")}
        fields = {"conn_type": "quickbooks", "login": told["client_id"], "password": told["client_secret"]}
        fields["extra"] = {**extra, "environment": "sandbox"}
        self.setenv(f"AIRFLOW_CONN_QUICKBOOKS_{company.upper()}", fields)

    def connect_syncta(self, connection: str, account: RunningSandbox) -> None:
        """A Syncta connection."""
        key, port = account.credentials("syncta")["api_key"], int(account.syncta_url.rsplit(":", 1)[1])
        fields = {"conn_type": "syncta", "schema": "http", "host": "127.0.0.1", "port": port, "password": key}
        self.setenv(f"AIRFLOW_CONN_{connection.upper()}", fields)

    def setenv(self, name: str, value: dict[str, Any]) -> None:
        """A variable of the environment, as JSON."""
        self.monkeypatch.setenv(name, json.dumps(value))

    def allow_reads(self, monthly: int) -> None:
        """How many metered reads both together may make in a month."""
        self.monkeypatch.setenv("SYNC_METERED_READS_PER_MONTH", str(monthly))
        environment.cache_clear()

    def asked(self, realm: str) -> dict[str, int]:
        """Calls that reached QuickBooks for one company, by class."""
        by_class: dict[str, int] = self.sandbox.meter()[realm]["by_class"]
        return by_class

    def reports(self, company: str) -> list[dict[str, Any]]:
        """What its runs reported."""
        return [json.loads(file.read_text()) for file in sorted((self.files / company).rglob("report.json"))]


@pytest.fixture
def two(
    airflow_db: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Two]:
    ledger, files, settings = f"sqlite:///{tmp_path / 'ledger.sqlite'}", tmp_path / "files", tmp_path / "companies.yaml"
    settings.write_text(SETTINGS)
    migrate(ledger)
    for name, value in {
        "SYNC_LEDGER_URL": ledger,
        "SYNC_LEDGER_KEY": Fernet.generate_key().decode(),
        "SYNC_FILES": f"file://{files}",
        "SYNC_COMPANIES_FILE": str(settings),
    }.items():
        monkeypatch.setenv(name, value)
    environment.cache_clear()
    with (
        sandbox_in_threads(tmp_path / "a", "seed_example") as sandbox,
        sandbox_in_threads(tmp_path / "b", "empty") as other,
    ):
        sandbox.quickbooks("POST", "/sandbox/companies", json={"name": "Second", "realm": SECOND})
        both = Two(sandbox, files, DagBag(dag_folder=str(PROJECT / "dags")), capfd, caplog, monkeypatch)
        both.connect("first", FIRST)
        both.connect("second", SECOND)
        both.connect_syncta("syncta_first", sandbox)
        both.connect_syncta("the_other_syncta", other)
        yield both
    environment.cache_clear()


def test_an_outage_of_one_companys_quickbooks_is_nothing_to_the_other(two: Two) -> None:
    """G5"""
    two.sandbox.fault("quickbooks", "status", status=503, count=1000, match={"path": SECOND})
    state, told = two.run("second")
    assert state == "failed"
    assert "TemporaryOutage" in told
    assert two.run("first")[0] == "success"
    two.sandbox.quickbooks("DELETE", "/sandbox/faults")
    assert two.run("second")[0] == "success"


def test_a_company_whose_sign_in_has_ended_fails_at_once_until_a_person_has_connected_again(two: Two) -> None:
    """rules 7: `reconnect_needed`; G5"""
    two.sandbox.quickbooks("POST", "/sandbox/oauth", json={"forget": "all", "realm": SECOND})
    state, told = two.run("second")
    assert state == "failed"
    assert "reconnect_needed: QuickBooks has ended the connection (invalid_grant)" in told
    before = two.asked(SECOND)
    state, told = two.run("second")
    assert (state, two.asked(SECOND)) == ("failed", before), "Intuit is not asked again"
    assert "reconnect_needed: QuickBooks has ended the connection (invalid_grant)" in told
    assert two.reports("second")[-1]["warnings"][0].startswith("reconnect_needed: ")
    assert two.run("first")[0] == "success"
    two.connect("second", SECOND)
    assert two.run("second")[0] == "success"
    assert two.reports("second")[-1]["warnings"] == []


def test_the_months_reads_are_one_budget_that_stops_both_before_a_call_is_made(two: Two) -> None:
    """rules 7: `budget_spent`"""
    assert two.run("first")[0] == "success"
    used = two.reports("first")[-1]["outlook"]["metered_reads"]
    assert used > 5
    two.allow_reads(used)
    state, told = two.run("second")
    assert (state, set(two.asked(SECOND))) == ("failed", {"token"}), "signing in is free"
    assert f"budget_spent: {used} of the {used} metered reads of" in told
    assert f"{used} of the {used} metered QuickBooks reads" in two.reports("second")[-1]["warnings"][-1]
    two.allow_reads(1000)
    assert two.run("second")[0] == "success"


def test_no_refresh_token_of_either_company_is_logged(two: Two) -> None:
    """G7"""
    told = "".join(two.run(company)[1] for company in ("first", "second"))
    secrets = [two.sandbox.quickbooks("GET", f"/sandbox/credentials?realm={realm}").json() for realm in (FIRST, SECOND)]
    names = ("client_secret", "access_token", "refresh_token")
    assert [name for one in secrets for name in names if one[name] in told] == []
