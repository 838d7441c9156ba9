"""Writing the same kind of record a million times: the engine shows once how it does it, then only the values change.

An engine writes a record made of marks, that is undone, and the statements it used become a stencil: wherever a mark
stood, the next record's value goes. So a row written with it is the row the engine would have written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Any

from include.sandbox.quickbooks.asks import fold
from include.sandbox.quickbooks.wire import stamp
from include.sandbox.scenarios.town import REALM, ZONE, Town

Body = Mapping[str, Any]
Place = tuple[str, ...]
Cells = list[Any]
Fill = Callable[[Cells], Any]
OWN = ("sequence", "meter", "qb_rank", "qb_company")
"""Tables that are brought up to date in another way."""
FIRST_MARK = 987_654_300
MARKED_TIME = dt.datetime(2098, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
MARK = re.compile(r"(ZQ[0-9]+@QZ\.[0-9]+ZQ|9876543[0-9]{2}|2098-02-0[0-9]T[0-9:]+-[0-9:]+|(?<=00208)[0-9a-f]{28})")


class Stencils:
    """Writes customers without a parent into QuickBooks, each shape by a stencil of its own. Only inside `Store.bulk`.

    Nothing is checked: the name must be free.
    """

    def __init__(self, town: Town) -> None:
        self._town = town
        self._known: dict[tuple[Place, ...], Stencil] = {}

    def customer(self, body: Body, moment: dt.datetime) -> int:
        """A new customer, created at this moment; its id."""
        places, values = zip(*_leaves(body), strict=True)
        stencil = self._known.get(places)
        if stencil is None:
            stencil = self._known[places] = Stencil.cut(self._town, places)
        return stencil.write(self._town, values, moment)


@dataclass(frozen=True)
class Stencil:
    """What the engine writes for one shape. `numbers` are the sequences it takes numbers from, the id's first."""

    numbers: tuple[str, ...]
    statements: tuple[tuple[str, tuple[Fill, ...]], ...]

    @classmethod
    def cut(cls, town: Town, places: Sequence[Place]) -> Stencil:
        """Let the engine write a record with these properties and look at how it does it."""
        marks = [f"ZQ{n}@QZ.{n}ZQ" for n in range(len(places))]
        body = _body(dict(zip(places, marks, strict=True)))
        numbers = tuple(values[0] for sql, values in _heard(town, body, ()) if sql.startswith("INSERT INTO sequence"))
        cells = _cells(marks, [FIRST_MARK + n for n in range(len(numbers))], MARKED_TIME)
        heard = [(sql, values) for sql, values in _heard(town, body, numbers) if _is_kept(sql)]
        return cls(numbers, tuple((sql, tuple(_fill(value, cells) for value in values)) for sql, values in heard))

    def write(self, town: Town, values: Sequence[str], moment: dt.datetime) -> int:
        """Write a record with these values; its id."""
        numbers = [town.store.next_number(name) for name in self.numbers]
        cells = _cells(values, numbers, moment)
        with town.store.transaction() as db:
            for sql, fills in self.statements:
                db.execute(sql, [fill(cells) for fill in fills])
        return numbers[0]


def _heard(town: Town, body: Body, numbers: Sequence[str]) -> list[tuple[str, Any]]:
    """The statements with which the engine writes a customer; the sequences are put to the marks before."""
    with town.store.clock.at(MARKED_TIME), town.store.heard() as heard:
        with town.store.transaction() as db:
            for name in set(numbers):
                db.execute("INSERT OR REPLACE INTO sequence VALUES (?, ?)", (name, FIRST_MARK + numbers.index(name) - 1))
        start = len(heard)
        town.books.create("Customer", body)
        found = heard[start:]
    return found


def _is_kept(sql: str) -> bool:
    words = sql.replace("(", " ").split()
    return words[0] in ("INSERT", "UPDATE", "DELETE") and not any(name in words[:5] for name in OWN)


def _cells(values: Sequence[str], numbers: Sequence[int], moment: dt.datetime) -> Cells:
    """Everything that can stand somewhere in a row: the values in three forms, the numbers, the times."""
    digest = hashlib.sha256(f"{REALM}:{numbers[0] if numbers else 0}".encode()).hexdigest()[:28]
    return [
        *values,
        *map(fold, values),
        *(encode_basestring(value)[1:-1] for value in values),
        *numbers,
        *map(str, numbers),
        digest,
        stamp(moment, ZONE),
        int(moment.timestamp()),
    ]


def _fill(value: Any, cells: Cells) -> Fill:
    """What puts the next record's value where a mark stands."""
    if isinstance(value, int | str) and value in cells:
        return itemgetter(cells.index(value))
    parts = MARK.split(value) if isinstance(value, str) else [value]
    if len(parts) == 1:
        return lambda _: value
    return _format(parts, cells)


def _format(parts: Sequence[str], cells: Cells) -> Fill:
    """A text with marks in it. A mark found twice among the cells stands for the value as JSON writes it."""
    marks = {str(cell): place for place, cell in enumerate(cells)}
    places = [marks[part] for part in parts[1::2]]
    text = "%s".join(part.replace("%", "%%") for part in parts[::2])
    return lambda cells: text % tuple(cells[place] for place in places)


def _leaves(body: Body, above: Place = ()) -> Iterator[tuple[Place, str]]:
    for name, value in body.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name), value


def _body(values: Mapping[Place, str]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for place, value in values.items():
        block = body
        for name in place[:-1]:
            block = block.setdefault(name, {})
        block[place[-1]] = value
    return body
