"""Reports as tests read them, and what must hold of the reports of any books."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.reporting.reports import answer_report

Row = dict[str, Any]
EVER = {"date_macro": "all"}


def report(books: Books, name: str, **asked: str) -> dict[str, Any]:
    """A report as a client reads it."""
    return json.loads(answer_report(books, name, asked))


def rows(found: Row) -> Iterator[Row]:
    """Every row of a report, those in sections after their section."""
    for row in found["Rows"].get("Row", []):
        yield row
        yield from rows(row) if "Rows" in row else ()


def texts(cells: list[dict[str, str]]) -> list[str]:
    """What stands in cells."""
    return [cell["value"] for cell in cells]


def data(found: Row) -> list[list[str]]:
    """What stands in the rows that are no sections."""
    return [texts(row["ColData"]) for row in rows(found) if "ColData" in row]


def line(found: Row, first: str) -> list[str]:
    """The rest of the one row that begins so, be it data or a sum."""
    cells = [texts(row.get("ColData") or row.get("Summary", {}).get("ColData", [])) for row in rows(found)]
    (wanted,) = [own[1:] for own in cells if own[:1] == [first]]
    return wanted


def money(found: Row, first: str, column: int = 0) -> Decimal:
    """A figure of that row; nothing is zero, as is a row that is not there in a report without data."""
    if not found["Rows"]:
        return Decimal(0)
    return Decimal(line(found, first)[column] or 0)


def check_reports(books: Books) -> None:
    """What must hold of any books without foreign currencies."""
    sheet, result, trial = (report(books, name, **EVER) for name in ("BalanceSheet", "ProfitAndLoss", "TrialBalance"))
    assert money(sheet, "TOTAL ASSETS") == money(sheet, "TOTAL LIABILITIES AND EQUITY")
    assert money(trial, "TOTAL", 0) == money(trial, "TOTAL", 1)
    assert money(result, "Net Income") == money(sheet, "Total Equity") - _equity_posted(books)
    for name, party, account, side in (
        ("CustomerBalance", "Customer", "Accounts Receivable (A/R)", 0),
        ("VendorBalance", "Vendor", "Accounts Payable (A/P)", 1),
    ):
        owed = money(report(books, name), "TOTAL")
        assert owed == sum(body["Balance"] for body in _all(books, party))
        assert owed == _balance(trial, account, side)
        aged = "AgedReceivables" if party == "Customer" else "AgedPayables"
        assert money(report(books, aged, report_date="2999-12-31"), "TOTAL", 5) == owed
    for account in _all(books, "Account"):
        if account["AccountType"] not in ("Income", "Expense", "Cost of Goods Sold", "Equity"):
            side = 0 if account["Classification"] == "Asset" else 1
            assert _balance(trial, account["FullyQualifiedName"], side) * (1 - 2 * side) == account["CurrentBalance"]


def _balance(trial: Row, account: str, side: int) -> Decimal:
    """An account's balance in a trial balance, below zero when it stands on the other side."""
    found = [texts(row["ColData"])[1:] for row in rows(trial) if row.get("ColData", [{}])[0].get("value") == account]
    return sum((Decimal(own[side] or 0) - Decimal(own[1 - side] or 0) for own in found), Decimal(0))


def _equity_posted(books: Books) -> Decimal:
    return -sum(
        (body["CurrentBalance"] for body in _all(books, "Account") if body["AccountType"] == "Equity"), Decimal(0)
    )


def _all(books: Books, entity: str) -> list[dict[str, Any]]:
    return books.query(f"SELECT * FROM {entity} WHERE Active IN (true, false) MAXRESULTS 1000").get(entity, [])
