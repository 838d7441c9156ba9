"""Months that a person signed off, and what changed in them since (rules 6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from include.ledger.decisions import MONTH, Decision, Verb
from include.sync.reconcile.equation import Line, Month
from include.sync.state import State


@dataclass(frozen=True, slots=True)
class Change:
    """One invoice of a signed month that is not as it was: `before` and `now` are bucket and both totals as text, None
    if it was not there, or is not there any more."""

    month: str
    syncta_id: str
    before: tuple[str, str, str] | None
    now: tuple[str, str, str] | None

    @property
    def money(self) -> Decimal:
        """By how much Syncta's total changed."""
        return Decimal(self.now[1] if self.now else 0) - Decimal(self.before[1] if self.before else 0)


@dataclass(frozen=True, slots=True)
class Signed:
    """A month somebody signed off, with its changes since."""

    month: str
    by: str
    at: dt.datetime
    changes: tuple[Change, ...]


def facts_of_month(months: Iterable[Month], month: str) -> dict[str, Any]:
    """What is kept of a month when it is signed off: each invoice's bucket and totals, money as text."""
    lines = [line for one in months if one.month == month for line in one.lines]
    return {"invoices": {line.syncta_id: list(_told(line)) for line in lines}}


def signed_months(state: State, months: Iterable[Month]) -> list[Signed]:
    """Every standing sign-off, oldest month first."""
    now: dict[str, dict[str, Line]] = {}
    for one in months:
        now.setdefault(one.month, {}).update({line.syncta_id: line for line in one.lines})
    made = [one for one in state.decisions.with_verb(Verb.SIGN_OFF) if one.entity == MONTH]
    return [_signed(one, now.get(one.record_id, {})) for one in sorted(made, key=lambda one: one.record_id)]


def _signed(decision: Decision, lines: Mapping[str, Line]) -> Signed:
    before = {syncta_id: tuple(told) for syncta_id, told in decision.facts.get("invoices", {}).items()}
    now = {syncta_id: _told(line) for syncta_id, line in lines.items()}
    changes = tuple(
        Change(decision.record_id, syncta_id, before.get(syncta_id), now.get(syncta_id))
        for syncta_id in sorted(before.keys() | now.keys())
        if before.get(syncta_id) != now.get(syncta_id)
    )
    return Signed(decision.record_id, decision.decided_by, decision.decided_at, changes)


def _told(line: Line) -> tuple[str, str, str]:
    return (line.bucket.value, str(line.total), str(line.in_quickbooks))
