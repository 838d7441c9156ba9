"""Every rule of the books, every paragraph of the protocol and every guarantee has a test that bears its number.

A test bears a number in its name (`test_3_4_a_number…` for rules, `test_g3_…`) or in its own docstring (`rules 3.4`,
`protocol 2.3`, `R6`, `G3`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
RULES = [
    *[f"1.{n}" for n in range(1, 6)],
    *[f"2.{n}" for n in range(1, 9)],
    *[f"3.{n}" for n in range(1, 12)],
    *[f"4.{n}" for n in range(1, 7)],
    "5",
    "6",
    "7",
    *[f"8.{n}" for n in range(1, 16)],
]
PROTOCOL = [f"{part}.{n}" for part, last in ((1, 6), (2, 4), (3, 9), (4, 9)) for n in range(1, last + 1)]
WANTED = [
    *[f"R{n}" for n in range(1, 14)],
    *[f"G{n}" for n in range(1, 8)],
    *[f"rules {number}" for number in RULES],
    *[f"protocol {number}" for number in PROTOCOL],
]

LISTS = re.compile(r"\b(rules?|protocol) (\d+(?:\.\d+)?(?:(?:, | and |–|-)\d+(?:\.\d+)?)*)")
SHORT = re.compile(r"\b[RG]\d+\b")
NAMED = re.compile(r"^test_(\d+)_(\d+)_|^test_([rg]\d+)_")


def numbers_in(text: str) -> Iterator[str]:
    """`rules 3.4`, `G2` …, lists such as `rules 2.5, 2.6` and ranges such as `rules 3.5–3.8` taken apart."""
    yield from SHORT.findall(text)
    for kind, numbers in LISTS.findall(text):
        book = "protocol" if kind == "protocol" else "rules"
        for part in re.split(r", | and ", numbers):
            yield from (f"{book} {number}" for number in _range(*re.split("[–-]", part)))


def _range(first: str, last: str = "") -> list[str]:
    if not last:
        return [first]
    section, start = first.split(".")
    return [f"{section}.{n}" for n in range(int(start), int(last.split(".")[1]) + 1)]


def numbers_of(function: ast.FunctionDef) -> Iterator[str]:
    """What a test says it is about."""
    yield from numbers_in(ast.get_docstring(function) or "")
    if found := NAMED.match(function.name):
        number = f"{found[1]}.{found[2]}"
        yield found[3].upper() if found[3] else f"rules {number}" if number in RULES else f"protocol {number}"


@pytest.fixture(scope="module")
def borne() -> set[str]:
    trees = [ast.parse(file.read_text()) for file in TESTS.rglob("test_*.py")]
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {number for one in functions if one.name.startswith("test_") for number in numbers_of(one)}


@pytest.mark.parametrize("number", WANTED)
def test_there_is_a_test_of(number: str, borne: set[str]) -> None:
    assert number in borne


def test_lists_and_ranges_of_numbers_are_taken_apart() -> None:
    found = set(numbers_in("R6, rules 2.5, 2.6 and 3.5–3.7, protocol 1.3: G2"))
    assert found == {"R6", "G2", "protocol 1.3", *[f"rules {n}" for n in ("2.5", "2.6", "3.5", "3.6", "3.7")]}
