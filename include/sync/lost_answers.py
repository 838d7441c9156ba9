"""Batches whose answer was lost: asked for again under their own id, and where that cannot be trusted, looked up.

QuickBooks repeats the first answer to a request id. How long it remembers is not published, and while it may still be
working on the first request no refusal is a verdict (protocol 3.5). Only an invoice that bears our mark and agrees in
customer, date and total is taken for ours (rules 3.5).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from include.errors import ContractBroken, RecordRejected, StaleRecord, TemporaryOutage
from include.ledger.outbox import Batch, OutboxRow
from include.records import Invoice
from include.sync.loading import Load
from include.sync.pushed import Answer, QuickBooks, keep_answers, send

STILL_WORKING = dt.timedelta(seconds=150)
"""QuickBooks gives up on a request after 120 s; a look-up before that may come too early."""
REMEMBERED = dt.timedelta(hours=12)
"""How long a repeated answer is relied on."""


def ask_again(load: Load, quickbooks: QuickBooks, batch: Batch) -> None:
    """Bring a batch that was sent without an answer to its outcome, all of its rows at once.

    Raises `TemporaryOutage` if there is no verdict yet: the rows stay `sent`, and the next try asks again.
    """
    load.check_lease()
    age = load.run.ledger.now() - batch.sent_at
    by_mark: dict[str, Answer] = {}
    if not all(row.payload["invoice"]["number"] for row in batch.rows):
        if age < STILL_WORKING:
            raise TemporaryOutage("QuickBooks may still be working on a batch whose answer was lost; it is looked up.")
        by_mark = _found_by_mark(quickbooks, batch)
        if age >= REMEMBERED or not all(isinstance(one, StaleRecord) for one in by_mark.values()):
            keep_answers(load, batch.rows, by_mark)
            return
    answers = _repeated(quickbooks, batch.rows, late=age >= STILL_WORKING) if age < REMEMBERED else {}
    doubtful = [row for row in batch.rows if _is_doubtful(answers.get(row.key))]
    if doubtful and age < STILL_WORKING:
        raise TemporaryOutage("QuickBooks may still be working on a batch whose answer was lost; it is asked again.")
    if doubtful:
        answers |= look_up(quickbooks, doubtful, by_mark | answers)
    keep_answers(load, batch.rows, answers, gone=_gone(quickbooks, answers.values()))


def _found_by_mark(quickbooks: QuickBooks, batch: Batch) -> dict[str, Answer]:
    """What of a batch without numbers is in QuickBooks; what is not goes back to the next plan.

    An invoice that is there already is refused a second time for its number; without numbers nothing would refuse it,
    should QuickBooks have forgotten the request id or kept a part of the batch only.
    """
    found = quickbooks.invoices_dated(sorted({row.payload["invoice"]["date"] for row in batch.rows}))
    return {row.key: _verdict(row, found, StaleRecord("It is not in QuickBooks.")) for row in batch.rows}


def look_up(quickbooks: QuickBooks, rows: Sequence[OutboxRow], refusals: dict[str, Answer]) -> dict[str, Answer]:
    """What became of rows without a verdict, by their document numbers: one query for all of them."""
    numbers = [row.payload["invoice"]["number"] for row in rows if row.payload["invoice"]["number"]]
    found = quickbooks.invoices_by_number(numbers) if numbers else []
    return {row.key: _verdict(row, found, refusals.get(row.key)) for row in rows}


def _repeated(quickbooks: QuickBooks, rows: Sequence[OutboxRow], *, late: bool) -> dict[str, Answer]:
    """The answer under the same request id; empty if the call was refused as a whole, which says nothing about the
    first time.

    `late`: the first request is over by now. A fault that QuickBooks answers then may be the first answer itself,
    repeated for ever: what is in the books decides.
    """
    try:
        return send(quickbooks, rows)
    except (RecordRejected, ContractBroken):
        return {}
    except TemporaryOutage as outage:
        if not (late and outage.answered):
            raise
        return {}


def _is_doubtful(answer: Answer | None) -> bool:
    """No answer at all, or a number that may be taken by our very own invoice."""
    return answer is None or (isinstance(answer, RecordRejected) and answer.reason == "number_taken")


def _verdict(row: OutboxRow, found: Iterable[Invoice], refusal: Answer | None) -> Answer:
    sent = row.payload["invoice"]
    ours = [invoice for invoice in found if sent["marker"] in invoice.note]
    for invoice in ours:
        same_day = invoice.date.isoformat() == sent["date"]
        if same_day and invoice.customer_id == sent["customer_id"] and invoice.total == Decimal(sent["total"]):
            return invoice
    if ours or (not sent["number"] and refusal is None):
        # Without a number there is nothing to look up; held, it is planned anew from a fresh reading of the marks.
        return RecordRejected("It may be in QuickBooks already.", "maybe_sent")
    return refusal or StaleRecord("It is not in QuickBooks.")


def _gone(quickbooks: QuickBooks, answers: Iterable[Answer]) -> Collection[str]:
    """Ids of invoices that were deleted since: a repeated answer tells what was, not what is."""
    created = [answer.id for answer in answers if isinstance(answer, Invoice)]
    return {invoice_id for invoice_id in created if _is_gone(quickbooks, invoice_id)}


def _is_gone(quickbooks: QuickBooks, invoice_id: str) -> bool:
    try:
        return quickbooks.read_invoice(invoice_id) is None
    except RecordRejected:
        return False  # it is there, but cannot be read: the mirror deals with that
