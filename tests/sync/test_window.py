"""Protocol 2: what a run reads, and that a cleared run reads the same again."""

from __future__ import annotations

import datetime as dt

import pytest

from include.errors import SettingsInvalid
from include.ledger import marks
from include.records import System
from include.sync.run import RunKind
from include.sync.sources import SOURCES
from include.sync.window import OVERLAP, WindowKind, read_from, window_of
from tests.sync.builders import NOON

HOUR = dt.timedelta(hours=1)


def set_marks(run, quickbooks, syncta):
    with run.ledger.writing() as conn:
        for system, entity in SOURCES:
            marks.move(conn, run.scope, system, entity.value, quickbooks if system == "quickbooks" else syncta)


def test_the_first_cycle_reads_everything(make_run):
    assert window_of(make_run()).kind is WindowKind.EVERYTHING


def test_an_initial_sync_reads_everything_whatever_the_marks(make_run):
    set_marks(make_run(), NOON, NOON)
    assert window_of(make_run(RunKind.INITIAL)).kind is WindowKind.EVERYTHING


def test_a_source_without_a_mark_makes_the_cycle_read_everything(make_run):
    run = make_run()
    with run.ledger.writing() as conn:
        for system, entity in SOURCES[1:]:
            marks.move(conn, run.scope, system, entity.value, NOON)
    assert window_of(run).kind is WindowKind.EVERYTHING


def test_a_cycle_reads_from_each_systems_own_mark_by_its_own_clock(make_run):
    run = make_run()
    set_marks(run, NOON, NOON + 7 * HOUR)
    window = window_of(run)
    assert window.kind is WindowKind.SINCE_MARK
    assert read_from(run, System.QUICKBOOKS, window) == NOON - OVERLAP
    assert read_from(run, System.SYNCTA, window) == NOON + 7 * HOUR - OVERLAP


def test_the_oldest_mark_of_a_system_counts(make_run):
    run = make_run()
    set_marks(run, NOON, NOON)
    with run.ledger.writing() as conn:
        marks.move(conn, run.scope, System.QUICKBOOKS, "customer", NOON + HOUR)
    assert read_from(run, System.QUICKBOOKS, window_of(run)) == NOON - OVERLAP


def test_the_interval_of_the_schedule_is_no_window(make_run):
    """Downtime leaves no gap: a cycle starts at the mark however old that is."""
    run = make_run()
    set_marks(run, NOON - 72 * HOUR, NOON)
    assert read_from(run, System.QUICKBOOKS, window_of(run)) == NOON - 72 * HOUR - OVERLAP


def test_a_cleared_run_reads_from_the_start_recorded_for_it(make_run):
    run = make_run(run_id="cleared")
    set_marks(run, NOON, NOON + HOUR)
    first = window_of(run)
    set_marks(run, NOON + 5 * HOUR, NOON + 6 * HOUR)
    again = make_run(run_id="cleared", attempt=2)
    assert window_of(again) == first
    assert read_from(again, System.QUICKBOOKS, window_of(again)) == NOON - OVERLAP
    assert read_from(again, System.SYNCTA, window_of(again)) <= NOON + HOUR - OVERLAP


def test_a_cleared_first_run_reads_everything_again(make_run):
    assert window_of(make_run(run_id="cleared")).kind is WindowKind.EVERYTHING
    set_marks(make_run(), NOON, NOON)
    assert window_of(make_run(run_id="cleared")).kind is WindowKind.EVERYTHING


@pytest.mark.parametrize("kind", [RunKind.BACKFILL, RunKind.CYCLE])
def test_an_interval_asked_for_is_a_window_of_creation_that_moves_no_mark(make_run, kind):
    run = make_run(kind, window_start=NOON, window_end=NOON + HOUR)
    set_marks(run, NOON, NOON)
    window = window_of(run)
    assert (window.kind, window.created, window.moves_marks) == (
        WindowKind.CREATED_BETWEEN,
        (NOON, NOON + HOUR),
        False,
    )


def test_a_window_without_a_zone_is_in_the_companys_zone(make_run):
    start, end = dt.datetime(2026, 10, 1), dt.datetime(2026, 11, 1)  # noqa: DTZ001 - what a form may send
    window = window_of(make_run(RunKind.BACKFILL, window_start=start, window_end=end))
    assert window.as_json()["start"] == "2026-10-01T00:00:00-07:00"


@pytest.mark.parametrize(
    ("start", "end"), [(NOON, None), (None, NOON), (NOON, NOON), (NOON, NOON - HOUR), (None, None)]
)
def test_a_backfill_needs_a_window_that_ends_after_it_starts(make_run, start, end):
    with pytest.raises(SettingsInvalid, match="window"):
        window_of(make_run(RunKind.BACKFILL, window_start=start, window_end=end))


def test_windows_say_themselves_in_a_log(make_run):
    assert str(window_of(make_run(RunKind.INITIAL))) == "everything"
    run = make_run(RunKind.BACKFILL, "b", window_start=NOON, window_end=NOON + HOUR)
    assert str(window_of(run)) == "created 2026-10-15T19:00:00Z..2026-10-15T20:00:00Z"
    set_marks(run, NOON, NOON)
    assert str(window_of(make_run(run_id="c"))) == "since 2026-10-15T19:00:00Z"


def test_the_folder_of_a_run_is_the_same_in_every_try_and_safe_for_any_store(make_run):
    name = "scheduled__2026-11-02T09:00:00+00:00"
    folder = make_run(run_id=name).folder
    assert folder == make_run(run_id=name, attempt=3).folder
    assert folder.parent == make_run().folder.parent
    assert folder.name.replace("-", "").replace("_", "").isalnum()
    others = ["../../etc", "a/b", "a:b", "a_b", "x" * 300, "x" * 301, ".."]
    names = {make_run(run_id=other).folder for other in others}
    assert len(names) == len(others)
    assert {path.parent for path in names} == {folder.parent}
