"""A statement's conditions and order as the store understands them. Refuses what cannot be asked with 4001."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from include.sandbox.quickbooks.queries.asks import Column, Narrow, fold, narrow
from include.sandbox.quickbooks.queries.grammar import TODAY, Condition, Statement
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.schema import Ask, Entity, Kind
from include.sandbox.quickbooks.wire import moment

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
MOST_CONDITIONS, LONGEST_VALUE = 100, 4000
LIKE = "LIKE ? ESCAPE '\\'"
SHOWN = {frozenset({0, 1}): "all", frozenset({1}): "live", frozenset({0}): "gone"}


@dataclass(frozen=True, slots=True)
class Span:
    """A range of values of one column; None is no bound, `open` bounds do not belong to it."""

    low: Any = None
    low_open: bool = False
    high: Any = None
    high_open: bool = False

    def also(self, other: Span) -> Span:
        """What is in both."""
        lows = [(span.low, span.low_open) for span in (self, other) if span.low is not None]
        highs = [(span.high, not span.high_open) for span in (self, other) if span.high is not None]
        low, low_open = max(lows, default=(None, False))
        high, high_closed = min(highs, default=(None, True))
        return Span(low, low_open, high, not high_closed)

    @property
    def is_point(self) -> bool:
        """Whether it holds one value."""
        return self.low is not None and self.low == self.high and not self.low_open and not self.high_open

    def sql(self, column: str) -> tuple[str, list[Any]]:
        """As a condition on a column."""
        if self.is_point:
            return f"{column} = ?", [self.low]
        bounds = [(">" if self.low_open else ">=", self.low), ("<" if self.high_open else "<=", self.high)]
        set_ = [(sign, value) for sign, value in bounds if value is not None]
        return " AND ".join(f"{column} {sign} ?" for sign, _ in set_), [value for _, value in set_]


@dataclass(frozen=True)
class Search:
    """What is asked of a narrow table: who is shown, ranges by column, further conditions, the order."""

    table: Narrow
    shown: str
    """"live", "gone" or "all"; "" when nothing can be found."""
    spans: dict[str, Span] = field(default_factory=dict)
    among: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    checks: tuple[tuple[str, str, Any], ...] = ()
    """Column, condition and its value: what no range of values says."""
    order: tuple[tuple[str, bool], ...] = ()

    @property
    def key(self) -> object:
        """What makes two searches the same."""
        return (self.table.name, self.shown, *self.spans.items(), *self.among.items(), self.checks, self.order)

    def where(self) -> tuple[str, list[Any]]:
        """All conditions but the company."""
        parts: list[tuple[str, list[Any]]] = [({"live": "active = 1", "gone": "active = 0"}.get(self.shown, "1"), [])]
        parts += [span.sql(column) for column, span in self.spans.items()]
        parts += [
            (f"{column} IN (SELECT value FROM json_each(?))", [json.dumps(values)])  # noqa: S608 - a column's name
            for column, values in self.among.items()
        ]
        parts += [(f"{column} {check}", [value]) for column, check, value in self.checks]
        return " AND ".join(sql for sql, _ in parts), [value for _, values in parts for value in values]


def search_for(entity: Entity, statement: Statement, zone: ZoneInfo, today: dt.date) -> Search:
    """The search a statement asks for."""
    if len(statement.conditions) > MOST_CONDITIONS:
        raise refuse("4001", what=f"more than {MOST_CONDITIONS} conditions")
    table, seen = narrow(entity.name), {0, 1}
    asks_active = any(condition.name.lower() == "active" for condition in statement.conditions)
    if entity.listed and not asks_active:
        seen = {1}
    search = Search(table, "", order=tuple(_sorted_by(entity, table, *key) for key in statement.order))
    for condition in statement.conditions:
        name, ask = _asked(entity, condition.name, sorting=False)
        _check_operator(name, ask, condition)
        values = [_value(entity, name, ask, value, zone, today) for value in condition.values]
        if name == "Active":
            seen &= set(values)
        else:
            search = _with(search, table.columns.get(name) or Column("id", Ask.ID, ()), condition, values)
    return replace(search, shown=SHOWN.get(frozenset(seen), ""))


def _with(search: Search, column: Column, condition: Condition, values: list[Any]) -> Search:
    """The search with one condition more."""
    if condition.operator == "in" and len(set(values)) > 1:
        both = set(values) & set(search.among.get(column.name, values))
        return replace(search, among={**search.among, column.name: tuple(sorted(both))})
    if condition.operator == "like":
        pattern = values[0]
        search = _checked(search, column, LIKE, _escaped(pattern)) if _is_open(pattern) else search
        span = _starting(column, pattern)
    elif condition.operator == "!=":
        search, span = _checked(search, column, "<> ?", values[0]), Span(column.missing, True)
    else:
        span = SPANS[condition.operator](column, values[0])
    known = search.spans.get(column.name)
    return replace(search, spans={**search.spans, column.name: known.also(span) if known else span})


def _checked(search: Search, column: Column, check: str, value: Any) -> Search:
    return replace(search, checks=(*search.checks, (column.name, check, value)))


def _starting(column: Column, pattern: str) -> Span:
    """The range in which everything lies that a pattern can match."""
    start, wild, _ = pattern.partition("%")
    if not wild:
        return Span(pattern, not pattern, pattern, False)  # nothing is like ''
    return Span(start, False, _after(start), True) if start else Span(column.missing, True)


def _is_open(pattern: str) -> bool:
    """Whether a pattern says more than how the value starts."""
    return "%" in pattern.rstrip("%")


def _after(start: str) -> str | None:
    """The least text after every text with this start; None when there is none."""
    last = ord(start[-1])
    if last == 0x10FFFF:
        return _after(start[:-1]) if start[:-1] else None
    return start[:-1] + chr(0xE000 if last == 0xD7FF else last + 1)


def _escaped(pattern: str) -> str:
    """Only % is a wildcard."""
    return pattern.replace("\\", "\\\\").replace("_", "\\_")


SPANS: dict[str, Callable[[Column, Any], Span]] = {
    "=": lambda column, value: Span(value, False, value, False),
    "in": lambda column, value: Span(value, False, value, False),
    ">": lambda column, value: Span(max(value, column.missing), True),
    ">=": lambda column, value: Span(value, False) if value > column.missing else Span(column.missing, True),
    "<": lambda column, value: Span(column.missing, True, value, True),
    "<=": lambda column, value: Span(column.missing, True, value, False),
}


def _sorted_by(entity: Entity, table: Narrow, name: str, falls: bool) -> tuple[str, bool]:
    return table.column(_asked(entity, name, sorting=True)[0]), falls


def _asked(entity: Entity, name: str, *, sorting: bool) -> tuple[str, Ask]:
    """A property that can be filtered, or sorted. Refuses others in the words that were recorded."""
    found = entity.ask_by_lower.get(name.lower())
    refused = entity.filter_only if sorting else entity.sort_only
    if found is not None and found not in refused:
        return found, entity.ask[found]
    known = {field_.lower(): kind for field_, kind in entity.fields.items()}.get(name.lower())
    simple = known is not None and known.kind not in (
        Kind.BLOCK,
        Kind.ADDRESS,
        Kind.PHONE,
        Kind.WEB,
        Kind.LIST,
        Kind.EMAIL,
        Kind.MEMO,
    )
    if found is not None or simple:
        raise refuse("4001", what=f"property '{name}' is not queryable")
    raise refuse("4001", what=f"Property {name} not found for Entity {entity.name}")


def _check_operator(name: str, ask: Ask, condition: Condition) -> None:
    only_equal = ask in (Ask.ID, Ask.BOOL) and condition.operator not in ("=", "in")
    if only_equal or (condition.operator == "like" and ask is not Ask.TEXT):
        raise refuse("4001", what=f"Operator {condition.operator.upper()} is not supported for property {name}")


def _value(entity: Entity, name: str, ask: Ask, value: Any, zone: ZoneInfo, today: dt.date) -> Any:
    """A query's value in the column's own form. Refuses values of the wrong type."""
    text = today.isoformat() if value is TODAY else str(value)
    if len(text) > LONGEST_VALUE:
        raise refuse("4001", what=f"value is too long for property {name}")
    if ask in (Ask.TEXT, Ask.REF):
        return fold(text) if text.strip(" ") else ""
    try:
        return READERS[ask](entity, text.strip(), zone)
    except (ValueError, KeyError, OverflowError) as problem:
        raise refuse("4001", what=f"value {text[:100]} is not valid for property {name}") from problem


def _number(entity: Entity, text: str, zone: ZoneInfo) -> float:
    if not NUMBER.fullmatch(text) or not isfinite(float(text)):
        raise ValueError(text)
    return float(text)


def _row_id(entity: Entity, text: str, zone: ZoneInfo) -> int:
    row = entity.row_id(text)
    if row is None:
        raise ValueError(text)
    return row


READERS: dict[Ask, Callable[[Entity, str, ZoneInfo], Any]] = {
    Ask.ID: _row_id,
    Ask.NUMBER: _number,
    Ask.BOOL: lambda entity, text, zone: {"true": 1, "false": 0}[text.lower()],
    Ask.TIME: lambda entity, text, zone: moment(text, zone).timestamp(),
    Ask.DATE: lambda entity, text, zone: dt.date.fromisoformat(text[:10]).isoformat() if text else "",
}
