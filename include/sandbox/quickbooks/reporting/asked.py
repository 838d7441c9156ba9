"""What was asked of a report: its period, its columns, whom and what it is limited to (reference §12: Report.xsd)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.reporting.entries import Entry, Ledger
from include.sandbox.quickbooks.reporting.period import Period, fiscal_start, span

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

CRITERIA = ("Total", "Days", "Month", "Quarter", "Year")
OTHER_CRITERIA = (
    *("FiscalYear", "FiscalQuarter", "Week", "Customers", "Vendors", "Employees", "Departments", "Classes"),
    "ProductsAndServices",
)
"""Known to QuickBooks and not offered here."""
LIMITS: Mapping[str, Callable[[Ledger, Entry], str]] = {
    "customer": lambda ledger, entry: ledger.with_whom(entry, "Customer"),
    "vendor": lambda ledger, entry: ledger.with_whom(entry, "Vendor"),
    "employee": lambda ledger, entry: ledger.with_whom(entry, "Employee"),
    "account": lambda ledger, entry: entry.account,
    "item": lambda ledger, entry: entry.item,
    "class": lambda ledger, entry: str(entry.ref("ClassRef").get("value", "")),
    "department": lambda ledger, entry: str(entry.ref("DepartmentRef").get("value", "")),
}
"""Parameters that limit a report to some ids, separated by commas."""
YEARS = range(1900, 3000)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, read. `macro` is "" when the dates were given; `today` is where the company is."""

    period: Period
    macro: str
    today: dt.date
    first_month: int
    by: str
    columns: frozenset[str]
    limits: Mapping[str, frozenset[str]]

    def allows(self, ledger: Ledger, entry: Entry) -> bool:
        """Whether an entry is within the limits."""
        return all(LIMITS[name](ledger, entry) in ids for name, ids in self.limits.items())

    def fiscal_start(self, end: dt.date) -> str:
        """The first day of the fiscal year a period ends in; the present one for all time."""
        day = min(end, self.today) if self.macro == "all" else end
        return fiscal_start(day, self.first_month).isoformat()


def read_asked(books: Books, asked: Mapping[str, str], macro: str) -> Asked:
    """What a client asks for; `macro` is the report's own period. Refuses what cannot be read or is not offered."""
    month = str(books.preferences["AccountingInfoPrefs"].get("FirstMonthOfFiscalYear", "January"))
    first_month = MONTH_NAMES.index(month) + 1 if month in MONTH_NAMES else 1
    _refuse_cash(asked)
    period, macro = _period(asked, macro, books.today(), first_month)
    limits = {name: frozenset(asked[name].split(",")) for name in LIMITS if asked.get(name)}
    for name, ids in limits.items():
        for id_ in ids:
            if not (id_.isascii() and id_.isdecimal()):
                raise refuse("2030", element=name, value=id_)
    columns = frozenset(filter(None, asked.get("columns", "").split(",")))
    return Asked(period, macro, books.today(), first_month, _criterion(asked), columns, limits)


def _refuse_cash(asked: Mapping[str, str]) -> None:
    method = asked.get("accounting_method") or "Accrual"
    if method == "Cash":
        raise refuse("6000", why="Reports on the cash basis are not offered here.")
    if method != "Accrual":
        raise refuse("2170", element="accounting_method", value=method)


def _criterion(asked: Mapping[str, str]) -> str:
    by = asked.get("summarize_column_by") or "Total"
    if by in OTHER_CRITERIA:
        raise refuse("6000", why=f"Columns by {by} are not offered here.")
    if by not in CRITERIA:
        raise refuse("2170", element="summarize_column_by", value=by)
    return by


def _period(asked: Mapping[str, str], macro: str, today: dt.date, first_month: int) -> tuple[Period, str]:
    """The dates given, else the macro given, else the report's own."""
    end, start = _date(asked, "report_date") or _date(asked, "end_date"), _date(asked, "start_date")
    if not (start or end):
        macro = (asked.get("date_macro") or macro).lower()
        return span(macro, today, first_month), macro
    end = end or max(today, start or today)
    start = start or fiscal_start(end, first_month)
    if start > end:
        raise refuse("6000", why="The start date of a report must be before its end date.")
    return Period(start, end), ""


def _date(asked: Mapping[str, str], name: str) -> dt.date | None:
    if not asked.get(name):
        return None
    try:
        found = dt.date.fromisoformat(asked[name])
    except ValueError as problem:
        raise refuse("2060", element=name, value=asked[name]) from problem
    if found.year not in YEARS:
        raise refuse("2060", element=name, value=asked[name])
    return found


MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
