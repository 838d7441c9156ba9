"""What the demo prints at the end: tables for a terminal, plain columns for a file."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from include.sync.report import Summary, Told

PLAIN_WIDTH = 150
DUPLICATES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Pair:
    """The names of the example that are in each system."""

    syncta: Sequence[str]
    quickbooks: Sequence[str]


class Printer:
    """Prints tables to standard output."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        if not self._console.is_terminal:
            self._console.width = PLAIN_WIDTH

    def pair(self, before: Pair, after: Pair) -> None:
        """The example's names before and after, side by side."""
        rows = []
        for when, names in (("before", before), ("after", after)):
            height = max(len(names.syncta), len(names.quickbooks))
            for line in range(height):
                rows.append((when if line == 0 else "", _at(names.syncta, line), _at(names.quickbooks, line)))
        self.table("The example: a name that differs is no match", ("", "Syncta", "QuickBooks"), rows)

    def plans(self, summary: "Summary") -> None:
        """Rows planned per action, for each run, the first run first."""
        made = [row for row in reversed(summary.runs) if (row.counts or {}).get("planned")]
        actions = dict.fromkeys(action for row in made for action in row.counts["planned"])
        rows = [(action, *(str(row.counts["planned"].get(action, 0)) for row in made)) for action in actions]
        self.table("Rows of the plan", ("action", *(row.dag_id for row in made)), rows)

    def loaded(self, summary: "Summary") -> None:
        """What each load did, for each run."""
        ended = [row for row in reversed(summary.runs) if (row.counts or {}).get("loaded")]
        done = [
            {
                f"{step}: {what}": number
                for step, counts in row.counts["loaded"].items()
                for what, number in counts.items()
            }
            for row in ended
        ]
        names = dict.fromkeys(name for counts in done for name in counts)
        rows = [(name, *(str(counts.get(name, 0)) for counts in done)) for name in names]
        self.table("Loaded", ("", *(row.dag_id for row in ended)), rows)

    def findings(self, title: str, found: Iterable["Told"], advice: Mapping[str, str]) -> None:
        """Open findings counted by reason, with what to do."""
        counted = Counter(told.finding.reason for told in found)
        rows = [(reason, str(number), advice.get(reason, "")) for reason, number in counted.most_common()]
        self.table(f"{title} ({counted.total()})", ("reason", "records", "what to do"), rows)

    def duplicates(self, summary: "Summary") -> None:
        """Likely duplicates, both names and where they stand."""
        rows = [
            (
                f"{one.left_name} ({one.pair.left_system})",
                f"{one.right_name} ({one.pair.right_system})",
                one.pair.reason,
            )
            for one in summary.duplicates
        ]
        shown = rows[:DUPLICATES_SHOWN]
        if len(rows) > len(shown):
            shown.append((f"... and {len(rows) - len(shown)} more", "", ""))
        self.table(f"Likely duplicates ({len(rows)})", ("one", "the other", "why"), shown)

    def calls(self, by_run: Mapping[str, Mapping[str, int]]) -> None:
        """Calls made to QuickBooks by class, for each run."""
        classes = sorted({name for calls in by_run.values() for name in calls})
        rows = [(name, *(str(calls.get(name, 0)) for calls in by_run.values())) for name in classes]
        self.table("Calls to QuickBooks", ("class", *by_run), rows)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table, or one line if there is nothing to show."""
        self._console.print()
        if not rows:
            self._console.print(Text(f"{title}: none"))
            return
        frame = box.SIMPLE_HEAD if self._console.is_terminal else None
        self._console.print(Text(title, style="bold"))
        made = Table(box=frame, padding=(0, 2, 0, 0), pad_edge=False)
        for column in columns:
            made.add_column(column, overflow="fold")
        for row in rows:
            # As Text, so that a name with [brackets] is not taken for markup.
            made.add_row(*(Text(cell) for cell in row))
        self._console.print(made)


def _at(names: Sequence[str], line: int) -> str:
    return names[line] if line < len(names) else ""
