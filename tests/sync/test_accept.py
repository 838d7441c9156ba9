"""Protocol 1.3: the marks move when what was read has been checked, and not before."""

from __future__ import annotations

import datetime as dt

import pytest

from include.ledger import marks
from include.records import Entity, System
from include.sync.accept import accept
from include.sync.poll import poll
from include.sync.run import RunKind
from include.sync.sources import SOURCES
from tests.sync.builders import NOON, customer
from tests.sync.reading import after_first_sync, mirrored, read, whole_run
from tests.sync.sides import QuickBooks, Syncta

CUSTOMER = Entity.CUSTOMER
SKEW = dt.timedelta(hours=3)


@pytest.fixture
def quickbooks():
    side = QuickBooks()
    side.put(CUSTOMER, customer("1", "Ann Lee"))
    return side


@pytest.fixture
def syncta():
    return Syncta(now=NOON + SKEW)


def marks_of(run):
    with run.ledger.reading() as conn:
        return {source: marks.get(conn, run.scope, source[0], source[1].value) for source in SOURCES}


def test_every_source_gets_a_mark_in_its_own_systems_time(make_run, quickbooks, syncta):
    run = make_run(RunKind.INITIAL)
    accept(run, read(run, quickbooks, syncta))
    assert marks_of(run) == {source: NOON if source[0] is System.QUICKBOOKS else NOON + SKEW for source in SOURCES}


def test_reading_alone_moves_no_mark(make_run, quickbooks, syncta):
    run = make_run(RunKind.INITIAL)
    read(run, quickbooks, syncta)
    assert set(marks_of(run).values()) == {None}


def test_a_dry_run_moves_no_mark(make_run, quickbooks, syncta):
    run = make_run(RunKind.INITIAL, dry_run=True)
    assert accept(run, read(run, quickbooks, syncta)) == {}
    assert set(marks_of(run).values()) == {None}


def test_a_mark_never_moves_back(make_run, quickbooks, syncta):
    run = make_run(RunKind.INITIAL)
    old = read(run, quickbooks, syncta)
    quickbooks.pass_time(hours=1)
    syncta.pass_time(hours=1)
    whole_run(make_run(RunKind.INITIAL, "later"), quickbooks, syncta)
    later = marks_of(run)
    accept(run, old)
    assert marks_of(run) == later


def test_of_several_times_of_one_system_the_earliest_is_the_mark(make_run, quickbooks, syncta):
    """Invoices are read after sales receipts: a change between the two reads must not fall behind the mark."""
    run = make_run(RunKind.INITIAL)
    read_all = quickbooks.read_all

    def slowly(entity, **window):
        quickbooks.pass_time(minutes=10)
        return read_all(entity, **window)

    quickbooks.read_all = slowly
    accept(run, read(run, quickbooks, syncta))
    times = marks_of(run)
    assert times[System.QUICKBOOKS, Entity.INVOICE] == times[System.QUICKBOOKS, Entity.ITEM]
    assert times[System.QUICKBOOKS, Entity.INVOICE] == NOON + dt.timedelta(minutes=20)


def test_a_run_killed_between_taking_over_and_accepting_is_read_again_and_loses_nothing(make_run, quickbooks, syncta):
    after_first_sync(make_run, quickbooks, syncta)
    quickbooks.put(CUSTOMER, customer("2", "New"))
    killed = make_run(run_id="killed")
    before = marks_of(killed)
    read(killed, quickbooks, syncta)
    assert marks_of(killed) == before
    quickbooks.pass_time(hours=1)
    run = make_run(run_id="next")
    extracts = whole_run(run, quickbooks, syncta)
    assert extracts[0]["read"]["quickbooks.customer"] == 1
    assert extracts[0]["upserted"]["unchanged"] == 1
    assert mirrored(run, System.QUICKBOOKS, CUSTOMER)["2"].name == "New"
    assert marks_of(run)[System.QUICKBOOKS, CUSTOMER] == quickbooks.now


def test_accepting_twice_is_accepting_once(make_run, quickbooks, syncta):
    run = make_run(RunKind.INITIAL)
    extracts = read(run, quickbooks, syncta)
    accept(run, extracts)
    first = marks_of(run)
    accept(run, extracts)
    assert marks_of(run) == first


def test_after_a_loaded_initial_sync_the_cycle_begins(make_run, quickbooks, syncta):
    after_first_sync(make_run, quickbooks, syncta)
    quickbooks.put(CUSTOMER, customer("2", "New"))
    assert poll(make_run(), quickbooks, syncta)["changed"] == {"quickbooks.customer": 1}
