"""rules 7: Intuit's limits, switched on in the sandbox, are never met, however many tasks of a company call at once."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from include.errors import BudgetSpent, RateLimited
from include.ledger import usage
from include.ledger.database import Ledger, clock, migrate
from include.ledger.pace import LedgerGate, Limits
from include.quickbooks.batch import BatchItem
from include.quickbooks.client import QuickBooksClient
from include.records import Entity, Scope
from tests.quickbooks.fake_intuit import REALM
from tests.quickbooks.sandbox_company import Company, invoice_of

SCOPE = Scope("demo", REALM, "sandbox")
ENTITIES = [Entity.CUSTOMER, Entity.INVOICE, Entity.PAYMENT]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    migrate(url)
    return Ledger.open(url)


def hammer(company: Company, ledger: Ledger, limits: Limits, *, calls: int) -> int:
    """Four tasks that each make so many calls without a pause of their own; how many calls went out."""

    def task(_number: int) -> int:
        gate = LedgerGate(ledger, SCOPE, limits, 10_000)
        with QuickBooksClient(company.connection, company.store, gate=gate) as client:
            for _ in range(calls):
                client.changes(ENTITIES, dt.datetime.now(dt.UTC))
            return client.calls["cdc"]

    with ThreadPoolExecutor(4) as tasks:
        return sum(tasks.map(task, range(4)))


def throttled(caplog: pytest.LogCaptureFixture) -> int:
    return sum("answered 429" in record.getMessage() for record in caplog.records)


def test_tasks_that_call_at_once_never_meet_a_limit(
    company: Company, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    company.post("limits", preset="intuit")
    with caplog.at_level(logging.WARNING):
        assert hammer(company, ledger, Limits(), calls=12) == 48
    assert throttled(caplog) == 0


def test_without_the_gate_they_would(company: Company, ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    company.post("limits", preset="intuit")
    client = QuickBooksClient(company.connection, company.store, sleep=lambda _seconds: None)
    with caplog.at_level(logging.WARNING), contextlib.suppress(RateLimited), client:
        for _ in range(40):
            client.changes(ENTITIES, dt.datetime.now(dt.UTC))
    assert throttled(caplog) > 0


def test_a_spent_budget_stops_before_the_call_is_made_and_writes_stay_free(company: Company, ledger: Ledger) -> None:
    gate = LedgerGate(ledger, SCOPE, Limits(), 4, share=1.0)
    with QuickBooksClient(company.connection, company.store, gate=gate) as client:
        for _ in range(4):
            client.company()
        before = company.meter()["by_class"]
        with pytest.raises(BudgetSpent, match=r"^budget_spent: 4 of the 4 metered reads"):
            client.preferences()
    assert company.meter()["by_class"] == before
    with ledger.reading() as conn:
        assert usage.by_kind(conn, usage.month_of(clock(conn))) == {"demo": {"companyinfo": 4}}


def test_a_throttled_call_pauses_the_whole_company_for_as_long_as_it_was_told(company: Company, ledger: Ledger) -> None:
    company.post("faults", kind="throttle_json", retry_after=40, match={"operation": "batch"})
    waited: list[float] = []
    mine, another = (LedgerGate(ledger, SCOPE, Limits(), 100, sleep=waited.append) for _ in range(2))
    item = BatchItem("1", invoice_of(company.customer()))
    with QuickBooksClient(company.connection, company.store, gate=mine) as client, pytest.raises(RateLimited):
        client.send_batch("b-1", [item])
    assert waited == []
    another.enter("query", metered=True)
    assert 38 < waited[0] <= 40
