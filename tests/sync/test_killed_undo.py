"""G2 for undo: killed at any point and run again, by a next try, an undo or a cycle, it comes to the same end."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from include.ledger.database import migrate
from include.records import Entity, Version
from include.sync.rows import Action
from tests.sync.builders import company, customer, payment, quickbooks_invoice, syncta_invoice
from tests.sync.scene import Scene, killed_at, open_ledger
from tests.sync.world import World


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """In `run-2` a family was created, Bob linked, his phone and Ann's flowed, history linked and marked as paid,
    and two invoices pushed, of which one was paid since."""
    folder = tmp_path / "scene"
    folder.mkdir()
    migrate(f"sqlite:///{folder / 'ledger.sqlite'}")
    world = World(open_ledger(folder), folder, company(batch_size=2))
    world.books_records.append(customer("1", "Ann", phone="1"))
    world.syncta.add(customer("a", "Ann", phone="1"))
    world.cycle()
    _everything_that_can_be_taken_back(world)
    world.cycle()
    paid = world.quickbooks.invoices["1002"]
    world.quickbooks.invoices["1002"] = replace(paid, balance=Decimal(0), version=Version(1))
    world.read()
    run = world.undoing()
    planned = world.planned(run, world.undo_plan(run, "run-2")) | {"approved_by": "Pat"}
    world.ledger.engine.dispose()
    return Scene(folder, world, run, planned)


def _everything_that_can_be_taken_back(world: World) -> None:
    old = {"number": "H", "ready_at": None, "date": syncta_invoice("h", "b").date.replace(month=9)}
    world.books_records[1] = customer("1", "Ann", phone="2", version=Version(1))
    world.books_records += [customer("2", "Bob"), customer("3", "Top"), customer("4", "Leaf", parent_id="3")]
    world.syncta.add(customer("b", "Bob"))
    before = syncta_invoice("h", "b").created_at.replace(month=9)
    world.syncta.add(syncta_invoice("h", "b", "5.00", **{**old, "ready_at": before}))
    settled = quickbooks_invoice("900", "2", "5.00", "0", number="H", date=old["date"])
    world.quickbooks.invoices["900"] = replace(settled, balance=Decimal(0))
    world.books_records.append(payment("p1", "900", "5.00", customer_id="2", reference="CHK"))
    world.syncta.add(*[syncta_invoice(f"i{n}", "a", f"{n}0.00") for n in (1, 2)])


def end_state(world: World) -> dict[str, Any]:
    """Everything that anybody could see afterwards."""
    return {
        "customers": sorted((c.name, c.phone, c.version) for c in world.syncta.customers.values()),
        "marks": sorted((i.id, i.status, i.version) for i in world.syncta.invoices.values()),
        "bills": sorted((i.number, i.total, i.version) for i in world.quickbooks.invoices.values()),
        "written": (sorted(world.syncta.writes), sorted(world.quickbooks.writes)),
        "links": (world.links(Entity.CUSTOMER), world.links(Entity.INVOICE)),
        "restored": world.applied(Entity.CUSTOMER, "1").get("restored"),
        "undone": sorted((d.record_id, d.target_id, d.decided_by) for d in world.decided("undone")),
        "holds": world.holds(),
        "overwritten": sorted(world.overwritten()),
    }


def uninterrupted(scene: Scene) -> tuple[World, list[str]]:
    """The world without a kill, and every point that is passed on the way."""
    world = scene.fresh("uninterrupted")
    mortal, fate = world.dies_at(scene.run_in(world), None)
    world.load(mortal, scene.planned)
    world.lives_on()
    return world, fate.points


def test_the_scene_has_every_kind_of_reversal_and_one_refusal(scene: Scene) -> None:
    plan = scene.world.undo_plan(scene.run_in(scene.fresh("counted")), "run-2")
    assert plan.counts() == {"remove": 2, "reopen": 1, "restore": 1, "skip": 1, "unlink": 2, "void": 1}
    assert [row.reason for row in plan.with_action(Action.SKIP)] == ["payment_linked"]


def test_uninterrupted_everything_is_taken_back_but_the_paid_invoice(scene: Scene) -> None:
    """rules 5"""
    end = end_state(uninterrupted(scene)[0])
    assert end["bills"] == [("H", Decimal("5.00"), 0), ("i1", Decimal(0), 1), ("i2", Decimal("20.00"), 1)]
    assert [name for name, _, _ in end["customers"]] == ["Ann", "Bob", "Bystander"]
    assert ("h", "unpaid", 2) in end["marks"]
    assert end["links"] == ({"1": "a"}, {"1002": "i2"})
    assert end["restored"] == {"phone": "1"}
    assert set(end["holds"]) == {"h", "i1", "2", "3", "4"}
    assert {who for _, _, who in end["undone"]} == {"Pat"}


def test_killed_at_any_point_the_next_try_brings_it_to_the_same_end(scene: Scene, subtests: pytest.Subtests) -> None:
    """G2"""
    world, points = uninterrupted(scene)
    expected = end_state(world)
    assert len(points) > 40
    for number, point in enumerate(points):
        with subtests.test(point=point, number=number):
            world = scene.fresh(f"point-{number}")
            run = scene.run_in(world)
            killed_at(world, run, scene.planned, number)
            world.load(replace(run, attempt=2), scene.planned)
            assert end_state(world) == expected


def test_killed_after_any_change_another_undo_brings_it_to_the_same_end(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    """G2"""
    world, points = uninterrupted(scene)
    expected = end_state(world)
    changes = [number for number, point in enumerate(points) if "after" in point]
    assert len(changes) > 15
    for number in changes:
        with subtests.test(point=points[number], number=number):
            world = scene.fresh(f"point-{number}")
            killed_at(world, scene.run_in(world), scene.planned, number)
            world.undo("run-2")
            assert end_state(world) == expected


def test_killed_after_any_change_a_cycle_in_between_makes_no_difference(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    """G2: nothing that was taken back comes again by itself, wherever the undo was cut off."""
    world, points = uninterrupted(scene)
    world.cycle()
    expected = end_state(world)
    for number in (number for number, point in enumerate(points) if "after" in point):
        with subtests.test(point=points[number], number=number):
            world = scene.fresh(f"point-{number}")
            killed_at(world, scene.run_in(world), scene.planned, number)
            world.cycle()
            world.undo("run-2")
            world.cycle()
            assert end_state(world) == expected


def test_undone_once_more_and_synced_ever_so_often_nothing_is_written(scene: Scene) -> None:
    """G1, R13"""
    world, _ = uninterrupted(scene)
    world.cycle()
    before = end_state(world)
    world.undo("run-2")
    world.cycle()
    world.cycle()
    assert end_state(world) == before
