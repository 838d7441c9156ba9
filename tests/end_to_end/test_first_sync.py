"""The first sync in its stages, and what moves `go_live` afterwards, from outside (rules 1.1, 1.4, 1.5)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from include.ledger import companies
from include.sandbox.scenarios.town import Line
from tests.end_to_end.people import People, people_of

OLD, NEW, EVEN_NEWER = (
    Line("Permit filing", price="11.00"),
    Line("Permit filing", price="12.00"),
    Line("Repair kit", price="13.00"),
)
AUGUST, OCTOBER, NOVEMBER = dt.date(2026, 8, 1), dt.date(2026, 10, 1), dt.date(2026, 11, 1)


@pytest.fixture
def beginning(people: People) -> People:
    """One of each stage: a customer to link and one to create, paid history to link, a new invoice."""
    ann = people.both("Ann Lee")
    people.quickbooks_customer("Brown, Nick")
    people.bill("old", ann.syncta, OLD, invoice_date="2026-07-10", ready_at="2026-07-10T12:00:00Z")
    people.type_in("old", ann.quickbooks, OLD, date="2026-07-10")
    people.pay("old")
    people.bill("new", ann.syncta, NEW)
    return people


def first_sync_at(people: People) -> dt.datetime | None:
    with people.company.ledger.reading() as conn:
        return companies.first_sync_at(conn, people.company.company.scope)


def move_go_live(people: People, day: dt.date, **more: object) -> None:
    people.company.company = people.company.company.model_copy(update={"go_live": day, **more})


def test_1_4_the_first_sync_is_loaded_stage_by_stage_and_opens_the_company_at_the_end(beginning: People) -> None:
    assert beginning.first_sync(stages=["customers"]) == {"customer.create": 1}
    assert (beginning.company.states()[0], first_sync_at(beginning)) == ("leftovers", None)
    assert beginning.sync() == {}  # awaiting_first_sync
    assert beginning.first_sync(stages=["customers", "history"]) == {}
    assert beginning.first_sync(stages=["customers", "history", "paid_marks"]) == {"invoice.paid": 1}
    assert first_sync_at(beginning) is None
    assert beginning.first_sync() == {"Invoice.create": 1}
    assert (beginning.company.states()[0], first_sync_at(beginning) is not None) == ("success", True)
    assert beginning.sync() == {}


def test_1_4_all_at_once_gives_the_same_as_stage_by_stage(beginning: People, tmp_path: Path) -> None:
    assert beginning.first_sync() == {"customer.create": 1, "invoice.paid": 1, "Invoice.create": 1}
    assert first_sync_at(beginning) is not None


def test_1_4_without_the_customers_nothing_that_rests_on_them_is_written(beginning: People) -> None:
    assert beginning.first_sync(stages=["history", "invoices", "paid_marks"]) == {}
    assert (beginning.links(), first_sync_at(beginning)) == ({}, None)
    assert beginning.first_sync() == {"customer.create": 1, "invoice.paid": 1, "Invoice.create": 1}


def test_1_4_a_cycle_approved_in_part_brings_the_rest_with_the_next_run(beginning: People) -> None:
    beginning.first_sync()
    beginning.bill("newer", beginning.named("Ann Lee")["id"], EVEN_NEWER)
    beginning.quickbooks_customer("New Here")
    assert beginning.sync(stages=["customers"]) == {"customer.create": 1}
    assert beginning.company.states()[0] == "leftovers"
    assert beginning.sync() == {"Invoice.create": 1}


def test_1_1_go_live_moved_back_takes_effect_only_by_a_newly_approved_first_sync(people: People) -> None:
    """The invoice that was history goes out once the plan that lists it was approved, not before."""
    ann = people.both("Ann Lee")
    people.bill("september", ann.syncta, OLD, invoice_date="2026-09-10", ready_at="2026-09-10T12:00:00Z")
    people.first_sync()
    assert people.told() == {"before_go_live_unmatched": {"september"}}
    move_go_live(people, AUGUST, books_final_through=AUGUST)
    assert people.sync() == {}
    assert people.told() == {"before_go_live_unmatched": {"september"}}
    assert people.first_sync(approval="not_needed", dry_run=True) == {}
    assert any("from 2026-10-01 to 2026-08-01" in why for why in people.company.results["planned"]["approval"]["why"])
    assert people.sync() == {}
    assert people.first_sync(stages=["customers"]) == {}
    assert people.sync() == {}
    assert people.first_sync() == {"Invoice.create": 1}
    assert people.sync() == {}
    assert people.told() == {}


def test_1_1_approving_the_customers_alone_does_not_approve_an_earlier_go_live(people: People) -> None:
    """Also where the invoices are held at that moment, so that their stage has nothing to do."""
    ann = people.both("Ann Lee")
    people.bill("september", ann.syncta, OLD, invoice_date="2026-09-10", ready_at="2026-09-10T12:00:00Z")
    people.first_sync()
    move_go_live(people, AUGUST)
    assert people.first_sync(stages=["customers"]) == {}
    assert (people.company.states()[0], people.told("hold")) == ("leftovers", {"period_final": {"september"}})
    move_go_live(people, AUGUST, books_final_through=AUGUST)
    assert people.sync() == {}
    assert people.told() == {"before_go_live_unmatched": {"september"}}


def test_1_1_go_live_moved_forward_leaves_what_was_sent_and_sends_no_more_of_the_time_between(people: People) -> None:
    ann = people.both("Ann Lee")
    people.bill("sent", ann.syncta, NEW, ready_at="2026-10-15T12:00:00Z")
    assert people.first_sync() == {"Invoice.create": 1}
    move_go_live(people, NOVEMBER)
    people.bill("between", ann.syncta, EVEN_NEWER, ready_at="2026-10-16T12:00:00Z")
    assert people.sync() == {}
    assert set(people.pushed()) == {"sent"}
    assert people.told() == {"before_go_live_unmatched": {"between"}}
    # Back to the approved day: nothing is asked anew, it was approved.
    move_go_live(people, OCTOBER)
    assert people.sync() == {"Invoice.create": 1}


def test_1_4_the_demos_first_plan_adds_up_to_the_cent(tmp_path: Path) -> None:
    with people_of(tmp_path, "demo") as people:
        people.first_sync(dry_run=True, approval="ask")
        (folder,) = (people.company.files / "demo" / "initial_sync.demo").iterdir()
        page = (folder / "plan.html").read_text()
        assert page.count('<tr class="good"><td>missing in the plan</td>') == 4
        assert '<tr class="bad">' not in page
        for name in ("Brown, Nick", "Nick Brown (Syncta"):
            assert name in page
