"""Calls under /v1 by the contract: sign-in, paging, versions and idempotency, in front of the office."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from include.sandbox.store import Store
from include.sandbox.syncta.asks import Answer, Ask, Refused
from include.sandbox.syncta.contract import Asked, Contract
from include.sandbox.syncta.office import ACCOUNT, Office
from include.sandbox.syncta.records import Body, Walk, stamp
from include.sandbox.syncta.schemas import moment

SYSTEM = "syncta"
CONTRACT = Path(__file__).parents[2] / "syncta" / "openapi.yaml"
TABLES = """
CREATE TABLE IF NOT EXISTS syncta_answer (
    key TEXT PRIMARY KEY, asked TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL
);
"""
LOOK_UPS = {"name": "label", "number": "label", "customer_id": "owner", "external_id": "external_id"}
TIMES = ("updated_since", "created_from", "created_to")
PER_PAGE = 200


class Write(NamedTuple):
    """A write of the contract: its name on the meter, the status when it is accepted, what does it."""

    name: str
    status: int
    work: Callable[[Office, Asked], Body]


WRITES: Mapping[str, Write] = {
    "createCustomer": Write("customer.create", 201, lambda office, asked: office.create_customer(asked.body)),
    "updateCustomer": Write("customer.update", 200, lambda office, asked: office.update_customer(asked.id, asked.body)),
    "deleteCustomer": Write("customer.delete", 204, lambda office, asked: office.delete_customer(asked.id)),
    "moveCustomer": Write("customer.move", 200, lambda office, asked: office.move(asked.id, asked.body["to"])),
    "markInvoicePaid": Write("invoice.paid", 200, lambda office, asked: office.mark_paid(asked.id, asked.body)),
    "reopenInvoice": Write("invoice.reopen", 200, lambda office, asked: office.reopen(asked.id)),
}


class SynctaCalls:
    """Answers calls. Safe for several threads: the store lets one at a time write."""

    def __init__(self, store: Store, office: Office, api_key: str) -> None:
        self._store, self._office, self._key, self._contract = store, office, api_key, Contract(CONTRACT)
        store.define(TABLES)
        self._reads: Mapping[str, Callable[[Asked], Answer]] = {
            "getAccount": lambda asked: Answer(200, ACCOUNT),
            "getChanges": self._changes,
            "listCustomers": lambda asked: self._page("customer", asked.query),
            "listInvoices": lambda asked: self._page("invoice", asked.query),
            "getCustomer": lambda asked: _versioned(200, office.records.current("customer", asked.id)),
            "getInvoice": lambda asked: _versioned(200, office.records.current("invoice", asked.id)),
        }

    def answer(self, ask: Ask) -> Answer:
        """The answer to one call. Raises Refused for everything that the contract has a problem for."""
        self._store.meter.call(SYSTEM, _route(ask))
        self._sign_in(ask.headers.get("authorization", ""))
        asked = self._contract.check(self._contract.find(ask), ask)
        if asked.operation in self._reads:
            return self._reads[asked.operation](asked)
        return self._write(ask, asked, WRITES[asked.operation])

    def _sign_in(self, said: str) -> None:
        scheme, _, key = said.partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(key.strip().encode(), self._key.encode()):
            wrong = ', error="invalid_token"' if said else ""
            challenge = {"WWW-Authenticate": f'Bearer realm="Syncta"{wrong}'}
            raise Refused(401, "The API key is missing or wrong.", headers=challenge)

    def _changes(self, asked: Asked) -> Answer:
        as_of, since = stamp(self._store.now()), asked.query.get("since")
        start = stamp(moment(since)) if since else ""
        counts = {f"{kind}s": self._office.records.changed(kind, start) for kind in ("customer", "invoice")}
        return Answer(200, {**counts, "as_of": as_of})

    def _page(self, kind: str, query: Mapping[str, Any]) -> Answer:
        as_of = stamp(self._store.now())  # before the look: what is committed later is at or after it
        after, total = (int(part) for part in query["cursor"].split("-")) if "cursor" in query else (0, None)
        walk = Walk(
            kind,
            {column: query[name] for name, column in LOOK_UPS.items() if name in query},
            deleted=query.get("include_deleted", False),
            **{name: stamp(moment(query[name])) for name in TIMES if name in query},
        )
        data, more, total = self._office.records.page(
            walk, after=after, limit=query.get("limit", PER_PAGE), total=total
        )
        cursor = f"{more}-{total}" if more else None
        return Answer(200, {"data": data, "next_cursor": cursor, "total": total, "as_of": as_of})

    def _write(self, ask: Ask, asked: Asked, write: Write) -> Answer:
        """Once per idempotency key: an accepted answer is given again, a refused write leaves the key unused."""
        key, digest = asked.headers.get("Idempotency-Key"), _digest(ask, asked)
        with self._store.transaction() as db:
            row = self._store.row("SELECT * FROM syncta_answer WHERE key = ?", key) if key else None
            if row is not None:
                if row["asked"] != digest:
                    raise Refused(409, "The idempotency key was used for another request.", "Idempotency-Key")
                self._store.meter.add(SYSTEM, "replays", write.name)
                return _versioned(row["status"], json.loads(row["body"]), {"Idempotency-Replayed": "true"})
            self._check_version(ask.parts[1].removesuffix("s"), asked)
            made = write.work(self._office, asked)
            self._store.meter.add(SYSTEM, "writes", write.name)
            if key:
                kept = (key, digest, write.status, json.dumps(made))
                db.execute("INSERT INTO syncta_answer VALUES (?, ?, ?, ?)", kept)
        return _versioned(write.status, made)

    def _check_version(self, kind: str, asked: Asked) -> None:
        wanted = asked.headers.get("If-Match", "*")
        present = f'"{self._office.records.current(kind, asked.id)["version"]}"' if asked.id else ""
        if wanted != "*" and present not in [tag.strip() for tag in wanted.split(",")]:
            raise Refused(412, f"The {kind} is not at this version.", "If-Match")


def _versioned(status: int, body: Body, headers: Mapping[str, str] | None = None) -> Answer:
    made = {"Location": f"/v1/customers/{body['id']}"} if status == 201 else {}
    version = {} if status == 204 else {"ETag": f'"{body["version"]}"'}
    return Answer(status, body, {**version, **made, **(headers or {})})


def _digest(ask: Ask, asked: Asked) -> str:
    """What makes a request the same one: method, path, and the body as JSON."""
    words = [ask.method, *ask.parts, json.dumps(asked.body, sort_keys=True)]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _route(ask: Ask) -> str:
    """The call's class on the meter: nothing a caller made up."""
    area = ask.parts[1] if len(ask.parts) > 1 else ""
    if area not in ("account", "changes", "customers", "invoices"):
        return "unknown"
    method = ask.method if ask.method in ("GET", "HEAD", "POST", "PATCH", "DELETE") else "OTHER"
    return f"{method} {area}{'/…' if len(ask.parts) > 2 else ''}"
