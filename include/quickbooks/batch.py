"""Batches of invoice creates: the request's body and the answer, item by item (protocol 3.4).

python-quickbooks' own batch cannot carry a request id: its item ids are too long for one. The body is a function of
the items alone, so a batch that is sent again is sent byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from include.errors import ContractBroken, RecordRejected
from include.quickbooks.faults import faults_in, rejection_for
from include.quickbooks.mapping import read_record
from include.records import Entity, Invoice

MOST_ITEMS = 30
LONGEST_REQUEST_ID = 36
LONGEST_BID = 10


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One invoice to create: its id within the batch and QuickBooks' JSON, money as Decimal."""

    bid: str
    payload: Mapping[str, Any]


def check_batch(request_id: str, items: Sequence[BatchItem]) -> None:
    """Raises ValueError for a batch QuickBooks would not take as one."""
    bids = [item.bid for item in items]
    if not 1 <= len(items) <= MOST_ITEMS:
        raise ValueError(f"a batch holds 1 to {MOST_ITEMS} items, not {len(items)}")
    if not 1 <= len(request_id) <= LONGEST_REQUEST_ID:
        raise ValueError(f"a batch's request id has 1 to {LONGEST_REQUEST_ID} characters")
    if len(set(bids)) < len(bids) or not all(1 <= len(bid) <= LONGEST_BID for bid in bids):
        raise ValueError(f"item ids of a batch are distinct and have 1 to {LONGEST_BID} characters")


def batch_body(items: Sequence[BatchItem]) -> str:
    """The request's JSON."""
    requests = [{"bId": item.bid, "operation": "create", "Invoice": item.payload} for item in items]
    return as_json({"BatchItemRequest": requests})


def read_batch(answer: Mapping[str, Any], bids: Sequence[str]) -> dict[str, Invoice | RecordRejected]:
    """The created invoice or the refusal per item id.

    Raises ContractBroken if an item has no answer, or one that is neither: it may or may not have been written.
    """
    told = answer.get("BatchItemResponse")
    by_bid = {str(item.get("bId")): item for item in told if isinstance(item, dict)} if isinstance(told, list) else {}
    missing = [bid for bid in bids if bid not in by_bid]
    if missing:
        raise ContractBroken(f"QuickBooks left {len(missing)} of {len(bids)} items of a batch without an answer.")
    return {bid: _outcome(by_bid[bid]) for bid in bids}


def as_json(value: object) -> str:
    """JSON with Decimals as exact numbers. A float is refused: money never passes through one (R11)."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("an amount is not a number")
        return format(value, "f")
    if isinstance(value, float):
        raise TypeError("a float in a payload: money is Decimal")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(name))}: {as_json(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(as_json(inner) for inner in value) + "]"
    return json.dumps(value)


def _outcome(item: Mapping[str, Any]) -> Invoice | RecordRejected:
    faults = tuple(faults_in(item))
    if faults:
        return rejection_for(faults)
    data = item.get("Invoice")
    record = read_record(Entity.INVOICE, data) if isinstance(data, dict) else None
    if not isinstance(record, Invoice):
        raise ContractBroken("QuickBooks answered an item of a batch with neither an invoice nor a fault.")
    return record
