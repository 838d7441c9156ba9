"""R9, rules 3.9, protocol 2.2: old invoices are only linked, unless a backfill asks for them by its parameter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.errors import WrongCompany
from include.ledger import companies, links, marks, mirror
from include.records import Entity, System
from include.sandbox.scenarios.town import Line
from include.sync.run import RunKind
from include.sync.sources import SOURCES, name_of
from tests.end_to_end.people import People, people_of, syncta_line

OCTOBER, MIDDLE, NOVEMBER = (
    dt.datetime(2026, month, day, 7, tzinfo=dt.UTC) for month, day in ((10, 1), (10, 16), (11, 1))
)
HALVES = {"early": (OCTOBER, MIDDLE), "late": (MIDDLE, NOVEMBER)}


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    """Everything in these books was ready before go-live; September is final, the books closed until 5 October."""
    with people_of(tmp_path, go_live=dt.date(2026, 11, 1)) as found:
        ann = found.both("Ann Lee")
        for number, day in (("B", 20), ("A", 12), ("C", 8), ("closed", 3)):
            old_invoice(found, number, ann.syncta, dt.date(2026, 10, day))
        old_invoice(found, "final", ann.syncta, dt.date(2026, 9, 20), written=dt.date(2026, 10, 9))
        old_invoice(found, "twin", ann.syncta, dt.date(2026, 10, 10))
        found.type_in("twin", ann.quickbooks, date="2026-10-10")
        clock(found, dt.date(2026, 11, 2))
        close_books(found, "2026-10-05")
        found.first_sync()
        yield found


def old_invoice(people: People, number: str, customer: str, date: dt.date, *, written: dt.date | None = None) -> None:
    """An invoice of that day, typed then unless said otherwise."""
    clock(people, written or date)
    people.bill(number, customer, invoice_date=date.isoformat())


def clock(people: People, day: dt.date) -> None:
    moment = dt.datetime.combine(day, dt.time(17), dt.UTC).isoformat()
    people.company.sandbox.quickbooks("POST", "/sandbox/clock", json={"set": moment}).raise_for_status()


def close_books(people: People, through: str) -> None:
    people.company.sandbox.quickbooks("POST", "/sandbox/close-books", json={"through": through}).raise_for_status()


def backfill(people: People, half: str, *, push_history: bool = False) -> dict[str, int]:
    """One run of a backfill; the invoices it pushed."""
    start, end = HALVES[half]
    people.company.forget_writes()
    people.company.run(RunKind.BACKFILL, window_start=start, window_end=end, push_history=push_history)
    return people.company.writes()


def marks_of(people: People) -> dict[str, object]:
    with people.company.ledger.reading() as conn:
        scope = people.company.company.scope
        return {name_of(source): marks.get(conn, scope, source[0], source[1].value) for source in SOURCES}


def in_order(people: People) -> list[str]:
    """The numbers that the sync pushed, in the order QuickBooks took them."""
    found = [one for one in people.pushed().values() if "[syncta:" in one.get("PrivateNote", "")]
    return [one["DocNumber"] for one in sorted(found, key=lambda one: int(one["Id"]))]


def test_r9_a_backfill_links_history_and_pushes_none_of_it(people: People) -> None:
    assert backfill(people, "early") == backfill(people, "late") == {}
    assert people.told()["before_go_live_unmatched"] == {"A", "B", "C", "closed", "final"}


def test_r9_a_backfill_that_is_asked_pushes_the_window_in_order_of_date_and_holds_closed_and_final_periods(
    people: People,
) -> None:
    """rules 3.9"""
    assert backfill(people, "early", push_history=True) == {"Invoice.create": 2}
    assert in_order(people) == ["C", "A"]
    assert people.told("hold") == {"period_closed": {"closed", "final"}}
    assert people.told()["before_go_live_unmatched"] == {"B"}


def test_3_9_what_a_backfill_would_push_needs_a_person_whatever_the_run_says(people: People) -> None:
    for number, approval in enumerate(("ask", "thresholds", "not_needed")):
        start, end = HALVES["late"]
        options = {"window_start": start, "window_end": end, "push_history": True, "approval": approval}
        people.company.run(RunKind.BACKFILL, dry_run=True, **options)
        assert people.company.results["planned"]["approval"]["needed"], (number, approval)


@pytest.mark.parametrize("order", [("early", "late"), ("late", "early"), ("late", "early", "early", "late")])
def test_g4_windows_in_any_order_any_number_of_times_come_to_the_same_end_and_move_no_mark(
    people: People, order: tuple[str, ...]
) -> None:
    before = marks_of(people)
    for half in order:
        backfill(people, half, push_history=True)
    assert marks_of(people) == before
    assert sorted(in_order(people)) == ["A", "B", "C"]
    assert people.sync() == {}
    assert people.told()["before_go_live_unmatched"] == {"closed", "final"}
    assert people.told("hold") == {}


def test_2_2_a_backfill_before_the_first_sync_plans_and_writes_nothing(tmp_path: Path) -> None:
    """rules 1.1"""
    with people_of(tmp_path, go_live=dt.date(2026, 11, 1)) as people:
        old_invoice(people, "A", people.both("Ann Lee").syncta, dt.date(2026, 10, 12))
        assert backfill(people, "early", push_history=True) == {}
        assert people.company.plan is None
        assert people.company.quickbooks_all("Invoice") == []


def test_1_2_another_syncta_account_than_the_settings_name_is_not_written_to(tmp_path: Path) -> None:
    with people_of(tmp_path, syncta_account="a2") as people:
        people.quickbooks_customer("Ann Lee")
        with pytest.raises(WrongCompany, match="syncta_demo leads to another Syncta account"):
            people.first_sync()
        assert people.names() == []
        assert people.company.writes() == {}


def test_1_2_another_realm_is_another_company_with_an_empty_ledger(people: People) -> None:
    """Neither links nor marks of the first one count: the cycle waits for its own first sync."""
    told = people.company.sandbox.quickbooks("POST", "/sandbox/companies", json={"name": "Other"}).json()
    other = people.company.company.model_copy(update={"realm_id": told["realm"]})
    with people.company.ledger.reading() as conn:
        assert links.live(conn, people.company.company.scope, Entity.CUSTOMER)
        assert links.live(conn, other.scope, Entity.CUSTOMER) == []
        assert mirror.known(conn, other.scope, System.SYNCTA, Entity.CUSTOMER) == {}
        assert companies.first_sync_at(conn, other.scope) is None
    people.company.company = other
    with pytest.raises(WrongCompany):
        people.first_sync()


def test_2_2_a_record_edited_since_belongs_to_the_window_it_was_created_in(people: People) -> None:
    (edited,) = [one["id"] for one in people.company.syncta_invoices().values() if one["number"] == "A"]
    people.edit("invoice", edited, lines=[syncta_line(Line("Annual backflow test", price="80.00"))])
    assert backfill(people, "late", push_history=True) == {"Invoice.create": 1}
    assert in_order(people) == ["B"]
    assert backfill(people, "early", push_history=True) == {"Invoice.create": 2}
    assert str(people.pushed()["A"]["TotalAmt"]) == "80.0"
