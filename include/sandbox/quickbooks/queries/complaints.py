"""What is wrong with a statement, in the words of QuickBooks' own parser (made with JavaCC) as they were recorded."""

from __future__ import annotations

from collections.abc import Iterable

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

NAMED = frozenset({"AND", "OR", "IDENTIFIER", "STRING", "INTEGER", "DECIMAL"})
SIGNS = {
    "OPEN": "(", "CLOSE": ")", "COMMA": ",", "STAR": "*", "EQUAL": "=", "UNEQUAL": "!=", "LESS": "<", "MORE": ">",
    "AT_MOST": "<=", "AT_LEAST": ">=",
}  # fmt: skip
AFTER_CONDITION = ("$END", "AND", "ITERATOR", "MAXRESULTS", "ORDER", "ORDERBY", "STARTPOSITION")
ESCAPES = {"\b": r"\b", "\t": r"\t", "\n": r"\n", "\f": r"\f", "\r": r"\r", '"': r"\"", "'": r"\'", "\\": r"\\"}
NOTHING = 'Encountered "<EOF>" at line 0, column 0.\nWas expecting:\n    "select" ...\n    '


def complaint(problem: UnexpectedInput, text: str) -> str:
    """Where the parser stopped, what it met and what it expected."""
    if not text.strip():
        return NOTHING
    if isinstance(problem, UnexpectedCharacters):
        return _lexical_error(text, problem.pos_in_stream or 0)
    if isinstance(problem, UnexpectedToken):
        return _encountered(problem.token, problem.accepts or problem.expected, text)
    return _lexical_error(text, len(text))


def not_here(token: Token) -> str:
    """A word the lexer knows and the language does not support: OR and ITERATOR."""
    return _encountered(token, AFTER_CONDITION, "")


def _encountered(token: Token, expected: Iterable[str], text: str) -> str:
    if token.type == "$END":
        met, (line, column) = '"<EOF>"', _place(text, len(text) - 1)
    else:
        met, (line, column) = f'" {_image(token.type)} "{_escaped(token)} ""', (token.line or 1, token.column or 1)
    images = [_image(name) for name in expected]
    lines = sorted(images, key=lambda image: (image != "<EOF>", image.strip('<">').lower()))
    follow = "".join(f"    {image} {'' if image == '<EOF>' else '...'}\n" for image in lines)
    one = "" if len(lines) == 1 else " one of"
    return f"Encountered {met} at line {line}, column {column}.\nWas expecting{one}:\n{follow}    "


def _image(name: str) -> str:
    """A kind of token as the parser writes it: <IDENTIFIER>, "orderby"."""
    name = name.removeprefix("_")
    if name == "$END":
        return "<EOF>"
    return f"<{name}>" if name in NAMED else f'"{SIGNS.get(name, name.lower())}"'


def _lexical_error(text: str, start: int) -> str:
    """A sign that begins no token, or text in quotes that never ends."""
    at = _end_of_text(text, start) if text[start : start + 1] == "'" else start
    after = f'after : "{_escaped(text[start:at])}"'
    line, column = _place(text, min(at, len(text) - 1))
    met = f'"{_escaped(text[at])}" ({ord(text[at])}), ' if at < len(text) else "<EOF> "
    return f"Invalid content. Lexical error at line {line}, column {column}.  Encountered: {met}{after}"


def _end_of_text(text: str, start: int) -> int:
    """Where text in quotes goes wrong: at a backslash that escapes nothing, or at the end."""
    at = start + 1
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] not in ("'", "\\"):
            return at + 1
        at += 2 if text[at] == "\\" else 1
    return len(text)


def _place(text: str, at: int) -> tuple[int, int]:
    before = text[: at + 1]
    return before.count("\n") + 1, max(1, len(before) - before.rfind("\n") - 1)


def _escaped(text: str) -> str:
    return "".join(ESCAPES.get(sign) or (sign if " " <= sign <= "~" else f"\\u{ord(sign):04x}") for sign in text)
