"""What both loads share, shown with Syncta: leases, lost answers, going on after trouble, holds that keep their age."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from include.errors import (
    CompanyIsBusy,
    ContractBroken,
    RateLimited,
    RecordRejected,
    SyncError,
    TemporaryOutage,
)
from include.ledger import findings, leases
from include.ledger.database import Ledger
from include.records import Customer, Entity
from include.sync.load_ledger import load_to_ledger
from include.sync.load_syncta import load_to_syncta
from tests.sync.builders import customer
from tests.sync.remotes import LOST_AFTER, LOST_BEFORE
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


def test_a_hold_tells_what_to_do_and_keeps_its_age_while_it_is_tried_again(world: World) -> None:
    def opened() -> tuple[object, str]:
        with world.ledger.reading() as conn:
            (hold,) = findings.open_ones(conn, world.company.scope, "hold")
        return hold.first_seen, hold.text

    in_quickbooks(world, "Ann")
    world.syncta.trouble.add("Ann", REFUSED, times=2)
    world.cycle()
    before = opened()
    world.cycle()
    assert opened() == before
    assert "Correct it" in before[1]


def test_another_refusal_replaces_the_hold(world: World) -> None:
    in_quickbooks(world, "Ann")
    world.syncta.trouble.add("Ann", REFUSED)
    world.cycle()
    world.syncta.trouble.add("Ann", RecordRejected("No.", "rejected_by_syncta"))
    world.cycle()
    assert world.holds() == {"1": "rejected_by_syncta"}


@pytest.mark.parametrize("lost", [LOST_BEFORE, LOST_AFTER])
def test_a_lost_answer_is_asked_for_again_with_the_same_key(world: World, lost: TemporaryOutage) -> None:
    in_quickbooks(world, "Ann", "Bob")
    world.syncta.trouble.add("Ann", lost)
    with pytest.raises(TemporaryOutage):
        world.cycle()
    assert names(world) == (["Bob"] if lost is LOST_BEFORE else ["Ann", "Bob"])
    assert world.cycle()["syncta"]["created"] == 1
    assert names(world) == ["Ann", "Bob"]
    assert sorted(world.syncta.writes) == [("create", "Ann"), ("create", "Bob")]
    assert set(world.links(Entity.CUSTOMER)) == {"1", "2"}


def test_a_lost_create_that_the_next_reading_found_already_is_settled(world: World) -> None:
    in_quickbooks(world, "Ann")
    world.syncta.trouble.add("Ann", LOST_AFTER)
    with pytest.raises(TemporaryOutage):
        world.cycle()
    world.read()
    run = world.run()
    planned = world.planned(run, world.plan())
    assert load_to_ledger(run, planned)["linked"] == 1
    load_to_syncta(run, planned, world.syncta)
    assert world.cycle()["syncta"] == {}
    assert len(world.syncta.writes) == 1


@pytest.mark.parametrize("trouble", [LOST_BEFORE, ContractBroken("Syncta answered with something else.")])
def test_a_record_that_always_fails_does_not_stop_the_others(world: World, trouble: SyncError) -> None:
    in_quickbooks(world, "Ann", "Bob", "Cy")
    world.syncta.trouble.add("Ann", trouble, times=3)
    for _ in range(2):
        with pytest.raises(type(trouble)):
            world.cycle()
        assert names(world) == ["Bob", "Cy"]


def test_a_system_that_is_down_is_left_alone(world: World) -> None:
    in_quickbooks(world, *"ABCDEFGH")
    for name in "ABCDEFGH":
        world.syncta.trouble.add(name, LOST_BEFORE)
    with pytest.raises(TemporaryOutage):
        world.cycle()
    assert [name for name in "ABCDEFGH" if not world.syncta.trouble.faults[name]] == ["A", "B", "C"]


def test_a_request_to_slow_down_ends_the_try_at_once(world: World) -> None:
    in_quickbooks(world, "Ann", "Bob")
    world.syncta.trouble.add("Ann", RateLimited("Slow down.", 30))
    with pytest.raises(RateLimited):
        world.cycle()
    assert names(world) == []
    assert world.cycle()["syncta"]["created"] == 2


def test_a_run_that_lost_its_lease_sends_nothing_more(world: World) -> None:
    """protocol 3.1"""
    in_quickbooks(world, "Ann", "Bob")
    world.read()
    run = world.run()
    planned = world.planned(run, world.plan())
    load_to_ledger(run, planned)
    create = world.syncta.create_customer

    def and_then_another_run_takes_over(payload: Mapping[str, Any], key: str) -> Customer:
        world.lives_on()
        leases.take(world.ledger, world.company.scope, "syncta", "another run")
        return create(payload, key)

    world.syncta.create_customer = and_then_another_run_takes_over
    with pytest.raises(CompanyIsBusy):
        load_to_syncta(run, planned, world.syncta)
    assert names(world) == ["Ann"]
    assert world.links(Entity.CUSTOMER) == {}


def test_3_1_a_load_waits_in_place_for_one_that_is_soon_over(world: World) -> None:
    in_quickbooks(world, "Ann")
    world.read()
    run = replace(world.run(), patience=60)
    planned = world.planned(run, world.plan())
    other = leases.take(world.ledger, world.company.scope, "syncta", "another run")
    gives_back = threading.Timer(0.2, lambda: leases.release(world.ledger, other))
    gives_back.start()
    assert load_to_syncta(run, planned, world.syncta)["created"] == 1
    gives_back.join()


def test_two_runs_do_not_load_at_once(world: World) -> None:
    """protocol 3.1"""
    in_quickbooks(world, "Ann")
    world.read()
    run = world.run()
    planned = world.planned(run, world.plan())
    leases.take(world.ledger, world.company.scope, "syncta", "another run")
    with pytest.raises(CompanyIsBusy):
        load_to_syncta(run, planned, world.syncta)
    assert names(world) == []
