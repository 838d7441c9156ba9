"""Rules 5: an undo that is loaded, with a real ledger: what ends last, what a load may refuse, who is on record."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from include.errors import UndoRefused
from include.ledger import mirror, outbox, runs
from include.ledger.database import Ledger
from include.records import Entity, System, Version
from include.sync.loading import now
from include.sync.rows import Action
from include.sync.undo.deeds import deeds_of
from include.sync.undone import keep_gone
from tests.sync.builders import customer, payment, quickbooks_invoice, syncta_invoice
from tests.sync.remotes import LOST_BEFORE
from tests.sync.world import World

SEPTEMBER = syncta_invoice("h", "a").created_at.replace(month=9)


@pytest.fixture
def world(ledger: Ledger, tmp_path: Any) -> World:
    """In `run-1` Ann was linked, her paid invoice from before go-live linked and marked as paid, and one pushed."""
    world = World(ledger, tmp_path)
    date = SEPTEMBER.date()
    theirs = quickbooks_invoice("900", "1", "5.00", "0", number="H", date=date, settled_by=("p1",))
    world.books_records += [customer("1", "Ann"), payment("p1", "900", "5.00", reference="CHK")]
    world.quickbooks.invoices["900"] = replace(theirs, balance=theirs.total - theirs.total)
    world.syncta.add(customer("a", "Ann"), syncta_invoice("h", "a", "5.00", number="H", ready_at=SEPTEMBER, date=date))
    world.syncta.add(syncta_invoice("i", "a", "10.00"))
    counts = world.cycle()
    assert (counts["syncta"], counts["quickbooks"]) == ({"marked_paid": 1}, {"pushed": 1})
    return world


def test_5_a_first_sync_is_taken_back_with_its_paid_marks(world: World) -> None:
    """A mark is found by its link: were that ended first, the invoice would stay marked for ever."""
    counts = world.undo("run-1")
    assert counts == {"syncta": {"reopened": 1}, "quickbooks": {"voided": 1}, "ledger": {"unlinked": 2}}
    assert world.syncta.invoices["h"].status == "unpaid"
    assert (world.links(Entity.CUSTOMER), world.links(Entity.INVOICE)) == ({}, {})
    assert world.holds() == {"1": "undone_by_person", "h": "undone_by_person", "i": "undone_by_person"}


def test_5_whoever_approved_it_is_on_record_for_every_record(world: World) -> None:
    """G6"""
    world.undo("run-1")
    noted = world.decided("undone")
    assert {(one.record_id, one.decided_by, one.note) for one in noted} == {
        (record, "Pat", "run-1 undone by run-2") for record in ("1", "h", "i")
    }


def test_5_a_mark_that_could_not_be_taken_back_keeps_its_link_and_its_customers(world: World) -> None:
    """protocol 3.7: Syncta changed the invoice between plan and load."""
    world.read()
    run = world.undoing()
    planned = world.planned(run, world.undo_plan(run, "run-1"))
    marked = world.syncta.invoices["h"]
    world.syncta.invoices["h"] = replace(marked, version=Version(marked.version + 1))
    counts = world.load(run, planned)
    assert (counts["syncta"], counts["ledger"]) == ({"superseded": 1}, {"superseded": 2})
    assert (world.links(Entity.CUSTOMER), world.links(Entity.INVOICE)) == ({"1": "a"}, {"900": "h"})


def test_5_an_invoice_that_could_not_be_voided_keeps_its_customers_link(world: World) -> None:
    world.read()
    run = world.undoing()
    planned = world.planned(run, world.undo_plan(run, "run-1"))
    (sent,) = [one for one in world.quickbooks.invoices.values() if one.number == "i"]
    world.quickbooks.invoices[sent.id] = replace(sent, version=Version(1), emailed=True)
    counts = world.load(run, planned)
    assert counts == {
        "syncta": {"reopened": 1},
        "quickbooks": {"superseded": 1},
        "ledger": {"superseded": 1, "unlinked": 1},
    }
    assert (world.links(Entity.CUSTOMER), world.links(Entity.INVOICE)) == ({"1": "a"}, {sent.id: "i"})


def test_the_end_of_the_links_may_be_loaded_twice(world: World) -> None:
    """protocol 4.6, rules 1.5: what the undo has noted of itself does not stop the rest of it."""
    world.read()
    run = world.undoing()
    planned = world.planned(run, world.undo_plan(run, "run-1")) | {"made_at": SEPTEMBER.isoformat()}
    assert world.load(run, planned)["ledger"] == world.load(run, planned)["ledger"] == {"unlinked": 2}
    assert len(world.decided("undone")) == 3


def test_a_record_is_gone_although_its_systems_clock_is_ahead_of_ours(world: World) -> None:
    """G3: a deletion noted with an earlier time than the last change would be none."""
    ahead = customer("c", "Cy", updated_at=now() + dt.timedelta(hours=1))
    scope, side = world.company.scope, (System.SYNCTA, Entity.CUSTOMER)
    with world.ledger.writing() as conn:
        mirror.upsert(conn, scope, System.SYNCTA, [ahead], Entity.CUSTOMER, SEPTEMBER)
        keep_gone(conn, scope, *side, "c")
        assert "c" in mirror.deleted_ids(conn, scope, *side)


def test_5_what_was_taken_back_stays_so_and_is_told_by_every_run(world: World) -> None:
    """G1"""
    world.undo("run-1")
    written = (list(world.syncta.writes), list(world.quickbooks.writes))
    for _ in range(2):
        world.cycle()
        assert (world.syncta.writes, world.quickbooks.writes) == written
        # The customer has no partner now, but each invoice says first that a person took it back.
        assert world.holds() == {"1": "undone_by_person", "h": "undone_by_person", "i": "undone_by_person"}


def test_a_push_whose_answer_is_lost_is_told_and_undone_by_the_next_undo(world: World) -> None:
    world.syncta.add(syncta_invoice("j", "a", "20.00"))
    world.quickbooks.trouble.add("batch of j", LOST_BEFORE)
    with pytest.raises(type(LOST_BEFORE)):
        world.cycle()
    plan = world.undo_plan(world.undoing(), "run-2")
    assert [(row.source_id, row.reason) for row in plan.with_action(Action.SKIP)] == [("j", "outcome_unclear")]
    assert world.undo("run-2")["quickbooks"] == {"pushed": 1}
    assert world.undo("run-2")["quickbooks"] == {"voided": 1}


def test_an_undo_of_nothing_known_and_of_an_undo_is_refused(world: World) -> None:
    with pytest.raises(UndoRefused, match="no run nobody"):
        world.undo("nobody")
    world.undo("run-1", "i")
    with pytest.raises(UndoRefused, match="was an undo itself"):
        world.undo(f"run-{world.runs}")


def test_a_run_is_found_although_an_undo_bears_the_same_id(world: World) -> None:
    """People name runs as they like, and the two are of different DAGs."""
    run = replace(world.undoing(), run_id="run-1")
    world.planned(run, world.undo_plan(run, "run-1"))
    assert len(deeds_of(run, "run-1").writes) == 2
    assert len(deeds_of(world.undoing(), "run-1").writes) == 2


def test_what_an_undo_of_the_same_id_wrote_is_none_of_the_runs_deeds(world: World) -> None:
    world.read()
    run = replace(world.undoing(), run_id="run-1")
    world.load(run, world.planned(run, world.undo_plan(run, "run-1", "i")))
    with world.ledger.reading() as conn:
        written = [row.action for row in outbox.of_run(conn, run.scope, "run-1")]
    assert "void" in written
    assert "void" not in [row.action for row in deeds_of(world.undoing(), "run-1").writes]


def test_a_run_that_has_not_ended_is_known_as_such(world: World) -> None:
    run = world.undoing()
    assert not deeds_of(run, "run-1").ended
    with world.ledger.writing() as conn:
        runs.finish(conn, run.scope, "sync.demo", "run-1", "success", {}, "", "", SEPTEMBER)
    assert deeds_of(run, "run-1").ended
