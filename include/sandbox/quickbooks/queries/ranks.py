"""Where an object stands in an order: each order is cut into blocks of some hundred objects, and these are counted.

A position is found by adding up the counts of the blocks before it, so that the last page costs what the first does.
Every write moves an object from one block to another.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any, NamedTuple

from include.sandbox.store import Store

RANKS = (
    """CREATE TABLE IF NOT EXISTS qb_rank (
    block INTEGER PRIMARY KEY, company INTEGER NOT NULL, list TEXT NOT NULL, value NOT NULL, id INTEGER NOT NULL,
    live INTEGER NOT NULL, rows INTEGER NOT NULL
)""",
    "CREATE INDEX IF NOT EXISTS qb_rank_order ON qb_rank (company, list, value, id, live, rows)",
)
SIZE = 500
SHOWN = {"live": "live", "gone": "rows - live", "all": "rows"}
"""What counts: active objects, inactive ones, or both."""
ACTIVE = {"live": " AND active = 1", "gone": " AND active = 0", "all": ""}


class Block(NamedTuple):
    """One block: the first value and id it holds, and how many objects."""

    value: Any
    id: int
    size: int


@dataclass(frozen=True, slots=True)
class Order:
    """One order of one entity's narrow table; `shown` is a key of SHOWN."""

    table: str
    column: str
    shown: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns it sorts by."""
        return ("id",) if self.column == "id" else (self.column, "id")

    def compared(self, sign: str) -> str:
        """A comparison with a block's start, which are the values :value and :id."""
        return f"id {sign} :id" if self.column == "id" else f"({self.column}, id) {sign} (:value, :id)"

    def by(self, direction: str) -> str:
        """The ORDER BY clause."""
        return ", ".join(f"{key} {direction}" for key in self.keys)


