"""Sums of money: one for each currency, since amounts of two currencies do not add up to anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

Money = Mapping[str, Decimal]
"""Currency → sum. No entry is a sum of nothing."""


def total(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """The sum of (currency, amount) pairs."""
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    return dict(sorted(sums.items()))


def less(one: Money, other: Money) -> dict[str, Decimal]:
    """One sum without another; currencies in which nothing is left are left out."""
    negated = [(currency, -amount) for currency, amount in other.items()]
    return {currency: amount for currency, amount in total([*one.items(), *negated]).items() if amount}


def shown(money: Money) -> str:
    """`1,234.50 USD`, several joined by `+`; empty for a sum of nothing."""
    return " + ".join(f"{amount:,.2f} {currency}".rstrip() for currency, amount in money.items())
