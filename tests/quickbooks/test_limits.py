"""rules 7: Intuit's limits, switched on in the sandbox, are never met, however many tasks of a company call at once."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from pathlib import Path

import pytest

from include.errors import BudgetSpent, RateLimited
from include.ledger import pace, usage
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


def throttled(caplog: pytest.LogCaptureFixture) -> int:
    return sum("answered 429" in record.getMessage() for record in caplog.records)


def test_in_no_minute_are_there_more_calls_or_batches_than_allowed(
    company: Company, ledger: Ledger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits moves both clocks: the sandbox's, and the one that turns are measured by."""
    company.post("limits", requests_per_second=10, requests_per_minute=50, batches_per_minute=6)
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        company.post("clock", advance_seconds=seconds)

    monkeypatch.setattr(pace, "clock", lambda conn: clock(conn) + dt.timedelta(seconds=sum(waited)))
    gate = LedgerGate(ledger, SCOPE, Limits(45, 9, 5), 10_000, sleep=sleep)
    ann = company.customer()
    with (
        caplog.at_level(logging.WARNING),
        QuickBooksClient(company.connection, company.store, gate=gate) as client,
    ):
        for call in range(130):
            if call % 10:
                client.changes(ENTITIES, dt.datetime.now(dt.UTC))
            else:
                client.send_batch(f"b-{call}", [BatchItem("1", invoice_of(ann))])
    assert throttled(caplog) == 0
    assert 120 < sum(waited) < 240, "minutes passed, and no more than the limits ask for"


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
