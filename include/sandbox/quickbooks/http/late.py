"""Late visibility: a committed change that queries and change data capture do not show yet.

Reads by id and the rules see the books as they are. What others see is found by undoing the late changes, looking,
and undoing that: so nothing else knows of it, and it costs nothing while nothing is late.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.records import Body
from include.sandbox.quickbooks.wire import dumps, loads

TABLES = """
CREATE TABLE IF NOT EXISTS qb_late (
    realm TEXT NOT NULL, entity TEXT NOT NULL, id TEXT NOT NULL, until REAL NOT NULL, before TEXT, updated INTEGER,
    PRIMARY KEY (realm, entity, id)
);
"""


class _Seen(Exception):
    """Leaves a transaction undone."""


def show_late(books: Books, entity: str, body: Mapping[str, Any], write: Callable[[], Body], *, seconds: float) -> Body:
    """Execute a write that others see after so many seconds of the sandbox's clock; until then, what was before."""
    books.store.define(TABLES)
    before = books.find(entity, str(body.get("Id") or ""))
    updated = None if before is None else _updated(books, entity, before["Id"])
    with books.store.transaction() as db:
        written = write()
        until = books.store.now().timestamp() + seconds
        db.execute(
            "INSERT INTO qb_late VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until",
            (books.realm, entity, written["Id"], until, before and dumps(before), updated),
        )
    return written


def as_others_see(books: Books, look: Callable[[], str]) -> str:
    """What `look` finds in the books without the changes that are not visible yet."""
    books.store.define(TABLES)
    if books.store.row("SELECT 1 FROM qb_late WHERE realm = ?", books.realm) is None:
        return look()
    with books.store.transaction() as db:
        db.execute("DELETE FROM qb_late WHERE until <= ?", (books.store.now().timestamp(),))
    found = ""
    with suppress(_Seen), books.store.transaction():
        for row in books.store.rows("SELECT * FROM qb_late WHERE realm = ?", books.realm):
            _undo(books, row["entity"], row["id"], row["before"], row["updated"])
        found = look()
        raise _Seen
    return found


def _undo(books: Books, name: str, id_: str, before: str | None, updated: int | None) -> None:
    """Put a record back as it was before its late change; a new one is not there, a deleted one not gone."""
    entity = books.entity(name)
    if before is None:
        books.records.remove(entity, id_, books.store.now())
    else:
        books.records.save(entity, loads(before), dt.datetime.fromtimestamp(updated or 0, dt.UTC))
    with books.store.transaction() as db:
        key = (books.realm, name, entity.row_id(id_))
        db.execute("DELETE FROM qb_deleted WHERE realm = ? AND entity = ? AND id = ?", key)


def _updated(books: Books, name: str, id_: str) -> int | None:
    """The second of a record's last change."""
    key = (books.realm, name, books.entity(name).row_id(id_))
    row = books.store.row("SELECT updated FROM qb_record WHERE realm = ? AND entity = ? AND id = ?", *key)
    return None if row is None else int(row["updated"])
