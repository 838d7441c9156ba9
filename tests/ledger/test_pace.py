"""The limits of QuickBooks, kept by design: turns that all processes of a company share, and the month's budget."""

from __future__ import annotations

import datetime as dt
import itertools
import time
from bisect import bisect_left
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from include.errors import BudgetSpent, RateLimited
from include.ledger import pace, usage
from include.ledger.database import Ledger, clock
from include.ledger.pace import LedgerGate, Limit, Limits, hold_back, reserve
from tests.ledger.racing import race
from tests.ledger.samples import OTHERS, SCOPE

ALL = Limits(450, 8, 36)
TENS = Limits(per_minute=10, per_second=10, batches_per_minute=5)


def most_in_a_window(starts: list[float], seconds: float) -> int:
    ordered = sorted(starts)
    return max(bisect_left(ordered, begin + seconds - 1e-6) - place for place, begin in enumerate(ordered))


BURSTS = st.lists(
    st.tuples(st.floats(0, 90), st.integers(1, 30), st.sampled_from(["query", "batch"])), min_size=1, max_size=12
)
"""Quiet times, and how many calls of a kind follow each at once."""


@given(BURSTS)
@example([(0.0, 1, "query"), (1000.0, 60, "query"), (60.0, 60, "query")])
@example([(0.0, 120, "query")])
@example([(0.0, 30, "batch"), (0.1, 30, "query"), (0.1, 30, "batch")])
def test_no_window_holds_more_turns_than_a_limit_whenever_they_are_asked_for(
    asked: list[tuple[float, int, str]],
) -> None:
    """rules 7"""
    limits, spent, now = Limits(per_minute=40, per_second=5, batches_per_minute=20), {}, 1_000_000.0
    starts: list[tuple[float, str]] = []
    for quiet, calls, kind in asked:
        now += quiet
        for _ in range(calls):
            start, spent = reserve(spent, limits.of(kind), now)
            assert start >= now
            starts.append((start, kind))
    assert most_in_a_window([start for start, _ in starts], 1) <= 5
    assert most_in_a_window([start for start, _ in starts], 60) <= 40
    batches = [start for start, kind in starts if kind == "batch"]
    assert not batches or most_in_a_window(batches, 60) <= 20


def test_a_single_call_after_a_quiet_time_waits_for_nothing() -> None:
    start, spent = reserve({}, ALL.of("query"), 1000.0)
    assert start == 1000.0
    assert reserve(spent, ALL.of("query"), 1010.0)[0] == 1010.0


@given(
    st.lists(st.tuples(st.floats(0, 3), st.floats(0, 100_000) | st.just(0.0)), min_size=1, max_size=80),
    st.floats(0, 60),
)
def test_a_clock_that_is_put_back_blocks_nobody_and_gives_no_turn_twice(
    asked: list[tuple[float, float]], pause: float
) -> None:
    limits, spent, passed, put_back = {"second": Limit(5, 1)}, hold_back({}, pause, 1_000_000.0), 0.0, 0.0
    starts: list[float] = []
    for gap, jump in asked:
        passed, put_back = passed + gap, put_back + jump
        now = 1_000_000.0 + passed - put_back
        start, spent = reserve(spent, limits, now)
        starts.append(passed + start - now)
        assert start - now <= pause + len(starts) * (limits["second"].spacing + 3)
    assert most_in_a_window(starts, 1) <= 5


def test_a_clock_that_ran_a_day_ahead_leaves_nothing_to_wait_for() -> None:
    spent = hold_back({}, 30, 1_000_000.0 + 86_400)
    start, _ = reserve(spent, ALL.of("query"), 1_000_000.0)
    assert start == pytest.approx(1_000_030.0)


def test_a_pause_is_never_shortened_and_never_longer_than_an_hour() -> None:
    spent = hold_back(hold_back({}, 90, 1000.0), 30, 1000.0)
    assert reserve(spent, ALL.of("query"), 1000.0)[0] == 1090.0
    assert reserve(hold_back({}, 1e9, 1000.0), ALL.of("query"), 1000.0)[0] == 4600.0


def test_the_limit_is_used_not_only_kept() -> None:
    spent: dict[str, float] = {}
    starts = []
    for _ in range(300):
        start, spent = reserve(spent, {"minute": Limit(100, 60)}, 0.0)
        starts.append(start)
    assert starts[-1] < 60 * 300 / 80


def test_a_call_waits_outside_the_transaction(ledger: Ledger) -> None:
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        with ledger.writing() as conn:  # would hang if the gate still held its own
            usage.count(conn, SCOPE, "2026-01", "other")

    gate = LedgerGate(ledger, SCOPE, TENS, 1000, sleep=sleep)
    for _ in range(4):
        gate.enter("query", metered=False)
    assert waited
    assert all(seconds > 0 for seconds in waited)


