"""The lines of a sales form: each kind read, checked, and counted into the subtotal, the discount and what is taxed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from include.sandbox.quickbooks.accounting.accounts import DISCOUNTS, account_of
from include.sandbox.quickbooks.catalog.item_rules import refuse_before_start
from include.sandbox.quickbooks.documents.sales_tax import line_tax_code
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.fields import CLEARED, date, decimal, reference
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import cents

DEFAULT_ITEM = "1"
MOST_LINES, MOST_TAXABLE, MOST_DIGITS = 10_000, 750, 10
TRACKED = {
    "ClassRef": "Class",
    "DepartmentRef": "Department",
    "GroupItemRef": "Item",
    "ItemAccountRef": "Account",
    "PaymentMethodRef": "PaymentMethod",
}
"""Further references of lines → the entity they lead to."""
Line = dict[str, Any]


@dataclass(slots=True)
class Sums:
    """What the lines come to; `taxed` is the amount by tax code."""

    subtotal: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    taxed: dict[str, Decimal] = field(default_factory=dict)
    taxable_lines: int = 0

    def add(self, amount: Decimal, code: str) -> None:
        """One more line."""
        self.subtotal += amount
        if code:
            self.taxed[code] = self.taxed.get(code, Decimal(0)) + amount
        self.taxable_lines += code not in ("", "NON")


def read_lines(draft: Draft, sent: list[Any]) -> tuple[list[Line], Sums]:
    """The lines as kept and their sums: products, the subtotal line, the discounts. Subtotals sent back are dropped."""
    sums = Sums()
    lines = [reader(draft, line, sums) for reader, line in readers(READERS, DROPPED, sent)]
    if not lines:
        raise refuse("2020", element="Line", name="Line")
    if sums.taxable_lines > MOST_TAXABLE:
        raise refuse("6000", why=f"A taxable transaction can have at most {MOST_TAXABLE} lines.")
    goods = [line for line in lines if "DiscountLineDetail" not in line]
    number_lines(goods)
    discounts = [line for line in lines if "DiscountLineDetail" in line]
    subtotal = {"Amount": cents(sums.subtotal), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    return [*goods, subtotal, *discounts], sums


def readers(known: Mapping[str, Any], dropped: frozenset[str], sent: list[Any]) -> list[tuple[Any, Mapping[str, Any]]]:
    """Each line that counts, with its reader. Refuses lines of unknown kind (2170) and too many of them."""
    if len(sent) > MOST_LINES:
        raise refuse("6000", why=f"A transaction can have at most {MOST_LINES} lines.")
    found = []
    for line in sent:
        if not isinstance(line, Mapping):
            raise refuse("2010", element="Line")
        kind = line.get("DetailType")
        if not isinstance(kind, str) or kind not in {*known, *dropped}:
            raise refuse("2020" if not kind else "2170", element="Line.DetailType", name="Line.DetailType", value=kind)
        if kind not in dropped:
            found.append((known[kind], line))
    return found


def detail_of(line: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A line's detail block. Refuses what is no object with 2010."""
    found = line.get(name) or {}
    if not isinstance(found, Mapping):
        raise refuse("2010", element=f"Line.{name}")
    return found


def amount_of(line: Mapping[str, Any]) -> Decimal:
    """The Amount a line states. Refuses a missing one with 2020."""
    if line.get("Amount") in (None, ""):
        raise refuse("2020", element="Line.Amount", name="Line.Amount")
    return decimal("Line.Amount", line["Amount"])


def linked_txns(holder: Mapping[str, Any]) -> list[dict[str, str]]:
    """The LinkedTxn of a line or a transaction, as text. Refuses what is none with 2010."""
    sent = holder.get("LinkedTxn") or [] if isinstance(holder, Mapping) else None
    if not isinstance(sent, list) or not all(isinstance(link, Mapping) for link in sent):
        raise refuse("2010", element="LinkedTxn")
    return [{"TxnId": _plain(str(link.get("TxnId"))), "TxnType": str(link.get("TxnType"))} for link in sent]


def line_of(
    sent: Mapping[str, Any], amount: Decimal | None, name: str, detail: Mapping[str, Any], *, kind: str = ""
) -> Line:
    """A line as kept, its Id still to be given when it is new."""
    description = str(sent.get("Description") or "")
    if len(description) > 4000:
        raise refuse("2050", element="Line.Description", most=4000, n=len(description))
    line: Line = {"Id": str(sent.get("Id") or ""), "LineNum": 0}
    line |= {"Description": description} if description else {}
    line |= {"Amount": amount} if amount is not None else {}
    linked = linked_txns(sent)
    line |= {"LinkedTxn": linked} if linked else {}
    return line | {"DetailType": kind or name, name: dict(detail)}


def number_lines(lines: list[Line], *, first: int = 1) -> None:
    """Ids stay with their lines, new lines get the next free one; LineNum counts."""
    taken = {int(line["Id"]) for line in lines if _is_number(line["Id"])}
    following = max(taken, default=first - 1) + 1
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        line["LineNum"] = number
        if not _is_number(line["Id"]) or line["Id"] in seen:
            line["Id"] = str(following)
            following += 1
        seen.add(line["Id"])


