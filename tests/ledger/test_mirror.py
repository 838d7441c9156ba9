"""The mirror converges, whatever the order in which records are read."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.ledger import mirror
from include.ledger.database import Ledger
from include.ledger.mirror import MirrorProblem, Upserted
from include.records import (
    Application,
    CreditMemo,
    Customer,
    Deleted,
    Entity,
    Item,
    Payment,
    Record,
    SalesReceipt,
    Scope,
    System,
    Unreadable,
    Version,
)
from tests.hostile_names import HOSTILE_NAMES
from tests.ledger.racing import race
from tests.ledger.samples import ADDRESS, NOON, OTHERS, SCOPE, after, customer, fresh_scope, full_invoice

QB, SYNCTA = System.QUICKBOOKS, System.SYNCTA
Told = Customer | Deleted | Unreadable


def upsert(ledger: Ledger, *records: Told, scope: Scope = SCOPE, system: System = SYNCTA) -> Upserted:
    with ledger.writing() as conn:
        return mirror.upsert(conn, scope, system, records, Entity.CUSTOMER, NOON)


def live(ledger: Ledger, scope: Scope = SCOPE, system: System = SYNCTA) -> dict[str, int]:
    with ledger.reading() as conn:
        return {record.id: record.version for record in mirror.records(conn, scope, system, Entity.CUSTOMER)}


def gone(ledger: Ledger, scope: Scope = SCOPE) -> set[str]:
    with ledger.reading() as conn:
        return mirror.deleted_ids(conn, scope, SYNCTA, Entity.CUSTOMER)


def problems(ledger: Ledger) -> list[MirrorProblem]:
    with ledger.reading() as conn:
        return mirror.unreadable(conn, SCOPE)


TIMES = {"version": Version(2), "created_at": NOON, "updated_at": after(1)}
ONE_OF_EACH: dict[Entity, Record] = {
    Entity.CUSTOMER: customer(
        emails=("a@example.com", "b@example.com"), phone="1", address=ADDRESS, parent_id="9", external_id="7"
    ),
    Entity.INVOICE: full_invoice(),
    Entity.PAYMENT: Payment(
        id="1", customer_id="7", date=dt.date(2026, 11, 1), total=Decimal("0.30"), unapplied=Decimal("0.00"),
        applied=(Application("Invoice", "4", Decimal("0.30")),), reference="77", currency="USD", **TIMES,
    ),
    Entity.CREDIT_MEMO: CreditMemo(
        id="1", number="C1", customer_id="7", date=dt.date(2026, 11, 1), total=Decimal("1E+2"), note="n", **TIMES
    ),
    Entity.SALES_RECEIPT: SalesReceipt(
        id="1", number="S1", customer_id="7", date=dt.date(2026, 11, 1), total=Decimal("-1.10"), note="n", **TIMES
    ),
    Entity.ITEM: Item(
        id="1", name="Test", full_name="A:Test", kind="Service", active=True, sellable=False, sku="T-1", **TIMES
    ),
}  # fmt: skip


@pytest.mark.parametrize("entity", list(Entity))
def test_a_record_comes_back_as_it_was_to_the_last_digit(ledger: Ledger, entity: Entity) -> None:
    record = ONE_OF_EACH[entity]
    with ledger.writing() as conn:
        mirror.upsert(conn, SCOPE, QB, [record], entity, NOON)
        found = mirror.get(conn, SCOPE, QB, entity, "1")
    assert found == record


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_is_kept_code_point_for_code_point(ledger: Ledger, name: str) -> None:
    upsert(ledger, customer("1", name=name), customer(name or "empty", name="an id"))
    with ledger.reading() as conn:
        names = {r.id: r.name for r in mirror.records(conn, SCOPE, SYNCTA, Entity.CUSTOMER) if isinstance(r, Customer)}
    assert names == {"1": name, name or "empty": "an id"}


def test_only_a_higher_version_replaces_a_record(ledger: Ledger) -> None:
    """protocol 1.3"""
    assert upsert(ledger, customer(version=9)) == Upserted(new=1)
    assert upsert(ledger, customer(version=9, name="Other")) == Upserted(unchanged=1)
    assert upsert(ledger, customer(version=8, name="Older")) == Upserted(unchanged=1)
    assert upsert(ledger, customer(version=10)) == Upserted(changed=1)
    assert live(ledger) == {"1": 10}


def test_of_the_same_record_twice_in_one_read_the_higher_version_counts(ledger: Ledger) -> None:
    assert upsert(ledger, customer(version=1), customer(version=3), customer(version=2)) == Upserted(new=1)
    assert live(ledger) == {"1": 3}


def test_a_deletion_ends_a_record_and_its_last_version_stays_to_be_looked_at(ledger: Ledger) -> None:
    upsert(ledger, customer())
    assert upsert(ledger, Deleted("1", after(1))) == Upserted(deleted=1)
    assert upsert(ledger, Deleted("1", after(1)), Deleted("1", after(2))) == Upserted()
    assert (live(ledger), gone(ledger)) == ({}, {"1"})
    with ledger.reading() as conn:
        assert mirror.get(conn, SCOPE, SYNCTA, Entity.CUSTOMER, "1") == customer()
        assert mirror.count(conn, SCOPE, SYNCTA, Entity.CUSTOMER) == 0


def test_a_deletion_that_is_older_than_the_record_ends_nothing(ledger: Ledger) -> None:
    upsert(ledger, customer(updated_at=after(5)))
    assert upsert(ledger, Deleted("1", after(4))) == Upserted()
    assert live(ledger) == {"1": 1}


def test_a_record_read_late_does_not_rise_from_the_dead(ledger: Ledger) -> None:
    assert upsert(ledger, Deleted("1", after(5))) == Upserted(deleted=1)
    upsert(ledger, customer(version=0, updated_at=after(4)))
    assert (live(ledger), gone(ledger)) == ({}, {"1"})


def test_a_record_edited_after_its_deletion_lives_again(ledger: Ledger) -> None:
    upsert(ledger, customer(version=1), Deleted("1", after(5)))
    assert upsert(ledger, customer(version=2, updated_at=after(6))) == Upserted(changed=1)
    assert (live(ledger), gone(ledger)) == ({"1": 2}, set())


def test_an_unreadable_version_leaves_the_good_one_and_is_listed(ledger: Ledger) -> None:
    """protocol 1.4"""
    upsert(ledger, customer(version=4))
    assert (
        upsert(ledger, Unreadable("1", "no_name", "name"), Unreadable("2", "money_unreadable", "total")).unreadable == 2
    )
    assert live(ledger) == {"1": 4}
    assert problems(ledger) == [
        MirrorProblem(SYNCTA, Entity.CUSTOMER, "1", "no_name", "name"),
        MirrorProblem(SYNCTA, Entity.CUSTOMER, "2", "money_unreadable", "total"),
    ]


@pytest.mark.parametrize("version", [4, 5])
def test_a_record_that_reads_well_again_is_no_problem_any_more(ledger: Ledger, version: int) -> None:
    upsert(ledger, customer(version=4), Unreadable("2", "no_name", "name"))
    upsert(ledger, Unreadable("1", "no_name", "name"))
    upsert(ledger, customer(version=version), customer("2", version=0))
    assert problems(ledger) == []
    assert live(ledger) == {"1": version, "2": 0}


def test_what_was_deleted_is_no_problem_any_more(ledger: Ledger) -> None:
    upsert(ledger, Unreadable("1", "no_name", "name"))
    upsert(ledger, Deleted("1", after(1)))
    assert problems(ledger) == []


def test_companies_and_sides_do_not_see_each_other(ledger: Ledger) -> None:
    for number, scope in enumerate((SCOPE, *OTHERS)):
        upsert(ledger, customer(version=number), scope=scope)
    upsert(ledger, customer(version=99), system=QB)
    assert [live(ledger, scope) for scope in (SCOPE, *OTHERS)] == [{"1": 0}, {"1": 1}, {"1": 2}, {"1": 3}]
    assert live(ledger, system=QB) == {"1": 99}


def test_versions_are_of_live_records_only_however_many_are_asked_for(ledger: Ledger) -> None:
    upsert(ledger, *(customer(str(number), number) for number in range(1200)))
    upsert(ledger, Deleted("7", after(1)), Unreadable("new", "no_name", ""))
    refs = [(SYNCTA, Entity.CUSTOMER, str(number)) for number in range(1300)]
    with ledger.reading() as conn:
        found = mirror.versions(conn, SCOPE, [*refs, (QB, Entity.CUSTOMER, "1"), (SYNCTA, Entity.INVOICE, "1")])
        assert mirror.versions(conn, SCOPE, []) == {}
    assert found == {(SYNCTA, Entity.CUSTOMER, str(n)): n for n in range(1200) if n != 7}


def test_a_hundred_thousand_records_are_a_matter_of_seconds(ledger: Ledger) -> None:
    many = [customer(str(number), 1, name=f"Customer {number}") for number in range(100_000)]
    started = dt.datetime.now(dt.UTC)
    assert upsert(ledger, *many) == Upserted(new=100_000)
    assert upsert(ledger, *many) == Upserted(unchanged=100_000)
    assert upsert(ledger, *(dataclasses.replace(r, version=Version(2)) for r in many[:1000])) == Upserted(changed=1000)
    assert dt.datetime.now(dt.UTC) - started < dt.timedelta(seconds=60)


def test_two_processes_that_write_versions_crosswise_end_at_the_highest(ledger_url: str) -> None:
    race("upsert_versions", ledger_url, "40", racers=2)
    ledger = Ledger.open(ledger_url)
    assert live(ledger) == {"1": 40}
    ledger.close()


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Told], list[list[Told]]]:
    """What happened to one record, and any order, repetition and grouping in which it was read."""
    minutes = draw(st.lists(st.integers(0, 20), min_size=1, max_size=6, unique=True).map(sorted))
    events: list[Told] = []
    for version, minute in enumerate(minutes):
        if draw(st.booleans()):
            events.append(Deleted("1", after(minute)))
        else:
            events.append(customer("1", version, name=f"v{version}", updated_at=after(minute)))
    reads: Any = st.lists(st.lists(st.sampled_from(events), max_size=4), max_size=6)
    told = draw(reads)
    missing = [event for event in events if not any(event in read for read in told)]
    return events, [*told, *([event] for event in draw(st.permutations(missing)))]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories())
def test_any_order_and_repetition_of_versions_and_deletions_converges(
    ledger: Ledger, history: tuple[list[Told], list[list[Told]]]
) -> None:
    """protocol 1.3, G4"""
    events, reads = history
    scope = fresh_scope()
    for read in reads:
        upsert(ledger, *read, scope=scope)
    versions = [event for event in events if isinstance(event, Customer)]
    is_gone = isinstance(events[-1], Deleted)
    with ledger.reading() as conn:
        assert mirror.records(conn, scope, SYNCTA, Entity.CUSTOMER) == ([] if is_gone else versions[-1:])
        assert mirror.get(conn, scope, SYNCTA, Entity.CUSTOMER, "1") == (versions[-1] if versions else None)
    assert gone(ledger, scope) == ({"1"} if is_gone else set())
