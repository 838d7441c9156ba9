"""Answering a query from the company's rows: the statement becomes one SQL statement, a page is joined as text."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.entities import BY_LOWER
from include.sandbox.quickbooks.grammar import Condition, Statement, read_statement
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.schema import Ask, Entity
from include.sandbox.quickbooks.wire import dumps, loads, moment

ALWAYS = ("domain", "Id")
PATHS = {Ask.REF: "{name}.value", Ask.TEXT: "{name}", Ask.NUMBER: "{name}", Ask.BOOL: "{name}", Ask.DATE: "{name}"}
INSIDE = {
    "PrimaryEmailAddr": "PrimaryEmailAddr.Address",
    "AttachableRef.EntityRef.Type": "AttachableRef[0].EntityRef.type",
    "AttachableRef.EntityRef.Value": "AttachableRef[0].EntityRef.value",
}


@dataclass(slots=True)
class Sql:
    """A WHERE clause under way."""

    clauses: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)

    def add(self, clause: str, *values: object) -> None:
        """One more condition."""
        self.clauses.append(clause)
        self.values.extend(values)


def answer_query(books: Books, text: str) -> str:
    """The `QueryResponse` object as JSON text. Refuses bad statements with 4000 or 4001."""
    statement = read_statement(text)
    entity = BY_LOWER.get(statement.entity.lower())
    if entity is None:
        raise refuse("4001", what=f"Metadata not found for Entity {statement.entity}")
    sql = _where(books, entity, statement)
    order = _order(entity, statement)
    where = " AND ".join(sql.clauses)
    if statement.counts:
        row = books.store.row(f"SELECT count(*) AS n FROM qb_record WHERE {where}", *sql.values)  # noqa: S608 - made of this module's own texts
        return dumps({"totalCount": row["n"] if row else 0})
    rows = books.store.rows(
        f"SELECT {_columns(entity, statement)} AS body FROM qb_record WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608 - made of this module's own texts
        *sql.values,
        *_page_of(books, entity, statement),
    )
    return _page(entity, statement, [row["body"] for row in rows])


def query(books: Books, text: str) -> dict[str, Any]:
    """The `QueryResponse` object."""
    found: dict[str, Any] = loads(answer_query(books, text))
    return found


def _page(entity: Entity, statement: Statement, bodies: list[str]) -> str:
    if not bodies:
        return "{}"
    if "*" not in statement.chosen:
        bodies = _projected(entity, statement, bodies)
    head = f'"startPosition":{statement.start},"maxResults":{len(bodies)}'
    return f'{{"{entity.key}":[{",".join(bodies)}],{head}}}'


def _page_of(books: Books, entity: Entity, statement: Statement) -> tuple[int, int]:
    """Limit and offset. Objects whose id is a word come with the first page and are not counted (reference 3.7)."""
    extra = 0
    if entity.text_ids and not statement.conditions:
        extra = sum(books.find(entity.name, id_) is not None for id_ in entity.text_ids)
    first = statement.start == 1
    return statement.most + (extra if first else 0), statement.start - 1 + (0 if first else extra)


def _columns(entity: Entity, statement: Statement) -> str:
    """The body, without what `SELECT *` leaves out."""
    named = {name.lower() for name in statement.chosen}
    hidden = [*(name for name in sorted(entity.only_named) if name.lower() not in named), *entity.hidden]
    paths = ", ".join(f"'$.{name}'" for name in hidden)
    return f"json_remove(body, {paths})" if paths else "body"


def _projected(entity: Entity, statement: Statement, bodies: Iterable[str]) -> list[str]:
    """Only the chosen top-level properties. Refuses unknown ones with 4001."""
    known = {name.lower(): name for name in (*entity.fields, "Id", "SyncToken", "MetaData", "domain")}
    chosen = []
    for name in statement.chosen:
        top = name.partition(".")[0]
        if top.lower() not in known:
            raise refuse("4001", what=f"Property {name} not found for Entity {entity.name}")
        chosen.append(known[top.lower()])
    wanted = {*chosen, *ALWAYS}
    kept = ({name: value for name, value in json.loads(body).items() if name in wanted} for body in bodies)
    return [dumps({**body, "sparse": True}) for body in kept]


def _where(books: Books, entity: Entity, statement: Statement) -> Sql:
    sql = Sql()
    sql.add("realm = ?", books.realm)
    sql.add("entity = ?", entity.name)
    zone = books.zone
    for condition in statement.conditions:
        _add_condition(sql, entity, condition, zone)
    if entity.listed and not any(condition.name.lower() == "active" for condition in statement.conditions):
        sql.add("active = 1")
    return sql


def _add_condition(sql: Sql, entity: Entity, condition: Condition, zone: ZoneInfo) -> None:
    name, ask = _asked(entity, condition.name)
    if ask is Ask.ID and condition.operator not in ("=", "in"):
        raise refuse("4001", what=f"Operator {condition.operator} is not supported for property Id")
    if condition.operator == "like":
        sql.add(f"fold({_expression(name, ask)}) LIKE ? ESCAPE '\\'", _pattern(str(condition.values[0])))
        return
    expression = "label" if name == entity.label else _compared(name, ask)
    values = [_value(entity, name, value, zone) for value in condition.values]
    operator = "=" if condition.operator == "in" else condition.operator
    places = " OR ".join(f"{expression} {operator} ?" for _ in values)
    if condition.operator == "in":
        places = f"{expression} IN ({', '.join('?' for _ in values)})"
    sql.add(places, *values)


def _asked(entity: Entity, name: str) -> tuple[str, Ask]:
    found = entity.ask_by_lower.get(name.lower())
    if found is None:
        known = name.partition(".")[0].lower() in {field.lower() for field in entity.fields}
        what = f"property '{name}' is not queryable" if known else f"Property {name} not found for Entity {entity.name}"
        raise refuse("4001", what=what)
    return found, entity.ask[found]


def _expression(name: str, ask: Ask) -> str:
    """Where a property stands in a row."""
    if ask is Ask.ID:
        return "id"
    if ask is Ask.TIME:
        return (
            "updated"
            if name == "MetaData.LastUpdatedTime"
            else "unixepoch(json_extract(body, '$.MetaData.CreateTime'))"
        )
    if name == "Active":
        return "active"
    path = INSIDE.get(name) or PATHS[ask].format(name=name)
    return f"json_extract(body, '$.{path}')"


def _compared(name: str, ask: Ask) -> str:
    expression = _expression(name, ask)
    return f"fold({expression})" if ask is Ask.TEXT else expression


def _value(entity: Entity, name: str, value: Any, zone: ZoneInfo) -> object:
    """A query's value in the row's own form. Refuses values of the wrong type with 4001."""
    ask = entity.ask[name]
    text = str(value).strip() if not isinstance(value, bool) else value
    try:
        if ask is Ask.BOOL:
            return {"true": 1, "false": 0}[str(text).lower()]
        if ask is Ask.NUMBER:
            return float(text)
        if ask is Ask.ID:
            return _row_id(entity, str(text))
        if ask is Ask.TIME:
            return _whole_seconds(moment(str(text), zone))
        if ask is Ask.DATE:
            return dt.date.fromisoformat(str(text)[:10]).isoformat()
    except (ValueError, KeyError) as problem:
        raise refuse("4001", what=f"value {value} is not valid for property {name}") from problem
    return str(value).casefold()


def _row_id(entity: Entity, text: str) -> int:
    row = entity.row_id(text)
    if row is None:
        raise ValueError(text)
    return row


def _whole_seconds(at: dt.datetime) -> float:
    return at.timestamp()


def _pattern(text: str) -> str:
    """Only % is a wildcard."""
    return text.casefold().replace("\\", "\\\\").replace("_", "\\_")


def _order(entity: Entity, statement: Statement) -> str:
    """ORDER BY; objects that are equal stand by Id, so that pages never overlap."""
    keys = [(_asked(entity, name), falls) for name, falls in statement.order]
    parts = [f"{_compared(*asked)} {'DESC' if falls else 'ASC'}" for asked, falls in keys]
    return ", ".join([*parts, "id"])
