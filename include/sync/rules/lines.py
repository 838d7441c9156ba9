"""From Syncta's lines to QuickBooks': products, discounts and tax, or why they cannot go (rules 3.7, 3.8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from include.records import Invoice, Item, Line
from include.settings import Company
from include.sync.books import Books

INACTIVE_SUFFIX = " (deleted)"
SELLABLE_KINDS = ("Service", "NonInventory")


@dataclass(frozen=True, slots=True)
class Products:
    """QuickBooks' products as a company's settings look them up; `taxed`: the company charges sales tax."""

    by_id: Mapping[str, Item]
    by_label: Mapping[str, Sequence[Item]]
    mapping: Mapping[str, str]
    discount: str
    taxed: bool = True

    @classmethod
    def of(cls, company: Company, items: Iterable[Item], *, taxed: bool = True) -> Products:
        """Index by the setting `match_products_by`: exact name, full name or SKU."""
        items = sorted(items, key=lambda item: item.id)
        labels: dict[str, list[Item]] = defaultdict(list)
        for item in items:
            labels[_label(item, company.match_products_by)].append(item)
        return cls({item.id: item for item in items}, labels, company.products, company.discount_product, taxed)

    def find(self, product: str) -> tuple[Item | None, str]:
        """The item for a Syncta product, or None and the reason code."""
        if not product:
            return None, "product_missing"
        named = self._named(product)
        sellable = [item for item in named if not _why_not(item)]
        if len(sellable) == 1:
            return sellable[0], ""
        if sellable:
            return None, "product_ambiguous"
        return None, min(map(_why_not, named), key=OBSTACLES.index, default="product_unknown")

    def _named(self, product: str) -> Sequence[Item]:
        """The one item a person mapped it to, else those of its name."""
        mapped = self.mapping.get(product)
        if mapped:
            return [self.by_id[mapped]] if mapped in self.by_id else []
        return self.by_label.get(product, [])


OBSTACLES = ("product_not_sellable", "product_inactive")
"""Why a product of the right name cannot be used; the first is told where several are there."""


def _why_not(item: Item) -> str:
    if not item.active:
        return "product_inactive"
    return "" if item.kind in SELLABLE_KINDS and item.sellable else "product_not_sellable"


def _label(item: Item, matched_by: str) -> str:
    """What a Syncta product is compared with. QuickBooks marks the name of an inactive product with a suffix."""
    label = {"name": item.name, "full_name": item.full_name, "sku": item.sku}[matched_by]
    return label if item.active else label.removesuffix(INACTIVE_SUFFIX)


def adds_up(invoice: Invoice) -> bool:
    """Whether lines less discount plus tax are the total, to the cent."""
    lines = sum((line.amount for line in invoice.lines), Decimal(0))
    return lines - invoice.discount + invoice.tax == invoice.total


def tax_reason(invoice: Invoice, books: Books) -> str:
    """Why the billed tax cannot be carried, or an empty text."""
    taxable = any(line.taxable for line in invoice.lines)
    if invoice.tax and (not books.uses_sales_tax or not taxable):
        return "tax_cannot_be_carried"
    return ""


def quickbooks_lines(invoice: Invoice, products: Products) -> tuple[list[dict[str, Any]], str]:
    """The lines of the push payload, or an empty list and the first reason why not.

    A negative line and the invoice's discount go through the discount product that the settings name.
    """
    lines = list(invoice.lines)
    if invoice.discount:
        lines.append(Line("Discount", Decimal(1), -invoice.discount, -invoice.discount))
    sent = []
    for line in lines:
        item, reason = products.find(products.discount if line.amount < 0 else line.product)
        if item is None:
            return [], reason
        sent.append(_sent(line, item, taxable=line.taxable and products.taxed))
    return sent, ""


def _sent(line: Line, item: Item, *, taxable: bool) -> dict[str, Any]:
    return {
        "item_id": item.id,
        "description": line.description,
        "quantity": str(line.quantity),
        "unit_price": str(line.unit_price),
        "amount": str(line.amount),
        "taxable": taxable,
    }
