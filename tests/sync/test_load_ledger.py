"""The ledger's own part of a plan: links one to one, balances, and what is told to people (R4, R6, R10)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from include.errors import PlanChanged, StopAndLook
from include.ledger import findings, pairs
from include.ledger.database import Ledger
from include.records import Entity, Scope, System, Version
from include.sync.load_ledger import load_to_ledger
from include.sync.rows import Action, Plan, PlanRow
from tests.sync.builders import customer, payment, syncta_invoice
from tests.sync.world import World


@pytest.fixture
def world(ledger: Ledger, tmp_path: Path) -> World:
    return World(ledger, tmp_path)


def with_customers(world: World, *pairs_of_ids: tuple[str, str]) -> None:
    """Customers of the same name on both sides."""
    for quickbooks_id, syncta_id in pairs_of_ids:
        world.books_records.append(customer(quickbooks_id, f"Customer {quickbooks_id}"))
        world.syncta.add(customer(syncta_id, f"Customer {quickbooks_id}"))
    world.read()


def load(world: World, plan: Plan | list[PlanRow]) -> dict[str, int]:
    run = world.run()
    return load_to_ledger(run, world.planned(run, plan))


def hold(record_id: str, reason: str = "ambiguous_name", amount: str | None = None) -> PlanRow:
    return PlanRow(
        Action.HOLD,
        Entity.CUSTOMER,
        System.QUICKBOOKS,
        record_id,
        reason=reason,
        text="Do something.",
        amount=Decimal(amount) if amount else None,
    )


def test_links_are_made_and_made_once(world: World) -> None:
    with_customers(world, ("1", "a"), ("2", "b"))
    plan = world.plan()
    assert load(world, plan)["linked"] == 2
    assert load(world, plan)["linked"] == 2
    assert world.links(Entity.CUSTOMER) == {"1": "a", "2": "b"}


def test_a_link_whose_record_changed_since_the_plan_returns_to_the_next_plan(world: World) -> None:
    with_customers(world, ("1", "a"), ("2", "b"))
    plan = world.plan()
    world.syncta.add(replace(world.syncta.customers["a"], name="Somebody else", version=Version(1)))
    world.read()
    counts = load(world, plan)
    assert (counts["linked"], counts["superseded"]) == (1, 1)
    assert world.links(Entity.CUSTOMER) == {"2": "b"}


def test_a_record_linked_otherwise_meanwhile_is_not_linked_twice(world: World) -> None:
    with_customers(world, ("1", "a"), ("2", "b"))
    (first, second) = world.plan().with_action(Action.LINK)
    stolen = replace(second, target_id="a", payload={**second.payload, "syncta_id": "a"}, seen=first.seen)
    assert load(world, [first])["linked"] == 1
    assert load(world, [stolen, second]) == load(world, [second]) | {"superseded": 1}
    assert world.links(Entity.CUSTOMER) == {"1": "a", "2": "b"}


def test_a_link_to_a_deleted_record_is_replaced_only_when_the_plan_says_relinked(world: World) -> None:
    with_customers(world, ("1", "a"))
    load(world, world.plan())
    world.syncta.add(customer("c", "Customer 1"))
    world.read()
    row = PlanRow(
        Action.LINK,
        Entity.CUSTOMER,
        System.QUICKBOOKS,
        "1",
        "c",
        payload={"quickbooks_id": "1", "syncta_id": "c", "how": "exact_name", "applied": {"name": "Customer 1"}},
    )
    assert load(world, [row])["superseded"] == 1
    assert load(world, [replace(row, payload={**row.payload, "how": "relinked"})])["linked"] == 1
    assert world.links(Entity.CUSTOMER) == {"1": "c"}


def test_a_part_payment_leaves_its_balance_with_the_link_and_the_snapshot_stays(world: World) -> None:
    with_customers(world, ("1", "a"))
    world.syncta.add(syncta_invoice("i1", "a"))
    world.cycle()
    (pushed,) = world.quickbooks.invoices.values()
    world.quickbooks.invoices[pushed.id] = replace(pushed, balance=Decimal("25.00"), version=Version(1))
    world.books_records.append(payment("p1", pushed.id, "50.00"))
    world.read()
    assert load(world, world.plan())["balances"] == 1
    applied = world.applied(Entity.INVOICE, pushed.id)
    assert (applied["balance"], applied["total"], applied["lines"][0]["item_id"]) == ("25.00", "75.00", "9")
    world.read()
    assert not world.plan().with_action(Action.RECORD_BALANCE)


def test_what_is_told_opens_stays_open_and_closes(world: World) -> None:
    """protocol 4.6"""
    assert load(world, [hold("1", amount="12.50"), hold("2")])["opened"] == 2
    counts = load(world, [hold("2")])
    assert (counts["opened"], counts["still_open"], counts["closed"]) == (0, 1, 1)
    assert world.holds() == {"2": "ambiguous_name"}


def test_an_amount_is_kept_to_the_cent(world: World) -> None:
    load(world, [hold("1", amount="12.50")])
    with world.ledger.reading() as conn:
        (found,) = findings.open_ones(conn, world.company.scope)
    assert (found.amount, found.text) == (Decimal("12.50"), "Do something.")


def test_two_rows_telling_the_same_are_told_once(world: World) -> None:
    assert load(world, [hold("1"), replace(hold("1"), target_id="other")])["opened"] == 1


def test_a_likely_duplicate_waits_for_a_decision(world: World) -> None:
    world.books_records.append(customer("1", "Brown, Nick"))
    world.syncta.add(customer("a", "Nick Brown"))
    world.read()
    load(world, world.plan())
    with world.ledger.reading() as conn:
        (pair,) = pairs.open_ones(conn, world.company.scope)
    assert {(pair.left_system, pair.left_id), (pair.right_system, pair.right_id)} == {
        ("quickbooks", "1"),
        ("syncta", "a"),
    }


def test_a_dry_run_loads_nothing(world: World) -> None:
    run = world.run(dry_run=True)
    with pytest.raises(StopAndLook, match="dry run"):
        load_to_ledger(run, world.planned(run, [hold("1")]))
    assert world.holds() == {}


def test_another_plan_than_the_one_made_is_not_loaded(world: World) -> None:
    run = world.run()
    planned = world.planned(run, [hold("1")])
    with pytest.raises(PlanChanged):
        load_to_ledger(run, {**planned, "digest": "0" * 64})
    assert world.holds() == {}


@pytest.mark.parametrize("digest", ["", None])
def test_a_plan_without_digest_is_not_loaded(world: World, digest: str | None) -> None:
    run = world.run()
    with pytest.raises(PlanChanged):
        load_to_ledger(run, {**world.planned(run, [hold("1")]), "digest": digest})


def test_another_companys_plan_is_not_loaded(world: World) -> None:
    run = world.run()
    with pytest.raises(PlanChanged, match="another company"):
        load_to_ledger(run, world.planned(run, Plan.of(Scope("other", "1", "sandbox"), [hold("1")])))
