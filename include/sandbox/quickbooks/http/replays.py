"""Request ids: the same id brings the stored answer, nothing is executed again (reference, section 2.6)."""

from __future__ import annotations

import json
from collections.abc import Callable

from include.sandbox.faults import Call
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.refusals import Refused, refuse

SYSTEM = "quickbooks"
REQUEST_ID, BATCH_REQUEST_ID, BATCH_ITEM_ID = 50, 36, 10
"""The most characters of a write's id, of a batch's, and of the items' within a batch that has one."""

TABLES = """
CREATE TABLE IF NOT EXISTS qb_answer (
    realm TEXT NOT NULL, request_id TEXT NOT NULL, at REAL NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (realm, request_id)
);
"""


def once(books: Books, seen: Call, request_id: str, most: int, work: Callable[[], str]) -> str:
    """What `work` answers, or the stored answer when this id was answered before: the id counts, not the body.

    Refusals are not stored unless "replay_failure" was ordered: the same id tries anew. Calls with one id never
    overlap. Refuses ids of more than `most` characters with 2130.
    """
    if len(request_id) > most:
        raise refuse("2130", element="requestid", most=most)
    if not request_id:
        return work()
    books.store.define(TABLES)
    refused: Refused | None = None
    with books.store.transaction():
        kept = _kept(books, seen, request_id)
        if kept is None:
            try:
                answer = work()
                _keep(books, request_id, 200, answer)
            except Refused as problem:  # what was executed before it stays: a batch may break off
                refused = problem
                if books.store.faults.take(SYSTEM, seen, "replay_failure"):
                    _keep(books, request_id, problem.status, json.dumps(problem.words))
    if refused is not None:
        raise refused
    return _again(*kept) if kept is not None else answer


def _kept(books: Books, seen: Call, request_id: str) -> tuple[int, str] | None:
    """The stored status and answer, unless it is too old or "forget_requestid" was ordered."""
    key = (books.realm, request_id)
    row = books.store.row("SELECT * FROM qb_answer WHERE realm = ? AND request_id = ?", *key)
    if row is None:
        return None
    seconds = books.store.limits.of(SYSTEM)["requestid_seconds"]
    too_old = seconds is not None and books.store.now().timestamp() - row["at"] >= seconds
    if too_old or books.store.faults.take(SYSTEM, seen, "forget_requestid"):
        return None
    books.store.meter.add(SYSTEM, "replays", "requestid", realm=books.realm)
    return row["status"], row["body"]


def _keep(books: Books, request_id: str, status: int, body: str) -> None:
    with books.store.transaction() as db:
        values = (books.realm, request_id, books.store.now().timestamp(), status, body)
        db.execute("INSERT OR REPLACE INTO qb_answer VALUES (?, ?, ?, ?, ?)", values)


def _again(status: int, body: str) -> str:
    if status >= 400:
        raise Refused(*json.loads(body))
    return body
