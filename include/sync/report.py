"""What a run did and what waits for a person: the run's last step, and `python -m include.sync.report --company demo`.

The step's files and log hold counts, ids and reason codes only. The command is for the person at the terminal and
shows names and amounts; `report_tables.py` draws it.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Connection

from include.errors import SyncError
from include.ledger import companies, decisions, findings, mirror, pairs, runs
from include.ledger.database import Ledger, clock
from include.ledger.decisions import Decisions, Verb
from include.ledger.findings import Kind, OpenFinding
from include.ledger.pairs import Pair
from include.ledger.runs import RunRow
from include.ledger.tokens import LedgerTokenStore
from include.records import Customer, Entity, Scope, System
from include.settings import environment, load_settings
from include.sync.books import landed_books
from include.sync.money_report import Entry, Unapplied, entries, unapplied
from include.sync.outcome import DONE, LEFTOVERS, note_planned, settings_digest, state_of, wholly_approved
from include.sync.run import Run, RunKind
from include.sync.watch import Outlook, look_ahead
from include.sync.window import window_of

log = logging.getLogger(__name__)

_LATEST = 10


def report(run: Run, results: Mapping[str, Any]) -> dict[str, Any]:
    """Write `report.json` beside the run, record how the run ended, and return what was written.

    `results` holds what the steps returned: `extracts` (list), `planned`, `ledger`, `syncta`, `quickbooks`; a step
    that did not run may be missing or None. `failed` lists the tasks that failed, `stages` what was approved (all if
    it is missing) and `approved_by` by whom, `outlook` says until when the sign-in and the month's reads last. The
    state is "success", "leftovers" (rows went back to the next plan), "rejected" (not approved), "failed", "dry_run" or
    "nothing_new". The first initial sync of which every stage was approved and loaded opens the company for the cycle
    (rules 1.1). Nothing is raised for a failed load: the caller makes the run red (protocol 4.1).
    """
    state = state_of(run, results)
    planned = results.get("planned") or {}
    body: dict[str, Any] = {"company": run.company.key, "dag_id": run.dag_id, "run_id": run.run_id}
    body |= {"kind": run.kind.value, "state": state, "window": window_of(run).as_json(), **_counts(results)}
    outlook: Outlook | None = results.get("outlook")
    body |= {"warnings": list(outlook.warnings), "outlook": outlook.as_json()} if outlook else {"warnings": []}
    with run.ledger.writing() as conn:
        now = clock(conn)
        body["open"] = {**_open_counts(conn, run.scope), "warning": len(body["warnings"])}
        if state in (DONE, LEFTOVERS):
            if run.kind is not RunKind.UNDO:  # it plans nothing of what it reads
                note_planned(conn, run, _extracts(results))
            if run.kind is RunKind.INITIAL and wholly_approved(results):
                companies.record_first_sync(conn, run.scope, run.run_id, now, run.company.go_live)
        counts = {**_counts(results), **_known_to(run, planned), **_asked_for(results)}
        path, digest = planned.get("path", ""), planned.get("digest", "")
        runs.finish(conn, run.scope, run.dag_id, run.run_id, state, counts, path, digest, now)
    _write(run, body)
    log.info("%s: planned %s, loaded %s, open %s", state, body["planned"], body["loaded"], body["open"])
    return body


def _counts(results: Mapping[str, Any]) -> dict[str, Any]:
    """What was read, planned and loaded, as numbers."""
    planned = results.get("planned") or {}
    return {
        "read": {name: number for extract in _extracts(results) for name, number in extract["read"].items()},
        "planned": planned.get("counts", {}),
        "reasons": planned.get("reasons", {}),
        "loaded": {step: results[step] for step in ("ledger", "syncta", "quickbooks") if results.get(step)},
        "failed": list(results.get("failed") or []),
    }


def _known_to(run: Run, planned: Mapping[str, Any]) -> dict[str, Any]:
    """What the plan was made from beside the mirror: the next run asks whether it has changed (protocol 1.6)."""
    known: dict[str, Any] = {"settings": settings_digest(run.company)}
    if "decided" in planned:
        known["decided"] = planned["decided"]
    books = landed_books(run)
    return known | ({"books": books.as_json()} if books else {})


def _asked_for(results: Mapping[str, Any]) -> dict[str, str]:
    """Which run an undo took back, and who approved the plan; only what there is."""
    told = {"undoes": (results.get("planned") or {}).get("undoes"), "approved_by": results.get("approved_by")}
    return {name: value for name, value in told.items() if value}


def _extracts(results: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [extract for extract in results.get("extracts") or [] if extract]


def _open_counts(conn: Connection, scope: Scope) -> dict[str, int]:
    found = Counter(finding.kind for finding in findings.open_ones(conn, scope))
    counts = {kind: found[kind] for kind in ("hold", "exception", "flag")}
    decided = len(decisions.standing(conn, scope).standing)
    return {**counts, "likely_duplicate": len(pairs.open_ones(conn, scope)), "decided": decided}


def _write(run: Run, body: Mapping[str, Any]) -> None:
    run.folder.mkdir(parents=True, exist_ok=True)
    with (run.folder / "report.json").open("wb") as file:
        file.write(json.dumps(body, indent=1, sort_keys=True).encode())


@dataclass(frozen=True, slots=True)
class Told:
    """One open finding with what a person knows the record by: the customer's name and id, the document's number; and
    the latest note that somebody made on it."""

    finding: OpenFinding
    name: str
    customer_id: str = ""
    number: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Money of one Syncta customer that waits because QuickBooks does not know the customer (rules 3.11)."""

    name: str
    customer_id: str
    invoices: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A likely duplicate with both names."""

    pair: Pair
    left_name: str
    right_name: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A company at this moment. `runs`: the latest first; `planned` and `loaded`: of the latest run that planned."""

    scope: Scope
    runs: tuple[RunRow, ...]
    planned: Mapping[str, int]
    loaded: Mapping[str, Mapping[str, int]]
    holds: tuple[Told, ...]
    exceptions: tuple[Told, ...]
    duplicates: tuple[Duplicate, ...]
    outlook: Outlook | None = None
    decided: Mapping[str, int] = field(default_factory=dict)
    """Standing decisions of people, by verb."""
    entries: tuple[Entry, ...] = ()
    unapplied: tuple[Unapplied, ...] = ()

    def waiting(self) -> list[Waiting]:
        """The money that waits for a customer, the most first."""
        several: dict[str, list[Told]] = {}
        for told in self.holds:
            if told.finding.reason == "customer_not_in_quickbooks":
                several.setdefault(told.customer_id, []).append(told)
        found = [
            Waiting(held[0].name, id, len(held), sum((one.finding.amount or Decimal(0) for one in held), Decimal(0)))
            for id, held in several.items()
        ]
        return sorted(found, key=lambda one: (-one.amount, one.customer_id))

    def holds_by_reason(self) -> dict[str, int]:
        """Reason → open holds, the most frequent first."""
        numbers: dict[str, int] = {}
        for told in self.holds:
            numbers[told.finding.reason] = numbers.get(told.finding.reason, 0) + 1
        return dict(sorted(numbers.items(), key=lambda entry: (-entry[1], entry[0])))


