"""The lines of what is bought: on an account or a product, billable to a customer or not (reference 8.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from include.sandbox.quickbooks.documents.lines import (
    DROPPED,
    Line,
    Sums,
    amount_of,
    detail_of,
    kept_reference,
    line_of,
    number_lines,
    quantity_and_price,
    readers,
    tracked,
)
from include.sandbox.quickbooks.documents.sales_tax import line_tax_code, tax_detail
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import cents, money

BILLABLE = ("Billable", "NotBillable", "HasBeenBilled")
PURCHASE_RATES = "PurchaseTaxRateList"


def read_costs(draft: Draft) -> None:
    """Complete the lines and the total of a bill, a credit, a purchase or an order. Refuses a negative total (6000)."""
    new, sums = draft.new, Sums()
    new["Line"] = [reader(draft, line, sums) for reader, line in readers(READERS, DROPPED, new["Line"])]
    if not new["Line"]:
        raise refuse("2020", element="Line", name="Line")
    number_lines(new["Line"])
    tax = tax_detail(draft, sums, PURCHASE_RATES)
    if money(tax["TotalTax"]) or "GlobalTaxCalculation" in new:
        new["TxnTaxDetail"] = tax
    else:
        new.pop("TxnTaxDetail", None)
    new["TotalAmt"] = cents(sums.subtotal + money(tax["TotalTax"]))
    if new["TotalAmt"] < 0:
        raise refuse("6000", why="Transaction amount must be 0 or greater.")


def _on_account(draft: Draft, line: Mapping[str, Any], sums: Sums) -> Line:
    sent = detail_of(line, "AccountBasedExpenseLineDetail")
    account = kept_reference(draft, "Account", sent, "AccountRef")
    return _cost(draft, line, sums, "AccountBasedExpenseLineDetail", sent, {"AccountRef": account})


def _on_product(draft: Draft, line: Mapping[str, Any], sums: Sums) -> Line:
    sent = detail_of(line, "ItemBasedExpenseLineDetail")
    item = kept_reference(draft, "Item", sent, "ItemRef")
    counted = quantity_and_price(sent, amount_of(line))
    return _cost(draft, line, sums, "ItemBasedExpenseLineDetail", sent, {"ItemRef": item, **counted})


def _cost(
    draft: Draft, line: Mapping[str, Any], sums: Sums, name: str, sent: Mapping[str, Any], detail: dict[str, Any]
) -> Line:
    amount, code = amount_of(line), line_tax_code(draft, sent)
    if None in detail.values():
        raise refuse("6440", element=f"Line.{name}")
    detail |= _billing(draft, sent)
    detail |= {"TaxCodeRef": {"value": code}} if code else {}
    detail |= tracked(draft, sent, "ClassRef")
    detail |= {part: sent[part] for part in ("MarkupInfo", "PriceLevelRef") if sent.get(part)}
    sums.add(amount, "" if code in ("TAX", "NON") else code)
    return line_of(line, cents(amount), name, detail)


def _billing(draft: Draft, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Whom a cost is for and whether they are to pay it."""
    customer = kept_reference(draft, "Customer", sent, "CustomerRef")
    status = sent.get("BillableStatus") or "NotBillable"
    if status not in BILLABLE:
        raise refuse("2170", element="Line.BillableStatus", value=status)
    if status == "Billable" and not customer:
        raise refuse("6310", element="Line.CustomerRef")
    return {"BillableStatus": status} | ({"CustomerRef": customer} if customer else {})


def _description(draft: Draft, line: Mapping[str, Any], sums: Sums) -> Line:
    return line_of(line, None, "DescriptionLineDetail", {}, kind="DescriptionOnly")


READERS: dict[str, Callable[[Draft, Mapping[str, Any], Sums], Line]] = {
    "AccountBasedExpenseLineDetail": _on_account,
    "ItemBasedExpenseLineDetail": _on_product,
    "DescriptionOnly": _description,
}
