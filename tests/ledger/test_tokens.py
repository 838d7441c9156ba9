"""Tokens: one sign-in at a time across processes and machines, saved before use, readable with the key only."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from include.errors import CompanyIsBusy, LedgerNotReady, TemporaryOutage
from include.ledger import tokens as module
from include.ledger.database import Ledger, clock
from include.ledger.tables import of, tokens
from include.ledger.tokens import TURN, LedgerTokenStore
from include.tokens import Tokens
from tests.ledger.racing import race
from tests.ledger.samples import OTHERS, SCOPE, after

KEY = Fernet.generate_key().decode()
FIRST = Tokens("access 1", "refresh 1", after(60), after(6000), after(9000))
SECOND = Tokens("access 2", "refresh 2", after(120), after(6060))


@pytest.fixture
def store(ledger: Ledger) -> LedgerTokenStore:
    return LedgerTokenStore(ledger, KEY, SCOPE)


def another(ledger: Ledger, key: str = KEY) -> LedgerTokenStore:
    """The same company's store in another process."""
    return LedgerTokenStore(ledger, key, SCOPE)


def owned_until(ledger: Ledger) -> dt.datetime | None:
    with ledger.reading() as conn:
        return conn.execute(select(tokens.c.owned_until).where(of(tokens, SCOPE))).scalar_one()


def test_tokens_come_back_as_they_were_saved_and_are_one_companys(ledger: Ledger, store: LedgerTokenStore) -> None:
    assert store.load() is None
    assert store.refresh(lambda current: FIRST, stale=None) == FIRST
    assert another(ledger).load() == FIRST
    assert [LedgerTokenStore(ledger, KEY, scope).load() for scope in OTHERS] == [None] * 3


def test_they_are_saved_before_they_are_handed_out(ledger: Ledger, store: LedgerTokenStore) -> None:
    """protocol 3.8"""
    handed_out = store.refresh(lambda current: FIRST, stale=None)
    assert another(ledger).load() == handed_out


def test_no_token_can_be_read_in_the_database(ledger: Ledger, store: LedgerTokenStore, tmp_path: Path) -> None:
    """G7"""
    store.refresh(lambda current: FIRST, stale=None)
    with ledger.reading() as conn:
        row = str(conn.execute(select(tokens)).one())
    stored = row + "".join(file.read_bytes().decode("latin-1") for file in tmp_path.iterdir() if file.is_file())
    assert "reconnect_needed" in stored or ledger.engine.dialect.name == "postgresql"
    assert [secret for secret in (FIRST.access_token, FIRST.refresh_token) if secret in stored] == []


def test_processes_that_need_a_token_at_once_sign_in_once(ledger_url: str, tmp_path: Path) -> None:
    """protocol 3.8"""
    journal = tmp_path / "sign-ins"
    answers = race("refresh_token", ledger_url, KEY, str(journal))
    assert len(journal.read_text().splitlines()) == 1
    assert len(set(answers)) == 1


def test_who_waited_gets_what_was_saved_meanwhile(ledger: Ledger, store: LedgerTokenStore) -> None:
    store.refresh(lambda current: FIRST, stale=None)
    another(ledger).refresh(lambda current: SECOND, stale="access 1")
    asked: list[object] = []
    assert store.refresh(lambda current: asked.append(current) or FIRST, stale="access 1") == SECOND
    assert asked == []


def test_the_ledger_is_free_while_intuit_is_asked(ledger: Ledger, store: LedgerTokenStore) -> None:
    """protocol 3.3"""

    def turn(_current: Tokens | None) -> Tokens:
        another(ledger).mark_reconnect_needed("would wait for ever")
        return FIRST

    assert store.refresh(turn, stale=None) == FIRST


