"""Short ways to say a record, a link or a state in a test; everything not named has a plain default."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from include.ledger.decisions import Decision, Decisions, Verb
from include.ledger.links import Link
from include.records import (
    Address,
    Application,
    CreditMemo,
    Customer,
    Entity,
    Invoice,
    Item,
    Line,
    Payment,
    SalesReceipt,
    System,
    Version,
)
from include.settings import Company
from include.sync.books import Books
from include.sync.match import find_matches
from include.sync.plan import plan_of
from include.sync.rows import Action, Plan, PlanRow
from include.sync.rules.customer_fields import flowing_fields
from include.sync.state import State, by_id

NOON = dt.datetime(2026, 10, 15, 19, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 2)
STREET = Address("1 Main St", "", "Reno", "NV", "89501", "US")


def company(**options: Any) -> Company:
    """The demo company, with options changed."""
    fields: dict[str, Any] = {
        "key": "demo",
        "name": "Demo Backflow",
        "realm_id": "9341453000000001",
        "environment": "sandbox",
        "go_live": dt.date(2026, 10, 1),
        "time_zone": "America/Los_Angeles",
        "schedule": "0 * * * *",
        "start_date": dt.date(2026, 5, 1),
    }
    return Company(**{**fields, **options})


def customer(id: str, name: str, **fields: Any) -> Customer:
    """A customer; active, version 0, without contact data."""
    fields = {"version": Version(0), "active": True, "created_at": NOON, "updated_at": NOON, **fields}
    return Customer(id=id, name=name, **fields)


def line(amount: str = "75.00", **fields: Any) -> Line:
    """A line of one test at a price."""
    fields = {"description": "Annual test", "quantity": Decimal(1), "product": "Test", **fields}
    return Line(unit_price=fields.pop("unit_price", Decimal(amount)), amount=Decimal(amount), **fields)


def syncta_invoice(id: str, customer_id: str, total: str = "75.00", **fields: Any) -> Invoice:
    """A ready, unpaid invoice of Syncta dated after go-live, with one line that adds up."""
    tax = Decimal(fields.pop("tax", "0"))
    defaults: dict[str, Any] = {
        "number": id,
        "date": dt.date(2026, 10, 15),
        "due_date": dt.date(2026, 11, 14),
        "status": "unpaid",
        "ready_at": NOON,
        "lines": (line(str(Decimal(total) - tax)),),
    }
    return _invoice(id, customer_id, total, {**defaults, "tax": tax, **fields})


def quickbooks_invoice(
    id: str, customer_id: str, total: str = "75.00", balance: str | None = None, **fields: Any
) -> Invoice:
    """An invoice of QuickBooks, open unless a balance is given."""
    defaults: dict[str, Any] = {"number": f"q{id}", "date": dt.date(2026, 10, 15)}
    return _invoice(id, customer_id, total, {**defaults, "balance": Decimal(balance or total), **fields})


def _invoice(id: str, customer_id: str, total: str, fields: dict[str, Any]) -> Invoice:
    base = {"version": Version(0), "currency": "USD", "created_at": NOON, "updated_at": NOON}
    return Invoice(id=id, customer_id=customer_id, total=Decimal(total), **{**base, **fields})


def payment(id: str, invoice_id: str, amount: str, *, total: str | None = None, **fields: Any) -> Payment:
    """A payment against one invoice; `total="0"` is one that only applies a credit."""
    defaults: dict[str, Any] = {"customer_id": "1", "date": dt.date(2026, 10, 20), "version": Version(0)}
    return Payment(
        id=id,
        total=Decimal(total or amount),
        unapplied=Decimal(0),
        created_at=NOON,
        updated_at=NOON,
        applied=(Application("Invoice", invoice_id, Decimal(amount)),),
        **{**defaults, **fields},
    )


def receipt(id: str, customer_id: str, total: str, date: dt.date) -> SalesReceipt:
    """A sales receipt in QuickBooks."""
    return SalesReceipt(id, Version(0), f"r{id}", customer_id, date, Decimal(total), NOON, NOON)


def item(id: str = "9", name: str = "Test", **fields: Any) -> Item:
    """A service that can be sold."""
    fields = {"full_name": name, "kind": "Service", "active": True, "sellable": True, **fields}
    return Item(id=id, version=Version(0), name=name, created_at=NOON, updated_at=NOON, **fields)


def customer_link(quickbooks: Customer, syncta: Customer, **applied: Any) -> Link:
    """A link whose applied values are QuickBooks' present ones, unless said otherwise."""
    values = {**flowing_fields(quickbooks), **applied}
    return Link(Entity.CUSTOMER, quickbooks.id, syncta.id, "exact_name", values, "run", NOON)


