"""Statements: whatever a value holds, it reads back as itself."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from include.quickbooks import query
from include.records import Entity

AT = dt.datetime(2026, 10, 1, 12, 30, 15, 999_000, dt.timezone(dt.timedelta(hours=-7)))


def parse_list(statement: str) -> list[str]:
    """The values of the IN (...) list, read as QuickBooks reads them: `\\` escapes the next character."""
    inside = statement[statement.index("IN (") + 4 :]
    values, at = [], 0
    while inside[at] != ")":
        literal = re.compile(r"'((?:[^'\\]|\\.)*)'(?:, )?", re.DOTALL).match(inside, at)
        assert literal, f"the statement breaks at {inside[at:]!r}"
        values.append(re.sub(r"\\(.)", r"\1", literal.group(1), flags=re.DOTALL))
        at = literal.end()
    assert at == len(inside) - 1, "something follows the list"
    return values


@given(st.lists(st.text(), min_size=1, max_size=4))
@example(["Amy's"])
@example(["Case preparation b\\"])
@example(["\\'"])
@example(["') OR ('1'='1"])
@example(["O\u2019Brien \u2013 \u201cCo\u201d", "100 %", "\U0001f9ea", " lead", "trail ", "a  b", "a\u00a0b"])
def test_every_name_reads_back_from_the_statement(values: list[str]) -> None:
    assert parse_list(query.one_of("DocNumber", values)) == values


def test_a_lone_surrogate_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        query.literal("\ud800")


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        query.timestamp(dt.datetime(2026, 10, 1))  # noqa: DTZ001  # the naive time is the point


def test_list_entities_are_asked_for_inactive_records_too() -> None:
    assert query.select(Entity.CUSTOMER) == (
        "SELECT * FROM Customer WHERE Active IN (true, false) ORDERBY Id STARTPOSITION 1 MAXRESULTS 1000"
    )
    assert query.select(Entity.ITEM, start=1001) == (
        "SELECT *, Sku FROM Item WHERE Active IN (true, false) ORDERBY Id STARTPOSITION 1001 MAXRESULTS 1000"
    )


def test_the_count_has_the_same_conditions_as_the_walk() -> None:
    conditions = [query.changed_since(AT)]
    where = "WHERE MetaData.LastUpdatedTime >= '2026-10-01T12:30:15-07:00'"
    assert query.select(Entity.INVOICE, conditions).startswith(f"SELECT * FROM Invoice {where} ORDERBY")
    assert query.count(Entity.INVOICE, conditions) == f"SELECT count(*) FROM Invoice {where}"


def test_adjacent_windows_meet_without_gap_or_overlap() -> None:
    first = query.created_between(AT - dt.timedelta(hours=1), AT)
    second = query.created_between(AT, AT + dt.timedelta(hours=1))
    assert first[1].split("<")[1].strip() == second[0].split(">=")[1].strip()
