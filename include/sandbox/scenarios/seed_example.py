"""The seed's own example: Nick Brown in Syncta, Brown, Nick in QuickBooks, and nothing else."""

from __future__ import annotations

from include.sandbox.scenarios.town import Town


def tell(town: Town) -> None:
    """Before the sync: one customer on each side, whose names differ in order only."""
    town.open_books(name="Seed Example Backflow", closed_through=None)
    town.on("2026-06-01")
    town.syncta_customer("Nick Brown")
    town.quickbooks_customer("Brown, Nick")
