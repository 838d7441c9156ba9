"""Demo, invoices that are to be pushed, held or told (cases 5–10 of rules 8)."""

from __future__ import annotations

from typing import Any

from include.sandbox.scenarios.cases import case
from include.sandbox.scenarios.town import Line, Town

TEST = (Line("Annual backflow test"),)
LATE_SEPTEMBER_UTC = "2026-10-01T06:30:00Z"
LATE_OCTOBER_UTC = "2026-11-01T06:30:00Z"
ADDRESS = {"line1": "10 Donner Way", "city": "Truckee", "state": "CA", "postal_code": "96161"}


def tell(town: Town) -> None:
    """All of them."""
    typed_in_by_hand(town)
    around_go_live(town)
    to_be_changed_later(town)
    numbers(town)
    money(town)
    odd_lines(town)
    periods(town)


def typed_in_by_hand(town: Town) -> None:
    """Somebody entered our work in QuickBooks already (rules 3.3)."""
    town.on("2026-05-08")
    invoiced, sold = town.both("Alder Creek Lodge"), town.both("Birch Street Laundry")
    lines = (Line("Repair kit", "3"),)
    town.on("2026-10-08")
    town.syncta_invoice("2101", invoiced.syncta, lines, date="2026-10-08")
    town.syncta_invoice("2102", sold.syncta, lines, date="2026-10-08")
    town.on("2026-10-15")
    town.quickbooks_invoice("M-881", invoiced.quickbooks, lines, date="2026-10-15")
    town.sales_receipt("M-882", sold.quickbooks, lines, date="2026-10-16")
    case(
        "5",
        "The same work typed into QuickBooks under another number; another as a sales receipt",
        "Held, not billed twice.",
        ("hold", "2101", "maybe_already_entered"),
        ("hold", "2102", "maybe_already_entered"),
    )


def around_go_live(town: Town) -> None:
    """Opened before, ready after; ready before; never ready (rules 3.1)."""
    town.on("2026-05-08", 10)
    customer = town.both("Cold Stream Plumbing")
    town.on("2026-09-22")
    opened = town.syncta_invoice("2201", customer.syncta, TEST, date="2026-10-05", ready=False)
    town.syncta_invoice("2202", customer.syncta, (Line("Permit filing"),), date="2026-09-22")
    town.on("2026-07-01")
    town.syncta_invoice("2203", customer.syncta, (Line("Repair kit"),), date="2026-07-01", ready=False)
    town.on("2026-10-05", 15)
    town.office.update_invoice(opened, {"status": "unpaid"})
    case(
        "6",
        "Opened before go-live and finished after; ready before without a partner; never ready",
        "The first is pushed, the second is told (`before_go_live_unmatched`), the third is told after 14 days.",
        ("push", "2201", "new"),
        ("exception", "2202", "before_go_live_unmatched"),
        ("exception", "2203", "not_ready"),
    )


def to_be_changed_later(town: Town) -> None:
    """Pushed today; a rehearsal then adds lines, deletes, moves (rules 3.10)."""
    town.on("2026-05-08", 11)
    customer = town.both("Donner Pass Market")
    town.on("2026-10-09")
    for number, product in (("2301", "Repair kit"), ("2302", "Relief valve rebuild"), ("2303", "Permit filing")):
        town.syncta_invoice(number, customer.syncta, (Line(product, "2"),), date="2026-10-09")
    case(
        "7",
        "Lines added after the push; one deleted in Syncta; one moved to another customer",
        "Pushed. What is changed in Syncta afterwards becomes `unbilled_change`, `gone_in_syncta`, `customer_differs`.",
        *(("push", number, "new") for number in ("2301", "2302", "2303")),
    )


def numbers(town: Town) -> None:
    """A number somebody else's document bears, and one too long (rules 3.4)."""
    town.on("2026-05-08", 12)
    ours, other = town.both("Emerald Bay Cabins"), town.both("Fir Lane HOA")
    town.on("2026-10-12")
    town.syncta_invoice("2401", ours.syncta, (Line("Relief valve rebuild"),), date="2026-10-12")
    town.quickbooks_invoice("2401", other.quickbooks, (Line("Permit filing", "4"),), date="2026-10-12")
    town.syncta_invoice("2402-EMERALD-BAY-CABINS", ours.syncta, (Line("Repair kit", "2"),), date="2026-10-12")
    case(
        "8",
        "A manual invoice bears the number (answer lost after the commit: see the tests); a number of 23 characters",
        "Held: `number_taken`, `number_too_long`.",
        ("hold", "2401", "number_taken"),
        ("hold", "2402-EMERALD-BAY-CABINS", "number_too_long"),
    )


