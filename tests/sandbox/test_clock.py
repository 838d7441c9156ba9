"""The clock over HTTP: set, frozen, moved, and one system ahead of the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from include.sandbox.store import Store
from tests.sandbox_server import RunningSandbox, sandbox_in_threads

from .conftest import START

FROZEN = {"freeze": START.isoformat()}


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    with sandbox_in_threads(tmp_path) as sandbox:
        yield sandbox


def write(sandbox: RunningSandbox, name: str) -> Any:
    told = sandbox.credentials()
    login = {"Authorization": f"Bearer {told['access_token']}"}
    return sandbox.quickbooks(
        "POST", f"/v3/company/{told['realm_id']}/customer", json={"DisplayName": name}, headers=login
    )


def seconds(sandbox: RunningSandbox, system: str) -> float:
    told = getattr(sandbox, system)("GET", "/sandbox/clock").json()
    return (dt.datetime.fromisoformat(told["now"]) - START).total_seconds()


def test_one_systems_clock_can_be_ahead_of_the_others(sandbox: RunningSandbox) -> None:
    sandbox.quickbooks("POST", "/sandbox/clock", json=FROZEN)
    told = sandbox.quickbooks("POST", "/sandbox/clock", json={"skew_seconds": 90}).json()
    assert told == {"now": "2026-11-02T17:01:30.000+00:00", "skew_seconds": 90, "frozen": True}
    assert (seconds(sandbox, "quickbooks"), seconds(sandbox, "syncta")) == (90, 0)
    answer = write(sandbox, "A")
    assert parsedate_to_datetime(answer.headers["Date"]) == START + dt.timedelta(seconds=90)
    assert answer.json()["time"] == "2026-11-02T09:01:30.000-08:00"
    assert answer.json()["Customer"]["MetaData"]["CreateTime"] == "2026-11-02T09:01:30-08:00"
    login = {"Authorization": f"Bearer {sandbox.credentials('syncta')['api_key']}"}
    assert parsedate_to_datetime(sandbox.syncta("GET", "/v1/account", headers=login).headers["Date"]) == START
    sandbox.syncta("POST", "/sandbox/clock", json={"skew_seconds": -5, "advance_seconds": 10})
    assert (seconds(sandbox, "quickbooks"), seconds(sandbox, "syncta")) == (100, 5)
    sandbox.quickbooks("POST", "/sandbox/clock", json={"skew_seconds": 0})
    assert seconds(sandbox, "quickbooks") == 10


def test_what_users_do_in_syncta_happens_by_its_clock(sandbox: RunningSandbox) -> None:
    sandbox.quickbooks("POST", "/sandbox/clock", json=FROZEN)
    sandbox.syncta("POST", "/sandbox/clock", json={"skew_seconds": 90})
    made = sandbox.syncta("POST", "/sandbox/customers", json={"name": "Ann"}).json()
    assert dt.datetime.fromisoformat(made["created_at"]) == START + dt.timedelta(seconds=90)


def test_a_skew_outlives_a_restart_and_ends_with_a_reset(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    store.clock.set_skew("syncta", 30)
    store.close()
    store = Store(tmp_path / "s")
    assert (store.clock.skew("syncta"), store.clock.skew("quickbooks")) == (30, 0)
    store.clear()
    assert store.clock.skew("syncta") == 0
    store.close()


def test_what_shows_another_time_keeps_the_right_one(store: Store) -> None:
    store.clock.set_skew("quickbooks", 10)
    with store.clock.read_by("quickbooks"), store.clock.shown_ahead(60):
        assert store.now() - START == dt.timedelta(seconds=10)
        assert store.clock.shown() - START == dt.timedelta(seconds=70)
    assert store.clock.shown() == store.now() == START


@pytest.mark.parametrize(
    "wish",
    [
        {"set": "2026-12-01T08:00:00"},
        {"freeze": "soon"},
        {"set": None},
        {"advance_seconds": "5"},
        {"advance_seconds": True},
        {"advance_seconds": 1e300},
        {"skew_seconds": [1]},
        {"advance": 5},
        {"set": "9999-12-31T23:59:59-23:00", "advance_seconds": 1e9},
    ],
)
def test_a_time_nobody_understands_is_refused_and_moves_nothing(sandbox: RunningSandbox, wish: dict[str, Any]) -> None:
    sandbox.quickbooks("POST", "/sandbox/clock", json=FROZEN)
    for system in ("quickbooks", "syncta"):
        answer = getattr(sandbox, system)("POST", "/sandbox/clock", json=wish)
        assert (answer.status_code, "\n" in answer.json()["error"]) == (400, False)
        assert seconds(sandbox, system) == 0
