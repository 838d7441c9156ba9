"""Read both sides again for the reconciliation, and say where the mirror was behind (rules 6).

QuickBooks' invoices of this and the last two months are read by their date (and by their id those that are linked to an
invoice of these months and bear another date), Syncta's completely: both independently of marks and change feeds. The
mirror takes it over, so that the next cycle plans with it. What the cycle should have known and did not is drift: a
change was missed (G3), or a system was set back. That is red, however well the months add up.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy.engine import Connection

from include.errors import RecordRejected
from include.ledger import links, mirror
from include.records import Deleted, Entity, Extract, Invoice, Record, System, Unreadable
from include.sync.books import Preferences, land_books
from include.sync.door import check_extract
from include.sync.extract import check_gone, with_vanished
from include.sync.outcome import note_taken_over
from include.sync.rules.decided import original_id
from include.sync.run import Run
from include.sync.sources import Source, name_of
from include.sync.window import OVERLAP, mark_of

log = logging.getLogger(__name__)

OURS: Source = (System.SYNCTA, Entity.INVOICE)
THEIRS: Source = (System.QUICKBOOKS, Entity.INVOICE)
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

    def changes(self, entities: Sequence[Entity], since: dt.datetime) -> Mapping[Entity, Extract] | None:
        """What changed, deletions included; None if QuickBooks cannot say it all."""


class Syncta(Protocol):
    """What is asked of the Syncta client."""

    def read_all(self, entity: Entity) -> Extract:
        """All records."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One invoice that the ledger should have known as its system shows it, since the cycle has read past it: `how` is
    "missed", "behind" (an older version was known), "gone" (it was known, and nothing had told that it is gone) or
    "ahead" (the system shows an older version than it did before: was it restored from a backup?)."""

    system: System
    record_id: str
    how: str


def read_again(run: Run, quickbooks: QuickBooks, syncta: Syncta) -> list[Drift]:
    """Read both sides, take them over, and return where the mirror had drifted.

    What changed since the cycle's marks is no drift: the next cycle would have read it. Raises DamagedExtract or
    LooksRestored, before anything is taken over, if a read came back short or doubled, or a side has shrunk.
    """
    ours = syncta.read_all(Entity.INVOICE)
    # The day it is there: no rule depends on the clock of this machine.
    days = span(ours.as_of.astimezone(run.company.zone).date())
    theirs = quickbooks.read_all(Entity.INVOICE, dated=days)
    land_books(run, quickbooks.preferences(), quickbooks.terms(), theirs.as_of)
    check_extract(OURS, ours)
    check_extract(THEIRS, theirs)
    with run.ledger.reading() as conn:
        missing = _not_shown(conn, run, ours, theirs, days)
        found = {OURS: with_vanished(conn, run, OURS, ours), THEIRS: _with_these(quickbooks, theirs, missing)}
        check_gone(conn, run, found)
        told = {OURS: _ids(ours.deleted), THEIRS: _deletions_told(conn, run, quickbooks, found[THEIRS])}
        drift = [one for source in found for one in _drift(conn, run, source, found[source], told[source])]
    _take_over(run, found)
    read = {name_of(source): len(extract.records) + len(extract.unreadable) for source, extract in found.items()}
    log.info("Read again: %s; drift %d", read, len(drift))
    return drift


def span(today: dt.date) -> tuple[dt.date, dt.date]:
    """The first day of the month before last, and the last day of this month."""
    first = today.replace(day=1)
    for _ in range(MONTHS - 1):
        first = (first - dt.timedelta(days=1)).replace(day=1)
    next_month = (today.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return first, next_month - dt.timedelta(days=1)


def _not_shown(conn: Connection, run: Run, ours: Extract, theirs: Extract, days: tuple[dt.date, dt.date]) -> list[str]:
    """QuickBooks ids of linked invoices that belong to these days on either side, and that the read did not show.

    Their date in QuickBooks lies elsewhere, or they are gone. What the mirror got meanwhile is left alone.
    """
    shown = _ids((*theirs.records, *theirs.unreadable))
    dated = {one.id for one in ours.records if isinstance(one, Invoice) and days[0] <= one.date <= days[1]}
    known = {one.id: one for one in mirror.records(conn, run.scope, *THEIRS) if isinstance(one, Invoice)}
    missing = []
    for link in links.live(conn, run.scope, Entity.INVOICE):
        record = known.get(link.quickbooks_id)
        if record is None or record.id in shown or record.updated_at >= theirs.as_of - OVERLAP:
            continue
        if original_id(link.syncta_id) in dated or days[0] <= record.date <= days[1]:
            missing.append(record.id)
    return missing


def _with_these(quickbooks: QuickBooks, theirs: Extract, ids: Iterable[str]) -> Extract:
    """The read with these invoices, asked for one by one."""
    records, deleted = list(theirs.records), list(theirs.deleted)
    for invoice_id in ids:
        try:
            found = quickbooks.read_invoice(invoice_id)
        except RecordRejected:
            continue  # it is there, and cannot be read: the cycle holds it
        if found is None:
            deleted.append(Deleted(invoice_id, theirs.as_of))
        else:
            records.append(found)
    return replace(theirs, records=tuple(records), deleted=tuple(deleted))


def _deletions_told(conn: Connection, run: Run, quickbooks: QuickBooks, theirs: Extract) -> set[str]:
    """Those of the deletions that QuickBooks' change feed tells the next cycle; all of them if it cannot say."""
    mark = mark_of(run, conn, THEIRS)
    if not theirs.deleted or mark is None:
        return set()
    told = quickbooks.changes([Entity.INVOICE], mark - OVERLAP)
    return _ids(theirs.deleted if told is None else told[Entity.INVOICE].deleted)


def _drift(conn: Connection, run: Run, source: Source, extract: Extract, told: set[str]) -> Iterator[Drift]:
    """Where the mirror is not what was read, though the cycle's mark lies behind it."""
    mark = mark_of(run, conn, source)
    if mark is None:
        return
    known = {record.id: record for record in mirror.records(conn, run.scope, *source)}
    for record in extract.records:
        before = known.get(record.id)
        if before is None or before.version < record.version:
            if record.updated_at < mark - OVERLAP:
                yield Drift(source[0], record.id, "missed" if before is None else "behind")
        elif before.version > record.version and before.updated_at < extract.as_of - OVERLAP:
            yield Drift(source[0], record.id, "ahead")
    for stub in extract.deleted:
        if stub.id in known and (stub.id not in told or stub.at < mark - OVERLAP):
            yield Drift(source[0], stub.id, "gone")


def _take_over(run: Run, found: Mapping[Source, Extract]) -> None:
    changed = set()
    with run.ledger.writing() as conn:
        for source, extract in found.items():
            records = (*extract.records, *extract.deleted, *extract.unreadable)
            done = mirror.upsert(conn, run.scope, source[0], records, source[1], extract.as_of)
            if done.new or done.changed or done.deleted or done.unreadable:
                changed.add(source[0])
        note_taken_over(conn, run, changed)


def _ids(records: Iterable[Record | Deleted | Unreadable]) -> set[str]:
    return {record.id for record in records}
