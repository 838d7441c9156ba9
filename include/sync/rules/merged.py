"""Customers that were merged into others in QuickBooks: inactive, their invoices under the survivor (rules 2.6)."""

from __future__ import annotations

from include.sync.state import State


def survivors(state: State) -> dict[str, str]:
    """QuickBooks id of a customer that seems merged → the customer that has its invoices now."""
    found: dict[str, str] = {}
    for link in state.invoice_links.values():
        invoice = state.quickbooks_invoices.get(link.quickbooks_id)
        sent_to = str(link.applied.get("customer_id", ""))
        loser = state.quickbooks_customers.get(sent_to)
        if invoice and loser and not loser.active and invoice.customer_id != loser.id:
            found[loser.id] = min(found.get(loser.id, invoice.customer_id), invoice.customer_id)
    return found
