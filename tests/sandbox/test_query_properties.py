"""Any statement over any data finds what Python finds by looking at every object; counts, walks and changes agree."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.queries import pages, ranks
from include.sandbox.quickbooks.queries.asks import narrow
from include.sandbox.quickbooks.queries.changes import answer_changes
from include.sandbox.quickbooks.queries.query import query
from include.sandbox.quickbooks.refusals import Refused
from include.sandbox.store import Store

from .conftest import REALM, START, paying, refusal, sale

HOSTILE = [
    "Smith", "smith ", "SMITH, John", "Smíth", "O'Hara", "O\u2019Hara", 'The "Lake"', "back\\slash", "ends\\", "100%",
    "a_b", "a%b", "Zoë", "Zoe\u0308", "ẞtraße", "STRASSE", "İstanbul", "💧 Drop", "\u202eevil", "a\u00a0b", "1", "-1",
    "z\U0010ffff", "true", "select", "';--", "Ǆ", "ﬁne", "\u0000nul", "\u001f", "ſmall", "日本", "  two", "x" * 90,
]  # fmt: skip
ASKED = {
    "DisplayName": "text", "GivenName": "text", "FullyQualifiedName": "text", "CompanyName": "text",
    "PrimaryEmailAddr": "text", "Balance": "number", "MetaData.CreateTime": "time", "Id": "id",
}  # fmt: skip
SORTED = ("DisplayName", "GivenName", "CompanyName", "Balance", "MetaData.LastUpdatedTime", "Id", "Active")
OPERATORS = {"text": ("=", "!=", "<", ">", "<=", ">=", "in", "like"), "id": ("=", "in")}
Condition = tuple[str, str, tuple[Any, ...]]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """Some eighty customers with awkward data; blocks and memories so small that every way of answering is taken."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranks, "SIZE", 3)
        patch.setattr(pages, "MUCH", 9)
        books = Books(Store(tmp_path_factory.mktemp("books") / "sandbox.sqlite"), REALM, api=True)
        books.store.clock.freeze(START - dt.timedelta(days=90))
        books.found(name="Hostile Backflow")
        for number, name in enumerate([*HOSTILE, *(f"{word} {n}" for n in (1, 2) for word in HOSTILE[:20])]):
            _settle(books, number, name)
        yield books
        books.store.close()


def _settle(books: Books, number: int, name: str) -> None:
    """One customer in five each is inactive, below another one, owes something, has no given name."""
    books.store.clock.advance(dt.timedelta(hours=7 * (number % 3)))
    body: dict[str, Any] = {"DisplayName": name, "CompanyName": HOSTILE[number % 7]}
    if number % 5:
        body["GivenName"] = HOSTILE[number * 7 % len(HOSTILE)]
    if number % 3 == 0:
        body["PrimaryEmailAddr"] = {"Address": f"{number % 4}@Example.com"}
    if number % 5 == 1:
        body |= {"ParentRef": {"value": "1"}, "Job": True}
    try:
        made = books.create("Customer", body)["Id"]
    except Refused:  # two hostile names that differ in nothing but case
        return
    if number % 5 == 2:
        books.create("Invoice", sale(made, number % 4 + 1, 0.25))
    if number % 5 == 3:
        books.deactivate("Customer", made)


def everybody(books: Books) -> list[dict[str, Any]]:
    rows = books.store.rows("SELECT body FROM qb_record WHERE entity = 'Customer' ORDER BY id")
    return [json.loads(row["body"]) for row in rows]


def value_of(customer: dict[str, Any], name: str) -> Any:
    """A property as it is compared; None when there is none."""
    if name == "Id":
        return int(customer["Id"])
    if name.startswith("MetaData."):
        return dt.datetime.fromisoformat(customer["MetaData"][name.partition(".")[2]])
    if name == "PrimaryEmailAddr":
        return folded(customer[name]["Address"]) if name in customer else None
    value = customer.get(name)
    return folded(value) if isinstance(value, str) else value


def folded(text: str) -> str:
    return text.casefold().replace("\0", "\ufffd")


def holds(customer: dict[str, Any], condition: Condition) -> bool:
    name, operator, wanted = condition
    value, given_ = value_of(customer, name), [read(name, each) for each in wanted]
    if value is None:
        return operator in ("=", "in") and None in given_
    if operator in ("=", "in"):
        return value in given_
    if operator == "!=":
        return value not in given_
    if operator == "like":
        return like(value, given_[0] or "")
    if given_[0] is None:
        return operator in (">", ">=")
    return {"<": value < given_[0], ">": value > given_[0], "<=": value <= given_[0], ">=": value >= given_[0]}[
        operator
    ]


