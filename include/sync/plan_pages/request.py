"""What Airflow shows and keeps of a plan that waits: counts and sums as Markdown, no names (protocol 4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from include.sync.plan_pages.balance_sheet import Sheet
from include.sync.plan_pages.money import shown
from include.sync.plan_pages.overview import Line, Overview
from include.sync.plan_pages.words import SIDES, STAGES, words_of
from include.sync.rows import Plan
from include.sync.run import Run

BASE = "/sync/plans"


def page_url(run: Run, name: str) -> str:
    """Where Airflow's API server shows a file of the run, without its own address."""
    return f"{BASE}/{quote(run.dag_id)}/{quote(run.run_id, safe='')}/{name}"


def body_of(run: Run, plan: Plan, overview: Overview) -> str:
    """The request's text."""
    parts = [
        [f"- {sentence}" for sentence in overview.why],
        [f"**[The whole plan with names]({page_url(run, 'plan.html')})** · [as CSV]({page_url(run, 'plan.csv')})"],
        [f"- {sentence}" for sentence in overview.writes],
        _table(("what would be done", "rows", "money"), _staged(overview)),
        _titled("Invoices added by the earlier go_live, by month", overview.added),
        _titled("History that is linked, by year", overview.history),
        _titled("Paid marks out of history, by year", overview.paid_history),
        _sheets(overview.sheets),
        _table(("company", ""), overview.facts),
        _table(("what is only told", "rows", "money"), map(_cells, overview.told)),
        [f"Plan `{plan.digest[:12]}`. Reject, or no answer: nothing is written."],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def stages_of(overview: Overview) -> dict[str, str]:
    """Stage → what approving it would do, in a few words."""
    return {stage.value: _in_words(lines) for stage, lines in overview.stages.items()}


def _in_words(lines: Iterable[Line]) -> str:
    said = [f"{words_of(line.name)} {line.rows:,}{f' ({shown(line.money)})' if line.money else ''}" for line in lines]
    return ", ".join(said) or "nothing to do"


def _staged(overview: Overview) -> Iterator[tuple[str, str, str]]:
    for stage, lines in overview.stages.items():
        for line in lines:
            name, rows, money = _cells(line)
            yield f"{STAGES[stage]}: {name}", rows, money


def _cells(line: Line) -> tuple[str, str, str]:
    return words_of(line.name), f"{line.rows:,}", shown(line.money)


def _titled(title: str, lines: Iterable[Line]) -> list[str]:
    return _table((title, "invoices", "money"), ((line.name, f"{line.rows:,}", shown(line.money)) for line in lines))


def _sheets(sheets: Iterable[Sheet]) -> list[str]:
    """Everything there is, and that nothing of it is missing in the plan (rules 1.4)."""
    rows = []
    for sheet in sheets:
        count, money = sheet.difference
        name = f"{SIDES[sheet.system]} {sheet.entity}s"
        rows.append((name, f"{sheet.count:,}", shown(sheet.money), f"{count}{' / ' + shown(money) if money else ''}"))
    return _table(("all records", "count", "money", "missing in the plan"), rows)


def _table(heads: tuple[str, ...], rows: Iterable[Iterable[str]]) -> list[str]:
    """A Markdown table; nothing if it has no rows."""
    lines = [_line(row) for row in rows]
    return [_line(heads), _line("---" for _ in heads), *lines] if lines else []


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '¦') for cell in cells)} |"