def test_a_second_process_waits_while_the_first_one_asks(
    ledger: Ledger, store: LedgerTokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.0)

    def turn(_current: Tokens | None) -> Tokens:
        with pytest.raises(CompanyIsBusy, match="signing in"):
            another(ledger).refresh(lambda current: SECOND, stale=None)
        return FIRST

    assert store.refresh(turn, stale=None) == FIRST


def test_a_failed_sign_in_gives_the_turn_back_at_once(ledger: Ledger, store: LedgerTokenStore) -> None:
    def fails(_current: Tokens | None) -> Tokens:
        raise TemporaryOutage("no answer")

    with pytest.raises(TemporaryOutage):
        store.refresh(fails, stale=None)
    assert another(ledger).refresh(lambda current: FIRST, stale=None) == FIRST


def test_the_turn_of_a_process_that_died_ends_by_itself(
    ledger: Ledger, store: LedgerTokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G2"""
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.0)
    assert store._take()  # and it is never heard of again
    with pytest.raises(CompanyIsBusy):
        another(ledger).refresh(lambda current: FIRST, stale=None)
    with ledger.writing() as conn:
        conn.execute(update(tokens).values(owned_until=clock(conn) - dt.timedelta(seconds=1)))
    assert another(ledger).refresh(lambda current: FIRST, stale=None) == FIRST


def test_a_turn_is_measured_by_the_ledgers_clock_not_the_machines(
    ledger: Ledger, store: LedgerTokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine an hour ahead would otherwise take every turn from the others. SQLite is one machine's."""
    if ledger.engine.dialect.name == "postgresql":
        ahead = SimpleNamespace(now=lambda zone: dt.datetime.now(zone) + dt.timedelta(hours=1))
        for where in ("database", "tokens"):
            monkeypatch.setattr(f"include.ledger.{where}.dt", SimpleNamespace(datetime=ahead, UTC=dt.UTC))
    assert store._take()
    until = owned_until(ledger)
    assert until is not None
    assert abs(until - dt.datetime.now(dt.UTC) - TURN) < dt.timedelta(seconds=20)


def test_who_slept_through_its_turn_does_not_undo_a_newer_sign_in(ledger: Ledger, store: LedgerTokenStore) -> None:
    def sleeps(_current: Tokens | None) -> Tokens:
        with ledger.writing() as conn:
            conn.execute(update(tokens).values(owner="", owned_until=None))
        another(ledger).refresh(lambda current: SECOND, stale=None)
        return FIRST

    assert store.refresh(sleeps, stale=None) == SECOND
    assert store.load() == SECOND


def test_a_mark_stays_until_new_tokens_are_saved(ledger: Ledger, store: LedgerTokenStore) -> None:
    """rules 7: `reconnect_needed`"""
    store.mark_reconnect_needed("invalid_grant abc")
    assert another(ledger).reconnect_needed() == "invalid_grant abc"
    assert LedgerTokenStore(ledger, KEY, OTHERS[0]).reconnect_needed() == ""
    another(ledger).refresh(lambda current: FIRST, stale=None)
    assert store.reconnect_needed() == ""


def test_a_new_key_before_the_old_one_reads_both_and_writes_the_new(ledger: Ledger, store: LedgerTokenStore) -> None:
    store.refresh(lambda current: FIRST, stale=None)
    new = Fernet.generate_key().decode()
    rotated = another(ledger, f"{new}, {KEY}")
    assert rotated.load() == FIRST
    rotated.refresh(lambda current: SECOND, stale="access 1")
    assert another(ledger, new).load() == SECOND


def test_another_key_is_one_sentence_that_says_what_to_do(ledger: Ledger, store: LedgerTokenStore) -> None:
    store.refresh(lambda current: FIRST, stale=None)
    with pytest.raises(LedgerNotReady, match="Put the old key back beside it"):
        another(ledger, Fernet.generate_key().decode()).load()
    for wrong in ("", "no key", KEY[:-4]):
        with pytest.raises(LedgerNotReady, match="SYNC_LEDGER_KEY"):
            another(ledger, wrong)
