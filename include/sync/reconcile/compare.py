"""The daily proof: both sides read again, the equation, receivables, drift; kept as table and page, red if it does not
add up (rules 6)."""

from __future__ import annotations

import json
import logging
from typing import Any

from include.errors import DoesNotReconcile
from include.records import System
from include.sync.books import read_books
from include.sync.match import find_matches
from include.sync.plan import plan_of
from include.sync.reconcile.equation import months_of
from include.sync.reconcile.pages import HOW, Reconciliation, csv_of, page_of
from include.sync.reconcile.read import Drift, QuickBooks, Syncta, read_again
from include.sync.reconcile.receivables import receivables_of
from include.sync.reconcile.signed import signed_months
from include.sync.run import Run
from include.sync.state import read_state

log = logging.getLogger(__name__)

PAGE, TABLE, DRIFT = "reconcile.html", "reconcile.csv", "drift.json"


def read_sides(run: Run, quickbooks: QuickBooks, syncta: Syncta) -> dict[str, int]:
    """Read both sides again; how many invoices had drifted, by what happened to them. See `read_again`."""
    drift = read_again(run, quickbooks, syncta)
    _store(run, DRIFT, json.dumps([[one.system, one.record_id, one.how] for one in drift]).encode())
    return {how: sum(one.how == how for one in drift) for how in HOW}


def compare(run: Run) -> dict[str, Any]:
    """Prove the months and store `reconcile.html` and `reconcile.csv` beside the run.

    Returns counts only: `{"months", "invoices", "differing", "unexplained", "drift", "signed_off", "changed_since"}`.
    Raises DoesNotReconcile, after the files were written, if anything is unexplained or had been missed.
    """
    found = reconciliation_of(run)
    run.folder.mkdir(parents=True, exist_ok=True)
    _store(run, TABLE, csv_of(found))
    _store(run, PAGE, page_of(found).encode("utf-8", errors="replace"))
    counts = found.counts()
    log.info("Reconciled %s: %s; see %s", run.company.key, counts, run.folder / PAGE)
    if not found.is_sound:
        raise DoesNotReconcile(f"{' and '.join(found.troubles())}. They are named in {run.folder / PAGE}.")
    return counts


def reconciliation_of(run: Run) -> Reconciliation:
    """Everything the report shows, from the state as it is now."""
    state = read_state(run.ledger, run.company, read_books(run))
    plan = plan_of(state, find_matches(state))
    months = months_of(state, plan)
    with (run.folder / DRIFT).open("rb") as file:
        drift = [Drift(System(system), record_id, how) for system, record_id, how in json.loads(file.read())]
    return Reconciliation(
        company=run.company,
        state=state,
        months=tuple(months),
        receivables=receivables_of(state, plan),
        drift=tuple(drift),
        signed=tuple(signed_months(state, months)),
    )


def _store(run: Run, name: str, content: bytes) -> None:
    run.folder.mkdir(parents=True, exist_ok=True)
    with (run.folder / name).open("wb") as file:
        file.write(content)
