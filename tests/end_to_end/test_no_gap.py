"""G3, protocol 2.1, 2.4: nothing that happens in either system is missed, and what costs money is asked sparingly.

`missed` reads everything once more and compares it with what the runs have taken over.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from include.ledger import mirror
from include.records import System
from include.sync.plan import make_plan
from include.sync.poll import poll
from include.sync.report import report
from include.sync.rows import Stage
from include.sync.run import RunKind
from include.sync.sources import SOURCES, name_of
from tests.end_to_end.people import People
from tests.end_to_end.rehearsal import EXTRACTS
from tests.end_to_end.test_invoices import line

PREFERENCES = TERMS = 1
"""Metered reads of what is in no change feed, once in every run that plans."""


def missed(people: People) -> set[str]:
    """Records that the ledger does not know as they are: new ones, changed ones, deleted ones."""
    company, found = people.company, set()
    clients: dict[System, Any] = {System.QUICKBOOKS: company.quickbooks(), System.SYNCTA: company.syncta()}
    with company.ledger.reading() as conn:
        for source in SOURCES:
            truth = {record.id: record.version for record in clients[source[0]].read_all(source[1]).records}
            ours = {record.id: record.version for record in mirror.records(conn, company.company.scope, *source)}
            found |= {f"{name_of(source)} {one}" for one, _ in truth.items() ^ ours.items()}
    return found


def order(people: People, system: str, **body: Any) -> None:
    """The sandbox's clock, for both systems or the skew of one."""
    getattr(people.company.sandbox, system)("POST", "/sandbox/clock", json=body).raise_for_status()


def later(people: People, **time: float) -> None:
    seconds = sum(amount * {"minutes": 60, "hours": 3600, "days": 86400}[unit] for unit, amount in time.items())
    order(people, "quickbooks", advance_seconds=seconds)


def metered(people: People) -> int:
    """Reads that Intuit charges, so far."""
    (meter,) = people.company.sandbox.meter().values()
    return int(meter["core_plus"])


def cost(people: People, **options: Any) -> int:
    before = metered(people)
    people.sync(**options)
    return metered(people) - before


@pytest.fixture
def running(people: People) -> People:
    """In step: Ann is linked, her invoice was pushed and paid in part; an unlinked invoice lies beside it."""
    ann = people.both("Ann Lee")
    people.bill("A", ann.syncta, line("75.00"))
    people.type_in("by hand", ann.quickbooks, line("10.00"))
    people.first_sync()
    people.pay("A", amount="5.00")
    later(people, hours=1)
    people.sync()
    later(people, hours=1)
    people.sync()
    assert missed(people) == set()
    return people


def create_by_api(people: People, name: str) -> None:
    """As another app of the company does."""
    told = people.company.sandbox.credentials()
    people.company.sandbox.quickbooks(
        "POST",
        f"/v3/company/{told['realm_id']}/customer",
        json={"DisplayName": name},
        headers={"Authorization": f"Bearer {told['access_token']}", "Accept": "application/json"},
    ).raise_for_status()


def things_happen(people: People, name: str) -> None:
    """On both sides: a new customer, a change, a new invoice, a deletion."""
    ann = people.named("Ann Lee")["id"]
    people.edit("customer", ann, phone=f"555 {name}")
    people.bill(name, ann, line("20.00"))
    people.delete("invoice", people.bill(f"{name} gone", ann, line("30.00")))
    with in_quickbooks(people):
        ours = people.quickbooks_customer(name)
        people.change_customer(ours, Notes=name)
        people.books.delete("Invoice", people.type_in(f"{name} typed", ours))


@contextmanager
def in_quickbooks(people: People) -> Iterator[None]:
    """Inside, the bookkeeper's acts happen by QuickBooks' clock."""
    assert people.company.sandbox.store is not None
    with people.company.sandbox.store.clock.read_by("quickbooks"):
        yield


@pytest.mark.parametrize(("quickbooks", "syncta"), [(7200, -7200), (-5400, 5400), (0, 86400)])
def test_g3_clocks_that_differ_between_the_machines_leave_no_gap(running: People, quickbooks: int, syncta: int) -> None:
    order(running, "quickbooks", skew_seconds=quickbooks)
    order(running, "syncta", skew_seconds=syncta)
    for name in ("one", "two", "three"):
        things_happen(running, name)
        running.sync()
        assert missed(running) == set()
        later(running, minutes=20)
    later(running, hours=3)  # a clock that was put back has passed its mark
    running.sync()
    later(running, hours=1)
    assert cost(running) == 1


