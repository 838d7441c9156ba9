"""Carry out what the plan says for Syncta: create, update, mark as paid (R1–R7, R12), each exactly once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from include.errors import RecordRejected, StaleRecord, WrongCompany
from include.ledger.outbox import OutboxRow
from include.records import Customer, Entity, Invoice, System
from include.sync.approved import approved_plan
from include.sync.freshness import fresh
from include.sync.loading import Load, intent_of, loading
from include.sync.rows import WRITES_TO_SYNCTA, Action, PlanRow
from include.sync.run import Run
from include.sync.syncta_writes import Syncta, keep, payload_of, send
from include.sync.undone import tell_undone
from include.sync.window import window_of

log = logging.getLogger(__name__)

COUNTED_AS = {
    Action.CREATE.value: "created",
    Action.UPDATE.value: "updated",
    Action.MARK_PAID.value: "marked_paid",
    Action.REOPEN.value: "reopened",
    Action.REMOVE.value: "removed",
    Action.RESTORE.value: "restored",
}


def load_to_syncta(run: Run, planned: Mapping[str, Any], syncta: Syncta) -> dict[str, int]:
    """Write the plan's create, update and mark_paid rows to Syncta, parents before children, and what takes such writes
    back, children before parents.

    Returns how many rows were created, updated, marked_paid, reopened, removed, restored, already done, superseded,
    held, and waiting for their parent. Raises `WrongCompany` before the first write if the connection leads to another
    account than the settings name (rules 1.2), `TemporaryOutage` after all other rows if the outcome of one is unclear:
    the next try asks again under the same key.
    """
    plan = approved_plan(run, planned)
    with loading(run, plan, System.SYNCTA, by=planned.get("approved_by", "")) as load:
        lost, rows = load.unfinished(), load.numbered_rows(*WRITES_TO_SYNCTA)
        if lost or rows:
            check_account(run, syncta)
        for batch in lost:
            for sent in batch.rows:
                with load.going_on():
                    load.check_lease()
                    _send(load, syncta, sent)
        for number, row in rows:
            with load.going_on():
                _write(load, syncta, number, row)
    log.info("Syncta, read %s, run %s: %s", window_of(run), run.run_id, dict(load.counts))
    return load.ended()


def check_account(run: Run, syncta: Syncta) -> None:
    """Raises `WrongCompany` unless Syncta answers for the account the settings name, if they name one (rules 1.2)."""
    if run.company.syncta_account and syncta.account().id != run.company.syncta_account:
        raise WrongCompany(
            f"The connection {run.company.syncta_connection} leads to another Syncta account than the settings of "
            f"{run.company.key} name. Correct the connection; nothing was written."
        )


def _write(load: Load, syncta: Syncta, number: int, row: PlanRow) -> None:
    """One plan row, if it still applies: look once more, record, send, keep."""
    with load.run.ledger.reading() as conn:
        why_not = _why_not(conn, load, row)
    if why_not is None and row.action is Action.CREATE and _name_is_taken(load, syncta, row):
        why_not = "superseded"
    if why_not is not None:
        load.tell(why_not)
        return
    parent = load.links.partner(Entity.CUSTOMER, row.payload.get("parent_quickbooks_id", ""))
    with load.run.ledger.writing() as conn:
        sent = load.send_off(conn, [intent_of(load, number, row, payload_of(row, parent))])
    for recorded in sent:
        _send(load, syncta, recorded)


def _why_not(conn: Connection, load: Load, row: PlanRow) -> str | None:
    """Why a row is not sent now, as it is counted; None if it is."""
    outcomes = load.outcome(conn, [row.key])
    if outcomes:
        return outcomes[row.key]
    # A create needs a customer without link; everything else the very link it was planned for.
    if load.links.partner(row.entity, row.source_id) != row.target_id or not all(fresh(conn, load.plan, [row])):
        return "superseded"
    parent = row.payload.get("parent_quickbooks_id", "")
    return "waiting" if parent and not load.links.partner(Entity.CUSTOMER, parent) else None


def _name_is_taken(load: Load, syncta: Syncta, row: PlanRow) -> bool:
    """Whether a customer of this name appeared since the plan: then that one is matched instead (protocol 3.6)."""
    known = row.payload.get("namesakes", ())
    found = [customer for customer in syncta.customers_named(row.payload["name"]) if customer.id not in known]
    return any(customer.active and not load.links.has_syncta(Entity.CUSTOMER, customer.id) for customer in found)


def _send(load: Load, syncta: Syncta, row: OutboxRow) -> None:
    """Send a recorded row, for the first time or again: the key makes both the same."""
    try:
        answer = send(syncta, row)
    except StaleRecord as stale:
        with load.run.ledger.writing() as conn:
            load.superseded(conn, row, str(stale))
    except RecordRejected as refusal:
        with load.run.ledger.writing() as conn:
            load.rejected(conn, row, refusal)
    else:
        _keep(load, row, answer)


def _keep(load: Load, row: OutboxRow, answer: Customer | Invoice | None) -> None:
    result = {"id": answer.id, "version": answer.version} if answer else {"id": row.payload["target_id"]}
    with load.run.ledger.writing() as conn:
        if keep(conn, load, row, answer):
            load.done(conn, row, result, COUNTED_AS[row.action])
            tell_undone(conn, load, row)
        else:
            load.rejected(conn, row, RecordRejected("It is linked elsewhere by now.", "name_linked_elsewhere"))
