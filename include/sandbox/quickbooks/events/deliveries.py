"""Delivering webhook notifications in the background: packed together, sent, sent again, given up (reference 7).

Notifications are kept in the store until they are through, so that a restart loses none; a crash in the middle of
one sends it twice, as Intuit may.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import requests
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool

from include.sandbox.quickbooks.events import webhooks
from include.sandbox.quickbooks.events.notifications import body_of, headers_of
from include.sandbox.quickbooks.events.webhooks import Webhook
from include.sandbox.store import Store

log = logging.getLogger(__name__)

TABLES = """
CREATE TABLE IF NOT EXISTS qb_delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
    due REAL NOT NULL, last TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS qb_delivery_due ON qb_delivery (state, due);
"""
TIME_OUT = 3
RETRIED = frozenset({500, 502, 503, 504, 408})
PAUSES = (dt.timedelta(minutes=20), dt.timedelta(minutes=30), dt.timedelta(minutes=50))
LOOK_EVERY = 0.1
MOST_EVENTS, KEPT = 500, 1000
OUTDATED = "DELETE FROM qb_delivery WHERE state <> 'waiting' AND id <= (SELECT max(id) FROM qb_delivery) - ?"


class Deliveries:
    """What is to be delivered and what was; `states` are waiting, delivered, refused (not tried again), dropped."""

    def __init__(self, store: Store) -> None:
        store.define(webhooks.TABLES)
        store.define(TABLES)
        self._store = store

    def work(self, is_stopped: Callable[[], bool] = lambda: False) -> int:
        """Pack what has happened, send what is due; how many calls were made."""
        if webhooks.subscription(self._store) is None:
            return 0
        self._pack()
        now, made = self._store.now().timestamp(), 0
        due = self._store.rows("SELECT * FROM qb_delivery WHERE state = 'waiting' AND due <= ? ORDER BY id", now)
        with requests.Session() as session:
            session.trust_env = False  # no proxy of the environment may stand between
            for delivery in due:
                webhook = webhooks.subscription(self._store)
                if webhook is None or is_stopped():
                    break
                self._send(session, webhook, delivery)
                made += 1
        return made

    def status(self) -> dict[str, Any]:
        """The subscription, what waits and what is done with."""
        webhook = webhooks.subscription(self._store)
        rows = self._store.rows("SELECT * FROM qb_delivery ORDER BY id")
        shown: dict[str, Any] = {"webhook": None if webhook is None else webhook.as_json(), "waiting": [], "sent": []}
        for row in rows:
            due = dt.datetime.fromtimestamp(row["due"], dt.UTC).isoformat(timespec="seconds")
            facts = {name: row[name] for name in ("id", "state", "attempts", "last")}
            waits = row["state"] == "waiting"
            shown["waiting" if waits else "sent"].append({
                **facts,
                **({"due": due} if waits else {}),
                "body": json.loads(row["body"]),
            })
        return shown

    def stop(self) -> None:
        """End the subscription; what still waits is forgotten."""
        with self._store.transaction() as db:
            db.execute("DELETE FROM qb_webhook")
            db.execute("DELETE FROM qb_event")
            db.execute("DELETE FROM qb_delivery WHERE state = 'waiting'")

    def _pack(self) -> None:
        """Make notifications of the events noted so far."""
        if self._store.row("SELECT 1 FROM qb_event") is None:
            return
        with self._store.transaction() as db:
            webhook = webhooks.subscription(self._store)
            noted = db.execute("SELECT * FROM qb_event ORDER BY id LIMIT ?", (MOST_EVENTS,)).fetchall()
            if webhook is None or not noted:
                return
            db.execute("DELETE FROM qb_event WHERE id <= ?", (noted[-1]["id"],))
            told = _notifications(webhook, [event for event in noted if webhook.tells(event["entity"])])
            for number, events in enumerate(told):
                for _ in range(2 if webhook.duplicate else 1):
                    self._queue(db, body_of(webhook.format, events), is_dropped=number < webhook.drop)
            if webhook.drop and told:
                webhooks.subscribe(self._store, replace(webhook, drop=max(webhook.drop - len(told), 0)))
            db.execute(OUTDATED, (KEPT,))

    def _queue(self, db: sqlite3.Connection, body: str, *, is_dropped: bool) -> None:
        state, last = ("dropped", "on order") if is_dropped else ("waiting", "")
        db.execute(
            "INSERT INTO qb_delivery (body, state, attempts, due, last) VALUES (?, ?, 0, ?, ?)",
            (body, state, self._store.now().timestamp(), last),
        )

    def _send(self, session: requests.Session, webhook: Webhook, delivery: sqlite3.Row) -> None:
        headers = headers_of(delivery["id"], delivery["body"], webhook.verifier_token, self._store.now())
        body = delivery["body"].encode()
        try:
            with session.post(
                webhook.url, body, headers=headers, timeout=TIME_OUT, allow_redirects=False, stream=True
            ) as answer:
                status = answer.status_code
        except requests.RequestException as problem:
            return self._failed(delivery, type(problem).__name__)
        if status in RETRIED:
            return self._failed(delivery, str(status))
        self._done(delivery, "delivered" if 200 <= status < 300 else "refused", str(status))

    def _failed(self, delivery: sqlite3.Row, last: str) -> None:
        """Try again later, or give up after the last time."""
        if delivery["attempts"] >= len(PAUSES):
            return self._done(delivery, "dropped", last)
        due = (self._store.now() + PAUSES[delivery["attempts"]]).timestamp()
        self._note(delivery, "waiting", last, due)

    def _done(self, delivery: sqlite3.Row, state: str, last: str) -> None:
        self._note(delivery, state, last, delivery["due"])

    def _note(self, delivery: sqlite3.Row, state: str, last: str, due: float) -> None:
        with self._store.transaction() as db:
            db.execute(
                "UPDATE qb_delivery SET state = ?, attempts = attempts + 1, last = ?, due = ? WHERE id = ?",
                (state, last, due, delivery["id"]),
            )


class Courier:
    """The thread that delivers while the application is served."""

    def __init__(self, store: Store) -> None:
        self._deliveries = Deliveries(store)
        self._stop = threading.Event()

    @asynccontextmanager
    async def at_work(self, app: Starlette) -> AsyncIterator[None]:
        """Deliver from the start of the application to its end."""
        thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            await run_in_threadpool(thread.join)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            try:
                self._deliveries.work(self._stop.is_set)
            except Exception:
                log.exception("a webhook notification could not be delivered; trying again")


def _notifications(webhook: Webhook, events: list[sqlite3.Row]) -> list[list[sqlite3.Row]]:
    """How events are put together: all in one, or one each with the latest first."""
    if not events:
        return []
    return [[event] for event in reversed(events)] if webhook.out_of_order else [events]
