"""The writes to Syncta, each in three steps: what the outbox keeps, the call, what its answer changes here.

Everything a write needs after its answer stands in the outbox payload, so that a later run can finish it without the
plan it came from:

    create     {"body", "applied"}
    update     {"body", "applied", "changes", "target_id", "version"}
    mark_paid  {"body", "applied", "target_id", "version"}
    reopen     {"body", "applied", "target_id", "version"}
    restore    {"body", "applied", "changes", "target_id", "version"}
    remove     {"body", "applied", "target_id", "version"}

`body` is what is sent; `applied` is what the link remembers (protocol 1.2).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import Connection

from include.ledger import links, mirror, outbox
from include.ledger.links import Link
from include.ledger.outbox import OutboxRow
from include.records import Customer, Entity, Invoice, System
from include.sync.loading import Load, now
from include.sync.rows import UNDOES, Action, PlanRow
from include.sync.undone import keep_removal

CREATED = "created"


class Account(Protocol):
    """What is asked of an account."""

    @property
    def id(self) -> str:
        """Its id."""


class Syncta(Protocol):
    """What the load asks of Syncta's client."""

    def account(self) -> Account:
        """Whose account it is."""

    def customers_named(self, name: str) -> list[Customer]:
        """Live customers of exactly that name."""

    def create_customer(self, payload: Mapping[str, Any], key: str) -> Customer:
        """The new customer."""

    def update_customer(self, id: str, changes: Mapping[str, Any], *, version: int, key: str) -> Customer:
        """The changed customer."""

    def mark_paid(self, invoice_id: str, *, date: dt.date, reference: str, version: int, key: str) -> Invoice:
        """The paid invoice."""

    def reopen(self, invoice_id: str, *, version: int, key: str) -> Invoice:
        """The open invoice."""

    def delete_customer(self, id: str, *, version: int, key: str) -> None:
        """The customer is gone."""


def payload_of(row: PlanRow, parent_id: str) -> dict[str, Any]:
    """What the outbox keeps of a row; `parent_id` is the Syncta parent of a customer to create."""
    if row.action is Action.CREATE:
        body = {name: row.payload[name] for name in ("name", "phone", "emails", "mailing_address", "external_id")}
        return {"body": {**body, "parent_id": parent_id or None}, "applied": _applied(row)}
    target = {"target_id": row.target_id, "version": _version(row)}
    if row.action in (Action.REOPEN, Action.REMOVE):
        return {"body": {}, "applied": _applied(row), **target}
    if row.action in (Action.UPDATE, Action.RESTORE):
        body = {name: value for name, value in row.payload.items() if name not in ("applied", UNDOES)}
        changes = {name: list(pair) for name, pair in row.changes.items()}
        return {"body": body, "applied": _applied(row), "changes": changes, **target}
    body = {"date": row.payload["date"], "reference": row.payload["reference"]}
    return {"body": body, "applied": {"paid": {**body, **_settled(row)}}, **target}


def send(syncta: Syncta, row: OutboxRow) -> Customer | Invoice | None:
    """Make the call; Syncta answers the same request id with the same answer, so it may be made again. None: it was
    removed."""
    body, key = row.payload["body"], row.request_id
    if row.action == Action.CREATE:
        return syncta.create_customer(body, key)
    target, version = row.payload["target_id"], row.payload["version"]
    if row.action in (Action.UPDATE, Action.RESTORE):
        return syncta.update_customer(target, body, version=version, key=key)
    if row.action == Action.REOPEN:
        return syncta.reopen(target, version=version, key=key)
    if row.action == Action.REMOVE:
        syncta.delete_customer(target, version=version, key=key)
        return None
    date = dt.date.fromisoformat(body["date"])
    return syncta.mark_paid(target, date=date, reference=body["reference"], version=version, key=key)


def keep(conn: Connection, load: Load, row: OutboxRow, answer: Customer | Invoice | None) -> bool:
    """Mirror and link as the answer leaves them; False if a created customer's partner is linked
    elsewhere by now."""
    scope, entity = load.run.scope, Entity(row.entity)
    if answer is None:
        keep_removal(conn, load, row)
        return True
    mirror.upsert(conn, scope, System.SYNCTA, [answer], entity, now())
    for name, (old, new) in row.payload.get("changes", {}).items():
        if old:
            links.overwritten(conn, scope, row.run_id, entity, answer.id, name, old, new)
    applied = row.payload["applied"]
    if row.action == Action.CREATE:
        return load.links.add(conn, Link(entity, row.source_id, answer.id, CREATED, applied, row.run_id, now()))
    # Unlinked by a person meanwhile: then there is nothing to remember, and nothing is linked again.
    load.links.remember(conn, entity, row.source_id, applied, row.run_id)
    if row.action == Action.REOPEN:
        # The same payments may settle it once more, and mark it once more.
        outbox.let_again(conn, scope, Action.MARK_PAID.value, row.source_id)
    return True


def _settled(row: PlanRow) -> dict[str, Any]:
    """The payments, what they were (money, credit, journal, deposit), and when QuickBooks showed it (rules 4.1)."""
    return {name: row.payload[name] for name in ("settled_by", "split", "seen_at") if name in row.payload}


def _applied(row: PlanRow) -> dict[str, Any]:
    return dict(row.payload["applied"])


def _version(row: PlanRow) -> int:
    """The version the plan saw of the record that is written to: it goes out as If-Match."""
    return next(seen.version for seen in row.seen if (seen.system, seen.id) == (System.SYNCTA, row.target_id))
