"""The store: clock, meter, faults, parts of a transaction."""

from __future__ import annotations

import contextlib
import datetime as dt
from pathlib import Path

import pytest

from include.sandbox.faults import Call, Fault, FaultInvalid
from include.sandbox.store import Store

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def test_a_clock_that_was_set_runs_on_from_there_after_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    store.clock.set(NOON)
    store.close()
    again = Store(tmp_path / "s")
    assert dt.timedelta(0) <= again.now() - NOON < dt.timedelta(seconds=30)


def test_a_frozen_clock_stands_still_and_can_be_moved(store: Store) -> None:
    store.clock.freeze(NOON)
    store.clock.advance(dt.timedelta(hours=1))
    assert store.now() == store.now() == NOON + dt.timedelta(hours=1)


def test_what_happens_at_another_time_leaves_the_clock_as_it_was(store: Store) -> None:
    before = store.now()
    with store.clock.at(NOON):
        assert store.now() == NOON
    assert store.now() == before


def test_a_part_of_a_transaction_can_fail_by_itself(store: Store) -> None:
    with store.transaction():
        store.put_setting("kept", 1)
        with contextlib.suppress(KeyError), store.transaction():
            store.put_setting("lost", 1)
            raise KeyError
    assert (store.setting("kept"), store.setting("lost")) == (1, None)


def test_a_failed_transaction_leaves_the_clock_where_it_was(store: Store) -> None:
    before = store.now()
    with contextlib.suppress(KeyError), store.transaction():
        store.clock.freeze(NOON)
        raise KeyError
    assert store.now() == before


def test_a_count_made_in_a_failed_transaction_did_not_happen(store: Store) -> None:
    store.meter.add("quickbooks", "writes", "Invoice.create", realm="1")
    with contextlib.suppress(KeyError), store.transaction():
        store.meter.add("quickbooks", "writes", "Invoice.create", realm="1")
        raise KeyError
    assert store.meter.readings("quickbooks")["1"]["writes"] == {"Invoice.create": 1}


def test_numbers_count_up_from_their_first(store: Store) -> None:
    assert [store.next_number("a", first=7) for _ in range(3)] == [7, 8, 9]


def test_a_fault_lets_the_first_calls_pass_and_then_happens_as_often_as_ordered(store: Store) -> None:
    store.faults.order("syncta", Fault("empty", {"operation": "read"}, count=2, after=1))
    taken = [store.faults.take("syncta", Call("read")) for _ in range(4)]
    assert [fault.kind if fault else None for fault in taken] == [None, "empty", "empty", None]


def test_a_fault_befalls_only_what_it_names(store: Store) -> None:
    store.faults.order("quickbooks", Fault("empty", {"operation": "batch", "entity": "Invoice"}))
    assert store.faults.take("syncta", Call("batch", "Invoice")) is None
    assert store.faults.take("quickbooks", Call("batch", "Payment")) is None
    assert store.faults.take("quickbooks", Call("batch", "Customer,Invoice")) is not None


@pytest.mark.parametrize(
    "spec", [{}, {"kind": "flood"}, {"kind": "empty", "often": 2}, {"kind": "empty", "match": {"x": 1}}]
)
def test_an_order_nobody_understands_is_refused(spec: dict[str, object]) -> None:
    with pytest.raises(FaultInvalid):
        Fault.from_json(spec)


def test_clearing_empties_everything(store: Store) -> None:
    store.put_setting("a", 1)
    store.faults.order("syncta", Fault("empty"))
    store.clear()
    assert store.setting("a") is None
    assert not store.faults.any_left("syncta")


def test_in_bulk_numbers_go_on_and_nothing_is_metered(store: Store) -> None:
    store.next_number("a")
    with store.bulk():
        store.meter.add("quickbooks", "writes", "Invoice.create")
        assert [store.next_number(name) for name in ("a", "b", "a")] == [2, 1, 3]
        with store.transaction() as db:
            db.execute("INSERT INTO setting VALUES ('x', '1')")
    assert [store.next_number("a"), store.next_number("b"), store.setting("x")] == [4, 2, 1]
    assert store.meter.readings("quickbooks") == {}


def test_a_bulk_that_fails_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.bulk():
            store.put_setting("x", 1)
            store.next_number("a")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (store.setting("x"), store.next_number("a"), store.in_bulk) == (None, 1, False)


def test_what_is_heard_was_not_done(store: Store) -> None:
    with store.heard() as heard:
        store.put_setting("x", 1)
        assert store.setting("x") == 1
    assert any(sql.startswith("INSERT OR REPLACE INTO setting") and values[0] == "x" for sql, values in heard)
    assert store.setting("x") is None


def test_indexes_are_made_anew_after_many_rows(store: Store) -> None:
    store.define("CREATE TABLE IF NOT EXISTS many (n INTEGER);CREATE INDEX IF NOT EXISTS by_n ON many (n)")
    named = "SELECT name FROM sqlite_master WHERE name = 'by_n'"
    with store.unindexed("man*"):
        assert store.row(named) is None
    assert store.row(named) is not None


def test_what_was_remembered_is_forgotten_when_something_is_undone(store: Store) -> None:
    store.memory["a"] = 1
    with pytest.raises(KeyError), store.transaction():
        raise KeyError
    assert store.memory == {}