def money(town: Town) -> None:
    """Tax and cents (rules 3.7, 3.8)."""
    town.on("2026-05-11")
    bare, housed = town.both("Granite Gym"), town.both("Hirschdale Hardware", address=ADDRESS)
    town.on("2026-10-13")
    taxable = Line("Repair kit", taxable=True)
    town.syncta_invoice("2501", bare.syncta, (taxable,), date="2026-10-13", tax="4.00")
    town.syncta_invoice("2502", housed.syncta, (taxable, Line("Permit filing")), date="2026-10-13", tax="4.01")
    third = Line("Annual backflow test", "3", price="33.333", total="100.00", description="Three tests, flat price")
    town.syncta_invoice("2503", housed.syncta, (third,), date="2026-10-13")
    town.syncta_invoice("2504", housed.syncta, (Line("Permit filing", "3", price="33.33"),), date="2026-10-13")
    town.syncta_invoice(
        "2505", housed.syncta, (Line("Permit filing", total="24.00"),), date="2026-10-13", total="25.00"
    )
    case(
        "9a",
        "Taxable customer without an address; tax off by a cent; 3 × 33.33; lines that miss the total",
        "Pushed with the tax as billed and the line totals as they are; the one that does not add up is held.",
        *(("push", number, "new") for number in ("2501", "2502", "2503", "2504")),
        ("hold", "2505", "money_does_not_add_up"),
    )


def odd_lines(town: Town) -> None:
    """Discount, zero, negative, products that are missing, unknown or inactive (rules 3.7)."""
    town.on("2026-05-11", 10)
    customer = town.both("Incline Irrigation")
    old = town.product("Old hydrant test", UnitPrice=90)
    town.books.deactivate("Item", old)
    town.product("Goodwill discount", UnitPrice=0)
    town.on("2026-10-14")
    test = Line("Annual backflow test")
    rows: dict[str, tuple[tuple[Line, ...], dict[str, Any]]] = {
        "2601": ((test,), {"discount": "7.50"}),
        "2602": ((Line("Annual backflow test", price="0.00"),), {}),
        "2603": ((Line("Annual backflow test", "1", price="-20.00"),), {}),
        "2604": ((Line(None, price="60.00", description="Work on site"),), {}),
        "2605": ((Line("Dye test", price="55.00"),), {}),
        "2606": ((Line("Old hydrant test", price="90.00"),), {}),
    }
    for number, (lines, more) in rows.items():
        town.syncta_invoice(number, customer.syncta, lines, date="2026-10-14", **more)
    case(
        "9b",
        "A discount, a total of zero, a negative total, a line without product, an unknown and an inactive product",
        "The discount goes through the product the settings name; zero is skipped; the others are held.",
        ("push", "2601", "new"),
        ("skip", "2602", "zero_total"),
        ("hold", "2603", "credit_needed"),
        ("hold", "2604", "product_missing"),
        ("hold", "2605", "product_unknown"),
        ("hold", "2606", "product_inactive"),
    )


def periods(town: Town) -> None:
    """Dated in closed and final months, and near midnight (rules 3.9)."""
    town.on("2026-05-11", 11)
    customer = town.both("Juniper Hills HOA")
    town.on("2026-10-15")
    dates = {"2701": "2026-08-20", "2702": "2026-09-15", "2703": LATE_SEPTEMBER_UTC, "2704": "2026-12-24"}
    for price, (number, date) in enumerate(dates.items(), start=101):
        town.syncta_invoice(number, customer.syncta, (Line("Permit filing", price=f"{price}.00"),), date=date)
    town.on("2026-10-31", 23, 30)
    town.syncta_invoice("2705", customer.syncta, (Line("Permit filing", price="105.00"),), date=LATE_OCTOBER_UTC)
    case(
        "10",
        "Dated in a closed month, in a final month, at 23:30 on a month's last day, in the future",
        "Held: `period_closed`, `period_final` (also the one that is October only in UTC), `future_dated`; the last "
        "evening of October is pushed with its local date.",
        ("hold", "2701", "period_closed"),
        ("hold", "2702", "period_final"),
        ("hold", "2703", "period_final"),
        ("hold", "2704", "future_dated"),
        ("push", "2705", "new"),
    )
