"""Batches and request ids: several writes in one call, and the same answer for the same id (reference, 2.6 and 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from include.sandbox.faults import Call
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.entities import BY_KEY, ENTITIES
from include.sandbox.quickbooks.query import answer_query
from include.sandbox.quickbooks.refusals import Refused, refuse
from include.sandbox.quickbooks.templates import lifted
from include.sandbox.quickbooks.wire import dumps

MOST_ITEMS = 30
REQUEST_ID, BATCH_REQUEST_ID, BATCH_ITEM_ID = 50, 36, 10


def answer_batch(books: Books, body: Mapping[str, Any], request_id: str) -> str:
    """The `BatchItemResponse` array as JSON text. Each item succeeds or fails by itself."""
    items = body.get("BatchItemRequest")
    if not isinstance(items, list):
        raise refuse("2010", element="BatchItemRequest")
    if len(items) > MOST_ITEMS:
        raise refuse("1040", n=len(items), most=MOST_ITEMS)
    if request_id and any(len(str(item.get("bId", ""))) > BATCH_ITEM_ID for item in items):
        raise refuse("2130", element="bId", most=BATCH_ITEM_ID)
    return f"[{','.join(_answer_item(books, item) for item in items)}]"


def write(
    books: Books, operation: str, entity: str, body: Mapping[str, Any], include: frozenset[str]
) -> dict[str, Any]:
    """Execute one write: create, update, void or delete."""
    body = lifted(body)
    if operation == "create":
        return books.create(entity, body, include=include)
    if operation == "update":
        return books.update(entity, body, include=include)
    if operation == "void":
        return books.void(entity, body)
    if operation == "delete":
        return books.delete(entity, body)
    raise refuse("500", what=operation)


def refuse_on_order(books: Books, operation: str, entity: str) -> None:
    """Refuse a write for which an "item_fault" was ordered. Outside the write's transaction: it is used up."""
    ordered = books.store.faults.take("quickbooks", Call(operation, entity), item=True)
    if ordered is not None:
        raise refuse(ordered.code)


def replayed(books: Books, request_id: str, most: int, work: Callable[[], str]) -> str:
    """The answer of `work`, or the stored one when this request id was answered before. Failures are not stored."""
    if len(request_id) > most:
        raise refuse("2130", element="requestid", most=most)
    if not request_id:
        return work()
    with books.store.transaction() as db:
        key = (books.realm, request_id)
        row = db.execute("SELECT body FROM qb_replay WHERE realm = ? AND request_id = ?", key).fetchone()
        if row is not None:
            books.store.meter.add("quickbooks", "replays", "requestid", realm=books.realm)
            return str(row["body"])
        answer = work()
        db.execute("INSERT INTO qb_replay VALUES (?, ?, ?)", (*key, answer))
        return answer


def _answer_item(books: Books, item: Mapping[str, Any]) -> str:
    head = f'"bId":{dumps(item.get("bId"))}'
    try:
        if "Query" in item:
            return f'{{"QueryResponse":{answer_query(books, str(item["Query"]))},{head}}}'
        key = next((name for name in item if name in BY_KEY), "")
        entity = BY_KEY.get(key)
        if entity is None or "operation" not in item:
            raise refuse("2020", element="operation", name="operation")
        include = frozenset(str(item.get("optionsData", "")).split(",")) - {""}
        operation = str(item["operation"]).lower()
        refuse_on_order(books, f"batch,{operation}", entity)
        written = write(books, operation, entity, item[key], include)
        return f'{{"{ENTITIES[entity].key}":{dumps(written)},{head}}}'
    except Refused as refused:
        return f'{{"Fault":{dumps(refused.fault)},{head}}}'
