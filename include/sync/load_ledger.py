"""Carry out what the plan says for the ledger alone: links made and ended, balances, holds, exceptions and flags
(protocol 4.6).

It comes before the loads to the two systems, in one transaction, and may run any number of times.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
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
from include.sync.rows import UNDOES, WRITES_TO_QUICKBOOKS, WRITES_TO_SYNCTA, Action, Plan, PlanRow
from include.sync.run import Run, RunKind
from include.sync.undone import record_undone
from include.sync.window import window_of

log = logging.getLogger(__name__)

LEASE = "ledger"
TOLD: dict[Action, Kind] = {Action.HOLD: "hold", Action.EXCEPTION: "exception", Action.FLAG: "flag"}


def load_to_ledger(run: Run, planned: Mapping[str, Any]) -> dict[str, int]:
    """End links, link, record balances, and settle what is told to people against what was open before.

    Returns the numbers unlinked, linked, balances, superseded, not_approved, opened, still_open and closed. A link
    whose records changed since the plan, or that are linked otherwise by now, returns to the next plan; so does what
    was not approved. What is told to people is told whichever stages were approved. Raises `PlanChanged`.
    """
    plan = approved_plan(run, planned)
    mine = leases.holding(run.ledger, run.scope, LEASE, owner_of(run), wait=run.patience)
    with mine as lease, run.ledger.writing() as conn:
        leases.check(conn, lease)
        counts = _link_all(conn, run, plan)
        if run.kind is not RunKind.UNDO:  # which plans nothing but what it takes back
            settled = findings.settle(conn, run.scope, run.run_id, list(_findings(conn, run, plan)), now())
            pairs.settle(conn, run.scope, _duplicates(plan), now())
            counts.update(opened=settled.opened, still_open=settled.still_open, closed=settled.closed)
    log.info("Ledger, read %s, run %s: %s", window_of(run), run.run_id, dict(counts))
    return dict(sorted(counts.items()))


def _link_all(conn: Connection, run: Run, plan: Plan) -> Counter[str]:
    # What ends comes first: a record has to be free before it is linked to another one.
    approved = [row for _, row in plan.approved(*LINK_ACTIONS)]
    rows = sorted(approved, key=lambda row: row.action is not Action.UNLINK)
    live = LiveLinks.of(conn, run.scope)
    counts = +Counter(not_approved=plan.not_approved(*LINK_ACTIONS))
    for row, is_fresh in zip(rows, fresh(conn, plan, rows), strict=True):
        apply, counted_as = LINK_ACTIONS[row.action]
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


def _unlink(conn: Connection, run: Run, live: LiveLinks, row: PlanRow) -> bool:
    """Only a decision of a person ends a link, whatever version its records have by now (rules 2.8)."""
    ended = row.payload
    if not live.end(conn, row.entity, ended["quickbooks_id"], ended["syncta_id"], row.reason):
        return False
    if UNDOES in ended:
        record_undone(conn, run, row.entity, ended["quickbooks_id"], ended["syncta_id"], ended[UNDOES], by="")
    return True


LINK_ACTIONS: dict[Action, tuple[Callable[[Connection, Run, LiveLinks, PlanRow], bool], str]] = {
    Action.UNLINK: (_unlink, "unlinked"),
    Action.LINK: (_link, "linked"),
    Action.RECORD_BALANCE: (_balance, "balances"),
}


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
