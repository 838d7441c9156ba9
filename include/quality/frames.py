"""The frames the suites look at, made from a run's files, its plan and the mirror; pandas only.

Every frame has a column `id`, which names a row when it fails a check: record ids and counts, no names (G7).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from include.records import Customer, Entity, System
from include.sync.rows import WRITES_TO_QUICKBOOKS, WRITES_TO_SYNCTA, Action, Plan, PlanRow

Landed = Mapping[tuple[System, Entity], pd.DataFrame]

REFERENCES = ((Entity.CUSTOMER, "parent_id"), *((entity, "customer_id") for entity in Entity))
"""Columns that name a customer of the same system."""


def with_missing(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """The frame with the column's empty texts as missing values."""
    return frame.assign(**{column: frame[column].mask(frame[column] == "")})


def references_frame(landed: Landed, known: Mapping[System, frozenset[str]]) -> pd.DataFrame:
    """Every reference of the extracts to a customer: id (source, record and column), known (yes or no).

    `known` has the customer ids the mirror has ever heard of; those of the same extracts count as well.
    """
    parts = []
    for (system, entity), frame in landed.items():
        customers = known[system] | set(_ids(landed.get((system, Entity.CUSTOMER))))
        for column in (name for kind, name in REFERENCES if kind is entity):
            rows = frame[(frame["state"] == "live") & (frame[column] != "")]
            is_known = rows[column].isin(customers).map({True: "yes", False: "no"})
            label = f"{system.value}.{entity.value} " + rows["id"].astype(str) + f" {column}"
            parts.append(pd.DataFrame({"id": label, "known": is_known}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"id": [], "known": []}, dtype="str")


def writes_frame(plan: Plan) -> pd.DataFrame:
    """The rows that write to a system: id, action, entity, written (the record they change), key."""
    rows = [
        (_label(row), row.action.value, row.entity.value, row.target_id or row.source_id, row.key or None)
        for row in plan.with_action(*WRITES_TO_SYNCTA, *WRITES_TO_QUICKBOOKS)
    ]
    return _texts(rows, ["id", "action", "entity", "written", "key"])


def links_frame(plan: Plan, side: str) -> pd.DataFrame:
    """The plan's links seen from one side (`quickbooks_id` or `syncta_id`): id, entity, linked."""
    rows = [(_label(row), row.entity.value, str(row.payload.get(side) or "")) for row in plan.with_action(Action.LINK)]
    return _texts(rows, ["id", "entity", "linked"])


def totals_frame(plan: Plan, counts: Mapping[str, int]) -> pd.DataFrame:
    """What must be equal, computed in two ways: id (what it is), told, found, as text.

    Rows per action as the plan step told them and as the file holds them; the money of the pushes by row, by
    payload, and by lines and tax.
    """
    pushes = plan.with_action(Action.PUSH)
    totals = _sum(row.payload["total"] for row in pushes)
    found = Counter(row.action.value for row in plan.rows)
    rows = [(f"rows of {a}", str(counts.get(a, 0)), str(found[a])) for a in sorted({*counts, *found})]
    rows += [
        ("pushed amounts", _sum(row.amount or 0 for row in pushes), totals),
        ("pushed lines and tax", _sum(part for row in pushes for part in _parts(row)), totals),
    ]
    return _texts(rows, ["id", "told", "found"])


def names_frame(customers: Mapping[System, Iterable[Customer]], linked: frozenset[str]) -> pd.DataFrame:
    """Active customers of both sides: id (system and record), name. A linked pair is one customer: `linked` has the
    Syncta ids that are left out."""
    rows = [
        (f"{system.value} {customer.id}", customer.name)
        for system, those in customers.items()
        for customer in those
        if customer.active and not (system is System.SYNCTA and customer.id in linked)
    ]
    return _texts(rows, ["id", "name"])


def _ids(frame: pd.DataFrame | None) -> list[str]:
    return [] if frame is None else [str(record_id) for record_id in frame["id"]]


def _label(row: PlanRow) -> str:
    return f"{row.action.value} {row.entity.value} {row.source.value} {row.source_id}"


def _parts(row: PlanRow) -> Iterable[Any]:
    return [*(line["amount"] for line in row.payload["lines"]), row.payload.get("tax") or 0]


def _sum(amounts: Iterable[Any]) -> str:
    """An exact sum in cents' notation, so that equal sums are equal texts."""
    return str(sum((Decimal(str(amount)) for amount in amounts), Decimal(0)).quantize(Decimal("0.01")))


def _texts(rows: list[tuple[Any, ...]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns).astype("str")
