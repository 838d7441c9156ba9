"""The body and the headers of a webhook call, in the classic format and as CloudEvents (reference, section 7)."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import itertools
import json
import sqlite3
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from include.sandbox.quickbooks.connect.oauth import CLIENT_ID
from include.sandbox.quickbooks.wire import SERVICE_ZONE

OPERATIONS = {
    "create": ("Create", "created"),
    "update": ("Update", "updated"),
    "delete": ("Delete", "deleted"),
    "void": ("Void", "void"),
    "merge": ("Merge", "merged"),
    "send": ("Emailed", "emailed"),
}
"""Each write as the two formats call it. `void` is how Intuit's list of event types has it, unlike the others."""
SOURCE = "intuit." + base64.urlsafe_b64encode(hashlib.sha256(CLIENT_ID.encode()).digest()).decode()
NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "https://quickbooks.sandbox.invalid/")


def body_of(format: str, events: Iterable[sqlite3.Row]) -> str:
    """The notification that tells of these events, several companies together."""
    noted = list(events)
    return json.dumps(_classic(noted) if format == "classic" else _cloud(noted), separators=(",", ":"))


def headers_of(delivery: int, body: str, verifier_token: str, now: dt.datetime) -> Mapping[str, str]:
    """What Intuit sends beside the body; the signature is over its bytes as they are sent."""
    digest = hmac.new(verifier_token.encode(), body.encode(), hashlib.sha256).digest()
    return {
        "accept": "application/json",
        "content-type": "application/json; charset=utf-8",
        "intuit-created-time": now.astimezone(SERVICE_ZONE).strftime("%Y-%m-%dT%H:%M:%S%z"),
        "intuit-notification-schema-version": "0.1",
        "intuit-signature": base64.b64encode(digest).decode(),
        "intuit-t-id": str(uuid.uuid5(NAMES, f"delivery {delivery}")),
        "user-agent": "intuit_notification_server/0.1",
    }


def _classic(events: list[sqlite3.Row]) -> dict[str, Any]:
    by_realm = itertools.groupby(sorted(events, key=lambda event: str(event["realm"])), lambda event: event["realm"])
    return {
        "eventNotifications": [
            {"realmId": realm, "dataChangeEvent": {"entities": [_classic_entity(event) for event in told]}}
            for realm, told in by_realm
        ]
    }


def _classic_entity(event: sqlite3.Row) -> dict[str, str]:
    entity = {
        "name": event["entity"],
        "id": event["entity_id"],
        "operation": _words(event)[0],
        "lastUpdated": f"{_moment(event)}.000Z",
    }
    return entity | ({"deletedId": event["deleted"]} if event["deleted"] else {})


def _cloud(events: list[sqlite3.Row]) -> list[dict[str, Any]]:
    return [
        {
            "specversion": "1.0",
            "id": f"{uuid.uuid5(NAMES, str(event['id']))}-{event['entity']}-{event['entity_id']}",
            "source": SOURCE,
            "type": f"qbo.{event['entity'].lower()}.{_words(event)[1]}.v1",
            "datacontenttype": "application/json",
            "time": f"{_moment(event)}Z",
            "intuitentityid": event["entity_id"],
            "intuitaccountid": event["realm"],
            "data": {"deletedid": event["deleted"]} if event["deleted"] else {},
        }
        for event in events
    ]


def _words(event: sqlite3.Row) -> tuple[str, str]:
    return OPERATIONS.get(event["operation"], OPERATIONS["update"])


def _moment(event: sqlite3.Row) -> str:
    return dt.datetime.fromtimestamp(event["at"], dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
