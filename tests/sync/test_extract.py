"""Design 4, protocol 1.3, 1.4, 2.2: what is read, landed and taken over, and what stops at the door."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from include.errors import DamagedExtract, LooksRestored, TemporaryOutage
from include.ledger import decisions, links, mirror
from include.ledger.links import Link
from include.records import Deleted, Entity, Extract, System, Unreadable
from include.sync.accept import accept
from include.sync.door import Gone, check_deletions
from include.sync.extract import extract_customers, extract_invoices
from include.sync.landing import read_landed
from include.sync.poll import poll
from include.sync.run import RunKind
from include.sync.sources import SOURCES, name_of
from tests.sync.builders import (
    NOON,
    TODAY,
    customer,
    decide,
    item,
    payment,
    quickbooks_invoice,
    receipt,
    syncta_invoice,
)
from tests.sync.reading import after_first_sync, mirrored, read, whole_run
from tests.sync.sides import QuickBooks, Syncta

CUSTOMER, INVOICE, ITEM = Entity.CUSTOMER, Entity.INVOICE, Entity.ITEM
QB, SY = System.QUICKBOOKS, System.SYNCTA
MONTH = dt.timedelta(days=30)


@pytest.fixture
def quickbooks():
    side = QuickBooks()
    side.put(CUSTOMER, customer("1", "Ann Lee"))
    side.put(INVOICE, quickbooks_invoice("10", "1"))
    side.put(ITEM, item())
    side.put(Entity.PAYMENT, payment("20", "10", "75.00"))
    side.put(Entity.SALES_RECEIPT, receipt("30", "1", "75.00", TODAY))
    return side


@pytest.fixture
def syncta():
    side = Syncta()
    side.put(CUSTOMER, customer("a", "Ann Lee"))
    side.put(INVOICE, syncta_invoice("i", "a"))
    return side


def test_an_initial_sync_reads_every_source_once_and_completely(make_run, quickbooks, syncta):
    run = make_run(RunKind.INITIAL)
    extracts = read(run, quickbooks, syncta)
    assert {name for extract in extracts for name in extract["files"]} == {name_of(source) for source in SOURCES}
    assert all(extract["complete"] for extract in extracts)
    assert {call: number for call, number in quickbooks.calls.items() if "." in call} == {
        f"{entity.value}.all": 1 for system, entity in SOURCES if system is QB
    }
    assert list(mirrored(run, QB, Entity.PAYMENT)) == ["20"]
    assert list(mirrored(run, SY, INVOICE)) == ["i"]


def test_the_result_is_small_and_holds_no_names(make_run, quickbooks, syncta):
    run = make_run(RunKind.INITIAL)
    result = extract_customers(run, poll(run, quickbooks, syncta), quickbooks, syncta)
    assert "Ann" not in json.dumps(result)
    assert result["read"] == result["expected"] == {"quickbooks.customer": 1, "syncta.customer": 1}
    assert result["before"] == {"quickbooks.customer": 0, "syncta.customer": 0}
    assert result["as_of"] == {"quickbooks": NOON.isoformat(), "syncta": NOON.isoformat()}
    assert result["upserted"] == {"new": 2, "changed": 0, "deleted": 0, "unreadable": 0, "unchanged": 0}


def test_a_run_that_is_repeated_changes_nothing(make_run, quickbooks, syncta):
    read(make_run(RunKind.INITIAL), quickbooks, syncta)
    again = read(make_run(RunKind.INITIAL), quickbooks, syncta)
    assert [extract["upserted"]["new"] + extract["upserted"]["changed"] for extract in again] == [0, 0, 0]


def test_a_record_that_cannot_be_read_stops_no_other(make_run, quickbooks, syncta):
    quickbooks.unreadable[CUSTOMER] = (Unreadable("66", "no_name", "DisplayName"),)
    run = make_run(RunKind.INITIAL)
    (customers, *_) = read(run, quickbooks, syncta)
    assert customers["upserted"]["unreadable"] == 1
    assert list(mirrored(run, QB, CUSTOMER)) == ["1"]
    with run.ledger.reading() as conn:
        (problem,) = mirror.unreadable(conn, run.scope)
    assert (problem.id, problem.problem) == ("66", "no_name")
    assert set(read_landed(run, (QB, CUSTOMER))["state"]) == {"live", "unreadable"}


def doubled(extract: Extract) -> Extract:
    return replace(extract, records=extract.records * 2, expected=2 * len(extract.records))


def without_ids(extract: Extract) -> Extract:
    return replace(extract, records=tuple(replace(record, id="") for record in extract.records))


def short(extract: Extract) -> Extract:
    return replace(extract, expected=len(extract.records) + 1)


def too_long(extract: Extract) -> Extract:
    old = tuple(replace(record, updated_at=NOON - MONTH) for record in extract.records)
    return replace(extract, records=old, expected=0)


@pytest.mark.parametrize("damage", [doubled, without_ids, short, too_long])
@pytest.mark.parametrize("entity", [INVOICE, Entity.SALES_RECEIPT])
def test_a_damaged_read_is_refused_and_nothing_of_its_task_is_taken_over(
    make_run, quickbooks, syncta, damage: Callable[[Extract], Extract], entity
):
    quickbooks.damage[entity] = damage
    run = make_run(RunKind.INITIAL)
    polled = poll(run, quickbooks, syncta)
    with pytest.raises(DamagedExtract, match=f"quickbooks.{entity.value}"):
        extract_invoices(run, polled, quickbooks, syncta)
    assert not mirrored(run, QB, INVOICE)
    assert not mirrored(run, SY, INVOICE)
    quickbooks.damage.clear()
    extract_invoices(make_run(RunKind.INITIAL, "next"), polled, quickbooks, syncta)
    assert mirrored(run, QB, INVOICE)


def test_a_record_created_during_the_walk_is_no_damage(make_run, quickbooks, syncta):
    late = customer("2", "Late")
    quickbooks.damage[CUSTOMER] = lambda extract: replace(
        extract, records=(*extract.records, replace(late, updated_at=extract.as_of + dt.timedelta(seconds=1)))
    )
    run = make_run(RunKind.INITIAL)
    read(run, quickbooks, syncta)
    assert set(mirrored(run, QB, CUSTOMER)) == {"1", "2"}


def test_a_read_that_fails_leaves_the_mirror_as_it_was(make_run, quickbooks, syncta):
    def fail(extract: Extract) -> Extract:
        raise TemporaryOutage("Syncta does not answer.")

    syncta.damage[INVOICE] = fail
    run = make_run(RunKind.INITIAL)
    with pytest.raises(TemporaryOutage):
        extract_invoices(run, poll(run, quickbooks, syncta), quickbooks, syncta)
    assert not mirrored(run, QB, INVOICE)


def test_what_was_deleted_leaves_the_mirror(make_run, quickbooks, syncta):
    after_first_sync(make_run, quickbooks, syncta)
    quickbooks.delete(INVOICE, "10")
    syncta.delete(CUSTOMER, "a")
    run = make_run()
    read(run, quickbooks, syncta)
    assert not mirrored(run, QB, INVOICE)
    with run.ledger.reading() as conn:
        assert mirror.deleted_ids(conn, run.scope, SY, CUSTOMER) == {"a"}


def test_deletions_are_found_also_when_quickbooks_cannot_tell_all_changes(make_run, quickbooks, syncta):
    """Pages of changed records show no deletions; a complete read does (G3)."""
    after_first_sync(make_run, quickbooks, syncta)
    quickbooks.delete(INVOICE, "10")
    quickbooks.put(CUSTOMER, customer("2", "New"))
    quickbooks.tells = False
    run = make_run()
    (customers, *_) = read(run, quickbooks, syncta)
    assert not mirrored(run, QB, INVOICE)
    assert "2" in mirrored(run, QB, CUSTOMER)
    assert quickbooks.calls["customer.changed"] == 1
    assert quickbooks.calls["invoice.all"] == 1
    assert customers["completely"] == []


def test_a_record_the_mirror_got_during_the_walk_is_not_taken_for_deleted(make_run, quickbooks, syncta):
    run = make_run(RunKind.INITIAL)
    pushed = quickbooks_invoice("99", "1", updated_at=NOON + dt.timedelta(seconds=5))
    with run.ledger.writing() as conn:
        mirror.upsert(conn, run.scope, QB, [pushed], INVOICE, NOON)
    read(run, quickbooks, syncta)
    assert set(mirrored(run, QB, INVOICE)) == {"10", "99"}


def with_customers(make_run, quickbooks, syncta, number: int, *, linked: int = 0):
    """A first sync of so many Syncta customers, some of them linked."""
    for n in range(number):
        syncta.put(CUSTOMER, customer(f"c{n}", f"Customer {n}"))
    after_first_sync(make_run, quickbooks, syncta)
    run = make_run()
    with run.ledger.writing() as conn:
        for n in range(linked):
            links.add(conn, run.scope, Link(CUSTOMER, f"q{n}", f"c{n}", "exact_name", {}, "first", NOON))
    return run


@pytest.mark.parametrize("kind", [RunKind.CYCLE, RunKind.INITIAL])
def test_1_3_a_side_that_shrinks_at_once_stops_every_run_before_it_is_taken_over(make_run, quickbooks, syncta, kind):
    """rules 1.3, protocol 1.5; an initial sync too: were its plan rejected, the next cycle would ask nobody."""
    with_customers(make_run, quickbooks, syncta, 40)
    for number in range(21):
        syncta.delete(CUSTOMER, f"c{number}")
    run = make_run(kind, "stopped")
    with pytest.raises(LooksRestored, match="looks_restored: 21 of 41"):
        read(run, quickbooks, syncta)
    assert len(mirrored(run, SY, CUSTOMER)) == 41


@pytest.mark.parametrize(
    ("known", "linked", "gone", "stops"),
    [
        (1000, 500, 20, False),  # 4 % of the linked ones
        (1000, 500, 21, True),  # more than 20 linked records
        (1000, 80, 5, True),  # 6 % of the linked ones
        (1000, 100, 5, False),  # 5 % is not more than 5 %
        (1000, 10, 4, False),  # a handful
        (1000, 0, 50, False),  # nothing linked, 5 % of all
        (1000, 0, 51, True),
        (40, 0, 20, False),
    ],
)
def test_1_3_linked_records_count_more_than_others(known, linked, gone, stops):
    source = (SY, CUSTOMER)
    counted = Gone(gone, known, min(gone, linked), linked)
    if not stops:
        check_deletions(source, counted)
        return
    with pytest.raises(LooksRestored):
        check_deletions(source, counted)


def test_1_3_linked_records_are_told_from_others_by_their_own_side(make_run, quickbooks, syncta):
    run = with_customers(make_run, quickbooks, syncta, 500, linked=22)
    for number in range(478, 500):
        syncta.delete(CUSTOMER, f"c{number}")
    read(make_run(run_id="others"), quickbooks, syncta)
    for number in range(22):
        syncta.delete(CUSTOMER, f"c{number}")
    with pytest.raises(LooksRestored, match="22 of them linked"):
        read(make_run(run_id="linked"), quickbooks, syncta)
    assert len(mirrored(run, SY, CUSTOMER)) == 501 - 22


@pytest.mark.parametrize(("gone", "passes"), [(20, False), (21, True)])
def test_1_3_what_a_person_confirmed_is_taken_over_once_and_no_more_than_that(
    make_run, quickbooks, syncta, gone, passes
):
    for number in range(80):
        syncta.put(CUSTOMER, customer(f"c{number}", f"Customer {number}"))
    after_first_sync(make_run, quickbooks, syncta)
    for number in range(21):
        syncta.delete(CUSTOMER, f"c{number}")
    run = make_run()
    with run.ledger.writing() as conn:
        decisions.record(conn, run.scope, decide("restored", "side", SY, "", gone=gone))
    if not passes:
        with pytest.raises(LooksRestored):
            read(run, quickbooks, syncta)
        return
    whole_run(run, quickbooks, syncta)
    assert len(mirrored(run, SY, CUSTOMER)) == 60
    for number in range(21, 42):
        syncta.delete(CUSTOMER, f"c{number}")
    with pytest.raises(LooksRestored):
        read(make_run(run_id="later"), quickbooks, syncta)


def test_deletions_known_already_do_not_count_as_shrinking(make_run, quickbooks, syncta):
    after_first_sync(make_run, quickbooks, syncta)
    run = make_run()
    stubs = [Deleted(f"old{number}", NOON) for number in range(30)]
    with run.ledger.writing() as conn:
        mirror.upsert(conn, run.scope, SY, stubs, CUSTOMER, NOON)
    syncta.gone = {(CUSTOMER, stub.id): syncta.now for stub in stubs}
    syncta.put(CUSTOMER, customer("b", "New"))
    assert read(run, quickbooks, syncta) is not None


def test_a_backfill_reads_what_was_created_in_its_interval_and_moves_no_mark(make_run, quickbooks, syncta):
    after_first_sync(make_run, quickbooks, syncta)
    syncta.put(INVOICE, syncta_invoice("j", "a"))
    run = make_run(RunKind.BACKFILL, "b", window_start=syncta.now, window_end=syncta.now + MONTH)
    extracts = read(run, quickbooks, syncta)
    assert extracts[1]["read"]["syncta.invoice"] == 1
    assert extracts[1]["read"]["quickbooks.item"] == 1, "products belong to no window"
    assert accept(run, extracts) == {}
    assert quickbooks.calls["cdc"] == 0


def test_intervals_in_any_order_any_number_of_times_converge(make_run, quickbooks, syncta):
    """G4."""
    after_first_sync(make_run, quickbooks, syncta)
    start = syncta.now
    for number in range(6):
        syncta.put(INVOICE, syncta_invoice(f"m{number}", "a"))
        syncta.now += MONTH
    syncta.put(INVOICE, syncta.kept[INVOICE, "m0"].record)  # edited since: still of its first interval
    for number in (3, 0, 5, 3, 1, 4, 2, 0):
        window = (start + number * MONTH, start + (number + 1) * MONTH)
        run = make_run(RunKind.BACKFILL, f"b{number}", window_start=window[0], window_end=window[1])
        assert read(run, quickbooks, syncta)[1]["read"]["syncta.invoice"] == 1
    assert mirrored(run, SY, INVOICE) == {record.id: record for record in syncta.seen(INVOICE)}


def test_one_line_tells_the_window_and_the_counts(make_run, quickbooks, syncta, caplog):
    run = make_run(RunKind.INITIAL)
    polled = poll(run, quickbooks, syncta)
    caplog.set_level(logging.INFO)
    caplog.clear()
    extract_customers(run, polled, quickbooks, syncta)
    assert [record.getMessage() for record in caplog.records if record.name.startswith("include.sync")] == [
        "Read everything: quickbooks.customer 1, syncta.customer 1; "
        "in the mirror: new 2, changed 0, deleted 0, unreadable 0, unchanged 0"
    ]


def test_a_run_after_a_month_of_silence_catches_up(make_run, quickbooks, syncta):
    after_first_sync(make_run, quickbooks, syncta)
    quickbooks.put(INVOICE, quickbooks_invoice("11", "1"))
    syncta.put(INVOICE, syncta_invoice("j", "a"))
    quickbooks.now += 2 * MONTH
    syncta.now += 2 * MONTH
    quickbooks.tells = False
    run = make_run()
    whole_run(run, quickbooks, syncta)
    assert "11" in mirrored(run, QB, INVOICE)
    assert "j" in mirrored(run, SY, INVOICE)
