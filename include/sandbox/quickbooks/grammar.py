"""QuickBooks' query language: a statement read into what is asked (reference, section 4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from include.sandbox.quickbooks.refusals import refuse

GRAMMAR = r"""
start: "select"i chosen "from"i NAME where? order? page*
chosen: "count"i "(" "*" ")" -> count | item ("," item)*
item: STAR | NAME
where: "where"i condition ("and"i condition)*
condition: NAME OPERATOR value -> compare | NAME "in"i "(" value ("," value)* ")" -> among
         | NAME "like"i STRING -> like
value: STRING -> text | NUMBER -> number | "true"i -> yes | "false"i -> no
order: ("orderby"i | "order"i "by"i) key ("," key)*
key: NAME DIRECTION?
page: "startposition"i NUMBER -> start_position | "maxresults"i NUMBER -> max_results

STAR: "*"
DIRECTION: /(asc|desc)\b/i
OPERATOR: "=" | "<=" | ">=" | "<" | ">"
STRING: /'(?:[^'\\]|\\['\\])*'/
NUMBER: /-?\d+(\.\d+)?/
NAME: /[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*/
%ignore /\s+/
"""
LEAST_PAGE, DEFAULT_PAGE, MOST_PAGE = 1, 100, 1000


@dataclass(frozen=True, slots=True)
class Condition:
    """`property operator values`; the operator is one of = < > <= >= in like, values are text, numbers or booleans."""

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
    """Read a query. Refuses what does not parse with 4000 and impossible pages with 4001."""
    try:
        statement: Statement = _Reader().transform(PARSER.parse(text))
    except UnexpectedInput as problem:
        raise refuse("4000", what=_complaint(problem)) from problem
    except VisitError as problem:
        raise problem.orig_exc from problem
    return statement


class _Reader(Transformer[Token, Statement]):
    """Turns the tree into a Statement."""

    def text(self, parts: list[Token]) -> str:
        return re.sub(r"\\(.)", r"\1", parts[0][1:-1], flags=re.DOTALL)

    def number(self, parts: list[Token]) -> str:
        return str(parts[0])

    def yes(self, parts: list[Token]) -> bool:
        return True

    def no(self, parts: list[Token]) -> bool:
        return False

    def compare(self, parts: list[Any]) -> Condition:
        return Condition(str(parts[0]), str(parts[1]), (parts[2],))

    def among(self, parts: list[Any]) -> Condition:
        return Condition(str(parts[0]), "in", tuple(parts[1:]))

    def like(self, parts: list[Any]) -> Condition:
        return Condition(str(parts[0]), "like", (self.text(parts[1:]),))

    def key(self, parts: list[Token]) -> tuple[str, bool]:
        return str(parts[0]), len(parts) > 1 and parts[1].lower() == "desc"

    def item(self, parts: list[Token]) -> str:
        return str(parts[0])

    def count(self, parts: list[Token]) -> tuple[str, Any]:
        return "count", True

    def chosen(self, parts: list[str]) -> tuple[str, Any]:
        return "chosen", tuple(parts)

    def where(self, parts: list[Condition]) -> tuple[str, Any]:
        return "conditions", tuple(parts)

    def order(self, parts: list[tuple[str, bool]]) -> tuple[str, Any]:
        return "order", tuple(parts)

    def start_position(self, parts: list[Token]) -> tuple[str, Any]:
        return "start", max(1, _whole(parts[0], least=0))

    def max_results(self, parts: list[Token]) -> tuple[str, Any]:
        return "most", _whole(parts[0], least=LEAST_PAGE, most=MOST_PAGE)

    def start(self, parts: list[Any]) -> Statement:
        said: dict[str, Any] = dict(part for part in parts if isinstance(part, tuple))
        return Statement(
            entity=next(str(part) for part in parts if isinstance(part, Token)),
            chosen=said.get("chosen", ()),
            counts="count" in said,
            conditions=said.get("conditions", ()),
            order=said.get("order", ()),
            start=said.get("start", 1),
            most=said.get("most", DEFAULT_PAGE),
        )


PARSER = Lark(GRAMMAR, parser="lalr", maybe_placeholders=False)


def _whole(token: Token, *, least: int, most: int = 10**9) -> int:
    number = int(token) if re.fullmatch(r"-?\d+", token) else -1
    if number < least:
        raise refuse("4001", what=f"value {token} is too small. Min allowed value is {least}.")
    if number > most:
        raise refuse("4001", what=f"value {token} is too large. Max allowed value is {most}.")
    return number


def _complaint(problem: UnexpectedInput) -> str:
    """The parser's words, near to QuickBooks' own."""
    where = f"at line {max(problem.line, 1)}, column {max(problem.column, 1)}."
    if isinstance(problem, UnexpectedCharacters):
        return f"Lexical error {where} Encountered: {problem.char!r} ({ord(problem.char)})"
    if isinstance(problem, UnexpectedToken):
        kind, text = ("<EOF>", "") if problem.token.type == "$END" else (f"<{problem.token.type}>", str(problem.token))
        expected = " ".join(f"<{name}> ..." for name in sorted(problem.accepts or problem.expected))
        return f'Encountered " {kind} "{text} "" {where}\nWas expecting one of:\n    {expected}'
    return f"Lexical error {where} Encountered: <EOF>"
