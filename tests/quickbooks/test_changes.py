"""Change capture: one call, or None where it may be incomplete."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from include.quickbooks.client import QuickBooksClient
from include.records import Entity
from tests.quickbooks.fake_intuit import TIME, FakeIntuit, Reply, fault
from tests.quickbooks.samples import customer, deleted, invoice

SINCE = dt.datetime(2026, 11, 1, 9, tzinfo=dt.timezone(dt.timedelta(hours=-8)))


def changes_answer(*blocks: dict[str, Any], time: str = TIME) -> Reply:
    return Reply({"CDCResponse": [{"QueryResponse": list(blocks)}], "time": time})


def customers(first: int, last: int) -> list[dict[str, Any]]:
    return [customer(str(number)) for number in range(first, last + 1)]


def test_changes_come_in_one_call_with_deletions(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [
        changes_answer(
            {"Customer": customers(1, 2), "startPosition": 1, "maxResults": 2},
            {},
            {"Invoice": [invoice("130"), deleted("131")], "maxResults": 2, "totalCount": 2},
            {"Customer": customers(3, 3)},
        )
    ]
    told = quickbooks.changes([Entity.CUSTOMER, Entity.INVOICE, Entity.PAYMENT], SINCE)
    assert told is not None
    assert [record.id for record in told[Entity.CUSTOMER].records] == ["1", "2", "3"]
    assert [gone.id for gone in told[Entity.INVOICE].deleted] == ["131"]
    assert told[Entity.PAYMENT].records == ()
    assert told[Entity.PAYMENT].as_of == dt.datetime.fromisoformat(TIME)
    assert intuit.asked[0].params["entities"] == "Customer,Invoice,Payment"
    assert intuit.asked[0].params["changedSince"] == "2026-11-01T09:00:00-08:00"
    assert quickbooks.calls == {"cdc": 1}


def test_no_changes_at_all_is_an_empty_answer(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [changes_answer({})]
    told = quickbooks.changes([Entity.CUSTOMER], SINCE)
    assert told is not None
    assert told[Entity.CUSTOMER].records == ()


@pytest.mark.parametrize(
    "reply",
    [
        changes_answer({"Customer": customers(1, 600)}, {"Invoice": [invoice(str(n)) for n in range(400)]}),
        changes_answer({"Customer": customers(1, 10), "totalCount": 1200}),
        changes_answer({"Customer": customers(1, 2)}, time="2026-12-01T09:00:00-08:00"),
        fault("4001"),
    ],
)
def test_changes_that_may_be_incomplete_are_left_to_pages(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, reply: Reply
) -> None:
    intuit.script = [reply]
    assert quickbooks.changes([Entity.CUSTOMER, Entity.INVOICE], SINCE) is None


def test_nine_hundred_ninety_nine_changes_over_all_entities_are_complete(
    quickbooks: QuickBooksClient, intuit: FakeIntuit
) -> None:
    """protocol 2.4"""
    intuit.script = [
        changes_answer({"Customer": customers(1, 599)}, {"Invoice": [invoice(str(n)) for n in range(400)]})
    ]
    assert quickbooks.changes([Entity.CUSTOMER, Entity.INVOICE], SINCE) is not None
