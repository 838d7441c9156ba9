"""Rules 2.8: what people decide is recorded with who and when, stands until replaced, and is never deleted."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from include.ledger import decisions
from include.ledger.database import Ledger
from include.ledger.decisions import Decision, Decisions, Verb
from include.ledger.tables import decisions as table
from include.ledger.tables import scoped
from tests.ledger.samples import OTHERS, SCOPE

NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
OTHER = OTHERS[0]
LINK = Decision(Verb.LINK, "customer", "quickbooks", "7", "Pat", NOON, target_id="cus_1", note="same person")


def decided(ledger: Ledger, *made: Decision) -> Decisions:
    with ledger.writing() as conn:
        for one in made:
            decisions.record(conn, SCOPE, one)
    with ledger.reading() as conn:
        return decisions.standing(conn, SCOPE)


def test_a_decision_comes_back_as_it_was_made(ledger: Ledger) -> None:
    accepted = replace(LINK, verb=Verb.ACCEPT, reason="total_differs", facts={"amount": "0.01"})
    found = decided(ledger, LINK, accepted)
    assert found.identity("customer", "quickbooks", "7") == LINK
    assert found.about("accept:total_differs", "customer", "quickbooks", "7") == accepted


def test_the_later_decision_on_a_topic_stands_and_the_earlier_is_kept(ledger: Ledger) -> None:
    unlink = replace(LINK, verb=Verb.UNLINK, decided_by="Sam", decided_at=NOON + dt.timedelta(hours=1))
    assert decided(ledger, LINK, unlink).identity("customer", "quickbooks", "7") == unlink
    with ledger.reading() as conn:
        kept = decisions.history(conn, SCOPE)
    assert kept == [(LINK, unlink.decided_at, "replaced"), (unlink, None, "")]


def test_a_decision_about_another_topic_or_record_replaces_nothing(ledger: Ledger) -> None:
    others = [replace(LINK, record_id="8"), replace(LINK, system="syncta"), replace(LINK, verb=Verb.BILL_TO)]
    assert len(decided(ledger, LINK, *others).standing) == 4


def test_a_decision_taken_back_no_longer_stands(ledger: Ledger) -> None:
    decided(ledger, LINK)
    with ledger.writing() as conn:
        assert decisions.end(conn, SCOPE, LINK.topic, LINK.subject, "taken back", NOON)
        assert not decisions.end(conn, SCOPE, LINK.topic, LINK.subject, "taken back", NOON)
    assert decided(ledger).standing == {}


def test_another_company_knows_nothing_of_it(ledger: Ledger) -> None:
    decided(ledger, LINK)
    with ledger.reading() as conn:
        assert decisions.standing(conn, OTHER) == Decisions()


def test_two_decisions_on_one_topic_never_stand_side_by_side(ledger: Ledger) -> None:
    decided(ledger, LINK)
    values = {"verb": "unlink", "topic": "identity", "entity": "customer", "system": "quickbooks", "record_id": "7"}
    row = scoped(SCOPE, **values, facts={}, decided_by="Sam", decided_at=NOON)
    with pytest.raises(IntegrityError), ledger.writing() as conn:
        conn.execute(table.insert().values(**row))


def test_an_accepted_exception_is_told_again_when_its_facts_change(ledger: Ledger) -> None:
    found = decided(ledger, replace(LINK, verb=Verb.ACCEPT, reason="total_differs", facts={"amount": "0.01"}))
    who = ("customer", "quickbooks", "7")
    assert found.accepted("total_differs", *who, {"amount": "0.01"})
    assert not found.accepted("total_differs", *who, {"amount": "0.02"})
    assert not found.accepted("unbilled_change", *who, {"amount": "0.01"})


def test_each_decision_to_write_again_raises_the_generation_for_ever(ledger: Ledger) -> None:
    again = replace(LINK, verb=Verb.CREATE_AGAIN, target_id="cus_1")
    found = decided(ledger, again, replace(again, target_id="cus_2"), LINK)
    assert found.generation("customer", "quickbooks", "7") == 2
    assert found.generation("customer", "quickbooks", "8") == 0


def test_a_preview_sees_what_recording_would_leave(ledger: Ledger) -> None:
    again = replace(LINK, verb=Verb.CREATE_AGAIN)
    assert decided(ledger, LINK).with_(again) == decided(ledger, again)


def test_the_digest_changes_with_what_plans_depend_on_and_with_nothing_else(ledger: Ledger) -> None:
    before = decided(ledger, LINK).digest
    note = replace(LINK, verb=Verb.NOTE, reason="total_differs")
    side = Decision(Verb.RESTORED, "side", "syncta", "", "Pat", NOON, facts={"gone": 21})
    assert decided(ledger, note, side).digest == before
    assert decided(ledger, replace(LINK, target_id="cus_2")).digest != before
    assert decided(ledger).without(replace(LINK, target_id="cus_2")).digest == Decisions().digest
