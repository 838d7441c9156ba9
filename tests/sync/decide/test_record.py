"""Recording: all of a proposal or nothing, and only what was looked at (rules 2.8)."""

from __future__ import annotations

import datetime as dt

import pytest

from include.errors import DecisionRefused
from include.ledger.decisions import Verb
from include.records import Entity, System
from include.sync.decide.preview import effect_of
from include.sync.decide.record import record
from include.sync.decide.verbs import Proposal, propose
from include.sync.decide.view import Ask, View, view_of
from tests.sync.builders import NOON, customer
from tests.sync.decide.conftest import Desk

LATER = NOON + dt.timedelta(hours=1)


def looked_at(desk: Desk, command: str, record_id: str, target: str = "") -> tuple[View, Proposal]:
    """What a person saw at noon."""
    view = view_of(desk.world.ledger, desk.world.company)
    return view, propose(view, Ask(command=command, record=record_id, target=target, by="Pat", at=NOON))


def keep(desk: Desk, view: View, proposal: Proposal) -> None:
    record(desk.world.ledger, desk.world.company.scope, proposal, view.state.decisions, "Pat", LATER)


def test_2_8_what_somebody_else_decided_meanwhile_is_not_overridden_unseen(desk: Desk) -> None:
    first, second = looked_at(desk, "link-customer", "58", "cus_a"), looked_at(desk, "unlink-customer", "58")
    keep(desk, *first)
    with pytest.raises(DecisionRefused, match="meanwhile"):
        keep(desk, *second)
    made = desk.standing().identity("customer", "quickbooks", "58")
    assert made is not None
    assert made.verb is Verb.LINK


def test_a_decision_counts_from_when_it_was_recorded_not_from_when_it_was_looked_at(desk: Desk) -> None:
    keep(desk, *looked_at(desk, "link-customer", "58", "cus_a"))
    assert [one.decided_at for one in desk.standing().standing.values()] == [LATER]


def test_2_8_a_link_and_the_unlink_it_brings_about_are_recorded_together(desk: Desk) -> None:
    desk.add(System.QUICKBOOKS, customer("60", "Other"))
    desk.world.syncta.add(customer("cus_o", "Other"))
    desk.world.cycle()
    keep(desk, *looked_at(desk, "link-customer", "58", "cus_o"))
    verbs = {one.record_id: (one.verb, one.target_id) for one in desk.standing().standing.values()}
    assert verbs == {"58": (Verb.LINK, "cus_o"), "60": (Verb.UNLINK, "cus_o")}


def test_2_8_a_link_that_moves_away_by_itself_is_not_unlinked_as_well(desk: Desk) -> None:
    """Two links are swapped by two decisions."""
    desk.add(System.QUICKBOOKS, customer("60", "Other"))
    desk.world.syncta.add(customer("cus_o", "Other"))
    desk.world.cycle()
    copy = desk.world.links(Entity.CUSTOMER)["58"]
    keep(desk, *looked_at(desk, "link-customer", "58", "cus_o"))
    keep(desk, *looked_at(desk, "link-customer", "60", copy))
    desk.world.cycle()
    assert desk.world.links(Entity.CUSTOMER) == {"58": "cus_o", "60": copy}


def test_the_effect_says_what_vanishes_and_what_comes_with_its_money(desk: Desk) -> None:
    effect = effect_of(*looked_at(desk, "link-customer", "58", "cus_a"))
    money = {(one.comes, one.action, one.reason): str(one.amount) for one in effect.lines() if one.amount is not None}
    assert money == {(False, "hold", "customer_not_in_quickbooks"): "150.00", (True, "push", "new"): "150.00"}
    assert effect.counts()["+unlink.decision"] == 1
    assert not any("Nick" in text for text in effect.counts())
