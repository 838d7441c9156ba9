"""The vocabulary both systems are translated into: customers, invoices, payments, products.

`include.quickbooks` and `include.syncta` each turn what their system sends into these records; everything
after that (mirror, match, plan, load) speaks only of them. Ids are strings, money is `Decimal` in the record's
own currency, times are aware, dates are plain dates as the system states them. A text that is missing is `""`,
never `None`; a name is kept code point for code point (R2).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NewType

Version = NewType("Version", int)
"""QuickBooks' SyncToken or Syncta's version, compared as a number."""


class System(StrEnum):
    """The two sides of the sync."""

    QUICKBOOKS = "quickbooks"
    SYNCTA = "syncta"


class Entity(StrEnum):
    """What the mirror keeps; sales receipts and credit memos exist in QuickBooks only."""

    CUSTOMER = "customer"
    INVOICE = "invoice"
    PAYMENT = "payment"
    CREDIT_MEMO = "credit_memo"
    SALES_RECEIPT = "sales_receipt"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose books: every ledger row carries these three (rules 1.2)."""

    company: str
    realm: str
    environment: str


@dataclass(frozen=True, slots=True)
class Address:
    """A mailing address; it travels whole or not at all (R5)."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of either system. `name` is QuickBooks' DisplayName or Syncta's name (R2)."""

    id: str
    version: Version
    name: str
    active: bool
    created_at: dt.datetime
    updated_at: dt.datetime
    parent_id: str = ""
    emails: tuple[str, ...] = ()
    phone: str = ""
    address: Address | None = None
    company_name: str = ""
    is_project: bool = False
    currency: str = ""
    external_id: str = ""
    """Syncta only: the QuickBooks id the record was created from."""


@dataclass(frozen=True, slots=True)
class Line:
    """One invoice line; `amount` is the line total as billed. `product` is Syncta's product name."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    taxable: bool = False
    product: str = ""


@dataclass(frozen=True, slots=True)
class PortalPayment:
    """Money taken in Syncta's own portal (rules 4.5)."""

    date: dt.date
    reference: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice of either system. Fields only one system has are empty on the other.

    Syncta: `status`, `ready_at`, `lines`, `tax`, `discount`, `paid_on`, `paid_reference`, `portal_payments`.
    QuickBooks: `balance`, `note` (PrivateNote), `emailed`, `settled_by` (ids of linked payments), `deposit` (money
    that was entered on the invoice itself).
    """

    id: str
    version: Version
    number: str
    customer_id: str
    date: dt.date
    total: Decimal
    currency: str
    created_at: dt.datetime
    updated_at: dt.datetime
    due_date: dt.date | None = None
    terms: str = ""
    status: str = ""
    ready_at: dt.datetime | None = None
    lines: tuple[Line, ...] = ()
    tax: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    paid_on: dt.date | None = None
    paid_reference: str = ""
    portal_payments: tuple[PortalPayment, ...] = ()
    balance: Decimal | None = None
    note: str = ""
    emailed: bool = False
    settled_by: tuple[str, ...] = ()
    deposit: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Application:
    """The part of a payment put against one transaction (`kind` in QuickBooks' words: Invoice, CreditMemo…)."""

    kind: str
    id: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received in QuickBooks. `total` 0 is a payment that only applies credits."""

    id: str
    version: Version
    customer_id: str
    date: dt.date
    total: Decimal
    unapplied: Decimal
    created_at: dt.datetime
    updated_at: dt.datetime
    reference: str = ""
    currency: str = ""
    applied: tuple[Application, ...] = ()


@dataclass(frozen=True, slots=True)
class CreditMemo:
    """A credit memo in QuickBooks; `balance` is what of it is not applied yet, None where QuickBooks does not say."""

    id: str
    version: Version
    number: str
    customer_id: str
    date: dt.date
    total: Decimal
    created_at: dt.datetime
    updated_at: dt.datetime
    note: str = ""
    balance: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SalesReceipt:
    """A sale paid on the spot in QuickBooks (rules 3.3: it may be our invoice, typed in by hand)."""

    id: str
    version: Version
    number: str
    customer_id: str
    date: dt.date
    total: Decimal
    created_at: dt.datetime
    updated_at: dt.datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A QuickBooks product. `sellable`: an income account stands behind it."""

    id: str
    version: Version
    name: str
    full_name: str
    kind: str
    active: bool
    sellable: bool
    created_at: dt.datetime
    updated_at: dt.datetime
    sku: str = ""


Record = Customer | Invoice | Payment | CreditMemo | SalesReceipt | Item

RECORD_TYPES: dict[Entity, type[Record]] = {
    Entity.CUSTOMER: Customer,
    Entity.INVOICE: Invoice,
    Entity.PAYMENT: Payment,
    Entity.CREDIT_MEMO: CreditMemo,
    Entity.SALES_RECEIPT: SalesReceipt,
    Entity.ITEM: Item,
}


@dataclass(frozen=True, slots=True)
class Deleted:
    """A record the system says is gone; `at` is when, by that system's clock."""

    id: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that cannot be understood. It becomes a hold; `problem` is a reason code, `detail` carries no
    personal data (protocol 1.4)."""

    id: str
    problem: str
    detail: str


@dataclass(frozen=True, slots=True)
class Extract:
    """What one read of one entity of one system gave.

    `expected` is the count the system itself announced (None: it announces none); `as_of` its own clock, the
    candidate for the next mark; `complete` says that every live record was read, not a window.
    """

    records: tuple[Record, ...]
    deleted: tuple[Deleted, ...]
    unreadable: tuple[Unreadable, ...]
    expected: int | None
    as_of: dt.datetime
    complete: bool = False
