from __future__ import annotations

from dataclasses import replace

from include.ledger import pairs
from include.ledger.database import Ledger
from include.ledger.pairs import Pair
from include.records import Scope
from tests.ledger.samples import OTHERS, SCOPE, after

FIRST = Pair("quickbooks", "1", "syncta", "s1", "reversed_name", "likely")
SECOND = Pair("syncta", "s1", "syncta", "s2", "reversed_name", "likely")


def settle(ledger: Ledger, minute: int, *found: Pair, scope: Scope = SCOPE) -> None:
    with ledger.writing() as conn:
        pairs.settle(conn, scope, found, after(minute))


def open_ones(ledger: Ledger, scope: Scope = SCOPE) -> list[Pair]:
    with ledger.reading() as conn:
        return pairs.open_ones(conn, scope)


def test_the_pairs_found_are_the_open_ones(ledger: Ledger) -> None:
    settle(ledger, 1, SECOND, FIRST)
    assert open_ones(ledger) == [FIRST, SECOND]
    settle(ledger, 2, SECOND)
    assert open_ones(ledger) == [SECOND]
    settle(ledger, 3)
    assert open_ones(ledger) == []


def test_a_pair_found_twice_in_one_run_is_one(ledger: Ledger) -> None:
    settle(ledger, 1, FIRST, replace(FIRST, reason="same_email"))
    assert open_ones(ledger) == [replace(FIRST, reason="same_email")]


def test_a_pair_found_again_takes_the_new_reason_and_keeps_the_decision(ledger: Ledger) -> None:
    settle(ledger, 1, FIRST)
    with ledger.writing() as conn:
        pairs.decide(conn, SCOPE, FIRST, "different")
    settle(ledger, 2, replace(FIRST, reason="same_email", tier="certain"))
    assert open_ones(ledger) == [replace(FIRST, reason="same_email", tier="certain", decision="different")]


def test_a_decision_outlives_the_pair_being_closed_and_found_again(ledger: Ledger) -> None:
    settle(ledger, 1, FIRST)
    with ledger.writing() as conn:
        pairs.decide(conn, SCOPE, FIRST, "never")
    settle(ledger, 2)
    settle(ledger, 3, FIRST)
    assert [pair.decision for pair in open_ones(ledger)] == ["never"]


def test_companies_do_not_see_each_others_pairs(ledger: Ledger) -> None:
    settle(ledger, 1, FIRST)
    for scope in OTHERS:
        assert open_ones(ledger, scope) == []
        settle(ledger, 2, SECOND, scope=scope)
    assert open_ones(ledger) == [FIRST]
