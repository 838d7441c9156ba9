"""Read what changed, land it as Parquet, and take it over into the mirror: one function per Airflow task.

Everything of a task is read and checked at the door before the first row is taken over: an extract that is damaged as
a whole leaves the mirror as it was. One record that cannot be understood is taken over as such and becomes a hold.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy.engine import Connection

from include.ledger import decisions, links, mirror
from include.ledger.decisions import SIDE, Verb
from include.records import Deleted, Entity, Extract, System
from include.sync.books import land_books
from include.sync.clocks import read_since
from include.sync.company_file import land_company_file
from include.sync.door import Gone, check_deletions, check_extract
from include.sync.landing import handed_over, land
from include.sync.outcome import note_taken_over
from include.sync.run import Run, RunKind
from include.sync.sources import QuickBooksReads, Reads, Source, SynctaReads, name_of
from include.sync.window import OVERLAP, Window, WindowKind, window_of

log = logging.getLogger(__name__)

DELETABLE = (Entity.INVOICE, Entity.PAYMENT, Entity.CREDIT_MEMO, Entity.SALES_RECEIPT)
"""What QuickBooks can delete; pages of changed records do not show deletions, only a complete read does."""


def extract_customers(
    run: Run, polled: Mapping[str, Any], quickbooks: QuickBooksReads, syncta: SynctaReads
) -> dict[str, Any]:
    """Customers of both sides, and how the QuickBooks company keeps its books; see `extract_sources`."""
    sources: list[Source] = [(System.QUICKBOOKS, Entity.CUSTOMER), (System.SYNCTA, Entity.CUSTOMER)]
    result = extract_sources(run, polled, sources, quickbooks, syncta)
    preferences = quickbooks.preferences()
    as_of = dt.datetime.fromisoformat(result["as_of"]["quickbooks"])
    land_books(run, preferences, quickbooks.terms(), as_of)
    if run.kind is RunKind.INITIAL:
        land_company_file(run, quickbooks.company(), preferences)
    return result


def extract_invoices(
    run: Run, polled: Mapping[str, Any], quickbooks: QuickBooksReads, syncta: SynctaReads
) -> dict[str, Any]:
    """Invoices of both sides, QuickBooks' sales receipts and products; see `extract_sources`."""
    sources: list[Source] = [
        (System.QUICKBOOKS, Entity.INVOICE),
        (System.QUICKBOOKS, Entity.SALES_RECEIPT),
        (System.QUICKBOOKS, Entity.ITEM),
        (System.SYNCTA, Entity.INVOICE),
    ]
    return extract_sources(run, polled, sources, quickbooks, syncta)


def extract_payments(
    run: Run, polled: Mapping[str, Any], quickbooks: QuickBooksReads, syncta: SynctaReads
) -> dict[str, Any]:
    """QuickBooks' payments and credit memos; see `extract_sources`."""
    sources: list[Source] = [(System.QUICKBOOKS, Entity.PAYMENT), (System.QUICKBOOKS, Entity.CREDIT_MEMO)]
    return extract_sources(run, polled, sources, quickbooks, syncta)


def extract_sources(
    run: Run, polled: Mapping[str, Any], sources: Sequence[Source], quickbooks: QuickBooksReads, syncta: SynctaReads
) -> dict[str, Any]:
    """Read these sources for the run's window, land them, take them over.

    Returns `{"window", "files": source → path, "asked_at": the ledger's time, "read", "expected", "before": source →
    number, "upserted": what → number, "taken_over": system → the mirror's latest change, "as_of": system → time,
    "complete": all of them were read completely, "completely": those that were}`, sources by name such as
    `quickbooks.customer`. Raises DamagedExtract or LooksRestored before anything is taken over.
    """
    window = window_of(run)
    given = handed_over(run) if polled.get("path") else {}
    asked = polled["asked_at"] if given else run.ledger.now().isoformat()
    extracts = {source: given.get(source) or _read(run, window, source, quickbooks, syncta) for source in sources}
    for source, extract in extracts.items():
        check_extract(source, extract)
    with run.ledger.reading() as conn:
        before = {source: mirror.count(conn, run.scope, *source) for source in sources}
        extracts = {source: with_vanished(conn, run, source, extract) for source, extract in extracts.items()}
        check_gone(conn, run, extracts)
    files = {name_of(source): land(run, source, extract) for source, extract in extracts.items()}
    taken = _take_over(run, extracts)
    _tell(window, extracts, taken["upserted"])
    return {"window": window.as_json(), "files": files, "asked_at": asked, **_numbers(extracts, before), **taken}


