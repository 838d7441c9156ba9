"""Signing in against the sandbox's OAuth, with tokens in a ledger: how a sign-in ends, and how it begins again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from cryptography.fernet import Fernet

from include.errors import ReconnectNeeded
from include.ledger.database import Ledger, migrate
from include.ledger.tokens import LedgerTokenStore
from include.quickbooks.client import QuickBooksClient
from include.records import Scope
from include.sync.watch import look_ahead
from include.tokens import Tokens
from tests.quickbooks.fake_intuit import REALM, FakeStore
from tests.quickbooks.sandbox_company import Company

SCOPE = Scope("demo", REALM, "sandbox")
KEY = Fernet.generate_key().decode()
DAY = 86400


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    migrate(url)
    opened = Ledger.open(url)
    yield opened
    opened.close()


@pytest.fixture
def store(ledger: Ledger) -> LedgerTokenStore:
    return LedgerTokenStore(ledger, KEY, SCOPE)


def asks(company: Company, store: LedgerTokenStore | FakeStore, *, seed: str | None = None) -> str:
    """What a task does first: a call, by a client of its own. `seed` is the refresh token in the connection."""
    connection = company.connection if seed is None else replace(company.connection, refresh_token=seed)
    with QuickBooksClient(connection, store) as client:
        return client.company().realm_id


def connect_again(company: Company) -> str:
    """What a person does at Intuit; the new refresh token."""
    told = requests.get(f"{company.url}/sandbox/credentials", timeout=10).json()
    return str(told["refresh_token"])


def test_a_sign_in_near_its_hard_end_is_told_ends_for_good_and_begins_again_by_a_person(
    company: Company, ledger: Ledger, store: LedgerTokenStore
) -> None:
    """rules 7: `reconnect_needed`"""
    company.post("oauth", hard=20 * DAY)
    assert asks(company, store) == REALM
    (warning,) = look_ahead(ledger, SCOPE.environment, store, 1000).warnings
    assert warning.startswith("The sign-in to QuickBooks ends in 19 days")
    company.post("clock", advance_seconds=21 * DAY)
    asked = []
    for _ in range(3):
        with pytest.raises(ReconnectNeeded, match="reconnect_needed: QuickBooks has ended the connection"):
            asks(company, store)
        asked.append(company.meter()["by_class"].get("token", 0))
    assert asked[0] == asked[2], "once told, Intuit is not asked again"
    assert look_ahead(ledger, SCOPE.environment, store, 1000).warnings == (
        "reconnect_needed: QuickBooks has ended the connection. Connect to QuickBooks again.",
    )
    company.post("oauth", hard=5 * 365 * DAY)
    assert asks(company, store, seed=connect_again(company)) == REALM
    assert asks(company, store) == REALM, "whatever the connection holds: the ledger's tokens are newer"
    assert look_ahead(ledger, SCOPE.environment, store, 1000).warnings == ()


def test_a_refresh_token_that_nobody_used_for_a_hundred_days_has_ended(
    company: Company, store: LedgerTokenStore
) -> None:
    asks(company, store)
    kept = store.load()
    assert kept is not None
    assert kept.refresh_expires_at - dt.datetime.now(dt.UTC) > dt.timedelta(days=99)
    company.post("clock", advance_seconds=102 * DAY)
    with pytest.raises(ReconnectNeeded, match="reconnect_needed"):
        asks(company, store)


def test_every_use_puts_the_end_off_again(company: Company, store: LedgerTokenStore) -> None:
    for _ in range(4):
        assert asks(company, store) == REALM
        company.post("clock", advance_seconds=60 * DAY)


def test_a_refresh_token_used_by_somebody_else_ends_the_sign_in_with_a_sentence(
    company: Company, store: LedgerTokenStore
) -> None:
    """Two installations must not share a refresh token: the first to use it takes it away from the other."""
    company.post("oauth", rotate_after=0, overlap=0)
    asks(company, store)
    with pytest.raises(ReconnectNeeded, match="invalid_grant"):
        asks(company, FakeStore(None))
    company.post("clock", advance_seconds=3700)
    assert asks(company, store) == REALM


class Killed(LedgerTokenStore):
    """Dies between Intuit's answer and saving it."""

    def _save(self, fresh: Tokens) -> Tokens:
        raise KeyboardInterrupt


@pytest.mark.parametrize("rotates_at_once", [False, True])
def test_a_kill_between_intuits_answer_and_saving_it_costs_at_most_a_new_connection(
    company: Company, ledger: Ledger, store: LedgerTokenStore, rotates_at_once: bool
) -> None:
    """G2, protocol 3.8"""
    asks(company, store)
    if rotates_at_once:
        company.post("oauth", rotate_after=0, overlap=0)
    company.post("clock", advance_seconds=3700)
    with pytest.raises(KeyboardInterrupt):
        asks(company, Killed(ledger, KEY, SCOPE), seed="")
    if rotates_at_once:  # nobody has the new token
        with pytest.raises(ReconnectNeeded, match="reconnect_needed"):
            asks(company, store, seed="")
    else:  # Intuit keeps a refresh token's value for a day
        assert asks(company, store, seed="") == REALM
