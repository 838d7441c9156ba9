"""Made-up companies for property tests: hierarchies, near-same names, invoices and payments of every kind."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from include.records import Application, Customer, Invoice, Payment, SalesReceipt
from tests.sync.builders import (
    NOON,
    TODAY,
    customer,
    line,
    payment,
    quickbooks_invoice,
    receipt,
    syncta_invoice,
)

NAMES = ("Ann Lee", "Lee, Ann", "Ann  Lee", "ann lee", "Jose\u0301", "José", "Bob Ray", "Bob Ray ", "Water \U0001f6b0")
TOTALS = ("75.00", "75.01", "33.33", "120.00", "120.00", "0", "-5.00")
DAYS = [TODAY - dt.timedelta(days=days) for days in (0, 3, 20, 20, 33, 200)]


@dataclass(frozen=True)
class Company:
    """Both sides of a company, as lists that may be shuffled."""

    quickbooks: list[Customer]
    syncta: list[Customer]
    syncta_invoices: list[Invoice]
    quickbooks_invoices: list[Invoice]
    payments: list[Payment]
    receipts: list[SalesReceipt]

    def parts(self) -> dict[str, list[Any]]:
        """The lists by name, as `builders.state` takes them."""
        return {name: list(getattr(self, name)) for name in self.__dataclass_fields__}


@st.composite
def companies(draw: st.DrawFn) -> Company:
    """A company that was never synced."""
    quickbooks = _tree(draw, "q", draw(st.lists(st.sampled_from(NAMES), max_size=6, unique=True)))
    # Mostly the same customers, so that invoices come as far as the checks behind the customer's.
    shared = [one.name for one in quickbooks if _mostly(draw)]
    syncta = _tree(draw, "s", [*shared, *draw(st.lists(st.sampled_from(NAMES), max_size=2))])
    ours = [_ours(draw, f"i{n}", syncta) for n in range(draw(st.integers(0, 6)))] if syncta else []
    theirs = [_theirs(draw, f"{50 + n}", quickbooks) for n in range(draw(st.integers(0, 4)))] if quickbooks else []
    payments = [_payment(draw, f"p{n}", theirs) for n in range(draw(st.integers(0, 3)))] if theirs else []
    receipts = [_receipt(draw, f"r{n}", quickbooks) for n in range(draw(st.integers(0, 1)))] if quickbooks else []
    return Company(quickbooks, syncta, ours, [_settled(one, payments) for one in theirs], payments, receipts)


def _mostly(draw: st.DrawFn) -> bool:
    """True four times out of five: what is usual must be frequent, or no invoice gets past the first checks."""
    return draw(st.sampled_from([True, True, True, True, False]))


def _tree(draw: st.DrawFn, prefix: str, names: list[str]) -> list[Customer]:
    found: list[Customer] = []
    for number, name in enumerate(names):
        parent = "" if _mostly(draw) else draw(st.sampled_from(["", *[one.id for one in found]]))
        active = _mostly(draw)
        found.append(customer(f"{prefix}{number}", name, parent_id=parent, active=active))
    return found


def _ours(draw: st.DrawFn, id: str, customers: list[Customer]) -> Invoice:
    total = draw(st.sampled_from(TOTALS[:3] if _mostly(draw) else TOTALS))
    day = draw(st.sampled_from(DAYS[:3] if _mostly(draw) else DAYS))
    ready = NOON if _mostly(draw) else NOON - dt.timedelta(days=60)
    made = syncta_invoice(
        id,
        draw(st.sampled_from(customers)).id,
        total,
        date=day,
        ready_at=ready,
        status="unpaid" if _mostly(draw) else draw(st.sampled_from(["new", "paid"])),
        number=draw(st.sampled_from([id, "77"])) if _mostly(draw) else "x" * 22,
    )
    product = "Test" if _mostly(draw) else draw(st.sampled_from(["", "Unknown"]))
    return replace(made, lines=(line(total, product=product),))


def _theirs(draw: st.DrawFn, id: str, customers: list[Customer]) -> Invoice:
    total, day = draw(st.sampled_from(TOTALS[:5])), draw(st.sampled_from(DAYS))
    number = draw(st.sampled_from([f"q{id}", "77", "i0"]))
    return quickbooks_invoice(id, draw(st.sampled_from(customers)).id, total, date=day, number=number)


def _payment(draw: st.DrawFn, id: str, invoices: list[Invoice]) -> Payment:
    paid = draw(st.lists(st.sampled_from(invoices), min_size=1, max_size=2, unique_by=lambda one: one.id))
    parts = tuple(Application("Invoice", one.id, one.total / draw(st.sampled_from([1, 2]))) for one in paid)
    money = sum((part.amount for part in parts), Decimal(0)) if draw(st.integers(0, 3)) else Decimal(0)
    return replace(payment(id, paid[0].id, "1"), total=money, applied=parts, reference=draw(st.sampled_from(["", "7"])))


def _settled(invoice: Invoice, payments: list[Payment]) -> Invoice:
    paid = sum((a.amount for p in payments for a in p.applied if a.id == invoice.id), Decimal(0))
    return replace(invoice, balance=max(invoice.total - paid, Decimal(0)))


def _receipt(draw: st.DrawFn, id: str, customers: list[Customer]) -> SalesReceipt:
    return receipt(
        id, draw(st.sampled_from(customers)).id, draw(st.sampled_from(TOTALS[:4])), draw(st.sampled_from(DAYS))
    )
