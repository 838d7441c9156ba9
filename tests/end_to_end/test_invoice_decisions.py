"""Decisions about single invoices from outside, over HTTP: each does one thing, once (rules 3.3–3.10, 4.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from include.sandbox.quickbooks.catalog.company import close_books
from include.sandbox.scenarios.town import Line, Pair
from tests.end_to_end.people import TEST, People, syncta_line


def line(price: str, **fields: Any) -> Line:
    return Line("Permit filing", price=price, **fields)


@pytest.fixture
def ann(people: People) -> Pair:
    return people.both("Ann Lee")


def calm(people: People) -> bool:
    """Two further runs write nothing and tell the same."""
    told = people.told(), people.told("hold")
    return [people.sync(), people.sync()] == [{}, {}] and (people.told(), people.told("hold")) == told


def test_3_10_deleted_in_quickbooks_and_pushed_again_exactly_once(people: People, ann: Pair) -> None:
    people.bill("2001", ann.syncta)
    people.first_sync()
    people.books.delete("Invoice", people.pushed()["2001"]["Id"])
    assert people.sync() == {}
    assert people.told() == {"gone_in_quickbooks": {"2001"}}
    people.decide("push-again", "2001")
    assert people.sync() == {"Invoice.create": 1}
    assert (people.told(), list(people.pushed()), calm(people)) == ({}, ["2001"], True)


def test_3_10_voided_by_hand_and_pushed_again_under_a_number_of_its_own(people: People, ann: Pair) -> None:
    people.bill("2001", ann.syncta)
    people.first_sync()
    people.books.void("Invoice", people.pushed()["2001"]["Id"])
    people.sync()
    assert people.told() == {"zeroed_in_quickbooks": {"2001"}}
    people.decide("push-again", "2001")
    assert people.sync() == {"Invoice.create": 1}
    totals = {number: Decimal(str(one["TotalAmt"])) for number, one in people.pushed().items()}
    assert totals == {"2001": Decimal(0), "2001-R1": Decimal("75.00")}
    assert (people.told(), calm(people)) == ({}, True)


def test_3_10_the_difference_is_billed_once_and_paid_with_the_rest(people: People, ann: Pair) -> None:
    bill = people.bill("2001", ann.syncta)
    people.first_sync()
    people.edit("invoice", bill, lines=[syncta_line(TEST), syncta_line(line("20.00"))])
    people.sync()
    assert people.amounts() == {"unbilled_change": Decimal("20.00")}
    people.decide("bill-difference", "2001")
    assert people.sync() == {"Invoice.create": 1}
    supplement = people.pushed()["2001-2"]
    assert (Decimal(str(supplement["TotalAmt"])), supplement["TxnDate"]) == (Decimal("20.00"), "2026-10-15")
    assert (people.told(), calm(people)) == ({}, True)
    people.pay("2001")
    assert people.sync() == {}
    assert people.company.syncta_invoices()["2001"]["paid"] is None
    people.pay("2001-2", reference="CHK 10", date="2026-10-31")
    assert people.sync() == {"invoice.paid": 1}
    assert people.company.syncta_invoices()["2001"]["paid"]["reference"] == "CHK 9, CHK 10"
    assert calm(people)


def test_3_9_pushed_on_the_first_open_day_and_quiet_ever_after(people: People, ann: Pair) -> None:
    people.bill("2001", ann.syncta, invoice_date="2026-10-05")
    close_books(people.books, "2026-10-10")
    people.first_sync()
    assert people.told("hold") == {"period_closed": {"2001"}}
    people.decide("first-open-day", "2001")
    assert people.sync() == {"Invoice.create": 1}
    one = people.pushed()["2001"]
    assert (one["TxnDate"], "2026-10-05" in one["PrivateNote"]) == ("2026-10-11", True)
    assert (people.told(), people.told("hold"), calm(people)) == ({}, {}, True)


def test_3_10_deleted_in_syncta_and_voided_in_quickbooks(people: People, ann: Pair) -> None:
    bill = people.bill("2001", ann.syncta)
    people.first_sync()
    people.delete("invoice", bill)
    people.sync()
    people.decide("void", bill)
    people.company.forget_writes()
    people.company.cycle()
    assert people.company.writes() == {"Invoice.void": 1}
    assert Decimal(str(people.pushed()["2001"]["TotalAmt"])) == 0
    assert calm(people)
    assert people.told() == {}


def test_3_10_what_was_emailed_is_not_voided_but_told(people: People, ann: Pair) -> None:
    bill = people.bill("2001", ann.syncta)
    people.first_sync()
    people.email("2001")
    people.delete("invoice", bill)
    people.sync()
    people.decide("void", bill)
    assert people.sync() == {}
    assert set(people.told()) == {"void_refused_was_emailed"}


def test_4_4_bounced_reopened_and_paid_again(people: People, ann: Pair) -> None:
    """rules 4.4, 8.13: with the very same payment as well as with another one."""
    people.bill("2001", ann.syncta)
    people.first_sync()
    payment = people.pay("2001")
    assert people.sync() == {"invoice.paid": 1}
    people.books.delete("Payment", payment)
    people.sync()
    assert people.told() == {"paid_reopened": {"2001"}}
    people.decide("reopen", "2001")
    assert people.sync() == {"invoice.reopen": 1}
    assert (people.company.syncta_invoices()["2001"]["status"], calm(people)) == ("unpaid", True)
    people.pay("2001", reference="CHK 10")
    assert people.sync() == {"invoice.paid": 1}
    assert people.company.syncta_invoices()["2001"]["paid"]["reference"] == "CHK 10"
    assert (people.told(), calm(people)) == ({}, True)


def test_3_3_linked_pushed_anyway_or_entered_elsewhere(people: People, ann: Pair) -> None:
    for number, price in (("2001", "81.00"), ("2002", "82.00"), ("2003", "83.00")):
        people.bill(number, ann.syncta, line(price))
        people.type_in(f"M-{number}", ann.quickbooks, line(price))
    people.first_sync()
    assert people.told("hold") == {"maybe_already_entered": {"2001", "2002", "2003"}}
    people.decide("link-invoice", "2001", "M-2001")
    people.decide("push", "2002")
    people.decide("elsewhere", "2003", people.pushed()["M-2003"]["Id"], note="typed in")
    assert people.sync() == {"Invoice.create": 1}
    assert set(people.pushed()) == {"M-2001", "M-2002", "M-2003", "2002"}
    assert (people.told(), people.told("hold"), calm(people)) == ({}, {}, True)
    people.pay("M-2001")
    assert people.sync() == {"invoice.paid": 1}


def test_3_6_terms_that_quickbooks_does_not_know_are_held_until_they_are_there(people: People, ann: Pair) -> None:
    people.bill("2001", ann.syncta, terms="Net 45")
    people.bill("2002", ann.syncta, line("20.00"), terms="Net 15", due_date="2026-10-30")
    assert people.first_sync() == {"Invoice.create": 1}
    terms = {one["Id"]: one["Name"] for one in people.company.quickbooks_all("Term")}
    sent = people.pushed()["2002"]
    assert (terms[sent["SalesTermRef"]["value"]], sent["DueDate"]) == ("Net 15", "2026-10-30")
    assert people.told("hold") == {"terms_unknown": {"2001"}}
    people.books.create("Term", {"Name": "Net 45", "DueDays": 45})
    assert people.sync() == {"Invoice.create": 1}
    assert (people.told("hold"), calm(people)) == ({}, True)
