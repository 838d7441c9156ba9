"""The tags DAGs are found by in the UI."""

from __future__ import annotations

from enum import StrEnum


class Tag(StrEnum):
    """Every DAG bears `SYNC`, its kind and `company:<key>`."""

    SYNC = "syncta-quickbooks"
    INITIAL = "initial"
    CYCLE = "cycle"
    UNDO = "undo"
    RECONCILE = "reconcile"
    DECIDE = "decide"


def tags(kind: Tag, company: str) -> list[str]:
    """The tags of one company's DAG."""
    return [Tag.SYNC.value, kind.value, f"company:{company}"]
