"""Walks through pages while others insert, change and delete; look-ups; what changed since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.sandbox.store import Store
from include.sandbox.syncta import records
from include.sandbox.syncta.app import API_KEY
from include.sandbox.syncta.asks import Ask
from include.sandbox.syncta.calls import SynctaCalls
from include.sandbox.syncta.office import Office
from include.sandbox.syncta.records import INDEXES, in_bulk
from tests.sandbox.conftest import START

MEANWHILE = st.lists(st.tuples(st.sampled_from(["insert", "change", "delete"]), st.integers(0, 30)), max_size=4)


class Account:
    """Syncta in this process, with a clock that moves a second at every other write."""

    def __init__(self, store: Store) -> None:
        self.store, self.office = store, Office(store)
        self.calls = SynctaCalls(store, self.office, API_KEY)
        self.ids: list[str] = []
        self.gone: set[str] = set()

    def do(self, act: str, which: int = 0) -> None:
        """Insert a customer, or change or delete one that is there; at an even number in the same moment as before."""
        self.store.clock.advance(dt.timedelta(seconds=which % 2))
        live = [one for one in self.ids if one not in self.gone]
        if act == "insert" or not live:
            self.ids.append(self.office.create_customer({"name": f"Customer {len(self.ids)}"})["id"])
        elif act == "change":
            self.office.update_customer(live[which % len(live)], {"phone": str(which)})
        else:
            self.gone.add(self.office.delete_customer(live[which % len(live)])["id"])

    def page(self, **asked: str) -> dict[str, Any]:
        """One page of customers."""
        query = "&".join(f"{name}={text.replace(':', '%3A')}" for name, text in asked.items()).encode()
        ask = Ask("GET", ("v1", "customers"), query, {"authorization": f"Bearer {API_KEY}"})
        return dict(self.calls.answer(ask).body)

    def walk(self, **asked: str) -> Iterator[dict[str, Any]]:
        """All pages."""
        cursor: str | None = ""
        while cursor is not None:
            page = self.page(**asked, **({"cursor": cursor} if cursor else {}))
            yield page
            cursor = page["next_cursor"]


@contextmanager
def account() -> Iterator[Account]:
    with TemporaryDirectory() as folder:
        store = Store(Path(folder) / "sandbox.sqlite")
        store.clock.freeze(START)
        yield Account(store)
        store.close()


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(
    before=st.integers(0, 12), limit=st.integers(1, 5), meanwhile=st.lists(MEANWHILE, max_size=8), deleted=st.booleans()
)
def test_a_walk_meets_everything_that_was_there_exactly_once_and_what_is_new_at_its_end(
    before: int, limit: int, meanwhile: list[list[tuple[str, int]]], deleted: bool
) -> None:
    with account() as running:
        for _ in range(before):
            running.do("insert")
        met, totals, acts = [], set(), iter(meanwhile)
        for page in running.walk(limit=str(limit), include_deleted=str(deleted).lower()):
            met += [row["id"] for row in page["data"]]
            totals.add(page["total"])
            assert len(page["data"]) <= limit
            for act in next(acts, []):
                running.do(*act)
        assert met == [one for one in running.ids if one in set(met)], "in the order of creation, none twice"
        assert set(running.ids[:before]) - set(met) <= (set() if deleted else running.gone)
        assert totals == {before}


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(st.lists(MEANWHILE, min_size=1, max_size=6), st.integers(1, 4), st.sampled_from([0, records.FEW]))
def test_asking_from_each_walks_beginning_on_misses_no_change(
    rounds: list[list[tuple[str, int]]], limit: int, few: int
) -> None:
    with account() as running, pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "FEW", few)  # both ways of finding what changed
        mirror: dict[str, int] = {}
        since = "2000-01-01T00:00:00Z"
        for acts in [*rounds, []]:
            left = iter(acts)
            pages = []
            for page in running.walk(limit=str(limit), updated_since=since, include_deleted="true"):
                pages.append(page)
                mirror |= {row["id"]: row["version"] for row in page["data"]}
                for act in [next(left, None)]:
                    if act:
                        running.do(*act)
            for act in left:
                running.do(*act)
            since = pages[0]["as_of"]
        for page in running.walk(updated_since=since, include_deleted="true"):
            mirror |= {row["id"]: row["version"] for row in page["data"]}
        now = {row["id"]: row["version"] for page in running.walk(include_deleted="true") for row in page["data"]}
        assert mirror == now


def test_a_window_of_creation_includes_its_beginning_and_excludes_its_end() -> None:
    with account() as running:
        for _ in range(4):
            running.do("insert", 1)
        times = [row["created_at"] for row in running.page()["data"]]
        found = running.page(created_from=times[1], created_to=times[3])["data"]
        assert [row["id"] for row in found] == running.ids[1:3]


def test_every_look_up_goes_by_an_index(store: Store) -> None:
    Office(store)
    walks = {
        "syncta_walk": records.Walk("customer"),
        "syncta_by_label": records.Walk("customer", {"label": "Ann"}, updated_since="2026"),
        "syncta_by_owner": records.Walk("invoice", {"owner": "c1"}),
        "syncta_by_external_id": records.Walk("customer", {"external_id": "58"}),
        "syncta_by_updated": records.Walk("customer", updated_since="2026"),
    }
    for index, walk in walks.items():
        where, values = walk.conditions()
        sql = (
            f"EXPLAIN QUERY PLAN SELECT body FROM syncta_record {walk.index(1)} WHERE {where} AND seq > 0 ORDER BY seq"
        )
        plan = " ".join(row["detail"] for row in store.rows(sql, *values))
        assert index in plan, plan


def test_rows_inserted_in_bulk_are_found_by_the_same_indexes(store: Store) -> None:
    office = Office(store)
    with in_bulk(store):
        ids = [office.create_customer({"name": f"Customer {n}"})["id"] for n in range(3)]
    there = {row["name"] for row in store.rows("SELECT name FROM sqlite_master WHERE type = 'index'")}
    assert set(INDEXES) <= there
    assert (
        office.records.page(records.Walk("customer", {"label": "Customer 1"}), after=0, limit=5)[0][0]["id"] == ids[1]
    )
