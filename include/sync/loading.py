"""What both loads share: one lease, the life of a recorded write, and going on after one record's trouble.

The life of a write (protocol 3.3): recorded and marked as sent in one transaction, sent without any transaction
open, then result, link and mirror in one transaction again. Whoever dies in between leaves the row `sent`; the next
try or run asks the same thing again under the same request id before it does anything else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from include.errors import CompanyIsBusy, ContractBroken, RecordRejected, SyncError, TemporaryOutage
from include.ledger import leases, outbox
from include.ledger.database import clock
from include.ledger.outbox import Batch, Intent, OutboxRow
from include.records import System
from include.sync.live_links import LiveLinks
from include.sync.refusals import ABOUT, about, hold, let_go
from include.sync.rows import UNDOES, UNDONE_BY, WRITES_TO_QUICKBOOKS, WRITES_TO_SYNCTA, Action, Plan, PlanRow
from include.sync.run import Run

log = logging.getLogger(__name__)

TROUBLES_IN_A_ROW = 3
"""After so many calls without an outcome it is the system, not one record: going on would only add to its load."""


@dataclass(slots=True)
class Load:
    """One load under its lease.

    `fence` is the lease's number, `by` who approved the plan, `counts` what became of the rows so far. `held` are keys
    refused in this load: they are not tried again before the next plan has seen both sides anew.
    """

    run: Run
    plan: Plan
    system: System
    fence: int
    links: LiveLinks
    by: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    held: set[str] = field(default_factory=set)
    troubles: list[SyncError] = field(default_factory=list)
    troubles_in_a_row: int = 0

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """A write without an outcome is kept for the end: it may be about one record only, and must not stop the
        others (G5)."""
        try:
            yield
        except (TemporaryOutage, ContractBroken) as trouble:
            log.warning("No outcome yet, going on with the others: %s", trouble)
            self.troubles.append(trouble)
            self.troubles_in_a_row += 1
            self.counts["unclear"] += 1
            if self.troubles_in_a_row >= TROUBLES_IN_A_ROW:
                raise
        else:
            self.troubles_in_a_row = 0

    def ended(self) -> dict[str, int]:
        """The counts; raises the first trouble instead, so that the task is red, and the next try asks again."""
        if self.troubles:
            raise self.troubles[0]
        return dict(sorted(self.counts.items()))

    def numbered_rows(self, *actions: Action) -> list[tuple[int, PlanRow]]:
        """The approved rows of these actions with their number in the plan (G6)."""
        return self.plan.approved(*actions)

    def outcome(self, conn: Connection, keys: Sequence[str]) -> dict[str, str]:
        """What became of rows before, as it is counted; rows that may be sent now are left out."""
        known = outbox.by_key(conn, self.run.scope, keys)
        counted = {"done": "already", "sent": "unclear", "unclear": "unclear"}
        found = {key: counted[row.state] for key, row in known.items() if row.state in counted}
        return found | {key: "" for key in keys if key in self.held}

    def tell(self, count: str) -> None:
        """Count a plan row that is not sent; one that was counted before has an empty count."""
        if count:
            self.counts[count] += 1

    def unfinished(self) -> list[Batch]:
        """What was sent by a try that died before it kept the answer, oldest first."""
        with self.run.ledger.reading() as conn:
            return outbox.unfinished_batches(conn, self.run.scope, self.system)

    def send_off(self, conn: Connection, intents: Sequence[Intent]) -> list[OutboxRow]:
        """Record and mark as sent; the rows to send now, in order. A row that has its outcome is not sent again."""
        scope = self.run.scope
        rows = [row for row in outbox.record(conn, scope, intents) if row.state == "pending"]
        keys = [row.key for row in rows]
        if keys:
            outbox.form_batch(conn, scope, keys, request_id(rows))
            outbox.mark_sent(conn, scope, keys, self.fence, clock(conn))
        sent = outbox.by_key(conn, scope, keys)
        return [sent[key] for key in keys]

    def check_lease(self) -> None:
        """Before asking again: whoever lost the lease no longer sends (protocol 3.1)."""
        with self.run.ledger.writing() as conn:  # the check locks the lease's row
            if not leases.held(conn, self.run.scope, self.system.value, self.fence):
                raise CompanyIsBusy("Another run took over this company's lease.")

    def done(self, conn: Connection, row: OutboxRow, result: Mapping[str, Any], count: str) -> None:
        """It was carried out: its holds close."""
        outbox.finish(conn, self.run.scope, row.key, "done", dict(result), self.fence)
        let_go(conn, self.run.scope, self.plan, row, now())
        self.counts[count] += 1

    def rejected(self, conn: Connection, row: OutboxRow, refusal: RecordRejected) -> None:
        """The system refuses this record: it is held with the reason, and tried again by a later plan (R10)."""
        result = {"reason": refusal.reason, "detail": refusal.detail}
        outbox.finish(conn, self.run.scope, row.key, "rejected", result, self.fence)
        hold(conn, self.run.scope, self.plan, row, refusal, now())
        self.held.add(row.key)
        self.counts["held"] += 1

    def superseded(self, conn: Connection, row: OutboxRow, why: str) -> None:
        """It no longer applies: the next plan decides anew (rules 1.5)."""
        outbox.finish(conn, self.run.scope, row.key, "superseded", {"reason": why}, self.fence)
        self.counts["superseded"] += 1


@contextmanager
def loading(run: Run, plan: Plan, system: System, *, by: str = "") -> Iterator[Load]:
    """A load of one system under the company's lease for it; `CompanyIsBusy` if another run does not give it back while
    this one has patience."""
    with leases.holding(run.ledger, run.scope, system.value, owner_of(run), wait=run.patience) as lease:
        with run.ledger.reading() as conn:
            live = LiveLinks.of(conn, run.scope)
        writes = WRITES_TO_SYNCTA if system is System.SYNCTA else WRITES_TO_QUICKBOOKS
        left_out = +Counter(not_approved=plan.not_approved(*writes))
        yield Load(run, plan, system, lease.fence, live, by, counts=left_out)


def owner_of(run: Run) -> str:
    """Who holds a lease: one try of one run."""
    return f"{run.dag_id}/{run.run_id}/{run.attempt}"


def now() -> dt.datetime:
    """The moment, for what people are told of: when something was seen or linked."""
    return dt.datetime.now(dt.UTC)


def intent_of(load: Load, number: int, row: PlanRow, payload: Mapping[str, Any]) -> Intent:
    """What is recorded before it is sent; `number` is the row's number in the plan (G6)."""
    return Intent(
        key=row.key,
        system=load.system,
        action=row.action.value,
        entity=row.entity,
        source_id=row.source_id,
        payload={**payload, ABOUT: about(row), **_undoing(load, row)},
        run_id=load.run.run_id,
        plan_row=number,
    )


def _undoing(load: Load, row: PlanRow) -> dict[str, Any]:
    """Which run a reversal takes back, and who approved that."""
    return {UNDOES: row.payload[UNDOES], UNDONE_BY: load.by} if UNDOES in row.payload else {}


def request_id(rows: Iterable[OutboxRow]) -> str:
    """34 characters that the same rows at the same try always give; a row tried anew gives another (protocol 3.4)."""
    tries = "\n".join(f"{row.key} {row.tries}" for row in rows)
    return "b-" + hashlib.sha256(tries.encode()).hexdigest()[:32]
