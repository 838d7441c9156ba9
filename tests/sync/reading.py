"""The steps of a run that read, in the order Airflow runs them, with a stand-in for plan and loads."""

from __future__ import annotations

from typing import Any

from include.records import Entity, Record, System
from include.sync.accept import accept
from include.sync.extract import extract_customers, extract_invoices, extract_payments
from include.sync.poll import poll
from include.sync.report import report
from include.sync.run import Run, RunKind
from tests.sync.sides import QuickBooks, Syncta

Extracts = list[dict[str, Any]]


def read(run: Run, quickbooks: QuickBooks, syncta: Syncta) -> Extracts | None:
    """Poll and extract; None if the poll ended the run. No mark moves."""
    polled = poll(run, quickbooks, syncta)
    if polled is None:
        return None
    steps = (extract_customers, extract_invoices, extract_payments)
    return [step(run, polled, quickbooks, syncta) for step in steps]


def whole_run(run: Run, quickbooks: QuickBooks, syncta: Syncta) -> Extracts | None:
    """A run that succeeds and has nothing to write."""
    extracts = read(run, quickbooks, syncta)
    if extracts is not None:
        accept(run, extracts)
        report(run, {"extracts": extracts, "planned": {"counts": {"skip": 1}}, "ledger": {}})
    return extracts


def after_first_sync(make_run: Any, quickbooks: QuickBooks, syncta: Syncta) -> None:
    """Bring the ledger to where the cycle begins, outside the overlap."""
    for side in (quickbooks, syncta):
        side.pass_time(hours=1)
    whole_run(make_run(RunKind.INITIAL, "first"), quickbooks, syncta)
    for side in (quickbooks, syncta):
        side.pass_time(hours=1)
        side.calls.clear()


def mirrored(run: Run, system: System, entity: Entity) -> dict[str, Record]:
    """What the mirror holds."""
    from include.ledger import mirror

    with run.ledger.reading() as conn:
        return {record.id: record for record in mirror.records(conn, run.scope, system, entity)}
