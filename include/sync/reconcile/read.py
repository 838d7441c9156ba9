"""Read both sides again for the reconciliation, and say where the mirror was behind (rules 6).

QuickBooks' invoices of this and the last two months are read by their date, Syncta's completely: both independently of
marks and change feeds. What differs from the mirror is drift; it is listed, and the mirror takes it over, so that the
next cycle plans with it.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.engine import Connection

from include.ledger import links, mirror
from include.records import Deleted, Entity, Extract, Invoice, Record, System
from include.sync.books import Preferences, land_books
from include.sync.door import check_extract
from include.sync.outcome import note_taken_over
from include.sync.run import Run
from include.sync.window import OVERLAP

log = logging.getLogger(__name__)

MONTHS = 3
"""This month and the two before it."""


class QuickBooks(Protocol):
    """What is asked of the QuickBooks client."""

    def preferences(self) -> Preferences:
        """Closing date, tax, currency."""

    def terms(self) -> dict[str, str]:
        """Payment terms, name → id."""

    def read_all(self, entity: Entity, *, dated: tuple[dt.date, dt.date]) -> Extract:
        """Transactions dated on these days or between."""

    def read_invoice(self, invoice_id: str) -> Invoice | None:
        """One invoice; None if it was deleted."""


class Syncta(Protocol):
    """What is asked of the Syncta client."""

    def read_all(self, entity: Entity) -> Extract:
        """All records."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One invoice whose mirror was not what its system shows: `how` is "missed", "behind" or "gone"."""

    system: System
    record_id: str
    how: str


def read_again(run: Run, quickbooks: QuickBooks, syncta: Syncta) -> list[Drift]:
    """Read both sides, take them over, and return where the mirror had drifted.

    Raises DamagedExtract, before anything is taken over, if a read came back short or doubled.
    """
    first, last = span(dt.datetime.now(run.company.zone).date())
    theirs = quickbooks.read_all(Entity.INVOICE, dated=(first, last))
    ours = syncta.read_all(Entity.INVOICE)
    land_books(run, quickbooks.preferences(), quickbooks.terms(), theirs.as_of)
    found = {System.QUICKBOOKS: theirs, System.SYNCTA: ours}
    for system, extract in found.items():
        check_extract((system, Entity.INVOICE), extract)
    gone = _gone(run, quickbooks, theirs, first, last)
    with run.ledger.writing() as conn:
        drift = [one for system, extract in found.items() for one in _drift(conn, run, system, extract)]
        drift += [Drift(System.QUICKBOOKS, stub.id, "gone") for stub in gone]
        _take_over(conn, run, found, gone)
    log.info(
        "Read again: QuickBooks invoices %d, Syncta invoices %d; drift %d", *map(_rows, found.values()), len(drift)
    )
    return drift


def span(today: dt.date) -> tuple[dt.date, dt.date]:
    """The first day of the month before last, and the last day of this month."""
    first = today.replace(day=1)
    for _ in range(MONTHS - 1):
        first = (first - dt.timedelta(days=1)).replace(day=1)
    next_month = (today.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return first, next_month - dt.timedelta(days=1)


def _gone(run: Run, quickbooks: QuickBooks, theirs: Extract, first: dt.date, last: dt.date) -> list[Deleted]:
    """Linked invoices of these months that the read did not show, and that are not there by their id either."""
    shown = {record.id for record in (*theirs.records, *theirs.deleted, *theirs.unreadable)}
    with run.ledger.reading() as conn:
        linked = {link.quickbooks_id for link in links.live(conn, run.scope, Entity.INVOICE)}
        known = mirror.records(conn, run.scope, System.QUICKBOOKS, Entity.INVOICE)
    missing = [
        record
        for record in known
        if isinstance(record, Invoice)
        and record.id in linked - shown
        and first <= record.date <= last
        and record.updated_at < theirs.as_of - OVERLAP
    ]
    return [Deleted(one.id, theirs.as_of) for one in missing if quickbooks.read_invoice(one.id) is None]


def _drift(conn: Connection, run: Run, system: System, extract: Extract) -> Iterable[Drift]:
    """What the mirror did not hold in this version, though it was there before the last overlap began."""
    known = mirror.known(conn, run.scope, system, Entity.INVOICE)
    settled = extract.as_of - OVERLAP
    for record in extract.records:
        version = known.get(record.id)
        if record.updated_at < settled and (version is None or version < record.version):
            yield Drift(system, record.id, "missed" if version is None else "behind")


def _take_over(conn: Connection, run: Run, found: Mapping[System, Extract], gone: list[Deleted]) -> None:
    changed = set()
    for system, extract in found.items():
        stubs = gone if system is System.QUICKBOOKS else []
        records: tuple[Record | Deleted, ...] = (*extract.records, *extract.deleted, *stubs)
        done = mirror.upsert(conn, run.scope, system, [*records, *extract.unreadable], Entity.INVOICE, extract.as_of)
        if done.new or done.changed or done.deleted or done.unreadable:
            changed.add(system)
    note_taken_over(conn, run, changed)


def _rows(extract: Extract) -> int:
    return len(extract.records) + len(extract.unreadable)
