"""Batches: exact bodies, one outcome per item, never sent twice by themselves."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from include.errors import (
    ContractBroken,
    RateLimited,
    RecordRejected,
    SyncError,
    TemporaryOutage,
)
from include.quickbooks.batch import BatchItem, as_json
from include.quickbooks.client import QuickBooksClient
from include.records import Invoice
from tests.quickbooks.fake_intuit import REALM, TIME, FakeIntuit, Reply, fault
from tests.quickbooks.samples import invoice

PREFIX = f"/v3/company/{REALM}"
XML_THROTTLE = '<IntuitResponse><Fault type="SERVICE"><Error code="3001"><Message/></Error></Fault></IntuitResponse>'


def test_a_batch_carries_its_request_id_and_exact_amounts(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    """protocol 3.4, R11"""
    intuit.script = [Reply({"BatchItemResponse": [{"bId": "1", "Invoice": invoice("130")}], "time": TIME})]
    payload = {"DocNumber": "é-1", "Line": [{"Amount": Decimal("33.10"), "Qty": Decimal("1E+1")}], "Flag": False}
    outcome = quickbooks.send_batch("b-1", [BatchItem("1", payload)])
    assert getattr(outcome["1"], "id", "") == "130"
    asked = intuit.asked[0]
    assert (asked.path, asked.params["requestid"]) == (f"{PREFIX}/batch", "b-1")
    assert '"Amount": 33.10, "Qty": 10' in asked.body
    assert json.loads(asked.body)["BatchItemRequest"][0]["Invoice"]["DocNumber"] == "é-1"


def test_a_batch_tells_good_items_from_refused_ones(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    refused = {"bId": "2", "Fault": {"Error": [{"code": "6140", "Message": "Nick"}], "type": "ValidationFault"}}
    intuit.script = [Reply({"BatchItemResponse": [refused, {"bId": "1", "Invoice": invoice("130")}], "time": TIME})]
    outcome = quickbooks.send_batch("b-1", [BatchItem("1", {}), BatchItem("2", {})])
    assert isinstance(outcome["1"], Invoice)
    assert isinstance(outcome["2"], RecordRejected)
    assert outcome["2"].reason == "number_taken"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply("", 503), TemporaryOutage),
        (Reply(hang_up=True), TemporaryOutage),
        (Reply("", 200), TemporaryOutage),
        (Reply(XML_THROTTLE, 429, {"Retry-After": "1"}), RateLimited),
    ],
)
def test_a_batch_is_never_sent_again_by_itself(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, reply: Reply, expected: type[SyncError]
) -> None:
    intuit.always = lambda asked: reply
    with pytest.raises(expected):
        quickbooks.send_batch("b-1", [BatchItem("1", {})])
    assert len(intuit.asked) == 1


def test_a_batch_refused_for_its_token_is_sent_once_more_unchanged(
    quickbooks: QuickBooksClient, intuit: FakeIntuit
) -> None:
    answer = Reply({"BatchItemResponse": [{"bId": "1", "Invoice": invoice("130")}], "time": TIME})
    intuit.script = [fault("3200", 401), answer]
    quickbooks.send_batch("b-1", [BatchItem("1", {"Line": []})])
    first, second = intuit.calls
    assert (first.body, first.params) == (second.body, second.params)


def test_an_item_without_an_answer_is_not_taken_for_a_refusal(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [Reply({"BatchItemResponse": [{"bId": "1", "Invoice": invoice("130")}], "time": TIME})]
    with pytest.raises(ContractBroken, match="1 of 2 items"):
        quickbooks.send_batch("b-1", [BatchItem("1", {}), BatchItem("2", {})])


@pytest.mark.parametrize(
    ("request_id", "bids"),
    [
        ("r" * 37, ["1"]),
        ("", ["1"]),
        ("r", []),
        ("r", ["1", "1"]),
        ("r", ["x" * 11]),
        ("r", [str(n) for n in range(31)]),
    ],
)
def test_a_batch_quickbooks_would_not_take_is_not_sent(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, request_id: str, bids: list[str]
) -> None:
    with pytest.raises(ValueError, match="batch"):
        quickbooks.send_batch(request_id, [BatchItem(bid, {}) for bid in bids])
    assert intuit.asked == []


def test_a_float_in_a_payload_is_refused() -> None:
    with pytest.raises(TypeError, match="Decimal"):
        as_json({"Amount": 0.1})
