from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from include.ledger import findings
from include.ledger.database import Ledger
from include.ledger.findings import Finding, Kind, OpenFinding, Settled
from include.ledger.holds import close_holds, open_hold
from include.records import Entity, Scope, System
from tests.hostile_names import HOSTILE_NAMES
from tests.ledger.samples import OTHERS, SCOPE, after

HOLD = Finding("hold", Entity.INVOICE, System.SYNCTA, "s1", "no_customer", "Its customer is not linked.", Decimal("75"))
OTHER_HOLD = replace(HOLD, reason="number_taken", text="The number is taken.")
FLAG = replace(HOLD, kind="flag", entity=Entity.CUSTOMER, reason="likely_duplicate", amount=None)


def settle(ledger: Ledger, minute: int, *told: Finding, scope: Scope = SCOPE) -> Settled:
    with ledger.writing() as conn:
        return findings.settle(conn, scope, f"run_{minute}", told, after(minute))


def open_ones(ledger: Ledger, kind: Kind | None = None, scope: Scope = SCOPE) -> list[OpenFinding]:
    with ledger.reading() as conn:
        return findings.open_ones(conn, scope, kind)


def ages(ledger: Ledger) -> list[tuple[str, int, int]]:
    """(reason, minute first seen, minute last seen) of what is open."""

    def minutes(time: object) -> int:
        return int((time - after(0)).total_seconds() // 60)  # type: ignore[operator]

    return [(one.reason, minutes(one.first_seen), minutes(one.last_seen)) for one in open_ones(ledger)]


def test_a_finding_comes_back_as_it_was_told(ledger: Ledger) -> None:
    assert settle(ledger, 1, HOLD, FLAG) == Settled(opened=2, still_open=0, closed=0)
    first, second = open_ones(ledger)
    who = (Entity.INVOICE, System.SYNCTA, "s1")
    told = ("no_customer", HOLD.text, Decimal("75"), HOLD.target_id)
    assert first == OpenFinding("hold", *who, *told, first_seen=after(1), last_seen=after(1))
    assert second.amount is None


def test_a_finding_told_again_keeps_its_first_day_and_takes_the_new_words(ledger: Ledger) -> None:
    settle(ledger, 1, HOLD)
    again = replace(HOLD, text="Its customer is still not linked.", amount=Decimal("80.10"))
    assert settle(ledger, 5, again) == Settled(opened=0, still_open=1, closed=0)
    (one,) = open_ones(ledger)
    assert (one.first_seen, one.last_seen, one.text, str(one.amount)) == (after(1), after(5), again.text, "80.10")


def test_a_finding_no_longer_told_is_closed_and_opens_anew_later(ledger: Ledger) -> None:
    settle(ledger, 1, HOLD, OTHER_HOLD)
    assert settle(ledger, 2, OTHER_HOLD) == Settled(opened=0, still_open=1, closed=1)
    assert settle(ledger, 3, HOLD, OTHER_HOLD) == Settled(opened=1, still_open=1, closed=0)
    assert sorted(ages(ledger)) == [("no_customer", 3, 3), ("number_taken", 1, 3)]


def test_settling_the_same_twice_changes_nothing(ledger: Ledger) -> None:
    settle(ledger, 1, HOLD, FLAG)
    before = open_ones(ledger)
    assert settle(ledger, 1, HOLD, FLAG) == Settled(opened=0, still_open=2, closed=0)
    assert open_ones(ledger) == before


def test_a_finding_told_twice_in_one_run_is_one(ledger: Ledger) -> None:
    assert settle(ledger, 1, HOLD, HOLD).opened == 1
    assert len(open_ones(ledger)) == 1


def test_nothing_told_closes_everything(ledger: Ledger) -> None:
    settle(ledger, 1, HOLD, FLAG)
    assert settle(ledger, 2).closed == 2
    assert open_ones(ledger) == []


def test_each_kind_can_be_asked_for_alone(ledger: Ledger) -> None:
    settle(ledger, 1, HOLD, FLAG)
    assert [one.kind for one in open_ones(ledger, "flag")] == ["flag"]
    assert open_ones(ledger, "exception") == []


def test_texts_survive_code_point_by_code_point(ledger: Ledger) -> None:
    told = [replace(HOLD, record_id=f"{n:03}", text=name) for n, name in enumerate(HOSTILE_NAMES)]
    settle(ledger, 1, *told)
    assert [one.text for one in open_ones(ledger)] == HOSTILE_NAMES


@pytest.mark.parametrize("scope", OTHERS)
def test_one_companys_run_closes_nothing_of_another(ledger: Ledger, scope: Scope) -> None:
    settle(ledger, 1, HOLD)
    assert settle(ledger, 2, scope=scope) == Settled(opened=0, still_open=0, closed=0)
    assert len(open_ones(ledger)) == 1


def test_a_hold_met_by_a_load_opens_once_and_is_told_again(ledger: Ledger) -> None:
    for minute in (1, 4):
        with ledger.writing() as conn:
            open_hold(conn, SCOPE, f"run_{minute}", HOLD, after(minute))
    assert ages(ledger) == [("no_customer", 1, 4)]


def test_the_next_plan_takes_over_a_hold_a_load_opened(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        open_hold(conn, SCOPE, "run_1", HOLD, after(1))
    assert settle(ledger, 2, HOLD) == Settled(opened=0, still_open=1, closed=0)
    assert ages(ledger) == [("no_customer", 1, 2)]


def test_the_holds_of_one_record_are_closed_except_those_named(ledger: Ledger) -> None:
    another = replace(HOLD, record_id="s2")
    exception = replace(HOLD, kind="exception")
    settle(ledger, 1, HOLD, OTHER_HOLD, another, exception)
    with ledger.writing() as conn:
        close_holds(conn, SCOPE, Entity.INVOICE, System.SYNCTA, "s1", after(2), except_for=["number_taken"])
    left = [(one.kind, one.record_id, one.reason) for one in open_ones(ledger)]
    assert left == [
        ("hold", "s1", "number_taken"),
        ("hold", "s2", "no_customer"),
        ("exception", "s1", "no_customer"),
    ]


def test_a_closed_hold_opens_anew_with_a_new_first_day(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        open_hold(conn, SCOPE, "run_1", HOLD, after(1))
        close_holds(conn, SCOPE, Entity.INVOICE, System.SYNCTA, "s1", after(2))
        open_hold(conn, SCOPE, "run_3", HOLD, after(3))
    assert ages(ledger) == [("no_customer", 3, 3)]
