"""How the QuickBooks company keeps its books, read once per run and kept beside it: closing date, tax, today.

`today` is the day QuickBooks' own clock showed, in the company's zone, so that no rule depends on the clock of the
machine that runs the sync.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from typing import Protocol

from include.settings import Company
from include.sync.run import Run

FILE = "books.json"


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
    """`closed_through` is the last closed day, None while the books are open; `home_currency` an ISO code."""

    today: dt.date
    closed_through: dt.date | None = None
    multicurrency: bool = False
    uses_sales_tax: bool = True
    home_currency: str = "USD"


def land_books(run: Run, preferences: Preferences, as_of: dt.datetime) -> None:
    """Store what the plan of this run needs to know; `as_of` is QuickBooks' own time."""
    books = Books(
        today=as_of.astimezone(run.company.zone).date(),
        closed_through=preferences.close_date,
        multicurrency=preferences.multicurrency,
        uses_sales_tax=preferences.uses_sales_tax,
        home_currency=preferences.home_currency,
    )
    run.folder.mkdir(parents=True, exist_ok=True)
    with (run.folder / FILE).open("w") as file:
        json.dump(asdict(books), file, default=str)


def read_books(run: Run) -> Books:
    """What `land_books` stored for this run."""
    with (run.folder / FILE).open("r") as file:
        data = json.load(file)
    closed = data["closed_through"]
    return Books(**{
        **data,
        "today": dt.date.fromisoformat(data["today"]),
        "closed_through": dt.date.fromisoformat(closed) if closed else None,
    })


def final_through(company: Company, today: dt.date) -> dt.date:
    """The last day of the months that count as final: the setting, or the end of the month before last (rules 3.9)."""
    if company.books_final_through:
        return company.books_final_through
    this_month = today.replace(day=1)
    last_month = (this_month - dt.timedelta(days=1)).replace(day=1)
    return last_month - dt.timedelta(days=1)
