"""Batches: up to thirty writes and queries in one call, each answered by itself (reference, section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from include.sandbox.faults import Call
from include.sandbox.quickbooks.catalog.company import refuse_unsubscribed
from include.sandbox.quickbooks.documents.templates import lifted
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.entities import BY_KEY, ENTITIES
from include.sandbox.quickbooks.http import late, orders
from include.sandbox.quickbooks.http.replays import BATCH_ITEM_ID
from include.sandbox.quickbooks.queries.changes import answer_changes
from include.sandbox.quickbooks.queries.query import answer_query
from include.sandbox.quickbooks.refusals import Refused, refuse
from include.sandbox.quickbooks.wire import dumps

MOST_ITEMS = 30
Item = Mapping[str, Any]


def read_items(body: Mapping[str, Any], request_id: str) -> list[Item]:
    """The items of a batch. Refuses what is no list of objects, too many, and long ids beside a request id."""
    items = body.get("BatchItemRequest")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise refuse("2010", element="BatchItemRequest")
    if len(items) > MOST_ITEMS:
        raise refuse("1040", n=len(items), most=MOST_ITEMS)
    if not all(item.get("bId") is None or isinstance(item["bId"], str | int) for item in items):
        raise refuse("2010", element="bId")
    if request_id and any(len(str(item.get("bId", ""))) > BATCH_ITEM_ID for item in items):
        raise refuse("2130", element="bId", most=BATCH_ITEM_ID)
    return items


def seen_items(items: list[Item], seen: Call) -> list[Call]:
    """The items as the faults on order see them."""
    return [Call(f"batch,{_operation(item)}", _entity(item), seen.path) for item in items]


def answer_items(books: Books, items: list[Item], seen: Call) -> str:
    """The `BatchItemResponse` array as JSON text. Each item succeeds or fails by itself.

    Where "partial_batch" was ordered, the first items are executed and then the whole batch is refused with 10000.
    """
    last = orders.breaks_off_after(books, seen)
    done = zip(items[:last], seen_items(items, seen)[:last], strict=True)
    answers = [_answer_item(books, item, call) for item, call in done]
    if last is not None:
        raise refuse("10000", why="ordered")
    return f"[{','.join(answers)}]"


def write(books: Books, operation: str, entity: str, body: Any, include: frozenset[str], seen: Call) -> dict[str, Any]:
    """Execute one write: create, update, void or delete, as the faults on order let it happen."""
    if not isinstance(body, dict):
        raise refuse("2010", element=entity)
    execute = {
        "create": lambda sent: books.create(entity, sent, include=include),
        "update": lambda sent: books.update(entity, sent, include=include),
        "void": lambda sent: books.void(entity, sent),
        "delete": lambda sent: books.delete(entity, sent),
    }.get(operation)
    if execute is None:
        raise refuse("500", what=operation)
    return orders.with_orders(books, seen, entity, lifted(body), execute)


def _answer_item(books: Books, item: Item, seen: Call) -> str:
    head = f'"bId":{dumps(item.get("bId"))}'
    try:
        if "Query" in item:
            found = late.as_others_see(books, lambda: answer_query(books, str(item["Query"])))
            return f'{{"QueryResponse":{found},{head}}}'
        if "CDCQuery" in item:
            return f'{{"CDCResponse":{_changes(books, item["CDCQuery"])},{head}}}'
        key, entity = _key(item), _entity(item)
        if not entity:
            raise refuse("2020", element="operation", name="operation")
        refuse_unsubscribed(books)
        include = frozenset(str(item.get("optionsData", "")).split(",")) - {""}
        written = write(books, _operation(item), entity, item[key], include, seen)
        return f'{{"{ENTITIES[entity].key}":{dumps(written)},{head}}}'
    except Refused as refused:
        return f'{{"Fault":{dumps(refused.fault)},{head}}}'


def _changes(books: Books, asked: Any) -> str:
    """Change data capture as one item: `{"Entities": "Customer,Invoice", "ChangedSince": …}` (XSD CDCQuery)."""
    if not isinstance(asked, dict):
        raise refuse("2010", element="CDCQuery")
    entities, since = (str(asked.get(name) or "") for name in ("Entities", "ChangedSince"))
    return late.as_others_see(books, lambda: answer_changes(books, entities, since))[1:-1]  # one, where cdc has a list


def _operation(item: Item) -> str:
    """What is to be done; an item that does not say so is a create, as node-quickbooks' own tests have it."""
    return str(item.get("operation") or "create").lower()


def _key(item: Item) -> str:
    return next((name for name in item if name in BY_KEY), "")


def _entity(item: Item) -> str:
    return BY_KEY.get(_key(item), "")
