"""What the entries of a row come to: open amounts by age, sides, sales, quantities, stock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal

from include.sandbox.quickbooks.reporting.columns import past_due
from include.sandbox.quickbooks.reporting.entries import NOTHING, Entry, Ledger
from include.sandbox.quickbooks.reporting.rows import Cell, cell
from include.sandbox.quickbooks.reporting.shapes import Measure
from include.sandbox.quickbooks.wire import money

Entries = Sequence[Entry]
INTO_STOCK = {"Bill": 1, "Purchase": 1, "CreditMemo": 1, "RefundReceipt": 1}
"""Transactions that bring products in; the others take them out."""
AGES = (("Current", "Current"), ("1 - 30", "1 - 30 days past due"), ("31 - 60", "31 - 60 days past due"),
        ("61 - 90", "61 - 90 days past due"), ("91 and over", "91 or more days past due"))  # fmt: skip
"""How old an open item is, as a summary and as a detail report call it."""


def by_age(ledger: Ledger, entry: Entry) -> tuple[object, Cell]:
    """Under which age an open item stands, the oldest first."""
    age = _age(ledger, entry)
    return -age, cell(AGES[age][1])


def _total(ledger: Ledger, own: Entries, everything: Entries) -> Decimal:
    return sum((entry.open for entry in own), NOTHING)


def _aged(age: int) -> Measure:
    def value(ledger: Ledger, own: Entries, everything: Entries) -> Decimal | None:
        found = [entry.open for entry in own if _age(ledger, entry) == age]
        return sum(found, NOTHING) if found else None

    return Measure(AGES[age][0], value)


def _side(title: str, sign: int) -> Measure:
    def value(ledger: Ledger, own: Entries, everything: Entries) -> Decimal | None:
        net: dict[str, Decimal] = defaultdict(Decimal)
        for entry in own:
            net[entry.account] += sign * entry.amount
        found = [amount for amount in net.values() if amount > 0]
        return sum(found, NOTHING) if found else None

    return Measure(title, value)


def _earned(title: str, *kinds: int) -> Measure:
    def value(ledger: Ledger, own: Entries, everything: Entries) -> Decimal:
        return sum((-entry.amount for entry in own if ledger.sign(entry.account) in kinds), NOTHING)

    return Measure(title, value)


def _sold(ledger: Ledger, own: Entries, everything: Entries) -> Decimal:
    return sum((entry.amount for entry in own), NOTHING)


def _share(ledger: Ledger, own: Entries, everything: Entries) -> str:
    whole = _sold(ledger, everything, everything)
    return f"{_sold(ledger, own, everything) / whole * 100:.2f} %" if whole else ""


def _quantity(entry: Entry) -> Decimal:
    """How many came in; below zero went out."""
    if entry.entity == "Item":
        return money(entry.body.get("QtyOnHand"))
    sign = 1 if entry.entity in INTO_STOCK else -1
    return (-sign if entry.body.get("Credit") else sign) * money(entry.detail("Qty"))


def _went_out(ledger: Ledger, own: Entries, everything: Entries) -> Decimal:
    return -sum((_quantity(entry) for entry in own), NOTHING)


def _on_hand(ledger: Ledger, own: Entries, everything: Entries) -> Decimal:
    return sum((_quantity(entry) for entry in own), NOTHING)


def _in_stock(ledger: Ledger, own: Entries, everything: Entries) -> Decimal:
    return sum((entry.amount for entry in own if ledger.is_kept(entry.account)), NOTHING)


def _per_piece(value: Callable[..., Decimal], pieces: Callable[..., Decimal]) -> Callable[..., Decimal | None]:
    def each(ledger: Ledger, own: Entries, everything: Entries) -> Decimal | None:
        number = pieces(ledger, own, everything)
        return value(ledger, own, everything) / number if number else None

    return each


def _nothing(ledger: Ledger, own: Entries, everything: Entries) -> None:
    return None


def _sku(ledger: Ledger, own: Entries, everything: Entries) -> str:
    return str(ledger.products.get(own[0].item, {}).get("Sku", "")) if own is not everything else ""


OPEN_TOTAL = Measure("Total", _total)
AGING = (*map(_aged, range(len(AGES))), OPEN_TOTAL)
SIDES = (_side("Debit", 1), _side("Credit", -1))
INCOME = (_earned("Income", -1), _earned("Expenses", 1), _earned("Net Income", -1, 1))
SALES_OF_ITEM = (
    Measure("Quantity", _went_out),
    Measure("Amount", _sold),
    Measure("% of Sales", _share),
    Measure("Avg Price", _per_piece(_sold, _went_out)),
    *(Measure(title, _nothing) for title in ("COGS", "Gross Margin", "Gross Margin %")),
)
VALUATION = (
    Measure("SKU", _sku),
    Measure("Qty", _on_hand),
    Measure("Asset Value", _in_stock),
    Measure("Calc. Avg", _per_piece(_in_stock, _on_hand)),
)


def _age(ledger: Ledger, entry: Entry) -> int:
    days = past_due(entry, ledger.day)
    return 0 if days <= 0 else min((days - 1) // 30 + 1, len(AGES) - 1)
