"""What Syncta keeps: records with versions as the contract shows them, listed in the order they were created.

`seq` is that order and never changes: a walk through the pages meets what is inserted meanwhile at its end.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from include.sandbox.store import Store
from include.sandbox.syncta.asks import Refused

TABLE = """
CREATE TABLE IF NOT EXISTS syncta_record (
    kind TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, label TEXT NOT NULL, owner TEXT NOT NULL,
    external_id TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, deleted INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (kind, id)
);
"""
INDEXES = {
    "syncta_walk": "(kind, seq, deleted, updated_at, created_at)",
    "syncta_by_label": "(kind, label, seq)",
    "syncta_by_owner": "(kind, owner, seq) WHERE owner <> ''",
    "syncta_by_external_id": "(kind, external_id, seq) WHERE external_id <> ''",
    "syncta_by_updated": "(kind, updated_at, seq)",
}
Body = dict[str, Any]
FEW = 5_000
"""So many records changed since a moment are sorted for every page; more are met by walking through all."""
LOOK_UPS = ("label", "owner", "external_id")


@dataclass(frozen=True, slots=True)
class Walk:
    """Which records of a kind are listed: equal in some of LOOK_UPS, changed since, created in [from, to)."""

    kind: str
    equal: Mapping[str, str] = field(default_factory=dict)
    updated_since: str = ""
    created_from: str = ""
    created_to: str = ""
    deleted: bool = False

    def conditions(self) -> tuple[str, list[str]]:
        """The SQL of it and its values."""
        # Partial indexes are used only for conditions that say what they are partial by.
        found = [(f"{name} = ? AND {name} <> ''", stored(text)) for name, text in self.equal.items()]
        times = {
            "updated_at >= ?": self.updated_since,
            "created_at >= ?": self.created_from,
            "created_at < ?": self.created_to,
        }
        found += [(sql, text) for sql, text in times.items() if text]
        kept = "" if self.deleted else " AND deleted = 0"
        return "".join(["kind = ?", *(f" AND {sql}" for sql, _ in found), kept]), [self.kind, *(v for _, v in found)]

    def index(self, total: int) -> str:
        """The index to be used where SQLite cannot know better: few changed records are not looked for in all."""
        return "INDEXED BY syncta_by_updated" if self.updated_since and not self.equal and total <= FEW else ""


class Records:
    """Customers and invoices."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.define(TABLE + _index_statements())

    def page(self, walk: Walk, *, after: int, limit: int, total: int | None = None) -> tuple[list[Body], int, int]:
        """Records after a place in the walk, the place of the last if there are more (else 0), and the total.

        `total` is what the walk's first page said; it is counted when absent.
        """
        where, values = walk.conditions()
        total = self._count(walk) if total is None else total
        rows = self._store.rows(
            f"SELECT seq, body FROM syncta_record {walk.index(total)} WHERE {where} AND seq > ? ORDER BY seq LIMIT ?",  # noqa: S608 - ours
            *values,
            after,
            limit + 1,
        )
        more = int(rows[limit - 1]["seq"]) if len(rows) > limit else 0
        return [json.loads(row["body"]) for row in rows[:limit]], more, total

    def _count(self, walk: Walk) -> int:
        where, values = walk.conditions()
        row = self._store.row(f"SELECT count(*) AS n FROM syncta_record WHERE {where}", *values)  # noqa: S608 - ours
        return int(row["n"]) if row else 0

    def changed(self, kind: str, since: str) -> int:
        """How many records of a kind were created, changed or deleted since."""
        return self._count(Walk(kind, updated_since=since or "0", deleted=True))

    def find(self, kind: str, record_id: str) -> Body | None:
        """A record, deleted or not, or None."""
        row = self._store.row("SELECT body FROM syncta_record WHERE kind = ? AND id = ?", kind, record_id)
        return None if row is None else json.loads(row["body"])

    def current(self, kind: str, record_id: str) -> Body:
        """A live record. Refused 404 or 410."""
        body = self.find(kind, record_id)
        if body is None:
            raise Refused(404, f"There is no such {kind}.")
        if body["deleted_at"]:
            raise Refused(410, f"The {kind} was deleted.")
        return body

    def hanging(self, kind: str, owner: str) -> list[Body]:
        """The live invoices or children of a customer."""
        where, values = Walk(kind, {"owner": owner}).conditions()
        rows = self._store.rows(f"SELECT body FROM syncta_record WHERE {where} ORDER BY seq", *values)  # noqa: S608 - ours
        return [json.loads(row["body"]) for row in rows]

    def is_below(self, record_id: str, other: str) -> bool:
        """Whether a customer is another one, or anywhere below it."""
        row = self._store.row(
            "WITH RECURSIVE above(id) AS (SELECT ? UNION SELECT owner FROM syncta_record JOIN above USING (id) "
            "WHERE kind = 'customer' AND owner <> '') SELECT 1 FROM above WHERE id = ?",
            record_id,
            other,
        )
        return row is not None

    def insert(self, kind: str, body: Mapping[str, Any]) -> Body:
        """A new record at version 1."""
        with self._store.transaction() as db:
            number = self._store.next_number(f"syncta_{kind}")
            now = stamp(self._store.now())
            times = {"deleted_at": None, "created_at": now, "updated_at": now}
            made = {"id": f"{kind[0]}{number:06d}", "version": 1, **body, **times}
            values = (kind, made["id"], number, *_columns(kind, made), now, now, 0, json.dumps(made))
            db.execute(f"INSERT INTO syncta_record VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608 - marks only
        return made

    def replace(self, kind: str, old: Body, changes: Mapping[str, Any]) -> Body:
        """The record with these fields changed, at its next version."""
        with self._store.transaction() as db:
            now = stamp(self._store.now())
            new = {**old, **changes, "version": old["version"] + 1, "updated_at": now}
            values = (*_columns(kind, new), now, bool(new["deleted_at"]), json.dumps(new), kind, old["id"])
            db.execute(
                "UPDATE syncta_record SET label = ?, owner = ?, external_id = ?, updated_at = ?, deleted = ?, body = ? "
                "WHERE kind = ? AND id = ?",
                values,
            )
        return new


@contextmanager
def in_bulk(store: Store) -> Iterator[None]:
    """Rows inserted inside cost a tenth of the time: the indexes are made anew at the end, all in one transaction."""
    with store.transaction() as db:
        for name in INDEXES:
            db.execute(f"DROP INDEX IF EXISTS {name}")
        yield
        for statement in _index_statements().split(";"):
            db.execute(statement)


def _index_statements() -> str:
    return ";".join(f"CREATE INDEX IF NOT EXISTS {name} ON syncta_record {on}" for name, on in INDEXES.items())


def stamp(moment: dt.datetime) -> str:
    """A time as Syncta writes it: UTC, microseconds always, so that texts compare as times do."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def stored(text: str) -> str:
    """A text as it is looked up. SQLite stores no half characters; JSON does, so that a broken name can be rehearsed:
    it is found under a name that nobody can ask for."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return f"\0{text.encode('unicode_escape').decode()}"
    return text


def _columns(kind: str, body: Mapping[str, Any]) -> tuple[str, str, str]:
    """What records are looked up by: name or number, parent or customer, external id."""
    if kind == "customer":
        return stored(body["name"]), body["parent_id"] or "", stored(body["external_id"] or "")
    return stored(body["number"]), body["customer_id"], ""