def test_g3_what_becomes_visible_late_is_read_by_a_later_run(running: People) -> None:
    """The run between reads past the moment of the change; the overlap catches it."""
    running.company.sandbox.fault("quickbooks", "late_visibility", seconds=240, match={"operation": "create"})
    create_by_api(running, "Late")
    later(running, minutes=1)
    running.sync()
    assert "Late" not in running.names()
    later(running, minutes=4)
    running.sync()
    assert "Late" in running.names()
    assert missed(running) == set()


@pytest.mark.parametrize("days", [3, 29, 31, 90])
def test_g3_days_without_a_run_leave_no_gap_deletions_included(running: People, days: int) -> None:
    """Beyond QuickBooks' look-back of 30 days, less our margin, pages and complete reads take over."""
    gone = running.type_in("known", running.quickbooks_customer("Bob"))
    running.sync()
    later(running, hours=1)
    things_happen(running, "early")
    running.books.delete("Invoice", gone)
    running.delete(
        "invoice", next(i["id"] for i in running.company.syncta_invoices().values() if i["number"] == "early")
    )
    later(running, days=days)
    things_happen(running, "late")
    running.sync()
    assert missed(running) == set()


@pytest.mark.parametrize(("objects", "pages"), [(999, False), (1000, True)])
def test_2_4_a_thousand_changes_over_all_kinds_are_left_to_pages_and_nothing_is_lost(
    running: People, objects: int, pages: bool
) -> None:
    """The sum counts: most are customers, one is a deletion."""
    gone = running.type_in("known", running.quickbooks_customer("Bob"))
    running.sync()
    later(running, hours=1)
    running.books.delete("Invoice", gone)
    with running.books.store.transaction():
        for number in range(objects - 1):
            running.quickbooks_customer(f"Customer {number:04d}")
    queries = by_class(running, "query")
    running.sync(dry_run=True)
    asked = by_class(running, "query") - queries
    assert missed(running) == set()
    assert (asked > TERMS) == pages


def by_class(people: People, name: str) -> int:
    (meter,) = people.company.sandbox.meter().values()
    return int(meter["by_class"].get(name, 0))


def test_2_4_an_answer_that_is_full_of_one_object_hides_nothing(running: People) -> None:
    things_happen(running, "hidden")
    running.company.sandbox.fault("quickbooks", "cdc_overflow", count=2)
    running.sync()
    assert missed(running) == set()


def test_2_4_an_idle_cycle_costs_one_metered_read_and_says_why_it_ends(
    running: People, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="include.sync")
    caplog.clear()
    before = running.company.sandbox.meter("syncta")["reads"]
    assert cost(running) == 1
    assert running.company.sandbox.meter("syncta")["reads"] == before + 1
    assert running.company.states()[0] == "nothing_new"
    assert [one.getMessage() for one in caplog.records if "nothing changed on either side" in one.getMessage()]


def test_2_4_what_the_sync_wrote_itself_is_no_change(running: People) -> None:
    things_happen(running, "new")
    assert running.sync() == {"Invoice.create": 1, "customer.create": 1}
    assert cost(running) == 1
    assert running.company.states()[0] == "nothing_new"


def test_1_6_what_is_held_is_tried_again_by_every_cycle_for_two_reads_more(running: People) -> None:
    """Preferences and terms are in no change feed; records are, and are not read again."""
    running.bill("held", running.syncta_customer("Nobody"), line("20.00"))
    running.sync()
    assert running.told("hold") == {"customer_not_in_quickbooks": {"held"}}
    for _ in range(2):  # in the second one nothing lies within the overlap any more
        later(running, hours=1)
        running.sync()
    before = running.company.sandbox.meter("syncta")["by_route"]
    assert cost(running) == 1 + PREFERENCES + TERMS
    assert running.company.sandbox.meter("syncta")["by_route"] == {**before, "GET changes": before["GET changes"] + 1}
    running.quickbooks_customer("Nobody")
    assert running.sync() == {"Invoice.create": 1}


def test_g3_a_plan_made_again_long_after_its_matching_loses_no_rename(people: People) -> None:
    """1.1: the run is cleared from its plan on; its matches are of the time before the first link."""
    known = people.both("Ann")
    company = people.company
    run = company._new(RunKind.INITIAL, approval="not_needed")
    with company.quickbooks() as quickbooks:
        results = company._steps(run, tuple(Stage), quickbooks, company.syncta())
        report(run, results)
        people.change_customer(known.quickbooks, DisplayName="Anne")
        other = company._new(RunKind.CYCLE)
        polled = poll(other, quickbooks, company.syncta())
        for step in EXTRACTS:
            step(other, polled or {}, quickbooks, company.syncta())
        matched = {"path": str(run.folder / "matches.parquet"), "counts": {"exact_name": 1}}
        again = {**make_plan(run, matched), "stages": list(Stage)}
        company._loads(run, again, quickbooks, company.syncta())
    people.sync()
    assert people.names() == ["Anne"]
