"""The time a report is about: dates, macros, and the columns it is cut into (reference §12: Report.xsd)."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator
from typing import NamedTuple

from include.sandbox.quickbooks.refusals import refuse

MACRO = re.compile(r"(this|last|next) (week|month|(?:fiscal|calendar) (?:quarter|year))(-to-date)?")
MONTHS = {"Month": 1, "Quarter": 3, "Year": 12}
"""Criteria columns can be made by, beside Total and Days, with their length."""
MOST_COLUMNS = 400
DAY = dt.timedelta(days=1)


class Period(NamedTuple):
    """From a day to a day, both included. Without a first day it is everything until then."""

    start: dt.date
    end: dt.date
    title: str = "Total"

    def has(self, date: str) -> bool:
        """Whether a transaction's date is in it."""
        return self.start.isoformat() <= date <= self.end.isoformat()


def span(macro: str, today: dt.date, first_month: int) -> Period:
    """What a date macro means today; a fiscal year begins with `first_month`. Refuses unknown ones (2170)."""
    macro = macro.lower()
    days = {"today": (today, today), "yesterday": (today - DAY, today - DAY), "all": (dt.date.min, today)}
    days["next 4 weeks"] = (_week(today), _week(today) + 28 * DAY - DAY)
    if macro in days:
        return Period(*days[macro])
    found = MACRO.fullmatch(macro)
    if not found or (found[1] == "next" and found[3]):
        raise refuse("2170", element="date_macro", value=macro)
    step = {"last": -1, "this": 0, "next": 1}[found[1]]
    here, there = (_unit(today, found[2], first_month, by) for by in (0, step))
    if not found[3]:
        return there
    return Period(there.start, min(there.start + (today - here.start), there.end))


def fiscal_start(day: dt.date, first_month: int) -> dt.date:
    """The first day of the fiscal year a day is in."""
    return _months(day, 12, first_month, 0).start


def cut(period: Period, by: str) -> list[Period]:
    """The columns of a report, by Total, Days, Month, Quarter or Year. Refuses more than can be shown (6000)."""
    if by == "Total":
        return [period]
    found = []
    for part in _parts(period, by):
        found.append(part)
        if len(found) > MOST_COLUMNS:
            raise refuse("6000", why="Unable to display more data. Please reduce the date range.")
    return found


def _parts(period: Period, by: str) -> Iterator[Period]:
    start = period.start
    while True:
        whole = Period(start, start) if by == "Days" else _months(start, MONTHS[by], 1, 0)
        end = min(whole.end, period.end)
        yield Period(start, end, _title(start, end, by))
        if end >= period.end:
            return
        start = end + DAY


def _title(start: dt.date, end: dt.date, by: str) -> str:
    """As recorded: "Jan 2024", "Apr 1-29, 2026", "Jan - Dec 2014", "Jul 4 - Dec 31, 2013"."""
    if by == "Days":
        return f"{start:%b} {start.day}, {start.year}"
    whole = start.day == 1 and end.day == calendar.monthrange(end.year, end.month)[1]
    if by == "Month":
        return f"{start:%b} {start.year}" if whole else f"{start:%b} {start.day}-{end.day}, {end.year}"
    if whole:
        return f"{start:%b} - {end:%b} {end.year}"
    return f"{start:%b} {start.day} - {end:%b} {end.day}, {end.year}"


def _unit(day: dt.date, unit: str, first_month: int, step: int) -> Period:
    if unit == "week":
        start = _week(day) + step * 7 * DAY
        return Period(start, start + 6 * DAY)
    kind, _, length = unit.rpartition(" ")
    return _months(day, MONTHS[length.capitalize()], first_month if kind == "fiscal" else 1, step)


def _week(day: dt.date) -> dt.date:
    """Weeks begin on Sunday."""
    return day - (day.isoweekday() % 7) * DAY


def _months(day: dt.date, length: int, first_month: int, step: int) -> Period:
    """The month, quarter or year a day is in, or one `step` from it."""
    month = day.year * 12 + day.month - 1
    first = month - (month - first_month + 1) % length + step * length
    last = first + length - 1
    year, place = divmod(last, 12)
    return Period(
        dt.date(first // 12, first % 12 + 1, 1), dt.date(year, place + 1, calendar.monthrange(year, place + 1)[1])
    )
