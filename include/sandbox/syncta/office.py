"""What Syncta keeps: customers and invoices with versions, and the rules of changing them.

Records are JSON objects as the contract shows them. They are listed by `seq`, the order of creation, which never
changes: a walk through the pages meets what is inserted meanwhile at its end.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from include.sandbox.store import Store

TABLES = """
CREATE TABLE IF NOT EXISTS syncta_record (
    kind TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, label TEXT NOT NULL, owner TEXT NOT NULL,
    external_id TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, deleted INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (kind, id)
);
CREATE INDEX IF NOT EXISTS syncta_seq ON syncta_record (kind, seq);
CREATE INDEX IF NOT EXISTS syncta_label ON syncta_record (kind, label);
CREATE INDEX IF NOT EXISTS syncta_owner ON syncta_record (kind, owner);
"""
Body = dict[str, Any]
NEW_CUSTOMER: Body = {
    "phone": "",
    "emails": [],
    "portal_email": None,
    "mailing_address": None,
    "parent_id": None,
    "external_id": None,
    "active": True,
}
NEW_INVOICE: Body = {
    "status": "new",
    "ready_at": None,
    "due_date": None,
    "terms": None,
    "service_location": None,
    "lines": [],
    "discount": "0.00",
    "tax": "0.00",
    "currency": "USD",
    "paid": None,
    "portal_payments": [],
}


class Refused(Exception):
    """The contract's problem for a request; `status` is the HTTP status, `field` the culprit if there is one."""

    def __init__(self, status: int, title: str, field: str = "") -> None:
        super().__init__(title)
        self.status, self.title, self.field = status, title, field


