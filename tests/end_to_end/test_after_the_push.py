"""What becomes of invoices after they were pushed: changed, deleted, moved, on either side (R9, R13, rules 3.3, 3.10).

Every invoice is a case of its own; all are pushed by the first sync, changed by people, and looked at by the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from include.sandbox.scenarios.town import Line
from tests.end_to_end.people import TEST, People, people_of, syncta_line

CASES = ("untouched", "grown", "shrunk", "gone in Syncta", "gone in QuickBooks", "moved", "edited", "moved there")


def line(price: str) -> Line:
    """A line of this amount."""
    return Line("Permit filing", price=price)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """After the push everything happened to the invoices, and the second sync has seen it."""
    with people_of(tmp_path_factory.mktemp("changed")) as people:
        ann, bob = people.both("Ann Lee"), people.both("Bob Ray")
        ids = {number: people.bill(number, ann.syncta, line(f"{n}.00")) for n, number in enumerate(CASES, start=60)}
        assert people.first_sync() == {"Invoice.create": len(CASES)}
        pushed = {number: one["Id"] for number, one in people.pushed().items()}
        people.edit("invoice", ids["grown"], lines=[syncta_line(line("61.00")), syncta_line(TEST)])
        people.edit("invoice", ids["shrunk"], lines=[syncta_line(line("50.00"))])
        people.delete("invoice", ids["gone in Syncta"])
        people.books.delete("Invoice", pushed["gone in QuickBooks"])
        people.edit("invoice", ids["moved"], customer_id=bob.syncta)
        people.company.change("Invoice", pushed["edited"], Line=retyped(people, "66.50"))
        people.company.change("Invoice", pushed["moved there"], CustomerRef={"value": bob.quickbooks})
        assert people.sync() == {}
        yield people


def retyped(people: People, amount: str) -> list[dict[str, Any]]:
    """The lines of a QuickBooks invoice whose amount somebody changed."""
    detail = {"ItemRef": {"value": people.town.items["Permit filing"]}, "TaxCodeRef": {"value": "NON"}}
    return [{"DetailType": "SalesItemLineDetail", "Amount": float(amount), "SalesItemLineDetail": detail}]


def test_each_change_is_told_by_its_reason_and_nothing_else_is(changed: People) -> None:
    """rules 8.7"""
    told = {reason: len(numbers) for reason, numbers in changed.told().items()}
    assert told == {
        "unbilled_change": 2,
        "gone_in_syncta": 1,
        "gone_in_quickbooks": 1,
        "customer_differs": 2,
        "edited_in_quickbooks": 1,
    }
    assert changed.told("hold") == {}


def test_lines_added_after_the_push_are_told_with_the_difference(changed: People) -> None:
    differences = sorted(
        one.amount for one in changed.company.findings() if one.reason == "unbilled_change" and one.amount is not None
    )
    assert differences == [Decimal("-12.00"), Decimal("75.00")]
    assert Decimal(str(changed.pushed()["grown"]["TotalAmt"])) == Decimal("61.00")


def test_a_deleted_invoice_is_told_with_what_was_billed(changed: People) -> None:
    amounts = changed.amounts()
    assert (amounts["gone_in_syncta"], amounts["gone_in_quickbooks"]) == (Decimal("63.00"), Decimal("64.00"))
    assert "gone in Syncta" in changed.pushed(), "what was deleted in Syncta stays in QuickBooks"
    assert "gone in QuickBooks" in changed.company.syncta_invoices(), "and the other way round"


def test_an_invoice_moved_or_edited_is_told_and_left_as_people_made_it(changed: People) -> None:
    assert changed.told()["customer_differs"] == {"moved", "moved there"}
    assert changed.told()["edited_in_quickbooks"] == {"edited"}
    assert changed.amounts()["edited_in_quickbooks"] == Decimal("0.50")


def test_no_further_run_pushes_any_of_them_again(changed: People) -> None:
    before = changed.told()
    assert [changed.sync(), changed.first_sync(), changed.sync()] == [{}, {}, {}]
    assert (changed.told(), "gone in QuickBooks" in changed.pushed()) == (before, False)


def test_what_was_told_closes_by_itself_once_both_sides_agree(people: People) -> None:
    ann, bob = people.both("Ann Lee"), people.both("Bob Ray")
    grown, moved = (
        people.bill("grown", ann.syncta, line("61.00")),
        people.bill("moved", ann.syncta, line("62.00")),
    )
    people.first_sync()
    people.edit("invoice", grown, lines=[syncta_line(line("61.00")), syncta_line(TEST)])
    people.edit("invoice", moved, customer_id=bob.syncta)
    people.sync()
    assert set(people.told()) == {"unbilled_change", "customer_differs"}
    people.edit("invoice", grown, lines=[syncta_line(line("61.00"))])
    people.company.change("Invoice", people.pushed()["moved"]["Id"], CustomerRef={"value": bob.quickbooks})
    assert people.sync() == {}
    assert people.told() == {}


def test_an_invoice_typed_in_by_hand_while_ours_was_held_is_not_billed_twice(people: People) -> None:
    """rules 8.5"""
    bob = people.syncta_customer("Bob Ray")
    for number in ("2001", "2002"):
        people.bill(number, bob, line("80.00"))
    people.first_sync()
    ours = people.quickbooks_customer("Bob Ray")
    typed = people.type_in("M-7", ours, line("80.00"), date="2026-11-01")
    assert people.sync() == {"Invoice.create": 1}
    (held,) = people.told("hold")["maybe_already_entered"]
    assert {held} | (set(people.pushed()) - {"M-7"}) == {"2001", "2002"}, "one document holds back one invoice"
    assert people.sync() == {}
    people.books.void("Invoice", typed)
    assert people.sync() == {"Invoice.create": 1}
    assert (people.told("hold"), set(people.pushed())) == ({}, {"M-7", "2001", "2002"})


def test_an_invoice_deleted_in_syncta_before_it_could_go_leaves_nothing_behind(people: People) -> None:
    bob = people.syncta_customer("Bob Ray")
    one = people.bill("2001", bob)
    people.first_sync()
    assert people.told("hold") == {"customer_not_in_quickbooks": {"2001"}}
    people.delete("invoice", one)
    people.quickbooks_customer("Bob Ray")
    assert people.sync() == {}
    assert (people.told("hold"), people.told(), people.pushed()) == ({}, {}, {})


def test_an_invoice_finished_after_the_first_sync_is_pushed_as_it_is_then(people: People) -> None:
    ann = people.both("Ann Lee")
    draft = people.bill("2001", ann.syncta, line("81.00"), status="new")
    assert people.first_sync() == {}
    people.edit("invoice", draft, lines=[syncta_line(line("81.00")), syncta_line(TEST)])
    assert people.sync() == {}
    people.edit("invoice", draft, status="unpaid")
    assert people.sync() == {"Invoice.create": 1}
    assert Decimal(str(people.pushed()["2001"]["TotalAmt"])) == Decimal("156.00")
