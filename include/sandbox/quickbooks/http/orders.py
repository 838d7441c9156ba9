"""Faults on order that happen inside the books: to one write, to one batch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from include.sandbox.faults import Call, Fault
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.http.late import show_late
from include.sandbox.quickbooks.records import Body
from include.sandbox.quickbooks.refusals import refuse

SYSTEM = "quickbooks"
Write = Callable[[Mapping[str, Any]], Body]


def with_orders(books: Books, seen: Call, entity: str, body: Mapping[str, Any], write: Write) -> Body:
    """What `write` makes of `body`, as the faults ordered for it let it happen.

    What befalls it before is outside the write's transaction, so that it stays when the write is refused.
    """
    creates = str(body.get("Id") or "0") == "0"
    for kind, befall in BEFORE.items():
        if creates and kind in OF_CHANGES:
            continue
        fault = books.store.faults.take(SYSTEM, seen, kind)
        if fault is not None:
            body = befall(books, entity, body, fault)
    fault = books.store.faults.take(SYSTEM, seen, "late_visibility")
    if fault is None:
        return write(body)
    return show_late(books, entity, body, lambda: write(body), seconds=fault.seconds)


def refuse_as_ordered(books: Books, seen: Call) -> None:
    """Refuse a write of another kind (a tax code, a mail) for which that was ordered."""
    fault = books.store.faults.take(SYSTEM, seen, "item_fault")
    if fault is not None:
        raise refuse(fault.code)


def wait_for_items(books: Books, calls: list[Call]) -> None:
    """Spend the time that "slow_item" orders for a batch's items; nobody else is kept waiting."""
    slow = [fault for call in calls if (fault := books.store.faults.take(SYSTEM, call, "slow_item"))]
    if slow:
        time.sleep(sum(fault.seconds for fault in slow))


def breaks_off_after(books: Books, seen: Call) -> int | None:
    """After how many items a batch breaks off; None when it is executed to its end."""
    fault = books.store.faults.take(SYSTEM, seen, "partial_batch")
    return None if fault is None else fault.items


def overflows(books: Books, seen: Call) -> bool:
    """Whether change data capture has more to tell than it can."""
    return books.store.faults.take(SYSTEM, seen, "cdc_overflow") is not None


def _refused(books: Books, entity: str, body: Mapping[str, Any], fault: Fault) -> Mapping[str, Any]:
    raise refuse("5010" if fault.kind == "stale" else fault.code)


def _bumped(books: Books, entity: str, body: Mapping[str, Any], fault: Fault) -> Mapping[str, Any]:
    """Another user saves the record just before."""
    old = books.find(entity, str(body.get("Id", "")))
    if old is not None:
        books.write(entity, dict(old), old)
    return body


def _other_tax(books: Books, entity: str, body: Mapping[str, Any], fault: Fault) -> Mapping[str, Any]:
    """QuickBooks puts another tax on it than was sent, so its total is another one too."""
    detail = body.get("TxnTaxDetail")
    sent = detail if isinstance(detail, dict) else {}
    return {**body, "TxnTaxDetail": {**sent, "TotalTax": fault.amount}}


BEFORE: Mapping[str, Callable[[Books, str, Mapping[str, Any], Fault], Mapping[str, Any]]] = {
    "item_fault": _refused,
    "stale": _refused,
    "bumped": _bumped,
    "other_tax": _other_tax,
}
"""What befalls a write before it is executed; it gives the body on, or refuses."""
OF_CHANGES = frozenset({"stale", "bumped"})
"""What can befall only what is there already: such an order lets creates pass and waits."""
