"""Finding the ids of a page, and how many there are, at a cost that does not depend on where the page stands.

One order with at most one range of its own is answered from the ranks. Everything else is scanned, by the index that
has least to read; where even that is much, the whole result is remembered until the entity is written again.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import Any

from include.sandbox.quickbooks.queries.asks import Asks
from include.sandbox.quickbooks.queries.ranks import Order
from include.sandbox.quickbooks.queries.search import Search, Span
from include.sandbox.quickbooks.schema import Entity
from include.sandbox.store import Store

MUCH = 20_000
"""Rows that may be read for one page."""
REMEMBERED = 4
"""Results."""
FEW = 30
"""Values of an IN that are looked up one by one to know how many rows they have."""


@dataclass(frozen=True)
class Pages:
    """The result of one search."""

    store: Store
    asks: Asks
    entity: Entity
    search: Search

    def count(self) -> int:
        """How many objects there are."""
        if not self.search.shown:
            return 0
        if not self.search.among and not self.search.checks and len(self.search.spans) <= 1:
            column, span = next(iter(self.search.spans.items()), ("id", Span()))
            return self._width(column, span)
        where, values = self.search.where()
        source = self._indexed_by(self._narrowest[1])
        row = self.store.row(
            f"SELECT count(*) AS n FROM {source} WHERE company = ? AND {where}",  # noqa: S608 - names of this package
            self.asks.company,
            *values,
        )
        return int(row["n"]) if row else 0

    def ids(self, start: int, most: int) -> list[int]:
        """The ids from position `start` on (1 is the first), at most `most`."""
        if not self.search.shown:
            return []
        ranked = self._ranked()
        if ranked is not None and len(self._order) == 1 and ranked[2] == self._falls:
            return self._by_rank(*ranked, start - 1, most)
        if ranked is not None and ranked[0] == self._order[0][0]:
            return self._by_first_key(*ranked, start - 1, most)
        matching, column = self._narrowest
        in_order = self._read_in_order(start - 1 + most)
        if start > 1 and min(matching, in_order) > MUCH:
            return list(self._whole()[start - 1 : start - 1 + most])
        return self._scan(column if matching <= in_order else self._order[0][0], start - 1, most)

    @cached_property
    def _order(self) -> tuple[tuple[str, bool], ...]:
        """The sort keys that tell objects apart; by id without any."""
        keys = [key for key in self.search.order if key[0] != "active" or self.search.shown == "all"]
        return tuple(keys) or (("id", self._falls),)

    @property
    def _falls(self) -> bool:
        """The direction of the last key: objects that are equal stand by id in it."""
        return bool(self.search.order) and self.search.order[-1][1]

    def _ranked(self) -> tuple[str, Span, bool] | None:
        """Column, range and direction, if one order of the ranks holds the whole result, by its first key at least."""
        spans = list(self.search.spans.items())
        if self.search.among or self.search.checks or len(spans) > 1:
            return None
        order, falls = self._order[0]
        column, span = spans[0] if spans else (order, Span())
        if order == "active" or (order != column and not (order == "id" and span.is_point)):
            return None
        return column, span, falls

    def _by_rank(self, column: str, span: Span, falls: bool, skip: int, most: int) -> list[int]:
        order = self._ranks_of(column)
        low, high = self._ends(order, span)
        most = min(most, high - low - skip)
        if most <= 0:
            return []
        before = self.asks.ranks.total(order) - high if falls else low
        return self.asks.ranks.ids(order, before + skip, most, falls=falls)

    def _by_first_key(self, column: str, span: Span, falls: bool, skip: int, most: int) -> list[int]:
        """A page of an order of several keys: objects with the same first value stand together, so only those with
        the values that the page begins and ends with, and what lies between, have to be sorted."""
        low, high = self._ends(self._ranks_of(column), span)
        most = min(most, high - low - skip)
        if most <= 0:
            return []
        first, last = (
            self._value(column, self._by_rank(column, span, falls, place, 1)[0]) for place in (skip, skip + most - 1)
        )
        within = Span(last, False, first, False) if falls else Span(first, False, last, False)
        start, end = self._ends(self._ranks_of(column), within)
        part = replace(self, search=replace(self.search, spans={column: within}))
        return part._scan(column, skip - (high - end if falls else start - low), most)

    def _value(self, column: str, id_: int) -> Any:
        row = self.store.row(
            f"SELECT {column} FROM {self.search.table.name} WHERE company = ? AND id = ?",  # noqa: S608 - names of this package
            self.asks.company,
            id_,
        )
        return row[0] if row else None

    def _ranks_of(self, column: str) -> Order:
        return Order(self.search.table.name, column, self.search.shown)

    def _ends(self, order: Order, span: Span) -> tuple[int, int]:
        """How many objects are before a range, and how many up to its end."""
        ranks = self.asks.ranks
        low = 0 if span.low is None else ranks.before(order, span.low, inclusive=span.low_open)
        high = ranks.total(order) if span.high is None else ranks.before(order, span.high, inclusive=not span.high_open)
        return low, high

    def _width(self, column: str, span: Span) -> int:
        low, high = self._ends(self._ranks_of(column), span)
        return max(0, high - low)

    @cached_property
    def _total(self) -> int:
        return self._width("id", Span())

    @cached_property
    def _narrowest(self) -> tuple[float, str]:
        """How many rows have to be read at least, and the column by whose index."""
        widths = [(self._width(column, span), column) for column, span in self.search.spans.items()]
        for column, values in self.search.among.items():
            points = sum(self._width(column, Span(v, False, v, False)) for v in values) if len(values) <= FEW else 0
            widths.append((points or len(values), column))
        widths += [(self._total, column) for column, *_ in self.search.checks]
        return min(widths, default=(self._total, self._order[0][0]))

    def _read_in_order(self, most: int) -> float:
        """How many rows have to be read, in the order asked for, until there are enough."""
        matching, column = self._narrowest
        if (
            len(self._order) > 1
            or self._order[0][0] == "active"
            or (self.search.checks and column != self._order[0][0])
        ):
            return inf
        return most * self._total / max(matching, 1)

    def _scan(self, column: str, skip: int, most: int) -> list[int]:
        return [row["id"] for row in self.store.rows(*self._selected(column, "LIMIT ? OFFSET ?", most, skip))]

    def _whole(self) -> array[int]:
        """All ids of the result; remembered while nothing of the entity is written."""
        results: dict[object, tuple[int, array[int]]] = self.store.memory.setdefault("results", {})
        key, now = (self.asks.company, self.search.key), self.asks.written(self.entity)
        written, found = results.pop(key, (-1, array("q")))
        if written != now:
            found = array("q", (row[0] for row in self.store.rows(*self._selected(self._narrowest[1], ""))))
        results[key] = (now, found)
        while len(results) > REMEMBERED:
            del results[next(iter(results))]
        return found

    def _selected(self, column: str, limit: str, *values: Any) -> tuple[Any, ...]:
        """The statement that finds the ids, and its values."""
        where, wanted = self.search.where()
        keys = [*self._order, ("id", self._falls)]
        order = ", ".join(f"{name} {'DESC' if falls else 'ASC'}" for name, falls in keys)
        source = self._indexed_by(column)
        sql = f"SELECT id FROM {source} WHERE company = ? AND {where} ORDER BY {order} {limit}"  # noqa: S608 - names of this package
        return sql, self.asks.company, *wanted, *values

    def _indexed_by(self, column: str) -> str:
        """The table, read by the index of a column; ids and Active have none but the table itself."""
        table = self.search.table
        return f"{table.name} {'NOT INDEXED' if column in ('id', 'active') else f'INDEXED BY {table.index(column)}'}"