class Office:
    """One Syncta account."""

    def __init__(self, store: Store) -> None:
        self.store = store
        store.define(TABLES)

    def create_customer(self, body: Mapping[str, Any]) -> Body:
        """A new customer; the name is kept code point for code point. Refused 422 for a parent that is not there."""
        self._check_parent("", body.get("parent_id"))
        return self._insert("customer", {**NEW_CUSTOMER, **body})

    def update_customer(self, record_id: str, changes: Mapping[str, Any], version: int | None = None) -> Body:
        """The customer with these fields changed. Refused 404, 410, 412, 422."""
        old = self._current("customer", record_id, version)
        self._check_parent(record_id, changes.get("parent_id"))
        return self._replace("customer", old, changes)

    def delete_customer(self, record_id: str, version: int | None = None) -> Body:
        """Delete a customer on which nothing hangs; refused 409 otherwise."""
        old = self._current("customer", record_id, version)
        if self._hanging("invoice", record_id) or self._hanging("customer", record_id):
            raise Refused(409, "Invoices or child customers hang on this customer. Move them first.")
        return self._replace("customer", old, {"deleted_at": self._now()})

    def move(self, record_id: str, to: str) -> Body:
        """Move invoices and children to another customer; the customer itself is answered."""
        self._current("customer", to)
        if to == record_id:
            raise Refused(422, "A customer cannot be moved to itself.", "to")
        for kind, field in (("invoice", "customer_id"), ("customer", "parent_id")):
            for child in self._hanging(kind, record_id):
                self._replace(kind, child, {field: to})
        return self._current("customer", record_id)

    def create_invoice(self, body: Mapping[str, Any]) -> Body:
        """A new invoice, as a tester writes it; `ready_at` is set when it is not in status new."""
        self._current("customer", str(body.get("customer_id")))
        invoice = {**NEW_INVOICE, **body}
        return self._insert("invoice", self._priced(invoice, body))

    def update_invoice(self, record_id: str, changes: Mapping[str, Any], version: int | None = None) -> Body:
        """The invoice changed as its tester would; new lines change the total unless one is given."""
        old = self._current("invoice", record_id, version)
        return self._replace("invoice", old, self._priced({**old, **changes}, changes))

    def delete_invoice(self, record_id: str) -> Body:
        """Delete an invoice."""
        return self._replace("invoice", self._current("invoice", record_id), {"deleted_at": self._now()})

    def mark_paid(self, record_id: str, body: Mapping[str, Any], version: int | None = None) -> Body:
        """Paid, as QuickBooks says; refused 409 if it is paid already."""
        old = self._current("invoice", record_id, version)
        if old["status"] == "paid":
            raise Refused(409, "The invoice is paid already.", "status")
        return self._replace("invoice", old, {"status": "paid", "paid": {**body, "source": "quickbooks"}})

    def reopen(self, record_id: str, version: int | None = None) -> Body:
        """Open again."""
        old = self._current("invoice", record_id, version)
        return self._replace("invoice", old, {"status": "unpaid", "paid": None})

    def get(self, kind: str, record_id: str) -> Body:
        """One live record. Refused 404 or 410."""
        return self._current(kind, record_id)

    def changed(self, since: str) -> dict[str, int]:
        """How many records of each kind changed since."""
        rows = self.store.rows(
            "SELECT kind, count(*) AS n FROM syncta_record WHERE updated_at >= ? GROUP BY kind", since
        )
        found = {row["kind"]: int(row["n"]) for row in rows}
        return {"customers": found.get("customer", 0), "invoices": found.get("invoice", 0)}

    def page(
        self, kind: str, where: Mapping[str, str], *, after: int, limit: int
    ) -> tuple[list[Body], int | None, int]:
        """Records after a cursor, the next cursor, how many the whole walk has. `where`: condition to value."""
        conditions = " AND ".join(["kind = ?", *where])
        values = (kind, *where.values())
        total = self.store.row(f"SELECT count(*) AS n FROM syncta_record WHERE {conditions}", *values)  # noqa: S608 - conditions are ours
        rows = self.store.rows(
            f"SELECT seq, body FROM syncta_record WHERE {conditions} AND seq > ? ORDER BY seq LIMIT ?",  # noqa: S608
            *values,
            after,
            limit + 1,
        )
        following = int(rows[limit - 1]["seq"]) if len(rows) > limit else None
        return [json.loads(row["body"]) for row in rows[:limit]], following, int(total["n"]) if total else 0

    def _current(self, kind: str, record_id: str, version: int | None = None) -> Body:
        row = self.store.row("SELECT body FROM syncta_record WHERE kind = ? AND id = ?", kind, record_id)
        if row is None:
            raise Refused(404, f"There is no such {kind}.")
        body: Body = json.loads(row["body"])
        if body["deleted_at"]:
            raise Refused(410, f"The {kind} was deleted.")
        if version is not None and version != body["version"]:
            raise Refused(412, f"The {kind} was changed meanwhile.")
        return body

    def _check_parent(self, record_id: str, parent: str | None) -> None:
        above, steps = parent, 0
        while above:
            row = self.store.row("SELECT body FROM syncta_record WHERE kind = 'customer' AND id = ?", above)
            if row is None or above == record_id or steps > 20:
                raise Refused(422, "The parent does not exist, or is a child of this customer.", "parent_id")
            above, steps = json.loads(row["body"])["parent_id"], steps + 1

    def _hanging(self, kind: str, owner: str) -> list[Body]:
        rows = self.store.rows(
            "SELECT body FROM syncta_record WHERE kind = ? AND owner = ? AND deleted = 0 ORDER BY seq", kind, owner
        )
        return [json.loads(row["body"]) for row in rows]

    def _priced(self, invoice: Body, given: Mapping[str, Any]) -> Body:
        """The invoice with its lines numbered, its total summed up and the moment it became ready."""
        lines = [{"id": str(n), **line} for n, line in enumerate(invoice["lines"], start=1)]
        priced = {**invoice, "lines": lines}
        if "total" not in given:
            subtotal = sum((Decimal(line["line_total"]) for line in lines), Decimal(0))
            priced["total"] = f"{subtotal - Decimal(priced['discount']) + Decimal(priced['tax']):.2f}"
        if priced["status"] != "new" and not priced["ready_at"]:
            priced["ready_at"] = self._now()
        return priced

    def _insert(self, kind: str, body: Body) -> Body:
        with self.store.transaction() as db:
            number = self.store.next_number(f"syncta_{kind}")
            now, prefix = self._now(), {"customer": "c", "invoice": "i"}[kind]
            times = {"deleted_at": None, "created_at": now, "updated_at": now}
            made = {"id": f"{prefix}{number:06d}", "version": 1, **body, **times}
            values = (kind, made["id"], number, *_columns(kind, made), now, now, 0, json.dumps(made))
            db.execute(f"INSERT INTO syncta_record VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608 - marks only
        return made

    def _replace(self, kind: str, old: Body, changes: Mapping[str, Any]) -> Body:
        new = {**old, **changes, "version": old["version"] + 1, "updated_at": self._now()}
        label, owner, external_id = _columns(kind, new)
        with self.store.transaction() as db:
            db.execute(
                "UPDATE syncta_record SET label = ?, owner = ?, external_id = ?, updated_at = ?, deleted = ?, body = ? "
                "WHERE kind = ? AND id = ?",
                (
                    label,
                    owner,
                    external_id,
                    new["updated_at"],
                    bool(new["deleted_at"]),
                    json.dumps(new),
                    kind,
                    old["id"],
                ),
            )
        return new

    def _now(self) -> str:
        return stamp(self.store.now())


def stamp(moment: dt.datetime) -> str:
    """A time as Syncta writes it: UTC, microseconds always, so that texts compare as times do."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _columns(kind: str, body: Mapping[str, Any]) -> tuple[str, str, str]:
    """What records are looked up by: name or number, parent or customer, external id."""
    if kind == "customer":
        return _storable(body["name"]), body["parent_id"] or "", body["external_id"] or ""
    return _storable(body["number"]), body["customer_id"], ""


def _storable(text: str) -> str:
    """SQLite stores no half characters; JSON does, so that a broken name can be rehearsed."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
