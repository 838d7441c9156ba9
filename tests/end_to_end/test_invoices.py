"""Invoices, Syncta → QuickBooks, from outside: pushed once as they stand, or held with the reason (R9 to R11)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from include.sandbox.quickbooks.catalog.company import close_books
from include.sandbox.scenarios.town import Line, Pair
from tests.end_to_end.people import TEST, People, people_of

KIT, FILING = Line("Repair kit", taxable=True), Line("Permit filing")


def line(price: str, **fields: Any) -> Line:
    """A line of this amount: totals that differ keep invoices from being taken for one another."""
    return Line("Permit filing", price=price, **fields)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """Finished invoices of all kinds, after the first sync: five go out, the others are held, told or left."""
    with people_of(tmp_path_factory.mktemp("sent")) as people:
        ann, bob = people.both("Ann Lee"), people.syncta_customer("Bob Ray")
        people.town.product("Goodwill discount", UnitPrice=0)
        people.books.deactivate("Item", people.town.product("Old test"))
        people.town.product("Hose", Type="NonInventory", IncomeAccountRef=None, ExpenseAccountRef={"value": "2"})
        close_books(people.books, "2026-08-31")
        that_go_out(people, ann)
        that_are_held(people, ann, bob)
        that_are_left(people, ann)
        assert people.first_sync() == {"Invoice.create": 5}
        yield people


def that_go_out(people: People, ann: Pair) -> None:
    people.bill("taxed", ann.syncta, KIT, FILING, tax="4.00", due_date="2026-11-20", terms="Net 30")
    people.bill("discount", ann.syncta, TEST, TEST, discount="7.50")
    people.bill("thirds", ann.syncta, line("33.33", quantity="3", total="100.00"))
    people.bill("evening", ann.syncta, line("12.00"), invoice_date="2026-11-01T06:30:00Z")
    people.bill("Nº 7 “ä” & co", ann.syncta, line("13.00", description="O'Brien's \\ 💧 “x” & <y>"))


def that_are_held(people: People, ann: Pair, bob: str) -> None:
    other = people.both("Carol Diaz")
    people.bill("not linked", bob, line("21.00"))
    people.bill("taken", ann.syncta, line("22.00"))
    people.type_in("taken", other.quickbooks, line("22.50"))
    people.bill("number of 23 characters", ann.syncta, line("23.00"))
    people.bill("by hand", ann.syncta, line("24.00"))
    people.type_in("M-881", ann.quickbooks, line("24.00"), date="2026-10-20")
    people.bill("by receipt", ann.syncta, line("25.00"))
    people.town.sales_receipt("M-882", ann.quickbooks, (line("25.00"),), date="2026-10-01")
    people.bill("no product", ann.syncta, Line(None, price="26.00"))
    people.bill("unknown product", ann.syncta, Line("Dye test", price="27.00"))
    people.bill("old product", ann.syncta, Line("Old test", price="28.00"))
    people.bill("unsellable", ann.syncta, Line("Hose", price="29.00"))
    people.bill("closed", ann.syncta, line("30.00"), invoice_date="2026-08-20")
    people.bill("final", ann.syncta, line("31.00"), invoice_date="2026-09-20")
    people.bill("future", ann.syncta, line("32.00"), invoice_date="2026-12-24")
    people.bill("negative", ann.syncta, line("-33.00"))
    people.bill("wrong sum", ann.syncta, line("34.00"), total="35.00")
    people.bill("euro", ann.syncta, line("36.00"), currency="EUR")
    people.bill("tax on nothing", ann.syncta, line("37.00"), tax="1.00")


def that_are_left(people: People, ann: Pair) -> None:
    people.bill("zero", ann.syncta, line("0.00"))
    people.bill("unfinished", ann.syncta, line("41.00"), status="new")
    history = {"ready_at": "2026-07-10T16:00:00Z", "invoice_date": "2026-07-10"}
    people.bill("history", ann.syncta, line("42.00"), **history)
    people.type_in("history", ann.quickbooks, line("42.00"), date="2026-07-12")
    people.bill("history alone", ann.syncta, line("43.00"), **history)
    people.bill("history of a cent", ann.syncta, line("44.00"), **history)
    people.type_in("history of a cent", ann.quickbooks, line("44.01"), date="2026-07-10")


HELD = {
    "customer_not_in_quickbooks": {"not linked"},
    "number_taken": {"taken"},
    "number_too_long": {"number of 23 characters"},
    "maybe_already_entered": {"by hand", "by receipt"},
    "product_missing": {"no product"},
    "product_unknown": {"unknown product"},
    "product_inactive": {"old product"},
    "product_not_sellable": {"unsellable"},
    "period_closed": {"closed"},
    "period_final": {"final"},
    "future_dated": {"future"},
    "credit_needed": {"negative"},
    "money_does_not_add_up": {"wrong sum"},
    "currency_differs": {"euro"},
    "tax_cannot_be_carried": {"tax on nothing"},
}


def money(value: object) -> Decimal:
    return Decimal(str(value))


def test_an_invoice_is_pushed_with_dates_lines_tax_and_our_mark(sent: People) -> None:
    one = sent.pushed()["taxed"]
    assert (one["TxnDate"], one["DueDate"]) == ("2026-10-15", "2026-11-20")
    assert (money(one["TotalAmt"]), money(one["TxnTaxDetail"]["TotalTax"])) == (Decimal("77.50"), Decimal("4.00"))
    lines = [line for line in one["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    assert [(money(each["Amount"]), each["Description"]) for each in lines] == [
        (Decimal("48.50"), "Repair kit"),
        (Decimal("25.00"), "Permit filing"),
    ]
    details = [each["SalesItemLineDetail"] for each in lines]
    assert [detail["TaxCodeRef"]["value"] for detail in details] == ["TAX", "NON"]
    assert [detail["ItemRef"]["value"] for detail in details] == [
        sent.town.items[name] for name in ("Repair kit", "Permit filing")
    ]
    assert one["PrivateNote"] == f"[syncta:demo:{sent.company.syncta_invoices()['taxed']['id']}]"


def test_nothing_is_e_mailed_and_no_online_payment_is_offered(sent: People) -> None:
    for number in ("taxed", "discount", "thirds", "evening"):
        one = sent.pushed()[number]
        assert one["EmailStatus"] == "NotSet"
        assert not any(value for name, value in one.items() if name.startswith("Allow"))


def test_a_discount_goes_through_the_product_the_settings_name(sent: People) -> None:
    one = sent.pushed()["discount"]
    lines = [line for line in one["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    assert (money(one["TotalAmt"]), money(lines[-1]["Amount"])) == (Decimal("142.50"), Decimal("-7.50"))
    assert lines[-1]["SalesItemLineDetail"]["ItemRef"]["value"] == sent.town.items["Goodwill discount"]


def test_the_line_total_holds_where_quantity_times_price_misses_it(sent: People) -> None:
    one = sent.pushed()["thirds"]
    assert (money(one["TotalAmt"]), "Qty" in one["Line"][0]["SalesItemLineDetail"]) == (Decimal("100.00"), False)


def test_a_timestamp_is_the_day_it_was_where_the_company_is(sent: People) -> None:
    """rules 8.10"""
    assert sent.pushed()["evening"]["TxnDate"] == "2026-10-31"


def test_number_and_texts_arrive_to_the_code_point(sent: People) -> None:
    one = sent.pushed()["Nº 7 “ä” & co"]
    assert one["Line"][0]["Description"] == "O'Brien's \\ 💧 “x” & <y>"


@pytest.mark.parametrize("reason", HELD)
def test_an_invoice_that_cannot_go_is_held_with_the_reason(sent: People, reason: str) -> None:
    """R10, rules 8.9"""
    assert sent.told("hold")[reason] == HELD[reason]


def test_every_hold_shows_its_amount_and_what_to_do(sent: People) -> None:
    holds = [one for one in sent.company.findings() if one.kind == "hold"]
    assert len(holds) == sum(len(numbers) for numbers in HELD.values())
    assert all(one.text and one.amount for one in holds)
    assert dict(sent.amounts("hold"))["customer_not_in_quickbooks"] == Decimal("21.00")


def test_history_is_linked_or_told_and_never_pushed(sent: People) -> None:
    """rules 8.6"""
    assert sent.told()["before_go_live_unmatched"] == {"history alone", "history of a cent"}
    assert "[syncta:" not in sent.pushed()["history"].get("PrivateNote", "")
    assert "history" not in {number for numbers in sent.told().values() for number in numbers}


def test_what_is_unfinished_or_nothing_to_bill_is_left_alone(sent: People) -> None:
    told = {number for kind in ("hold", "exception") for numbers in sent.told(kind).values() for number in numbers}
    assert told & {"zero", "unfinished"} == set()
    assert set(sent.pushed()) & {"zero", "unfinished"} == set()


def test_a_second_run_pushes_nothing_and_keeps_every_hold(sent: People) -> None:
    before = sent.pushed()
    assert (sent.sync(), sent.first_sync()) == ({}, {})
    assert (sent.pushed(), sent.told("hold")) == (before, HELD)


def test_every_hold_goes_out_by_itself_once_its_cause_is_mended(people: People) -> None:
    ann, bob = people.both("Ann Lee"), people.syncta_customer("Bob Ray")
    close_books(people.books, "2026-10-20")
    made = {
        "customer": people.bill("customer", bob, line("51.00")),
        "period": people.bill("period", ann.syncta, line("52.00")),
        "number": people.bill("number", ann.syncta, line("53.00"), invoice_date="2026-10-25"),
        "product": people.bill("product", ann.syncta, Line("Dye test", price="54.00"), invoice_date="2026-10-25"),
        "twin": people.bill("twin", ann.syncta, line("55.00"), invoice_date="2026-10-25"),
    }
    other = people.both("Carol Diaz")
    taken = people.type_in("number", other.quickbooks, line("53.50"), date="2026-10-25")
    twin = people.type_in("M-1", ann.quickbooks, line("55.00"), date="2026-10-25")
    assert people.first_sync() == {}
    assert {number for numbers in people.told("hold").values() for number in numbers} == set(made)
    people.quickbooks_customer("Bob Ray")
    close_books(people.books, None)
    people.company.change("Invoice", taken, DocNumber="number-2")
    people.town.product("Dye test")
    people.books.delete("Invoice", twin)
    assert people.sync() == {"Invoice.create": 5}
    assert (people.told("hold"), set(made) <= set(people.pushed()), people.sync()) == ({}, True, {})


def test_several_invoices_of_one_customer_go_out_when_it_comes_to_be(people: People) -> None:
    """More than a batch, and one that bears an amount twice: each goes out once, in the order of their dates."""
    bob = people.syncta_customer("Bob Ray")
    for number in range(23):
        people.bill(f"B-{number:02}", bob, line(f"{60 + number // 2}.00"), invoice_date=f"2026-10-{1 + number:02}")
    assert people.first_sync() == {}
    assert people.told("hold") == {"customer_not_in_quickbooks": {f"B-{number:02}" for number in range(23)}}
    people.quickbooks_customer("Bob Ray")
    assert people.sync() == {"Invoice.create": 23}
    ids = {number: int(one["Id"]) for number, one in people.pushed().items()}
    assert sorted(ids, key=lambda number: ids[number]) == sorted(ids)
    assert people.sync() == {}
