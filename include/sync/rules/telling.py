"""How invoices are told to people: as a hold, an exception or a skip of the Syncta invoice (rules 7)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from include.records import Entity, Invoice, System
from include.sync.reasons import EXCEPTIONS, HOLDS, SKIPS
from include.sync.rows import Action, PlanRow

TEXTS = {Action.HOLD: HOLDS, Action.EXCEPTION: EXCEPTIONS, Action.SKIP: SKIPS}


def tell(
    action: Action,
    syncta_id: str,
    reason: str,
    amount: Decimal | None,
    *,
    target_id: str = "",
    changes: Mapping[str, tuple[Any, Any]] | None = None,
    payload: Mapping[str, Any] | None = None,
) -> PlanRow:
    """A row about a Syncta invoice that nobody but a person acts on; `target_id` is a document in QuickBooks."""
    return PlanRow(
        action,
        Entity.INVOICE,
        System.SYNCTA,
        syncta_id,
        target_id,
        reason,
        TEXTS[action][reason],
        amount=amount,
        changes=changes or {},
        payload=payload or {},
    )


def hold(invoice: Invoice, reason: str, *, target_id: str = "") -> PlanRow:
    """It does not go out, for this reason."""
    return tell(Action.HOLD, invoice.id, reason, invoice.total, target_id=target_id)


def exception(invoice: Invoice, reason: str, *, target_id: str = "") -> PlanRow:
    """A person should look at it."""
    return tell(Action.EXCEPTION, invoice.id, reason, invoice.total, target_id=target_id)


def skip(invoice: Invoice, reason: str, *, target_id: str = "") -> PlanRow:
    """It stays where it is, and nobody needs to do anything."""
    return tell(Action.SKIP, invoice.id, reason, invoice.total, target_id=target_id)
