"""rules 7: a person is told in time, before a run has to stop."""

from __future__ import annotations

import datetime as dt

import pytest

from include.ledger import usage
from include.ledger.database import Ledger, clock
from include.sync.watch import look_ahead
from include.tokens import Tokens
from tests.quickbooks.fake_intuit import FakeStore
from tests.sync.builders import company

NOW = dt.datetime.now(dt.UTC)
SCOPE = company().scope


def kept(days: float, hard_days: float | None = None) -> FakeStore:
    hard = NOW + dt.timedelta(days=hard_days) if hard_days is not None else None
    return FakeStore(Tokens("a", "r", NOW, NOW + dt.timedelta(days=days), hard))


def read(ledger: Ledger, times: int) -> None:
    with ledger.writing() as conn:
        for _ in range(times):
            usage.count(conn, SCOPE, usage.month_of(clock(conn)), "query")


def warnings_of(ledger: Ledger, store: FakeStore, monthly: int) -> tuple[str, ...]:
    return look_ahead(ledger, SCOPE.environment, store, monthly).warnings


def test_nothing_is_said_while_all_is_well(ledger: Ledger) -> None:
    assert warnings_of(ledger, kept(31), 100) == ()
    assert warnings_of(ledger, FakeStore(None), 100) == ()


@pytest.mark.parametrize("store", [kept(29.5), kept(100, 29.5)], ids=["refresh token", "hard end"])
def test_a_sign_in_that_ends_within_thirty_days_is_told(ledger: Ledger, store: FakeStore) -> None:
    (said,) = warnings_of(ledger, store, 100)
    assert said.startswith("The sign-in to QuickBooks ends in 29 days, on ")


def test_an_ended_sign_in_is_told_as_such(ledger: Ledger) -> None:
    store = kept(100)
    store.mark_reconnect_needed("invalid_grant x")
    (said,) = warnings_of(ledger, store, 100)
    assert said.startswith("reconnect_needed: ")


def test_from_eighty_percent_of_the_months_reads_it_is_told(ledger: Ledger) -> None:
    read(ledger, 79)
    assert warnings_of(ledger, kept(100), 100) == ()
    read(ledger, 1)
    (said,) = warnings_of(ledger, kept(100), 100)
    assert "80 of the 100 metered QuickBooks reads" in said
    assert "(80 %)" in said


def test_the_report_says_until_when_it_can_go_on(ledger: Ledger) -> None:
    read(ledger, 3)
    ends = (NOW + dt.timedelta(days=40)).date().isoformat()
    said = {"sign_in_ends": ends, "metered_reads": 3, "metered_reads_per_month": 100}
    assert look_ahead(ledger, SCOPE.environment, kept(100, 40), 100).as_json() == said
    assert look_ahead(ledger, SCOPE.environment, None, 100).as_json() == {**said, "sign_in_ends": ""}