def quantity_and_price(sent: Mapping[str, Any], amount: Decimal) -> dict[str, Decimal]:
    """Qty and UnitPrice where given; 0 × 0 counts as not given. Refuses a product that is not the amount (6070)."""
    given = {name: _optional(name, sent) for name in ("Qty", "UnitPrice")}
    quantity, price = given["Qty"], given["UnitPrice"]
    if quantity and price and cents(quantity * price) != cents(amount):
        raise refuse("6070", element="Line.Amount", value=amount)
    return {name: value for name, value in given.items() if value is not None} if quantity or price else {}


def kept_reference(draft: Draft, entity: str, sent: Mapping[str, Any], name: str, *, default: str = "") -> Any:
    """A line's reference with the name it leads to; None without one. Inactive ones are refused on new lines."""
    ref = reference(name, sent.get(name) or {})
    id_ = default if ref is CLEARED else ref["value"]
    if not id_:
        return None
    before = draft.once(("before", name), lambda: _before(draft, name))
    found = draft.once(
        (entity, id_), lambda: draft.books.referred(entity, id_, kept=id_ in before, element=f"Line.{name}")
    )
    if entity == "Item":
        refuse_before_start(found, draft.new["TxnDate"])
    return {"value": found["Id"], "name": found.get("FullyQualifiedName") or found.get("DisplayName") or found["Name"]}


def tracked(draft: Draft, sent: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Those of a line's further references that are given, each with the name it leads to."""
    found = {name: kept_reference(draft, TRACKED[name], sent, name) for name in names}
    return {name: ref for name, ref in found.items() if ref}


def _before(draft: Draft, name: str) -> set[str]:
    """What the lines referred to under this name."""
    details = (part for line in (draft.old or {}).get("Line", []) for part in line.values() if isinstance(part, dict))
    return {(detail.get(name) or {}).get("value", "") for detail in details}


def _sale(draft: Draft, line: Mapping[str, Any], sums: Sums) -> Line:
    amount = amount_of(line)
    detail = _sale_detail(draft, detail_of(line, "SalesItemLineDetail"), amount)
    sums.add(amount, detail.get("TaxCodeRef", {}).get("value", ""))
    return line_of(line, cents(amount), "SalesItemLineDetail", detail)


def _sale_detail(draft: Draft, sent: Mapping[str, Any], amount: Decimal) -> dict[str, Any]:
    """Item, quantity, price and tax code of a line."""
    counted = quantity_and_price(sent, amount)
    item = kept_reference(draft, "Item", sent, "ItemRef", default=DEFAULT_ITEM)
    kept = {name: sent[name] for name in ("DiscountRate", "DiscountAmt", "MarkupInfo") if sent.get(name)}
    if sent.get("ServiceDate"):
        kept["ServiceDate"] = date("Line.ServiceDate", sent["ServiceDate"])
    kept |= tracked(draft, sent, "ClassRef", "ItemAccountRef")
    kept["ItemRef"] = item
    code = line_tax_code(draft, sent, item["value"])
    if code:
        kept["TaxCodeRef"] = {"value": code}
    return kept | counted


def _description(draft: Draft, line: Mapping[str, Any], sums: Sums) -> Line:
    return line_of(line, None, "DescriptionLineDetail", {}, kind="DescriptionOnly")


def _discount(draft: Draft, line: Mapping[str, Any], sums: Sums) -> Line:
    sent = detail_of(line, "DiscountLineDetail")
    percent = _optional("DiscountPercent", sent)
    if sent.get("PercentBased") and percent:
        amount = cents(sums.subtotal * percent / 100)
    elif line.get("Amount"):
        amount = cents(decimal("Line.Amount", line["Amount"]))
    else:
        raise refuse("6090", element="DiscountLineDetail")
    sums.discount += amount
    account = kept_reference(draft, "Account", sent, "DiscountAccountRef") or account_of(draft.books, DISCOUNTS)
    detail = {"PercentBased": bool(sent.get("PercentBased")), "DiscountAccountRef": account}
    detail |= {"DiscountPercent": percent} if percent else {}
    return {"Amount": amount, "DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}


def _group(draft: Draft, line: Mapping[str, Any], sums: Sums) -> Line:
    sent = detail_of(line, "GroupLineDetail")
    before = sums.subtotal
    inside = sent.get("Line") or []
    if not isinstance(inside, list):
        raise refuse("2010", element="Line.GroupLineDetail.Line")
    known = {"SalesItemLineDetail": _sale}
    parts = [reader(draft, part, sums) for reader, part in readers(known, DROPPED, inside)]
    number_lines(parts)
    bundle = tracked(draft, sent, "GroupItemRef")
    return line_of(line, cents(sums.subtotal - before), "GroupLineDetail", {**sent, **bundle, "Line": parts})


def _optional(name: str, sent: Mapping[str, Any]) -> Decimal | None:
    return None if sent.get(name) in (None, "") else decimal(name, sent[name])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < MOST_DIGITS


def _plain(id_: str) -> str:
    """An id as it is written down."""
    return str(int(id_)) if _is_number(id_) else id_


DROPPED = frozenset({"SubTotalLineDetail", "TaxLineDetail"})
READERS: dict[str, Callable[[Draft, Mapping[str, Any], Sums], Line]] = {
    "SalesItemLineDetail": _sale,
    "DescriptionOnly": _description,
    "DescriptionLineDetail": _description,
    "DiscountLineDetail": _discount,
    "GroupLineDetail": _group,
}
