"""Take over what a run has read: its marks move, so that the next run reads from there.

Apart from the upsert and later than it, when the quality check has passed: a run that stops in between is read again
from the old marks, which changes nothing, since the mirror takes only higher versions (protocol 1.3).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from include.ledger import decisions, marks
from include.ledger.decisions import SIDE, Verb
from include.records import System
from include.sync.clocks import note_asked
from include.sync.run import Run
from include.sync.sources import Source, name_of, source_of
from include.sync.window import window_of

log = logging.getLogger(__name__)


def accept(run: Run, extracts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Move the marks of every source the extracts read, in one transaction; returns source → mark.

    Call it once the quality check has passed. A dry run and a window of creation move none (protocol 2.2, 4.6). A
    mark is when the source's system answered, by that system's own clock, and never moves back.
    """
    if run.dry_run or not window_of(run).moves_marks:
        log.debug("The marks stay where they are")
        return {}
    reached = _reached(extracts)
    with run.ledger.writing() as conn:
        move_marks(conn, run, reached, _asked(extracts))
        _use_up(conn, run)
    log.debug("Read up to: %s", {name_of(source): as_of.isoformat() for source, as_of in reached.items()})
    return {name_of(source): as_of.isoformat() for source, as_of in reached.items()}


def move_marks(
    conn: Connection, run: Run, reached: Mapping[Source, dt.datetime], asked: Mapping[System, dt.datetime]
) -> None:
    """Set each source's mark, in the caller's transaction; `asked` is when its system was, by the ledger's clock."""
    note_asked(conn, run, asked)
    for (system, entity), as_of in reached.items():
        marks.move(conn, run.scope, system, entity.value, as_of)


def _use_up(conn: Connection, run: Run) -> None:
    """A shrunken side that a person said is right was taken over: the next one is another question (rules 1.3)."""
    for system in System:
        decisions.end(conn, run.scope, Verb.RESTORED, (SIDE, system.value, ""), f"used by {run.run_id}", _now())


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _asked(extracts: Sequence[Mapping[str, Any]]) -> dict[System, dt.datetime]:
    """System → when it was asked; of several times the earliest."""
    times = [(System(name), extract["asked_at"]) for extract in extracts for name in extract["as_of"]]
    return {system: dt.datetime.fromisoformat(min(at for one, at in times if one is system)) for system, _ in times}


def _reached(extracts: Sequence[Mapping[str, Any]]) -> dict[Source, dt.datetime]:
    """Source → time. An extract reads several sources of a system: the earliest of their times holds for all."""
    reached: dict[Source, dt.datetime] = {}
    for extract in extracts:
        times = {System(system): dt.datetime.fromisoformat(as_of) for system, as_of in extract["as_of"].items()}
        for name in extract["files"]:
            source = source_of(name)
            reached[source] = times[source[0]]
    return reached
