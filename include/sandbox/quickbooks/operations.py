"""What each kind of call does: the envelope's content, without its braces and its `time`."""

from __future__ import annotations

from collections.abc import Callable

from include.sandbox.quickbooks import batch, changes
from include.sandbox.quickbooks.call import Answer, HttpCall, operation
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.entities import entity_named
from include.sandbox.quickbooks.query import answer_query
from include.sandbox.quickbooks.wire import dumps, read_body

Operation = Callable[[Books, HttpCall], "str | Answer"]
"""The content of the usual envelope as JSON text, or a whole answer where the usual envelope does not fit."""


def query(books: Books, call: HttpCall) -> str:
    """A statement, in the body or the address."""
    statement = "" if call.method == "GET" else call.body.decode("utf-8", "replace")
    return f'"QueryResponse":{answer_query(books, statement or call.asked.get("query", ""), call.include)}'


def cdc(books: Books, call: HttpCall) -> str:
    """What changed since a moment."""
    since = call.asked.get("changedSince", "")
    return f'"CDCResponse":{changes.answer_changes(books, call.asked.get("entities", ""), since)}'


def many(books: Books, call: HttpCall) -> str:
    """A batch."""
    request_id, body = call.asked.get("requestid", ""), read_body(call.body)
    answer = batch.replayed(
        books, request_id, batch.BATCH_REQUEST_ID, lambda: batch.answer_batch(books, body, request_id)
    )
    return f'"BatchItemResponse":{answer}'


def read(books: Books, call: HttpCall) -> str:
    """One object: /{entity}/{id}; the company's own two need no id."""
    entity = entity_named(call.parts[0])
    id_ = call.parts[1] if len(call.parts) > 1 else ""
    return f'"{entity.name}":{dumps(books.get(entity.name, id_ if entity.creates else "1"))}'


def write(books: Books, call: HttpCall) -> str:
    """One create, update, void or delete."""
    name, entity, body = operation(call), entity_named(call.parts[0]).name, read_body(call.body)
    batch.refuse_on_order(books, name, entity)

    def work() -> str:
        return f'"{entity}":{dumps(batch.write(books, name, entity, body, call.include))}'

    return batch.replayed(books, call.asked.get("requestid", ""), batch.REQUEST_ID, work)


OPERATIONS: dict[str, Operation] = {
    "query": query,
    "cdc": cdc,
    "batch": many,
    **dict.fromkeys(("read", "companyinfo", "preferences"), read),
    **dict.fromkeys(("create", "update", "void", "delete"), write),
}
