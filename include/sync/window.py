"""Which records a run reads. A window never decides what is planned or written (protocol 1.1, 2.1, 2.2).

A cycle reads from the marks to now, so that time in which nothing ran leaves no gap. There is one mark per system and
entity, in that system's own time: the two clocks are never compared. The window is recorded with the run's first
step; a run that is cleared reads the same window again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.engine import Connection

from include.errors import SettingsInvalid
from include.ledger import marks, runs
from include.ledger.database import clock
from include.ledger.runs import RunRow
from include.records import System
from include.sync.run import Run, RunKind
from include.sync.sources import SOURCES, Source

OVERLAP = dt.timedelta(minutes=5)
"""How far behind a mark is read again: a change may become visible a little after its own time (G3)."""


class WindowKind(StrEnum):
    """From the marks to now; records created in an interval; everything there is."""

    SINCE_MARK = "since_mark"
    CREATED_BETWEEN = "created_between"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class Window:
    """What a run reads. `since_mark`: `start` is the oldest mark. `created_between`: both ends are set."""

    kind: WindowKind
    start: dt.datetime | None = None
    end: dt.datetime | None = None

    @property
    def created(self) -> tuple[dt.datetime, dt.datetime] | None:
        """The interval of creation, if this window is one."""
        if self.kind is not WindowKind.CREATED_BETWEEN or self.start is None or self.end is None:
            return None
        return self.start, self.end

    @property
    def moves_marks(self) -> bool:
        """Whether what was read reaches up to now; a backfill's does not (protocol 2.2)."""
        return self.kind is not WindowKind.CREATED_BETWEEN

    def as_json(self) -> dict[str, Any]:
        """The window as JSON values, times in ISO format."""
        ends = {"start": self.start, "end": self.end}
        return {"kind": self.kind.value, **{name: end.isoformat() if end else None for name, end in ends.items()}}

    def __str__(self) -> str:
        if self.kind is WindowKind.EVERYTHING:
            return "everything"
        if self.kind is WindowKind.SINCE_MARK:
            return f"since {_short(self.start)}"
        return f"created {_short(self.start)}..{_short(self.end)}"


def _short(moment: dt.datetime | None) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def window_of(run: Run) -> Window:
    """The run's window, recorded in the ledger the first time it is asked for.

    Raises SettingsInvalid if a backfill or an explicit window lacks an end or ends before it starts.
    """
    with run.ledger.writing() as conn:
        window = _decide(run, conn)
        row = _record(run, conn, window)
    if window.kind is not WindowKind.SINCE_MARK:
        return window
    return Window(window.kind, row.window_start) if row.window_start else Window(WindowKind.EVERYTHING)


def _record(run: Run, conn: Connection, window: Window) -> RunRow:
    """The run's row in the ledger; a run that had ended and was cleared counts as unfinished again."""
    now, ids = clock(conn), (run.dag_id, run.run_id)
    row = runs.start(conn, run.scope, *ids, run.attempt, run.kind.value, window.start, window.end, now)
    if row.state:
        runs.finish(conn, run.scope, *ids, "", row.counts, row.plan_path, row.plan_digest, now)
    return row


def _decide(run: Run, conn: Connection) -> Window:
    explicit = run.window_start is not None or run.window_end is not None
    if run.kind is RunKind.INITIAL:
        return Window(WindowKind.EVERYTHING)
    if run.kind is RunKind.BACKFILL or explicit:
        if run.window_start is None or run.window_end is None:
            raise SettingsInvalid("The window needs both a start and an end.")
        if run.window_start >= run.window_end:
            raise SettingsInvalid("The window ends before it starts.")
        return Window(WindowKind.CREATED_BETWEEN, run.window_start, run.window_end)
    found = [mark_of(run, conn, source) for source in SOURCES]
    oldest = [mark for mark in found if mark is not None]
    if len(oldest) < len(found):
        return Window(WindowKind.EVERYTHING)
    return Window(WindowKind.SINCE_MARK, min(oldest))


def mark_of(run: Run, conn: Connection, source: Source) -> dt.datetime | None:
    """Up to when a source has been read, by its system's clock; None if it never was."""
    system, entity = source
    return marks.get(conn, run.scope, system, entity.value)


def read_from(run: Run, system: System, window: Window) -> dt.datetime:
    """From when a system is read in a `since_mark` window, by its own clock, overlap included.

    That is the system's oldest mark; a run that was cleared after its marks had moved reads from the start recorded
    for it, which lies behind every mark of that time.
    """
    with run.ledger.reading() as conn:
        found = {source: mark_of(run, conn, source) for source in SOURCES}
    marks_now = [mark for mark in found.values() if mark is not None]
    own = [mark for source, mark in found.items() if mark is not None and source[0] is system]
    if window.start is None:
        raise ValueError("only a window since the marks has a start to read from")
    cleared = bool(marks_now) and min(marks_now) > window.start
    start = window.start if cleared or not own else min(own)
    return start - OVERLAP