def summary(ledger: Ledger, scope: Scope, outlook: Outlook | None = None) -> Summary:
    """What the ledger says about a company. Holds names and amounts: for a person's own screen, never for a log."""
    with ledger.reading() as conn:
        latest = tuple(runs.latest(conn, scope, _LATEST))
        counts = next((row.counts for row in latest if (row.counts or {}).get("planned")), {})
        return Summary(
            scope=scope,
            runs=latest,
            planned=counts.get("planned", {}),
            loaded=counts.get("loaded", {}),
            holds=_told(conn, scope, "hold"),
            exceptions=_told(conn, scope, "exception"),
            duplicates=tuple(_duplicate(conn, scope, pair) for pair in pairs.open_ones(conn, scope)),
            decided=_decided_counts(decisions.standing(conn, scope)),
            outlook=outlook,
            entries=tuple(entries(conn, scope, findings.open_ones(conn, scope, "exception"))),
            unapplied=tuple(unapplied(conn, scope)),
        )


def _decided_counts(decided: Decisions) -> dict[str, int]:
    return dict(sorted(Counter(one.verb.value for one in decided.standing.values()).items()))


def _told(conn: Connection, scope: Scope, kind: Kind) -> tuple[Told, ...]:
    found = sorted(findings.open_ones(conn, scope, kind), key=lambda finding: (finding.reason, finding.first_seen))
    decided = decisions.standing(conn, scope)
    return tuple(replace(_known_by(conn, scope, one), note=_note_on(decided, one)) for one in found)


def _note_on(decided: Decisions, finding: OpenFinding) -> str:
    who = (finding.entity.value, finding.system.value, finding.record_id)
    note = decided.about(f"{Verb.NOTE}:{finding.reason}", *who)
    return note.note if note else ""


def _known_by(conn: Connection, scope: Scope, finding: OpenFinding) -> Told:
    system = System(finding.system)
    record = mirror.get(conn, scope, system, Entity(finding.entity), finding.record_id)
    if record is None or isinstance(record, Customer):
        return Told(finding, record.name if record else "")
    customer_id = getattr(record, "customer_id", "")
    return Told(finding, _customer_name(conn, scope, system, customer_id), customer_id, getattr(record, "number", ""))


def _duplicate(conn: Connection, scope: Scope, pair: Pair) -> Duplicate:
    left = _customer_name(conn, scope, System(pair.left_system), pair.left_id)
    return Duplicate(pair, left, _customer_name(conn, scope, System(pair.right_system), pair.right_id))


def _customer_name(conn: Connection, scope: Scope, system: System, customer_id: str) -> str:
    record = mirror.get(conn, scope, system, Entity.CUSTOMER, customer_id)
    return record.name if isinstance(record, Customer) else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a company's summary; 1 with one sentence if that cannot be done."""
    from include.sync.report_tables import show

    parser = argparse.ArgumentParser(prog="python -m include.sync.report", description="What a company's sync did.")
    parser.add_argument("--company", required=True, help="the company's key in the settings file")
    parser.add_argument("--settings", help="another settings file")
    options = parser.parse_args(arguments)
    try:
        scope, here = load_settings(options.settings).company(options.company).scope, environment()
        ledger = Ledger.open(here.ledger_url)
        tokens = LedgerTokenStore(ledger, here.ledger_key, scope) if here.ledger_key else None
        ahead = look_ahead(ledger, scope.environment, tokens, here.metered_reads_per_month)
        show(summary(ledger, scope, ahead))
    except SyncError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
