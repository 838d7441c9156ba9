"""What the reading steps ask of the two clients, and what they call the things they read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol

from include.records import Entity, Extract, System
from include.sync.books import Preferences

Source = tuple[System, Entity]
"""One entity of one system: what one read is about, and one mark (protocol 1.3)."""

QUICKBOOKS_SOURCES: tuple[Source, ...] = tuple(
    (System.QUICKBOOKS, entity)
    for entity in (
        Entity.CUSTOMER,
        Entity.INVOICE,
        Entity.PAYMENT,
        Entity.CREDIT_MEMO,
        Entity.SALES_RECEIPT,
        Entity.ITEM,
    )
)
SYNCTA_SOURCES: tuple[Source, ...] = ((System.SYNCTA, Entity.CUSTOMER), (System.SYNCTA, Entity.INVOICE))
SOURCES = (*QUICKBOOKS_SOURCES, *SYNCTA_SOURCES)


def name_of(source: Source) -> str:
    """`quickbooks.customer`: the source's name in files, counts and logs."""
    return f"{source[0].value}.{source[1].value}"


def source_of(name: str) -> Source:
    """The inverse of `name_of`."""
    system, entity = name.split(".")
    return System(system), Entity(entity)


class CompanyFacts(Protocol):
    """What is asked of QuickBooks' company."""

    @property
    def realm_id(self) -> str:
        """The realm the connection leads to."""

    @property
    def legal_name(self) -> str:
        """The name the company files its taxes under."""


class Changed(Protocol):
    """How many records Syncta says have changed, by its own clock."""

    @property
    def customers(self) -> int:
        """Customers changed since the time asked for."""

    @property
    def invoices(self) -> int:
        """Invoices changed since the time asked for."""

    @property
    def as_of(self) -> dt.datetime:
        """When Syncta counted."""


class Reads(Protocol):
    """What both clients read in the same way."""

    def read_all(
        self,
        entity: Entity,
        *,
        changed_since: dt.datetime | None = None,
        created: tuple[dt.datetime, dt.datetime] | None = None,
    ) -> Extract:
        """All records, or those changed since a time, or those created in an interval."""


class QuickBooksReads(Reads, Protocol):
    """The reading half of the QuickBooks client."""

    def changes(self, entities: Sequence[Entity], since: dt.datetime) -> Mapping[Entity, Extract] | None:
        """What changed, in one call; None if QuickBooks cannot say it all."""

    def company(self) -> CompanyFacts:
        """Whose books the connection leads to."""

    def preferences(self) -> Preferences:
        """Closing date, tax, currency."""

    def terms(self) -> Mapping[str, str]:
        """Payment terms, name → id."""


class SynctaReads(Reads, Protocol):
    """The reading half of the Syncta client."""

    def changes(self, since: dt.datetime | None) -> Changed:
        """How many records changed."""
