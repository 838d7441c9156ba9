"""Statements of QuickBooks' query language, with every value written so that it reads back as itself.

Values stand in single quotes; an apostrophe is written `\\'` and a backslash `\\\\` (python-quickbooks escapes the
apostrophe only, so a name that ends in a backslash would run past its closing quote). Timestamps are floored to whole
seconds, the precision in which QuickBooks keeps them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from include.records import Entity

PAGE_SIZE = 1000
"""The most QuickBooks gives in one answer."""

NAMES: dict[Entity, str] = {
    Entity.CUSTOMER: "Customer",
    Entity.INVOICE: "Invoice",
    Entity.PAYMENT: "Payment",
    Entity.CREDIT_MEMO: "CreditMemo",
    Entity.SALES_RECEIPT: "SalesReceipt",
    Entity.ITEM: "Item",
}
"""What QuickBooks calls each entity."""

TERMS = "SELECT * FROM Term MAXRESULTS 1000"
"""Every active payment term; no company has more than a page of them."""

LISTS = frozenset({Entity.CUSTOMER, Entity.ITEM})
"""Entities of which QuickBooks shows the active ones only, unless it is asked for both."""

BOTH_ACTIVE_AND_INACTIVE = "Active IN (true, false)"


def literal(value: str | dt.datetime) -> str:
    """The value in quotes. Raises ValueError for a naive time and for text that cannot be sent as UTF-8."""
    if isinstance(value, dt.datetime):
        return f"'{timestamp(value)}'"
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("a lone surrogate cannot be asked for") from None
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def timestamp(moment: dt.datetime) -> str:
    """An aware time as QuickBooks reads it, with its offset."""
    if moment.tzinfo is None:
        raise ValueError("a time without an offset would be read in the company's zone")
    return moment.isoformat(timespec="seconds")


def one_of(prop: str, values: Iterable[str]) -> str:
    """`prop IN ('a', 'b')`."""
    return f"{prop} IN ({', '.join(literal(value) for value in values)})"


def changed_since(moment: dt.datetime) -> str:
    """Changed at that moment or later."""
    return f"MetaData.LastUpdatedTime >= {literal(moment)}"


def created_between(start: dt.datetime, end: dt.datetime) -> tuple[str, str]:
    """Created in [start, end)."""
    return (f"MetaData.CreateTime >= {literal(start)}", f"MetaData.CreateTime < {literal(end)}")


def dated_between(first: dt.date, last: dt.date) -> tuple[str, str]:
    """Of transactions: dated on these days or between them."""
    return (f"TxnDate >= {literal(first.isoformat())}", f"TxnDate <= {literal(last.isoformat())}")


def select(entity: Entity, conditions: Sequence[str] = (), *, start: int = 1) -> str:
    """One page of the entity's records from position `start` (the first is 1), ordered by Id."""
    fields = "*, Sku" if entity is Entity.ITEM else "*"
    return f"SELECT {fields} {_source(entity, conditions)} ORDERBY Id STARTPOSITION {start} MAXRESULTS {PAGE_SIZE}"


def count(entity: Entity, conditions: Sequence[str] = ()) -> str:
    """How many records `select` with the same conditions walks over."""
    return f"SELECT count(*) {_source(entity, conditions)}"


def _source(entity: Entity, conditions: Sequence[str]) -> str:
    everything = [BOTH_ACTIVE_AND_INACTIVE, *conditions] if entity in LISTS else list(conditions)
    where = f" WHERE {' AND '.join(everything)}" if everything else ""
    return f"FROM {NAMES[entity]}{where}"
