"""Reading everything: pages, windows, and records that arrive exactly."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from include.errors import (
    DamagedExtract,
)
from include.quickbooks.client import QuickBooksClient
from include.records import Entity, Invoice
from tests.quickbooks.fake_intuit import TIME, FakeIntuit, Reply, count, fault, page
from tests.quickbooks.samples import customer, invoice

SINCE = dt.datetime(2026, 11, 1, 9, tzinfo=dt.timezone(dt.timedelta(hours=-8)))


def customers(first: int, last: int) -> list[dict[str, Any]]:
    return [customer(str(number)) for number in range(first, last + 1)]


def test_a_read_counts_first_and_walks_all_pages(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [
        count(2300),
        page("Customer", customers(1, 1000)),
        page("Customer", customers(1000, 1999)),
        page("Customer", customers(1999, 2300)),
    ]
    extract = quickbooks.read_all(Entity.CUSTOMER)
    assert (len(extract.records), extract.expected, extract.complete) == (2300, 2300, True)
    assert extract.as_of == dt.datetime.fromisoformat(TIME)
    assert [asked.body.split("STARTPOSITION ")[1] for asked in intuit.asked[1:]] == [
        "1 MAXRESULTS 1000",
        "1000 MAXRESULTS 1000",
        "1999 MAXRESULTS 1000",
    ]
    assert {asked.params["minorversion"] for asked in intuit.asked} == {"75"}
    assert quickbooks.calls == {"query": 4}


def test_a_full_last_page_is_followed_by_one_of_its_last_row(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [count(1000), page("Customer", customers(1, 1000)), page("Customer", customers(1000, 1000))]
    assert len(quickbooks.read_all(Entity.CUSTOMER).records) == 1000


def test_an_empty_company_reads_as_nothing(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [count(0), page("Item", [])]
    extract = quickbooks.read_all(Entity.ITEM)
    assert (extract.records, extract.expected) == ((), 0)


def test_windows_become_conditions_and_are_not_complete(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [count(0), page("Invoice", []), count(0), page("Invoice", [])]
    assert not quickbooks.read_all(Entity.INVOICE, changed_since=SINCE).complete
    assert not quickbooks.read_all(Entity.INVOICE, created=(SINCE, SINCE + dt.timedelta(days=1))).complete
    assert "WHERE MetaData.LastUpdatedTime >= '2026-11-01T09:00:00-08:00'" in intuit.asked[1].body
    assert (
        "WHERE MetaData.CreateTime >= '2026-11-01T09:00:00-08:00' "
        "AND MetaData.CreateTime < '2026-11-02T09:00:00-08:00'" in intuit.asked[2].body
    )


def test_pages_that_repeat_end_the_walk(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.always = lambda asked: count(5000) if "count" in asked.body else page("Customer", customers(1, 1000))
    with pytest.raises(DamagedExtract, match="twice"):
        quickbooks.read_all(Entity.CUSTOMER)
    assert quickbooks.calls["query"] == 3


def test_g3_a_row_that_would_slip_between_two_pages_is_read_by_a_second_walk(
    quickbooks: QuickBooksClient, intuit: FakeIntuit
) -> None:
    """Two are deleted after the first page and one is added at the end: the number of rows is as announced."""
    rest = [*customers(1, 4), *customers(7, 1201)]
    intuit.script = [
        count(1200),
        page("Customer", customers(1, 1000)),
        page("Customer", rest[999:]),
        count(1199),
        page("Customer", rest[:1000]),
        page("Customer", rest[999:]),
    ]
    extract = quickbooks.read_all(Entity.CUSTOMER)
    assert [record.id for record in extract.records] == [
        str(number) for number in range(1, 1202) if number not in (5, 6)
    ]
    assert extract.expected == 1199


def test_g3_a_row_that_comes_in_before_the_page_doubles_nothing(
    quickbooks: QuickBooksClient, intuit: FakeIntuit
) -> None:
    intuit.script = [
        count(1001),
        page("Customer", customers(2, 1001)),
        page("Customer", [*customers(1000, 1002)]),
    ]
    extract = quickbooks.read_all(Entity.CUSTOMER)
    assert [record.id for record in extract.records] == [str(number) for number in range(2, 1003)]


def test_pages_that_keep_moving_are_given_up(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [
        count(1001),
        page("Customer", customers(1, 1000)),
        page("Customer", customers(1001, 1001)),
    ] * 3
    with pytest.raises(DamagedExtract, match="kept moving"):
        quickbooks.read_all(Entity.CUSTOMER)


def test_a_walk_that_came_up_short_once_is_made_again(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [count(2), page("Customer", customers(1, 3)), count(3), page("Customer", customers(1, 3))]
    extract = quickbooks.read_all(Entity.CUSTOMER)
    assert (len(extract.records), extract.expected) == (3, 3)


def test_a_walk_that_stays_short_shows_in_the_expected_count(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.always = lambda asked: count(9) if "count" in asked.body else page("Customer", customers(1, 3))
    extract = quickbooks.read_all(Entity.CUSTOMER)
    assert (len(extract.records), extract.expected) == (3, 9)


def test_one_unreadable_record_stops_nothing(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    rows = [customer("1"), customer("2", DisplayName="a\ud800"), customer("3", DisplayName=None)]
    intuit.script = [count(3), page("Customer", rows)]
    extract = quickbooks.read_all(Entity.CUSTOMER)
    assert [record.id for record in extract.records] == ["1"]
    assert [(problem.id, problem.problem) for problem in extract.unreadable] == [
        ("2", "text_unreadable"),
        ("3", "no_name"),
    ]


def test_amounts_arrive_exactly(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    row = json.dumps(invoice()).replace('"TotalAmt": 100', '"TotalAmt": 1234567890123.07')
    intuit.script = [count(1), Reply(f'{{"QueryResponse": {{"Invoice": [{row}]}}, "time": "{TIME}"}}')]
    [record] = quickbooks.read_all(Entity.INVOICE).records
    assert isinstance(record, Invoice)
    assert record.total == Decimal("1234567890123.07")


def test_names_arrive_as_utf8_without_a_charset(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    name = "Jose\u0301 \U0001f9ea \u00a0end "
    body = json.dumps(
        {"QueryResponse": {"Customer": [customer("1", DisplayName=name)]}, "time": TIME}, ensure_ascii=False
    )
    intuit.script = [count(1), Reply(body, headers={"Content-Type": "text/plain"})]
    [record] = quickbooks.read_all(Entity.CUSTOMER).records
    assert getattr(record, "name", "") == name


def test_invoices_are_looked_up_by_number_in_hundreds(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [page("Invoice", [invoice("130", DocNumber="A'1")]), page("Invoice", [])]
    found = quickbooks.invoices_by_number(["A'1", *(str(number) for number in range(149))])
    assert [record.id for record in found] == ["130"]
    assert r"WHERE DocNumber IN ('A\'1', '0'," in intuit.asked[0].body
    assert quickbooks.calls == {"query": 2}


def test_a_deleted_invoice_reads_as_none(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [Reply({"Invoice": invoice("130"), "time": TIME}), fault("610")]
    first = quickbooks.read_invoice("130")
    assert first is not None
    assert first.id == "130"
    assert quickbooks.read_invoice("130") is None
