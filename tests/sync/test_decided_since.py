"""Rules 1.5: a plan may wait for its approval for days; what people decided since goes before it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from include.ledger import decisions
from include.ledger.database import Ledger
from include.ledger.decisions import Decision, Verb
from include.records import Entity, System
from tests.sync.builders import NOON, customer, syncta_invoice
from tests.sync.world import World

LATER, BEFORE = NOON + dt.timedelta(hours=1), NOON - dt.timedelta(hours=1)
INVOICE, CUSTOMER = ("invoice", "syncta", "i"), ("customer", "quickbooks", "1")


@pytest.fixture
def world(ledger: Ledger, tmp_path: Path) -> World:
    """A linked customer with two invoices to push, and one to create."""
    world = World(ledger, tmp_path)
    world.books_records += [customer("1", "Ann"), customer("2", "Bob")]
    world.syncta.add(customer("a", "Ann"))
    world.cycle()
    world.syncta.add(syncta_invoice("i", "a"), syncta_invoice("j", "a", "80.00"))
    world.books_records.append(customer("3", "New"))
    world.read()
    return world


def loaded_after(world: World, *made: Decision) -> dict[str, dict[str, int]]:
    """The plan made at noon is loaded after these decisions."""
    run, plan = world.run(), world.plan()
    planned: dict[str, Any] = {**world.planned(run, plan), "made_at": NOON.isoformat()}
    with world.ledger.writing() as conn:
        for one in made:
            decisions.record(conn, world.company.scope, one)
    return world.load(run, planned)


def never(subject: tuple[str, str, str], at: dt.datetime, verb: Verb = Verb.NEVER) -> Decision:
    return Decision(verb, *subject, "Pat", at)


def test_1_5_an_invoice_that_somebody_decided_about_since_the_plan_does_not_go_out(world: World) -> None:
    counts = loaded_after(world, never(INVOICE, LATER))
    assert (counts["quickbooks"], world.quickbooks.writes) == ({"pushed": 1, "superseded": 1}, ["j"])


def test_1_5_a_customer_that_somebody_decided_about_since_is_not_created_and_gets_no_invoices(world: World) -> None:
    excluded = never(("customer", "quickbooks", "3"), LATER, Verb.EXCLUDE)
    unlinked = never(CUSTOMER, LATER, Verb.UNLINK)
    counts = loaded_after(world, excluded, unlinked)
    assert (counts["syncta"], counts["quickbooks"]) == ({"superseded": 1}, {"superseded": 2})


@pytest.mark.parametrize("made", [never(INVOICE, BEFORE), never(INVOICE, LATER, Verb.NOTE)])
def test_what_the_plan_knew_and_mere_notes_stop_nothing(world: World, made: Decision) -> None:
    assert loaded_after(world, made)["quickbooks"] == {"pushed": 2}


def test_the_target_of_a_decision_counts_and_so_does_one_taken_back(world: World) -> None:
    scope = world.company.scope
    link = Decision(Verb.LINK, *CUSTOMER, "Pat", BEFORE, target_id="a")
    with world.ledger.writing() as conn:
        decisions.record(conn, scope, link)
        assert decisions.since(conn, scope, NOON) == frozenset()
        decisions.end(conn, scope, link.topic, link.subject, "taken back", LATER)
        found = decisions.since(conn, scope, NOON)
    assert found == {CUSTOMER, (Entity.CUSTOMER.value, System.SYNCTA.value, "a")}


def test_what_undo_notes_of_itself_does_not_stop_the_rest_of_the_undo(world: World) -> None:
    """Also where it takes the place of an earlier decision."""
    scope = world.company.scope
    with world.ledger.writing() as conn:
        decisions.record(conn, scope, Decision(Verb.LINK, *CUSTOMER, "Pat", BEFORE, target_id="a"))
        decisions.record(conn, scope, Decision(Verb.UNDONE, *CUSTOMER, "undo", LATER, target_id="a"))
        assert decisions.since(conn, scope, NOON, but_for=[Verb.UNDONE]) == frozenset()


def test_5_a_plan_that_waited_while_its_record_was_undone_does_not_do_it_again(world: World) -> None:
    """rules 5, 1.5"""
    undone = Decision(Verb.UNDONE, "customer", "quickbooks", "3", "Pat", LATER, target_id="gone")
    assert loaded_after(world, undone)["syncta"] == {"superseded": 1}
    assert "New" not in [one.name for one in world.syncta.customers.values()]
