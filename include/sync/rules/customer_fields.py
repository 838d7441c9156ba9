"""Which values of a customer flow to Syncta, and which of them do now (R5, rules 2.5).

They travel as plain JSON: `name`, `phone` text; `emails` a list; `address` an object or None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from include.records import Customer

FIELDS = ("name", "phone", "emails", "address")
RESTORED = "restored"
"""What a link remembers of an undo: field → the value Syncta was given back (rules 5)."""


def flowing_fields(customer: Customer) -> dict[str, Any]:
    """The values of a customer that flow to Syncta (R5), as JSON."""
    return {
        "name": customer.name,
        "phone": customer.phone,
        "emails": list(customer.emails),
        "address": asdict(customer.address) if customer.address else None,
    }


def changes_of(ours: dict[str, Any], theirs: dict[str, Any], applied: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Field → (Syncta's value, new value) where they differ; an empty QuickBooks field erases nothing (R5)."""
    wanted = {name: value for name, value in ours.items() if value}
    if "emails" in wanted:
        kept = [mail for mail in theirs["emails"] if mail not in (applied.get("emails") or []) + ours["emails"]]
        wanted["emails"] = ours["emails"] + kept
    return {name: (theirs[name], value) for name, value in wanted.items() if value != theirs[name]}


def still_restored(ours: dict[str, Any], theirs: dict[str, Any], applied: Mapping[str, Any]) -> bool:
    """Whether an undo gave Syncta an old value back that stands still, while QuickBooks has another one."""
    back = applied.get(RESTORED, {})
    return any(theirs[name] == value and ours.get(name) and ours[name] != value for name, value in back.items())
