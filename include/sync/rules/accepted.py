"""Holds and exceptions that a person accepted: quiet while the facts stay the same (rules 2.3, 3.8, 3.10)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from include.sync.reasons import SKIPS
from include.sync.rows import Action, PlanRow
from include.sync.state import State

ACCEPTED = "accepted"


def facts_of(amount: Decimal | None) -> Mapping[str, Any]:
    """What an accepted hold or exception is good for: this amount, as text."""
    return {"amount": None if amount is None else str(amount)}


def unless_accepted(state: State, rows: Iterable[PlanRow]) -> Iterator[PlanRow]:
    """The rows; a hold or an exception that was accepted is a `skip`."""
    for row in rows:
        told = row.action in (Action.HOLD, Action.EXCEPTION)
        who = (row.entity, row.source, row.source_id)
        if told and state.decisions.accepted(row.reason, *who, facts_of(row.amount)):
            yield replace(row, action=Action.SKIP, reason=ACCEPTED, text=SKIPS[ACCEPTED])
        else:
            yield row
