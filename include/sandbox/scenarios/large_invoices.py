"""Six years of the large company's invoices: annual tests in their season, and all the ways in which they get paid."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import random
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Any, NamedTuple

from include.sandbox.scenarios.large_customers import BEGIN, END, IMPORTED, Customers, syncta_id
from include.sandbox.scenarios.progress import Progress
from include.sandbox.scenarios.town import PRODUCTS, Line, Town

SEASON = (2, 2, 5, 11, 16, 16, 14, 12, 9, 7, 4, 2)
"""How many tests of a hundred fall into each month."""
DAYS = [BEGIN.date() + dt.timedelta(days=n) for n in range((END - BEGIN).days + 1)]
PUSHED = {(2026, 9): 0.6, (2026, 10): 0.25}
"""The share of a month's invoices that somebody has typed into QuickBooks already; of months before: nearly all."""
FIRST_NUMBER = 10_001
SCRAMBLE = 7_368_787
"""A prime: customers who are tested in the same week are not those who came in the same week."""


class Bill(NamedTuple):
    """One invoice on both sides; `quickbooks` is "" where it was not typed in."""

    number: str
    customer: str
    syncta: str
    quickbooks: str
    total: str
    lines: tuple[Line, ...]


class Billing:
    """Tells the years day by day; what happens to an invoice later waits for its day."""

    def __init__(self, town: Town, chance: random.Random, customers: Customers, total: int) -> None:
        self._town, self._chance, self._customers, self._total = town, chance, customers, total
        self._progress, self._written, self._minute = Progress("invoices", total), 0, -1
        self._later: list[tuple[dt.date, int, Callable[[dt.date], None]]] = []
        self._planned = itertools.count()
        """Two events of one day happen in the order in which they were planned."""

    def tell(self) -> None:
        """All of it."""
        for day, due in self._days():
            self._minute = -1
            while self._later and self._later[0][0] <= day:
                self._happen(day, heapq.heappop(self._later)[2])
            while self._written < due and self._customers.syncta:
                self._progress.at(self._written)
                self._happen(day, self._bill_somebody)
            self._town.numbers.clear()

    def _days(self) -> Iterator[tuple[dt.date, int]]:
        """Each day and how many invoices there are by its evening."""
        weights = list(accumulate(SEASON[day.month - 1] for day in DAYS))
        for day, so_far in zip(DAYS, weights, strict=True):
            yield day, self._total * so_far // weights[-1]

    def _happen(self, day: dt.date, what: Callable[[dt.date], None]) -> None:
        """A minute after what happened before, from eight until six."""
        self._minute = min(self._minute + 1, 600)
        morning = dt.datetime.combine(day, dt.time(8), BEGIN.tzinfo)
        with self._town.store.clock.at(morning + dt.timedelta(minutes=self._minute)):
            what(day)

    def _bill_somebody(self, day: dt.date) -> None:
        """A test; a customer with a second assembly gets a second invoice, and pays both at once."""
        at = self._due_in_season(day)
        bills = [self._bill(day, at)]
        if self._chance.random() < 0.05 and self._written < self._total:
            bills.append(self._bill(day, at))
        self._settle(day, bills)

    def _due_in_season(self, day: dt.date) -> int:
        """A customer whose test is due in these weeks of every year."""
        year = list(accumulate(SEASON))
        share = (year[day.month - 1] - SEASON[day.month - 1] * (1 - day.day / 31)) / year[-1]
        size = len(self._customers.syncta)
        at = (int(share * size) + self._chance.randrange(-size // 50 - 1, size // 50 + 1)) * SCRAMBLE % size
        gone_by = (day - BEGIN.date()).days / len(DAYS)
        known = max(1, int(size * (IMPORTED + (1 - IMPORTED) * gone_by)))
        return at if at < known else at % known

    def _bill(self, day: dt.date, at: int) -> Bill:
        town, chance, lines = self._town, self._chance, self._lines()
        number, date = str(FIRST_NUMBER + self._written), day.isoformat()
        self._written += 1
        is_new = day.year == 2026 and day.month == 10 and chance.random() < 0.1
        customer = syncta_id(self._customers.syncta[at])
        syncta = town.syncta_invoice(number, customer, lines, date=date, ready=not is_new)
        known, quickbooks, typed = self._customers.quickbooks[at], "", lines
        if known and not is_new and chance.random() < PUSHED.get((day.year, day.month), 0.985):
            typed = (*lines, Line("Permit filing")) if chance.random() < 0.01 else lines
            quickbooks = town.quickbooks_invoice(number, str(known), typed, date=date)
        total = sum((Decimal(line.amount) for line in typed), Decimal(0))
        return Bill(number, str(known), syncta, quickbooks, f"{total:.2f}", typed)

    def _lines(self) -> tuple[Line, ...]:
        """Tests mostly, repairs sometimes."""
        chance = self._chance
        tests = Line("Annual backflow test", str(chance.choice((1, 1, 1, 1, 2, 3))))
        more = (product for product in tuple(PRODUCTS)[1:] if chance.random() < 0.12)
        return (tests, *(Line(product) for product in more))

    def _settle(self, day: dt.date, bills: Sequence[Bill]) -> None:
        """What becomes of it: `SETTLEMENTS` by their shares; the rest stays open."""
        happens = SETTLEMENTS[min(bisect(SHARES, self._chance.random()), len(SETTLEMENTS) - 1)][1]
        for after, event in happens(self, bills):
            date = day + dt.timedelta(days=after)
            if date <= DAYS[-1]:
                heapq.heappush(self._later, (date, next(self._planned), event))

    def _pays(self, bills: Sequence[Bill], date: dt.date, share: Decimal = Decimal(1), more: str = "0") -> None:
        """Money in QuickBooks for what is there."""
        parts = {bill.quickbooks: f"{Decimal(bill.total) * share:.2f}" for bill in bills if bill.quickbooks}
        if parts:
            total = f"{sum(map(Decimal, parts.values())) + Decimal(more):.2f}"
            reference = f"CHK {self._chance.randrange(100, 9999)}" if self._chance.random() < 0.7 else ""
            self._town.payment(bills[0].customer, parts, date=date.isoformat(), total=total, reference=reference)

    def _marked(self, bills: Sequence[Bill], date: dt.date, **more: Any) -> None:
        """Marked as paid in Syncta."""
        for bill in bills:
            paid = {"date": date.isoformat(), "reference": bill.number, "source": "manual"}
            self._town.office.update_invoice(bill.syncta, {"status": "paid", "paid": paid, **more})

    def _in_full(self, bills: Sequence[Bill]) -> list[Event]:
        """One payment, marked in Syncta mostly."""

        def paid(date: dt.date) -> None:
            self._pays(bills, date)
            if self._chance.random() < 0.93:
                self._marked(bills, date)

        return [(self._chance.randrange(2, 70), paid)]

    def _by_portal(self, bills: Sequence[Bill]) -> list[Event]:
        """By card in Syncta's portal; the bookkeeper has typed most of these into QuickBooks."""

        def paid(date: dt.date) -> None:
            for bill in bills:
                made = {"date": date.isoformat(), "reference": f"ch_{bill.number}", "amount": bill.total}
                mark = {"date": made["date"], "reference": made["reference"], "source": "portal"}
                self._marked([bill], date, portal_payments=[made], paid=mark)
            if self._chance.random() < 0.8:
                self._pays(bills, date)

        return [(self._chance.randrange(1, 30), paid)]

    def _in_parts(self, bills: Sequence[Bill]) -> list[Event]:
        """A half, and mostly the other half later."""
        first = self._chance.randrange(5, 40)
        half: Event = (first, lambda date: self._pays(bills, date, Decimal("0.5")))
        rest: Event = (first + self._chance.randrange(10, 60), lambda date: self._pays(bills, date, Decimal("0.5")))
        return [half, rest] if self._chance.random() < 0.7 else [half]

    def _too_much(self, bills: Sequence[Bill]) -> list[Event]:
        return [(self._chance.randrange(5, 40), lambda date: self._pays(bills, date, more="25"))]

    def _credited(self, bills: Sequence[Bill]) -> list[Event]:
        """Given up, by a credit memo over the same lines."""

        def credited(date: dt.date) -> None:
            for bill in (bill for bill in bills if bill.quickbooks):
                self._town.credit(bill.customer, bill.quickbooks, bill.total, bill.lines, date=date.isoformat())

        return [(self._chance.randrange(90, 200), credited)]

    def _voided(self, bills: Sequence[Bill]) -> list[Event]:
        def voided(date: dt.date) -> None:
            for bill in (bill for bill in bills if bill.quickbooks):
                self._town.books.void("Invoice", bill.quickbooks)

        return [(self._chance.randrange(1, 20), voided)]


Event = tuple[int, Callable[[dt.date], None]]
"""After how many days, and what happens then."""
SETTLEMENTS: tuple[tuple[float, Callable[[Billing, Sequence[Bill]], list[Event]]], ...] = (
    (0.75, Billing._in_full),
    (0.08, Billing._by_portal),
    (0.06, Billing._in_parts),
    (0.01, Billing._too_much),
    (0.015, Billing._credited),
    (0.005, Billing._voided),
    (0.08, lambda billing, bills: []),
)
SHARES = list(accumulate(share for share, _ in SETTLEMENTS))
