"""No write may cost more because there is more in the books: each of its statements finds its rows by an index."""

from __future__ import annotations

import re

from include.sandbox.quickbooks.engine import Books

from .conftest import paying, sale

SMALL = ("qb_webhook", "setting")
"""Tables of a few rows, whatever is in the books."""


def test_no_write_reads_a_whole_table(books: Books, customer: str) -> None:
    said: list[str] = []
    books.store._db.set_trace_callback(said.append)
    invoice = books.create("Invoice", sale(customer, 100))
    payment = books.create("Payment", paying(customer, 100, (invoice["Id"], 100)))
    token = books.get("Customer", customer)["SyncToken"]
    books.update("Customer", {"Id": customer, "SyncToken": token, "sparse": True, "DisplayName": "Mill House"})
    books.void("Payment", payment["Id"])
    books.delete("Invoice", invoice["Id"])
    books.store._db.set_trace_callback(None)
    asked = {statement for statement in said if re.match(r"\s*(SELECT|UPDATE|DELETE)", statement)}
    assert any("qb_settled" in statement for statement in asked)
    slow = [statement for statement in asked if any(map(_reads_all, _plan(books, statement)))]
    assert slow == []


def _plan(books: Books, statement: str) -> list[str]:
    return [row["detail"] for row in books.store.rows(f"EXPLAIN QUERY PLAN {statement}")]


def _reads_all(step: str) -> bool:
    """Whether a step goes through a table, or through all that a company has in it."""
    whole = step.startswith("SCAN") and not any(table in step for table in (*SMALL, "VIRTUAL TABLE"))
    return whole or (step.startswith("SEARCH qb_") and step.endswith("(realm=?)"))