class Ranks:
    """Counts blocks and finds positions for one company."""

    def __init__(self, store: Store, company: int) -> None:
        self._store = store
        self._company = company

    def count(
        self, db: sqlite3.Connection, table: str, column: str, place: tuple[Any, int], live: int, rows: int
    ) -> None:
        """One object more or less at a place (value and id) in an order. Part of the write that moves it."""
        key = (self._company, f"{table}.{column}", *place)
        found = db.execute(
            "UPDATE qb_rank SET live = live + ?, rows = rows + ? WHERE block = (SELECT block FROM qb_rank "
            "WHERE company = ? AND list = ? AND (value, id) <= (?, ?) ORDER BY value DESC, id DESC LIMIT 1) "
            "RETURNING block, value, id, rows",
            (live, rows, *key),
        ).fetchall()
        if not found:
            _start_lower(db, key, live, rows)
        elif found[0]["rows"] > 2 * SIZE:
            self._split(db, Order(table, column, "all"), found[0])

    def build(self, table: str, column: str) -> None:
        """Cut an order into blocks from the table as it is."""
        order, blocks = Order(table, column, "all"), []
        with self._store.transaction() as db:
            rows = db.execute(
                f"SELECT {column}, id, active FROM {table} WHERE company = ? ORDER BY {order.by('ASC')}",  # noqa: S608 - names of this package
                (self._company,),
            )
            while part := rows.fetchmany(SIZE):
                live = sum(row[2] for row in part)
                blocks.append((self._company, f"{table}.{column}", part[0][0], part[0][1], live, len(part)))
            db.executemany("INSERT INTO qb_rank VALUES (NULL, ?, ?, ?, ?, ?, ?)", blocks)

    def total(self, order: Order) -> int:
        """How many objects an order has."""
        row = self._store.row(
            f"SELECT sum({SHOWN[order.shown]}) AS n FROM qb_rank WHERE company = ? AND list = ?",  # noqa: S608 - names of this package
            self._company,
            f"{order.table}.{order.column}",
        )
        return int((row["n"] if row else 0) or 0)

    def before(self, order: Order, value: Any, *, inclusive: bool) -> int:
        """How many objects have less than a value, or at most it."""
        sign, known = "<=" if inclusive else "<", {"company": self._company, "list": f"{order.table}.{order.column}"}
        last = self._store.row(
            f"SELECT value, id FROM qb_rank WHERE company = :company AND list = :list AND value {sign} :most "  # noqa: S608 - one of two signs
            "ORDER BY value DESC, id DESC LIMIT 1",
            {**known, "most": value},
        )
        if last is None:
            return 0
        start = {**known, "value": last["value"], "id": last["id"], "most": value}
        whole = self._store.row(
            f"SELECT coalesce(sum({SHOWN[order.shown]}), 0) AS n FROM qb_rank "  # noqa: S608 - names of this package
            "WHERE company = :company AND list = :list AND (value, id) < (:value, :id)",
            start,
        )
        part = self._store.row(
            f"SELECT count(*) AS n FROM {order.table} WHERE company = :company AND {order.compared('>=')} "  # noqa: S608 - names of this package
            f"AND {order.column} {sign} :most{ACTIVE[order.shown]}",
            start,
        )
        return int(whole["n"] if whole else 0) + int(part["n"] if part else 0)

    def ids(self, order: Order, position: int, most: int, *, falls: bool) -> list[int]:
        """At most `most` ids from a position on, counted from 0 at the least value, or at the greatest if it falls."""
        blocks, end = self._blocks(order), None
        if falls:
            blocks.reverse()
        for block in blocks:
            if position < block.size:
                return self._from(order, end if falls else block, position, most, falls=falls)
            position -= block.size
            end = block
        return []

    def _from(self, order: Order, block: Block | None, skip: int, most: int, *, falls: bool) -> list[int]:
        """The ids from a block's start on, upwards, or below it, downwards."""
        start = {} if block is None else {"value": block.value, "id": block.id}
        where = f" AND {order.compared('<' if falls else '>=')}" if block else ""
        rows = self._store.rows(
            f"SELECT id FROM {order.table} WHERE company = :company{where}{ACTIVE[order.shown]} "  # noqa: S608 - names of this package
            f"ORDER BY {order.by('DESC' if falls else 'ASC')} LIMIT :most OFFSET :skip",
            {**start, "company": self._company, "most": most, "skip": skip},
        )
        return [row["id"] for row in rows]

    def _blocks(self, order: Order) -> list[Block]:
        rows = self._store.rows(
            f"SELECT value, id, {SHOWN[order.shown]} FROM qb_rank WHERE company = ? AND list = ? ORDER BY value, id",  # noqa: S608 - names of this package
            self._company,
            f"{order.table}.{order.column}",
        )
        return [Block(*row) for row in rows]

    def _split(self, db: sqlite3.Connection, order: Order, block: sqlite3.Row) -> None:
        """Make two blocks of one that has grown."""
        start = {"company": self._company, "value": block["value"], "id": block["id"], "most": block["rows"]}
        rows = db.execute(
            f"SELECT {order.column}, id, active FROM {order.table} WHERE company = :company "  # noqa: S608 - names of this package
            f"AND {order.compared('>=')} ORDER BY {order.by('ASC')} LIMIT :most",
            start,
        ).fetchall()
        upper = rows[SIZE:]
        live = sum(row[2] for row in upper)
        values = (self._company, f"{order.table}.{order.column}", upper[0][0], upper[0][1], live, len(upper))
        db.execute("UPDATE qb_rank SET live = live - ?, rows = ? WHERE block = ?", (live, SIZE, block["block"]))
        db.execute("INSERT INTO qb_rank VALUES (NULL, ?, ?, ?, ?, ?, ?)", values)


def _start_lower(db: sqlite3.Connection, key: tuple[int, str, Any, int], live: int, rows: int) -> None:
    """Something below the first block: it starts there now; the first object of all starts the first block."""
    company, list_, value, id_ = key
    changed = db.execute(
        "UPDATE qb_rank SET value = ?, id = ?, live = live + ?, rows = rows + ? WHERE block = "
        "(SELECT block FROM qb_rank WHERE company = ? AND list = ? ORDER BY value, id LIMIT 1)",
        (value, id_, live, rows, company, list_),
    )
    if not changed.rowcount:
        db.execute("INSERT INTO qb_rank VALUES (NULL, ?, ?, ?, ?, ?, ?)", (*key, live, rows))
