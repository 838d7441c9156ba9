"""A batch of invoices on its way to QuickBooks, and what its answers change in the ledger (protocol 3.3, 3.4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from sqlalchemy import Connection

from include.errors import RecordRejected, StaleRecord
from include.ledger import mirror
from include.ledger.links import Link
from include.ledger.outbox import OutboxRow
from include.quickbooks.batch import BatchItem
from include.quickbooks.facts import CompanyFacts
from include.records import Deleted, Entity, Invoice, System
from include.sync.loading import Load, now
from include.sync.push import quickbooks_invoice

PUSHED = "pushed"

Answer = Invoice | RecordRejected
"""What QuickBooks said to one invoice."""


class QuickBooks(Protocol):
    """What the load asks of the QuickBooks client."""

    def company(self) -> CompanyFacts:
        """Whose books these are."""

    def invoices_by_number(self, numbers: Sequence[str]) -> list[Invoice]:
        """The invoices of these numbers."""

    def invoices_dated(self, dates: Sequence[str]) -> list[Invoice]:
        """The invoices of these days."""

    def read_invoice(self, invoice_id: str) -> Invoice | None:
        """The invoice as it is now; None if it was deleted."""

    def void_invoice(self, invoice_id: str, version: int, request_id: str) -> Invoice:
        """The invoice, voided."""

    def send_batch(self, request_id: str, items: Sequence[BatchItem]) -> dict[str, Answer]:
        """The created invoice or the refusal per item id."""


def send(quickbooks: QuickBooks, rows: Sequence[OutboxRow]) -> dict[str, Answer]:
    """Send recorded rows as the batch they were recorded as; sent again, it is the same to the byte."""
    keys = {str(position): row.key for position, row in enumerate(rows, start=1)}
    items = [BatchItem(bid, quickbooks_invoice(row.payload["invoice"])) for bid, row in zip(keys, rows, strict=True)]
    answers = quickbooks.send_batch(rows[0].request_id, items)
    return {keys[bid]: answer for bid, answer in answers.items()}


def keep_answers(
    load: Load, rows: Sequence[OutboxRow], answers: Mapping[str, Answer], *, gone: Collection[str] = ()
) -> None:
    """Outcome, link and mirror of every row, in one transaction; `gone` are ids that QuickBooks no longer has."""
    with load.run.ledger.writing() as conn:
        for row in rows:
            answer = answers[row.key]
            if isinstance(answer, Invoice):
                _keep_invoice(conn, load, row, answer)
                if answer.id in gone:
                    _keep_deletion(conn, load, answer)
            elif isinstance(answer, StaleRecord):
                load.superseded(conn, row, str(answer))
            else:
                load.rejected(conn, row, answer)


def _keep_invoice(conn: Connection, load: Load, row: OutboxRow, invoice: Invoice) -> None:
    """Mirror and link the invoice that QuickBooks created. One of ours twice in QuickBooks is for a person to see."""
    mirror.upsert(conn, load.run.scope, System.QUICKBOOKS, [invoice], Entity.INVOICE, now())
    applied = {**row.payload["invoice"], "returned_total": str(invoice.total), "returned_version": invoice.version}
    if load.links.add(conn, Link(Entity.INVOICE, invoice.id, row.source_id, PUSHED, applied, row.run_id, now())):
        load.done(conn, row, {"id": invoice.id, "version": invoice.version}, PUSHED)
    else:
        load.rejected(conn, row, RecordRejected("It is in QuickBooks already.", "maybe_sent", f"invoice {invoice.id}"))


def _keep_deletion(conn: Connection, load: Load, invoice: Invoice) -> None:
    """The link stays: the next plan finds an invoice that is gone and tells so (rules 3.10)."""
    deleted = Deleted(invoice.id, max(now(), invoice.updated_at))
    mirror.upsert(conn, load.run.scope, System.QUICKBOOKS, [deleted], Entity.INVOICE, now())
