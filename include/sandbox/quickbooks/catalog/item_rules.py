"""Rules of products and services: what each type needs, which accounts may stand behind it (reference 3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from include.sandbox.quickbooks.catalog.names import check_list
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.fields import CLEARED, decimal, reference
from include.sandbox.quickbooks.refusals import refuse

SOLD = ("Service", "NonInventory", "Inventory")
TYPES = (*SOLD, "Group", "Category")
CHANGEABLE = frozenset({"Service", "NonInventory"})
"""A product may become a service and the other way round; every other type stays."""
STOCKED = ("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef", "QtyOnHand", "InvStartDate")
DEFAULTS: dict[str, dict[str, object]] = {
    **{kind: {"Taxable": False, "UnitPrice": 0, "PurchaseCost": 0, "TrackQtyOnHand": False} for kind in SOLD},
    "Group": {"Taxable": False, "UnitPrice": 0, "TrackQtyOnHand": False},
    "Category": {},
}
ONLY_SOLD = (
    *("Taxable", "UnitPrice", "PurchaseCost", "TrackQtyOnHand", "QtyOnHand", "InvStartDate", "Sku"),
    *("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef", "SalesTaxCodeRef", "PurchaseTaxCodeRef"),
)
COST = frozenset({"Expense", "Other Expense", "Cost of Goods Sold"})
BEHIND = {
    "IncomeAccountRef": frozenset({"Income", "Other Income"}),
    "ExpenseAccountRef": COST,
    "AssetAccountRef": frozenset({"Other Current Asset"}),
}


def check_item(draft: Draft) -> None:
    """A product: a known type with all it needs, the right accounts behind it, a place among the categories."""
    new = draft.new
    if new["Type"] not in TYPES:
        raise refuse("2170", element="Type", value=new["Type"])
    _keep_type(draft)
    for name, value in DEFAULTS[new["Type"]].items():
        new.setdefault(name, value)
    CHECK[new["Type"]](draft)
    _check_accounts(draft)
    check_list(draft)
    if "ParentRef" not in new:
        new.pop("SubItem", None)


def _keep_type(draft: Draft) -> None:
    kinds = {draft.new["Type"], draft.before("Type") or draft.new["Type"]}
    if len(kinds) > 1 and not kinds <= CHANGEABLE:
        raise refuse("6000", why="The type of this item cannot be changed.")


def _check_sold(draft: Draft) -> None:
    if not any(name in draft.new for name in ("IncomeAccountRef", "ExpenseAccountRef")):
        raise refuse("2020", element="IncomeAccountRef", name="IncomeAccountRef")
    for name in ("QtyOnHand", "InvStartDate", "AssetAccountRef", "ItemGroupDetail"):
        draft.new.pop(name, None)
    draft.new["TrackQtyOnHand"] = False


def _check_stocked(draft: Draft) -> None:
    for name in STOCKED:
        if name not in draft.new:
            raise refuse("2020", element=name, name=name)
    if not draft.new["TrackQtyOnHand"]:
        raise refuse("2020", element="TrackQtyOnHand", name="TrackQtyOnHand")


def _check_group(draft: Draft) -> None:
    """A bundle: products with quantities, each readable as it was sent."""
    lines = (draft.new.get("ItemGroupDetail") or {}).get("ItemGroupLine")
    if not isinstance(lines, list) or not lines:
        raise refuse("2020", element="ItemGroupDetail.ItemGroupLine", name="ItemGroupDetail.ItemGroupLine")
    draft.new["ItemGroupDetail"] = {"ItemGroupLine": [_component(draft, line) for line in lines]}


def _component(draft: Draft, line: object) -> dict[str, Any]:
    if not isinstance(line, Mapping):
        raise refuse("2010", element="ItemGroupLine")
    ref = reference("ItemRef", line.get("ItemRef") or {})
    if ref is CLEARED:
        raise refuse("2020", element="ItemRef", name="ItemRef")
    part = draft.books.referred("Item", ref["value"], element="ItemRef")
    if part["Type"] not in SOLD:
        raise refuse("6000", why="A bundle holds products and services only.")
    kept = {"value": part["Id"], "name": part["FullyQualifiedName"], "type": part["Type"]}
    return {"ItemRef": kept, "Qty": decimal("Qty", line.get("Qty") or 0)}


def _check_category(draft: Draft) -> None:
    for name in ONLY_SOLD:
        draft.new.pop(name, None)


def _check_accounts(draft: Draft) -> None:
    for name, kinds in BEHIND.items():
        if name not in draft.new or not (draft.old is None or draft.changes(name) or draft.changes("Type")):
            continue
        account = draft.books.must_find("Account", draft.new[name]["value"])
        if account["AccountType"] not in kinds or not _fits_stock(draft, name, account):
            raise refuse("6430", element=name, value=account["AccountType"])


def _fits_stock(draft: Draft, name: str, account: dict[str, Any]) -> bool:
    """Stock costs what was sold and lies in an inventory account."""
    if draft.new["Type"] != "Inventory" or name == "IncomeAccountRef":
        return True
    if name == "AssetAccountRef":
        return bool(account["AccountSubType"] == "Inventory")
    return bool(account["AccountType"] == "Cost of Goods Sold")


def refuse_before_start(item: Mapping[str, Any], date: str) -> None:
    """Refuse a sale or a purchase of stock that is dated before the stock was first counted (6270)."""
    if item["Type"] == "Inventory" and date < item["InvStartDate"]:
        raise refuse("6270", element="TxnDate")


CHECK = {
    **dict.fromkeys(("Service", "NonInventory"), _check_sold),
    "Inventory": _check_stocked,
    "Group": _check_group,
    "Category": _check_category,
}
