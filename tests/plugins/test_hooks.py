"""The connections: what is sent, what is refused, and what the Test button may do."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from airflow.providers_manager import ProvidersManager
from sqlalchemy import select

from include.errors import BudgetSpent, ConnectionMissing, WrongCompany
from include.ledger.database import Ledger, migrate
from include.ledger.tables import pace
from include.settings import Company, environment, load_settings
from syncta_quickbooks.quickbooks_hook import QuickBooksHook
from syncta_quickbooks.syncta_hook import SynctaHook
from tests.sandbox_server import RunningSandbox, sandbox_in_threads

PROJECT = Path(__file__).parents[2]
QUICKBOOKS = {
    "conn_type": "quickbooks",
    "login": "id",
    "password": "the client secret",
    "extra": {"realm_id": "9341453000000001", "environment": "sandbox", "refresh_token": "the first token"},
}
SYNCTA = {"conn_type": "syncta", "schema": "http", "host": "127.0.0.1", "password": "the api key"}


def connect(monkeypatch: pytest.MonkeyPatch, conn_id: str, connection: dict[str, Any]) -> None:
    monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(connection))


@pytest.fixture
def company() -> Company:
    return load_settings().company("demo")


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SYNC_LEDGER_URL", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    environment.cache_clear()
    migrate(environment().ledger_url)
    yield
    environment.cache_clear()


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    with sandbox_in_threads(tmp_path / "sandbox", "empty") as running:
        told = running.credentials()
        extra = {name: told[name] for name in ("realm_id", "base_url", "token_url", "refresh_token")}
        login = {"login": told["client_id"], "password": told["client_secret"]}
        connect(monkeypatch, "quickbooks_demo", {**QUICKBOOKS, **login, "extra": {**extra, "environment": "sandbox"}})
        port = int(running.syncta_url.rsplit(":", 1)[1])
        key = running.credentials("syncta")["api_key"]
        connect(monkeypatch, "syncta_demo", {**SYNCTA, "port": port, "password": key})
        yield running


def test_both_connection_types_are_found_with_their_form_fields() -> None:
    """protocol 4.5"""
    manager = ProvidersManager()
    for kind, name in (("quickbooks", "QuickBooks Online"), ("syncta", "Syncta")):
        hook = manager.hooks[kind]
        assert hook is not None
        assert (hook.hook_name, hook.connection_testable) == (name, True)
    fields = {name.split("__")[-1] for name in manager.connection_form_widgets}
    assert {"realm_id", "environment", "refresh_token", "base_url", "token_url"} <= fields


class Listening(BaseHTTPRequestHandler):
    """Answers as Syncta's account and remembers what it was sent."""

    heard: ClassVar[list[dict[str, str]]] = []

    def do_GET(self) -> None:
        self.heard.append(dict(self.headers))
        body = b'{"id": "a1", "name": "n", "time_zone": "UTC", "currency": "USD"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def test_syncta_is_sent_exactly_these_headers(monkeypatch: pytest.MonkeyPatch, company: Company) -> None:
    """protocol 4.5"""
    server = HTTPServer(("127.0.0.1", 0), Listening)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        connect(monkeypatch, "syncta_demo", {**SYNCTA, "port": server.server_port})
        SynctaHook("syncta_demo").client(company).account()
    finally:
        server.shutdown()
        server.server_close()
    (sent,) = Listening.heard
    assert set(sent) == {"Host", "User-Agent", "Accept-Encoding", "Accept", "Connection", "Authorization"}
    assert sent["Authorization"] == "Bearer the api key"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"password": ""}, "lacks its host or its API key"),
        ({"host": ""}, "lacks its host or its API key"),
        ({"login": "someone"}, "has a login or an extra"),
        ({"extra": {"X-Token": "secret"}}, "has a login or an extra"),
    ],
)
def test_a_syncta_connection_that_cannot_be_used_says_what_to_change(
    monkeypatch: pytest.MonkeyPatch, company: Company, change: dict[str, Any], sentence: str
) -> None:
    connect(monkeypatch, "syncta_demo", {**SYNCTA, **change})
    with pytest.raises(ConnectionMissing, match=sentence):
        SynctaHook("syncta_demo").client(company)


@pytest.mark.parametrize("hook", [QuickBooksHook, SynctaHook])
def test_a_missing_connection_is_named(hook: Any, company: Company, airflow_db: None) -> None:
    with pytest.raises(ConnectionMissing, match="There is no connection nowhere"):
        hook("nowhere").client(company)


def test_a_quickbooks_connection_lacking_fields_names_them(monkeypatch: pytest.MonkeyPatch, company: Company) -> None:
    connect(monkeypatch, "quickbooks_demo", {**QUICKBOOKS, "login": "", "extra": {"environment": "sandbox"}})
    with pytest.raises(ConnectionMissing, match="lacks client_id, realm_id"):
        QuickBooksHook("quickbooks_demo").client(company)


