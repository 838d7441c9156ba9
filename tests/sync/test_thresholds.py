"""Protocol 1.5, 2.2, rules 1.1, 3.9: which plans wait for a person."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.records import Entity, System
from include.settings import Company
from include.sync.rows import Action, Plan, PlanRow
from include.sync.run import Approval, RunKind
from include.sync.state import State
from include.sync.thresholds import reasons_to_ask
from tests.sync.builders import company, customer, customer_link, plan, quickbooks_invoice, state, syncta_invoice

INVOICE, SY = Entity.INVOICE, System.SYNCTA


@dataclasses.dataclass(frozen=True)
class Asked:
    """As much of a run as the question of approval looks at."""

    approval: Approval
    kind: RunKind
    company: Company
    history: Any = None


def asked(of: State, *, approval: str = "thresholds", kind: str = "cycle", plan_: Plan | None = None) -> list[str]:
    run: Any = Asked(Approval(approval), RunKind(kind), of.company)
    return reasons_to_ask(run, of, plan_ or plan(of))


def newcomers(number: int) -> list[Any]:
    return [customer(str(n), f"Customer {n}") for n in range(number)]


def pushing(*totals: str, **options: Any) -> State:
    """A company that would push invoices of these totals."""
    ours, theirs = customer("1", "Ann Lee"), customer("a", "Ann Lee")
    return state(
        quickbooks=[ours],
        syncta=[theirs],
        links=[customer_link(ours, theirs)],
        syncta_invoices=[syncta_invoice(f"i{n}", "a", total) for n, total in enumerate(totals)],
        **options,
    )


def test_a_handful_of_creations_needs_nobody() -> None:
    assert asked(state(quickbooks=newcomers(25))) == []


def test_1_5_many_creations_need_a_person() -> None:
    """protocol 1.5"""
    assert asked(state(quickbooks=newcomers(26))) == ["It would create 26 customers; more than 25 need approval."]


def test_what_is_many_grows_with_the_company() -> None:
    many = [customer(f"s{n}", f"Known {n}") for n in range(1000)]
    assert asked(state(quickbooks=newcomers(50), syncta=many)) == []
    assert asked(state(quickbooks=newcomers(51), syncta=many)) != []


def test_asking_for_approval_asks_for_anything_and_not_needing_it_never_does() -> None:
    one = state(quickbooks=newcomers(1))
    assert len(asked(one, approval="ask")) == 1
    assert asked(state(quickbooks=newcomers(99)), approval="not_needed") == []
    assert asked(state(), approval="ask") == []


def test_a_plan_that_only_tells_something_asks_nobody() -> None:
    assert asked(state(quickbooks=[customer("1", "X", active=False)]), approval="ask") == []


@pytest.mark.parametrize(("kind", "needed"), [("backfill", True), ("cycle", False)])
def test_2_2_a_backfill_that_would_push_needs_a_person(kind: str, needed: bool) -> None:
    """protocol 2.2, rules 3.9"""
    for approval in ("thresholds", "not_needed"):
        assert bool(asked(pushing("75.00"), kind=kind, approval=approval)) is needed


def test_many_pushes_need_a_person() -> None:
    at, over = pushing(*["1.00"] * 50), pushing(*["1.00"] * 51)
    assert asked(at) == []
    assert asked(over) == ["It would push 51 invoices; more than 50 need approval."]


def test_many_pushes_of_an_unusual_total_need_a_person() -> None:
    limits = {"approve_push_total_over": Decimal(10**6)}
    assert asked(pushing(*["1000.01"] * 20, **limits)) == []
    assert asked(pushing(*["1000.00"] * 30, **limits)) == []
    (why,) = asked(pushing(*["1000.01"] * 21, **limits))
    assert why == "It would push 21 invoices above 1,000; more than 20 of them need approval."


def test_much_money_in_one_run_needs_a_person_and_the_sentence_tells_the_setting_only() -> None:
    assert asked(pushing("9999.99", "0.01")) == []
    assert asked(pushing("9999.99", "0.02")) == ["It would push more than 10,000 in all, which needs approval."]


def test_what_a_person_decided_to_reverse_asks_nobody_again() -> None:
    """Rules 5: it was shown with its effect when it was decided."""
    rows = [PlanRow(action, INVOICE, SY, f"i{n}") for n in range(99) for action in (Action.VOID, Action.REOPEN)]
    of = state()
    assert asked(of, plan_=Plan.of(of.scope, rows)) == []


@pytest.mark.parametrize("approval", ["thresholds", "ask", "not_needed"])
def test_1_1_go_live_moved_back_always_needs_a_person(approval: str) -> None:
    """Rules 1.1: also where nobody would be asked otherwise."""
    moved = dataclasses.replace(state(go_live=dt.date(2026, 8, 1)), approved_go_live=dt.date(2026, 10, 1))
    (why,) = [why for why in asked(moved, approval=approval, kind="initial") if "go_live" in why]
    assert "from 2026-10-01 to 2026-08-01" in why
    same = dataclasses.replace(moved, company=company(go_live=dt.date(2026, 10, 1)))
    assert asked(same, approval=approval, kind="initial") == []


@given(creations=st.integers(0, 60), pushes=st.lists(st.integers(1, 3000), max_size=60))
def test_whatever_is_above_a_threshold_waits_and_no_sentence_holds_a_sum(creations: int, pushes: list[int]) -> None:
    of = state()
    rows = [PlanRow(Action.CREATE, Entity.CUSTOMER, System.QUICKBOOKS, str(n)) for n in range(creations)]
    rows += [PlanRow(Action.PUSH, INVOICE, SY, f"i{n}", amount=Decimal(a)) for n, a in enumerate(pushes)]
    why = asked(of, plan_=Plan.of(of.scope, rows))
    over = creations > 25 or len(pushes) > 50 or sum(pushes) > 10000 or sum(a > 1000 for a in pushes) > 20
    assert bool(why) is over
    assert not any(f"{sum(pushes):,}" in sentence for sentence in why if sum(pushes) > 10000)


def test_a_document_of_quickbooks_is_no_push() -> None:
    of = pushing("75.00")
    of = dataclasses.replace(of, quickbooks_invoices={"50": quickbooks_invoice("50", "1", "99999.00")})
    assert asked(of) == []