def like(value: str, pattern: str) -> bool:
    """Whether a value consists of the pattern's parts in their order."""
    first, *rest = pattern.split("%")
    if not rest:
        return value == first
    if not value.startswith(first) or len(value) < len(first) + len(rest[-1]) or not value.endswith(rest[-1]):
        return False
    place, end = len(first), len(value) - len(rest[-1])
    for part in rest[:-1]:
        found = value.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


def read(name: str, value: Any) -> Any:
    """A condition's value as it is compared; None is no value."""
    kind = ASKED[name]
    if kind == "text":
        return folded(value) if value.strip(" ") else None
    return {"number": float, "id": int, "time": dt.datetime.fromisoformat}[kind](value)


def quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def written(condition: Condition) -> str:
    name, operator, values = condition
    if operator == "in":
        return f"{name} IN ({', '.join(map(quoted, values))})"
    return f"{name} {operator} {quoted(values[0])}"


texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.sampled_from(HOSTILE).map(str.upper),
    st.just(" "),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
)
patterns = st.lists(st.one_of(st.just("%"), st.sampled_from("aeistz10%'\\_ "), texts.map(lambda t: t[:2])), max_size=5)
values = {
    "text": texts,
    "number": st.sampled_from(["0", "1.25", "2.25", "3", "-5", "1e3"]),
    "id": st.integers(1, 90).map(str),
    "time": st.integers(0, 600).map(lambda n: (START - dt.timedelta(days=90) + dt.timedelta(hours=n)).isoformat()),
}


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    name = draw(st.sampled_from(sorted(ASKED)))
    kind = ASKED[name]
    operator = draw(st.sampled_from(OPERATORS.get(kind, ("=", "!=", "<", ">", "<=", ">=", "in"))))
    if operator == "like":
        return name, operator, ("".join(draw(patterns)),)
    given_ = draw(st.lists(values[kind], min_size=1, max_size=4 if operator == "in" else 1))
    return name, operator, tuple(given_)


@st.composite
def statements(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]], Any]:
    """A statement without its page, its conditions and its order; who is shown."""
    wanted = draw(st.lists(conditions(), max_size=3))
    shown = draw(st.sampled_from(["", "Active = true", "Active = false", "Active IN (true, false)"]))
    order = draw(st.lists(st.tuples(st.sampled_from(SORTED), st.booleans()), max_size=2, unique_by=lambda key: key[0]))
    parts = [written(each) for each in wanted] + ([shown] if shown else [])
    where = f" WHERE {' AND '.join(parts)}" if parts else ""
    keys = ", ".join(f"{name} {'DESC' if falls else 'ASC'}" for name, falls in order)
    return f"FROM Customer{where}{f' ORDERBY {keys}' if keys else ''}", wanted, (shown, order)


def expected(books: Books, wanted: list[Condition], shown: str, order: list[tuple[str, bool]]) -> list[str]:
    """The ids that Python finds."""
    seen = {"": {True}, "Active = true": {True}, "Active = false": {False}}.get(shown, {True, False})
    found = [each for each in everybody(books) if each["Active"] in seen and all(holds(each, one) for one in wanted)]
    found.sort(key=lambda each: int(each["Id"]), reverse=bool(order) and order[-1][1])
    for name, falls in reversed(order):
        found.sort(key=lambda each: ((value := value_of(each, name)) is not None, value or 0), reverse=falls)
    return [each["Id"] for each in found]


@settings(max_examples=250, deadline=None)
@given(asked=statements(), start=st.integers(1, 60), most=st.integers(1, 20))
def test_a_statement_finds_what_python_finds(company: Books, asked: Any, start: int, most: int) -> None:
    statement, wanted, (shown, order) = asked
    ids = expected(company, wanted, shown, order)
    answer = query(company, f"SELECT * {statement} STARTPOSITION {start} MAXRESULTS {most}")
    assert [each["Id"] for each in answer.get("Customer", [])] == ids[start - 1 : start - 1 + most]
    assert query(company, f"SELECT count(*) {statement}") == {"totalCount": len(ids)}


@settings(max_examples=60, deadline=None)
@given(asked=statements(), most=st.integers(1, 30))
def test_a_walk_through_the_pages_meets_everybody_once(company: Books, asked: Any, most: int) -> None:
    statement, met, start = asked[0], list[str](), 1
    while found := query(company, f"SELECT Id {statement} STARTPOSITION {start} MAXRESULTS {most}").get("Customer"):
        met += [each["Id"] for each in found]
        start += most
    assert len(set(met)) == len(met)
    assert query(company, f"SELECT count(*) {statement}") == {"totalCount": len(met)}


