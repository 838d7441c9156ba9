"""JSON schemas as the contract means them: patterns match whole texts, formats are checked, errors are one line."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

FORMATS = FormatChecker(formats=())
TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]([01]\d|2[0-3]):[0-5]\d:(?P<second>[0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
WORDS = {
    "additionalProperties": "has a field that is not known",
    "enum": "is none of the allowed values",
    "maxItems": "has more than {0} elements",
    "maxLength": "is longer than {0} characters",
    "maximum": "is more than {0}",
    "minItems": "has fewer than {0} elements",
    "minLength": "is too short",
    "minProperties": "changes nothing",
    "minimum": "is less than {0}",
    "pattern": "is not of the form {0}",
    "type": "is not of type {0}",
}


def validator_for(schema: Mapping[str, Any], components: Mapping[str, Any]) -> Validator:
    """A validator for a schema whose references point into an OpenAPI document's components."""
    strict: Validator = _Strict({**schema, "components": components}, format_checker=FORMATS)
    return strict


def wrong(error: ValidationError) -> str:
    """What is wrong, as the end of a sentence; the value itself is not told."""
    if error.validator == "required":
        return f"lacks {error.message.split(chr(39))[1]}"
    if error.validator == "format":
        return {"date": "is not a date", "date-time": "is not a time with its offset"}[str(error.validator_value)]
    value = error.validator_value
    told = " or ".join(value) if isinstance(value, list) else value
    return WORDS.get(str(error.validator), "is not what the contract allows").format(told)


def moment(text: str) -> dt.datetime:
    """The time that a text of format date-time says, in UTC, as far as there are years for it."""
    found = TIME.fullmatch(text)
    if found is None:
        raise ValueError("no time")
    leap = found["second"] == "60"
    if leap:  # Python has no leap seconds
        text = f"{text[: found.start('second')]}59{text[found.end('second') :]}"
    said = dt.datetime.fromisoformat(text.upper())
    try:
        return said.astimezone(dt.UTC) + dt.timedelta(seconds=leap)
    except OverflowError:
        edge = dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC)
        return edge[said.year > 1]


def _whole_pattern(validator: Validator, pattern: str, instance: object, schema: object) -> Iterator[ValidationError]:
    """`$` is the end as in ECMA's patterns; in Python's it may stand before a line feed."""
    if isinstance(instance, str) and not _compiled(pattern).search(instance):
        yield ValidationError("does not match")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(f"{pattern[:-1]}\\Z" if pattern.endswith("$") else pattern, re.ASCII)


@FORMATS.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or bool(moment(value))


@FORMATS.checks("date", raises=ValueError)
def _is_day(value: object) -> bool:
    return not isinstance(value, str) or (bool(DAY.fullmatch(value)) and bool(dt.date.fromisoformat(value)))


_Strict: Any = extend(Draft202012Validator, {"pattern": _whole_pattern})  # type: ignore[no-untyped-call]
