"""The two charts of the report, as SVG without scripts, fonts or addresses from elsewhere."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pygal  # type: ignore[import-untyped]  # it ships no types
from pygal.style import Style  # type: ignore[import-untyped]

from include.sync.reconcile.equation import Bucket, Month
from include.sync.rules.decided import original_id
from include.sync.state import State

_SCRIPT = re.compile(r"<script.*?</script>", re.DOTALL)
LATEST = 12
"""Months on the chart."""
AGES = ((0, "not due"), (30, "1–30 days"), (60, "31–60"), (90, "61–90"), (10**6, "over 90"))
_STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#55616f",
    foreground_strong="#55616f",
    foreground_subtle="#8a95a1",
    colors=("#1f6f8b", "#d98e04", "#8a95a1", "#b0624a", "#a3161a"),
    font_family="system-ui, sans-serif",
)
_OPTIONS: dict[str, Any] = {
    "style": _STYLE,
    "js": [],
    "disable_xml_declaration": True,
    "explicit_size": False,
    "height": 320,
    "width": 720,
    "legend_at_bottom": True,
    "value_formatter": lambda value: f"{value:,.2f}",
    "no_data_text": "Nothing to show",
}
SHOWN = {
    Bucket.IN_QUICKBOOKS: "in QuickBooks",
    Bucket.HELD: "held",
    Bucket.SKIPPED: "skipped",
    Bucket.UNMATCHED: "unmatched",
    Bucket.NOWHERE: "nowhere",
}


def months_chart(months: Iterable[Month]) -> str:
    """Money ready in Syncta by month of invoice, stacked by where it is."""
    latest = list(months)[-LATEST:]
    chart = pygal.StackedBar(title="Ready in Syncta, by month", **_OPTIONS)
    chart.x_labels = [month.month for month in latest]
    for bucket, name in SHOWN.items():
        sums = [float(month.money_in(bucket)) for month in latest]
        if bucket is not Bucket.NOWHERE or any(sums):
            chart.add(name, sums)
    return _drawn(chart)


def ageing_chart(state: State) -> str:
    """What QuickBooks says is open of linked invoices, by how long it is due."""
    sums = dict.fromkeys((name for _, name in AGES), Decimal(0))
    for link in state.invoice_links.values():
        invoice = state.quickbooks_invoices.get(link.quickbooks_id)
        ours = state.syncta_invoices.get(original_id(link.syncta_id))
        if invoice and invoice.balance:
            due = (ours.due_date if ours else None) or invoice.date
            sums[_age(state.books.today - due)] += invoice.balance
    chart = pygal.Bar(title="Open in QuickBooks, by age", show_legend=False, **_OPTIONS)
    chart.x_labels = list(sums)
    chart.add("open", [float(amount) for amount in sums.values()])
    return _drawn(chart)


def _drawn(chart: Any) -> str:
    """The chart without the script that pygal puts into every one: the page runs none."""
    return _SCRIPT.sub("", str(chart.render(is_unicode=True)))


def _age(overdue: dt.timedelta) -> str:
    return next(name for days, name in AGES if overdue.days <= days)
