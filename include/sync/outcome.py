"""How a run ended, as the next one must know it.

The mirror takes over what was read before anything is planned. So when a run stopped half-way, "nothing has changed
since" does not mean that everything was done (G2, G3).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy.engine import Connection

from include.ledger import marks, runs
from include.ledger.decisions import Decisions, standing
from include.ledger.runs import RunRow
from include.records import System
from include.settings import Company
from include.sync.rows import ALL_STAGES
from include.sync.run import Run, RunKind

DONE = "success"
FAILED = "failed"
LEFTOVERS = "leftovers"
"""Green, but some rows went back to the next plan (rules 1.5)."""
DRY = "dry_run"
NOTHING_NEW = "nothing_new"
UNDONE = "undone"
"""An undo that went through: the next cycle plans anew, whatever has changed."""
REJECTED = "rejected"
"""A person did not approve the plan: nothing was written."""

_LOOK_BACK = 20
_TAKEN_OVER, _PLANNED = "taken_over", "planned"
"""Flows of marks: the mirror's latest change, and the latest change that was planned and carried out."""
_NEVER = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_COME_BACK = ("superseded", "waiting", "unclear", "not_approved")
"""Counts of the loads that mean: planned, not done, for the next plan."""


def state_of(run: Run, results: Mapping[str, Any]) -> str:
    """How this run ended, from what its steps returned; `results["failed"]` lists tasks that failed."""
    if results.get("failed"):
        return FAILED
    if not results.get("planned"):
        return NOTHING_NEW
    if run.dry_run:
        return DRY
    if results.get("ledger") is None:
        return REJECTED
    loads = [results.get(step) or {} for step in ("ledger", "syncta", "quickbooks")]
    if not wholly_approved(results) or any(load.get(count) for load in loads for count in _COME_BACK):
        return LEFTOVERS
    return UNDONE if run.kind is RunKind.UNDO else DONE


def wholly_approved(results: Mapping[str, Any]) -> bool:
    """Whether every stage was approved, also those in which there was nothing to do (rules 1.4)."""
    stages = results.get("stages")
    return stages is None or set(stages) >= ALL_STAGES


def left_over(conn: Connection, run: Run) -> str:
    """Why an earlier run of the company has left something for this one; empty if none has."""
    if any(_mark(conn, run, system, _TAKEN_OVER) != _mark(conn, run, system, _PLANNED) for system in System):
        return "what an earlier run has read was not carried out"
    rows = [row for row in runs.latest(conn, run.scope, _LOOK_BACK) if row.run_id != run.run_id]
    acted = [row for row in rows if row.state != NOTHING_NEW]
    last = max(acted, key=lambda row: row.finished_at or row.started_at, default=None)
    if last and last.state != DONE:
        return f"the run before ended as {last.state or 'unfinished'}"
    if _last(rows, "settings") != settings_digest(run.company):
        return "the settings have changed"
    decided = _last(rows, "decided") or Decisions().digest
    return "people have decided something" if decided != standing(conn, run.scope).digest else ""


def _last(rows: Iterable[RunRow], what: str) -> Any:
    return next((row.counts[what] for row in rows if what in row.counts), None)


def note_taken_over(conn: Connection, run: Run, changed: Collection[System]) -> dict[str, str]:
    """Note, in the transaction of the upsert, that the mirror of these systems changed.

    Returns system → number of the latest change of any run, as a time: a plan made from now on covers it.
    """
    for system in changed:
        before = _mark(conn, run, system, _TAKEN_OVER) or _NEVER
        # A count in the shape of a time: it rises also where two machines' clocks differ.
        marks.move(conn, run.scope, system, _TAKEN_OVER, max(before + dt.timedelta(microseconds=1), _now()))
    latest = {system: _mark(conn, run, system, _TAKEN_OVER) for system in System}
    return {system.value: moment.isoformat() for system, moment in latest.items() if moment}


def note_planned(conn: Connection, run: Run, extracts: Iterable[Mapping[str, Any]]) -> None:
    """Note that everything was planned and carried out that the mirror held when these extracts had ended."""
    for extract in extracts:
        for system, moment in extract["taken_over"].items():
            marks.move(conn, run.scope, System(system), _PLANNED, dt.datetime.fromisoformat(moment))


def _mark(conn: Connection, run: Run, system: System, flow: str) -> dt.datetime | None:
    return marks.get(conn, run.scope, system, flow)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def settings_digest(company: Company) -> str:
    """Changes when a setting does: settings are in no change feed (protocol 1.6)."""
    return hashlib.sha256(company.model_dump_json().encode()).hexdigest()[:16]
