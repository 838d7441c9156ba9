"""Rules 3.1, 3.2, 3.4, 3.6–3.8: what goes out, under which checks, and exactly what is sent."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.records import CreditMemo, Version
from include.sync.books import Books
from include.sync.match import find_matches
from include.sync.plan import plan_of
from include.sync.rows import Action
from include.sync.rules.invoices import plan_invoices
from tests.sync.builders import (
    NOON,
    TODAY,
    customer,
    customer_link,
    invoice_link,
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
OCTOBER = {"date": dt.date(2026, 10, 2), "ready_at": BEFORE}
"""Ready before go-live, in a month that is neither closed nor final."""


def of(*invoices, **more):
    more = {"quickbooks": [OURS], "syncta": [THEIRS], "links": [customer_link(OURS, THEIRS)], **more}
    return state(syncta_invoices=invoices, **more)


def planned(*invoices, **more):
    return plan(of(*invoices, **more))


def rows_of(*invoices, go_live=None, push_history=None, **more):
    return list(plan_invoices(of(*invoices, **more), {"a": "1"}, go_live=go_live, push_history=push_history))


@pytest.mark.parametrize(
    ("approved", "outcome"),
    [
        (None, ("push", "1", "new")),
        (dt.date(2026, 10, 1), ("exception", "1", "before_go_live_unmatched")),
        (dt.date(2026, 8, 1), ("push", "1", "new")),
    ],
)
def test_3_1_go_live_moved_back_counts_only_once_it_is_approved(approved, outcome):
    """Rules 1.1: the setting says August; the plan that was approved last said something else."""
    invoice = syncta_invoice("1", "a", **OCTOBER)
    made = planned(invoice, go_live=dt.date(2026, 8, 1), approved_go_live=approved)
    assert told(made) == {outcome}


def test_3_1_go_live_moved_forward_counts_at_once_and_a_given_one_counts_before_all():
    invoice = syncta_invoice("1", "a", **OCTOBER)
    assert told(planned(invoice, approved_go_live=dt.date(2026, 8, 1))) == {
        ("exception", "1", "before_go_live_unmatched")
    }
    assert told(rows_of(invoice, go_live=dt.date(2026, 8, 1))) == {("push", "1", "new")}


@pytest.mark.parametrize(("age", "action"), [(13, "skip"), (14, "exception")])
def test_3_1_not_ready_for_a_fortnight_is_listed_with_the_amount(age, action):
    created = dt.datetime(2026, 11, 2, 12, 0, tzinfo=dt.UTC) - dt.timedelta(days=age)
    made = planned(syncta_invoice("1", "a", status="new", created_at=created))
    assert [(row.action, row.reason, row.amount) for row in made.rows] == [(action, "not_ready", Decimal("75.00"))]


JULY = (dt.datetime(2026, 9, 1, tzinfo=dt.UTC), dt.datetime(2026, 10, 1, tzinfo=dt.UTC))


@pytest.mark.parametrize(
    ("created", "outcome"),
    [
        (JULY[0], ("push", "1", "history_push")),
        (JULY[1], ("exception", "1", "before_go_live_unmatched")),
        (JULY[0] - dt.timedelta(seconds=1), ("exception", "1", "before_go_live_unmatched")),
    ],
)
def test_3_1_history_is_pushed_only_for_the_window_that_asks_for_it(created, outcome):
    invoice = syncta_invoice("1", "a", **OCTOBER, created_at=created)
    assert told(rows_of(invoice, push_history=JULY)) == {outcome}


def test_3_9_history_that_is_asked_for_is_still_held_in_closed_and_final_months():
    books = Books(today=TODAY, closed_through=dt.date(2026, 8, 31))
    days = {"1": dt.date(2026, 8, 20), "2": dt.date(2026, 9, 20), "3": dt.date(2026, 10, 2)}
    invoices = [syncta_invoice(i, "a", date=day, ready_at=BEFORE, created_at=BEFORE) for i, day in days.items()]
    assert told(rows_of(*invoices, push_history=JULY, books=books)) == {
        ("hold", "1", "period_closed"),
        ("hold", "2", "period_final"),
        ("push", "3", "history_push"),
    }


def test_3_2_history_that_is_asked_for_is_linked_where_its_twin_is_there():
    invoice = syncta_invoice("1", "a", **OCTOBER, number="77", created_at=BEFORE)
    twin = quickbooks_invoice("50", "1", number="77", date=invoice.date)
    assert told(rows_of(invoice, push_history=JULY, quickbooks_invoices=[twin])) == {("link", "1", "history")}
    other = replace(twin, number="78")
    assert told(rows_of(invoice, push_history=JULY, quickbooks_invoices=[other])) == {
        ("hold", "1", "maybe_already_entered")
    }


def test_3_2_what_agrees_in_all_but_the_number_is_suggested():
    invoice = syncta_invoice("1", "a", **OCTOBER, number="77")
    near = quickbooks_invoice("51", "1", number="78", date=invoice.date)
    far = quickbooks_invoice("50", "1", number="79", date=invoice.date - dt.timedelta(days=9))
    row = only(planned(invoice, quickbooks_invoices=[far, near]), Action.EXCEPTION)
    assert (row.reason, row.target_id) == ("before_go_live_unmatched", "51")


def test_3_2_of_several_twins_the_nearest_in_time_is_linked():
    invoice = syncta_invoice("1", "a", **OCTOBER, number="77")
    days = {"50": 30, "51": 1, "52": 31}
    twins = [quickbooks_invoice(i, "1", number="77", date=invoice.date - dt.timedelta(days=n)) for i, n in days.items()]
    assert only(planned(invoice, quickbooks_invoices=twins), Action.LINK).target_id == "51"


@pytest.mark.parametrize(("days", "reason"), [(45, "maybe_already_entered"), (46, "new")])
def test_3_3_a_document_within_45_days_holds_it_back(days, reason):
    typed = quickbooks_invoice("50", "1", date=dt.date(2026, 10, 15) - dt.timedelta(days=days))
    assert {row.reason for row in planned(syncta_invoice("1", "a"), quickbooks_invoices=[typed]).rows} == {reason}


def test_3_3_a_document_of_a_child_of_the_family_holds_it_back():
    child, in_syncta = customer("2", "Kitchen", parent_id="1"), customer("b", "Kitchen", parent_id="a")
    made = planned(
        syncta_invoice("1", "a"),
        quickbooks=[OURS, child],
        syncta=[THEIRS, in_syncta],
        links=[customer_link(OURS, THEIRS), customer_link(child, in_syncta)],
        receipts=[receipt("60", "2", "75.00", dt.date(2026, 10, 16))],
    )
    assert told(made) == {("hold", "1", "maybe_already_entered")}


def test_3_4_a_number_is_taken_by_any_sales_document():
    memo = CreditMemo("9", Version(0), "1", "99", TODAY, Decimal("1.00"), NOON, NOON)
    assert told(planned(syncta_invoice("1", "a"), memos=[memo])) == {("hold", "1", "number_taken")}
    assert told(planned(syncta_invoice("r60", "a"), receipts=[receipt("60", "99", "1.00", TODAY)])) == {
        ("hold", "r60", "number_taken")
    }


def test_3_4_the_prefix_counts_for_the_length():
    settings = {"document_number": "prefix", "document_number_prefix": "SYN-"}
    made = planned(
        syncta_invoice("1", "a", number="x" * 17), syncta_invoice("2", "a", "80.00", number="x" * 18), **settings
    )
    assert told(made) == {("push", "1", "new"), ("hold", "2", "number_too_long")}


def test_3_6_terms_go_out_by_the_id_of_their_name_or_the_invoice_is_held():
    books = Books(today=TODAY, terms={"Net 30": "3"})
    made = planned(
        syncta_invoice("1", "a", terms="Net 30"), syncta_invoice("2", "a", "80.00", terms="net 30"), books=books
    )
    assert told(made) == {("push", "1", "new"), ("hold", "2", "terms_unknown")}
    assert only(made, Action.PUSH).payload["terms_id"] == "3"


@pytest.mark.parametrize(
    ("currency", "customers", "outcome"),
    [("EUR", "EUR", "push"), ("USD", "EUR", "hold"), ("EUR", "USD", "hold"), ("USD", "", "push"), ("EUR", "", "hold")],
)
def test_3_6_the_currency_is_the_customers(currency, customers, outcome):
    books = Books(today=TODAY, multicurrency=True)
    ours = replace(OURS, currency=customers)
    made = planned(syncta_invoice("1", "a", currency=currency), quickbooks=[ours], books=books)
    assert [row.action for row in made.rows] == [outcome]
    if outcome == "push":
        assert only(made, Action.PUSH).payload["currency"] == currency


def test_3_7_a_name_that_several_products_bear_is_never_guessed():
    twice = [item("8", "Test", full_name="A:Test"), item("9", "Test", full_name="B:Test")]
    assert told(planned(syncta_invoice("1", "a"), items=twice)) == {("hold", "1", "product_ambiguous")}
    by_full_name = syncta_invoice("1", "a", lines=(line(product="B:Test"),))
    row = only(planned(by_full_name, items=twice, match_products_by="full_name"), Action.PUSH)
    assert row.payload["lines"][0]["item_id"] == "9"
    mapped = only(planned(syncta_invoice("1", "a"), items=twice, products={"Test": "8"}), Action.PUSH)
    assert mapped.payload["lines"][0]["item_id"] == "8"


def test_3_7_a_category_or_an_old_product_of_the_same_name_is_no_second_candidate():
    others = [item("7", "Test", kind="Category"), item("8", "Test (deleted)", active=False)]
    row = only(planned(syncta_invoice("1", "a"), items=[*others, item()]), Action.PUSH)
    assert row.payload["lines"][0]["item_id"] == "9"
    assert told(planned(syncta_invoice("1", "a"), items=others)) == {("hold", "1", "product_not_sellable")}


def test_3_7_by_sku_and_by_a_mapping_that_leads_nowhere():
    invoice = syncta_invoice("1", "a", lines=(line(product="BF-1"),))
    assert only(planned(invoice, items=[item(sku="BF-1")], match_products_by="sku"), Action.PUSH)
    assert told(planned(syncta_invoice("1", "a"), products={"Test": "404"})) == {("hold", "1", "product_unknown")}


def test_3_8_where_no_sales_tax_is_charged_no_line_is_taxable():
    taxable = syncta_invoice("1", "a", lines=(line(taxable=True),))
    row = only(planned(taxable, books=Books(today=TODAY, uses_sales_tax=False)), Action.PUSH)
    assert row.payload["lines"][0]["taxable"] is False
    assert only(planned(taxable), Action.PUSH).payload["lines"][0]["taxable"] is True


def test_3_11_each_invoice_of_an_unlinked_customer_is_held_with_its_amount():
    made = planned(*[syncta_invoice(str(n), "b", f"{n}.00") for n in (10, 20)], syncta=[THEIRS, customer("b", "B")])
    assert sum(row.amount for row in made.with_action(Action.HOLD)) == Decimal("30.00")


NUMBERS, TOTALS, DAYS = st.sampled_from("ABC"), st.sampled_from(["75.00", "80.00", "0.00"]), st.integers(0, 40)
NOTES = st.sampled_from(["", "[syncta:demo:s0]", "[syncta:demo:s1]", "[syncta:demo:gone]"])
FAMILY = [OURS, customer("2", "Kitchen", parent_id="1"), customer("3", "Bob Ray")]
IN_SYNCTA = [THEIRS, customer("b", "Kitchen", parent_id="a"), customer("c", "Bob Ray"), customer("d", "Only here")]


@given(
    st.lists(st.tuples(NUMBERS, st.sampled_from("abcd"), TOTALS, DAYS, st.booleans()), max_size=6),
    st.lists(st.tuples(NUMBERS, st.sampled_from("123"), TOTALS, DAYS, NOTES, st.booleans()), max_size=6),
    st.randoms(),
)
def test_3_1_no_invoice_is_without_a_state_and_order_never_matters(ours, theirs, chance):
    start = dt.date(2026, 9, 20)
    mine = [
        syncta_invoice(
            f"s{n}",
            owner,
            total,
            number=number,
            date=start + dt.timedelta(days=day),
            ready_at=NOON if new else BEFORE,
        )
        for n, (number, owner, total, day, new) in enumerate(ours)
    ]
    documents = [
        quickbooks_invoice(
            str(n),
            owner,
            total,
            "0" if settled else total,
            number=number,
            date=start + dt.timedelta(days=day),
            note=note,
        )
        for n, (number, owner, total, day, note, settled) in enumerate(theirs)
    ]
    links = [customer_link(q, s) for q, s in zip(FAMILY, IN_SYNCTA, strict=False)]
    pair = [invoice_link(documents[0], mine[0])] if mine and documents else []

    def books():
        return state(
            quickbooks=FAMILY,
            syncta=IN_SYNCTA,
            links=[*links, *pair],
            syncta_invoices=mine,
            quickbooks_invoices=documents,
        )

    first = plan(books())
    rows = [row.source_id for row in plan_invoices(books(), {"a": "1", "b": "2", "c": "3"})]
    linked = {link.syncta_id for link in pair}
    assert sorted(rows) == sorted(i.id for i in mine if i.id not in linked)
    targets = [r.target_id for r in first.rows if r.action is Action.LINK or r.reason == "maybe_already_entered"]
    assert len(targets) == len(set(targets)), "a document is given away once"
    for records in (mine, documents, links):
        chance.shuffle(records)
    assert plan(books()).digest == first.digest


@given(st.lists(st.tuples(TOTALS, st.booleans()), max_size=5))
def test_4_1_the_plan_of_a_synced_state_is_empty(invoices):
    pairs, ours, theirs = [], [], []
    for n, (total, paid) in enumerate(invoices):
        mine = syncta_invoice(f"s{n}", "a", total, status="paid" if paid and total != "0.00" else "unpaid")
        sent = quickbooks_invoice(
            str(n), "1", total, "0" if paid else total, number=f"s{n}", deposit=Decimal(total if paid else 0)
        )
        mark = {"paid": {"settled_by": []}} if paid else {}
        ours.append(mine)
        theirs.append(sent)
        pairs.append(invoice_link(sent, mine, **mark))
    synced = of(*ours, links=[customer_link(OURS, THEIRS), *pairs], quickbooks_invoices=theirs)
    assert plan_of(synced, find_matches(synced)).rows == ()
