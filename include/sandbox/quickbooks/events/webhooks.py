"""Webhooks: what the app has subscribed to, and what has happened since the last notification (reference, section 7).

An event is noted within the transaction of the write it tells of, so it is kept or undone with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from include.sandbox.quickbooks.connect.loopback import is_loopback
from include.sandbox.store import Store

TABLES = """
CREATE TABLE IF NOT EXISTS qb_webhook (id INTEGER PRIMARY KEY, spec TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS qb_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT, realm TEXT NOT NULL, entity TEXT NOT NULL, entity_id TEXT NOT NULL,
    operation TEXT NOT NULL, at REAL NOT NULL, deleted TEXT NOT NULL
);
"""
VERIFIER_TOKEN = "6f1c2f0e-5b1d-4d0c-9a55-loopback-only"  # noqa: S105 - signs what goes to this machine only
FORMATS = ("classic", "cloudevents")
KINDS = {
    "url": str,
    "format": str,
    "verifier_token": str,
    "entities": list,
    "duplicate": bool,
    "out_of_order": bool,
    "drop": int,
}
TOLD = frozenset({
    "Account", "Bill", "BillPayment", "Budget", "Class", "CreditMemo", "Currency", "Customer", "Department", "Deposit",
    "Employee", "Estimate", "Invoice", "Item", "JournalEntry", "Payment", "PaymentMethod", "Preferences", "Purchase",
    "PurchaseOrder", "RefundReceipt", "SalesReceipt", "TaxAgency", "Term", "TimeActivity", "Transfer", "Vendor",
    "VendorCredit",
})  # fmt: skip
"""The entities webhooks exist for."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """The app's subscription, and what shall go wrong with it.

    `entities` narrows it down. `duplicate` sends every notification twice, `out_of_order` sends one notification per
    event, the latest first, and the next `drop` notifications are never sent.
    """

    url: str
    format: str = "cloudevents"
    verifier_token: str = VERIFIER_TOKEN
    entities: tuple[str, ...] = ()
    duplicate: bool = False
    out_of_order: bool = False
    drop: int = 0

    @classmethod
    def from_json(cls, spec: Mapping[str, Any]) -> Webhook:
        """Read a subscription. Raises ValueError with what is wrong about it."""
        unknown = set(spec) - set(cls.__slots__)
        if unknown:
            raise ValueError(f"unknown key: {', '.join(sorted(unknown))}")
        for name, value in spec.items():
            if type(value) is not KINDS[name]:
                raise ValueError(f"{name} must be of type {KINDS[name].__name__}")
        webhook = cls(**{"url": "", **spec, "entities": tuple(spec.get("entities", ()))})
        if not is_loopback(webhook.url):
            raise ValueError("url must be an address on this machine, for instance http://127.0.0.1:8080/webhooks")
        if webhook.format not in FORMATS:
            raise ValueError(f"format must be one of {', '.join(FORMATS)}")
        if not webhook.verifier_token.isprintable():
            raise ValueError("verifier_token must be printable")
        if not all(isinstance(name, str) and name in TOLD for name in webhook.entities):
            raise ValueError(f"entities must be some of {', '.join(sorted(TOLD))}")
        return webhook

    def as_json(self) -> dict[str, Any]:
        """The subscription as `from_json` reads it."""
        return {**asdict(self), "entities": list(self.entities)}

    def tells(self, entity: str) -> bool:
        """Whether the app wants to hear of this entity."""
        return entity in (self.entities or TOLD)


def subscribe(store: Store, webhook: Webhook) -> None:
    """Let every write from now on be told; another subscription is replaced."""
    with store.transaction() as db:
        db.execute("INSERT OR REPLACE INTO qb_webhook VALUES (1, ?)", (json.dumps(webhook.as_json()),))


def subscription(store: Store) -> Webhook | None:
    """The subscription, or None."""
    row = store.row("SELECT spec FROM qb_webhook")
    return None if row is None else Webhook.from_json(json.loads(row["spec"]))


def note(store: Store, realm: str, entity: str, id_: str, operation: str, *, deleted: str = "") -> None:
    """Note that an object was written; nothing is noted (and it costs next to nothing) without a subscription."""
    if store.row("SELECT 1 FROM qb_webhook") is None:
        return
    with store.transaction() as db:
        db.execute(
            "INSERT INTO qb_event (realm, entity, entity_id, operation, at, deleted) VALUES (?, ?, ?, ?, ?, ?)",
            (realm, entity, id_, operation, store.now().timestamp(), deleted),
        )
