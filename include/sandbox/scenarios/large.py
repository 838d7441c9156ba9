"""A company of any size, as untidy as a real one: people, families, firms, and each mistake that makes duplicates."""

from __future__ import annotations

import random

from include.sandbox.scenarios.large_customers import Customers
from include.sandbox.scenarios.large_invoices import Billing
from include.sandbox.scenarios.town import Town

FOUNDED = "2020-11-02"


def tell(town: Town, seed: int, customers: int, invoices: int) -> None:
    """`customers` on each side and `invoices` in Syncta over six years; the same for the same seed and sizes."""
    town.open_books(name="Large Backflow", closed_through=None, founded=FOUNDED)
    known = Customers(town, random.Random(seed), customers)
    with town.store.unindexed("qb_record"):
        known.move_in()
    known.give_up()
    Billing(town, random.Random(f"{seed} invoices"), known, invoices).tell()
