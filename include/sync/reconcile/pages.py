"""The reconciliation as a page for people and a table for a spreadsheet; both hold names and money."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from include.records import System
from include.settings import Company
from include.sync.reconcile.charts import ageing_chart, months_chart
from include.sync.reconcile.equation import Bucket, Line, Month
from include.sync.reconcile.read import Drift
from include.sync.reconcile.receivables import UNEXPLAINED, Receivables
from include.sync.reconcile.signed import Signed
from include.sync.state import State

COLUMNS = (
    "month",
    "bucket",
    "reason",
    "number",
    "customer",
    "currency",
    "syncta_total",
    "quickbooks_total",
    "difference",
    "explained",
    "syncta_id",
    "quickbooks_ids",
)
MOST_SHOWN = 200
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was compared, and how it came out."""

    company: Company
    state: State
    months: tuple[Month, ...]
    receivables: Receivables
    drift: tuple[Drift, ...]
    signed: tuple[Signed, ...]

    @property
    def adds_up(self) -> bool:
        """Whether nothing is unexplained."""
        return all(month.adds_up for month in self.months) and not self.receivables.unexplained

    @property
    def is_sound(self) -> bool:
        """Whether it adds up, and the sync had missed nothing."""
        return self.adds_up and not self.drift

    def troubles(self) -> list[str]:
        """What is wrong, as the error says it: months and numbers only (G7)."""
        bad = sorted({month.month for month in self.months if not month.adds_up})
        said = {
            f"{len(bad)} months do not add up ({', '.join(bad)})": bad,
            f"{len(self.receivables.unexplained)} receivables differ without a reason": self.receivables.unexplained,
            f"{len(self.drift)} invoices had changed without the sync knowing": self.drift,
        }
        return [what for what, found in said.items() if found]

    def counts(self) -> dict[str, int]:
        """Numbers for the log and XCom."""
        return {
            "months": len(self.months),
            "invoices": sum(month.count for month in self.months),
            "differing": sum(len(month.differing) for month in self.months),
            "unexplained": len(self.receivables.unexplained),
            "drift": len(self.drift),
            "signed_off": len(self.signed),
            "changed_since": sum(len(one.changes) for one in self.signed),
        }

    def number_of(self, drift: Drift) -> str:
        """The invoice's number; empty where it is gone."""
        invoices = self.state.quickbooks_invoices if drift.system is System.QUICKBOOKS else self.state.syncta_invoices
        return invoices[drift.record_id].number if drift.record_id in invoices else ""

    def name_of(self, line: Line) -> str:
        """The customer's name in Syncta."""
        found = self.state.syncta_customers.get(line.customer_id)
        return found.name if found else ""


def csv_of(found: Reconciliation) -> bytes:
    """One line for each invoice that is ready in Syncta, under `COLUMNS`; UTF-8 with a byte order mark."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(_cells(found, line) for month in found.months for line in month.lines)
    return text.getvalue().encode("utf-8-sig", errors="replace")


def _cells(found: Reconciliation, line: Line) -> Iterable[str]:
    there = str(line.in_quickbooks) if line.bucket is Bucket.IN_QUICKBOOKS else ""
    named = [harmless(text) for text in (line.number, found.name_of(line), line.currency)]
    money = [str(line.total), there, str(line.change)]
    explained = "yes" if line.explained and line.bucket is not Bucket.NOWHERE else "no"
    ids = [harmless(line.syncta_id), harmless(" ".join(line.quickbooks_ids))]
    return [line.month, line.bucket.value, line.reason, *named, *money, explained, *ids]


def harmless(text: str) -> str:
    """A text that a spreadsheet would run as a formula, shown as text."""
    return f"'{text}" if text.lstrip(" ")[:1] in _FORMULA and text.strip() else text


def page_of(found: Reconciliation) -> str:
    """The report as one page that needs nothing else: charts are drawn into it, there is no script."""
    return _TEMPLATES.get_template("reconcile.html.jinja").render(
        found=found,
        buckets=[bucket for bucket in Bucket if bucket is not Bucket.NOWHERE],
        words=WORDS,
        how=HOW,
        money=money,
        most=MOST_SHOWN,
        differing=[line for month in found.months for line in month.differing],
        owing=sorted(found.receivables.differing, key=lambda one: one.reason != UNEXPLAINED),
        now=dt.datetime.now(found.company.zone),
        charts=[Markup(months_chart(found.months)), Markup(ageing_chart(found.state))],  # noqa: S704  # our own SVG
        numbers={one.id: one.number for one in found.state.syncta_invoices.values()},
    )


def money(amount: Decimal) -> str:
    """1,234.50"""
    return f"{amount:,.2f}"


WORDS = {
    Bucket.IN_QUICKBOOKS: "in QuickBooks",
    Bucket.HELD: "held",
    Bucket.SKIPPED: "skipped",
    Bucket.UNMATCHED: "unmatched",
    Bucket.NOWHERE: "nowhere",
}
HOW = {
    "missed": "was not known",
    "behind": "was known in an older version only",
    "gone": "is gone, and nothing had told so",
    "ahead": "shows an older version than before: was it restored from a backup?",
}
