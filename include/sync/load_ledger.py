"""Carry out what the plan says for the ledger alone: links made and ended, balances, holds, exceptions and flags
(protocol 4.6).

It comes before the loads to the two systems, in an undo after them: there a link ends only when what went across it
was taken back. All of it is one transaction, and may run any number of times.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from include.ledger import findings, leases, outbox, pairs
from include.ledger.findings import Finding, Kind
from include.ledger.links import Link
from include.ledger.pairs import Pair
from include.records import Entity
from include.sync.approved import approved_plan
from include.sync.freshness import fresh
from include.sync.live_links import LiveLinks
from include.sync.loading import now, owner_of
from include.sync.rows import AFTER, CHILDREN, UNDOES, WRITES_TO_QUICKBOOKS, WRITES_TO_SYNCTA, Action, Plan, PlanRow
from include.sync.run import Run, RunKind
from include.sync.undone import Undone, record_undone
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
        book = _Book(conn, run, LiveLinks.of(conn, run.scope), planned.get("approved_by", ""))
        counts = _link_all(book, plan)
        if run.kind is not RunKind.UNDO:  # which plans nothing but what it takes back
            settled = findings.settle(conn, run.scope, run.run_id, list(_findings(conn, run, plan)), now())
            pairs.settle(conn, run.scope, _duplicates(plan), now())
            counts.update(opened=settled.opened, still_open=settled.still_open, closed=settled.closed)
    log.info("Ledger, read %s, run %s: %s", window_of(run), run.run_id, dict(counts))
    return dict(sorted(counts.items()))


@dataclass(frozen=True, slots=True)
class _Book:
    """What the rows change: the links, in a transaction, for a run whose plan somebody approved."""

    conn: Connection
    run: Run
    live: LiveLinks
    by: str


def _link_all(book: _Book, plan: Plan) -> Counter[str]:
    rows = sorted((row for _, row in plan.approved(*LINK_ACTIONS)), key=_turn)
    counts = +Counter(not_approved=plan.not_approved(*LINK_ACTIONS))
    for row, is_fresh in zip(rows, fresh(book.conn, plan, rows), strict=True):
        apply, counted_as = LINK_ACTIONS[row.action]
        counts[counted_as if is_fresh and apply(book, row) else "superseded"] += 1
    return counts


def _turn(row: PlanRow) -> int:
    """What ends comes first, since a record has to be free before it is linked to another one; invoices' links before
    those of their customers."""
    if row.action is not Action.UNLINK:
        return 2
    return 0 if row.entity is Entity.INVOICE else 1


def _link(book: _Book, row: PlanRow) -> bool:
    asked, run_id = row.payload, book.run.run_id
    ids = asked["quickbooks_id"], asked["syncta_id"]
    return book.live.add(book.conn, Link(row.entity, *ids, asked["how"], dict(asked["applied"]), run_id, now()))


def _balance(book: _Book, row: PlanRow) -> bool:
    """What is still open of an invoice is remembered by its link (rules 4.6)."""
    return book.live.remember(book.conn, row.entity, row.source_id, row.payload, book.run.run_id)


def _unlink(book: _Book, row: PlanRow) -> bool:
    """Only a decision of a person ends a link, whatever version its records have by now (rules 2.8)."""
    ids = row.payload["quickbooks_id"], row.payload["syncta_id"]
    undoes = row.payload.get(UNDOES)
    if undoes and not book.live.partner(row.entity, row.payload["quickbooks_id"]):
        return True  # an earlier try of this very task ended it
    if undoes and not _is_free(book, row):
        return False
    if not book.live.end(book.conn, row.entity, *ids, row.reason):
        return False
    if undoes:
        undone = Undone(row.entity, *ids, undoes, book.run.run_id, book.by)
        record_undone(book.conn, book.run.scope, undone, row.amount)
    return True


def _is_free(book: _Book, row: PlanRow) -> bool:
    """Whether everything that went across a link was taken back: the plan meant to, but a load may have refused."""
    if row.entity is Entity.CUSTOMER:
        children = any(book.live.partner(Entity.CUSTOMER, child) for child in row.payload.get(CHILDREN, ()))
        return not children and not book.live.sent_to(row.source_id)
    after = list(row.payload.get(AFTER, ()))
    done = outbox.by_key(book.conn, book.run.scope, after)
    return all(key in done and done[key].state == "done" for key in after)


LINK_ACTIONS: dict[Action, tuple[Callable[[_Book, PlanRow], bool], str]] = {
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
