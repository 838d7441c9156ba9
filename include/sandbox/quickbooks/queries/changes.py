"""Change data capture: what changed or was deleted since a moment (reference, section 6)."""

from __future__ import annotations

import datetime as dt

from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.entities import BY_LOWER
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.schema import Entity
from include.sandbox.quickbooks.wire import dumps, loads, moment, stamp

MOST_OBJECTS = 1000
LOOK_BACK = dt.timedelta(days=30)


def answer_changes(books: Books, entities: str, since: str, *, overflows: bool = False) -> str:
    """The `CDCResponse` array as JSON text: at most 1000 objects in all, the rest is cut off without a word.

    When it `overflows`, the first entity that has any records fills the thousand.
    Refuses unknown entities and look-back beyond 30 days with 4001.
    """
    wanted = [_entity(name.strip()) for name in entities.split(",") if name.strip()]
    if not wanted:
        raise refuse("2020", element="entities", name="entities")
    start, left, blocks = _since(books, since), MOST_OBJECTS, []
    for entity in wanted:
        live = _overflowing(books, entity, left) if overflows else _live(books, entity, start, left)
        gone = _gone(books, entity, start, left - len(live))
        left -= len(live) + len(gone)
        blocks.append(_block(entity, live, gone))
    if all(block == "{}" for block in blocks):
        blocks = ["{}"]
    return f'[{{"QueryResponse":[{",".join(blocks)}]}}]'


def _entity(name: str) -> Entity:
    found = BY_LOWER.get(name.lower())
    if found is None:
        raise refuse("4001", what=f"Metadata not found for Entity {name}")
    if not found.told:
        raise refuse("500", what=f"Change data capture of {found.name}")
    return found


def _since(books: Books, text: str) -> int:
    """Seconds, inclusive. A time without offset is the company's own."""
    try:
        start = moment(text, books.zone)
    except ValueError as problem:
        raise refuse("4001", what=f"value {text} is not valid for changedSince") from problem
    if books.store.now() - start > LOOK_BACK:
        raise refuse("4001", what="changedSince lies more than 30 days back")
    return int(start.timestamp())


def _overflowing(books: Books, entity: Entity, most: int) -> list[str]:
    """So many old changes that those asked for do not get in: the oldest object again and again."""
    return _live(books, entity, 0, min(most, 1)) * most


def _live(books: Books, entity: Entity, start: int, most: int) -> list[str]:
    rows = books.store.rows(
        "SELECT body FROM qb_record WHERE realm = ? AND entity = ? AND updated >= ? ORDER BY updated, id LIMIT ?",
        books.realm,
        entity.name,
        start,
        most,
    )
    return [dumps(entity.shown(loads(row["body"]))) if entity.hidden else row["body"] for row in rows]


def _gone(books: Books, entity: Entity, start: int, most: int) -> list[str]:
    rows = books.store.rows(
        "SELECT id, at FROM qb_deleted WHERE realm = ? AND entity = ? AND at >= ? ORDER BY at, id LIMIT ?",
        books.realm,
        entity.name,
        start,
        most,
    )
    zone = books.zone
    return [dumps(_stub(str(row["id"]), stamp(dt.datetime.fromtimestamp(row["at"], dt.UTC), zone))) for row in rows]


def _stub(id_: str, at: str) -> dict[str, object]:
    return {"domain": "QBO", "status": "Deleted", "Id": id_, "MetaData": {"LastUpdatedTime": at}}


def _block(entity: Entity, live: list[str], gone: list[str]) -> str:
    """Live objects first; a block of stubs alone has no startPosition."""
    total = len(live) + len(gone)
    if not total:
        return "{}"
    start = '"startPosition":1,' if live else ""
    return f'{{"{entity.key}":[{",".join([*live, *gone])}],{start}"maxResults":{total},"totalCount":{total}}}'
