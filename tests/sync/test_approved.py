"""Rules 1.4, 1.5, protocol 4.2: what is loaded is the plan that was approved, and of it the stages that were."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import PlanChanged, StopAndLook
from include.ledger import runs
from include.ledger.database import Ledger
from include.records import Entity, Scope, System, Version
from include.sync import plan_file
from include.sync.approved import approved_plan, freeze
from include.sync.rows import ALL_STAGES, RESTS_ON, Action, Plan, PlanRow, Stage, stages_with_ground
from tests.sync.builders import customer, syncta_invoice
from tests.sync.world import World

LOADS = {"ledger", "syncta", "quickbooks"}


@pytest.fixture
def world(ledger: Ledger, tmp_path: Path) -> World:
    """One customer to create, one to link with an invoice to push."""
    found = World(ledger, tmp_path)
    found.books_records += [customer("1", "Ann Lee"), customer("2", "New Here")]
    found.syncta.add(customer("a", "Ann Lee"), syncta_invoice("i", "a"))
    found.read()
    return found


def loaded(world: World, *stages: str) -> Counter[str]:
    """What the loads of a plan count, of which these stages were approved."""
    run = world.run()
    counts = world.load(run, {**world.planned(run, world.plan()), "stages": list(stages)})
    return sum((Counter(of_load) for of_load in counts.values()), Counter[str]())


def test_1_5_a_plan_file_replaced_between_approval_and_load_is_refused(world: World) -> None:
    run = world.run()
    planned = world.planned(run, world.plan())
    plan_file.write(Plan.of(world.company.scope, []), run.folder / "plan.parquet")
    with pytest.raises(PlanChanged, match="not the plan that was made"):
        world.load(run, planned)
    assert (world.syncta.writes, world.quickbooks.writes) == ([], [])


def test_4_2_a_plan_made_anew_after_the_approval_is_refused_by_the_ledger(world: World) -> None:
    """Even if the file of the approved plan is put back: the ledger knows which plan is this run's."""
    run = world.run()
    approved = world.planned(run, world.plan())
    before = (run.folder / "plan.parquet").read_bytes()
    freeze(run, Plan.of(world.company.scope, []))
    (run.folder / "plan.parquet").write_bytes(before)
    with pytest.raises(PlanChanged, match="another plan of this run"):
        world.load(run, approved)
    assert (world.syncta.writes, world.quickbooks.writes) == ([], [])


def test_4_2_another_runs_approved_plan_is_refused(world: World) -> None:
    first, second = world.run(), world.run()
    planned = world.planned(first, world.plan())
    world.planned(second, [])
    with pytest.raises(PlanChanged):
        approved_plan(second, planned)
    with pytest.raises(PlanChanged):
        approved_plan(world.run(), planned)


def test_4_2_the_ledger_notes_the_plan_before_anybody_is_asked(world: World) -> None:
    run = world.run()
    frozen = freeze(run, world.plan())
    with run.ledger.reading() as conn:
        row = runs.get(conn, run.scope, run.dag_id, run.run_id)
    assert row is not None
    assert (row.plan_digest, row.plan_path) == (frozen["digest"], frozen["path"])


def test_4_6_a_dry_run_loads_nothing(world: World) -> None:
    run = world.run(dry_run=True)
    with pytest.raises(StopAndLook):
        approved_plan(run, world.planned(run, world.plan()))


def test_1_2_a_plan_of_other_books_is_refused(world: World) -> None:
    run = world.run()
    planned = world.planned(run, Plan.of(Scope("demo", "999", "sandbox"), []))
    with pytest.raises(PlanChanged, match="another company"):
        approved_plan(run, planned)


def test_1_5_a_row_whose_record_changed_since_returns_to_the_next_plan_and_is_counted(world: World) -> None:
    run = world.run()
    planned = world.planned(run, world.plan())
    world.books_records[-1] = replace(customer("2", "Renamed"), version=Version(1))
    world.read()
    counts = world.load(run, planned)
    assert counts["syncta"] == {"superseded": 1}
    assert [row.payload["name"] for row in world.plan().with_action(Action.CREATE)] == ["Renamed"]


def test_1_4_only_what_was_approved_is_loaded_and_the_rest_returns(world: World) -> None:
    counts = loaded(world, "customers", "history")
    assert (counts["created"], counts["linked"], counts["not_approved"]) == (1, 1, 1)
    assert world.quickbooks.writes == []
    world.read()
    assert [row.source_id for row in world.plan().with_action(Action.PUSH)] == ["i"]
    assert loaded(world, *Stage)["pushed"] == 1


def test_1_4_without_the_customers_nothing_that_needs_them_is_loaded(world: World) -> None:
    counts = loaded(world, "history", "invoices", "paid_marks")
    assert counts["not_approved"] == 3
    assert (world.syncta.writes, world.quickbooks.writes, world.links(Entity.CUSTOMER)) == ([], [], {})


def test_1_4_with_no_stage_named_all_are_loaded(world: World) -> None:
    run = world.run()
    counts = world.load(run, world.planned(run, world.plan()))
    assert "not_approved" not in Counter(name for load in counts.values() for name in load)


def test_1_4_what_is_told_is_told_whichever_stages_are_approved(world: World) -> None:
    world.syncta.add(syncta_invoice("j", "a", "-5.00"))
    world.read()
    loaded(world, "customers")
    assert world.holds() == {"j": "credit_needed"}


@given(st.sets(st.sampled_from(sorted(Stage))))
def test_1_4_a_stage_counts_only_on_the_ground_it_stands_on(chosen: set[Stage]) -> None:
    found = stages_with_ground(chosen)
    assert found <= chosen
    assert all(RESTS_ON[stage] in found for stage in found if stage in RESTS_ON)
    assert stages_with_ground(found) == found
    assert (found == ALL_STAGES) == (chosen == ALL_STAGES)


def test_1_4_whatever_writes_belongs_to_one_stage_and_what_is_told_to_none() -> None:
    told = {Action.HOLD, Action.EXCEPTION, Action.FLAG, Action.SKIP}
    for action, entity in product(Action, (Entity.CUSTOMER, Entity.INVOICE)):
        row = PlanRow(action, entity, System.SYNCTA, "1")
        assert (row.stage is None) == (action in told)


def test_rows_keep_their_number_in_the_plan_whatever_is_approved(world: World) -> None:
    """G6: the outbox names the plan's row."""
    plan: Any = replace(world.plan(), stages=frozenset({Stage.CUSTOMERS}))
    for number, row in plan.approved(*Action):
        assert plan.rows[number] is row
