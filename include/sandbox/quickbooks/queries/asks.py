"""What can be asked of an object, kept beside it: per entity one narrow table, per property a column and an index.

Pages, counts and filters are answered from these; the objects themselves are read only for the page.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import Any

from include.sandbox.quickbooks.entities import ENTITIES
from include.sandbox.quickbooks.queries.ranks import RANKS, Ranks
from include.sandbox.quickbooks.schema import Ask, Entity
from include.sandbox.store import Store

COMPANIES = "CREATE TABLE IF NOT EXISTS qb_company (company INTEGER PRIMARY KEY, realm TEXT NOT NULL UNIQUE)"
MISSING: Mapping[Ask, Any] = {Ask.NUMBER: -inf, Ask.BOOL: -1, Ask.TIME: 0, Ask.ID: 0}
"""What stands in a column for a property an object does not have: less than anything it could have. "" for text."""
INSIDE = {
    "PrimaryEmailAddr": "PrimaryEmailAddr.Address",
    "AttachableRef.EntityRef.Type": "AttachableRef.0.EntityRef.type",
    "AttachableRef.EntityRef.Value": "AttachableRef.0.EntityRef.value",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One property that can be asked for: its column, how it is compared, where it stands in an object."""

    name: str
    ask: Ask
    path: tuple[str, ...]

    @property
    def missing(self) -> Any:
        """What stands for no value."""
        return MISSING.get(self.ask, "")

    def value(self, body: Mapping[str, Any]) -> Any:
        """The property as it is compared."""
        found: Any = body
        for step in self.path:
            if isinstance(found, list):
                found = found[0] if found else None
            else:
                found = found.get(step) if isinstance(found, Mapping) else None
        return self.missing if found in (None, "") else _comparable(self.ask, found)


@dataclass(frozen=True, slots=True)
class Narrow:
    """The narrow table of an entity. `id` and `active` are columns of every one."""

    name: str
    columns: Mapping[str, Column]
    """By property, without Id and Active."""

    def index(self, column: str) -> str:
        """The index by a column."""
        return f"{self.name}_{column}"

    def column(self, property_: str) -> str:
        """The column a property stands in."""
        return self.columns[property_].name if property_ in self.columns else property_.lower()

    @property
    def table(self) -> str:
        """How the table is made."""
        columns = "".join(f"{column.name} NOT NULL, " for column in self.columns.values())
        return (
            f"CREATE TABLE IF NOT EXISTS {self.name} (company INTEGER NOT NULL, id INTEGER NOT NULL, "
            f"active INTEGER NOT NULL, {columns}PRIMARY KEY (company, id)) WITHOUT ROWID"
        )

    @property
    def indexes(self) -> list[str]:
        """How its indexes are made. Each holds all that a page of ids needs."""
        return [
            f"CREATE INDEX IF NOT EXISTS {self.index(column.name)} ON {self.name} (company, {column.name}, id, active)"
            for column in self.columns.values()
        ]


@cache
def narrow(entity_name: str) -> Narrow:
    """The narrow table of an entity."""
    entity = ENTITIES[entity_name]
    asked = {name: ask for name, ask in entity.ask.items() if name not in ("Id", "Active")}
    columns = {
        name: Column(f"by_{name.lower().replace('.', '_')}", ask, _path(name, ask)) for name, ask in asked.items()
    }
    return Narrow(f"qb_ask_{entity_name.lower()}", columns)


