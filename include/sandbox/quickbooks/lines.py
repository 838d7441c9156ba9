"""The lines of a sales form: each kind read, checked, and counted into the subtotal, the discount and what is taxed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.fields import CLEARED, decimal, reference
from include.sandbox.quickbooks.item_rules import refuse_before_start
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import cents

DEFAULT_ITEM = "1"
Line = dict[str, Any]


@dataclass(slots=True)
class Sums:
    """What the lines come to."""

    subtotal: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    taxable: Decimal = Decimal(0)


def read_lines(draft: Draft, sent: list[Any]) -> tuple[list[Line], Sums]:
    """The lines as kept, the subtotal line last, and their sums. Subtotal lines sent back are dropped."""
    sums, lines = Sums(), []
    for line in sent:
        if not isinstance(line, Mapping):
            raise refuse("2010", element="Line")
        kind = line.get("DetailType")
        if kind not in READERS:
            raise refuse("2020" if not kind else "2170", element="Line.DetailType", name="Line.DetailType", value=kind)
        if kind not in DROPPED:
            lines.append(READERS[kind](draft, line, sums))
    if not lines:
        raise refuse("2020", element="Line", name="Line")
    _number_lines(lines)
    lines.append({"Amount": cents(sums.subtotal), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}})
    return lines, sums


def amount_of(line: Mapping[str, Any]) -> Decimal:
    """The Amount a line states. Refuses a missing one with 2020."""
    if line.get("Amount") in (None, ""):
        raise refuse("2020", element="Line.Amount", name="Line.Amount")
    return decimal("Line.Amount", line["Amount"])


def _sale(draft: Draft, line: Mapping[str, Any], sums: Sums) -> Line:
    amount = amount_of(line)
    detail = _sale_detail(draft, line.get("SalesItemLineDetail") or {}, amount)
    sums.subtotal += amount
    if detail["TaxCodeRef"]["value"] == "TAX":
        sums.taxable += amount
    return _line(line, cents(amount), "SalesItemLineDetail", detail)


def _sale_detail(draft: Draft, sent: Mapping[str, Any], amount: Decimal) -> dict[str, Any]:
    """Item, quantity, price and tax code of a line; 0 × 0 counts as not given."""
    quantity, price = (_optional(name, sent) for name in ("Qty", "UnitPrice"))
    if quantity and price and cents(quantity * price) != cents(amount):
        raise refuse("6070", element="Line.Amount", value=amount)
    item = _item(draft, sent)
    kept = {
        name: sent[name] for name in ("ClassRef", "ServiceDate", "ItemAccountRef", "DiscountRate") if sent.get(name)
    }
    kept["ItemRef"] = {"value": item["Id"], "name": item["FullyQualifiedName"]}
    kept["TaxCodeRef"] = {"value": _tax_code(draft, sent, item)}
    if quantity or price:
        kept |= {name: value for name, value in (("Qty", quantity), ("UnitPrice", price)) if value is not None}
    return kept


def _item(draft: Draft, sent: Mapping[str, Any]) -> dict[str, Any]:
    ref = reference("ItemRef", sent.get("ItemRef") or {})
    id_ = DEFAULT_ITEM if ref is CLEARED else ref["value"]
    item = draft.books.referred("Item", id_, kept=id_ in _item_ids(draft.old), element="Line.ItemRef")
    refuse_before_start(item, draft.new["TxnDate"])
    return item


def _item_ids(old: Mapping[str, Any] | None) -> set[str]:
    details = (line.get("SalesItemLineDetail", {}) for line in (old or {}).get("Line", []))
    return {detail.get("ItemRef", {}).get("value") for detail in details}


def _tax_code(draft: Draft, sent: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    """TAX or NON; what is not said follows the product where tax is calculated automatically."""
    ref = reference("TaxCodeRef", sent.get("TaxCodeRef") or {})
    if ref is CLEARED:
        return "TAX" if item.get("Taxable") and draft.books.preferences["TaxPrefs"].get("PartnerTaxEnabled") else "NON"
    code = str(ref["value"])
    if code not in ("TAX", "NON"):
        raise refuse("6100", element="TaxCodeRef", value=code)
    return code


def _description(draft: Draft, line: Mapping[str, Any], sums: Sums) -> Line:
    return _line(line, None, "DescriptionLineDetail", {}, kind="DescriptionOnly")


def _discount(draft: Draft, line: Mapping[str, Any], sums: Sums) -> Line:
    sent = line.get("DiscountLineDetail") or {}
    percent = _optional("DiscountPercent", sent)
    if sent.get("PercentBased") and percent:
        amount = cents(sums.subtotal * percent / 100)
    elif line.get("Amount"):
        amount = cents(decimal("Line.Amount", line["Amount"]))
    else:
        raise refuse("6090", element="DiscountLineDetail")
    sums.discount += amount
    detail = {"PercentBased": bool(sent.get("PercentBased"))} | ({"DiscountPercent": percent} if percent else {})
    return _line(line, amount, "DiscountLineDetail", detail)


def _group(draft: Draft, line: Mapping[str, Any], sums: Sums) -> Line:
    sent = line.get("GroupLineDetail") or {}
    before = sums.subtotal
    parts = [_sale(draft, part, sums) for part in sent.get("Line", []) if part.get("DetailType") not in DROPPED]
    _number_lines(parts)
    return _line(line, cents(sums.subtotal - before), "GroupLineDetail", {**sent, "Line": parts})


def _line(
    sent: Mapping[str, Any], amount: Decimal | None, name: str, detail: dict[str, Any], *, kind: str = ""
) -> Line:
    description = str(sent.get("Description") or "")
    if len(description) > 4000:
        raise refuse("2050", element="Line.Description", most=4000, n=len(description))
    line: Line = {"Id": str(sent.get("Id") or ""), "LineNum": 0}
    line |= {"Description": description} if description else {}
    line |= {"Amount": amount} if amount is not None else {}
    return line | {"DetailType": kind or name, name: detail}


def _optional(name: str, sent: Mapping[str, Any]) -> Decimal | None:
    return None if sent.get(name) in (None, "") else decimal(name, sent[name])


def _number_lines(lines: list[Line]) -> None:
    """Ids stay with their lines, new lines get the next free one; LineNum counts."""
    taken = {int(line["Id"]) for line in lines if line["Id"].isdecimal()}
    for number, line in enumerate(lines, start=1):
        line["LineNum"] = number
        if not line["Id"].isdecimal():
            line["Id"] = str(max(taken, default=0) + 1)
            taken.add(int(line["Id"]))


DROPPED = frozenset({"SubTotalLineDetail", "TaxLineDetail"})
READERS: dict[str, Callable[[Draft, Mapping[str, Any], Sums], Line]] = {
    "SalesItemLineDetail": _sale,
    "DescriptionOnly": _description,
    "DescriptionLineDetail": _description,
    "DiscountLineDetail": _discount,
    "GroupLineDetail": _group,
    **dict.fromkeys(DROPPED, _description),
}
