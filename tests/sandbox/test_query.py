"""What a query finds, and what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.queries.query import answer_query, query

from .conftest import paying, refusal, sale

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


def test_unlike_finds_the_others_that_have_a_value(books: Books) -> None:
    for name, company in (("A", "Acme"), ("B", "Bolt"), ("C", None), ("D", "Acme")):
        books.create("Customer", {"DisplayName": name, "CompanyName": company})
    assert ids(books, "select * from Customer where CompanyName != 'ACME'") == ["2"]
    assert ids(books, "select * from Customer where CompanyName != '' and DisplayName != 'D'") == ["1", "2"]
    assert ids(books, "select * from Customer where Balance != '0'") == []
    assert query(books, "select count(*) from Customer where DisplayName != 'A'") == {"totalCount": 3}


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


def test_the_last_of_all_signs_is_found_by_what_stands_before_it(books: Books) -> None:
    for name in ("z", "z\U0010ffff", "z\U0010ffffa", "{", "\U0010ffff"):
        books.create("Customer", {"DisplayName": name})
    assert ids(books, "select * from Customer where DisplayName like 'z%'") == ["1", "2", "3"]
    assert ids(books, "select * from Customer where DisplayName like 'z\U0010ffff%'") == ["2", "3"]
    assert ids(books, "select * from Customer where DisplayName like '\U0010ffff%'") == ["5"]


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
        ("select InvoiceLink from Invoice", "4001"),
        ("select * from Customer where not Active = true", "4000"),
        ("select * from Customer where Balance between 1 and 2", "4000"),
        ("select * from Customer where Active != true", "4001"),
        ("select * from Customer where Id != '1'", "4001"),
        ("select * from Customer where DisplayName ! = 'a'", "4000"),
        ("select * from Customer where DisplayName = Alpha", "4000"),
        ("select * from Customer where DisplayName in ()", "4000"),
        ("select * from Customer where Active > true", "4001"),
        ("select * from Customer where Active = 'perhaps'", "4001"),
        ("select * from Customer where Balance like '1%'", "4001"),
        ("select * from Customer where Balance > 'nan'", "4001"),
        ("select * from Customer where Balance > '1_0'", "4001"),
        ("select * from Customer where MetaData.CreateTime > 'yesterday'", "4001"),
        ("select * from Invoice where CustomerRef.value = '1'", "4001"),
        ("select * from Invoice orderby CustomerRef", "4001"),
        ("select * from Customer where BalanceWithJobs > '0'", "4001"),
        ("select * from Customer orderby PrimaryEmailAddr", "4001"),
        ("select * from Customer startposition 99999999999", "4002"),
        (f"select * from Customer where DisplayName like '{'%a' * 3000}'", "4001"),
        ("select * from Customer where " + " and ".join(f"Balance > {n}" for n in range(2000)), "4001"),
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


@pytest.mark.parametrize(
    "statement",
    [
        "select * from customer where DisplayName = 'Alpha' startposition 1 maxresults 1000",  # node-quickbooks
        "select * from customer where displayName = 'Alpha' and active = true startposition 1 maxresults 1000",
        "SELECT * FROM Customer WHERE DisplayName = 'Alpha' AND Active = True ORDERBY Id STARTPOSITION 1 MAXRESULTS 5",
        "SELECT * FROM Customer WHERE DisplayName in ('Alpha', 'nobody')",  # python-quickbooks' choose
        "SELECT * FROM Customer WHERE Active = true AND DisplayName = 'Alpha' STARTPOSITION 1 MAXRESULTS 20",  # ruby
        "SELECT FROM Customer WHERE Metadata.LastUpdatedTime>'2011-08-10T10:20:30-07:00' and givenname = 'Al'",
        "Select Id, GivenName From Customer Where Metadata.LastUpdatedTime>'2013-03-13T14:50:22-08:00'"
        " and displayname='alpha' Order By Metadata.LastUpdatedTime",
        "select * from Customer where DisplayName = 'Alpha'\n  MaxResults 10 StartPosition 0",
        "select * from Customer where MetaData.CreateTime<=CURRENT_DATE and DisplayName like 'alph%a' orderby Id desc",
    ],
)
def test_what_clients_send_is_understood(books: Books, statement: str) -> None:
    books.create("Customer", {"DisplayName": "Alpha", "GivenName": "Al"})
    books.create("Customer", {"DisplayName": "Beta"})
    books.store.clock.advance(dt.timedelta(days=1))
    assert len(ids(books, statement)) == 1


def test_numbers_and_booleans_are_taken_with_and_without_quotes(books: Books, invoice: dict[str, Any]) -> None:
    for value in ("99.99", "'99.99'", "99", "' 99 '", "-1"):
        assert len(ids(books, f"select * from Customer where Balance > {value}")) == 1
    for value in ("true", "TRUE", "'true'", "'True'"):
        assert len(ids(books, f"select * from Customer where Active = {value}")) == 1


def test_a_blank_value_finds_what_has_none(books: Books, customers: list[dict[str, Any]]) -> None:
    named = books.create("Customer", {"DisplayName": "Named", "GivenName": "Nora"})
    assert len(ids(books, "select * from Customer where GivenName = ' '")) == len(NAMES)
    assert ids(books, "select * from Customer where GivenName > ' '") == [named["Id"]]
    assert ids(books, "select * from Customer where GivenName < 'zzz'") == [named["Id"]]
    assert ids(books, "select * from Customer where GivenName like '%'") == [named["Id"]]


def test_several_keys_sort_one_within_the_other(books: Books) -> None:
    for given, family in (("Bo", "Ray"), ("Al", "Ray"), ("Cy", "Day")):
        books.create("Customer", {"DisplayName": f"{given} {family}", "GivenName": given, "FamilyName": family})
    found = query(books, "select * from Customer orderby FamilyName desc, GivenName asc")["Customer"]
    assert [each["GivenName"] for each in found] == ["Al", "Bo", "Cy"]


def test_objects_that_are_equal_stand_by_id_in_the_direction_asked_for(books: Books, customer: str) -> None:
    made = [books.create("Invoice", sale(customer, 5))["Id"] for _ in range(3)]
    rising = query(books, "select * from Invoice orderby TotalAmt")["Invoice"]
    falling = query(books, "select * from Invoice orderby TotalAmt desc")["Invoice"]
    assert [each["Id"] for each in rising] == made
    assert [each["Id"] for each in falling] == made[::-1]


def test_the_payment_page_of_an_invoice_comes_on_request_with_all_properties_only(books: Books, customer: str) -> None:
    payable = sale(customer, 5, BillEmail={"Address": "a@example.com"}, AllowOnlineCreditCardPayment=True)
    made = books.create("Invoice", payable)
    statement = f"select * from Invoice where Id = '{made['Id']}'"
    assert "InvoiceLink" not in answer_query(books, statement)
    assert "InvoiceLink" in answer_query(books, statement, {"invoiceLink"})


def test_what_is_deleted_is_found_no_more(books: Books, customer: str, invoice: dict[str, Any]) -> None:
    payment = books.create("Payment", paying(customer, 5))
    assert query(books, "select count(*) from Payment") == {"totalCount": 1}
    books.delete("Payment", payment)
    assert query(books, "select * from Payment") == {}
    assert query(books, "select count(*) from Payment") == {"totalCount": 0}
