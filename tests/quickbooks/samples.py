"""Rows as QuickBooks sends them, after the recorded shapes."""

from __future__ import annotations

from typing import Any

META = {"CreateTime": "2026-10-01T10:00:00-07:00", "LastUpdatedTime": "2026-10-02T11:30:00-07:00"}


def customer(record_id: str = "1", **fields: Any) -> dict[str, Any]:
    """An active customer."""
    row = {
        "Id": record_id,
        "SyncToken": "0",
        "MetaData": META,
        "DisplayName": f"Customer {record_id}",
        "FullyQualifiedName": f"Customer {record_id}",
        "Active": True,
        "IsProject": False,
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
        "domain": "QBO",
        "sparse": False,
    }
    return row | fields


def invoice(record_id: str = "130", **fields: Any) -> dict[str, Any]:
    """An open invoice over 100."""
    row = {
        "Id": record_id,
        "SyncToken": "0",
        "MetaData": META,
        "DocNumber": "1001",
        "TxnDate": "2026-10-01",
        "CustomerRef": {"value": "1", "name": "Amy's Bird Sanctuary"},
        "CurrencyRef": {"value": "USD"},
        "Line": [{"Amount": 100, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}],
        "LinkedTxn": [],
        "TotalAmt": 100,
        "Balance": 100,
        "EmailStatus": "NotSet",
    }
    return row | fields


def deleted(record_id: str) -> dict[str, Any]:
    """What a change capture shows of a record that is gone."""
    at = {"LastUpdatedTime": "2026-10-03T08:00:00-07:00"}
    return {"domain": "QBO", "status": "Deleted", "Id": record_id, "MetaData": at}
