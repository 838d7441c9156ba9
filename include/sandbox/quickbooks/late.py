"""Late visibility: a committed change that queries and change data capture do not show yet.

Reads by id and the rules see the books as they are. What others see is `SEEN` and `SEEN_DELETED` in place of the
tables: as long as nothing is late, that is the tables themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.records import Body
from include.sandbox.quickbooks.wire import is_id

TABLES = """
CREATE TABLE IF NOT EXISTS qb_late (
    realm TEXT NOT NULL, entity TEXT NOT NULL, id INTEGER NOT NULL, until REAL NOT NULL,
    PRIMARY KEY (realm, entity, id)
);
CREATE TABLE IF NOT EXISTS qb_before AS SELECT * FROM qb_record WHERE 0
"""
HIDDEN = (
    "EXISTS (SELECT 1 FROM qb_late WHERE qb_late.realm = {0}.realm AND qb_late.entity = {0}.entity "
    "AND qb_late.id = {0}.id)"
)
SEEN = (
    f"(SELECT * FROM qb_record WHERE NOT {HIDDEN.format('qb_record')} "  # noqa: S608 - this module's own texts
    f"UNION ALL SELECT * FROM qb_before WHERE {HIDDEN.format('qb_before')})"
)
SEEN_DELETED = f"(SELECT * FROM qb_deleted WHERE NOT {HIDDEN.format('qb_deleted')})"  # noqa: S608 - as above


def show_late(books: Books, entity: str, body: Mapping[str, Any], write: Callable[[], Body], *, seconds: float) -> Body:
    """Execute a write that others see after so many seconds of the sandbox's clock; until then, what was before."""
    books.store.define(TABLES)
    with books.store.transaction() as db:
        _forget_shown(books)
        known = str(body.get("Id") or "")
        if is_id(known):
            key = (books.realm, entity, int(known))
            db.execute("DELETE FROM qb_before WHERE realm = ? AND entity = ? AND id = ?", key)
            db.execute("INSERT INTO qb_before SELECT * FROM qb_record WHERE realm = ? AND entity = ? AND id = ?", key)
        written = write()
        until = books.store.now().timestamp() + seconds
        key = (books.realm, entity, int(written["Id"]))
        db.execute("INSERT OR REPLACE INTO qb_late VALUES (?, ?, ?, ?)", (*key, until))
    return written


def seen_tables(books: Books) -> tuple[str, str]:
    """What to read in place of qb_record and qb_deleted, so that late changes are not seen."""
    books.store.define(TABLES)
    if books.store.row("SELECT 1 FROM qb_late") is None:
        return "qb_record", "qb_deleted"
    _forget_shown(books)
    return SEEN, SEEN_DELETED


def _forget_shown(books: Books) -> None:
    """What is due is seen from now on."""
    with books.store.transaction() as db:
        db.execute("DELETE FROM qb_late WHERE until <= ?", (books.store.now().timestamp(),))
        db.execute(f"DELETE FROM qb_before WHERE NOT {HIDDEN.format('qb_before')}")  # noqa: S608 - this module's own text
