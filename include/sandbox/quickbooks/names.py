"""Rules of lists: one name once, the chain of parents, "(deleted)", balances that must be zero (reference 3.3)."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import money

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
MOST_LEVELS = 4
ITEM_TYPES = ("Service", "NonInventory", "Inventory", "Group", "Category")


def check_list(draft: Draft) -> None:
    """What holds for every entity with a name."""
    label = draft.entity.label
    if not draft.new.get(label):
        raise refuse("2020", element=label, name=label)
    _follow_activity(draft)
    _claim_name(draft)
    _place_under_parent(draft)


def check_customer(draft: Draft) -> None:
    """A customer: a name from somewhere, a parent for a job, printed names, read-only values."""
    new = draft.new
    new.setdefault("DisplayName", _built_name(new) or draft.before("DisplayName"))
    if not new["DisplayName"]:
        raise refuse("6080")
    new["Job"] = new.get("Job", False) or "ParentRef" in new
    if new["Job"] and "ParentRef" not in new:
        raise refuse("6150", element="ParentRef")
    check_list(draft)
    check_person(draft)
    new["BalanceWithJobs"] = draft.before("BalanceWithJobs") or 0
    new["ClientEntityId"] = "0"


def check_person(draft: Draft) -> None:
    """What customers and vendors share."""
    new, old = draft.new, draft.old or {}
    if draft.entity.name == "Vendor":
        new.setdefault("DisplayName", _built_name(new) or draft.before("DisplayName"))
        if not new["DisplayName"]:
            raise refuse("6080")
        check_list(draft)
    printed = new.get("PrintOnCheckName")
    if not printed or (printed == old.get("PrintOnCheckName") == old.get("DisplayName")):
        new["PrintOnCheckName"] = new["DisplayName"]
    new["Balance"] = old.get("Balance", 0)
    digest = hashlib.sha256(f"{draft.books.realm}:{draft.id}".encode()).hexdigest()
    new["V4IDPseudonym"] = old.get("V4IDPseudonym", f"00208{digest[:28]}")
    for name in ("BillAddr", "ShipAddr"):
        if name in new and "Id" not in new[name]:
            new[name] = {"Id": str(draft.books.store.next_number(f"{draft.books.realm}:addresses")), **new[name]}


def check_item(draft: Draft) -> None:
    """A product: known type, an account behind what is bought or sold."""
    new = draft.new
    if new["Type"] not in ITEM_TYPES:
        raise refuse("2170", element="Type", value=new["Type"])
    accounts = ("IncomeAccountRef", "ExpenseAccountRef")
    if new["Type"] not in ("Group", "Category") and not any(name in new for name in accounts):
        raise refuse("2020", element="IncomeAccountRef", name="IncomeAccountRef")
    if new["Type"] == "Inventory" and "AssetAccountRef" not in new:
        raise refuse("2020", element="AssetAccountRef", name="AssetAccountRef")
    check_list(draft)
    new["SubItem"] = "ParentRef" in new


def after_customer(draft: Draft) -> None:
    """The parents' balances and everything below or beside that shows this customer's name."""
    old, new = draft.old or {}, draft.new
    if draft.old is not None and draft.changes("ParentRef"):
        whole = money(old["BalanceWithJobs"])
        add_to_parents(draft.books, old, -whole)
        add_to_parents(draft.books, new, whole)
    if old and old["FullyQualifiedName"] != new["FullyQualifiedName"]:
        draft.books.records.rename_party(draft.id, new["FullyQualifiedName"])
        _rename_children(draft, new)


def add_to_parents(books: Books, customer: dict[str, Any], amount: Decimal) -> None:
    """Let `amount` count in BalanceWithJobs of everybody above a customer."""
    while amount and "ParentRef" in customer:
        parent = books.must_find("Customer", customer["ParentRef"]["value"])
        parent["BalanceWithJobs"] = money(parent["BalanceWithJobs"]) + amount
        books.records.save(books.entity("Customer"), parent)
        customer = parent


def _rename_children(draft: Draft, parent: dict[str, Any]) -> None:
    records, entity = draft.books.records, draft.entity
    for child in records.of_party(entity, parent["Id"]):
        child["FullyQualifiedName"] = f"{parent['FullyQualifiedName']}:{child['DisplayName']}"
        child["Level"] = parent.get("Level", 0) + 1
        child["ParentRef"] = {"value": parent["Id"], "name": parent["FullyQualifiedName"]}
        records.save(entity, child)
        records.rename_party(child["Id"], child["FullyQualifiedName"])
        _rename_children(draft, child)


def _built_name(new: dict[str, Any]) -> str:
    return " ".join(new[part] for part in PARTS if new.get(part))


def _follow_activity(draft: Draft) -> None:
    """Deactivating adds " (deleted)" to the name, reactivating takes it away again."""
    label, new = draft.entity.label, draft.new
    was_active = draft.old is None or bool(draft.before("Active"))
    if was_active and not new["Active"]:
        if money(draft.before("Balance")):
            raise refuse("6220")
        new[label] = _free_deleted_name(draft)
    elif not was_active and new["Active"] and new[label] == draft.before(label):
        new[label] = new[label].rpartition(" (deleted")[0] or new[label]


def _free_deleted_name(draft: Draft) -> str:
    name, tries = f"{draft.new[draft.entity.label]} (deleted)", 0
    while draft.books.records.labelled(draft.entity.unique, name):
        tries += 1
        name = f"{draft.new[draft.entity.label]} (deleted-{tries})"
    return name


def _claim_name(draft: Draft) -> None:
    name = draft.new[draft.entity.label]
    for row in draft.books.records.labelled(draft.entity.unique, name):
        if (row["entity"], str(row["id"])) != (draft.entity.name, draft.id):
            raise refuse("6240", element="")


def _place_under_parent(draft: Draft) -> None:
    """FullyQualifiedName and Level from the chain of parents."""
    if "FullyQualifiedName" not in draft.entity.fields:
        return
    new, name = draft.new, draft.new[draft.entity.label]
    new["FullyQualifiedName"] = name
    new.pop("Level", None)
    if "ParentRef" not in new:
        return
    parent = draft.books.records.find(draft.entity, new["ParentRef"]["value"]) or {}
    _refuse_circle(draft, parent)
    new["Level"] = parent.get("Level", 0) + 1
    if new["Level"] > MOST_LEVELS:
        raise refuse("6180", element="ParentRef")
    new["FullyQualifiedName"] = f"{parent['FullyQualifiedName']}:{name}"
    new["ParentRef"]["name"] = parent["FullyQualifiedName"]


def _refuse_circle(draft: Draft, parent: dict[str, Any]) -> None:
    above: dict[str, Any] | None = parent
    while above:
        if above["Id"] == draft.id:
            raise refuse("700", element="ParentRef", why="it is below this one")
        ref = above.get("ParentRef")
        above = draft.books.records.find(draft.entity, ref["value"]) if ref else None