def test_a_turn_that_was_overslept_has_lapsed_and_another_is_taken(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed, waits = [0.0], list[float]()

    def oversleep(seconds: float) -> None:
        waits.append(seconds)
        passed[0] += seconds + (1 if len(waits) == 1 else 0)

    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    gate = LedgerGate(ledger, SCOPE, Limits(per_minute=10), 1000, sleep=oversleep)
    gate.enter("query", metered=True)
    gate.enter("query", metered=True)
    assert len(waits) == 2
    with ledger.reading() as conn:
        assert usage.used(conn, usage.month_of(clock(conn)), "sandbox") == 2, "it was one call all the same"


def test_a_pause_that_quickbooks_asks_for_holds_back_every_process_of_the_company_and_no_other(ledger: Ledger) -> None:
    waited: list[float] = []
    LedgerGate(ledger, SCOPE, ALL, 1000).hold_back(60)
    LedgerGate(ledger, SCOPE, ALL, 1000, sleep=waited.append).enter("query", metered=True)
    assert 58 < waited[0] <= 60
    LedgerGate(ledger, OTHERS[0], ALL, 1000, sleep=waited.append).enter("query", metered=True)
    assert len(waited) == 1


def test_a_turn_too_far_away_is_left_to_airflow(ledger: Ledger) -> None:
    gate = LedgerGate(ledger, SCOPE, Limits(per_minute=10, per_second=1), 1000, sleep=lambda _: None)

    def call_on() -> None:
        for _ in range(30):
            gate.enter("query", metered=False)

    with pytest.raises(RateLimited) as raised:
        call_on()
    assert raised.value.retry_after is not None
    assert raised.value.retry_after > pace.LONGEST_WAIT


def test_the_months_budget_stops_reads_of_all_companies_before_intuit_does(ledger: Ledger) -> None:
    """rules 7: `budget_spent`"""
    gates = [LedgerGate(ledger, scope, ALL, 10, share=0.9, sleep=lambda _: None) for scope in (SCOPE, OTHERS[0])]
    for gate, _ in zip(itertools.cycle(gates), range(9), strict=False):
        gate.enter("query", metered=True)
    for gate in gates:
        with pytest.raises(BudgetSpent, match="9 of the 10 metered reads"):
            gate.enter("query", metered=True)
        gate.enter("batch", metered=False)


def test_a_load_may_look_up_what_it_sent_with_what_is_left(ledger: Ledger) -> None:
    gate = LedgerGate(ledger, SCOPE, ALL, 10, share=0.9, sleep=lambda _: None)
    for _ in range(9):
        gate.enter("query", metered=True)
    finishing = LedgerGate(ledger, SCOPE, ALL, 10, share=1.0, sleep=lambda _: None)
    finishing.enter("query", metered=True)
    with pytest.raises(BudgetSpent):
        finishing.enter("query", metered=True)


def test_a_new_month_begins_at_nothing(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        usage.count(conn, SCOPE, "2026-01", "query")
        usage.count(conn, SCOPE, "2026-01", "query")
        usage.count(conn, OTHERS[0], "2026-01", "cdc")
    with ledger.reading() as conn:
        assert usage.used(conn, "2026-01", "sandbox") == 3
        assert usage.by_kind(conn, "2026-01")[SCOPE.company]["query"] == 2
        assert usage.used(conn, "2026-02", "sandbox") == 0


def test_reads_of_intuits_sandbox_take_nothing_from_production(ledger: Ledger) -> None:
    """Intuit does not meter its sandbox; here it has a budget of its own, so that a rehearsal is one."""
    production = OTHERS[2]
    rehearsal = LedgerGate(ledger, SCOPE, ALL, 2, share=1.0, sleep=lambda _: None)
    for _ in range(2):
        rehearsal.enter("query", metered=True)
    LedgerGate(ledger, production, ALL, 2, share=1.0, sleep=lambda _: None).enter("query", metered=True)
    with pytest.raises(BudgetSpent):
        rehearsal.enter("query", metered=True)


def test_a_month_is_one_of_utc() -> None:
    pacific = dt.timezone(dt.timedelta(hours=-8))
    assert usage.month_of(dt.datetime(2026, 10, 31, 23, 30, tzinfo=pacific)) == "2026-11"


def test_processes_that_call_at_once_share_the_turns(ledger_url: str) -> None:
    begun = time.time()
    turns = [start for starts in race("enter_gate", ledger_url, "25") for start in starts]
    assert len(turns) == 100
    assert min(turns) >= begun - 1
    # A turn is noted a moment after it was reserved: Intuit's own limit of ten leaves room for that.
    assert most_in_a_window(turns, 1) <= 10
