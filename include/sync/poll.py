"""Has anything happened? One call to each side, and the ledger (design 4, protocol 2.4).

A cycle in which nothing changed, nothing is held and nothing is left over ends here. What was read on the way is
handed to the extracts as a file, so that it is not read twice.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.engine import Connection

from include.errors import WrongCompany
from include.ledger import companies, findings, mirror, outbox, runs
from include.ledger.database import clock
from include.ledger.decisions import standing
from include.records import Entity, Extract, System
from include.sync.accept import move_marks
from include.sync.clocks import read_since
from include.sync.landing import hand_over
from include.sync.outcome import NOTHING_NEW, left_over, settings_digest
from include.sync.run import Run, RunKind
from include.sync.sources import QUICKBOOKS_SOURCES, Changed, QuickBooksReads, Source, SynctaReads, name_of
from include.sync.window import Window, WindowKind, window_of

log = logging.getLogger(__name__)

MOST_LOOKED_AT = 1000
"""Up to so many changed Syncta records are read by the poll, to tell changes from echoes of our own writes."""


def poll(run: Run, quickbooks: QuickBooksReads, syncta: SynctaReads) -> dict[str, Any] | None:
    """Whether this run has something to do; None if not.

    Otherwise `{"window": {"kind", "start", "end"}, "path": what was handed over or None, "asked_at": when, by the
    ledger's clock, if something was handed over, "changed": source → number of records the mirror does not know,
    "why": [sentence, …]}`.

    An initial sync and a backfill always go on; before the first sync was loaded, everything else ends here
    (`awaiting_first_sync`, rules 1.1). Raises WrongCompany if an initial sync is connected to other books than the
    settings name (rules 1.2).
    """
    if run.kind is RunKind.INITIAL:
        _check_books(run, quickbooks)
    elif _awaiting_first_sync(run):
        log.info("awaiting_first_sync: nothing is planned for %s until its initial_sync was loaded", run.company.key)
        return None
    window = window_of(run)
    if window.kind is not WindowKind.SINCE_MARK:
        log.info("Poll: reads %s", window)
        return _go_on(run, window, {}, {}, [f"It reads {window}."])
    return _poll_since(run, window, quickbooks, syncta)


def _poll_since(run: Run, window: Window, quickbooks: QuickBooksReads, syncta: SynctaReads) -> dict[str, Any] | None:
    asked = run.ledger.now()
    told = _quickbooks_changes(run, window, quickbooks)
    counts, found = _syncta_changes(run, window, syncta)
    found |= {(System.QUICKBOOKS, entity): extract for entity, extract in (told or {}).items()}
    with run.ledger.reading() as conn:
        changed = {source: _unknown(conn, run, source, extract) for source, extract in found.items()}
        changed |= {source: number for source, number in counts.items() if source not in found}
        why = list(_reasons(conn, run, changed, overflow=told is None))
    if not why:
        _end_here(run, window, found, asked)
        return None
    log.info("Poll %s: %s", window, "; ".join(why))
    return _go_on(run, window, found, changed, why) | {"asked_at": asked.isoformat()}


def _go_on(
    run: Run, window: Window, found: Mapping[Source, Extract], changed: Mapping[Source, int], why: list[str]
) -> dict[str, Any]:
    # Written even if empty: a cleared run must not take up what an earlier try handed over.
    path = hand_over(run, found)
    return {
        "window": window.as_json(),
        "path": path if found else None,
        "changed": {name_of(source): number for source, number in changed.items() if number},
        "why": why,
    }


def _check_books(run: Run, quickbooks: QuickBooksReads) -> None:
    realm = quickbooks.company().realm_id
    if realm != run.company.realm_id:
        raise WrongCompany(
            f"The connection {run.company.quickbooks_connection} leads to realm {realm}, "
            f"the settings of {run.company.key} name {run.company.realm_id}."
        )


def _awaiting_first_sync(run: Run) -> bool:
    with run.ledger.reading() as conn:
        return companies.first_sync_at(conn, run.scope) is None


def _quickbooks_changes(run: Run, window: Window, quickbooks: QuickBooksReads) -> Mapping[Entity, Extract] | None:
    """What changed of every kind; None if QuickBooks cannot say it all."""
    entities = [entity for _, entity in QUICKBOOKS_SOURCES]

    def ask(since: dt.datetime) -> tuple[Mapping[Entity, Extract] | None, dt.datetime | None]:
        told = quickbooks.changes(entities, since)
        return told, told[entities[0]].as_of if told else None

    return read_since(run, System.QUICKBOOKS, window, ask)


def _syncta_changes(run: Run, window: Window, syncta: SynctaReads) -> tuple[dict[Source, int], dict[Source, Extract]]:
    """How many records Syncta says have changed, and those records unless they are many."""

    def ask(since: dt.datetime) -> tuple[tuple[dt.datetime, Changed], dt.datetime]:
        said = syncta.changes(since)
        return (since, said), said.as_of

    since, said = read_since(run, System.SYNCTA, window, ask)
    counts = {(System.SYNCTA, Entity.CUSTOMER): said.customers, (System.SYNCTA, Entity.INVOICE): said.invoices}
    found: dict[Source, Extract] = {}
    for source, number in counts.items():
        if number == 0:
            found[source] = Extract((), (), (), 0, said.as_of)
        elif number <= MOST_LOOKED_AT:
            found[source] = syncta.read_all(source[1], changed_since=since)
    return counts, found


def _unknown(conn: Connection, run: Run, source: Source, extract: Extract) -> int:
    """How many of these records the mirror does not hold in this version; our own writes it does (protocol 2.4)."""
    if not (extract.records or extract.deleted or extract.unreadable):
        return 0
    known = mirror.known(conn, run.scope, *source)
    deleted = mirror.deleted_ids(conn, run.scope, *source)
    unreadable = {bad.id for bad in mirror.unreadable(conn, run.scope) if (bad.system, bad.entity) == source}
    return (
        sum(record.version > known.get(record.id, -1) for record in extract.records)
        + sum(gone.id not in deleted for gone in extract.deleted)
        + sum(bad.id not in unreadable for bad in extract.unreadable)
    )


def _reasons(conn: Connection, run: Run, changed: Mapping[Source, int], *, overflow: bool) -> Iterator[str]:
    """Why this run goes on; nothing if it need not."""
    if overflow:
        yield "QuickBooks has more changes than it tells at once"
    for source, number in changed.items():
        if number:
            yield f"{name_of(source)}: {number} changed"
    if holds := len(findings.open_ones(conn, run.scope, "hold")):
        yield f"{holds} held records are tried again"
    if any(outbox.pending(conn, run.scope, system) for system in System) or any(
        outbox.unfinished_batches(conn, run.scope, system) for system in System
    ):
        yield "writes of an earlier run are unfinished"
    if reason := left_over(conn, run):
        yield reason


def _end_here(run: Run, window: Window, found: Mapping[Source, Extract], asked: dt.datetime) -> None:
    """Nothing is new. The marks move all the same: what lies behind them is in the mirror, and a mark that stays
    back would make QuickBooks tell our own writes again and again until they are too many for one answer."""
    with run.ledger.writing() as conn:
        if not run.dry_run:
            reached = {source: extract.as_of for source, extract in found.items()}
            move_marks(conn, run, reached, dict.fromkeys(System, asked))
        counts = {"settings": settings_digest(run.company), "decided": standing(conn, run.scope).digest}
        runs.finish(conn, run.scope, run.dag_id, run.run_id, NOTHING_NEW, counts, "", "", clock(conn))
    log.info("Poll %s: nothing changed on either side, nothing is held, nothing is left over", window)
