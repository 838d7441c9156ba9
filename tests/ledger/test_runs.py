from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from include.ledger import companies, marks, runs
from include.ledger.database import Ledger
from include.ledger.runs import RunRow
from include.records import System
from tests.ledger.samples import OTHERS, SCOPE, after


def start(ledger: Ledger, run_id: str = "run_1", *, attempt: int = 1, minute: int = 0, **window: Any) -> RunRow:
    ends = {"window_start": None, "window_end": after(0), **window}
    with ledger.writing() as conn:
        return runs.start(conn, SCOPE, "sync.demo", run_id, attempt, "cycle", **ends, at=after(minute))


def test_a_run_is_recorded_with_its_window(ledger: Ledger) -> None:
    row = start(ledger, window_start=after(-60), window_end=after(0), minute=1)
    assert (row.window_start, row.window_end, row.started_at, row.finished_at) == (after(-60), after(0), after(1), None)
    assert (row.state, row.counts) == ("", {})


def test_a_cleared_run_gets_back_the_window_recorded_for_it(ledger: Ledger) -> None:
    """protocol 2.1"""
    first = start(ledger, window_start=after(-60), window_end=after(0))
    again = start(ledger, attempt=2, window_start=after(-5), window_end=after(30), minute=9)
    assert again == replace(first, attempt=2)
    assert start(ledger, attempt=1) == again


def test_how_a_run_ended_is_kept_also_when_it_is_cleared(ledger: Ledger) -> None:
    start(ledger)
    with ledger.writing() as conn:
        runs.finish(conn, SCOPE, "sync.demo", "run_1", "success", {"push": 3}, "plan.parquet", "abc", after(7))
    row = start(ledger, attempt=2)
    assert (row.state, row.counts, row.plan_path, row.plan_digest) == ("success", {"push": 3}, "plan.parquet", "abc")
    assert row.finished_at == after(7)


def test_the_same_run_id_of_another_dag_or_company_is_another_run(ledger: Ledger) -> None:
    start(ledger)
    with ledger.reading() as conn:
        assert runs.get(conn, SCOPE, "initial_sync.demo", "run_1") is None
        assert [runs.get(conn, scope, "sync.demo", "run_1") for scope in OTHERS] == [None] * 3
        assert [runs.latest(conn, scope, 9) for scope in OTHERS] == [[]] * 3


def test_the_latest_runs_come_newest_first(ledger: Ledger) -> None:
    for number in range(5):
        start(ledger, f"run_{number}", minute=number)
    with ledger.reading() as conn:
        assert [row.run_id for row in runs.latest(conn, SCOPE, 2)] == ["run_4", "run_3"]


def test_a_mark_moves_forwards_only(ledger: Ledger) -> None:
    """protocol 1.3"""
    reached = []
    for minute in (5, 3, 9, 9, 1):
        with ledger.writing() as conn:
            marks.move(conn, SCOPE, System.SYNCTA, "customer", after(minute))
            reached.append(marks.get(conn, SCOPE, System.SYNCTA, "customer"))
    assert reached == [after(5), after(5), after(9), after(9), after(9)]


def test_a_mark_never_moved_is_not_there(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        marks.move(conn, SCOPE, System.SYNCTA, "customer", after(5))
        assert marks.get(conn, SCOPE, System.SYNCTA, "invoice") is None
        assert marks.get(conn, SCOPE, System.QUICKBOOKS, "customer") is None
        assert [marks.get(conn, scope, System.SYNCTA, "customer") for scope in OTHERS] == [None] * 3


def test_a_mark_is_a_moment_whatever_zone_it_was_told_in(ledger: Ledger) -> None:
    west = dt.timezone(dt.timedelta(hours=-8))
    with ledger.writing() as conn:
        marks.move(conn, SCOPE, System.SYNCTA, "customer", after(5).astimezone(west))
    with ledger.reading() as conn:
        reached = marks.get(conn, SCOPE, System.SYNCTA, "customer")
    assert reached == after(5)
    assert reached.utcoffset() == dt.timedelta(0)


def test_a_microsecond_is_enough_to_move_a_mark(ledger: Ledger) -> None:
    later = after(5) + dt.timedelta(microseconds=1)
    with ledger.writing() as conn:
        marks.move(conn, SCOPE, System.SYNCTA, "customer", after(5))
        marks.move(conn, SCOPE, System.SYNCTA, "customer", later)
        assert marks.get(conn, SCOPE, System.SYNCTA, "customer") == later


def test_a_time_without_a_zone_is_refused(ledger: Ledger) -> None:
    with pytest.raises(Exception, match="aware times only"), ledger.writing() as conn:
        marks.move(conn, SCOPE, System.SYNCTA, "customer", after(5).replace(tzinfo=None))


def test_the_first_first_sync_is_remembered_and_the_latest_go_live(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        assert companies.first_sync_at(conn, SCOPE) is None
        companies.record_first_sync(conn, SCOPE, "run_1", after(1), dt.date(2026, 10, 1))
        companies.record_first_sync(conn, SCOPE, "run_2", after(2), dt.date(2026, 9, 1))
    with ledger.reading() as conn:
        assert companies.approved_go_live(conn, SCOPE) == dt.date(2026, 9, 1)
        assert companies.first_sync_at(conn, SCOPE) == after(1)
        assert [companies.first_sync_at(conn, scope) for scope in OTHERS] == [None] * 3
