"""From Syncta's JSON to records: one row at a time, so that a bad one is held and stops nothing else (protocol 1.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from include.errors import DamagedExtract
from include.records import Address, Customer, Deleted, Invoice, Line, PortalPayment, Unreadable, Version

R = TypeVar("R", Customer, Invoice)
Row = Mapping[str, Any]


class CannotRead(Exception):
    """A row cannot be understood; `problem` is a reason code, `field` the culprit."""

    def __init__(self, problem: str, field: str) -> None:
        super().__init__(problem)
        self.problem, self.field = problem, field


def read_customer(data: Row, zone: ZoneInfo) -> Customer | Deleted | Unreadable:
    """A customer as Syncta sends it. `DamagedExtract` if it has no id."""
    return _read(data, lambda: _customer(data))


def read_invoice(data: Row, zone: ZoneInfo) -> Invoice | Deleted | Unreadable:
    """An invoice as Syncta sends it, void ones as deleted; a timestamp as its date is taken in `zone` (rules 3.6)."""
    return _read(data, lambda: _invoice(data, zone))


def _read(data: Row, build: Callable[[], R]) -> R | Deleted | Unreadable:
    record_id = data.get("id")
    if not isinstance(record_id, str) or not record_id:
        raise DamagedExtract("Syncta sent a record without an id. Nothing of this read was kept.")
    try:
        if data.get("deleted_at"):
            return Deleted(record_id, _time(data, "deleted_at"))
        if data.get("status") == "void":  # claims nothing and never changes again (rules 3.10)
            return Deleted(record_id, _time(data, "updated_at"))
        return build()
    except CannotRead as problem:
        return Unreadable(record_id, problem.problem, f"field {problem.field}")


def _customer(data: Row) -> Customer:
    name = _text(data, "name")
    if not name:
        raise CannotRead("no_name", "name")
    return Customer(
        id=_text(data, "id"),
        version=_version(data),
        name=name,
        active=bool(data.get("active", True)),
        created_at=_time(data, "created_at"),
        updated_at=_time(data, "updated_at"),
        parent_id=_text(data, "parent_id"),
        emails=tuple(_checked(str(mail), "emails") for mail in data.get("emails") or ()),
        phone=_text(data, "phone"),
        address=_address(data.get("mailing_address")),
        external_id=_text(data, "external_id"),
    )


def _address(data: Row | None) -> Address | None:
    if not data:
        return None
    address = Address(*(_text(data, name) for name in ("line1", "line2", "city", "state", "postal_code", "country")))
    return address if address != Address() else None


def _invoice(data: Row, zone: ZoneInfo) -> Invoice:
    paid = data.get("paid") or {}
    return Invoice(
        id=_text(data, "id"),
        version=_version(data),
        number=_text(data, "number"),
        customer_id=_text(data, "customer_id"),
        date=_day(data, "invoice_date", zone),
        total=_money(data, "total"),
        currency=_text(data, "currency"),
        created_at=_time(data, "created_at"),
        updated_at=_time(data, "updated_at"),
        due_date=_day(data, "due_date", zone) if data.get("due_date") else None,
        terms=_text(data, "terms"),
        status=_text(data, "status"),
        ready_at=_time(data, "ready_at") if data.get("ready_at") else None,
        lines=tuple(_line(line) for line in data.get("lines") or ()),
        tax=_money(data, "tax"),
        discount=_money(data, "discount"),
        paid_on=_day(paid, "date", zone) if paid else None,
        paid_reference=_text(paid, "reference"),
        portal_payments=tuple(_portal(one, zone) for one in data.get("portal_payments") or ()),
    )


def _line(data: Row) -> Line:
    return Line(
        description=_text(data, "description"),
        quantity=_money(data, "quantity"),
        unit_price=_money(data, "unit_price"),
        amount=_money(data, "line_total"),
        taxable=bool(data.get("taxable")),
        product=_text(data, "product"),
    )


def _portal(data: Row, zone: ZoneInfo) -> PortalPayment:
    return PortalPayment(_day(data, "date", zone), _text(data, "reference"), _money(data, "amount"))


def _text(data: Row, field: str) -> str:
    value = data.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise CannotRead("text_unreadable", field)
    return _checked(value, field)


def _checked(value: str, field: str) -> str:
    """What neither pandas nor a database can hold: NUL and halves of characters."""
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise CannotRead("text_unreadable", field)
    return value


def _money(data: Row, field: str) -> Decimal:
    try:
        value = Decimal(_text(data, field) or "nothing")
    except InvalidOperation:
        raise CannotRead("money_unreadable", field) from None
    if not value.is_finite():
        raise CannotRead("money_unreadable", field)
    return value


def _version(data: Row) -> Version:
    if not isinstance(data.get("version"), int):
        raise CannotRead("text_unreadable", "version")
    return Version(data["version"])


def _time(data: Row, field: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(_text(data, field))
    except ValueError:
        raise CannotRead("time_unreadable", field) from None
    if moment.tzinfo is None:
        raise CannotRead("time_unreadable", field)
    return moment.astimezone(dt.UTC)


def _day(data: Row, field: str, zone: ZoneInfo) -> dt.date:
    text = _text(data, field)
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else _time(data, field).astimezone(zone).date()
    except ValueError:
        raise CannotRead("time_unreadable", field) from None
