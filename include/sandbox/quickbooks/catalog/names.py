"""Rules of every list: one name once, the chain of parents, "(deleted)" (reference 3.3 and 3.7)."""

from __future__ import annotations

from typing import Any

from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import TAKEN_NAME, refuse
from include.sandbox.quickbooks.wire import money

MOST_LEVELS = 4
CHILD = {"Item": "SubItem", "Account": "SubAccount", "Class": "SubClass", "Department": "SubDepartment"}
"""The property that says an object is below another one."""
PEOPLE = "customer, vendor or employee"
KNOWN_AS = {
    "Item": "product or service",
    "Account": "account",
    "Class": "class",
    "Department": "department",
    "Term": "term",
    "PaymentMethod": "payment method",
    "CompanyCurrency": "currency",
    "TaxAgency": "tax agency",
    "TaxCode": "tax code",
    "TaxRate": "tax rate",
}


def check_list(draft: Draft) -> None:
    """What holds for every entity with a name."""
    label = draft.entity.label
    if not draft.new.get(label):
        raise refuse("2020", element=label, name=label)
    _follow_activity(draft)
    claim_name(draft)
    if draft.entity.nests:
        _place_under_parent(draft)


def claim_name(draft: Draft) -> None:
    """Refuse a name that somebody else in the same group bears (6240)."""
    name = draft.new[draft.entity.label]
    for row in draft.books.records.labelled(draft.entity.unique, name):
        if (row["entity"], row["id"]) != (draft.entity.name, draft.entity.row_id(draft.id)):
            raise refuse("6240", detail=taken(draft.entity.name))


def taken(entity: str) -> str:
    """The words for a name of this kind of object that is taken."""
    return TAKEN_NAME.replace(PEOPLE, KNOWN_AS.get(entity, PEOPLE))


def after_list(draft: Draft) -> None:
    """Everything below shows a new name."""
    if draft.old and draft.before("FullyQualifiedName") != draft.new["FullyQualifiedName"]:
        _rename_children(draft, draft.new)


def _follow_activity(draft: Draft) -> None:
    """Deactivating adds " (deleted)" to the name, reactivating takes it away again."""
    label, new = draft.entity.label, draft.new
    was_active = draft.old is None or bool(draft.before("Active"))
    if was_active and not new.get("Active", True):
        if money(draft.before("Balance")):
            raise refuse("6220")
        new[label] = _free_deleted_name(draft) if draft.entity.suffixed else new[label]
    elif not was_active and new["Active"] and new[label] == draft.before(label):
        new[label] = new[label].rpartition(" (deleted")[0] or new[label]


def _free_deleted_name(draft: Draft) -> str:
    name, tries = f"{draft.new[draft.entity.label]} (deleted)", 0
    while draft.books.records.labelled(draft.entity.unique, name):
        tries += 1
        name = f"{draft.new[draft.entity.label]} (deleted-{tries})"
    return name


def _place_under_parent(draft: Draft) -> None:
    """FullyQualifiedName and Level from the chain of parents."""
    new, name = draft.new, draft.new[draft.entity.label]
    new["FullyQualifiedName"] = name
    new.pop("Level", None)
    _say_whether_below(draft)
    if "ParentRef" not in new:
        return
    above = _above(draft)
    if len(above) > MOST_LEVELS:
        raise refuse("6180", element="ParentRef")
    if "Level" in draft.entity.fields:
        new["Level"] = len(above)
    new["FullyQualifiedName"] = f"{above[0]['FullyQualifiedName']}:{name}"
    new["ParentRef"]["name"] = above[0]["FullyQualifiedName"]


def _say_whether_below(draft: Draft) -> None:
    flag, new = CHILD.get(draft.entity.name), draft.new
    if flag is None:
        return
    if new.get(flag) and not draft.before(flag) and "ParentRef" not in new:
        raise refuse("2020", element="ParentRef", name="ParentRef")
    new[flag] = "ParentRef" in new


def _above(draft: Draft) -> list[dict[str, Any]]:
    """The parents, nearest first. Refuses an object below itself with 900 and a circle with 700."""
    if draft.new["ParentRef"]["value"] == draft.id:
        raise refuse("900", element="ParentRef")
    above: list[dict[str, Any]] = []
    ref = draft.new["ParentRef"]
    while ref:
        parent = draft.books.must_find(draft.entity.name, ref["value"])
        if parent["Id"] == draft.id:
            raise refuse("700", element="ParentRef", why="it is below this one")
        above.append(parent)
        ref = parent.get("ParentRef")
    return above


def _rename_children(draft: Draft, parent: dict[str, Any]) -> None:
    records, entity = draft.books.records, draft.entity
    for child in records.of_party(entity, parent["Id"]):
        child["FullyQualifiedName"] = f"{parent['FullyQualifiedName']}:{child[entity.label]}"
        if "Level" in entity.fields:
            child["Level"] = parent.get("Level", 0) + 1
        child["ParentRef"] = {"value": parent["Id"], "name": parent["FullyQualifiedName"]}
        records.save(entity, child)
        if entity.name == "Customer":
            records.rename_party(child["Id"], child["FullyQualifiedName"])
        _rename_children(draft, child)