@pytest.mark.parametrize("extra", [{"realm_id": "2", "environment": "sandbox"}, {"environment": "production"}])
def test_another_company_or_environment_is_refused(
    monkeypatch: pytest.MonkeyPatch, company: Company, extra: dict[str, str]
) -> None:
    connect(monkeypatch, "quickbooks_demo", {**QUICKBOOKS, "extra": {"realm_id": company.realm_id, **extra}})
    with pytest.raises(WrongCompany, match="nothing was written"):
        QuickBooksHook("quickbooks_demo").client(company)


def test_the_test_button_never_renews_a_token(sandbox: RunningSandbox, ledger: None, company: Company) -> None:
    hook = QuickBooksHook("quickbooks_demo")
    works, sentence = hook.test_connection()
    assert "token" not in classes(sandbox)
    assert (works, "the next run signs in" in sentence) == (True, True)
    with hook.client(company) as client:
        client.company()
    before = classes(sandbox)
    works, sentence = hook.test_connection()
    assert works, sentence
    assert classes(sandbox)["token"] == before["token"] == 1


def test_the_test_button_says_until_when_the_sign_in_lasts_and_its_call_is_counted(
    sandbox: RunningSandbox, ledger: None, company: Company
) -> None:
    """rules 7"""
    sandbox.quickbooks("POST", "/sandbox/oauth", json={"refresh": 20 * 86400})
    hook = QuickBooksHook("quickbooks_demo")
    with hook.client(company) as client:
        client.company()
    ends = (dt.datetime.now(dt.UTC) + dt.timedelta(days=20)).date()
    works, sentence = hook.test_connection()
    assert (works, f"The sign-in is good until {ends}." in sentence) == (True, True), sentence
    seen = hook.outlook(company)
    assert seen.reads == 2
    assert [warning.split(",")[0] for warning in seen.warnings] == ["The sign-in to QuickBooks ends in 19 days"]


def test_a_spent_budget_stops_a_company_at_once_but_not_a_load_that_has_begun(
    monkeypatch: pytest.MonkeyPatch, sandbox: RunningSandbox, ledger: None, company: Company
) -> None:
    """rules 7: `budget_spent`"""
    monkeypatch.setenv("SYNC_METERED_READS_PER_MONTH", "3")
    environment.cache_clear()
    hook = QuickBooksHook("quickbooks_demo")
    with hook.client(company) as client:
        client.company()
        client.company()
        with pytest.raises(BudgetSpent, match="2 of the 3 metered reads"):
            client.company()
    with hook.client(company, finishing=True) as load:
        load.company()
        with pytest.raises(BudgetSpent):
            load.company()
    assert classes(sandbox)["companyinfo"] == 3
    assert hook.test_connection() == (False, hook.test_connection()[1])
    assert hook.test_connection()[1].startswith("budget_spent: ")


def test_a_company_keeps_to_the_limits_in_its_settings(sandbox: RunningSandbox, ledger: None, company: Company) -> None:
    slow = company.model_copy(update={"calls_per_minute": 10, "calls_per_second": 2})
    with QuickBooksHook("quickbooks_demo").client(slow) as client:
        client.company()
    with Ledger.open(environment().ledger_url).reading() as conn:
        kept = conn.execute(select(pace.c.spent)).scalar_one()
    assert kept["minute"] - kept["written"] == pytest.approx(60 / 9, abs=0.01)
    assert kept["second"] - kept["written"] == pytest.approx(1, abs=0.01)


def test_nobody_but_the_hook_makes_a_client_of_quickbooks() -> None:
    """A client that is made elsewhere would go past the company's limits."""
    files = [file for folder in ("include", "plugins", "dags") for file in (PROJECT / folder).rglob("*.py")]
    made = [
        file.name
        for file in files
        for _ in re.findall(r"= QuickBooksClient\(|return QuickBooksClient\(", file.read_text())
    ]
    assert made == ["quickbooks_hook.py"]


def classes(sandbox: RunningSandbox) -> dict[str, int]:
    """Calls to QuickBooks by class."""
    (realm,) = sandbox.meter("quickbooks").values()
    return dict(realm["by_class"])


def test_the_test_button_says_whose_syncta_account_it_is(sandbox: RunningSandbox) -> None:
    assert SynctaHook("syncta_demo").test_connection() == (True, "Connected to Syncta account a1.")


def test_the_test_button_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch, sandbox: RunningSandbox) -> None:
    connect(monkeypatch, "syncta_demo", {**SYNCTA, "port": int(sandbox.syncta_url.rsplit(":", 1)[1])})
    works, sentence = SynctaHook("syncta_demo").test_connection()
    assert (works, "does not accept the API key" in sentence) == (False, True)


def test_no_secret_reaches_a_log(
    sandbox: RunningSandbox, ledger: None, company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with QuickBooksHook("quickbooks_demo").client(company) as client:
        client.company()
    told = sandbox.credentials()
    secrets = [told[name] for name in ("client_secret", "access_token", "refresh_token")]
    assert [secret for secret in secrets if secret in caplog.text] == []
