"""The three shapes a report can have, each built from the ledger: statement, summary, detail."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from include.sandbox.quickbooks.reporting.asked import Asked
from include.sandbox.quickbooks.reporting.columns import COLUMNS, column
from include.sandbox.quickbooks.reporting.entries import Entry, Ledger
from include.sandbox.quickbooks.reporting.period import Period, cut
from include.sandbox.quickbooks.reporting.rows import (
    Block,
    Cell,
    Figures,
    Row,
    Tree,
    added,
    cell,
    data,
    figures_row,
    section,
    summary,
)
from include.sandbox.quickbooks.reporting.statements import Layout, Part

Source = Callable[[Ledger, Asked], list[Entry]]
"""The entries a report is made from."""
Amounts = Callable[[Ledger, Asked, list[Entry], Period], Mapping[str, Decimal]]
"""What stands in one column of a statement: amounts by account, or by a name for what is no account."""
GRAND_TOTAL = "GrandTotal"


class Built(NamedTuple):
    """The inside of a report."""

    columns: list[dict[str, Any]]
    rows: list[Row]
    empty: bool


class Measure(NamedTuple):
    """A column of a summary: what a row's entries come to, seen beside those of the whole report."""

    title: str
    value: Callable[[Ledger, Sequence[Entry], Sequence[Entry]], Decimal | str | None]


@dataclass(frozen=True, slots=True)
class Statement:
    """Accounts in sections, one column per period, and one for all of them where periods add up."""

    amounts: Amounts
    parts: tuple[Part, ...] = ()
    adds_up: bool = True

    def build(self, ledger: Ledger, asked: Asked) -> Built:
        """The statement; one column per period, and the sum of all where periods add up."""
        entries = [entry for entry in ledger.entries if asked.allows(ledger, entry)]
        periods = periods_of(asked, entries)
        if len(periods) > 1 and self.adds_up:
            periods.append(Period(periods[0].start, periods[-1].end))
        found = [self.amounts(ledger, asked, entries, period) for period in periods]
        names = {name for each in found for name in each}
        figures = {name: [each.get(name) for each in found] for name in names}
        known = {name: own for name, own in figures.items() if name not in ledger.accounts}
        tree = Tree(ledger.accounts, _account_row(ledger, figures), [True] * len(periods))
        layout = Layout(tree, known)
        columns = [column("account", "", "Account"), *map(_period_column, periods)]
        return Built(columns, layout.rows(self.parts), not figures)


@dataclass(frozen=True, slots=True)
class Summary:
    """One row for each customer, vendor, product …; `by` tells which one an entry belongs to, `named` its name.

    Without `measures` there is a column per period, of amounts. `nested` puts the columns below one "Total".
    """

    source: Source
    kind: str
    by: Callable[[Ledger, Entry], str]
    named: Callable[[Ledger, str], str]
    measures: tuple[Measure, ...] = ()
    nameless: str = "Not Specified"
    nested: bool = False

    def build(self, ledger: Ledger, asked: Asked) -> Built:
        """The rows in the order of their names, what has none last, and the grand total."""
        entries = [entry for entry in self.source(ledger, asked) if asked.allows(ledger, entry)]
        measures = self.measures or _by_period(asked, entries)
        groups: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            groups[self.by(ledger, entry)].append(entry)
        rows = []
        for id_ in sorted(groups, key=lambda id_: (not id_, self.named(ledger, id_).casefold(), id_)):
            first = cell(self.named(ledger, id_), id_) if id_ else cell(self.nameless)
            rows.append(data([first, *_measured(ledger, measures, groups[id_], entries)]))
        if rows:
            total = {"ColData": [cell("TOTAL"), *_measured(ledger, measures, entries, entries)]}
            rows.append({"Summary": total, "type": "Section", "group": GRAND_TOTAL})
        return Built(self._columns(measures), rows, not groups)

    def _columns(self, measures: Sequence[Measure]) -> list[dict[str, Any]]:
        columns = [column(_key(measure.title), measure.title, "Money") for measure in measures]
        if self.nested:
            columns = [{"ColTitle": "Total", "ColType": "Money", "Columns": {"Column": columns}}]
        return [column(_key(self.kind), "", self.kind), *columns]


