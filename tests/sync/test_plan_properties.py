"""What holds of every plan and every match, whatever the books look like (protocol 1.1, rules 1.4, 2.1, G1)."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from include.ledger.database import Ledger, migrate
from include.records import Entity, System
from include.sync.match import PAIRED, find_matches
from include.sync.plan import plan_of
from include.sync.rows import Action
from tests.sync.builders import plan, state
from tests.sync.generated import Company, companies
from tests.sync.world import World

DOES_SOMETHING = set(Action) - {Action.HOLD, Action.EXCEPTION, Action.FLAG, Action.SKIP}


@given(companies(), st.randoms())
def test_1_5_the_plan_does_not_depend_on_the_order_of_any_record(made: Company, chance) -> None:
    parts = made.parts()
    first = plan(state(**parts))
    for records in parts.values():
        chance.shuffle(records)
    assert plan(state(**parts)).digest == first.digest


@given(companies())
def test_1_4_every_record_is_accounted_for(made: Company) -> None:
    of = state(**made.parts())
    rows = plan_of(of, find_matches(of), with_untouched=True).rows
    invoices = Counter(r.source_id for r in rows if r.entity is Entity.INVOICE and r.source is System.SYNCTA)
    assert invoices == Counter(one.id for one in made.syncta_invoices)
    customers = {r.source_id for r in rows if r.entity is Entity.CUSTOMER and r.source is System.QUICKBOOKS}
    assert customers >= {one.id for one in made.quickbooks}


@given(companies())
def test_2_1_matching_is_one_to_one_and_by_the_very_same_name(made: Company) -> None:
    of = state(**made.parts())
    matches = find_matches(of)
    assert sorted(m.quickbooks_id for m in matches) == sorted(of.quickbooks_customers)
    paired = {m.quickbooks_id: m.syncta_id for m in matches if m.outcome in PAIRED}
    assert len(set(paired.values())) == len(paired)
    for quickbooks_id, syncta_id in paired.items():
        ours, theirs = of.quickbooks_customers[quickbooks_id], of.syncta_customers[syncta_id]
        assert (ours.name, ours.active) == (theirs.name, True)
        assert theirs.active
        assert paired.get(ours.parent_id, "") == theirs.parent_id


@given(companies(), st.randoms())
def test_2_1_matching_does_not_depend_on_the_order_of_records(made: Company, chance) -> None:
    parts = made.parts()
    first = find_matches(state(**parts))
    for records in parts.values():
        chance.shuffle(records)
    assert find_matches(state(**parts)) == first


@given(companies())
def test_every_write_of_a_plan_has_a_key_of_its_own(made: Company) -> None:
    """protocol 3.2"""
    rows = plan(state(**made.parts())).rows
    keys = [row.key for row in rows if row.action in DOES_SOMETHING - {Action.LINK, Action.RECORD_BALANCE}]
    assert all(keys)
    assert len(set(keys)) == len(keys)


@settings(max_examples=40)
@given(companies())
def test_g1_the_plan_of_a_synced_state_does_nothing(made: Company) -> None:
    with world_of(made) as world:
        for _ in range(4):  # at most three levels of customers, each waiting for its parent
            world.cycle()
        world.read()
        assert [row for row in world.plan().rows if row.action in DOES_SOMETHING] == []
        written = [*world.syncta.writes, *world.quickbooks.writes]
        world.cycle()
        assert [*world.syncta.writes, *world.quickbooks.writes] == written
        assert len(set(written)) == len(written)


@contextmanager
def world_of(made: Company) -> Iterator[World]:
    """The company with a ledger of its own."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/ledger.sqlite"
        migrate(url)
        ledger = Ledger.open(url)
        world = World(ledger, Path(folder))
        world.books_records += [*made.quickbooks, *made.payments, *made.receipts]
        world.quickbooks.invoices.update({one.id: one for one in made.quickbooks_invoices})
        world.syncta.customers.clear()
        world.syncta.add(*made.syncta, *made.syncta_invoices)
        try:
            yield world
        finally:
            ledger.close()
