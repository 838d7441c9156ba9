"""Invoices to QuickBooks: each once, whatever is lost, refused or looked up (R9, R10, rules 3.5, protocol 3.3–3.5)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from include.errors import ContractBroken, RateLimited, RecordRejected, TemporaryOutage, WrongCompany
from include.ledger import links
from include.ledger.database import Ledger
from include.ledger.links import Link
from include.records import Entity, Version
from include.sync import lost_answers
from include.sync.load_quickbooks import load_to_quickbooks
from tests.sync.builders import NOON, customer, syncta_invoice
from tests.sync.remotes import LOST_AFTER, LOST_BEFORE
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


def later(monkeypatch: pytest.MonkeyPatch, **passed: float) -> None:
    """Let time pass for whoever judges lost answers."""
    then = lost_answers.now() + dt.timedelta(**passed)
    monkeypatch.setattr(lost_answers, "now", lambda: then)


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
    world.company = world.company.model_copy(update={"batch_size": 2})
    world.cycle()
    assert len(world.quickbooks.batches) == 2
    assert world.quickbooks.writes == ["1", "2", "3"]


def test_other_books_than_the_settings_name_are_not_written_to(world: World) -> None:
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
    world.read()
    run = world.run()
    planned = world.planned(run, world.plan())
    world.syncta.add(replace(world.syncta.invoices["2"], version=Version(1)))
    world.read()
    assert world.load(run, planned)["quickbooks"] == {"pushed": 2, "superseded": 1}
    assert world.cycle()["quickbooks"] == {"pushed": 1}


@pytest.mark.parametrize("lost", [LOST_BEFORE, LOST_AFTER])
def test_a_lost_answer_is_asked_for_again_with_the_identical_batch(world: World, lost: TemporaryOutage) -> None:
    world.quickbooks.trouble.add("batch of 2", lost)
    world.read()
    run = world.run()
    planned = world.planned(run, world.plan())
    with pytest.raises(TemporaryOutage):
        world.load(run, planned)
    counts = world.load(run, planned)["quickbooks"]
    assert (counts["pushed"], counts["already"]) == (3, 3)
    assert len(world.quickbooks.batches) == 2
    assert len(set(world.quickbooks.batches)) == 1
    assert world.quickbooks.writes == ["1", "2", "3"]


def test_a_lost_batch_is_asked_for_again_even_if_the_plan_no_longer_has_it(world: World) -> None:
    world.quickbooks.trouble.add("batch of 2", LOST_AFTER)
    with pytest.raises(TemporaryOutage):
        world.cycle()
    run = world.run()
    assert world.load(run, world.planned(run, []))["quickbooks"] == {"pushed": 3}


def test_a_lost_batch_that_the_next_reading_found_by_its_marks_is_settled(world: World) -> None:
    world.quickbooks.trouble.add("batch of 2", LOST_AFTER)
    with pytest.raises(TemporaryOutage):
        world.cycle()
    result = world.cycle()
    assert result["ledger"]["linked"] == 3
    assert result["quickbooks"] == {"pushed": 3}
    assert world.applied(Entity.INVOICE, "1000")["lines"]
    assert world.cycle()["quickbooks"] == {}
    assert world.quickbooks.writes == ["1", "2", "3"]


def test_a_lost_batch_does_not_stop_the_other_batches(world: World) -> None:
    world.company = world.company.model_copy(update={"batch_size": 1})
    world.quickbooks.trouble.add("batch of 1", LOST_BEFORE, times=2)
    for _ in range(2):
        with pytest.raises(TemporaryOutage):
            world.cycle()
        assert world.quickbooks.writes == ["2", "3"]
    assert world.cycle()["quickbooks"]["pushed"] == 1


def test_a_batch_refused_as_a_whole_is_sent_one_by_one(world: World) -> None:
    world.quickbooks.trouble.add("batch of 2", RecordRejected("Cannot be read.", "rejected_by_quickbooks"), times=2)
    assert world.cycle()["quickbooks"] == {"held": 1, "pushed": 2}
    assert world.holds() == {"2": "rejected_by_quickbooks"}


def test_a_request_to_slow_down_ends_the_try_and_nothing_is_lost(world: World) -> None:
    world.quickbooks.trouble.add("batch of 1", RateLimited("Slow down.", 60))
    with pytest.raises(RateLimited):
        world.cycle()
    assert world.cycle()["quickbooks"]["pushed"] == 3


def lose_the_answer(world: World) -> None:
    """All three are in QuickBooks, but the answer is lost and QuickBooks forgets the request."""
    world.quickbooks.trouble.add("batch of 1", LOST_AFTER)
    world.read()
    run = world.run()
    with pytest.raises(TemporaryOutage):
        world.load(run, world.planned(run, world.plan()))
    world.quickbooks.forgetful = True


def load_without_reading(world: World) -> dict[str, int]:
    """The next try: no reading in between tells what is in QuickBooks."""
    run = world.run()
    return world.load(run, world.planned(run, world.plan()))["quickbooks"]


def test_a_number_taken_by_our_own_lost_invoice_is_no_verdict_while_quickbooks_may_be_working(world: World) -> None:
    lose_the_answer(world)
    with pytest.raises(TemporaryOutage, match="still be working"):
        load_without_reading(world)
    assert world.links(Entity.INVOICE) == {}


def test_after_that_our_own_invoices_are_adopted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_the_answer(world)
    later(monkeypatch, seconds=200)
    assert load_without_reading(world)["pushed"] == 3
    assert len(world.links(Entity.INVOICE)) == 3
    assert world.quickbooks.writes == ["1", "2", "3"]


def test_an_answer_lost_long_ago_is_looked_up_not_repeated(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_the_answer(world)
    later(monkeypatch, hours=13)
    assert load_without_reading(world)["pushed"] == 3
    assert len(world.quickbooks.batches) == 1


def test_what_never_arrived_is_sent_again_after_the_look_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.quickbooks.trouble.add("batch of 1", LOST_BEFORE)
    with pytest.raises(TemporaryOutage):
        world.cycle()
    later(monkeypatch, hours=13)
    assert load_without_reading(world) == {"pushed": 3, "superseded": 3}
    assert world.quickbooks.writes == ["1", "2", "3"]


@pytest.mark.parametrize(
    "difference", [{"total": Decimal("11.00")}, {"customer_id": "2"}, {"date": dt.date(2026, 10, 9)}]
)
def test_our_mark_with_other_facts_is_held_for_a_person(
    world: World, monkeypatch: pytest.MonkeyPatch, difference: dict[str, object]
) -> None:
    lose_the_answer(world)
    world.quickbooks.invoices["1000"] = replace(world.quickbooks.invoices["1000"], **difference)
    later(monkeypatch, seconds=200)
    assert load_without_reading(world) == {"already": 2, "held": 1, "pushed": 2}
    assert world.holds() == {"1": "maybe_sent"}
    assert world.quickbooks.writes == ["1", "2", "3"]


def test_a_number_that_a_manual_invoice_took_is_held(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lose_the_answer(world)
    world.quickbooks.invoices["1000"] = replace(world.quickbooks.invoices["1000"], note="typed in")
    later(monkeypatch, seconds=200)
    load_without_reading(world)
    assert world.holds() == {"1": "number_taken"}


def test_a_call_refused_as_a_whole_after_a_lost_answer_is_looked_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_answer(world)
    world.quickbooks.trouble.add("batch of 1", ContractBroken("Duplicate request id."))
    later(monkeypatch, seconds=200)
    assert load_without_reading(world)["pushed"] == 3


def test_an_invoice_deleted_since_its_answer_was_lost_is_not_taken_for_there(world: World) -> None:
    world.quickbooks.trouble.add("batch of 1", LOST_AFTER)
    world.read()
    run = world.run()
    planned = world.planned(run, world.plan())
    with pytest.raises(TemporaryOutage):
        world.load(run, planned)
    del world.quickbooks.invoices["1001"]
    world.load(run, planned)
    told = {(row.source_id, row.reason) for row in world.plan().rows}
    assert told == {("2", "gone_in_quickbooks")}


def test_a_total_that_quickbooks_computes_otherwise_is_told(world: World) -> None:
    world.syncta.add(syncta_invoice("4", "a", "40.00", tax="4.00"))
    world.syncta.invoices["4"] = replace(
        world.syncta.invoices["4"], lines=tuple(replace(x, taxable=True) for x in world.syncta.invoices["4"].lines)
    )
    world.cycle()
    (pushed,) = [i for i in world.quickbooks.invoices.values() if i.number == "4"]
    assert world.applied(Entity.INVOICE, pushed.id)["returned_total"] == "40.00"


def test_every_push_can_be_traced_to_run_plan_row_and_request(world: World) -> None:
    world.read()
    plan, run = world.plan(), world.run()
    world.load(run, world.planned(run, plan))
    rows = world.outbox(*[row.key for row in plan.rows if row.key])
    for row in rows:
        assert (row.run_id, plan.rows[row.plan_row].key) == (run.run_id, row.key)
        assert row.request_id in world.quickbooks.remembered
        assert row.result["id"] in world.quickbooks.invoices
    assert len(rows) == 3


def test_a_lost_batch_whose_invoice_a_person_linked_elsewhere_is_told(world: World) -> None:
    world.quickbooks.trouble.add("batch of 1", LOST_AFTER)
    with pytest.raises(TemporaryOutage):
        world.cycle()
    with world.ledger.writing() as conn:
        links.add(conn, world.company.scope, Link(Entity.INVOICE, "77", "2", "decision", {}, "person", NOON))
    run = world.run()
    counts = load_to_quickbooks(run, world.planned(run, []), world.quickbooks)
    assert counts == {"held": 1, "pushed": 2}
    assert world.holds() == {"2": "maybe_sent"}
    assert world.links(Entity.INVOICE)["77"] == "2"


def test_without_numbers_what_was_lost_long_ago_is_not_sent_again_unseen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.company = world.company.model_copy(update={"document_number": "quickbooks_assigns"})
    world.quickbooks.trouble.add("batch of None", LOST_AFTER)
    world.read()
    run = world.run()
    with pytest.raises(TemporaryOutage):
        world.load(run, world.planned(run, world.plan()))
    later(monkeypatch, hours=13)
    assert load_without_reading(world) == {"held": 3}
    assert set(world.holds().values()) == {"maybe_sent"}
    assert world.cycle()["ledger"]["linked"] == 3
    assert len(world.quickbooks.writes) == 3
    assert world.holds() == {}
