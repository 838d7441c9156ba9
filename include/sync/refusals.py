"""From a refused record to a hold with what to do about it, and out of it again (R10).

The hold names the record as the plan's own hold rows do, so that a hold told by a plan and one opened by a load are
the same if record and reason are. It keeps its age while runs try again, and closes when the record went through.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import Connection

from include.errors import RecordRejected
from include.ledger.findings import Finding
from include.ledger.holds import close_holds, open_hold
from include.ledger.outbox import OutboxRow
from include.records import Scope, System
from include.sync.reasons import HOLDS
from include.sync.rows import Action, Plan, PlanRow

ABOUT = "about"
"""Key of the outbox payload under which the record is named."""


def about(row: PlanRow) -> dict[str, str | None]:
    """What the outbox keeps of the record a row is about."""
    return {"system": row.source.value, "amount": None if row.amount is None else str(row.amount)}


def hold(conn: Connection, scope: Scope, plan: Plan, row: OutboxRow, refusal: RecordRejected, at: dt.datetime) -> None:
    """Hold the record for the reason of its refusal, and for no other reason, except those that the plan tells."""
    amount = row.payload[ABOUT]["amount"]
    money = None if amount is None else Decimal(amount)
    finding = Finding("hold", row.entity, _system(row), row.source_id, refusal.reason, _text(refusal), money)
    open_hold(conn, scope, row.run_id, finding, at)
    let_go(conn, scope, plan, row, at, still=refusal.reason)


def let_go(conn: Connection, scope: Scope, plan: Plan, row: OutboxRow, at: dt.datetime, *, still: str = "") -> None:
    """Close the record's holds, except those the plan tells itself, and the one for the reason `still`."""
    record = (row.entity, _system(row), row.source_id)
    told = {h.reason for h in plan.with_action(Action.HOLD) if (h.entity, h.source, h.source_id) == record}
    close_holds(conn, scope, *record, at, except_for=told | {still})


def _system(row: OutboxRow) -> System:
    return System(row.payload[ABOUT]["system"])


def _text(refusal: RecordRejected) -> str:
    """What to do about it: the reason's text, or the refusal's own sentence, with the system's code."""
    text = HOLDS.get(refusal.reason) or str(refusal)
    return f"{text} ({refusal.detail})" if refusal.detail and refusal.detail not in text else text
