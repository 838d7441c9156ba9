"""The demo company: Truckee Backflow, six months of it, in which every case of rules 8 occurs."""

from __future__ import annotations

from include.sandbox.scenarios import demo_bulk, demo_customers, demo_invoices, demo_payments
from include.sandbox.scenarios.town import Town


def tell(town: Town, seed: int) -> None:
    """Books closed through August 2026; the clock is left at the morning of the first sync."""
    town.open_books(name="Truckee Backflow", closed_through="2026-08-31")
    demo_customers.tell(town)
    demo_payments.tell(town)
    demo_invoices.tell(town)
    demo_bulk.tell(town, seed)
