"""Effects and decisions as tables in a terminal. They show names and amounts: for a person's own screen only."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from include.ledger.decisions import Decision
from include.records import Entity, System
from include.sync.decide.preview import Effect, Line
from include.sync.decide.record import Kept
from include.sync.decide.verbs import Proposal, command_of
from include.sync.decide.view import View
from include.sync.report_tables import as_cells, as_money, table_of
from include.sync.rows import PlanRow
from include.sync.state import State

_MOST_NAMED = 5


def show_effect(console: Console, view: View, proposal: Proposal, effect: Effect) -> None:
    """What is about to be recorded, and what the next run will do because of it."""
    for decision in proposal.decisions:
        console.print(Text(f"To record: {_sentence(decision)}"))
    if proposal.taken_back:
        console.print(Text(f"To take back: {_sentence(proposal.taken_back)}"))
    if not effect.lines():
        console.print("The next plan stays as it is.")
        return
    table = table_of("What the next run does because of it", "", "action", "reason", "rows", "amount", "which")
    for line in effect.lines():
        sign = "now" if line.comes else "no more"
        amount = as_money(line.amount)
        table.add_row(*as_cells(sign, line.action, line.reason, len(line.rows), amount, _named(view.state, line)))
    console.print(table)
    console.print(f"As the books were on {view.state.books.today}, when a run last read them.")


def show_decisions(console: Console, kept: Sequence[Kept], *, ended: bool) -> None:
    """Decisions, oldest first; those that ended only where asked for."""
    shown = [one for one in kept if ended or one.ended_at is None]
    if not shown:
        console.print("Nothing is decided." if not kept else "No decision stands; --all shows those that ended.")
        return
    table = table_of("Decisions", "decision", "record", "target", "reason", "by", "when", "note", "ended")
    for one in shown:
        made = one.decision
        record = " ".join(part for part in made.subject if part)
        end = f"{one.ended_why} {one.ended_at:%Y-%m-%d %H:%M}" if one.ended_at else ""
        when = f"{made.decided_at:%Y-%m-%d %H:%M}"
        cells = (command_of(made), record, made.target_id, made.reason, made.decided_by, when, made.note, end)
        table.add_row(*as_cells(*cells))
    console.print(table)


def _sentence(one: Decision) -> str:
    about = " ".join(part for part in one.subject if part)
    target = f" → {one.target_id}" if one.target_id else ""
    reason = f" ({one.reason})" if one.reason else ""
    return f"{command_of(one)} {about}{target}{reason}, by {one.decided_by}"


def _named(state: State, line: Line) -> str:
    names = [_name(state, row) for row in line.rows[:_MOST_NAMED]]
    more = len(line.rows) - _MOST_NAMED
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _name(state: State, row: PlanRow) -> str:
    """The record as a person knows it, with its id."""
    if row.entity is Entity.CUSTOMER:
        customers = state.quickbooks_customers if row.source is System.QUICKBOOKS else state.syncta_customers
        known = customers.get(row.source_id)
        return f"{known.name} ({row.source_id})" if known else row.source_id
    invoices = state.quickbooks_invoices if row.source is System.QUICKBOOKS else state.syncta_invoices
    found = invoices.get(row.source_id)
    return f"{found.number} ({row.source_id})" if found else row.source_id
