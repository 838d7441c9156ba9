"""A company's summary as tables in a terminal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from include.sync.reasons import EXCEPTIONS, HOLDS
from include.sync.report import Summary, Told
from include.sync.watch import Outlook

_MOST_SHOWN = 50
"""Records listed per reason; the overview counts them all."""


def show(summary: Summary, console: Console | None = None) -> None:
    """Print the summary; what is empty is said in one line."""
    console = console or Console()
    scope = summary.scope
    console.print(Text(f"{scope.company} (realm {scope.realm}, {scope.environment})", style="bold"))
    if summary.outlook:
        _print_outlook(console, summary.outlook)
    console.print(_runs(summary))
    console.print(_actions(summary))
    _print_told(console, "Holds", summary.holds, HOLDS, "Nothing is held.")
    _print_waiting(console, summary)
    _print_told(console, "Exceptions", summary.exceptions, EXCEPTIONS, "No exceptions.")
    _print_entries(console, summary)
    _print_unapplied(console, summary)
    _print_duplicates(console, summary)
    decided = ", ".join(f"{verb} {number}" for verb, number in summary.decided.items())
    console.print(f"Standing decisions: {decided or 'none'}.")


def _print_outlook(console: Console, outlook: Outlook) -> None:
    until = f"until {outlook.sign_in_ends:%Y-%m-%d}" if outlook.sign_in_ends else "not made yet"
    reads = f"{outlook.reads} of {outlook.monthly} metered reads this month, by all companies"
    console.print(Text(f"QuickBooks: sign-in {until}; {reads}"))
    for warning in outlook.warnings:
        console.print(Text(warning, style="bold red"))


def table_of(title: str, *columns: str) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for column in columns:
        right = column in {"rows", "amount", "records", "invoices"}
        whole = right or column in {"reason", "record", "number", "since", "why"}
        table.add_column(column, justify="right" if right else "left", overflow="fold", no_wrap=whole)
    return table


def as_cells(*values: object) -> list[Text]:
    # As Text, so that a name with [brackets] is not taken for markup.
    return [Text(str(value)) for value in values]


def _runs(summary: Summary) -> Table:
    table = table_of("Latest runs", "run", "kind", "started", "state", "planned")
    for row in summary.runs:
        planned = ", ".join(f"{action} {number}" for action, number in (row.counts or {}).get("planned", {}).items())
        started = row.started_at.strftime("%Y-%m-%d %H:%M:%S")
        undoes = (row.counts or {}).get("undoes")
        kind = f"{row.kind} of {undoes}" if undoes else row.kind
        table.add_row(*as_cells(f"{row.dag_id} {row.run_id}", kind, started, row.state or "running", planned))
    return table


def _actions(summary: Summary) -> Table:
    table = table_of("Plan of the latest run that made one", "action", "rows")
    for action, number in summary.planned.items():
        table.add_row(*as_cells(action, number))
    for step, loaded in summary.loaded.items():
        for what, number in loaded.items():
            table.add_row(*as_cells(f"loaded to {step}: {what}", number))
    return table


def _print_told(console: Console, title: str, found: Iterable[Told], texts: Mapping[str, str], nothing: str) -> None:
    by_reason: dict[str, list[Told]] = defaultdict(list)
    for told in found:
        by_reason[told.finding.reason].append(told)
    if not by_reason:
        console.print(nothing)
        return
    overview = table_of(f"{title} by reason", "reason", "records", "amount", "what to do")
    for reason, several in sorted(by_reason.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        advice = texts.get(reason) or several[0].finding.text
        overview.add_row(*as_cells(reason, len(several), _sum(several), advice))
    console.print(overview)
    for reason, several in sorted(by_reason.items()):
        console.print(_records(reason, several))
        if len(several) > _MOST_SHOWN:
            console.print(f"… and {len(several) - _MOST_SHOWN} more")


def _records(reason: str, several: Sequence[Told]) -> Table:
    table = table_of(reason, "record", "customer", "number", "amount", "target", "since", "note")
    for told in several[:_MOST_SHOWN]:
        one = told.finding
        record, since = f"{one.system} {one.entity} {one.record_id}", one.first_seen.strftime("%Y-%m-%d")
        cells = (record, told.name, told.number, as_money(one.amount), one.target_id, since, told.note)
        table.add_row(*as_cells(*cells))
    return table


def _print_waiting(console: Console, summary: Summary) -> None:
    """Money that waits for a customer to be known in QuickBooks (rules 3.11)."""
    waiting = summary.waiting()
    if not waiting:
        return
    table = table_of("Money waiting for a customer", "customer", "record", "invoices", "amount")
    for one in waiting[:_MOST_SHOWN]:
        table.add_row(*as_cells(one.name, f"syncta customer {one.customer_id}", one.invoices, as_money(one.amount)))
    console.print(table)


def _print_entries(console: Console, summary: Summary) -> None:
    """The payments that Syncta has and QuickBooks has not (rules 4.5)."""
    if not summary.entries:
        return
    table = table_of("Payments to enter in QuickBooks", "customer", "number", "date", "reference", "amount")
    for one in summary.entries:
        table.add_row(*as_cells(one.name, one.number, one.date or "", one.reference, as_money(one.amount)))
    console.print(table)


def _print_unapplied(console: Console, summary: Summary) -> None:
    """Money and credits that could settle open invoices (rules 4.6)."""
    if not summary.unapplied:
        return
    table = table_of("Unapplied money beside open invoices", "customer", "unapplied", "open")
    for one in summary.unapplied:
        table.add_row(*as_cells(one.name, as_money(one.unapplied), as_money(one.open)))
    console.print(table)


def _print_duplicates(console: Console, summary: Summary) -> None:
    if not summary.duplicates:
        console.print("No likely duplicates.")
        return
    table = table_of("Likely duplicates", "one", "the other", "why", "decision")
    for duplicate in summary.duplicates:
        pair = duplicate.pair
        left = f"{duplicate.left_name} ({pair.left_system} {pair.left_id})"
        right = f"{duplicate.right_name} ({pair.right_system} {pair.right_id})"
        table.add_row(*as_cells(left, right, pair.reason, getattr(pair, "decision", "")))
    console.print(table)


def _sum(several: Iterable[Told]) -> str:
    amounts = [told.finding.amount for told in several if told.finding.amount is not None]
    return as_money(sum(amounts, Decimal(0))) if amounts else ""


def as_money(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:,.2f}"
