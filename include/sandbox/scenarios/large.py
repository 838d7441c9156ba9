"""A company of any size for trials of speed: ordinary customers and invoices only."""

from __future__ import annotations

import datetime as dt
import random

from include.sandbox.scenarios.demo_bulk import FIRST_DAY
from include.sandbox.scenarios.town import Line, Pair, Town


def tell(town: Town, seed: int, customers: int, invoices: int) -> None:
    """`customers` on both sides and `invoices` in Syncta, half of them history; the same for the same seed."""
    chance = random.Random(seed)
    town.open_books(name="Large Backflow", closed_through=None)
    town.on(FIRST_DAY.isoformat())
    pairs = [town.both(f"Customer {number:07d}", phone=f"530-{number:07d}") for number in range(customers)]
    for number in range(invoices):
        _invoice(town, chance, number, chance.choice(pairs))


def _invoice(town: Town, chance: random.Random, number: int, customer: Pair) -> None:
    day = FIRST_DAY + dt.timedelta(days=chance.randrange(165))
    town.on(day.isoformat())
    lines = (Line("Annual backflow test", str(chance.randrange(1, 5))),)
    town.syncta_invoice(str(number), customer.syncta, lines, date=day.isoformat())
    if day < dt.date(2026, 10, 1):
        town.quickbooks_invoice(str(number), customer.quickbooks, lines, date=day.isoformat())