@settings(max_examples=30, deadline=None)
@given(hours=st.integers(0, 700))
def test_changes_and_queries_agree(company: Books, hours: int) -> None:
    since = (company.store.now() - dt.timedelta(hours=hours)).isoformat(timespec="seconds")
    told = json.loads(answer_changes(company, "Customer,Invoice", since))[0]["QueryResponse"]
    for entity, everything in (("Customer", " AND Active IN (true, false)"), ("Invoice", "")):
        asked = f"SELECT * FROM {entity} WHERE MetaData.LastUpdatedTime >= '{since}'{everything} MAXRESULTS 1000"
        blocks = [block[entity] for block in told if entity in block]
        changed = {each["Id"] for block in blocks for each in block}
        assert changed == {each["Id"] for each in query(company, asked).get(entity, [])}


STATEMENT_WORDS = (
    "select SELECT * count(*) from Customer Invoice Ghost where and or not DisplayName Balance Active Id Line . "
    "MetaData.CreateTime = < > <= >= <> != in like ( ) , ' '\\' \\ 1 -1 1.5 1e5 true false CURRENT_DATE '' ' "
    "orderby order by asc desc startposition maxresults 0 1001 99999999999999999999 iterator % ; \x00 \ud800"
)
words = st.sampled_from(STATEMENT_WORDS.split())


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(st.lists(st.one_of(words, st.text(max_size=3)), max_size=14).map(" ".join), st.text(max_size=60)))
def test_any_text_is_answered_or_refused(company: Books, text: str) -> None:
    assert refusal(query, company, text) in ("", "4000", "4001", "4002")


@settings(max_examples=150, deadline=None)
@given(
    value=st.text(max_size=30),
    name=st.sampled_from(sorted(ASKED)),
    operator=st.sampled_from(["=", "!=", "<", "like", "in"]),
)
def test_any_value_is_compared_or_refused(company: Books, value: str, name: str, operator: str) -> None:
    text = f"({quoted(value)})" if operator == "in" else quoted(value)
    assert refusal(query, company, f"select * from Customer where {name} {operator} {text}") in ("", "4001")


writes = st.lists(
    st.tuples(st.sampled_from(["create", "rename", "leave", "return", "bill", "pay", "unpay"]), st.integers(0, 99)),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(done=writes)
def test_whatever_is_written_every_order_stays_complete(tmp_path_factory: pytest.TempPathFactory, done: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranks, "SIZE", 2)
        books = Books(Store(":memory:"), REALM)
        books.store.clock.freeze(START)
        books.found(name="Busy Backflow")
        for kind, luck in done:
            try:
                _write(books, kind, luck)
            except Refused:
                continue
        for entity in ("Customer", "Invoice", "Payment"):
            _check_orders(books, entity)
        books.store.close()


def _write(books: Books, kind: str, luck: int) -> None:
    """One of the things people do, to a customer, an invoice or a payment that may be there."""
    customer, number = str(luck % 6 + 1), str(luck)
    if kind == "create":
        books.create(
            "Customer", {"DisplayName": f"{HOSTILE[luck % len(HOSTILE)]} {luck}", "GivenName": HOSTILE[luck % 3]}
        )
    elif kind in ("leave", "return", "rename"):
        token = books.get("Customer", customer)["SyncToken"]
        change = {"DisplayName": f"Renamed {luck}"} if kind == "rename" else {"Active": kind == "return"}
        books.update("Customer", {"Id": customer, "SyncToken": token, "sparse": True, **change})
    elif kind == "bill":
        books.create("Invoice", sale(customer, luck))
    elif kind == "pay":
        books.create("Payment", paying(customer, luck, (number, luck / 2)))
    else:
        books.delete("Payment", number)


def _check_orders(books: Books, entity: str) -> None:
    """Each order by its ranks is the order by its values."""
    table = narrow(entity)
    for column in ("id", *(column.name for column in table.columns.values())):
        for shown, active in (("live", "active = 1"), ("gone", "active = 0"), ("all", "1")):
            order = ranks.Order(table.name, column, shown)
            rows = books.store.rows(f"SELECT id FROM {table.name} WHERE {active} ORDER BY {column}, id")
            ids = [row["id"] for row in rows]
            assert books.records.asks.ranks.ids(order, 0, 1000, falls=False) == ids
            assert books.records.asks.ranks.ids(order, 1, 1000, falls=True) == ids[::-1][1:]
            assert books.records.asks.ranks.total(order) == len(ids)
