"""What a person decides upon: the company as the ledger knows it, and the plan that follows from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from include.errors import DecisionRefused
from include.ledger import findings
from include.ledger.database import Ledger
from include.ledger.decisions import Decision, Verb
from include.ledger.findings import OpenFinding
from include.records import Customer, Entity, Invoice, System
from include.settings import Company
from include.sync.books import latest_books
from include.sync.match import find_matches
from include.sync.plan import plan_of
from include.sync.rows import Plan
from include.sync.state import State, read_state

R = TypeVar("R", Customer, Invoice)


@dataclass(frozen=True, slots=True)
class View:
    """A state with the plan made from it and what is told to people now."""

    state: State
    plan: Plan
    told: tuple[OpenFinding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What a person wants to decide, as typed: records by id, or by number or exact name where only one bears it."""

    command: str
    record: str = ""
    target: str = ""
    reason: str = ""
    note: str = ""
    by: str
    at: dt.datetime

    def decision(self, verb: Verb, subject: tuple[str, str, str], target_id: str = "", **more: object) -> Decision:
        """A decision of this person; `subject` is entity, system and id."""
        entity, system, record_id = (str(part) for part in subject)
        made = Decision(verb, entity, system, record_id, self.by, self.at, target_id, note=self.note)
        return replace(made, **more)  # type: ignore[arg-type]


def view_of(ledger: Ledger, company: Company) -> View:
    """The company now; DecisionRefused if no run has read its books yet."""
    with ledger.reading() as conn:
        books = latest_books(conn, company.scope)
        told = tuple(findings.open_ones(conn, company.scope))
    if books is None:
        raise DecisionRefused(
            f"No run has read the books of {company.key} yet. Trigger initial_sync.{company.key} with dry_run first."
        )
    state = read_state(ledger, company, books)
    return View(state, planned(state), told)


def planned(state: State) -> Plan:
    """The plan of a state."""
    return plan_of(state, find_matches(state))


def customer(view: View, system: System, text: str) -> Customer:
    """The live customer of this id, or of this exact name if only one bears it."""
    side = view.state.quickbooks_customers if system is System.QUICKBOOKS else view.state.syncta_customers
    return _one(side, text, [one for one in side.values() if one.name == text], f"{_SIDE[system]} customer", "name")


def invoice(view: View, system: System, text: str) -> Invoice:
    """The live invoice of this id, or of this number if only one bears it."""
    side = view.state.quickbooks_invoices if system is System.QUICKBOOKS else view.state.syncta_invoices
    return _one(side, text, [one for one in side.values() if one.number == text], f"{_SIDE[system]} invoice", "number")


def syncta_invoice_id(view: View, text: str) -> str:
    """The id of a Syncta invoice that may be gone by now, if it is or was linked."""
    return text if text in view.state.invoice_links else invoice(view, System.SYNCTA, text).id


_SIDE = {System.QUICKBOOKS: "QuickBooks", System.SYNCTA: "Syncta"}


def _one(side: Mapping[str, R], text: str, alike: Iterable[R], what: str, by: str) -> R:
    if text in side:
        return side[text]
    found = list(alike)
    if len(found) > 1:
        raise DecisionRefused(f"{len(found)} {what}s bear this {by}. Give the id of the one you mean.")
    if not found:
        raise DecisionRefused(
            f"There is no {what} of this id or {by}. Look it up in the report; one made since the last run is known "
            "after the next."
        )
    return found[0]


def subject_of(entity: Entity, system: System, record_id: str) -> tuple[str, str, str]:
    """Entity, system and id, as decisions name a record."""
    return (entity.value, system.value, record_id)
