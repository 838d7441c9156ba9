"""QuickBooks' query language: a statement read into what is asked (reference, section 4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, VisitError

from include.sandbox.quickbooks.queries.complaints import complaint, not_here
from include.sandbox.quickbooks.refusals import refuse

GRAMMAR = r"""
start: _SELECT chosen? _FROM IDENTIFIER where? order? (start_position | max_results | iterator)*
chosen: _COUNT _OPEN STAR _CLOSE -> count | item (_COMMA item)*
item: STAR | IDENTIFIER
where: _WHERE condition ((_AND | OR) condition)*
condition: IDENTIFIER (EQUAL | UNEQUAL | LESS | MORE | AT_MOST | AT_LEAST) value -> compare
         | IDENTIFIER _IN _OPEN value (_COMMA value)* _CLOSE -> among
         | IDENTIFIER _LIKE STRING -> like
value: STRING -> text | (INTEGER | DECIMAL) -> number | _TRUE -> yes | _FALSE -> no | _CURRENT_DATE -> today
order: (_ORDERBY | _ORDER _BY) key (_COMMA key)*
key: IDENTIFIER (ASC | DESC)?
start_position: _STARTPOSITION INTEGER
max_results: _MAXRESULTS INTEGER
iterator: ITERATOR

_SELECT: "select"i
_FROM: "from"i
_COUNT: "count"i
_WHERE: "where"i
_AND: "and"i
OR: "or"i
_IN: "in"i
_LIKE: "like"i
_TRUE: "true"i
_FALSE: "false"i
_CURRENT_DATE: "current_date"i
_ORDERBY: "orderby"i
_ORDER: "order"i
_BY: "by"i
ASC: "asc"i
DESC: "desc"i
_STARTPOSITION: "startposition"i
_MAXRESULTS: "maxresults"i
ITERATOR: "iterator"i
_OPEN: "("
_CLOSE: ")"
_COMMA: ","
STAR: "*"
EQUAL: "="
UNEQUAL: "!="
AT_MOST: "<="
AT_LEAST: ">="
LESS: "<"
MORE: ">"
STRING: /'(?:[^'\\]|\\['\\])*'/
DECIMAL.2: /-?\d+\.\d+/
INTEGER: /-?\d+/
IDENTIFIER: /[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*/i
%ignore /\s+/
"""
LEAST_PAGE, DEFAULT_PAGE, MOST_PAGE = 1, 100, 1000
MOST_INTEGER = 2**31 - 1
TODAY = object()
"""CURRENT_DATE, in the place of a value."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`property operator values`; the operator is one of = != < > <= >= in like.

    Values are text (numbers too, as they were written), booleans or TODAY.
    """

    name: str
    operator: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A query. `chosen` are property names or "*"; `counts` asks for the number of objects only."""

    entity: str
    chosen: tuple[str, ...]
    counts: bool
    conditions: tuple[Condition, ...]
    order: tuple[tuple[str, bool], ...]
    """Property and whether it descends."""
    start: int
    most: int


def read_statement(text: str) -> Statement:
    """Read a query. Refuses what does not parse with 4000, impossible pages with 4001 and 4002."""
    try:
        statement: Statement = _Reader().transform(PARSER.parse(text))
    except UnexpectedInput as problem:
        raise refuse("4000", what=complaint(problem, text)) from problem
    except VisitError as problem:
        raise problem.orig_exc from problem
    return statement


class _Reader(Transformer[Token, Statement]):
    """Turns the tree into a Statement."""

    def text(self, parts: list[Token]) -> str:
        return re.sub(r"\\(.)", r"\1", parts[0][1:-1])

    def number(self, parts: list[Token]) -> str:
        return str(parts[0])

    def yes(self, parts: list[Token]) -> bool:
        return True

    def no(self, parts: list[Token]) -> bool:
        return False

    def today(self, parts: list[Token]) -> object:
        return TODAY

    def compare(self, parts: list[Any]) -> Condition:
        return Condition(str(parts[0]), str(parts[1]), (parts[2],))

    def among(self, parts: list[Any]) -> Condition:
        return Condition(str(parts[0]), "in", tuple(parts[1:]))

    def like(self, parts: list[Any]) -> Condition:
        return Condition(str(parts[0]), "like", (self.text(parts[1:]),))

    def key(self, parts: list[Token]) -> tuple[str, bool]:
        return str(parts[0]), len(parts) > 1 and parts[1].type == "DESC"

    def item(self, parts: list[Token]) -> str:
        return str(parts[0])

    def count(self, parts: list[Token]) -> tuple[str, Any]:
        return "count", True

    def chosen(self, parts: list[str]) -> tuple[str, Any]:
        return "chosen", tuple(parts)

    def where(self, parts: list[Any]) -> tuple[str, Any]:
        for part in parts:
            if isinstance(part, Token):  # OR: the lexer knows it, and that is all
                raise refuse("4000", what=not_here(part))
        return "conditions", tuple(dict.fromkeys(parts))

    def order(self, parts: list[tuple[str, bool]]) -> tuple[str, Any]:
        return "order", tuple(parts)

    def start_position(self, parts: list[Token]) -> tuple[str, Any]:
        return "start", max(1, _whole(parts[0], least=0))

    def max_results(self, parts: list[Token]) -> tuple[str, Any]:
        return "most", _whole(parts[0], least=LEAST_PAGE, most=MOST_PAGE)

    def iterator(self, parts: list[Token]) -> tuple[str, Any]:
        raise refuse("4000", what=not_here(parts[0]))

    def start(self, parts: list[Any]) -> Statement:
        said: dict[str, Any] = dict(part for part in parts if isinstance(part, tuple))
        return Statement(
            entity=next(str(part) for part in parts if isinstance(part, Token)),
            chosen=said.get("chosen", ("*",)),
            counts="count" in said,
            conditions=said.get("conditions", ()),
            order=said.get("order", ()),
            start=said.get("start", 1),
            most=said.get("most", DEFAULT_PAGE),
        )


PARSER = Lark(GRAMMAR, parser="lalr", lexer="basic", maybe_placeholders=False)


def _whole(token: Token, *, least: int, most: int = MOST_INTEGER) -> int:
    if len(token) > 11 or abs(int(token)) > MOST_INTEGER:
        raise refuse("4002", what=f'For input string: "{token[:40]}"')
    number = int(token)
    if number < least:
        raise refuse("4001", what=f"value {number} is too small. Min allowed value is {LEAST_PAGE}")
    if number > most:
        raise refuse("4001", what=f"value {number} is too large. Max allowed value is {most}")
    return number
