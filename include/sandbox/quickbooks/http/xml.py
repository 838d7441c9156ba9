"""The JSON shapes of QuickBooks as XML, and its XML as the JSON shapes.

The same rules hold for every object: a name in lower case is an attribute, `{"value": …}` is an element's text
(`<CustomerRef name="X">1</CustomerRef>`), a list is its element repeated, nothing is written for null. What XML does
not say, `xml_names` knows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from defusedxml.ElementTree import ParseError, fromstring

from include.sandbox.quickbooks.http.xml_names import NUMBERS, REPEATED, YES_OR_NO, is_block, is_reference

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAMESPACE = "http://schema.intuit.com/finance/v3"
PROLOG = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
EXTENSION = re.compile(r"\w+Ext?")
NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
NUMBER = re.compile(r"-?(?=[0-9.]{1,15}$)(0|[1-9][0-9]*)(\.[0-9]+)?")
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
AMOUNT = re.compile(r"\w*(Amount|Amt|Balance|TotalTax|RemainingCredit)\w*")
DEEPEST = 100
CELL = "ColData"
"""A report's cell: its value is an attribute too."""


class NotXml(ValueError):
    """What was sent is no XML, or none that is safe to read."""


def write_xml(answer: Mapping[str, Any]) -> str:
    """A whole answer, `{"Customer": {…}, "time": …}`, as an IntuitResponse; a report, which has no time, as a Report.

    Numbers are int or Decimal. What XML cannot hold is left out (names) or becomes U+FFFD (characters).
    """
    return PROLOG + _element("IntuitResponse" if "time" in answer else "Report", {"xmlns": NAMESPACE, **answer})


def read_xml(document: bytes) -> tuple[str, Any]:
    """The root's name and what it holds. Raises NotXml, also for document types and entities."""
    try:
        root = fromstring(document, forbid_dtd=True)
        return _name(root), _value(root, DEEPEST)
    except (ParseError, ValueError, LookupError) as problem:
        raise NotXml(str(problem)) from problem


def _element(name: str, value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(_element(name, each) for each in value)
    if not isinstance(value, Mapping):
        return "" if value is None else _tag(name, {}, _escaped(_figure(name, value)))
    attributes = {key: part for key, part in value.items() if key[:1].islower() and not isinstance(part, list | dict)}
    if "value" in attributes and name != CELL:
        return _tag(name, attributes, _escaped(attributes.pop("value")))
    parts = (_element(key, part) for key, part in value.items() if key not in attributes and key != "any")
    return _tag(name, attributes, "".join(parts) + _anything(value.get("any")))


def _anything(values: Any) -> str:
    """The `any` of an extension such as LineEx: each value bears its own name."""
    named = [each for each in values if isinstance(each, Mapping)] if isinstance(values, list) else []
    return "".join(_element(str(each.get("name")).rpartition("}")[2], each.get("value")) for each in named)


def _tag(name: str, attributes: Mapping[str, Any], inside: str) -> str:
    if not NAME.fullmatch(name):
        return ""
    said = "".join(
        f" {key}={quoteattr(_text(value))}"
        for key, value in attributes.items()
        if value is not None and NAME.fullmatch(key)
    )
    return f"<{name}{said}>{inside}</{name}>" if inside else f"<{name}{said}/>"


def _figure(name: str, value: object) -> object:
    """As recorded: amounts have two places at least, other numbers as many as they need, zero is 0."""
    if not isinstance(value, Decimal):
        return value
    whole_cents = int(value.as_tuple().exponent) >= -2
    return f"{value:.2f}" if whole_cents and AMOUNT.fullmatch(name) else f"{value.normalize():f}"


def _escaped(value: object) -> str:
    return escape(_text(value), {"\r": "&#13;"})


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ILLEGAL.sub("\ufffd", "" if value is None else str(value))


def _name(node: Element) -> str:
    """Without its namespace."""
    return str(node.tag).rpartition("}")[2]


def _value(node: Element, room: int) -> Any:
    if room == 0:
        raise NotXml("elements lie too deep")
    name = _name(node)
    found = {key: _typed(key, text) for key, text in node.attrib.items() if not key.startswith("{")}
    if len(node) == 0:
        return _leaf(name, node.text or "", found)
    if EXTENSION.fullmatch(name):
        return {"any": [_self_named(child, room - 1) for child in node]}
    for child in node:
        key, value = _name(child), _value(child, room - 1)
        if key in REPEATED:
            found.setdefault(key, []).append(value)
        elif key in found:
            raise NotXml(f"{key} stands more than once")
        else:
            found[key] = value
    return found


def _leaf(name: str, text: str, attributes: dict[str, Any]) -> Any:
    if is_reference(name):
        return {"value": text, **attributes}
    if not text.strip() and (attributes or is_block(name)):
        return attributes
    return _typed(name, text)


def _typed(name: str, text: str) -> Any:
    """Text as its name wants it; what cannot be read so stays text, to be refused by whoever reads it."""
    if name in YES_OR_NO:
        return {"true": True, "false": False}.get(text.strip(), text)
    if name in NUMBERS and NUMBER.fullmatch(text.strip()):
        return Decimal(text.strip()) if "." in text else int(text)
    return text


def _self_named(node: Element, room: int) -> dict[str, Any]:
    return {"name": f"{{{NAMESPACE}}}{_name(node)}", "value": _value(node, room)}
