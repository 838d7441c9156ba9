"""Send the plan's invoices to QuickBooks in batches, each invoice once, whatever is lost on the way (R9, R10)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection

from include.errors import RecordRejected, WrongCompany
from include.ledger import outbox
from include.ledger.outbox import Intent, OutboxRow
from include.records import Entity, System
from include.sync.approved import approved_plan
from include.sync.freshness import fresh
from include.sync.loading import Load, intent_of, loading
from include.sync.lost_answers import ask_again
from include.sync.pushed import QuickBooks, keep_answers, send
from include.sync.rows import WRITES_TO_QUICKBOOKS, Action, PlanRow
from include.sync.run import Run
from include.sync.voids import is_void, void, void_again
from include.sync.window import window_of

T = TypeVar("T")

log = logging.getLogger(__name__)


def load_to_quickbooks(run: Run, planned: Mapping[str, Any], quickbooks: QuickBooks) -> dict[str, int]:
    """Push the plan's invoices, oldest first, in batches of the company's `batch_size`; void those it says to void.

    Batches without an answer from an earlier try or run are asked for again first, identical and under their own
    request id. Returns how many invoices were pushed, voided, already done, superseded, held. Raises `WrongCompany`
    before the first write if the connection leads to other books (rules 1.2), `TemporaryOutage` after all other
    batches if the outcome of one is unclear.
    """
    plan = approved_plan(run, planned)
    with loading(run, plan, System.QUICKBOOKS, by=planned.get("approved_by", "")) as load:
        lost, rows = load.unfinished(), load.numbered_rows(*WRITES_TO_QUICKBOOKS)
        if lost or rows:
            check_company(run, quickbooks)
        for batch in lost:
            with load.going_on():
                (void_again if is_void(batch) else ask_again)(load, quickbooks, batch)
        for some in _batches(load.numbered_rows(Action.PUSH), run.company.batch_size):
            with load.going_on():
                _push(load, quickbooks, some)
        for number, row in load.numbered_rows(Action.VOID):
            with load.going_on():
                void(load, quickbooks, number, row)
    log.info("QuickBooks, read %s, run %s: %s", window_of(run), run.run_id, dict(load.counts))
    return load.ended()


def check_company(run: Run, quickbooks: QuickBooks) -> None:
    """Raises `WrongCompany` unless QuickBooks answers for the realm the settings name (rules 1.2)."""
    if quickbooks.company().realm_id != run.company.realm_id:
        raise WrongCompany(
            f"The QuickBooks connection of {run.company.key} leads to another company than the settings name. "
            "Correct the connection; nothing was written."
        )


def _batches(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _push(load: Load, quickbooks: QuickBooks, numbered: Sequence[tuple[int, PlanRow]]) -> None:
    """One batch of plan rows: those that still apply are recorded, sent and kept."""
    with load.run.ledger.writing() as conn:
        sent = load.send_off(conn, list(_intents(conn, load, numbered)))
    if not sent:
        return
    try:
        answers = send(quickbooks, sent)
    except RecordRejected as refusal:
        if len(sent) > 1:
            _push_one_by_one(load, quickbooks, numbered, sent)
            return
        answers = {sent[0].key: refusal}
    keep_answers(load, sent, answers)


def _intents(conn: Connection, load: Load, numbered: Sequence[tuple[int, PlanRow]]) -> Iterator[Intent]:
    """What to record; rows that have their outcome, or whose records changed since the plan, are only counted."""
    rows = [row for _, row in numbered]
    outcomes = load.outcome(conn, [row.key for row in rows])
    for (number, row), is_fresh in zip(numbered, fresh(conn, load.plan, rows), strict=True):
        if row.key in outcomes:
            load.tell(outcomes[row.key])
        elif load.links.has_syncta(Entity.INVOICE, row.source_id) or not is_fresh:
            load.tell("superseded")
        else:
            yield intent_of(load, number, row, {"invoice": dict(row.payload)})


def _push_one_by_one(
    load: Load, quickbooks: QuickBooks, numbered: Sequence[tuple[int, PlanRow]], refused: Sequence[OutboxRow]
) -> None:
    """QuickBooks refused a batch as a whole, so none of it was written: alone, only the cause is refused (G5)."""
    with load.run.ledger.writing() as conn:
        for sent in refused:
            outbox.finish(conn, load.run.scope, sent.key, "superseded", {"reason": "batch refused"}, load.fence)
    keys = {sent.key for sent in refused}
    for number, row in numbered:
        if row.key in keys:
            with load.going_on():
                _push(load, quickbooks, [(number, row)])