def invoice_link(quickbooks: Invoice, syncta: Invoice, how: str = "pushed", **applied: Any) -> Link:
    """A link made when both sides had the totals they have now, unless said otherwise."""
    values = {
        "total": str(syncta.total),
        "returned_total": str(quickbooks.total),
        "customer_id": quickbooks.customer_id,
    }
    return Link(Entity.INVOICE, quickbooks.id, syncta.id, how, {**values, **applied}, "run", NOON)


def state(
    *,
    quickbooks: Iterable[Customer] = (),
    syncta: Iterable[Customer] = (),
    quickbooks_invoices: Iterable[Invoice] = (),
    syncta_invoices: Iterable[Invoice] = (),
    payments: Iterable[Payment] = (),
    memos: Iterable[CreditMemo] = (),
    receipts: Iterable[SalesReceipt] = (),
    items: Iterable[Item] | None = None,
    links: Iterable[Link] = (),
    deleted: Iterable[tuple[System, Entity, str]] = (),
    books: Books | None = None,
    decided: Iterable[Decision] = (),
    parted: Iterable[tuple[str, str]] = (),
    approved_go_live: dt.date | None = None,
    **options: Any,
) -> State:
    """A state; further options are the company's settings."""
    links, gone = list(links), list(deleted)
    return State(
        company=company(**options),
        books=books or Books(today=TODAY),
        quickbooks_customers=by_id(quickbooks),
        syncta_customers=by_id(syncta),
        quickbooks_invoices=by_id(quickbooks_invoices),
        syncta_invoices=by_id(syncta_invoices),
        payments=by_id(payments),
        credit_memos=by_id(memos),
        sales_receipts=by_id(receipts),
        items=by_id([item()] if items is None else items),
        customer_links={k.quickbooks_id: k for k in links if k.entity is Entity.CUSTOMER},
        invoice_links={k.syncta_id: k for k in links if k.entity is Entity.INVOICE},
        deleted={(s, e): frozenset(i for s2, e2, i in gone if (s2, e2) == (s, e)) for s, e, _ in gone},
        decisions=decisions_of(decided),
        parted=frozenset(parted),
        approved_go_live=approved_go_live,
    )


def decisions_of(decided: Iterable[Decision]) -> Decisions:
    """Decisions made one after the other."""
    made = Decisions()
    for decision in decided:
        made = made.with_(decision)
    return made


def decide(
    verb: str, entity: Entity, system: System, record_id: str, target_id: str = "", *, reason: str = "", **facts: Any
) -> Decision:
    """A person's decision."""
    return Decision(Verb(verb), entity, system, record_id, "Pat", NOON, target_id, reason, facts)


def plan(of: State) -> Plan:
    """The plan of a state, matches made on the way."""
    return plan_of(of, find_matches(of))


def told(of: Plan | Iterable[PlanRow]) -> set[tuple[str, str, str]]:
    """The plan as (action, source id, reason), which is what most tests ask about."""
    rows = of.rows if isinstance(of, Plan) else of
    return {(row.action.value, row.source_id, row.reason) for row in rows}


def only(of: Plan, action: Action) -> PlanRow:
    """The one row of an action."""
    (row,) = of.with_action(action)
    return row