class Asks:
    """Keeps the narrow tables of one company up to date."""

    def __init__(self, store: Store, realm: str) -> None:
        self._store = store
        self._realm = realm

    @property
    def company(self) -> int:
        """The company's number in these tables."""
        key = ("company", self._realm)
        if key not in self._store.memory:
            with self._store.transaction() as db:
                db.execute("INSERT OR IGNORE INTO qb_company (realm) VALUES (?)", (self._realm,))
                row = db.execute("SELECT company FROM qb_company WHERE realm = ?", (self._realm,)).fetchone()
            self._store.memory[key] = row["company"]
        return int(self._store.memory[key])

    @property
    def ranks(self) -> Ranks:
        """Where objects stand in each order."""
        return Ranks(self._store, self.company)

    def written(self, entity: Entity) -> int:
        """How often the entity was written since the sandbox started; what was found before may be out of date."""
        return int(self._store.memory.get(("written", self._realm, entity.name), 0))

    def keep(self, entity: Entity, row_id: int, body: Mapping[str, Any]) -> None:
        """An object as it is now."""
        table = narrow(entity.name)
        new = [bool(body.get("Active", True)), *(column.value(body) for column in table.columns.values())]
        with self._store.transaction() as db:
            if self._store.in_bulk:
                marks = ", ".join("?" * (len(new) + 2))
                db.execute(f"INSERT OR REPLACE INTO {table.name} VALUES ({marks})", (self.company, row_id, *new))  # noqa: S608 - names and marks only
                return
            self._replace(db, table, row_id, new)
        self._note(entity)

    def drop(self, entity: Entity, row_id: int) -> None:
        """An object is gone."""
        with self._store.transaction() as db:
            self._replace(db, narrow(entity.name), row_id, None)
        self._note(entity)

    def _replace(self, db: sqlite3.Connection, table: Narrow, row_id: int, new: list[Any] | None) -> None:
        """Write what differs from the present row, and move the object in each order it now stands elsewhere."""
        key, names = (self.company, row_id), ["active", *(column.name for column in table.columns.values())]
        row = db.execute(f"SELECT * FROM {table.name} WHERE company = ? AND id = ?", key).fetchone()  # noqa: S608 - a table's name
        old = None if row is None else list(row)[2:]
        if old == new:
            return
        if new is None:
            db.execute(f"DELETE FROM {table.name} WHERE company = ? AND id = ?", key)  # noqa: S608 - a table's name
        elif old is None:
            marks = ", ".join("?" * (len(new) + 2))
            db.execute(f"INSERT INTO {table.name} VALUES ({marks})", (*key, *new))  # noqa: S608 - names and marks only
        else:
            changed = {name: value for name, value, before in zip(names, new, old, strict=True) if value != before}
            places = ", ".join(f"{name} = ?" for name in changed)
            db.execute(f"UPDATE {table.name} SET {places} WHERE company = ? AND id = ?", (*changed.values(), *key))  # noqa: S608 - names and marks only
        ranks = self.ranks
        for place, order in enumerate(["id", *names[1:]]):
            before, after = (row and (row[place] if place else row_id, row[0]) for row in (old, new))
            if before != after:
                for seen, rows in ((before, -1), (after, 1)):
                    if seen:
                        ranks.count(db, table.name, order, (seen[0], row_id), live=rows * seen[1], rows=rows)

    def _note(self, entity: Entity) -> None:
        self._store.memory["written", self._realm, entity.name] = self.written(entity) + 1


def build(store: Store) -> None:
    """The ranks, from the tables as they are after a `Store.bulk`."""
    with store.transaction() as db:
        db.execute("DELETE FROM qb_rank")
        for row in db.execute("SELECT company FROM qb_company").fetchall():
            for entity in ENTITIES:
                table = narrow(entity)
                for order in ("id", *(column.name for column in table.columns.values())):
                    Ranks(store, row["company"]).build(table.name, order)


def tables() -> str:
    """All tables of this module, for `Store.define`."""
    each = [narrow(name) for name in ENTITIES]
    made = [statement for table in each for statement in (table.table, *table.indexes)]
    return ";".join([COMPANIES, *RANKS, *made])


def fold(text: str) -> str:
    """Text as it is compared: without regard to case. What SQLite cannot hold or compare is replaced."""
    if text.isascii() and "\0" not in text:
        return text.lower()
    return text.casefold().replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _path(name: str, ask: Ask) -> tuple[str, ...]:
    path = tuple(INSIDE.get(name, name).split("."))
    return (*path, "value") if ask is Ask.REF else path


def _comparable(ask: Ask, value: Any) -> Any:
    if ask is Ask.NUMBER:
        return float(value)
    if ask is Ask.BOOL:
        return int(bool(value))
    if ask is Ask.TIME:
        return int(dt.datetime.fromisoformat(str(value)).timestamp())
    return fold(str(value))
