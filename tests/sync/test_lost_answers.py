"""Batches whose answer was lost: asked for again, looked up, adopted, or held (rules 3.5, protocol 3.5)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from include.errors import ContractBroken, TemporaryOutage
from include.ledger import links
from include.ledger.database import Ledger
from include.ledger.links import Link
from include.records import Entity
from include.sync.load_quickbooks import load_to_quickbooks
from tests.sync.builders import NOON, customer, syncta_invoice
from tests.sync.remotes import LOST_AFTER, LOST_BEFORE
from tests.sync.world import World


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
    then = dt.datetime.now(dt.UTC) + dt.timedelta(**passed)
    monkeypatch.setattr(Ledger, "now", lambda _: then)


@pytest.mark.parametrize("lost", [LOST_BEFORE, LOST_AFTER])
def test_a_lost_answer_is_asked_for_again_with_the_identical_batch(world: World, lost: TemporaryOutage) -> None:
    """protocol 3.5, rules 3.5"""
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
    """rules 3.5, protocol 3.5"""
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


@pytest.mark.parametrize("was_written", [False, True])
def test_a_fault_that_is_repeated_for_ever_is_looked_up_once_the_first_request_is_over(
    world: World, monkeypatch: pytest.MonkeyPatch, was_written: bool
) -> None:
    """protocol 3.5: QuickBooks may keep a fault of its own under the request id, and repeat it."""
    world.quickbooks.trouble.add("batch of 1", LOST_AFTER if was_written else LOST_BEFORE)
    kept = TemporaryOutage("QuickBooks could not work on it.")
    kept.answered = True
    world.quickbooks.trouble.add("batch of 1", kept, times=2)
    for _ in range(2):
        with pytest.raises(TemporaryOutage):
            world.cycle()
    later(monkeypatch, seconds=151)
    load_without_reading(world)
    world.quickbooks.trouble.faults.clear()
    world.cycle()
    assert sorted(world.quickbooks.writes) == ["1", "2", "3"]
    assert sorted(world.links(Entity.INVOICE).values()) == ["1", "2", "3"]


def test_no_answer_at_all_is_no_such_fault(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.quickbooks.trouble.add("batch of 1", LOST_BEFORE, times=2)
    with pytest.raises(TemporaryOutage):
        world.cycle()
    later(monkeypatch, seconds=151)
    with pytest.raises(TemporaryOutage):
        load_without_reading(world)
    assert world.quickbooks.writes == []


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
    """rules 8.8"""
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
    assert load_without_reading(world) == {"already": 3, "pushed": 3}
    assert len(world.quickbooks.writes) == 3
    assert world.holds() == {}


@pytest.mark.parametrize("kept", [1, 3])
def test_without_numbers_what_quickbooks_kept_of_a_batch_it_forgot_is_not_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    world.company = world.company.model_copy(update={"document_number": "quickbooks_assigns"})
    world.quickbooks.forgetful = True
    world.quickbooks.trouble.add("batch of None", LOST_AFTER)
    with pytest.raises(TemporaryOutage):
        world.cycle()
    world.quickbooks.invoices = dict(list(world.quickbooks.invoices.items())[:kept])
    with pytest.raises(TemporaryOutage):
        load_without_reading(world)
    later(monkeypatch, seconds=151)
    assert load_without_reading(world)["already"] == kept
    world.cycle()
    assert sorted(invoice.note for invoice in world.quickbooks.invoices.values()) == [
        f"[syncta:demo:{number}]" for number in (1, 2, 3)
    ]
