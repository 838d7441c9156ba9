"""The reading steps with the real clients over HTTP, against the sandbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from cryptography.fernet import Fernet

from include.errors import ContractBroken
from include.ledger.tokens import LedgerTokenStore
from include.quickbooks.auth import Credentials
from include.quickbooks.client import QuickBooksClient
from include.records import Entity, System
from include.sync.books import read_books
from include.sync.poll import poll
from include.sync.run import RunKind
from include.sync.sources import SOURCES
from include.syncta.client import SynctaClient
from tests.sandbox_server import RunningSandbox, sandbox_in_threads
from tests.sync.reading import mirrored, read, whole_run

CUSTOMER = Entity.CUSTOMER


@pytest.fixture
def sandbox(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[RunningSandbox]:
    with sandbox_in_threads(tmp_path / "sandbox", getattr(request, "param", "seed_example")) as running:
        yield running


@pytest.fixture
def quickbooks(sandbox, make_run, ledger) -> Iterator[QuickBooksClient]:
    known = sandbox.credentials()
    names = ("client_id", "client_secret", "realm_id", "base_url", "token_url", "refresh_token")
    credentials = Credentials(environment="sandbox", **{name: known[name] for name in names})
    tokens = LedgerTokenStore(ledger, Fernet.generate_key().decode(), make_run().scope)
    with QuickBooksClient(credentials, tokens) as client:
        yield client


@pytest.fixture
def syncta(sandbox, make_run) -> Iterator[SynctaClient]:
    known = sandbox.credentials("syncta")
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {known['api_key']}"
        yield SynctaClient(session, known["base_url"], zone=make_run().company.zone)


def reads(sandbox: RunningSandbox) -> dict[str, int]:
    """QuickBooks calls by class so far."""
    (meter,) = sandbox.meter().values()
    return dict(meter["by_class"])


def later(sandbox: RunningSandbox, **time: float) -> None:
    """Let both systems' clock run."""
    sandbox.quickbooks("POST", "/sandbox/clock", json={"advance_seconds": dt.timedelta(**time).total_seconds()})


@pytest.mark.parametrize("sandbox", ["demo"], indirect=True)
def test_a_whole_company_is_read_and_then_an_idle_run_costs_one_call(make_run, sandbox, quickbooks, syncta):
    first = make_run(RunKind.INITIAL, "first")
    extracts = whole_run(first, quickbooks, syncta)
    assert all(extract["complete"] for extract in extracts)
    assert sum(len(mirrored(first, *source)) for source in SOURCES) > 2000
    assert read_books(first).closed_through == dt.date(2026, 8, 31)
    later(sandbox, minutes=30)
    before, calls = sandbox.meter("syncta")["reads"], reads(sandbox)
    assert poll(make_run(run_id="idle"), quickbooks, syncta) is None
    after = reads(sandbox)
    assert {name: after[name] - calls.get(name, 0) for name in after if after[name] != calls.get(name, 0)} == {"cdc": 1}
    assert sandbox.meter("syncta")["reads"] == before + 1


def test_what_a_person_does_in_syncta_is_read_by_the_next_cycle(make_run, sandbox, quickbooks, syncta):
    whole_run(make_run(RunKind.INITIAL, "first"), quickbooks, syncta)
    later(sandbox, minutes=30)
    sandbox.syncta("POST", "/sandbox/customers", json={"name": "Zoë O'Neil 🚰 "}).raise_for_status()
    run = make_run(run_id="second")
    extracts = whole_run(run, quickbooks, syncta)
    assert extracts[0]["upserted"]["new"] == 1
    assert "Zoë O'Neil 🚰 " in {record.name for record in mirrored(run, System.SYNCTA, CUSTOMER).values()}


def test_a_page_that_is_not_json_takes_nothing_over_and_the_next_run_catches_up(make_run, sandbox, quickbooks, syncta):
    sandbox.fault("syncta", "not_json", match={"path": "/v1/customers"}, count=1)
    failed = make_run(RunKind.INITIAL, "failed")
    with pytest.raises(ContractBroken):
        read(failed, quickbooks, syncta)
    assert not mirrored(failed, System.QUICKBOOKS, CUSTOMER)
    good = make_run(RunKind.INITIAL, "good")
    whole_run(good, quickbooks, syncta)
    assert len(mirrored(good, System.QUICKBOOKS, CUSTOMER)) == 1
    assert len(mirrored(good, System.SYNCTA, CUSTOMER)) == 1
