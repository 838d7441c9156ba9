"""G2: killed at any point and run again, the end is that of an uninterrupted run, and nothing happened twice.

Every transaction's begin, commit and end, and both sides of every remote call, is a point where the process dies.
"""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from include.errors import RecordRejected
from include.ledger.database import migrate
from include.records import Entity, Version
from include.sync.rows import Action
from tests.sync.builders import company, customer, payment, syncta_invoice
from tests.sync.scene import Scene, killed_at, open_ledger
from tests.sync.world import World

REFUSED = RecordRejected("No.", "rejected_by_syncta")
CLOSED = RecordRejected("The period is closed.", "period_closed")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Every kind of write is due: links, creates with a parent, an update, pushes in two batches, a paid mark, a
    balance, and on each side one record that is refused."""
    folder = tmp_path / "scene"
    folder.mkdir()
    migrate(f"sqlite:///{folder / 'ledger.sqlite'}")
    world = World(open_ledger(folder), folder, company(batch_size=2))
    world.books_records += [customer("1", "Ann", phone="1"), customer("2", "Bob")]
    world.syncta.add(customer("a", "Ann", phone="1"), customer("b", "Bob"))
    world.syncta.add(syncta_invoice("i1", "a", "10.00"), syncta_invoice("i2", "a", "20.00"))
    world.cycle()
    _paid_and_part_paid(world)
    world.books_records[1] = customer("1", "Anne", phone="2", version=Version(1))
    world.books_records += [
        customer("3", "Top"),
        customer("4", "Leaf", parent_id="3"),
        customer("5", "Cy"),
        customer("6", "Refused"),
    ]
    world.syncta.add(customer("c", "Cy"))
    world.syncta.add(*[syncta_invoice(f"i{n}", "b", f"{n}0.00") for n in (3, 4, 5)])
    world.syncta.trouble.add("Refused", REFUSED, times=1000)
    world.quickbooks.trouble.add("i4", CLOSED, times=1000)
    world.read()
    run = world.run()
    planned = world.planned(run, world.plan())
    world.ledger.engine.dispose()
    return Scene(folder, world, run, planned)


def _paid_and_part_paid(world: World) -> None:
    for id, invoice in list(world.quickbooks.invoices.items()):
        paid = Decimal("10.00")
        world.books_records.append(payment(f"p{id}", id, str(paid), reference=f"check {id}"))
        world.quickbooks.invoices[id] = replace(invoice, balance=invoice.total - paid, version=Version(1))


def end_state(world: World) -> dict[str, Any]:
    """Everything that anybody could see afterwards, under names instead of new ids."""
    people, bills = world.syncta.customers, world.quickbooks.invoices
    return {
        "customers": sorted(
            (c.name, people[c.parent_id].name if c.parent_id else "", c.phone, c.external_id, c.version)
            for c in people.values()
        ),
        "marks": sorted((i.id, i.status, i.paid_reference, i.version) for i in world.syncta.invoices.values()),
        "bills": sorted((i.number, i.customer_id, i.total, i.note) for i in bills.values()),
        "written": (sorted(world.syncta.writes), sorted(world.quickbooks.writes)),
        "customer links": {q: people[s].name for q, s in world.links(Entity.CUSTOMER).items()},
        "invoice links": {
            bills[q].number: (s, world.applied(Entity.INVOICE, q)) for q, s in world.links(Entity.INVOICE).items()
        },
        "holds": world.holds(),
        "overwritten": sorted(world.overwritten()),
    }


def uninterrupted(scene: Scene) -> tuple[dict[str, Any], list[str]]:
    """How it ends without a kill, and every point that is passed on the way."""
    world = scene.fresh("uninterrupted")
    mortal, fate = world.dies_at(scene.run_in(world), None)
    world.load(mortal, scene.planned)
    world.lives_on()
    return end_state(world), fate.points


def test_the_scene_has_every_kind_of_write(scene: Scene) -> None:
    counts = scene.fresh("counted").plan().counts()
    assert {
        action: counts[action] for action in ("create", "link", "mark_paid", "push", "record_balance", "update")
    } == {
        "create": 3,
        "link": 1,
        "mark_paid": 1,
        "push": 3,
        "record_balance": 1,
        "update": 1,
    }
    assert set(counts) <= set(Action)


def test_killed_at_any_point_the_next_try_brings_it_to_the_same_end(scene: Scene, subtests: pytest.Subtests) -> None:
    """G2"""
    expected, points = uninterrupted(scene)
    assert len(points) > 50
    for number, point in enumerate(points):
        with subtests.test(point=point, number=number):
            world = scene.fresh(f"point-{number}")
            run = scene.run_in(world)
            killed_at(world, run, scene.planned, number)
            world.load(replace(run, attempt=2), scene.planned)
            assert end_state(world) == expected


def test_killed_after_any_change_the_next_run_brings_it_to_the_same_end(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    """protocol 1.1"""
    expected, points = uninterrupted(scene)
    # The next run reads both sides anew, so only what a kill left behind on one of them makes a difference.
    changes = [number for number, point in enumerate(points) if "after" in point]
    assert len(changes) > 15
    for number in changes:
        with subtests.test(point=points[number], number=number):
            world = scene.fresh(f"point-{number}")
            killed_at(world, scene.run_in(world), scene.planned, number)
            world.cycle()
            assert end_state(world) == expected


def test_killed_again_and_again_it_still_comes_to_the_same_end(scene: Scene, subtests: pytest.Subtests) -> None:
    expected, points = uninterrupted(scene)
    for seed in range(8):
        with subtests.test(seed=seed):
            chance, world = random.Random(seed), scene.fresh(f"seed-{seed}")
            for _ in range(4):
                world.read()
                run = world.run()
                killed_at(world, run, world.planned(run, world.plan()), chance.randrange(len(points) // 3))
            world.cycle()
            assert end_state(world) == expected


def test_after_the_end_a_further_run_writes_nothing(scene: Scene) -> None:
    world = scene.fresh("further")
    world.cycle()
    before = end_state(world)
    world.cycle()
    assert end_state(world) == before
