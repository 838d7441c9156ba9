"""Writing the same kind of customer a million times: the system shows once how it does it, then only values change.

A system writes a customer made of marks, that is undone, and the statements it used become a stencil: wherever a mark
stood, the next customer's value goes. So a row written with it is the row the system would have written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring, encode_basestring_ascii
from operator import itemgetter
from typing import Any, NamedTuple

from include.sandbox.quickbooks.queries.asks import fold
from include.sandbox.quickbooks.wire import stamp
from include.sandbox.scenarios.town import REALM, ZONE, Town
from include.sandbox.store import Store

Place = tuple[str, ...]
Cells = list[Any]
Fill = Callable[[Cells], Any]
APART = frozenset({"sequence", "meter", "qb_rank", "qb_company"})
"""Tables that are brought up to date in another way."""
FIRST_MARK, PARENT_MARK = 987_654_300, 987_600_000
MARKED_TIME = dt.datetime(2098, 2, 3, 4, 5, 6, tzinfo=dt.UTC)


class Parent(NamedTuple):
    """The customer another one is below: its id and its name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Hand:
    """One system's way of writing customers."""

    store: Store
    write: Callable[[dict[str, Any], str], str]
    """Write a customer, below another one if its id is given; the new id."""
    name: str
    cells: Callable[[Sequence[str], Sequence[int], dt.datetime], Cells]
    """Everything that can stand somewhere in a row: values, numbers, times, each in all its forms."""


def quickbooks_hand(town: Town) -> Hand:
    """QuickBooks' way."""

    def write(body: dict[str, Any], parent: str) -> str:
        below = {"ParentRef": {"value": parent}, "Job": True} if parent else {}
        return str(town.books.create("Customer", {**body, **below})["Id"])

    return Hand(town.store, write, "DisplayName", _quickbooks_cells)


def syncta_hand(town: Town) -> Hand:
    """Syncta's way."""

    def write(body: dict[str, Any], parent: str) -> str:
        return str(town.office.create_customer({**body, **({"parent_id": parent} if parent else {})})["id"])

    return Hand(town.store, write, "name", _syncta_cells)


class Stencils:
    """Writes customers into one system, each shape by a stencil of its own. Only inside `Store.bulk`.

    Nothing is checked: the name must be free, the parent there.
    """

    def __init__(self, hand: Hand) -> None:
        self._hand = hand
        self._known: dict[tuple[bool, tuple[Place, ...]], Stencil] = {}

    def customer(self, body: Mapping[str, Any], moment: dt.datetime, parent: Parent | None = None) -> int:
        """A new customer, created at this moment; the number its id is made of."""
        places, values = _leaves(body)
        stencil = self._known.get((parent is None, places))
        if stencil is None:
            stencil = self._known[parent is None, places] = Stencil.cut(self._hand, places, below=parent is not None)
        return stencil.write(values if parent is None else (*values, *parent), moment)


@dataclass(frozen=True, slots=True)
class Stencil:
    """What a system writes for one shape. `numbers` are the sequences it takes numbers from, the id's first."""

    hand: Hand
    numbers: tuple[str, ...]
    statements: tuple[tuple[str, tuple[Fill, ...]], ...]

    @classmethod
    def cut(cls, hand: Hand, places: Sequence[Place], *, below: bool) -> Stencil:
        """Let the system write a customer with these properties, and look at how it does it."""
        marks = [f"ZQ{n}@QZ.{n}ZQ" for n in range(len(places))]
        above = "ZQA@QZ.AZQ" if below else ""
        body = _body(dict(zip(places, marks, strict=True)))
        first, _ = _heard(hand, body, above, ())
        numbers = tuple(values[0] for sql, values in first if sql.startswith("INSERT INTO sequence"))
        heard, parent = _heard(hand, body, above, numbers)
        values = [*marks, parent, above] if below else marks
        cells = hand.cells(values, [FIRST_MARK + n for n in range(len(numbers))], MARKED_TIME)
        kept = [(sql, values) for sql, values in heard if _is_kept(sql)]
        return cls(hand, numbers, tuple((sql, tuple(_fill(value, cells) for value in values)) for sql, values in kept))

    def write(self, values: Sequence[str], moment: dt.datetime) -> int:
        """Write a customer with these values, the parent's id and name last; the number its id is made of."""
        numbers = [self.hand.store.next_number(name) for name in self.numbers]
        cells = self.hand.cells(values, numbers, moment)
        with self.hand.store.transaction() as db:
            for sql, fills in self.statements:
                db.execute(sql, [fill(cells) for fill in fills])
        return numbers[0]


