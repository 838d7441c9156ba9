"""`python -m include.sync.decide --company demo link-customer 58 cus_7`: a person decides, at a terminal."""

from __future__ import annotations

import argparse
import datetime as dt
import getpass
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from include.errors import SyncError
from include.ledger.database import Ledger
from include.settings import Company, environment, load_settings
from include.sync.decide.preview import effect_of
from include.sync.decide.record import kept_decisions, record
from include.sync.decide.tables import show_decisions, show_effect
from include.sync.decide.verbs import CHOICES, TAKE_BACK, TAKEN_BACK, Choice, propose
from include.sync.decide.view import Ask, view_of

ABOUT = """Decide what a sync may not: who is who, what goes out, what is right as it is.

Every decision is shown with its effect before it is recorded, with your name and the time. The next run acts on it;
nothing is written to either system by this command. Records are given by id (the report shows them), or by number or
exact name where only one record bears it."""
EPILOG = """examples:
  %(prog)s --company demo link-customer "Brown, Nick" "Nick Brown"
  %(prog)s --company demo accept total_differs inv_17 --note "a cent of rounding"
  %(prog)s --company demo take-back link-customer 58
  %(prog)s --company demo list --all"""
LIST = "list"
MEANT = {
    "month": "a month, as 2026-10",
    "side": "quickbooks or syncta",
    "number": "how many records may be gone",
    "record": "the id of the record",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """0 recorded or shown, 1 with one sentence if it does not fit, 2 if the person said no or nobody could be asked."""
    options = parser().parse_args(arguments)
    try:
        company = load_settings(options.settings).company(options.company)
        return _decide(options, company, Ledger.open(environment().ledger_url))
    except SyncError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _decide(options: argparse.Namespace, company: Company, ledger: Ledger) -> int:
    console = Console()
    if options.command == LIST:
        show_decisions(console, kept_decisions(ledger, company.scope), ended=options.all)
        return 0
    view, ask = view_of(ledger, company), _ask(options)
    proposal = propose(view, ask)
    show_effect(console, view, proposal, effect_of(view, proposal))
    if not options.yes and not _agreed():
        sys.stderr.write("Nothing was recorded.\n")
        return 2
    record(ledger, company.scope, proposal, view.state.decisions, ask.by, dt.datetime.now(dt.UTC))
    console.print("Recorded. The next run acts on it.")
    return 0


def _ask(options: argparse.Namespace) -> Ask:
    given = vars(options)
    fields = {name: given.get(name) or "" for name in ("record", "target", "reason", "note")}
    return Ask(command=options.command, by=options.by, at=dt.datetime.now(dt.UTC), **fields)


def _agreed() -> bool:
    if not sys.stdin.isatty():
        sys.stderr.write("Nobody can be asked here: --yes records without asking.\n")
        return False
    sys.stdout.write("Record it? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def parser() -> argparse.ArgumentParser:
    """The command's arguments: a sub-command for everything that can be decided."""
    made = argparse.ArgumentParser(
        prog="python -m include.sync.decide",
        description=ABOUT,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--company", required=True, help="the company's key in the settings file")
    made.add_argument("--settings", type=Path, help="another settings file")
    commands = made.add_subparsers(dest="command", required=True, metavar="DECISION", title="decisions")
    for name, choice in CHOICES.items():
        _add(commands, name, choice)
    _add_take_back(commands)
    listing = commands.add_parser(LIST, help="Show the decisions that stand.")
    listing.add_argument("--all", action="store_true", help="also those that ended, with when and why")
    return made


def _add(commands: Any, name: str, choice: Choice) -> None:
    sub = commands.add_parser(name, help=choice.does, description=choice.does)
    if choice.reason:
        sub.add_argument("reason", metavar="REASON", help="the reason code of the hold or exception")
    sub.add_argument("record", metavar=_metavar(choice.record), help=MEANT.get(choice.record, f"the {choice.record}"))
    if choice.target:
        nargs, meant = "?" if choice.target_may_miss else None, MEANT.get(choice.target, f"the {choice.target}")
        sub.add_argument("target", metavar=_metavar(choice.target), nargs=nargs, help=meant)
    _add_who(sub, note_required=choice.note)


def _add_take_back(commands: Any) -> None:
    does = "End a decision that stands; what runs did because of it stays."
    sub = commands.add_parser(TAKE_BACK, help=does, description=does)
    sub.add_argument("target", metavar="DECISION", choices=TAKEN_BACK, help="which decision, by its command")
    sub.add_argument("record", metavar="RECORD", help="the id of the record it is about, as `list` shows it")
    sub.add_argument("--reason", metavar="REASON", help="for accept and note: the reason code")
    _add_who(sub, note_required=False)


def _add_who(sub: Any, *, note_required: bool) -> None:
    sub.add_argument("--by", default=_login(), metavar="NAME", help="who decides (default: the login name)")
    sub.add_argument("--note", metavar="TEXT", required=note_required, help="why, for those who read it later")
    sub.add_argument("--yes", action="store_true", help="record without asking")


def _metavar(what: str) -> str:
    return what.upper().replace(" ", "_")


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"
