"""Carry out what the plan says for the ledger alone: links, balances, holds, exceptions and flags (protocol 4.6).

It comes before the loads to the two systems, in one transaction, and may run any number of times.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from include.ledger import findings, leases, pairs
from include.ledger.findings import Finding, Kind
from include.ledger.links import Link
from include.ledger.pairs import Pair
from include.records import Entity
from include.sync.approved import approved_plan
from include.sync.freshness import fresh
from include.sync.live_links import LiveLinks
from include.sync.loading import now, owner_of
from include.sync.rows import WRITES_TO_QUICKBOOKS, WRITES_TO_SYNCTA, Action, Plan, PlanRow
from include.sync.run import Run
from include.sync.window import window_of

log = logging.getLogger(__name__)

LEASE = "ledger"
TOLD: dict[Action, Kind] = {Action.HOLD: "hold", Action.EXCEPTION: "exception", Action.FLAG: "flag"}


def load_to_ledger(run: Run, planned: Mapping[str, Any]) -> dict[str, int]:
    """Link, record balances, and settle what is told to people against what was open before.

    Returns the numbers linked, balances, superseded, not_approved, opened, still_open and closed. A link whose records
    changed since the plan, or that are linked otherwise by now, returns to the next plan; so does what was not
    approved. What is told to people is told whichever stages were approved. Raises `PlanChanged`.
    """
    plan = approved_plan(run, planned)
    with leases.holding(run.ledger, run.scope, LEASE, owner_of(run)), run.ledger.writing() as conn:
        counts = _link_all(conn, run, plan)
        settled = findings.settle(conn, run.scope, run.run_id, list(_findings(conn, run, plan)), now())
        pairs.settle(conn, run.scope, _duplicates(plan), now())
    counts.update(opened=settled.opened, still_open=settled.still_open, closed=settled.closed)
    log.info("Ledger, read %s, run %s: %s", window_of(run), run.run_id, dict(counts))
    return dict(sorted(counts.items()))


def _link_all(conn: Connection, run: Run, plan: Plan) -> Counter[str]:
    rows = [row for _, row in plan.approved(Action.LINK, Action.RECORD_BALANCE)]
    live = LiveLinks.of(conn, run.scope)
    counts = +Counter(not_approved=plan.not_approved(Action.LINK, Action.RECORD_BALANCE))
    for row, is_fresh in zip(rows, fresh(conn, run.scope, rows), strict=True):
        apply, counted_as = (_link, "linked") if row.action is Action.LINK else (_balance, "balances")
        counts[counted_as if is_fresh and apply(conn, run, live, row) else "superseded"] += 1
    return counts


def _link(conn: Connection, run: Run, live: LiveLinks, row: PlanRow) -> bool:
    asked = row.payload
    link = Link(
        row.entity, asked["quickbooks_id"], asked["syncta_id"], asked["how"], dict(asked["applied"]), run.run_id, now()
    )
    return live.add(conn, link)


def _balance(conn: Connection, run: Run, live: LiveLinks, row: PlanRow) -> bool:
    """What is still open of an invoice is remembered by its link (rules 4.6)."""
    return live.remember(conn, row.entity, row.source_id, row.payload, run.run_id)


def _findings(conn: Connection, run: Run, plan: Plan) -> Iterator[Finding]:
    """What the plan tells, once per record and reason, and the holds of records that this plan is trying again:
    those close when the record has gone through, not before."""
    told: dict[tuple[str, ...], Finding] = {}
    for row in plan.with_action(*TOLD):
        who = (row.entity, row.source, row.source_id)
        finding = Finding(TOLD[row.action], *who, row.reason, row.text, row.amount, row.target_id)
        told.setdefault(finding.identity, finding)
    tried = {(r.entity, r.source, r.source_id) for r in plan.with_action(*WRITES_TO_SYNCTA, *WRITES_TO_QUICKBOOKS)}
    for hold in findings.open_ones(conn, run.scope, "hold"):
        if (hold.entity, hold.system, hold.record_id) in tried:
            told.setdefault(hold.identity, hold)
    yield from told.values()


def _duplicates(plan: Plan) -> Iterator[Pair]:
    """The likely duplicates among customers, for a person's decision (R3)."""
    for row in plan.with_action(Action.FLAG):
        if row.entity is Entity.CUSTOMER:
            (left_system, left_id), (right_system, right_id) = row.payload["left"], row.payload["right"]
            yield Pair(left_system, left_id, right_system, right_id, row.reason, row.payload["tier"])