def _heard(hand: Hand, body: dict[str, Any], above: str, numbers: Sequence[str]) -> tuple[list[tuple[str, Any]], str]:
    """The statements with which a customer is written, and its parent's id. The numbers given are the marks."""
    with hand.store.clock.at(MARKED_TIME), hand.store.heard() as heard:
        _set_numbers(hand.store, dict.fromkeys(numbers, PARENT_MARK))
        parent = hand.write({hand.name: above}, "") if above else ""
        _set_numbers(hand.store, {name: FIRST_MARK + numbers.index(name) - 1 for name in numbers})
        start = len(heard)
        hand.write(body, parent)
        found = heard[start:]
    return found, parent


def _set_numbers(store: Store, numbers: Mapping[str, int]) -> None:
    with store.transaction() as db:
        db.executemany("INSERT OR REPLACE INTO sequence VALUES (?, ?)", numbers.items())


def _is_kept(sql: str) -> bool:
    words = sql.replace("(", " ").split()
    return words[0] in ("INSERT", "UPDATE", "DELETE") and APART.isdisjoint(words[:5])


def _quickbooks_cells(values: Sequence[str], numbers: Sequence[int], moment: dt.datetime) -> Cells:
    digest = hashlib.sha256(f"{REALM}:{numbers[0] if numbers else 0}".encode()).hexdigest()[:28]
    return [
        *values,
        *map(fold, values),
        *[encode_basestring(value)[1:-1] for value in values],
        *numbers,
        *map(str, numbers),
        *[int(value) if value.isdecimal() else None for value in values[-2:-1]],  # the parent's id
        digest,
        *_quickbooks_times(moment),
    ]


def _syncta_cells(values: Sequence[str], numbers: Sequence[int], moment: dt.datetime) -> Cells:
    escaped = [encode_basestring_ascii(value)[1:-1] for value in values]
    return [*values, *escaped, *numbers, *[f"{number:06d}" for number in numbers], _in_utc(moment)]


@lru_cache(maxsize=1)
def _quickbooks_times(moment: dt.datetime) -> tuple[str, int]:
    return stamp(moment, ZONE), int(moment.timestamp())


@lru_cache(maxsize=1)
def _in_utc(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _fill(value: Any, cells: Cells) -> Fill:
    """What puts the next customer's value where a mark stands."""
    if isinstance(value, int | str) and value not in ("", 0, 1) and value in cells:
        return itemgetter(cells.index(value))
    if not isinstance(value, str):
        return lambda _: value
    # A value that stands among the cells twice is meant as JSON writes it: that one is the later.
    places = {cell: place for place, cell in enumerate(cells) if isinstance(cell, str) and cell}
    parts = re.split("(" + "|".join(sorted(map(re.escape, places), key=len, reverse=True)) + ")", value)
    text = "%s".join(part.replace("%", "%%") for part in parts[::2])
    wanted = [places[part] for part in parts[1::2]]
    if not wanted:
        return lambda _: value
    return lambda cells: text % tuple([cells[place] for place in wanted])


def _leaves(body: Mapping[str, Any]) -> tuple[tuple[Place, ...], tuple[str, ...]]:
    """Where each text of a body stands, and the texts; a list has one."""
    places, values = list[Place](), list[str]()
    for name, value in body.items():
        if isinstance(value, str):
            places.append((name,))
            values.append(value)
        elif isinstance(value, list):
            places.append((name, "[]"))
            values += value
        else:
            places += [(name, part) for part in value]
            values += value.values()
    return tuple(places), tuple(values)


def _body(values: Mapping[Place, str]) -> dict[str, Any]:
    """The body with these texts."""
    body: dict[str, Any] = {}
    for place, value in values.items():
        block, listed = body, place[-1] == "[]"
        *above, last = place[:-1] if listed else place
        for name in above:
            block = block.setdefault(name, {})
        block[last] = [value] if listed else value
    return body
