"""Decisions about what is told, about months, and about a side as a whole."""

from __future__ import annotations

import datetime as dt
import re

from include.errors import DecisionRefused
from include.ledger.decisions import MONTH, Decision, Verb
from include.records import System
from include.sync.decide.view import Ask, View, subject_of
from include.sync.reconcile.equation import months_of
from include.sync.reconcile.signed import facts_of_month
from include.sync.rows import Action, PlanRow
from include.sync.rules.accepted import facts_of
from include.sync.rules.renames import MEETS_EXISTING, name_facts

WRITTEN = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def accept(view: View, ask: Ask) -> tuple[Decision, ...]:
    """A hold or exception of the plan is accepted as it is; it is told again when its amount changes."""
    rows = [row for row in view.plan.with_action(Action.HOLD, Action.EXCEPTION) if _is_it(row, ask)]
    if not rows:
        known = any((one.record_id, one.reason) == (ask.record, ask.reason) for one in view.told)
        why = "is tried again by every run and cannot be accepted" if known else "is not told of this record now"
        raise DecisionRefused(f"{ask.reason or 'A hold without reason'} {why}. The report lists what is.")
    row = _only(rows)
    facts = facts_of(row.amount)
    if row.reason == MEETS_EXISTING:
        facts = name_facts(view.state.quickbooks_customers[row.source_id].name)
    subject = subject_of(row.entity, row.source, row.source_id)
    return (ask.decision(Verb.ACCEPT, subject, row.target_id, reason=row.reason, facts=facts),)


def note(view: View, ask: Ask) -> tuple[Decision, ...]:
    """A note on an open hold or exception; it changes nothing."""
    found = [one for one in view.told if (one.record_id, one.reason) == (ask.record, ask.reason)]
    if not found:
        raise DecisionRefused("No open hold or exception of this reason is told of this record. The report lists them.")
    subject = subject_of(found[0].entity, found[0].system, found[0].record_id)
    return (ask.decision(Verb.NOTE, subject, found[0].target_id, reason=ask.reason),)


def sign_off(view: View, ask: Ask) -> tuple[Decision, ...]:
    """A month is right as it stands; changes to it are listed from now on (rules 6)."""
    if not WRITTEN.fullmatch(ask.record):
        raise DecisionRefused("A month is written as 2026-10.")
    if dt.date.fromisoformat(f"{ask.record}-01") >= view.state.books.today.replace(day=1):
        raise DecisionRefused("The month has not ended. It can be signed off from the first day after it.")
    months = months_of(view.state, view.plan)
    if not all(one.adds_up for one in months if one.month == ask.record):
        raise DecisionRefused("The month does not add up. The reconcile report names the records; mend them first.")
    return (ask.decision(Verb.SIGN_OFF, (MONTH, "", ask.record), facts=facts_of_month(months, ask.record)),)


def restored(view: View, ask: Ask) -> tuple[Decision, ...]:
    """A side that lost many records at once is right as it is: so many, and once (rules 1.3)."""
    if ask.record not in {system.value for system in System}:
        raise DecisionRefused("A side is quickbooks or syncta.")
    if not ask.target.isdecimal() or int(ask.target) == 0:
        raise DecisionRefused("How many records may be gone is a number, as the red task names it.")
    return (ask.decision(Verb.RESTORED, ("side", ask.record, ""), facts={"gone": int(ask.target)}),)


def _is_it(row: PlanRow, ask: Ask) -> bool:
    return (row.source_id, row.reason) == (ask.record, ask.reason)


def _only(rows: list[PlanRow]) -> PlanRow:
    if len({(row.entity, row.source) for row in rows}) > 1:
        raise DecisionRefused(
            "A customer and an invoice of this id are told of with this reason. Mend one of them first."
        )
    return rows[0]
