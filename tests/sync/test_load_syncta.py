"""Writes to Syncta: each once, the right ones, whatever is lost on the way (R1–R7, R12, protocol 3.6)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from include.errors import (
    RecordRejected,
    StaleRecord,
    TemporaryOutage,
)
from include.ledger import links
from include.ledger.database import Ledger
from include.ledger.links import Link
from include.records import Entity, Version
from include.sync.load_syncta import load_to_syncta
from include.sync.rows import Action
from tests.sync.builders import NOON, STREET, customer, payment, syncta_invoice
from tests.sync.remotes import LOST_AFTER
from tests.sync.world import World

REFUSED = RecordRejected("Syncta refused it.", "email_invalid", "422")


@pytest.fixture
def world(ledger: Ledger, tmp_path: Path) -> World:
    return World(ledger, tmp_path)


def in_quickbooks(world: World, *names: str) -> None:
    for number, name in enumerate(names, start=1):
        world.books_records.append(customer(str(number), name))


def names(world: World) -> list[str]:
    return sorted(customer.name for customer in world.syncta.customers.values() if customer.id != "by")


def test_a_customer_arrives_with_all_fields_and_is_linked(world: World) -> None:
    mails = ("a@example.test", "b@example.test")
    world.books_records.append(customer("1", " Nick  Brown ", phone="555", emails=mails, address=STREET))
    assert world.cycle()["syncta"] == {"created": 1}
    made = world.syncta.customers["new-1"]
    assert (made.name, made.phone, made.emails, made.address) == (" Nick  Brown ", "555", mails, STREET)
    assert (made.external_id, made.parent_id) == ("1", "")
    assert world.links(Entity.CUSTOMER) == {"1": made.id}
    assert world.applied(Entity.CUSTOMER, "1")["name"] == " Nick  Brown "


def test_a_second_run_writes_nothing(world: World) -> None:
    in_quickbooks(world, "Ann", "Bob")
    world.cycle()
    assert world.cycle()["syncta"] == {}
    assert world.syncta.writes == [("create", "Ann"), ("create", "Bob")]


def test_the_same_plan_again_writes_nothing(world: World) -> None:
    in_quickbooks(world, "Ann")
    world.read()
    run = world.run()
    planned = world.planned(run, world.plan())
    world.load(run, planned)
    assert world.load(run, planned)["syncta"] == {"already": 1}
    assert len(world.syncta.writes) == 1


def test_parents_come_before_children_at_any_depth(world: World) -> None:
    """R7"""
    world.books_records += [
        customer("9", "Top"),
        customer("5", "Middle", parent_id="9"),
        customer("1", "Leaf", parent_id="5"),
    ]
    assert world.cycle()["syncta"] == {"created": 3}
    parent = {c.name: world.syncta.customers[c.parent_id].name for c in world.syncta.customers.values() if c.parent_id}
    assert parent == {"Leaf": "Middle", "Middle": "Top"}


def test_two_children_of_one_name_under_two_parents_are_both_created(world: World) -> None:
    world.books_records += [
        customer("1", "North"),
        customer("2", "South"),
        customer("3", "Pool", parent_id="1"),
        customer("4", "Pool", parent_id="2"),
    ]
    assert world.cycle()["syncta"] == {"created": 4}
    assert world.cycle()["syncta"] == {}


def test_children_of_a_refused_parent_wait_and_follow_once_it_is_mended(world: World) -> None:
    world.books_records += [customer("1", "Top"), customer("2", "Leaf", parent_id="1"), customer("3", "Other")]
    world.syncta.trouble.add("Top", REFUSED)
    assert world.cycle()["syncta"] == {"created": 1, "held": 1, "waiting": 1}
    assert world.holds() == {"1": "email_invalid"}
    assert world.cycle()["syncta"] == {"created": 2}
    assert world.holds() == {}


def test_a_customer_typed_in_since_the_plan_is_matched_not_doubled(world: World) -> None:
    """protocol 3.6"""
    in_quickbooks(world, "Ann")
    world.read()
    run = world.run()
    planned = world.planned(run, world.plan())
    world.syncta.add(customer("typed", "Ann"))
    assert world.load(run, planned)["syncta"] == {"superseded": 1}
    world.cycle()
    assert names(world) == ["Ann"]
    assert world.links(Entity.CUSTOMER) == {"1": "typed"}


@pytest.mark.parametrize("other", [{"active": False}, {"name": "ann"}])
def test_an_inactive_namesake_or_another_spelling_does_not_stop_a_create(
    world: World, other: dict[str, object]
) -> None:
    in_quickbooks(world, "Ann")
    world.read()
    run = world.run()
    planned = world.planned(run, world.plan())
    world.syncta.add(customer("old", **{"name": "Ann", **other}))
    assert world.load(run, planned)["syncta"] == {"created": 1}


def test_a_customer_that_changed_in_quickbooks_since_the_plan_returns_to_the_next_plan(world: World) -> None:
    in_quickbooks(world, "Ann", "Bob")
    world.read()
    run = world.run()
    planned = world.planned(run, world.plan())
    world.books_records[1] = customer("1", "Anne", version=Version(1))
    world.read()
    assert world.load(run, planned)["syncta"] == {"created": 1, "superseded": 1}
    world.cycle()
    assert names(world) == ["Anne", "Bob"]


def linked_and_changed(world: World) -> None:
    """Ann is linked; then her name and phone change in QuickBooks."""
    in_quickbooks(world, "Ann")
    world.syncta.add(customer("a", "Ann", phone="1", version=Version(4)))
    world.cycle()
    world.books_records[1] = customer("1", "Anne", phone="2", version=Version(1))
    world.read()


def test_a_change_flows_and_what_it_overwrote_is_kept(world: World) -> None:
    """R5, rules 2.5"""
    linked_and_changed(world)
    assert world.cycle()["syncta"] == {"updated": 1}
    ann = world.syncta.customers["a"]
    assert (ann.name, ann.phone, ann.version) == ("Anne", "2", 5)
    assert world.applied(Entity.CUSTOMER, "1")["phone"] == "2"
    assert world.overwritten() == {("a", "name", "Ann", "Anne"), ("a", "phone", "1", "2")}
    assert world.cycle()["syncta"] == {}


def test_a_customer_that_changed_in_syncta_meanwhile_is_not_overwritten_unseen(world: World) -> None:
    """protocol 3.7"""
    linked_and_changed(world)
    run = world.run()
    planned = world.planned(run, world.plan())
    world.syncta.add(replace(world.syncta.customers["a"], phone="3", version=Version(5)))
    assert world.load(run, planned)["syncta"] == {"superseded": 1}
    assert world.syncta.customers["a"].phone == "3"
    assert world.cycle()["syncta"] == {"updated": 1}
    assert world.overwritten() == {("a", "name", "Ann", "Anne"), ("a", "phone", "3", "2")}


def test_an_update_of_a_customer_unlinked_meanwhile_is_not_made(world: World) -> None:
    linked_and_changed(world)
    run = world.run()
    planned = world.planned(run, world.plan())
    with world.ledger.writing() as conn:
        links.end(conn, world.company.scope, Entity.CUSTOMER, "1", "a person unlinked it")
    assert load_to_syncta(run, planned, world.syncta) == {"superseded": 1}
    assert world.syncta.writes == []


def paid_invoice(world: World) -> str:
    """An invoice pushed and paid in QuickBooks; its QuickBooks id."""
    in_quickbooks(world, "Ann")
    world.syncta.add(customer("a", "Ann"), syncta_invoice("i1", "a"))
    world.cycle()
    (pushed,) = world.quickbooks.invoices.values()
    world.quickbooks.invoices[pushed.id] = replace(pushed, balance=Decimal(0), version=Version(1))
    world.books_records.append(payment("p1", pushed.id, "75.00", reference="check 12"))
    world.read()
    return pushed.id


def test_a_paid_invoice_is_marked_once_with_date_and_reference(world: World) -> None:
    quickbooks_id = paid_invoice(world)
    assert world.cycle()["syncta"] == {"marked_paid": 1}
    invoice = world.syncta.invoices["i1"]
    assert (invoice.status, str(invoice.paid_on), invoice.paid_reference) == ("paid", "2026-10-20", "check 12")
    applied = world.applied(Entity.INVOICE, quickbooks_id)
    assert applied["paid"]["settled_by"] == ["p1"]
    assert applied["total"] == "75.00"
    assert world.cycle()["syncta"] == {}
    assert world.syncta.writes == [("mark_paid", "i1")]


@pytest.mark.parametrize("gone", [False, True])
def test_an_invoice_that_changed_or_vanished_in_syncta_is_not_marked(world: World, gone: bool) -> None:
    paid_invoice(world)
    run = world.run()
    planned = world.planned(run, world.plan())
    invoice = world.syncta.invoices.pop("i1")
    if not gone:
        world.syncta.add(replace(invoice, version=Version(9)))
    assert world.load(run, planned)["syncta"] == {"superseded": 1}
    assert world.holds() == {}


def test_a_stale_answer_at_the_system_itself_is_no_hold(world: World) -> None:
    in_quickbooks(world, "Ann")
    world.syncta.trouble.add("Ann", StaleRecord("Its parent is gone."))
    assert world.cycle()["syncta"] == {"superseded": 1}
    assert world.holds() == {}
    assert world.cycle()["syncta"] == {"created": 1}


def test_every_write_can_be_traced_to_run_plan_row_and_request(world: World) -> None:
    """G6, protocol 3.3"""
    in_quickbooks(world, "Ann", "Bob")
    world.read()
    plan = world.plan()
    run = world.run()
    world.load(run, world.planned(run, plan))
    for row in world.outbox(*[r.key for r in plan.with_action(Action.CREATE)]):
        assert row.run_id == run.run_id
        assert plan.rows[row.plan_row].key == row.key
        assert row.request_id in world.syncta.answers
        assert row.result["id"] in world.syncta.customers


def test_an_update_whose_answer_was_lost_links_nothing_that_a_person_unlinked(world: World) -> None:
    linked_and_changed(world)
    world.syncta.trouble.add("a", LOST_AFTER)
    with pytest.raises(TemporaryOutage):
        world.cycle()
    with world.ledger.writing() as conn:
        links.end(conn, world.company.scope, Entity.CUSTOMER, "1", "a person unlinked it")
    run = world.run()
    assert load_to_syncta(run, world.planned(run, []), world.syncta) == {"updated": 1}
    assert world.links(Entity.CUSTOMER) == {}


def test_a_create_whose_answer_was_lost_leaves_a_persons_link_alone(world: World) -> None:
    in_quickbooks(world, "Ann")
    world.syncta.trouble.add("Ann", LOST_AFTER)
    with pytest.raises(TemporaryOutage):
        world.cycle()
    with world.ledger.writing() as conn:
        links.add(conn, world.company.scope, Link(Entity.CUSTOMER, "1", "by", "decision", {}, "person", NOON))
    run = world.run()
    assert load_to_syncta(run, world.planned(run, []), world.syncta) == {"held": 1}
    assert world.links(Entity.CUSTOMER) == {"1": "by"}
    assert world.holds() == {"1": "name_linked_elsewhere"}
