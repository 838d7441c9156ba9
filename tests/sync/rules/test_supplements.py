"""Rules 3.10: what was added in Syncta after the push is billed by a document of its own, once per decision."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from include.records import Entity, System
from include.sync.books import Books
from include.sync.rows import Action
from include.sync.rules.desk import Desk
from include.sync.rules.lines import quickbooks_lines
from tests.sync.builders import (
    NOON,
    TODAY,
    customer,
    customer_link,
    decide,
    invoice_link,
    item,
    line,
    only,
    payment,
    plan,
    quickbooks_invoice,
    state,
    syncta_invoice,
    told,
)

OURS, THEIRS = customer("1", "Ann Lee"), customer("a", "Ann Lee")
ITEMS = [item(), item("7", "Discount")]
NAME = "i#20261015T190000000000"
"""What the supplement is called: the invoice and the moment of the decision."""
SENT = syncta_invoice("i", "a", number="77")
GROWN = syncta_invoice("i", "a", "95.00", number="77", lines=(*SENT.lines, line("20.00")))
BILL = decide("bill_difference", Entity.INVOICE, System.SYNCTA, "i", amount="20.00")


def sent_lines(invoice):
    products = Desk.of(state(items=ITEMS), {}).products
    return quickbooks_lines(invoice, products)[0]


def first_link(**applied):
    theirs = quickbooks_invoice("50", "1", number="77")
    return invoice_link(theirs, SENT, number="77", tax="0", lines=sent_lines(SENT), **applied)


def planned(ours=GROWN, *, decided=(BILL,), links=None, documents=(), **more):
    more = {"items": ITEMS, "discount_product": "Discount", **more}
    return plan(
        state(
            quickbooks=[OURS],
            syncta=[THEIRS],
            links=[customer_link(OURS, THEIRS), *([first_link()] if links is None else links)],
            syncta_invoices=[ours],
            quickbooks_invoices=[quickbooks_invoice("50", "1", number="77"), *documents],
            decided=decided,
            **more,
        )
    )


def supplement(balance=None, id="51", **fields):
    """The supplement as QuickBooks has it."""
    return quickbooks_invoice(id, "1", "20.00", balance, number="77-2", note=f"[syncta:demo:{NAME}]", **fields)


def supplement_link():
    named = replace(SENT, id=NAME, total=Decimal("20.00"))
    return invoice_link(supplement(), named, lines=sent_lines(replace(GROWN, lines=GROWN.lines[1:])), tax="0")


def test_3_10_without_a_decision_it_is_told_with_the_amount():
    made = planned(decided=())
    assert [(row.reason, row.amount) for row in made.rows] == [("unbilled_change", Decimal("20.00"))]


def test_3_10_the_difference_goes_out_under_its_own_number_key_and_mark():
    row = only(planned(), Action.PUSH)
    assert told(planned()) == {("push", NAME, "difference")}
    assert (row.payload["number"], row.payload["total"], row.payload["marker"]) == (
        "77-2",
        "20.00",
        f"[syncta:demo:{NAME}]",
    )
    assert [each["amount"] for each in row.payload["lines"]] == ["20.00"]
    assert row.key == f"demo:push:invoice:{NAME}:g0"
    assert row.amount == Decimal("20.00")


def test_3_10_a_decision_about_another_amount_bills_nothing():
    grown_more = replace(GROWN, total=Decimal("105.00"), lines=(*GROWN.lines, line("10.00")))
    made = planned(grown_more)
    assert [(row.reason, row.amount) for row in made.rows] == [("unbilled_change", Decimal("30.00"))]


def test_3_10_once_billed_it_calls_for_nothing_and_is_not_billed_twice():
    made = planned(links=[first_link(), supplement_link()], documents=[supplement()])
    assert told(made) == set()


def test_3_10_the_same_amount_added_once_more_needs_a_decision_of_its_own():
    again = replace(GROWN, total=Decimal("115.00"), lines=(*GROWN.lines, line("20.00")))
    links, documents = [first_link(), supplement_link()], [supplement()]
    made = planned(again, links=links, documents=documents)
    assert told(made) == {("exception", "i", "unbilled_change")}
    second = replace(BILL, decided_at=NOON + dt.timedelta(days=1))
    row = only(planned(again, links=links, documents=documents, decided=[second]), Action.PUSH)
    assert (row.payload["number"], row.payload["total"]) == ("77-3", "20.00")


def test_3_10_its_lost_answer_is_adopted_only_if_all_agree():
    made = planned(documents=[supplement()])
    row = only(made, Action.LINK)
    assert (row.source_id, row.payload["how"], row.payload["applied"]["total"]) == (NAME, "marker", "20.00")
    other = planned(documents=[replace(supplement(), total=Decimal("21.00"))])
    assert told(other) == {("hold", "i", "maybe_sent"), ("exception", "i", "unbilled_change")}


def test_4_1_it_is_paid_when_all_of_its_documents_are():
    links = [first_link(), supplement_link()]
    money = [payment("8", "50", "75.00"), payment("9", "51", "20.00", date=dt.date(2026, 10, 29))]

    def with_balances(first, second):
        base = state(
            quickbooks=[OURS],
            syncta=[THEIRS],
            links=[customer_link(OURS, THEIRS), *links],
            syncta_invoices=[GROWN],
            quickbooks_invoices=[quickbooks_invoice("50", "1", balance=first, number="77"), supplement(second)],
            payments=money,
            items=ITEMS,
        )
        return plan(base)

    assert told(with_balances("0", "20.00")) == {("record_balance", "50", "")}
    assert only(with_balances("0", "20.00"), Action.RECORD_BALANCE).payload == {"balance": "20.00"}
    row = only(with_balances("0", "0"), Action.MARK_PAID)
    assert (row.source_id, row.target_id, row.amount) == ("50", "i", Decimal("95.00"))
    assert (row.payload["date"], row.payload["settled_by"]) == ("2026-10-29", ["8", "9"])


def test_3_10_a_supplement_deleted_in_quickbooks_is_told():
    links = [first_link(), supplement_link()]
    made = planned(links=links, deleted=[(System.QUICKBOOKS, Entity.INVOICE, "51")])
    assert told(made) == {("exception", "i", "gone_in_quickbooks")}


def test_3_10_with_a_living_supplement_the_invoice_is_not_pushed_as_a_whole():
    links, again = [first_link(), supplement_link()], decide("push_again", Entity.INVOICE, System.SYNCTA, "i", "50")
    base = {
        "quickbooks": [OURS],
        "syncta": [THEIRS],
        "syncta_invoices": [GROWN],
        "quickbooks_invoices": [supplement()],
        "deleted": [(System.QUICKBOOKS, Entity.INVOICE, "50")],
        "decided": [again],
    }
    made = plan(state(links=[customer_link(OURS, THEIRS), *links], **base))
    assert told(made) == {("exception", "i", "gone_in_quickbooks")}
    made = plan(state(links=[customer_link(OURS, THEIRS), links[1]], **base))
    assert told(made) == {("hold", "i", "maybe_already_entered")}


def test_5_a_supplement_that_was_undone_is_not_billed_again():
    undone = decide("undone", Entity.INVOICE, System.SYNCTA, NAME, "51")
    assert told(planned(decided=[BILL, undone])) == {("exception", "i", "unbilled_change")}


def test_3_10_deleted_in_syncta_all_of_its_documents_are_voided():
    made = planned(
        replace(SENT, id="other", customer_id="nobody"),
        links=[first_link(), supplement_link()],
        documents=[supplement()],
        deleted=[(System.SYNCTA, Entity.INVOICE, "i")],
        decided=[decide("void", Entity.INVOICE, System.SYNCTA, "i")],
    )
    assert {(row.source_id, row.target_id) for row in made.with_action(Action.VOID)} == {("i", "50"), (NAME, "51")}


def test_3_7_a_line_that_is_gone_comes_back_through_the_discount_product():
    changed = syncta_invoice("i", "a", "95.00", number="77", lines=(line("95.00"),))
    lines = only(planned(changed), Action.PUSH).payload["lines"]
    assert [(each["amount"], each["item_id"]) for each in lines] == [("95.00", "9"), ("-75.00", "7")]


@pytest.mark.parametrize(
    ("ours", "more", "reason"),
    [
        (GROWN, {"books": Books(today=TODAY, closed_through=dt.date(2026, 10, 31))}, "period_closed"),
        (GROWN, {"books": Books(today=dt.date(2026, 12, 2))}, "period_final"),
        (replace(GROWN, terms="Net 99"), {}, "terms_unknown"),
        (replace(GROWN, lines=(*SENT.lines, line("20.00", product="Unheard of"))), {}, "product_unknown"),
        (GROWN, {}, None),
    ],
)
def test_3_10_what_cannot_go_is_held_and_the_difference_stays_told(ours, more, reason):
    if reason is None:
        links = [invoice_link(quickbooks_invoice("50", "1"), SENT, "history", number="77")]
        more, reason = {"links": links}, "difference_unclear"
    assert told(planned(ours, **more)) == {("hold", "i", reason), ("exception", "i", "unbilled_change")}


def test_3_4_a_number_that_is_taken_is_passed_over():
    other = quickbooks_invoice("52", "99", "1.00", number="77-2")
    assert only(planned(documents=[other]), Action.PUSH).payload["number"] == "77-3"


def test_3_10_less_than_was_billed_is_told_and_never_billed():
    less = syncta_invoice("i", "a", "60.00", number="77")
    bill = decide("bill_difference", Entity.INVOICE, System.SYNCTA, "i", amount="-15.00")
    assert told(planned(less, decided=[bill])) == {("exception", "i", "unbilled_change")}


def test_3_10_a_syncta_id_may_look_like_a_supplement():
    odd = replace(SENT, id="i#2", number="78")
    theirs = quickbooks_invoice("52", "1", "75.00", number="78")
    made = planned(SENT, links=[first_link(), invoice_link(theirs, odd)], documents=[theirs], decided=())
    assert told(made) == set()
