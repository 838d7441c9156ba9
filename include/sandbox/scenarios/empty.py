"""A company that has just begun: products, no customers, no invoices."""

from __future__ import annotations

from include.sandbox.scenarios.town import Town


def tell(town: Town) -> None:
    """Only the company itself."""
    town.open_books(name="Empty Backflow", closed_through=None)
