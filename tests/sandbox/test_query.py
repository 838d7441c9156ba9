"""The query language, against a reference in Python."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.query import query

from .conftest import refusal, sale

NAMES = [
    "Alpha",
    "alpha beta",
    "O'Hara",
    "Back\\slash",
    "100%",
    "under_score",
    "Zoë",
    "  spaced  ",
    "💧 Drop",
    "Éclair",
]


@pytest.fixture
def customers(books: Books) -> list[dict[str, Any]]:
    """Customers with awkward names, some of them inactive."""
    made = [books.create("Customer", {"DisplayName": name}) for name in NAMES]
    gone = books.create("Customer", {"DisplayName": "Gone"})
    return [*made, books.deactivate("Customer", gone["Id"])]


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def ids(books: Books, statement: str) -> list[str]:
    return [each["Id"] for each in query(books, statement).get("Customer", [])]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_found_by_its_escaped_self_and_in_any_case(
    books: Books, customers: list[dict[str, Any]], name: str
) -> None:
    wanted = [each["Id"] for each in customers if each["DisplayName"] == name]
    assert ids(books, f"select * from Customer where DisplayName = {quoted(name)}") == wanted
    assert ids(books, f"SELECT * FROM customer WHERE displayname = {quoted(name.upper())}") == wanted


def test_inactive_ones_are_hidden_until_active_is_asked_for(books: Books, customers: list[dict[str, Any]]) -> None:
    assert len(ids(books, "select * from Customer")) == len(NAMES)
    assert len(ids(books, "select * from Customer where Active IN (true,false)")) == len(NAMES) + 1
    assert ids(books, "select * from Customer where Active = false") == [customers[-1]["Id"]]
    assert query(books, "select COUNT(*) from Customer where Active IN (true, false)") == {"totalCount": len(NAMES) + 1}


def test_like_knows_the_percent_sign_only(books: Books, customers: list[dict[str, Any]]) -> None:
    assert [
        customers[int(i) - 1]["DisplayName"] for i in ids(books, "select * from Customer where DisplayName like 'AL%'")
    ] == [
        "Alpha",
        "alpha beta",
    ]
    assert len(ids(books, "select * from Customer where DisplayName like 'under_score'")) == 1
    assert ids(books, "select * from Customer where DisplayName like 'under-score'") == []


def test_a_projection_gives_the_chosen_properties_and_the_id(books: Books, customers: list[dict[str, Any]]) -> None:
    (found,) = query(books, "select DisplayName from Customer where Id = '1'")["Customer"]
    assert found == {"DisplayName": "Alpha", "Id": "1", "domain": "QBO", "sparse": True}


def test_the_stock_number_comes_only_when_named(books: Books) -> None:
    books.create("Item", {"Name": "Valve", "Sku": "V-1", "IncomeAccountRef": {"value": "1"}})
    assert "Sku" not in query(books, "select * from Item where Name = 'Valve'")["Item"][0]
    assert query(books, "select *, Sku from Item where Sku = 'v-1'")["Item"][0]["Sku"] == "V-1"


def test_a_page_says_where_it_starts_and_how_many_it_has(books: Books, customers: list[dict[str, Any]]) -> None:
    page = query(books, "select * from Customer ORDER BY Id STARTPOSITION 4 MAXRESULTS 5")
    assert (page["startPosition"], page["maxResults"], len(page["Customer"])) == (4, 5, 5)
    assert query(books, "select * from Customer startposition 0 maxresults 1")["Customer"][0]["Id"] == "1"
    assert query(books, "select * from Customer startposition 99") == {}


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("", "4000"),
        ("select * from", "4000"),
        ("select * from Customer where DisplayName = 'it''s'", "4000"),
        ("select * from Customer where DisplayName = 'a\\'", "4000"),
        ("select * from Customer where DisplayName = 'a\\d'", "4000"),
        ("select * from Customer where Id = '1' or Id = '2'", "4000"),
        ("select * from Customer where DisplayName <> 'a'", "4000"),
        ("select * from Ghost", "4001"),
        ("select * from Customer where Ghost = '1'", "4001"),
        ("select * from Customer where BillAddr = '1'", "4001"),
        ("select * from Customer where Id > '1'", "4001"),
        ("select * from Customer where Balance > 'x'", "4001"),
        ("select * from Customer orderby Ghost", "4001"),
        ("select * from Customer maxresults 0", "4001"),
        ("select * from Customer maxresults 1001", "4001"),
        ("select Ghost from Customer", "4001"),
    ],
)
def test_a_wrong_statement_is_refused(books: Books, customers: list[dict[str, Any]], statement: str, code: str) -> None:
    assert refusal(query, books, statement) == code


def test_times_are_compared_as_moments(books: Books, customer: str) -> None:
    count = "select count(*) from Customer where MetaData.LastUpdatedTime"
    assert query(books, f"{count} >= '2026-11-02T09:00:00-08:00'") == {"totalCount": 1}
    assert query(books, f"{count} > '2026-11-02T17:00:00+00:00'") == {"totalCount": 0}
    assert query(books, f"{count} <= '2026-11-02T17:00:00Z'") == {"totalCount": 1}
    assert query(books, "select count(*) from Customer where MetaData.CreateTime < '2026-11-02'") == {"totalCount": 0}


amounts = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(["2026-09-30", "2026-10-01", "2026-10-31"])), max_size=8
)
bounds = st.sampled_from([("TotalAmt", "3"), ("TotalAmt", "7"), ("TxnDate", "2026-10-01"), ("Balance", "0")])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=amounts,
    wanted=st.lists(st.tuples(bounds, st.sampled_from(["=", "<", ">", "<=", ">="])), max_size=2),
    falls=st.booleans(),
    start=st.integers(1, 4),
    most=st.integers(1, 4),
)
def test_a_query_finds_what_python_finds(
    books: Books, made: list[tuple[int, str]], wanted: list[Any], falls: bool, start: int, most: int
) -> None:
    customer = books.create("Customer", {"DisplayName": f"C{books.store.next_number('test')}"})["Id"]
    invoices = [books.create("Invoice", sale(customer, amount, TxnDate=date)) for amount, date in made]
    conditions = "".join(f" AND {name} {operator} '{value}'" for (name, value), operator in wanted)
    order = f" ORDERBY TotalAmt {'DESC' if falls else ''} STARTPOSITION {start} MAXRESULTS {most}"
    answer = query(books, f"SELECT * FROM Invoice WHERE CustomerRef = '{customer}'{conditions}{order}")
    expected = [each for each in invoices if all(holds(each, *condition) for condition in wanted)]
    expected.sort(key=lambda each: each["TotalAmt"], reverse=falls)
    page = expected[start - 1 : start - 1 + most]
    assert [each["Id"] for each in answer.get("Invoice", [])] == [each["Id"] for each in page]


def holds(invoice: dict[str, Any], bound: tuple[str, str], operator: str) -> bool:
    name, text = bound
    value, limit = (invoice[name], text) if name == "TxnDate" else (float(invoice[name]), float(text))
    return {"=": value == limit, "<": value < limit, ">": value > limit, "<=": value <= limit, ">=": value >= limit}[
        operator
    ]
