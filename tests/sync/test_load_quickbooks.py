"""Invoices to QuickBooks: each once, whatever is lost, refused or looked up (R9, R10, rules 3.5, protocol 3.3–3.5)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from include.errors import RateLimited, RecordRejected, WrongCompany
from include.ledger.database import Ledger
from include.records import Entity, Version
from tests.sync.builders import customer, syncta_invoice
from tests.sync.world import World

CLOSED = RecordRejected("The period is closed.", "period_closed", "QuickBooks fault 6210")


@pytest.fixture
def world(ledger: Ledger, tmp_path: Path) -> World:
    """A linked customer with three ready invoices, 1 to 3, of 10, 20 and 30."""
    made = World(ledger, tmp_path)
    made.books_records.append(customer("1", "Ann"))
    made.syncta.add(customer("a", "Ann"))
    for number in (1, 2, 3):
        date = dt.date(2026, 10, number)
        made.syncta.add(syncta_invoice(str(number), "a", f"{number}0.00", date=date))
    return made


def test_an_invoice_is_pushed_linked_and_mirrored(world: World) -> None:
    assert world.cycle()["quickbooks"] == {"pushed": 3}
    assert {i.number: i.total for i in world.quickbooks.invoices.values()} == {
        "1": Decimal("10.00"),
        "2": Decimal("20.00"),
        "3": Decimal("30.00"),
    }
    assert sorted(world.links(Entity.INVOICE).values()) == ["1", "2", "3"]
    applied = world.applied(Entity.INVOICE, "1000")
    assert (applied["number"], applied["total"], applied["returned_total"]) == ("1", "10.00", "10.00")
    assert world.plan().counts() == {}


def test_a_second_run_and_the_same_plan_again_write_nothing(world: World) -> None:
    world.read()
    run = world.run()
    planned = world.planned(run, world.plan())
    world.load(run, planned)
    assert world.load(run, planned)["quickbooks"] == {"already": 3}
    assert world.cycle()["quickbooks"] == {}
    assert world.quickbooks.writes == ["1", "2", "3"]


def test_batches_are_of_the_size_the_settings_name_and_in_date_order(world: World) -> None:
    """protocol 3.4"""
    world.company = world.company.model_copy(update={"batch_size": 2})
    world.cycle()
    assert len(world.quickbooks.batches) == 2
    assert world.quickbooks.writes == ["1", "2", "3"]


def test_other_books_than_the_settings_name_are_not_written_to(world: World) -> None:
    """rules 1.2"""
    world.quickbooks.realm = "4711"
    with pytest.raises(WrongCompany):
        world.cycle()
    assert world.quickbooks.batches == []
    assert world.quickbooks.invoices == {}


def test_a_run_without_invoices_asks_quickbooks_nothing(world: World) -> None:
    world.cycle()
    world.quickbooks.realm = "4711"
    assert world.cycle()["quickbooks"] == {}


def test_one_refused_invoice_is_held_and_the_others_go_out(world: World) -> None:
    """R10, G5"""
    world.quickbooks.trouble.add("2", CLOSED, times=2)
    assert world.cycle()["quickbooks"] == {"held": 1, "pushed": 2}
    assert world.holds() == {"2": "period_closed"}
    assert world.cycle()["quickbooks"] == {"held": 1}
    assert world.cycle()["quickbooks"] == {"pushed": 1}
    assert world.holds() == {}
    assert sorted(world.quickbooks.writes) == ["1", "2", "3"]


def test_a_refused_invoice_is_tried_again_under_a_new_request_id(world: World) -> None:
    world.quickbooks.trouble.add("2", CLOSED)
    world.cycle()
    world.cycle()
    assert len(set(world.quickbooks.batches)) == 2


def test_an_invoice_that_changed_since_the_plan_returns_to_the_next_plan(world: World) -> None:
    """protocol 3.7, rules 1.5"""
    world.read()
    run = world.run()
    planned = world.planned(run, world.plan())
    world.syncta.add(replace(world.syncta.invoices["2"], version=Version(1)))
    world.read()
    assert world.load(run, planned)["quickbooks"] == {"pushed": 2, "superseded": 1}
    assert world.cycle()["quickbooks"] == {"pushed": 1}


def test_a_batch_refused_as_a_whole_is_sent_one_by_one(world: World) -> None:
    world.quickbooks.trouble.add("batch of 2", RecordRejected("Cannot be read.", "rejected_by_quickbooks"), times=2)
    assert world.cycle()["quickbooks"] == {"held": 1, "pushed": 2}
    assert world.holds() == {"2": "rejected_by_quickbooks"}


def test_a_request_to_slow_down_ends_the_try_and_nothing_is_lost(world: World) -> None:
    world.quickbooks.trouble.add("batch of 1", RateLimited("Slow down.", 60))
    with pytest.raises(RateLimited):
        world.cycle()
    assert world.cycle()["quickbooks"]["pushed"] == 3


def test_a_total_that_quickbooks_computes_otherwise_is_told(world: World) -> None:
    world.syncta.add(syncta_invoice("4", "a", "40.00", tax="4.00"))
    world.syncta.invoices["4"] = replace(
        world.syncta.invoices["4"], lines=tuple(replace(x, taxable=True) for x in world.syncta.invoices["4"].lines)
    )
    world.cycle()
    (pushed,) = [i for i in world.quickbooks.invoices.values() if i.number == "4"]
    assert world.applied(Entity.INVOICE, pushed.id)["returned_total"] == "40.00"


def test_every_push_can_be_traced_to_run_plan_row_and_request(world: World) -> None:
    """G6, protocol 3.3"""
    world.read()
    plan, run = world.plan(), world.run()
    world.load(run, world.planned(run, plan))
    rows = world.outbox(*[row.key for row in plan.rows if row.key])
    for row in rows:
        assert (row.run_id, plan.rows[row.plan_row].key) == (run.run_id, row.key)
        assert row.request_id in world.quickbooks.remembered
        assert row.result["id"] in world.quickbooks.invoices
    assert len(rows) == 3
