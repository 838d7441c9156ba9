"""JSON and times as QuickBooks writes them. Money is Decimal inside and a JSON number outside."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from include.sandbox.quickbooks.refusals import refuse

SERVICE_ZONE = ZoneInfo("America/Los_Angeles")
CENT = Decimal("0.01")
DEEPEST = 50
LARGEST = 10**300


def dumps(value: object) -> str:
    """Compact JSON text."""
    return json.dumps(value, default=_number, ensure_ascii=False, separators=(",", ":"))


def loads(text: str | bytes) -> Any:
    """JSON with exact decimals. Raises ValueError for what is none, NaN and Infinity included."""
    return json.loads(text, parse_float=Decimal, parse_constant=_no_number)


def read_body(body: bytes) -> dict[str, Any]:
    """The JSON object a client sent. Refuses anything else with 2010, and what no record could hold."""
    try:
        value = loads(body)
    except UnicodeDecodeError as problem:
        raise refuse("2010", detail="Invalid UTF-8 middle byte") from problem
    except (ValueError, RecursionError) as problem:
        raise refuse("2010") from problem
    if not isinstance(value, dict) or not _can_be_kept(value):
        raise refuse("2010")
    return value


def cents(amount: Decimal) -> Decimal:
    """Rounded half up to two places."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def money(value: object) -> Decimal:
    """A stored amount as Decimal; missing is zero."""
    return value if isinstance(value, Decimal) else Decimal(str(value or 0))


def answer_time(moment: dt.datetime) -> str:
    """An envelope's `time`: milliseconds and offset."""
    return moment.astimezone(SERVICE_ZONE).isoformat(timespec="milliseconds")


def month_of(moment: dt.datetime) -> str:
    """The month calls are charged to, `YYYY-MM`, where the service is."""
    return f"{moment.astimezone(SERVICE_ZONE):%Y-%m}"


def stamp(moment: dt.datetime, zone: ZoneInfo) -> str:
    """A MetaData time: whole seconds, offset of the company's zone."""
    return moment.astimezone(zone).replace(microsecond=0).isoformat()


def moment(text: str, zone: ZoneInfo) -> dt.datetime:
    """A time or date from a query or a cdc call; without offset it is the company's. Raises ValueError."""
    parsed = dt.datetime.fromisoformat(text)
    return parsed.replace(tzinfo=zone) if parsed.tzinfo is None else parsed


def _can_be_kept(value: object) -> bool:
    """Whether it is nested sensibly, all its text is Unicode and all its numbers are within a double's range."""
    level: list[object] = [value]
    for _ in range(DEEPEST):
        if not all(map(_is_sound, level)):
            return False
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return True
    return False


def _inside(value: object) -> Iterable[object]:
    return (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()


def _is_sound(value: object) -> bool:
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in value)
    return not isinstance(value, int | Decimal) or -LARGEST < value < LARGEST


def _no_number(token: str) -> float:
    raise ValueError(f"{token} is not JSON")


def name_values(facts: Mapping[str, str]) -> dict[str, Any]:
    """Names and values in the extension block QuickBooks writes from its Java objects (LineEx, PurchaseEx)."""
    kind = "com.intuit.schema.finance.v3.NameValue"
    shown = [
        {
            "name": "{http://schema.intuit.com/finance/v3}NameValue",
            "declaredType": kind,
            "scope": "javax.xml.bind.JAXBElement$GlobalScope",
            "value": {"Name": name, "Value": value},
            "nil": False,
            "globalScope": True,
            "typeSubstituted": False,
        }
        for name, value in facts.items()
    ]
    return {"any": shown}


def _number(value: object) -> float | int:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is no JSON value")
    return float(value) if Decimal(value).as_tuple().exponent != 0 and value else int(value)
