"""Reading a request: each property by its declared kind, so that what is kept has one form only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from include.sandbox.quickbooks.entities import ENTITIES
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.schema import Entity, Field, Kind

ENVELOPE = frozenset({"Id", "SyncToken", "MetaData", "domain", "sparse", "status"})
CLEARED = object()
"""A property the client sent empty."""


def read_fields(entity: Entity, body: Mapping[str, Any], *, api: bool) -> dict[str, Any]:
    """What the client wants written: property → value or CLEARED. JSON null counts as not sent.

    Refuses unknown properties (2010) and malformed values; read-only ones are dropped.
    """
    wanted: dict[str, Any] = {}
    for name, value in body.items():
        field = entity.fields.get(name)
        if field is None and name not in ENVELOPE:
            raise refuse("2010", element=name)
        if field is None or value is None or field.kind is Kind.READ_ONLY or (api and field.kind is Kind.IN_PERSON):
            continue
        wanted[name] = READERS[field.kind](name, value, field)
    return wanted


def with_defaults(entity: Entity, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The properties kept of a whole object: what is cleared or missing takes its default or is left out."""
    kept = {name: value for name, value in wanted.items() if value is not CLEARED}
    for name, field in entity.fields.items():
        if field.default is not None:
            kept.setdefault(name, list(field.default) if isinstance(field.default, tuple) else field.default)
    return kept


def decimal(name: str, value: object) -> Decimal:
    """A number sent as a number or as text. Refuses anything else with 2090."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise refuse("2090", element=name, value="")
    try:
        number = Decimal(str(value))
    except InvalidOperation as problem:
        raise refuse("2090", element=name, value=value) from problem
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise refuse("2090", element=name, value=value)
    return number


def reference(name: str, value: object) -> Any:
    """The id a reference names, as `{"value": …}`; CLEARED for a blank one."""
    if not isinstance(value, Mapping):
        raise refuse("2010", element=name)
    found = value.get("value")
    return CLEARED if found in (None, "") else {"value": str(found)}


def _text(name: str, value: object, field: Field) -> Any:
    if isinstance(value, Mapping | list | bool):
        raise refuse("2010", element=name)
    text = str(value)
    if field.most and len(text) > field.most:
        raise refuse("2050", element=name, most=field.most, n=len(text))
    if field.words and text and text not in field.words:
        raise refuse("2170", element=name, value=text)
    return text or CLEARED


def _name(name: str, value: object, field: Field) -> Any:
    text = _text(name, value, field)
    if text is not CLEARED and any(sign in text for sign in ":\t\n"):
        raise refuse("2040", element=name, value=text)
    return text


def _money(name: str, value: object, field: Field) -> Any:
    return CLEARED if value == "" else decimal(name, value)


def _bool(name: str, value: object, field: Field) -> Any:
    if value == "":
        return CLEARED
    if isinstance(value, bool):
        return value
    if str(value).lower() not in ("true", "false"):
        raise refuse("2230", element=name, value=value)
    return str(value).lower() == "true"


def _date(name: str, value: object, field: Field) -> Any:
    if value == "":
        return CLEARED
    try:
        return dt.date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError as problem:
        raise refuse("2060", element=name, value=value) from problem


def _ref(name: str, value: object, field: Field) -> Any:
    found = reference(name, value)
    if field.to in ENTITIES and found is not CLEARED and not found["value"].isdecimal():
        raise refuse("2500", element=name, kind=ENTITIES[field.to].reference_kind, id=found["value"])
    return found


def _block(name: str, value: object, field: Field) -> Any:
    if not isinstance(value, Mapping):
        raise refuse("2010", element=name)
    kept = {key: part for key, part in value.items() if part not in (None, "")}
    return kept or CLEARED


def _email(name: str, value: object, field: Field) -> Any:
    block = _block(name, value, field)
    if block is CLEARED:
        return CLEARED
    address = str(block.get("Address", ""))
    if len(address) > 100:
        raise refuse("2050", element=name, most=100, n=len(address))
    if "@" not in address or "." not in address:
        raise refuse("2210", element=name)
    return block


def _list(name: str, value: object, field: Field) -> Any:
    if not isinstance(value, list):
        raise refuse("2010", element=name)
    return value


def _as_sent(name: str, value: object, field: Field) -> Any:
    return value


READERS: dict[Kind, Callable[[str, Any, Field], Any]] = {
    Kind.TEXT: _text,
    Kind.NAME: _name,
    Kind.MONEY: _money,
    Kind.BOOL: _bool,
    Kind.DATE: _date,
    Kind.REF: _ref,
    Kind.CURRENCY: _ref,
    Kind.BLOCK: _block,
    Kind.EMAIL: _email,
    Kind.LIST: _list,
    Kind.IN_PERSON: _as_sent,
}
