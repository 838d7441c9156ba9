"""Rules 5: a run taken back, row by row where that is safe, refused with the reason where not; nothing vanishes."""

from __future__ import annotations

from typing import Any

import pytest

from include.errors import UndoRefused
from include.sandbox.quickbooks.catalog.company import close_books
from include.sandbox.scenarios.town import Line
from include.sync.rows import Action
from tests.end_to_end.people import People


def line(price: str) -> Line:
    return Line("Permit filing", price=price)


def undo(people: People, run_id: str, record: str = "") -> dict[str, int]:
    """Undo a run; the writes that were made for it."""
    people.company.forget_writes()
    people.company.undo(run_id, record=record)
    return people.company.writes()


def refused(people: People) -> dict[str, str]:
    """Number or id of what the last undo left as it is → why."""
    assert people.company.plan is not None
    numbers = {one["id"]: number for number, one in people.company.syncta_invoices().items()}
    rows = people.company.plan.with_action(Action.SKIP)
    return {numbers.get(row.source_id, row.source_id): row.reason for row in rows}


def last_run(people: People) -> str:
    return people.company.last_run_id


@pytest.fixture
def pushed(people: People) -> People:
    """Three invoices went out in one run."""
    ann = people.both("Ann Lee")
    people.first_sync()
    for number, price in (("a", "11.00"), ("b", "12.00"), ("c", "13.00")):
        people.bill(number, ann.syncta, line(price))
    assert people.sync() == {"Invoice.create": 3}
    return people


def test_8_15_one_paid_and_one_emailed_invoice_stay_and_the_third_is_voided(pushed: People) -> None:
    """rules 5, 8.15, R13"""
    run_id = last_run(pushed)
    pushed.pay("a")
    pushed.email("b")
    assert undo(pushed, run_id) == {"Invoice.void": 1}
    assert refused(pushed) == {"a": "payment_linked", "b": "was_emailed"}
    assert {number: one["TotalAmt"] for number, one in pushed.pushed().items()} == {"a": 11, "b": 12, "c": 0}
    assert pushed.told("hold") == {"undone_by_person": {"c"}}


def test_what_was_undone_stays_held_and_is_not_sent_again_by_itself(pushed: People) -> None:
    undo(pushed, last_run(pushed))
    for _ in range(2):
        assert pushed.sync() == {}
        assert pushed.told("hold") == {"undone_by_person": {"a", "b", "c"}}
        assert "maybe_sent" not in pushed.told("exception")


def test_undone_twice_is_undone_once_and_an_undo_is_not_undone(pushed: People) -> None:
    run_id = last_run(pushed)
    assert undo(pushed, run_id) == {"Invoice.void": 3}
    undo_id = last_run(pushed)
    assert undo(pushed, run_id) == {}
    assert set(refused(pushed).values()) == {"not_linked_any_more"}
    with pytest.raises(UndoRefused, match="was an undo itself"):
        pushed.company.undo(undo_id)
    with pytest.raises(UndoRefused, match="no run nobody"):
        pushed.company.undo("nobody")


def test_one_record_alone_may_be_undone(pushed: People) -> None:
    number = pushed.company.syncta_invoices()["b"]["id"]
    assert undo(pushed, last_run(pushed), record=number) == {"Invoice.void": 1}
    assert pushed.told("hold") == {"undone_by_person": {"b"}}


def test_nothing_is_voided_in_a_closed_period_or_after_somebody_changed_it(pushed: People) -> None:
    run_id = last_run(pushed)
    changed = pushed.pushed()["a"]
    pushed.company.change("Invoice", changed["Id"], PrivateNote=changed["PrivateNote"] + " seen")
    assert undo(pushed, run_id, record=pushed.company.syncta_invoices()["a"]["id"]) == {}
    assert refused(pushed) == {"a": "changed_since"}
    close_books(pushed.books, "2026-10-31")
    assert undo(pushed, run_id) == {}
    assert set(refused(pushed).values()) == {"period_closed"}


def test_a_paid_mark_is_taken_back_and_not_made_again(pushed: People) -> None:
    """R12"""
    pushed.pay("a")
    assert pushed.sync() == {"invoice.paid": 1}
    assert undo(pushed, last_run(pushed)) == {"invoice.reopen": 1}
    assert pushed.company.syncta_invoices()["a"]["status"] == "unpaid"
    assert pushed.sync() == {}
    assert pushed.told()["reopened_in_syncta"] == {"a"}


