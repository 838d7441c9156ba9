"""The rows of a report as QuickBooks nests them: data, sections with a header and a summary, grand totals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from include.sandbox.quickbooks.wire import cents

Row = dict[str, Any]
Cell = dict[str, str]
Figures = list[Decimal | None]
"""One per column after the first; None is a column that is no sum or has nothing in it."""


class Block(NamedTuple):
    """Some rows and what they come to."""

    rows: list[Row]
    figures: Figures


def cell(value: object, id_: str | None = None) -> Cell:
    """One cell; money has two places, nothing is empty."""
    text = f"{cents(value):.2f}" if isinstance(value, Decimal) else str(value if value is not None else "")
    return {"value": text} if id_ is None else {"value": text, "id": id_}


def data(cells: Sequence[Cell], group: str = "") -> Row:
    """A row of figures."""
    return {"ColData": list(cells), "type": "Data"} | ({"group": group} if group else {})


def figures_row(first: Cell, figures: Figures, group: str = "") -> Row:
    """A row with a name and its figures."""
    return data([first, *map(cell, figures)], group)


def section(header: Cell, rows: list[Row], total: str, figures: Figures, group: str = "") -> Row:
    """Rows under a header, with their sum below."""
    blank = [cell(None) for _ in figures]
    found: Row = {"Header": {"ColData": [header, *blank]}, "Rows": {"Row": rows}}
    return found | summary(total, figures, group)


def summary(title: str, figures: Figures, group: str = "") -> Row:
    """A sum without rows of its own."""
    found: Row = {"Summary": {"ColData": [cell(title), *map(cell, figures)]}, "type": "Section"}
    return found | ({"group": group} if group else {})


def added(each: Iterable[Figures], width: int) -> Figures:
    """The sum of several, column by column; a column nobody has anything in has none."""
    total: Figures = [None] * width
    for figures in each:
        total = [a if b is None else (a or Decimal(0)) + b for a, b in zip(total, figures, strict=True)]
    return total


class Tree(NamedTuple):
    """Accounts below each other. `own` makes the rows and figures of one account by itself, None without any.

    `sums` says of each figure whether its column is added up, `total` how the sum of an account with those below it
    is called.
    """

    accounts: Mapping[str, Mapping[str, Any]]
    own: Callable[[str], Block | None]
    sums: list[bool]
    total: str = "Total {}"

    def block(self, wanted: Iterable[str]) -> Block:
        """The rows of these accounts, sub-accounts inside their parents."""
        ids = set(wanted)
        tops = [id_ for id_ in ids if self._parent(id_) not in ids]
        blocks = [block for id_ in self._sorted(tops) if (block := self._of(id_, ids))]
        return Block(
            [row for block in blocks for row in block.rows], added((b.figures for b in blocks), len(self.sums))
        )

    def _of(self, id_: str, ids: set[str]) -> Block | None:
        below = [child for child in ids if self._parent(child) == id_]
        blocks = [block for child in self._sorted(below) if (block := self._of(child, ids))]
        own = self.own(id_)
        if not blocks:
            return own
        name = str(self.accounts[id_]["Name"])
        total = added([block.figures for block in blocks] + ([own.figures] if own else []), len(self.sums))
        rows = [*(own.rows if own else []), *(row for block in blocks for row in block.rows)]
        return Block([section(cell(name, id_), rows, self.total.format(name), total)], total)

    def _parent(self, id_: str) -> str:
        return str((self.accounts[id_].get("ParentRef") or {}).get("value", ""))

    def _sorted(self, ids: Iterable[str]) -> list[str]:
        return sorted(
            ids, key=lambda id_: (str(self.accounts[id_].get("AcctNum", "")), self.accounts[id_]["Name"], id_)
        )
