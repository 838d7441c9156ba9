"""The plan as a table for a spreadsheet: UTF-8 with a byte order mark, so that Excel reads names as they are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from include.sync.plan_pages.listing import Entry

COLUMNS = (
    "stage",
    "action",
    "reason",
    "record",
    "side",
    "id",
    "customer",
    "number",
    "date",
    "amount",
    "currency",
    "other_id",
    "other_customer",
    "likely_duplicates",
    "changes",
    "what_to_do",
)
_FORMULA = "=+-@\t\r\n＝＋－＠"
"""What makes a spreadsheet take a text for a formula."""


def csv_of(entries: Iterable[Entry]) -> bytes:
    """One line for each row of the plan, under `COLUMNS`. A text that a spreadsheet would run is shown as text."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_cells(entry) for entry in entries)
    return text.getvalue().encode("utf-8-sig", errors="replace")


def _cells(entry: Entry) -> list[str]:
    row = entry.row
    said = [row.stage or "", row.action, row.reason, row.entity, row.source, row.source_id, entry.name, entry.number]
    when = entry.date.isoformat() if entry.date else ""
    # The amount is ours and stays a number: a minus is no formula there.
    amount = "" if row.amount is None else str(row.amount)
    more = [entry.currency if amount else "", row.target_id, entry.other_name, entry.beside, entry.changes, row.text]
    return [*map(_harmless, said), when, amount, *map(_harmless, more)]


def _harmless(text: str) -> str:
    dangerous = text.lstrip(" ")[:1]
    return f"'{text}" if dangerous and dangerous in _FORMULA else text