@dataclass(frozen=True, slots=True)
class Detail:
    """One row for each entry: under headers, one for each key a `group` makes; or `by_account`, in the `parts` of a
    statement or, without parts, all of them with what they held before the period.
    """

    source: Source
    columns: tuple[str, ...]
    group: Callable[[Ledger, Entry], tuple[object, Cell]] | None = None
    by_account: bool = False
    parts: tuple[Part, ...] = ()

    def build(self, ledger: Ledger, asked: Asked) -> Built:
        """The rows, oldest first within each group."""
        entries = [entry for entry in self.source(ledger, asked) if asked.allows(ledger, entry)]
        table = Table(ledger, [key for key in COLUMNS if key in (asked.columns or self.columns)] or list(self.columns))
        if self.by_account:
            rows = self._of_accounts(ledger, asked, table, entries)
        elif self.group:
            rows = self._grouped(ledger, table, entries, self.group)
        else:
            rows = table.block(entries).rows
        return Built(table.heads, rows, not entries and (not rows or bool(self.parts)))

    def _grouped(
        self, ledger: Ledger, table: Table, entries: list[Entry], group: Callable[[Ledger, Entry], tuple[object, Cell]]
    ) -> list[Row]:
        groups: dict[Any, list[Entry]] = defaultdict(list)
        headers: dict[Any, Cell] = {}
        for entry in entries:
            key, header = group(ledger, entry)
            groups[key].append(entry)
            headers[key] = header
        blocks = {key: table.block(groups[key]) for key in sorted(groups)}
        rows = [
            section(headers[key], block.rows, f"Total for {headers[key]['value']}", block.figures)
            for key, block in blocks.items()
        ]
        if rows:
            total = added((block.figures for block in blocks.values()), table.width)
            rows.append(summary("TOTAL", total, GRAND_TOTAL))
        return rows

    def _of_accounts(self, ledger: Ledger, asked: Asked, table: Table, entries: list[Entry]) -> list[Row]:
        per_account: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            per_account[entry.account].append(entry)
        before = opening(ledger, asked) if not self.parts else {}

        def own(id_: str) -> Block | None:
            if not per_account[id_] and not before.get(id_):
                return None
            block = table.block(per_account[id_], before.get(id_))
            name = str(ledger.accounts[id_]["Name"])
            return Block([section(cell(name, id_), block.rows, f"Total for {name}", block.figures)], block.figures)

        tree = Tree(ledger.accounts, own, table.sums, "Total for {} with sub-accounts")
        return Layout(tree, {}).rows(self.parts) if self.parts else tree.block(ledger.accounts).rows


class Table:
    """The columns of a detail report and the rows in them. Figures leave the first column out unless it is a sum."""

    def __init__(self, ledger: Ledger, keys: list[str]) -> None:
        self._ledger = ledger
        self._keys = keys
        self._first = 0 if COLUMNS[keys[0]].summed else 1
        self.heads = [column(key, COLUMNS[key].title, COLUMNS[key].kind) for key in keys]
        self.sums = [COLUMNS[key].summed for key in keys[self._first :]]
        self.width = len(self.sums)

    def block(self, entries: list[Entry], before: Decimal | None = None) -> Block:
        """The rows of these entries and their sums; `before` is a balance they begin with."""
        running, totals = before or Decimal(0), dict.fromkeys(self._keys, Decimal(0))
        rows = [self._beginning(before)] if before else []
        for entry in entries:
            cells = []
            for key in self._keys:
                known = COLUMNS[key]
                value = known.value(self._ledger, entry)
                if known.runs:
                    running += value if isinstance(value, Decimal) else 0
                    value = running
                elif known.summed and isinstance(value, Decimal):
                    totals[key] += value
                cells.append(value if isinstance(value, dict) else cell(value))
            rows.append(data(cells))
        sums = [totals[key] if COLUMNS[key].summed else None for key in self._keys[self._first :]]
        return Block(rows, sums)

    def _beginning(self, balance: Decimal) -> Row:
        cells = [cell(balance if COLUMNS[key].runs else None) for key in self._keys]
        return data([cell("Beginning Balance"), *cells[1:]])


def periods_of(asked: Asked, entries: Sequence[Entry]) -> list[Period]:
    """The columns asked for; all time is cut from the first entry to the last."""
    whole = asked.period
    if asked.macro == "all" and asked.by != "Total":
        dates = [dt.date.fromisoformat(entry.date) for entry in entries] or [asked.today]
        whole = Period(min(dates), max(*dates, asked.today))
    return cut(whole, asked.by)


def opening(ledger: Ledger, asked: Asked) -> dict[str, Decimal]:
    """What accounts of the balance sheet held before the period, as people read it."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for entry in ledger.entries:
        earlier = entry.date < asked.period.start.isoformat() and ledger.is_kept(entry.account)
        if earlier and asked.allows(ledger, entry):
            found[entry.account] += ledger.sign(entry.account) * entry.amount
    return found


def _account_row(ledger: Ledger, figures: Mapping[str, Figures]) -> Callable[[str], Block | None]:
    def own(id_: str) -> Block | None:
        if id_ not in figures:
            return None
        return Block([figures_row(cell(ledger.accounts[id_]["Name"], id_), figures[id_])], figures[id_])

    return own


def _by_period(asked: Asked, entries: Sequence[Entry]) -> tuple[Measure, ...]:
    def measure(period: Period) -> Measure:
        def value(ledger: Ledger, own: Sequence[Entry], everything: Sequence[Entry]) -> Decimal:
            return sum((entry.amount for entry in own if period.has(entry.date)), Decimal(0))

        return Measure(period.title, value)

    periods = periods_of(asked, entries)
    whole = [Period(periods[0].start, periods[-1].end)] if len(periods) > 1 else []
    return tuple(measure(period) for period in [*periods, *whole])


def _measured(
    ledger: Ledger, measures: Sequence[Measure], own: Sequence[Entry], everything: Sequence[Entry]
) -> list[Cell]:
    return [cell(measure.value(ledger, own, everything)) for measure in measures]


def _period_column(period: Period) -> dict[str, Any]:
    ends = (("StartDate", period.start), ("EndDate", period.end))
    key = {"Name": "ColKey", "Value": _key(period.title)}
    dated = [{"Name": name, "Value": day.isoformat()} for name, day in ends] if period.title != "Total" else []
    return {"ColTitle": period.title, "ColType": "Money", "MetaData": [*dated, key]}


def _key(title: str) -> str:
    return title.lower() if title.isalpha() else title