def test_a_first_sync_is_taken_back_and_its_links_wait_for_a_person(people: People) -> None:
    """R3, R13"""
    people.both("Ann Lee")
    top = people.quickbooks_customer("Top")
    people.quickbooks_customer("Leaf", parent=top)
    kept = people.quickbooks_customer("Kept")
    assert people.first_sync() == {"customer.create": 3}
    people.bill("k", people.links()[kept][0], line("9.00"))
    assert undo(people, last_run(people)) == {"customer.delete": 2}
    assert refused(people) == {kept: "something_hangs_on_it"}
    assert people.names() == ["Ann Lee", "Kept"]
    assert people.told("hold") == {"undone_by_person": {"Ann Lee", "Top", "Leaf"}}
    assert people.sync() == {"Invoice.create": 1}
    assert people.names() == ["Ann Lee", "Kept"]


def test_a_first_sync_is_taken_back_with_the_history_it_linked_and_marked(people: People) -> None:
    """R9, R12: the mark first, then its link, then its customer's."""
    ann = people.both("Ann Lee")
    people.type_in("h1", ann.quickbooks, line("50.00"), date="2026-09-10")
    people.pay("h1", date="2026-09-20")
    people.bill("h1", ann.syncta, line("50.00"), invoice_date="2026-09-10", ready_at="2026-09-10T12:00:00Z")
    assert people.first_sync() == {"invoice.paid": 1}
    assert undo(people, last_run(people)) == {"invoice.reopen": 1}
    assert people.company.syncta_invoices()["h1"]["status"] == "unpaid"
    assert people.told("hold") == {"undone_by_person": {"Ann Lee", "h1"}}
    assert people.sync() == {}
    assert people.told("hold") == {"undone_by_person": {"Ann Lee", "h1"}}


def test_an_invoice_that_was_undone_is_pushed_again_by_decision_once(pushed: People) -> None:
    """protocol 3.2: under its own number, which QuickBooks' void one keeps."""
    undo(pushed, last_run(pushed), record=pushed.company.syncta_invoices()["b"]["id"])
    pushed.decide("push-again", pushed.company.syncta_invoices()["b"]["id"])
    assert pushed.sync() == {"Invoice.create": 1}
    assert pushed.sync() == {}
    assert sorted(one["TotalAmt"] for one in pushed.company.quickbooks_all("Invoice")) == [0, 11, 12, 13]
    assert pushed.told("hold") == {}


def test_only_what_nobody_changed_since_is_set_back(people: People) -> None:
    """R5"""
    ann = people.both("Ann Lee", phone="555-1", email="old@example.com")
    people.first_sync()
    new = {"PrimaryPhone": {"FreeFormNumber": "555-2"}, "PrimaryEmailAddr": {"Address": "new@example.com"}}
    people.change_customer(ann.quickbooks, **new)
    people.sync()
    run_id = last_run(people)
    people.edit("customer", ann.syncta, phone="555-9")
    assert undo(people, run_id) == {"customer.update": 1}
    assert refused(people) == {ann.quickbooks: "changed_since"}
    now = people.named("Ann Lee")
    assert (now["phone"], now["emails"]) == ("555-9", ["old@example.com"])
    assert people.sync() == {}
    assert people.told()["restored_by_person"] == {"Ann Lee"}


def test_overwritten_fields_are_restored_and_do_not_flow_again_by_themselves(people: People) -> None:
    """R5"""
    ann = people.both("Ann Lee", phone="555-1")
    people.first_sync()
    people.change_customer(ann.quickbooks, PrimaryPhone={"FreeFormNumber": "555-2"})
    assert people.sync() == {"customer.update": 1}
    run_id = last_run(people)
    assert undo(people, run_id) == {"customer.update": 1}
    assert people.named("Ann Lee")["phone"] == "555-1"
    assert people.sync() == {}
    people.edit("customer", ann.syncta, phone="555-3")
    assert undo(people, run_id) == {}
    assert refused(people) == {ann.quickbooks: "changed_since"}


def test_an_answer_lost_while_undoing_is_asked_for_again(pushed: People) -> None:
    """G2"""
    run_id = last_run(pushed)
    pushed.company.sandbox.fault("quickbooks", "drop_after_commit", match={"operation": "void"}, count=1)
    with pytest.raises(Exception, match="gave no answer"):
        undo(pushed, run_id)
    assert undo(pushed, run_id) == {}
    assert {number: one["TotalAmt"] for number, one in pushed.pushed().items()} == {"a": 0, "b": 0, "c": 0}
    assert pushed.told("hold") == {"undone_by_person": {"a", "b", "c"}}


def test_a_dry_run_of_undo_shows_and_writes_nothing(pushed: People) -> None:
    plan: Any = pushed.company.undo_plan(last_run(pushed))
    assert plan["counts"] == {"void": 3}
    assert plan["approval"]["needed"]
