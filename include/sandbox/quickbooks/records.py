"""The rows of one company: each object as the JSON it is answered with, beside the few columns it is found by."""

from __future__ import annotations

import datetime as dt
import sqlite3
from typing import Any

from include.sandbox.quickbooks.queries.asks import Asks, tables
from include.sandbox.quickbooks.schema import Entity
from include.sandbox.quickbooks.wire import dumps, loads
from include.sandbox.store import Store

OWN_TABLES = """
CREATE TABLE IF NOT EXISTS qb_record (
    realm TEXT NOT NULL, entity TEXT NOT NULL, id INTEGER NOT NULL, unique_in TEXT NOT NULL, label TEXT NOT NULL,
    party INTEGER, active INTEGER NOT NULL, updated INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (realm, entity, id)
);
CREATE INDEX IF NOT EXISTS qb_record_label ON qb_record (realm, label);
CREATE INDEX IF NOT EXISTS qb_record_updated ON qb_record (realm, entity, updated, id);
CREATE INDEX IF NOT EXISTS qb_record_party ON qb_record (realm, party, entity);
CREATE TABLE IF NOT EXISTS qb_deleted (
    realm TEXT NOT NULL, entity TEXT NOT NULL, id INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (realm, entity, id)
);
"""
TABLES = OWN_TABLES.strip().rstrip(";") + ";" + tables()
PARTY = ("CustomerRef", "VendorRef", "ParentRef")

Body = dict[str, Any]


class Records:
    """Reads and writes rows; knows no rules."""

    def __init__(self, store: Store, realm: str) -> None:
        self._store = store
        self.realm = realm
        self.asks = Asks(store, realm)

    def find(self, entity: Entity, id_: str) -> Body | None:
        """The object, or None. What cannot be an id finds nothing."""
        row = self._store.row(
            "SELECT body FROM qb_record WHERE realm = ? AND entity = ? AND id = ?",
            self.realm,
            entity.name,
            entity.row_id(str(id_)),
        )
        return None if row is None else loads(row["body"])

    def bodies(self, entity: Entity, row_ids: list[int]) -> list[str]:
        """The objects in these rows as JSON text, in the order asked for."""
        rows = self._store.rows(
            "SELECT qb_record.id, body FROM json_each(?) AS wanted CROSS JOIN qb_record "
            "ON realm = ? AND entity = ? AND qb_record.id = wanted.value",
            dumps(row_ids),
            self.realm,
            entity.name,
        )
        found = {row["id"]: row["body"] for row in rows}
        return [found[row_id] for row_id in row_ids]

    def save(self, entity: Entity, body: Body, updated: dt.datetime | None = None) -> None:
        """Insert or replace; without `updated` the time of the last change stays (a value that follows others)."""
        party = next((body[name]["value"] for name in PARTY if name in body), None)
        values = (
            entity.unique or entity.name,
            str(body.get(entity.label, "")).casefold(),
            None if party is None else int(party),
            bool(body.get("Active", True)),
            dumps(body),
        )
        row_id = _row_of(entity, body["Id"])
        key = (self.realm, entity.name, row_id)
        with self._store.transaction() as db:
            if updated is None:
                there = db.execute(
                    "UPDATE qb_record SET unique_in = ?, label = ?, party = ?, active = ?, body = ? "
                    "WHERE realm = ? AND entity = ? AND id = ?",
                    (*values, *key),
                ).rowcount
                if not there:  # deleted meanwhile: nothing of it may be found
                    return
            else:
                db.execute(
                    "INSERT OR REPLACE INTO qb_record "
                    "(unique_in, label, party, active, body, updated, realm, entity, id) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (*values, int(updated.timestamp()), *key),
                )
            self.asks.keep(entity, row_id, body)

    def remove(self, entity: Entity, id_: str, at: dt.datetime) -> None:
        """Delete, leaving a stub for change data capture."""
        row_id = _row_of(entity, id_)
        key = (self.realm, entity.name, row_id)
        with self._store.transaction() as db:
            db.execute("DELETE FROM qb_record WHERE realm = ? AND entity = ? AND id = ?", key)
            db.execute("INSERT OR REPLACE INTO qb_deleted VALUES (?, ?, ?, ?)", (*key, int(at.timestamp())))
            self.asks.drop(entity, row_id)

    def labelled(self, group: str, label: str) -> list[sqlite3.Row]:
        """Rows (entity, id) of a group of unique names that bear this label, without regard to case."""
        return self._store.rows(
            "SELECT entity, id FROM qb_record WHERE realm = ? AND label = ? AND unique_in = ?",
            self.realm,
            label.casefold(),
            group,
        )

    def of_party(self, entity: Entity, id_: str) -> list[Body]:
        """The objects of this entity whose customer or parent has this id."""
        rows = self._store.rows(
            "SELECT body FROM qb_record WHERE realm = ? AND party = ? AND entity = ?", self.realm, int(id_), entity.name
        )
        return [loads(row["body"]) for row in rows]

    def rename_party(self, id_: str, name: str) -> None:
        """Let every transaction of a customer show its present name."""
        with self._store.transaction() as db:
            db.execute(
                "UPDATE qb_record SET body = json_set(body, '$.CustomerRef.name', ?) "
                "WHERE realm = ? AND party = ? AND json_extract(body, '$.CustomerRef.value') IS NOT NULL",
                (name, self.realm, int(id_)),
            )


def _row_of(entity: Entity, id_: str) -> int:
    """The number of an object's row."""
    row_id = entity.row_id(id_)
    if row_id is None:
        raise ValueError(f"{id_} is no id of {entity.name}")
    return row_id
