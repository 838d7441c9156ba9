"""Voids in QuickBooks: once, and never something else than was planned for (rules 5, 3.10, protocol 3.5)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from include.errors import RecordRejected, TemporaryOutage
from include.ledger import mirror
from include.ledger.database import Ledger
from include.records import Entity, Invoice, System, Version
from tests.sync.builders import customer, decide, syncta_invoice
from tests.sync.remotes import LOST_AFTER
from tests.sync.world import World

KEY = "demo:void:invoice:i1:g0:1000"
CLOSED = RecordRejected("The period is closed.", "period_closed")


@pytest.fixture
def world(ledger: Ledger, tmp_path: Any) -> World:
    """One invoice went out in `run-1`, as 1000."""
    world = World(ledger, tmp_path)
    world.books_records.append(customer("1", "Ann"))
    world.syncta.add(customer("a", "Ann"), syncta_invoice("i1", "a", "10.00"))
    world.cycle()
    world.syncta.add(syncta_invoice("i2", "a", "20.00"))
    assert world.cycle()["quickbooks"] == {"pushed": 1}
    return world


def change(world: World, **fields: Any) -> None:
    """Somebody changes the invoice in QuickBooks, and the undo has not seen it."""
    there = world.quickbooks.invoices["1000"]
    world.quickbooks.invoices["1000"] = replace(there, version=Version(there.version + 1), **fields)


def undo_unseen(world: World, **fields: Any) -> dict[str, int]:
    """Undo `run-1`, with a change in QuickBooks between plan and load."""
    world.read()
    run = world.undoing()
    planned = world.planned(run, world.undo_plan(run, "run-1", "i1")) | {"approved_by": "Pat"}
    change(world, **fields)
    return world.load(run, planned)["quickbooks"]


def as_mirrored(world: World) -> Invoice | None:
    with world.ledger.reading() as conn:
        found = mirror.get(conn, world.company.scope, System.QUICKBOOKS, Entity.INVOICE, "1000")
    assert found is None or isinstance(found, Invoice)
    return found


def test_5_a_void_is_kept_with_the_end_of_the_link_and_the_hold(world: World) -> None:
    assert world.undo("run-1", "i1")["quickbooks"] == {"voided": 1}
    assert world.quickbooks.invoices["1000"].total == 0
    assert "1000" not in world.links(Entity.INVOICE)
    assert world.holds() == {"i1": "undone_by_person"}
    assert world.outbox(KEY)[0].state == "done"


def test_5_an_invoice_that_changed_on_the_way_is_not_voided_and_the_next_plan_knows_it(world: World) -> None:
    """A stale SyncToken is read again and decided again, once."""
    assert undo_unseen(world, note="Seen by Pat") == {"superseded": 1}
    assert world.quickbooks.invoices["1000"].total == Decimal("10.00")
    assert (as_mirrored(world) or world.quickbooks.invoices["1000"]).note == "Seen by Pat"
    run = world.undoing()
    assert [row.reason for row in world.undo_plan(run, "run-1", "i1").rows] == ["changed_since"]


def test_5_an_invoice_that_somebody_voided_on_the_way_counts_as_done(world: World) -> None:
    assert undo_unseen(world, total=Decimal(0), balance=Decimal(0)) == {"voided": 1}
    assert world.quickbooks.writes == ["i1", "i2"]
    assert world.holds() == {"i1": "undone_by_person"}


def test_5_an_invoice_that_is_gone_is_told_by_the_next_plan(world: World) -> None:
    world.read()
    run = world.undoing()
    planned = world.planned(run, world.undo_plan(run, "run-1", "i1"))
    del world.quickbooks.invoices["1000"]
    assert world.load(run, planned)["quickbooks"] == {"superseded": 1}
    assert [row.reason for row in world.plan().rows if row.source_id == "i1"] == ["gone_in_quickbooks"]


def test_5_a_void_that_quickbooks_refuses_is_held_with_its_reason(world: World) -> None:
    world.quickbooks.trouble.add("void of 1000", CLOSED)
    assert world.undo("run-1", "i1")["quickbooks"] == {"held": 1}
    assert world.holds() == {"i1": "period_closed"}
    assert world.undo("run-1", "i1")["quickbooks"] == {"voided": 1}
    assert world.holds() == {"i1": "undone_by_person"}


def test_an_invoice_that_cannot_be_read_after_a_refusal_is_held_and_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G5"""
    unreadable = RecordRejected("It cannot be read.", "money_unreadable")

    def read(_id: str) -> None:
        raise unreadable

    monkeypatch.setattr(world.quickbooks, "read_invoice", read)
    world.quickbooks.trouble.add("void of 1000", CLOSED)
    world.undo("run-1")
    assert world.holds() == {"i1": "money_unreadable"}


def test_a_lost_answer_is_asked_for_again_under_its_own_id(world: World) -> None:
    """protocol 3.5"""
    world.quickbooks.trouble.add("void of 1000", LOST_AFTER)
    with pytest.raises(TemporaryOutage):
        world.undo("run-1", "i1")
    assert world.outbox(KEY)[0].state == "sent"
    assert world.cycle()["quickbooks"] == {"voided": 1}
    assert world.quickbooks.writes == ["i1", "i2", "void i1"]
    assert world.holds() == {"i1": "undone_by_person"}


def test_an_answer_that_is_no_longer_repeated_is_seen_in_the_books(world: World) -> None:
    """protocol 3.5"""
    world.quickbooks.trouble.add("void of 1000", LOST_AFTER)
    with pytest.raises(TemporaryOutage):
        world.undo("run-1", "i1")
    world.quickbooks.forgetful = True
    assert world.cycle()["quickbooks"] == {"voided": 1}
    assert world.quickbooks.writes == ["i1", "i2", "void i1"]


def test_whoever_finishes_it_the_decision_names_the_undo_and_who_approved_it(world: World) -> None:
    """G6"""
    world.quickbooks.trouble.add("void of 1000", LOST_AFTER)
    with pytest.raises(TemporaryOutage):
        world.undo("run-1", "i1")
    world.cycle()
    (noted,) = world.decided("undone")
    assert (noted.record_id, noted.target_id, noted.decided_by) == ("i1", "1000", "Pat")
    assert noted.note == "run-1 undone by run-3"


def test_3_10_a_decided_void_keeps_its_link_and_notes_no_undo(world: World) -> None:
    """R13"""
    del world.syncta.invoices["i1"]
    world.read()
    world.decide(decide("void", Entity.INVOICE, System.SYNCTA, "i1", "1000"))
    assert world.cycle()["quickbooks"] == {"voided": 1}
    assert world.links(Entity.INVOICE)["1000"] == "i1"
    assert (world.holds(), world.decided("undone")) == ({}, [])
