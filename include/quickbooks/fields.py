"""Single fields of QuickBooks' JSON, read strictly: what cannot be stored or counted is refused by name.

Money arrives as Decimal or whole number, never as a binary float (R11). Texts are kept code point for code point (R2).
Every reader raises CannotRead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Data = Mapping[str, Any]

LONGEST_VERSION = 18
MOST_DIGITS = 18


class CannotRead(Exception):
    """A field that cannot be understood: its reason code and its name, never its value."""

    def __init__(self, reason: str, field: str) -> None:
        super().__init__(f"{reason}: {field}")
        self.reason = reason
        self.field = field


def text(block: Data, name: str) -> str:
    """The text as it is; `""` where it is absent. NUL and lone surrogates are refused: no database takes them."""
    value = block.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or "\0" in value or not _encodable(value):
        raise CannotRead("text_unreadable", name)
    return value


def money(block: Data, name: str) -> Decimal:
    """A finite amount; absent, it is refused."""
    value = block.get(name)
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise CannotRead("money_unreadable", name)
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise CannotRead("money_unreadable", name) from None
    if not amount.is_finite() or not _sensible(amount):
        raise CannotRead("money_unreadable", name)
    return amount


def version(block: Data, name: str) -> int:
    """A SyncToken as a number."""
    told = text(block, name)
    if not (told.isascii() and told.isdigit()) or len(told) > LONGEST_VERSION:
        raise CannotRead("text_unreadable", name)
    return int(told)


def time(block: Data, name: str) -> dt.datetime:
    """A time with its offset, one that exists in UTC as well."""
    try:
        moment = dt.datetime.fromisoformat(text(block, name))
        moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise CannotRead("time_unreadable", name) from None
    if moment.tzinfo is None:
        raise CannotRead("time_unreadable", name)
    return moment


def date(block: Data, name: str) -> dt.date:
    """A plain date."""
    try:
        return dt.date.fromisoformat(text(block, name))
    except ValueError:
        raise CannotRead("time_unreadable", name) from None


def ref(block: Data, name: str) -> str:
    """The id a reference such as CustomerRef points to, `""` where it is absent."""
    return text(part(block, name), "value")


def part(block: Data, name: str) -> Data:
    """A nested object, empty where it is absent."""
    found = block.get(name)
    return found if isinstance(found, dict) else {}


def rows(block: Data, name: str) -> list[Data]:
    """A nested list of objects, empty where it is absent."""
    found = block.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _sensible(amount: Decimal) -> bool:
    """QuickBooks keeps 15 digits; an exponent far beyond would break every later sum."""
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MOST_DIGITS and amount.adjusted() <= MOST_DIGITS


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
