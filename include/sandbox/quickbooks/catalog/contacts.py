"""Reading addresses, telephone numbers, web and email addresses of a request (reference 3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from include.sandbox.quickbooks.refusals import refuse

LINES = ("Line1", "Line2", "Line3", "Line4", "Line5")
MOST_IN_ADDRESS = {
    **dict.fromkeys(LINES, 500),
    **dict.fromkeys(("City", "Country", "CountrySubDivisionCode"), 255),
    "PostalCode": 30,
}
MOST_IN_ALL_LINES = 2000
MOST_PHONE, MOST_WEB, MOST_EMAIL, MOST_MEMO = 30, 1000, 100, 1000


def filled(name: str, value: object) -> dict[str, Any]:
    """The parts of an object that hold something. Refuses anything but an object with 2010."""
    if not isinstance(value, Mapping):
        raise refuse("2010", element=name)
    return {key: part for key, part in value.items() if part not in (None, "")}


def address(name: str, value: object) -> dict[str, Any]:
    """A postal address. Refuses parts that are too long, alone or all lines together (2050)."""
    parts = filled(name, value)
    for key, most in MOST_IN_ADDRESS.items():
        _refuse_long(f"{name}.{key}", parts.get(key, ""), most)
    _refuse_long(name, "".join(str(parts.get(line, "")) for line in LINES), MOST_IN_ALL_LINES)
    return parts


def phone(name: str, value: object) -> dict[str, Any]:
    """A telephone number."""
    parts = filled(name, value)
    _refuse_long(name, parts.get("FreeFormNumber", ""), MOST_PHONE)
    return parts


def web(name: str, value: object) -> dict[str, Any]:
    """A web address. Refuses what cannot be one with 2200."""
    parts = filled(name, value)
    uri = str(parts.get("URI", ""))
    _refuse_long(name, uri, MOST_WEB)
    if uri and ("." not in uri or uri != "".join(uri.split())):
        raise refuse("2200", element=name)
    return parts


def email(name: str, value: object) -> dict[str, Any]:
    """An email address. Refuses what cannot be one with 2210."""
    parts = filled(name, value)
    text = str(parts.get("Address", ""))
    _refuse_long(name, text, MOST_EMAIL)
    if parts and ("@" not in text or "." not in text):
        raise refuse("2210", element=name)
    return parts


def memo(name: str, value: object) -> dict[str, Any]:
    """A message to the customer."""
    parts = filled(name, value)
    _refuse_long(name, parts.get("value", ""), MOST_MEMO)
    return parts


def _refuse_long(name: str, value: object, most: int) -> None:
    if len(str(value)) > most:
        raise refuse("2050", element=name, most=most, n=len(str(value)))
