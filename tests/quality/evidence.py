"""A sound run's evidence, to be broken in one place per test."""

from __future__ import annotations

from typing import Any

import pandas as pd

from include.quality.examine import Evidence
from include.records import Entity, Scope, System
from include.sync.rows import Action, Plan, PlanRow

SCOPE = Scope("demo", "9341453000000001", "sandbox")
CUSTOMERS = (System.QUICKBOOKS, Entity.CUSTOMER)
INVOICES = (System.SYNCTA, Entity.INVOICE)
AS_OF = "2026-11-02T17:00:00+00:00"


def landed(*rows: dict[str, Any]) -> pd.DataFrame:
    """Rows as they are landed; what is not given is empty."""
    empty = {"state": "live", "id": "", "parent_id": "", "customer_id": "", "updated_at": "2026-11-01T09:00:00+00:00"}
    return pd.DataFrame([empty | row for row in rows], columns=list(empty)).astype("str")


def push(source_id: str, amount: str = "100.00", **fields: Any) -> PlanRow:
    """A push over one line."""
    payload = {"total": "100.00", "tax": "0", "lines": [{"amount": "100.00"}]}
    given = {"payload": payload, "key": f"demo:push:invoice:{source_id}:g0"} | fields
    from decimal import Decimal

    return PlanRow(Action.PUSH, Entity.INVOICE, System.SYNCTA, source_id, reason="new", amount=Decimal(amount), **given)


def link(quickbooks_id: str, syncta_id: str) -> PlanRow:
    """A link between two customers."""
    payload = {"quickbooks_id": quickbooks_id, "syncta_id": syncta_id, "how": "exact_name", "applied": {}}
    return PlanRow(
        Action.LINK, Entity.CUSTOMER, System.QUICKBOOKS, quickbooks_id, syncta_id, "exact_name", payload=payload
    )


def evidence(**changes: Any) -> Evidence:
    """A sound run: three QuickBooks customers read completely, two Syncta invoices that changed, a plan."""
    plan = changes.pop("plan", Plan.of(SCOPE, [push("i1"), push("i2"), link("1", "s1"), link("2", "s2")]))
    extract = {
        "files": {"quickbooks.customer": "…", "syncta.invoice": "…"},
        "expected": {"quickbooks.customer": 3, "syncta.invoice": 2},
        "before": {"quickbooks.customer": 3, "syncta.invoice": 40},
        "as_of": {"quickbooks": AS_OF, "syncta": AS_OF},
        "completely": ["quickbooks.customer"],
    }
    extract |= changes.pop("extract", {})
    customers = landed({"id": "1"}, {"id": "2"}, {"id": "3", "parent_id": "1"})
    invoices = landed({"id": "i1", "customer_id": "s1"}, {"id": "i2", "customer_id": "s9"})
    given: dict[str, Any] = {
        "extracts": [extract],
        "landed": {CUSTOMERS: customers, INVOICES: invoices},
        "plan": plan,
        "counts": plan.counts(),
        "known_customers": {System.QUICKBOOKS: frozenset(), System.SYNCTA: frozenset({"s1", "s9"})},
        "names": pd.DataFrame({"id": ["syncta s1", "quickbooks 2"], "name": ["Nick Brown", "Brown Bros, Inc"]}),
    }
    return Evidence(**(given | changes))
