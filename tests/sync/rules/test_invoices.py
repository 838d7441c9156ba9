"""R9–R11 and rules 3: what becomes of a Syncta invoice that has no partner in QuickBooks."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from include.sync.books import Books
from include.sync.rows import Action
from tests.sync.builders import (
    TODAY,
    customer,
    customer_link,
    item,
    line,
    only,
    plan,
    quickbooks_invoice,
    receipt,
    state,
    syncta_invoice,
    told,
)

OURS, THEIRS = customer("1", "Ann Lee"), customer("a", "Ann Lee")
BEFORE = dt.datetime(2026, 9, 10, 19, 0, tzinfo=dt.UTC)


def planned(*invoices, **more):
    more = {"quickbooks": [OURS], "syncta": [THEIRS], "links": [customer_link(OURS, THEIRS)], **more}
    return plan(state(syncta_invoices=invoices, **more))


def outcome(invoice, **more):
    """What is told of the invoice itself."""
    made = planned(invoice, **more)
    return told(row for row in made.rows if row.entity == "invoice" and row.source_id == invoice.id)


def test_a_ready_invoice_of_a_linked_customer_is_pushed_as_it_stands():
    row = only(planned(syncta_invoice("1001", "a", "80.25", tax="5.25", lines=(line(taxable=True),))), Action.PUSH)
    assert row.payload["customer_id"] == "1"
    assert (row.payload["number"], row.payload["total"], row.payload["tax"]) == ("1001", "80.25", "5.25")
    assert row.payload["date"] == "2026-10-15"
    assert row.payload["marker"] == "[syncta:demo:1001]"
    assert row.key == "demo:push:invoice:1001:g0"


def test_the_invoice_goes_out_with_the_link_that_the_same_plan_makes():
    assert outcome(syncta_invoice("1", "a"), links=[]) == {("push", "1", "new")}


def test_an_invoice_of_an_unlinked_customer_is_held_with_its_amount():
    made = planned(syncta_invoice("1", "b", "120.00"), syncta=[THEIRS, customer("b", "Only Here")])
    assert told(made) == {("hold", "1", "customer_not_in_quickbooks")}
    assert only(made, Action.HOLD).amount == Decimal("120.00")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"lines": (line("70.00"),)}, "money_does_not_add_up"),
        ({"date": dt.date(2026, 8, 31)}, "period_closed"),
        ({"date": dt.date(2026, 9, 30)}, "period_final"),
        ({"date": TODAY + dt.timedelta(days=1)}, "future_dated"),
        ({"currency": "EUR"}, "currency_differs"),
        ({"lines": (line(product=""),)}, "product_missing"),
        ({"lines": (line(product="Unheard of"),)}, "product_unknown"),
        ({"lines": (line(product="Old"),)}, "product_inactive"),
        ({"lines": (line(product="Bundle"),)}, "product_not_sellable"),
        ({"number": "1234567890123456789012"}, "number_too_long"),
        ({"number": "taken"}, "number_taken"),
    ],
)
def test_what_a_person_must_mend_is_held_with_its_reason(fields, reason):
    items = [item(), item("8", "Old (deleted)", active=False), item("7", "Bundle", kind="Group")]
    books = Books(today=TODAY, closed_through=dt.date(2026, 8, 31))
    taken = quickbooks_invoice("50", "99", "1.00", number="taken")
    invoice = syncta_invoice("1", "a", **fields)
    assert outcome(invoice, items=items, books=books, quickbooks_invoices=[taken]) == {("hold", "1", reason)}


def test_tax_that_quickbooks_cannot_take_over_is_held():
    taxed = syncta_invoice("1", "a", "80.25", tax="5.25")
    assert outcome(taxed) == {("hold", "1", "tax_cannot_be_carried")}


def test_a_zero_total_is_skipped_and_a_negative_one_needs_a_credit():
    assert outcome(syncta_invoice("1", "a", "0.00")) == {("skip", "1", "zero_total")}
    assert outcome(syncta_invoice("1", "a", "-5.00")) == {("hold", "1", "credit_needed")}


def test_an_invoice_that_is_not_ready_waits_and_is_told_after_a_fortnight():
    assert outcome(syncta_invoice("1", "a", status="new", created_at=dt.datetime(2026, 10, 31, tzinfo=dt.UTC))) == {
        ("skip", "1", "not_ready")
    }
    assert outcome(syncta_invoice("1", "a", status="new", created_at=BEFORE)) == {("exception", "1", "not_ready")}


def test_an_invoice_paid_in_the_portal_is_still_pushed():
    assert outcome(syncta_invoice("1", "a", status="paid")) == {("push", "1", "new")}


def test_an_inactive_customer_gets_no_invoice():
    ours = customer("1", "Ann Lee (deleted)", active=False)
    links = [customer_link(ours, THEIRS)]
    assert outcome(syncta_invoice("1", "a"), quickbooks=[ours], links=links) == {("hold", "1", "customer_inactive")}


def history(**fields):
    return syncta_invoice("1", "a", **{"number": "77", "ready_at": BEFORE, "date": BEFORE.date(), **fields})


def twin(**fields):
    return quickbooks_invoice("50", fields.pop("customer_id", "1"), **{"number": "77", "date": BEFORE.date(), **fields})


def test_history_is_linked_by_number_customer_total_and_date():
    made = planned(history(), quickbooks_invoices=[twin()])
    assert told(made) == {("link", "1", "history")}
    assert only(made, Action.LINK).target_id == "50"


@pytest.mark.parametrize(
    "other",
    [
        {"number": "078"},
        {"total": "75.01"},
        {"date": dt.date(2026, 5, 1)},
        {"customer_id": "2"},
        {"total": "0", "balance": "0"},
    ],
)
def test_history_that_differs_in_one_of_them_is_told_and_never_pushed(other):
    quickbooks = [OURS, customer("2", "Somebody Else")]
    assert outcome(history(), quickbooks=quickbooks, quickbooks_invoices=[twin(**other)]) == {
        ("exception", "1", "before_go_live_unmatched")
    }


def test_history_billed_to_the_parent_is_the_same_family():
    child, syncta_child = customer("2", "Kitchen", parent_id="1"), customer("b", "Kitchen", parent_id="a")
    invoice = syncta_invoice("1", "b", number="77", ready_at=BEFORE, date=BEFORE.date())
    links = [customer_link(OURS, THEIRS), customer_link(child, syncta_child)]
    made = planned(
        invoice, quickbooks=[OURS, child], syncta=[THEIRS, syncta_child], links=links, quickbooks_invoices=[twin()]
    )
    assert told(made) == {("link", "1", "history")}


def test_history_links_one_to_one():
    made = planned(history(), syncta_invoice("2", "a", number="77", ready_at=BEFORE), quickbooks_invoices=[twin()])
    assert len(made.with_action(Action.LINK)) == 1


def test_ready_counts_in_the_companys_zone():
    late_evening = dt.datetime(2026, 10, 1, 6, 30, tzinfo=dt.UTC)
    assert outcome(history(ready_at=late_evening)) == {("exception", "1", "before_go_live_unmatched")}


def test_what_seems_entered_by_hand_already_is_held_one_for_one():
    typed = quickbooks_invoice("50", "1", number="manual", date=dt.date(2026, 10, 20))
    made = planned(syncta_invoice("1", "a"), syncta_invoice("2", "a"), quickbooks_invoices=[typed])
    assert told(made) == {("hold", "1", "maybe_already_entered"), ("push", "2", "new")}


def test_a_sales_receipt_may_be_our_invoice_too():
    sold = receipt("60", "1", "75.00", dt.date(2026, 10, 16))
    assert outcome(syncta_invoice("1", "a"), receipts=[sold]) == {("hold", "1", "maybe_already_entered")}


def test_a_push_whose_answer_was_lost_is_adopted_when_all_agree():
    sent = quickbooks_invoice("50", "1", number="1", note="Memo [syncta:demo:1]")
    assert outcome(syncta_invoice("1", "a"), quickbooks_invoices=[sent]) == {("link", "1", "marker")}


@pytest.mark.parametrize("other", [{"total": "80.00"}, {"date": dt.date(2026, 10, 16)}, {"customer_id": "2"}])
def test_our_mark_alone_is_not_enough(other):
    customer_id = other.pop("customer_id", "1")
    copy = quickbooks_invoice("50", customer_id, note="[syncta:demo:1]", **other)
    assert outcome(syncta_invoice("1", "a"), quickbooks_invoices=[copy]) == {("hold", "1", "maybe_sent")}


def test_the_mark_of_another_company_is_not_ours():
    foreign = quickbooks_invoice("50", "1", "80.00", note="[syncta:other:1]")
    assert outcome(syncta_invoice("1", "a"), quickbooks_invoices=[foreign]) == {("push", "1", "new")}


def test_two_invoices_of_one_number_are_not_both_pushed():
    made = planned(syncta_invoice("1", "a", number="7"), syncta_invoice("2", "a", "80.00", number="7"))
    assert told(made) == {("push", "1", "new"), ("hold", "2", "number_taken")}


def test_the_number_follows_the_setting():
    invoice = syncta_invoice("1", "a", number="7")
    prefixed = planned(invoice, document_number="prefix", document_number_prefix="S-")
    assert only(prefixed, Action.PUSH).payload["number"] == "S-7"
    assert only(planned(invoice, document_number="quickbooks_assigns"), Action.PUSH).payload["number"] == ""


def test_a_discount_goes_through_the_product_the_settings_name():
    invoice = syncta_invoice("1", "a", "65.00", lines=(line("75.00"),), discount=Decimal("10.00"))
    assert outcome(invoice) == {("hold", "1", "product_missing")}
    made = planned(invoice, items=[item(), item("7", "Discount")], discount_product="Discount")
    assert only(made, Action.PUSH).payload["lines"][1]["amount"] == "-10.00"


def test_a_mapped_product_wins_over_its_name():
    made = planned(syncta_invoice("1", "a"), items=[item(), item("7", "Other")], products={"Test": "7"})
    assert only(made, Action.PUSH).payload["lines"][0]["item_id"] == "7"


def test_pushes_go_in_date_order():
    days = {"x": dt.date(2026, 10, 20), "y": dt.date(2026, 10, 5), "z": dt.date(2026, 10, 12)}
    made = planned(*[syncta_invoice(i, "a", date=day) for i, day in days.items()])
    assert [row.source_id for row in made.with_action(Action.PUSH)] == ["y", "z", "x"]
