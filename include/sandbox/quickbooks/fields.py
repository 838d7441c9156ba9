"""Reading a request: each property by its declared kind, so that what is kept has one form only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from include.sandbox.quickbooks.catalog import contacts
from include.sandbox.quickbooks.entities import ENTITIES
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.schema import Entity, Field, Kind

ENVELOPE = frozenset({
    *("Id", "SyncToken", "MetaData", "domain", "sparse", "status"),
    *("CustomField", "AttachableRef"),
})
"""What every object may hold (XSD IntuitEntity)."""
LISTS = frozenset({"Line", "LinkedTxn", "TaxLine", "CustomField", "AttachableRef"})
OBJECTS = ("LineDetail", "TxnTaxDetail", "MetaData")
PLAIN = frozenset({"Id", "SyncToken", "DetailType", "TxnId", "TxnType", "Amount", "Description"})
CLEARED = object()
"""A property the client sent empty."""


def read_fields(entity: Entity, body: Mapping[str, Any], *, api: bool) -> dict[str, Any]:
    """What the client wants written: property → value or CLEARED. JSON null counts as not sent.

    Refuses unknown properties (2010) and malformed values; read-only ones are dropped.
    """
    check_shape(body)
    wanted: dict[str, Any] = {}
    for name, value in body.items():
        field = entity.fields.get(name)
        if field is None and name not in ENVELOPE:
            raise refuse("2010", element=name)
        if field is None or value is None or field.kind is Kind.READ_ONLY or (api and field.kind is Kind.IN_PERSON):
            continue
        wanted[name] = READERS[field.kind](name, value, field)
    return wanted


def check_shape(body: Mapping[str, Any]) -> None:
    """Refuse (2010) what has another shape than its name says, at any depth; null is nowhere in the way.

    So the rules of each entity may look into lines, links and references without asking what they are.
    """
    for name, value in body.items():
        if value is None:
            continue
        if not _has_shape(name, value):
            raise refuse("2010", element=name)
        for inner in value if isinstance(value, list) else (value,):
            if isinstance(inner, Mapping):
                check_shape(inner)


def _has_shape(name: str, value: object) -> bool:
    if name in LISTS:
        return isinstance(value, list) and all(isinstance(inner, Mapping) for inner in value)
    if name.endswith("Ref"):
        return isinstance(value, Mapping) and not isinstance(value.get("value"), Mapping | list)
    if name.endswith(OBJECTS):
        return isinstance(value, Mapping)
    return name not in PLAIN or not isinstance(value, Mapping | list)


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
    return CLEARED if value == "" else date(name, value)


def date(name: str, value: object) -> str:
    """A day, of which a time may follow. Refuses anything else with 2060."""
    try:
        return dt.date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError as problem:
        raise refuse("2060", element=name, value=value) from problem


def _ref(name: str, value: object, field: Field) -> Any:
    found = reference(name, value)
    if field.to and found is not CLEARED and ENTITIES[field.to].row_id(found["value"]) is None:
        raise refuse("2500", element=name, kind=ENTITIES[field.to].reference_kind, id=found["value"])
    return found


def _block(name: str, value: object, field: Field) -> Any:
    return PARTS[field.kind](name, value) or CLEARED


def _list(name: str, value: object, field: Field) -> Any:
    if not isinstance(value, list):
        raise refuse("2010", element=name)
    return value


def _as_sent(name: str, value: object, field: Field) -> Any:
    return value


PARTS: dict[Kind, Callable[[str, object], dict[str, Any]]] = {
    Kind.BLOCK: contacts.filled,
    Kind.ADDRESS: contacts.address,
    Kind.PHONE: contacts.phone,
    Kind.WEB: contacts.web,
    Kind.EMAIL: contacts.email,
    Kind.MEMO: contacts.memo,
}
READERS: dict[Kind, Callable[[str, Any, Field], Any]] = {
    Kind.TEXT: _text,
    Kind.NAME: _name,
    Kind.MONEY: _money,
    Kind.BOOL: _bool,
    Kind.DATE: _date,
    Kind.REF: _ref,
    Kind.CURRENCY: _ref,
    **dict.fromkeys(PARTS, _block),
    Kind.LIST: _list,
    Kind.IN_PERSON: _as_sent,
}
