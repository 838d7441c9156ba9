"""How the QuickBooks company keeps its books, read once per run and kept beside it: closing date, tax, terms, today.

`today` is the day QuickBooks' own clock showed, in the company's zone, so that no rule depends on the clock of the
machine that runs the sync.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from sqlalchemy.engine import Connection

from include.ledger import runs
from include.records import Scope
from include.settings import Company
from include.sync.run import Run

FILE = "books.json"
_LOOK_BACK = 1000
"""Runs looked through for the latest books; idle ones read none."""


class Preferences(Protocol):
    """What is asked of QuickBooks' preferences."""

    @property
    def close_date(self) -> dt.date | None:
        """The last closed day."""

    @property
    def multicurrency(self) -> bool:
        """Whether customers may have a currency of their own."""

    @property
    def uses_sales_tax(self) -> bool:
        """Whether the company charges sales tax."""

    @property
    def home_currency(self) -> str:
        """ISO code."""

    @property
    def custom_numbers(self) -> bool:
        """Whether QuickBooks takes our document numbers."""

    @property
    def automated_sales_tax(self) -> bool:
        """Whether QuickBooks computes sales tax by itself."""


@dataclass(frozen=True, slots=True)
class Books:
    """`closed_through` is the last closed day, None while the books are open; `home_currency` an ISO code; `terms`
    the payment terms, name → id."""

    today: dt.date
    closed_through: dt.date | None = None
    multicurrency: bool = False
    uses_sales_tax: bool = True
    home_currency: str = "USD"
    terms: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """JSON values, days in ISO format."""
        closed = self.closed_through.isoformat() if self.closed_through else None
        return {**asdict(self), "today": self.today.isoformat(), "closed_through": closed}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Books:
        """The inverse of `as_json`."""
        closed = data["closed_through"]
        days = {
            "today": dt.date.fromisoformat(data["today"]),
            "closed_through": dt.date.fromisoformat(closed) if closed else None,
        }
        return cls(**{**data, **days})


def land_books(run: Run, preferences: Preferences, terms: Mapping[str, str], as_of: dt.datetime) -> None:
    """Store what the plan of this run needs to know; `as_of` is QuickBooks' own time."""
    books = Books(
        today=as_of.astimezone(run.company.zone).date(),
        closed_through=preferences.close_date,
        multicurrency=preferences.multicurrency,
        uses_sales_tax=preferences.uses_sales_tax,
        home_currency=preferences.home_currency,
        terms=dict(terms),
    )
    run.folder.mkdir(parents=True, exist_ok=True)
    with (run.folder / FILE).open("w") as file:
        json.dump(books.as_json(), file)


def read_books(run: Run) -> Books:
    """What `land_books` stored for this run."""
    with (run.folder / FILE).open("r") as file:
        return Books.from_json(json.load(file))


def landed_books(run: Run) -> Books | None:
    """What `land_books` stored for this run; None if the run did not come so far."""
    return read_books(run) if (run.folder / FILE).exists() else None


def latest_books(conn: Connection, scope: Scope) -> Books | None:
    """As the last run that read them has noted; None before any has."""
    for row in runs.latest(conn, scope, _LOOK_BACK):
        if "books" in row.counts:
            return Books.from_json(row.counts["books"])
    return None


def last_shut_day(company: Company, books: Books) -> dt.date:
    """The last day of what is closed in QuickBooks or final by the settings, whichever is later (rules 3.9)."""
    final = final_through(company, books.today)
    return max(books.closed_through or final, final)


def final_through(company: Company, today: dt.date) -> dt.date:
    """The last day of the months that count as final: the setting, or the end of the month before last (rules 3.9)."""
    if company.books_final_through:
        return company.books_final_through
    this_month = today.replace(day=1)
    last_month = (this_month - dt.timedelta(days=1)).replace(day=1)
    return last_month - dt.timedelta(days=1)