def _read(run: Run, window: Window, source: Source, quickbooks: QuickBooksReads, syncta: SynctaReads) -> Extract:
    """One source by itself, as the window says."""
    system, entity = source
    client: Reads = quickbooks if system is System.QUICKBOOKS else syncta
    if window.kind is WindowKind.EVERYTHING:
        return client.read_all(entity)
    if window.created:
        # Products belong to no window: an invoice of any month may name any of them.
        return client.read_all(entity) if entity is Entity.ITEM else client.read_all(entity, created=window.created)

    def read(since: dt.datetime) -> tuple[Extract, dt.datetime | None]:
        if system is System.SYNCTA:
            extract = client.read_all(entity, changed_since=since)
        else:
            extract = _changed_in_quickbooks(quickbooks, entity, since)
        return extract, None if extract.complete else extract.as_of

    return read_since(run, system, window, read)


def _changed_in_quickbooks(quickbooks: QuickBooksReads, entity: Entity, since: dt.datetime) -> Extract:
    """Changes that were too many for one answer about everything: asked for by entity, then by pages."""
    alone = quickbooks.changes([entity], since)
    if alone is not None:
        return alone[entity]
    if entity in DELETABLE or entity is Entity.ITEM:
        return quickbooks.read_all(entity)
    return quickbooks.read_all(entity, changed_since=since)


def with_vanished(conn: Connection, run: Run, source: Source, extract: Extract) -> Extract:
    """A complete read with the deletions it implies: what the mirror holds and the system no longer shows.

    A record the mirror got while the pages were walked (our own push) may be missing from them and is left alone.
    """
    if not extract.complete:
        return extract
    shown = {record.id for record in (*extract.records, *extract.deleted, *extract.unreadable)}
    settled = extract.as_of - OVERLAP
    vanished = [
        Deleted(record.id, extract.as_of)
        for record in mirror.records(conn, run.scope, *source)
        if record.id not in shown and record.updated_at < settled
    ]
    return replace(extract, deleted=(*extract.deleted, *vanished))


def check_gone(conn: Connection, run: Run, extracts: Mapping[Source, Extract]) -> None:
    """Every run stops when a side shrinks at once, an initial sync too: a plan that is not approved leaves the mirror
    to the next cycle, which asks nobody. Raises LooksRestored (rules 1.3)."""
    for source, extract in extracts.items():
        known = mirror.known(conn, run.scope, *source)
        over = mirror.deleted_ids(conn, run.scope, *source)
        gone = {stub.id for stub in extract.deleted if stub.id in known and stub.id not in over}
        linked = _linked(conn, run, source) - over
        counted = Gone(len(gone), mirror.count(conn, run.scope, *source), len(gone & linked), len(linked))
        check_deletions(source, counted, confirmed=_confirmed(conn, run, source[0]))


def _linked(conn: Connection, run: Run, source: Source) -> set[str]:
    """Ids of a source's records that have a partner on the other side."""
    system, entity = source
    found = links.live(conn, run.scope, entity)
    return {link.quickbooks_id if system is System.QUICKBOOKS else link.syncta_id for link in found}


def _confirmed(conn: Connection, run: Run, system: System) -> int:
    """How many records of a side may be gone because a person said so (rules 1.3)."""
    decision = decisions.standing(conn, run.scope).about(Verb.RESTORED, SIDE, system, "")
    return int(decision.facts.get("gone", 0)) if decision else 0


def _take_over(run: Run, extracts: Mapping[Source, Extract]) -> dict[str, Any]:
    """All sources of the task in one transaction."""
    total: Counter[str] = Counter()
    changed: set[System] = set()
    with run.ledger.writing() as conn:
        for (system, entity), extract in extracts.items():
            records = (*extract.records, *extract.deleted, *extract.unreadable)
            done = asdict(mirror.upsert(conn, run.scope, system, records, entity, extract.as_of))
            total.update(done)
            if sum(done.values()) > done["unchanged"]:
                changed.add(system)
        taken_over = note_taken_over(conn, run, changed)
    return {"upserted": dict(total), "taken_over": taken_over}


def _numbers(extracts: Mapping[Source, Extract], before: Mapping[Source, int]) -> dict[str, Any]:
    as_of: dict[str, dt.datetime] = {}
    for (system, _), extract in extracts.items():
        as_of[system.value] = min(extract.as_of, as_of.get(system.value, extract.as_of))
    return {
        "read": {name_of(source): _rows(extract) for source, extract in extracts.items()},
        "expected": {name_of(source): extract.expected for source, extract in extracts.items()},
        "before": {name_of(source): number for source, number in before.items()},
        "as_of": {system: moment.isoformat() for system, moment in as_of.items()},
        "complete": all(extract.complete for extract in extracts.values()),
        "completely": [name_of(source) for source, extract in extracts.items() if extract.complete],
    }


def _rows(extract: Extract) -> int:
    return len(extract.records) + len(extract.unreadable)


def _tell(window: Window, extracts: Mapping[Source, Extract], upserted: Mapping[str, int]) -> None:
    read = ", ".join(f"{name_of(source)} {_rows(extract)}" for source, extract in extracts.items())
    became = ", ".join(f"{name} {number}" for name, number in upserted.items())
    log.info("Read %s: %s; in the mirror: %s", window, read, became)


def all_files(extracts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Source name → path over the results of several extract tasks."""
    return {name: path for extract in extracts for name, path in extract["files"].items()}
