"""How a run ended, as the next one must know it.

The mirror takes over what was read before anything is planned. So when a run stopped half-way, "nothing has changed
since" does not mean that everything was done (G2, G3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Connection

from include.ledger import runs
from include.settings import Company
from include.sync.run import Run

DONE = "success"
FAILED = "failed"
LEFTOVERS = "leftovers"
"""Green, but some rows went back to the next plan (rules 1.5)."""
DRY = "dry_run"
NOTHING_NEW = "nothing_new"

_LOOK_BACK = 20
_COME_BACK = ("superseded", "waiting", "unclear")
"""Counts of the loads that mean: planned, not done, for the next plan."""


def state_of(run: Run, results: Mapping[str, Any]) -> str:
    """How this run ended, from what its steps returned; `results["failed"]` lists tasks that failed."""
    if results.get("failed"):
        return FAILED
    if not results.get("planned"):
        return NOTHING_NEW
    if run.dry_run:
        return DRY
    loads = [results.get(step) or {} for step in ("ledger", "syncta", "quickbooks")]
    return LEFTOVERS if any(load.get(count) for load in loads for count in _COME_BACK) else DONE


def left_over(conn: Connection, run: Run) -> str:
    """Why the company's latest run with something to do has left work behind; empty if it has not."""
    for row in runs.latest(conn, run.scope, _LOOK_BACK):
        if (row.dag_id, row.run_id) == (run.dag_id, run.run_id) or row.state == NOTHING_NEW:
            continue
        if row.state != DONE:
            return f"the run before ended as {row.state or 'unfinished'}"
        if (row.counts or {}).get("settings") != settings_digest(run.company):
            return "the settings have changed"
        return ""
    return ""


def settings_digest(company: Company) -> str:
    """Changes when a setting does: settings are in no change feed (protocol 1.6)."""
    return hashlib.sha256(company.model_dump_json().encode()).hexdigest()[:16]
