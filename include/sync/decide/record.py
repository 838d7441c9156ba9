"""Letting decisions stand, if nothing was decided since they were looked at."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from include.errors import DecisionRefused
from include.ledger import decisions
from include.ledger.database import Ledger
from include.ledger.decisions import Decision, Decisions
from include.records import Scope
from include.sync.decide.verbs import Proposal

TAKEN_BACK = "taken back by"


@dataclass(frozen=True, slots=True)
class Kept:
    """A decision on record; `ended_at` is None while it stands."""

    decision: Decision
    ended_at: dt.datetime | None
    ended_why: str


def record(ledger: Ledger, scope: Scope, proposal: Proposal, seen: Decisions, by: str, at: dt.datetime) -> None:
    """Record all decisions of a proposal, or none, as made at this moment.

    `seen` are the standing decisions it was made from: DecisionRefused if others stand by now.
    """
    with ledger.writing() as conn:
        if decisions.standing(conn, scope).digest != seen.digest:
            raise DecisionRefused("Somebody decided something meanwhile. Look at the effect again.")
        if proposal.taken_back:
            _take_back(conn, scope, proposal, by, at)
        for decision in proposal.decisions:
            decisions.record(conn, scope, replace(decision, decided_at=at))


def _take_back(conn: Connection, scope: Scope, proposal: Proposal, by: str, at: dt.datetime) -> None:
    ended = proposal.taken_back
    if ended:
        decisions.end(conn, scope, ended.topic, ended.subject, f"{TAKEN_BACK} {by}", at)


def kept_decisions(ledger: Ledger, scope: Scope) -> list[Kept]:
    """Every decision ever made, oldest first."""
    with ledger.reading() as conn:
        return [Kept(*row) for row in decisions.history(conn, scope)]
