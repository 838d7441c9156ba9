"""Answering a query: the statement becomes a search, the search the ids of a page, and these are joined as text."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from include.sandbox.quickbooks.documents.sending import invoice_link
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.entities import BY_LOWER
from include.sandbox.quickbooks.queries.grammar import Statement, read_statement
from include.sandbox.quickbooks.queries.pages import Pages
from include.sandbox.quickbooks.queries.search import search_for
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.schema import Entity
from include.sandbox.quickbooks.wire import dumps, loads

ALWAYS = ("domain", "Id")
LINK = "invoiceLink"
"""The wish (`include`) with which SELECT * shows an invoice's payment page."""


def answer_query(books: Books, text: str, include: Collection[str] = ()) -> str:
    """The `QueryResponse` object as JSON text. Refuses bad statements with 4000, 4001 or 4002."""
    statement = read_statement(text)
    entity = BY_LOWER.get(statement.entity.lower())
    if entity is None:
        raise refuse("4001", what=f"Metadata not found for Entity: {statement.entity}")
    _check_chosen(entity, statement)
    search = search_for(entity, statement, books.zone, books.today())
    pages = Pages(books.store, books.records.asks, entity, search)
    if statement.counts:
        return dumps({"totalCount": pages.count()})
    bodies = books.records.bodies(entity, pages.ids(*_page_of(books, entity, statement)))
    return _page(entity, statement, [_shown(books, entity, statement, body, include) for body in bodies])


def query(books: Books, text: str) -> dict[str, Any]:
    """The `QueryResponse` object."""
    found: dict[str, Any] = loads(answer_query(books, text))
    return found


def _page_of(books: Books, entity: Entity, statement: Statement) -> tuple[int, int]:
    """Start and length. Objects whose id is a word come with the first page and are not counted (reference 3.7)."""
    if not entity.text_ids or statement.conditions:
        return statement.start, statement.most
    extra = sum(books.find(entity.name, id_) is not None for id_ in entity.text_ids)
    return (1, statement.most + extra) if statement.start == 1 else (statement.start + extra, statement.most)


def _page(entity: Entity, statement: Statement, bodies: list[str]) -> str:
    if not bodies:
        return "{}"
    head = f'"startPosition":{statement.start},"maxResults":{len(bodies)}'
    return f'{{"{entity.key}":[{",".join(bodies)}],{head}}}'


def _check_chosen(entity: Entity, statement: Statement) -> None:
    """Refuse properties that cannot be chosen; an invoice's link is one."""
    known = {name.lower() for name in (*entity.fields, "Id", "SyncToken", "MetaData", "domain")} - {LINK.lower()}
    for name in statement.chosen:
        if name != "*" and name.partition(".")[0].lower() not in known:
            raise refuse("4001", what=f"Property {name} not found for Entity {entity.name}")


def _shown(books: Books, entity: Entity, statement: Statement, body: str, include: Collection[str]) -> str:
    """What a statement shows of an object: all but what must be named, or only the chosen properties."""
    named = {name.partition(".")[0].lower() for name in statement.chosen}
    unnamed = {name for name in entity.only_named if name.lower() not in named}
    linked = entity.name == "Invoice" and LINK in include
    if "*" in named and not linked and not _mentions(body, (*unnamed, *entity.hidden)):
        return body
    kept = {name: value for name, value in entity.shown(json.loads(body)).items() if name not in unnamed}
    if "*" not in named:
        chosen = {name: value for name, value in kept.items() if name in ALWAYS or name.lower() in named}
        return dumps({**chosen, "sparse": True})
    return dumps(kept | (invoice_link(books, kept) if linked else {}))


def _mentions(body: str, paths: Collection[str]) -> bool:
    """Whether an object may hold one of these: only then it has to be read, and most pages are joined as they are."""
    return any(f'"{path.rpartition(".")[2]}":' in body for path in paths)
