"""Everything a plan is made from, read from the ledger in one transaction (protocol 1.1).

A plan is a function of this value and of nothing else: not of a window, not of the machine's clock.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from include.ledger import companies, decisions, links, mirror
from include.ledger.database import Ledger
from include.ledger.decisions import Decisions
from include.ledger.links import Link
from include.ledger.mirror import MirrorProblem
from include.records import CreditMemo, Customer, Entity, Invoice, Item, Payment, Record, SalesReceipt, Scope, System
from include.settings import Company
from include.sync.books import Books
from include.sync.rows import Seen

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class State:
    """Both sides as last seen, and what ties them. Records are keyed by id; `customer_links` by QuickBooks id,
    `invoice_links` by Syncta id."""

    company: Company
    books: Books
    quickbooks_customers: Mapping[str, Customer] = field(default_factory=dict)
    syncta_customers: Mapping[str, Customer] = field(default_factory=dict)
    quickbooks_invoices: Mapping[str, Invoice] = field(default_factory=dict)
    syncta_invoices: Mapping[str, Invoice] = field(default_factory=dict)
    payments: Mapping[str, Payment] = field(default_factory=dict)
    credit_memos: Mapping[str, CreditMemo] = field(default_factory=dict)
    sales_receipts: Mapping[str, SalesReceipt] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)
    customer_links: Mapping[str, Link] = field(default_factory=dict)
    invoice_links: Mapping[str, Link] = field(default_factory=dict)
    deleted: Mapping[tuple[System, Entity], frozenset[str]] = field(default_factory=dict)
    unreadable: tuple[MirrorProblem, ...] = ()
    parted: frozenset[tuple[str, str]] = frozenset()
    """QuickBooks and Syncta ids of customers whose link somebody ended."""
    decisions: Decisions = field(default_factory=Decisions)
    read_at: dt.datetime | None = None
    """When it was read from the ledger, by this machine's clock; no rule looks at it."""
    approved_go_live: dt.date | None = None
    """The `go_live` that was approved last; None before the first sync was (rules 1.1)."""

    @property
    def scope(self) -> Scope:
        """Whose books these are."""
        return self.company.scope

    def gone(self, system: System, entity: Entity, record_id: str) -> bool:
        """Whether that side said the record was deleted."""
        return record_id in self.deleted.get((system, entity), frozenset())

    def linked_customers(self) -> dict[str, str]:
        """Syncta customer id → QuickBooks customer id."""
        return {link.syncta_id: quickbooks_id for quickbooks_id, link in self.customer_links.items()}

    def key(self, action: str, entity: Entity, source_id: str, *more: str) -> str:
        """The operation key (protocol 3.2): the same intent has the same key in every run, until a person decides
        that a record shall be written again."""
        system = System.QUICKBOOKS if entity is Entity.CUSTOMER else System.SYNCTA
        generation = self.decisions.generation(entity, system, source_id)
        return ":".join([self.company.key, action, entity.value, source_id, f"g{generation}", *more])


def seen(system: System, entity: Entity, record: Record) -> Seen:
    """The version of a record that a plan row was made from."""
    return Seen(system, entity, record.id, record.version)


def read_state(ledger: Ledger, company: Company, books: Books) -> State:
    """The company's state, as one consistent read of the ledger."""
    scope, read_at = company.scope, dt.datetime.now(dt.UTC)
    with ledger.reading() as conn:

        def live(system: System, entity: Entity, kind: type[R]) -> dict[str, R]:
            return by_id(cast("list[R]", mirror.records(conn, scope, system, entity)))

        return State(
            company=company,
            books=books,
            quickbooks_customers=live(System.QUICKBOOKS, Entity.CUSTOMER, Customer),
            syncta_customers=live(System.SYNCTA, Entity.CUSTOMER, Customer),
            quickbooks_invoices=live(System.QUICKBOOKS, Entity.INVOICE, Invoice),
            syncta_invoices=live(System.SYNCTA, Entity.INVOICE, Invoice),
            payments=live(System.QUICKBOOKS, Entity.PAYMENT, Payment),
            credit_memos=live(System.QUICKBOOKS, Entity.CREDIT_MEMO, CreditMemo),
            sales_receipts=live(System.QUICKBOOKS, Entity.SALES_RECEIPT, SalesReceipt),
            items=live(System.QUICKBOOKS, Entity.ITEM, Item),
            customer_links={link.quickbooks_id: link for link in links.live(conn, scope, Entity.CUSTOMER)},
            invoice_links={link.syncta_id: link for link in links.live(conn, scope, Entity.INVOICE)},
            deleted={
                (system, entity): frozenset(mirror.deleted_ids(conn, scope, system, entity))
                for system in System
                for entity in (Entity.CUSTOMER, Entity.INVOICE)
            },
            unreadable=tuple(mirror.unreadable(conn, scope)),
            parted=links.parted(conn, scope, Entity.CUSTOMER),
            decisions=decisions.standing(conn, scope),
            read_at=read_at,
            approved_go_live=companies.approved_go_live(conn, scope),
        )


def by_id(records: Iterable[R]) -> dict[str, R]:
    """Records keyed by their id."""
    return {record.id: record for record in records}


def children_of(customers: Iterable[Customer]) -> dict[str, list[str]]:
    """Parent id → ids of its children."""
    children: dict[str, list[str]] = defaultdict(list)
    for customer in customers:
        if customer.parent_id:
            children[customer.parent_id].append(customer.id)
    return children
