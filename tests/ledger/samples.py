"""Records, names and moments for the ledger's tests."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any

from include.ledger.links import Link
from include.records import Address, Customer, Entity, Invoice, Line, PortalPayment, Scope, Version

SCOPE = Scope("demo", "9341453000000001", "sandbox")
OTHERS = (
    Scope("other", "9341453000000001", "sandbox"),
    Scope("demo", "9341453000000002", "sandbox"),
    Scope("demo", "9341453000000001", "production"),
)
NOON = dt.datetime(2026, 11, 2, 12, 0, tzinfo=dt.UTC)

_companies = count()


def fresh_scope() -> Scope:
    """A company that no other test has seen."""
    return Scope(f"company_{next(_companies)}", "1", "sandbox")


def after(minutes: float) -> dt.datetime:
    """So many minutes after noon."""
    return NOON + dt.timedelta(minutes=minutes)


at = after


def link(quickbooks_id: str = "1", syncta_id: str = "s1", **fields: Any) -> Link:
    known: dict[str, Any] = {"entity": Entity.CUSTOMER, "how": "exact_name", "applied": {}, "run_id": "run_1"}
    return Link(quickbooks_id=quickbooks_id, syncta_id=syncta_id, linked_at=NOON, **{**known, **fields})


def customer(record_id: str = "1", version: int = 1, **fields: Any) -> Customer:
    known: dict[str, Any] = {"name": "Nick Brown", "active": True, "created_at": NOON, "updated_at": NOON}
    return Customer(id=record_id, version=Version(version), **{**known, **fields})


def full_invoice(record_id: str = "1") -> Invoice:
    """An invoice in which no field is empty."""
    return Invoice(
        id=record_id,
        version=Version(3),
        number="INV-0001",
        customer_id="7",
        date=dt.date(2026, 10, 31),
        total=Decimal("1234567890.10"),
        currency="USD",
        created_at=NOON,
        updated_at=after(0.5),
        due_date=dt.date(2026, 11, 30),
        terms="Net 30",
        status="paid",
        ready_at=after(1),
        lines=(Line("Backflow test", Decimal("3"), Decimal("33.333"), Decimal("100.00"), True, "Test"),),
        tax=Decimal("0.10"),
        discount=Decimal("-5.00"),
        paid_on=dt.date(2026, 11, 1),
        paid_reference="1001",
        portal_payments=(PortalPayment(dt.date(2026, 11, 1), "ch_1", Decimal("12.00")),),
        balance=Decimal("0.00"),
        note="syncta:demo",
        emailed=True,
        settled_by=("9", "10"),
    )


ADDRESS = Address("1 Main St", "Suite 2", "Fresno", "CA", "93650", "USA")
