"""Demo, payments of the time before go-live (cases 11–13 of rules 8)."""

from __future__ import annotations

from typing import Any

from include.sandbox.scenarios.cases import case
from include.sandbox.scenarios.town import Line, Pair, Town

TEST = (Line("Annual backflow test"),)
TOTAL = "75.00"


def tell(town: Town) -> None:
    """All of them, on invoices that both sides have."""
    part_and_over(town)
    without_money(town)
    bounced_and_portal(town)


def history(town: Town, customer: Pair, number: str, date: str, **fields: Any) -> str:
    """An invoice entered on both sides by hand; its QuickBooks id."""
    town.on(date)
    town.syncta_invoice(number, customer.syncta, TEST, date=date, **fields)
    return town.quickbooks_invoice(number, customer.quickbooks, TEST, date=date)


def part_and_over(town: Town) -> None:
    """Two part payments, one payment over three invoices, an overpayment, an old prepayment (rules 4.1, 4.6)."""
    town.on("2026-05-12")
    customer, early = town.both("Kings Beach Resort"), town.both("Lakeside Vet")
    first, *three = [history(town, customer, str(n), "2026-08-04") for n in (3101, 3102, 3103, 3104)]
    over = history(town, customer, "3105", "2026-08-05")
    part = history(town, customer, "3106", "2026-08-05")
    town.on("2026-08-20")
    town.payment(customer.quickbooks, {first: "25.00"}, date="2026-08-20", reference="CHK 501")
    town.payment(customer.quickbooks, dict.fromkeys(three, TOTAL), date="2026-08-20", reference="CHK 502")
    town.payment(customer.quickbooks, {over: TOTAL}, total="100.00", date="2026-08-21", reference="CHK 503")
    town.payment(customer.quickbooks, {part: "30.00"}, date="2026-08-21")
    town.on("2026-09-02")
    town.payment(customer.quickbooks, {first: "50.00"}, date="2026-09-02", reference="CHK 509")
    prepaid = history(town, early, "3107", "2026-09-03")
    town.payment(early.quickbooks, {prepaid: TOTAL}, date="2026-06-01", reference="Deposit June")
    case(
        "11",
        "Two part payments; one payment over three invoices; an overpayment; an old prepayment; half paid",
        "Each settled one is marked as paid, with the date of its latest payment and never before its own; the half "
        "paid one only has its balance recorded.",
        *(("mark_paid", str(n), "history") for n in (3101, 3102, 3103, 3104, 3105, 3107)),
        ("record_balance", "3106", ""),
    )


def without_money(town: Town) -> None:
    """A bad-debt credit memo, a void (rules 4.2, 4.3)."""
    town.on("2026-05-12", 10)
    customer = town.both("Martis Valley Golf")
    credited, voided = history(town, customer, "3201", "2026-07-14"), history(town, customer, "3202", "2026-07-14")
    town.on("2026-09-09")
    town.credit(customer.quickbooks, credited, TOTAL, TEST, date="2026-09-09")
    town.books.void("Invoice", voided)
    case(
        "12",
        "A bad-debt credit memo; an invoice voided in QuickBooks before the first sync (journals: a later step)",
        "The credited one is marked as paid and told as `settled_without_money`; the voided one finds no partner.",
        ("mark_paid", "3201", "history"),
        ("exception", "3201", "settled_without_money"),
        ("exception", "3202", "before_go_live_unmatched"),
    )


def bounced_and_portal(town: Town) -> None:
    """Paid, bounced, paid again; paid in the portal; paid in both (rules 4.4, 4.5)."""
    town.on("2026-05-12", 11)
    customer = town.both("Northstar Diner")
    bounced = history(town, customer, "3301", "2026-08-11")
    town.on("2026-08-25")
    check = town.payment(customer.quickbooks, {bounced: TOTAL}, date="2026-08-25", reference="CHK 88")
    town.on("2026-08-28")
    town.books.delete("Payment", check)
    town.on("2026-09-08")
    town.payment(customer.quickbooks, {bounced: TOTAL}, date="2026-09-08", reference="CHK 90")
    portal = {"date": "2026-09-01", "reference": "ch_3302", "amount": TOTAL}
    history(town, customer, "3302", "2026-08-12", status="paid", portal_payments=[portal], paid=paid(portal))
    twice = {"date": "2026-09-01", "reference": "ch_3303", "amount": TOTAL}
    both = history(town, customer, "3303", "2026-08-13", status="paid", portal_payments=[twice], paid=paid(twice))
    town.on("2026-09-20")
    town.payment(customer.quickbooks, {both: TOTAL}, date="2026-09-20", reference="CHK 95")
    case(
        "13",
        "Paid, bounced, paid again; paid in the portal only; paid in the portal and in QuickBooks",
        "Marked as paid with the second check; the portal's is told as open in QuickBooks; the last as maybe paid "
        "twice.",
        ("mark_paid", "3301", "history"),
        ("exception", "3302", "paid_in_syncta_open_in_quickbooks"),
        ("exception", "3303", "maybe_paid_twice"),
    )


def paid(payment: dict[str, str]) -> dict[str, str]:
    """The paid mark that the portal sets."""
    return {"date": payment["date"], "reference": payment["reference"], "source": "portal"}
