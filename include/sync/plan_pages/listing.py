"""The plan's rows as a person knows the records: with names, numbers and dates. For files only, never for a log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from include.records import Customer, Entity, Invoice, System
from include.sync.plan_pages.overview import Lines
from include.sync.plan_pages.words import SIDES
from include.sync.rows import Action, Plan, PlanRow
from include.sync.state import State

Party = tuple[str, str]
"""System and id of a customer."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the plan. `name` is the customer's, `other_name` that of the record on the other side; `beside` the
    likely duplicates of a customer; `changes` says field by field what becomes of it."""

    row: PlanRow
    name: str
    other_name: str
    number: str
    date: dt.date | None
    currency: str
    changes: str
    beside: str

    @property
    def amount(self) -> str:
        """Money with two digits, empty where the row has none."""
        return "" if self.row.amount is None else f"{self.row.amount:,.2f} {self.currency}".strip()


def entries_of(state: State, plan: Plan) -> list[Entry]:
    """Every row of the plan, in its order."""
    known = _Known(state, _duplicates(state, plan))
    return [known.entry(row) for row in plan.rows]


@dataclass(frozen=True, slots=True)
class _Known:
    """Records by side, and who looks like whom."""

    state: State
    duplicates: Mapping[Party, list[str]]

    def entry(self, row: PlanRow) -> Entry:
        other = System.SYNCTA if row.source is System.QUICKBOOKS else System.QUICKBOOKS
        if row.action is Action.FLAG:
            other = System(row.payload["right"][0])
        invoice = self._invoice(row.source, row.source_id) if row.entity is Entity.INVOICE else None
        return Entry(
            row=row,
            name=self._name(row.entity, row.source, row.source_id),
            other_name=self._name(row.entity, other, row.target_id),
            number=invoice.number if invoice else "",
            date=invoice.date if invoice else None,
            currency=Lines(self.state).currency(row),
            changes="; ".join(_changes(row)),
            beside="; ".join(self.duplicates.get((row.source, row.source_id), ())) if _is_customer(row) else "",
        )

    def _name(self, entity: Entity, system: System, record_id: str) -> str:
        customers = _customers(self.state, system)
        invoice = self._invoice(system, record_id) if entity is Entity.INVOICE else None
        customer: Customer | None = customers.get(invoice.customer_id if invoice else record_id)
        return customer.name if customer and (invoice or entity is Entity.CUSTOMER) else ""

    def _invoice(self, system: System, record_id: str) -> Invoice | None:
        side = self.state.quickbooks_invoices if system is System.QUICKBOOKS else self.state.syncta_invoices
        return side.get(record_id)


def _is_customer(row: PlanRow) -> bool:
    return row.entity is Entity.CUSTOMER and row.action is not Action.FLAG


def _customers(state: State, system: System) -> Mapping[str, Customer]:
    return state.quickbooks_customers if system is System.QUICKBOOKS else state.syncta_customers


def _duplicates(state: State, plan: Plan) -> dict[Party, list[str]]:
    """Each flagged customer with the names of those it resembles."""
    found: dict[Party, list[str]] = {}
    for row in plan.with_action(Action.FLAG):
        parties = [tuple(row.payload[side]) for side in ("left", "right")]
        for (system, record_id), (other, other_id) in (parties, parties[::-1]):
            customer = _customers(state, System(other)).get(other_id)
            name = customer.name if customer else other_id
            found.setdefault((system, record_id), []).append(f"{name} ({SIDES[System(other)]} {other_id})")
    return found


def _changes(row: PlanRow) -> Iterator[str]:
    for field, (old, new) in sorted(row.changes.items()):
        yield f"{field}: {_plain(old) or '(empty)'} → {_plain(new) or '(empty)'}"


def _plain(value: Any) -> str:
    """A field's value on one line."""
    if isinstance(value, Mapping):
        return ", ".join(str(part) for part in value.values() if part)
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
