"""Calls under /v1: sign-in, paging, versions and idempotency, in front of the office."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from include.sandbox.store import Store
from include.sandbox.syncta.contract import check
from include.sandbox.syncta.office import Body, Office, Refused, stamp

TABLES = """
CREATE TABLE IF NOT EXISTS syncta_answer (
    key TEXT PRIMARY KEY, asked TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL
);
"""
KINDS = {"customers": "customer", "invoices": "invoice"}
LOOKUPS = {
    "customers": {"name": "label = ?", "external_id": "external_id = ?"},
    "invoices": {"number": "label = ?", "customer_id": "owner = ?"},
}
TIMES = {"updated_since": "updated_at >= ?", "created_from": "created_at >= ?", "created_to": "created_at < ?"}
MOST = 500


@dataclass(frozen=True, slots=True)
class Ask:
    """A request below /v1/; header names in lower case."""

    method: str
    parts: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered as JSON."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, refusal: Refused) -> Answer:
        """A refusal as the contract's problem."""
        problem = {"status": refusal.status, "title": refusal.title}
        return cls(refusal.status, {**problem, "field": refusal.field} if refusal.field else problem)


class SynctaCalls:
    """Answers calls. Safe for several threads: the store lets one at a time write."""

    def __init__(self, store: Store, office: Office, api_key: str) -> None:
        self._store, self._office, self._key = store, office, api_key
        store.define(TABLES)

    def answer(self, ask: Ask) -> Answer:
        """The answer to one call; every problem as the contract says."""
        self._store.meter.call("syncta", f"{ask.method} {ask.parts[0]}{'/…' if len(ask.parts) > 1 else ''}")
        try:
            if not hmac.compare_digest(ask.headers.get("authorization", "").encode(), f"Bearer {self._key}".encode()):
                raise Refused(401, "The API key is missing or wrong.")
            return self._read(ask) if ask.method == "GET" else self._write(ask)
        except Refused as refusal:
            return Answer.of(refusal)

    def _read(self, ask: Ask) -> Answer:
        match ask.parts:
            case ("account",):
                zone = "America/Los_Angeles"
                return Answer(200, {"id": "a1", "name": "Sandbox account", "time_zone": zone, "currency": "USD"})
            case ("changes",):
                since = _time(ask.query.get("since", "1970-01-01T00:00:00Z"), "since")
                return Answer(200, {**self._office.changed(since), "as_of": stamp(self._store.now())})
            case (("customers" | "invoices") as path,):
                return self._page(path, ask.query)
            case (("customers" | "invoices") as path, record_id):
                return _versioned(200, self._office.get(KINDS[path], record_id))
        raise Refused(404, "There is no such path.")

    def _page(self, path: str, query: Mapping[str, str]) -> Answer:
        as_of = stamp(self._store.now())
        where = {sql: _time(query[name], name) for name, sql in TIMES.items() if name in query}
        where |= {sql: query[name] for name, sql in LOOKUPS[path].items() if name in query}
        if query.get("include_deleted", "false") != "true":
            where["deleted = ?"] = "0"
        limit, after = _number(query.get("limit", "200"), "limit"), _number(query.get("cursor", "0"), "cursor")
        if not 1 <= limit <= MOST:
            raise Refused(400, f"limit is between 1 and {MOST}", "limit")
        data, following, total = self._office.page(KINDS[path], where, after=after, limit=limit)
        cursor = None if following is None else str(following)
        return Answer(200, {"data": data, "next_cursor": cursor, "total": total, "as_of": as_of})

    def _write(self, ask: Ask) -> Answer:
        """Once per idempotency key: the first accepted answer is given again (2xx only)."""
        name, work = self._work(ask)
        key = ask.headers.get("idempotency-key", "")
        asked = hashlib.sha256(b"\n".join([ask.method.encode(), "/".join(ask.parts).encode(), ask.body])).hexdigest()
        with self._store.transaction() as db:
            row = self._store.row("SELECT * FROM syncta_answer WHERE key = ?", key) if key else None
            if row is not None and row["asked"] != asked:
                raise Refused(409, "The idempotency key was used with another body.", "Idempotency-Key")
            if row is not None:
                self._store.meter.add("syncta", "replays", name)
                return _versioned(row["status"], json.loads(row["body"]))
            made = work()
            status = 204 if ask.method == "DELETE" else 201 if name == "customer.create" else 200
            self._store.meter.add("syncta", "writes", name)
            if key:
                values = (key, asked, status, json.dumps(made))
                db.execute("INSERT INTO syncta_answer VALUES (?, ?, ?, ?)", values)
        return _versioned(status, made)

    def _work(self, ask: Ask) -> tuple[str, Callable[[], Body]]:
        """The write's name on the meter, and what does it."""
        office, version = self._office, _version(ask.headers.get("if-match"))
        match (ask.method, *ask.parts):
            case ("POST", "customers"):
                body = check(_json(ask.body), "NewCustomer")
                return "customer.create", lambda: office.create_customer(body)
            case ("PATCH", "customers", record_id):
                changes = check(_json(ask.body), "CustomerChanges")
                return "customer.update", lambda: office.update_customer(record_id, changes, version)
            case ("DELETE", "customers", record_id):
                return "customer.delete", lambda: office.delete_customer(record_id, version)
            case ("POST", "customers", record_id, "move"):
                to = str(dict(_json(ask.body)).get("to", ""))
                return "customer.move", lambda: office.move(record_id, to)
            case ("POST", "invoices", record_id, "paid"):
                paid = check(_json(ask.body), "Paid")
                return "invoice.paid", lambda: office.mark_paid(record_id, paid, version)
            case ("POST", "invoices", record_id, "reopen"):
                return "invoice.reopen", lambda: office.reopen(record_id, version)
        raise Refused(404, "There is no such path.")


def _versioned(status: int, body: Body) -> Answer:
    return Answer(status, body, {"ETag": f'"{body["version"]}"'})


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        raise Refused(400, "The body is not JSON.") from None
    if not isinstance(found, dict):
        raise Refused(400, "The body is not a JSON object.")
    return found


def _version(if_match: str | None) -> int | None:
    if if_match is None:
        return None
    found = re.fullmatch(r'"([0-9]{1,18})"', if_match)
    if not found:
        raise Refused(400, "If-Match is a version in quotes.", "If-Match")
    return int(found[1])


def _time(text: str, name: str) -> str:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, f"{name} is not a time.", name) from None
    if moment.tzinfo is None:
        raise Refused(400, f"{name} lacks its offset.", name)
    return stamp(moment)


def _number(text: str, name: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise Refused(400, f"{name} is not a number.", name)
    return int(text)
