"""Customers from outside: what stands in both systems before and after (R2 to R8)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.rehearsal import Rehearsal, rehearsal
from tests.hostile_names import HOSTILE_NAMES

ADDRESS = {"Line1": "10 Donner Way", "City": "Truckee", "CountrySubDivisionCode": "CA", "PostalCode": "96161"}
# QuickBooks itself takes neither colons nor tabs in a name.
STRANGE = [name for name in HOSTILE_NAMES if ":" not in name and "\t" not in name and len(name) <= 500]


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Rehearsal]:
    with rehearsal(tmp_path, "empty") as started:
        yield started


def names(company: Rehearsal) -> list[str]:
    return sorted(one["name"] for one in company.syncta_customers().values())


def named(company: Rehearsal, name: str) -> dict[str, Any]:
    (found,) = [one for one in company.syncta_customers().values() if one["name"] == name]
    return found


def test_names_that_differ_in_anything_are_other_customers(company: Rehearsal) -> None:
    pairs = {
        "Ann Lee ": "Ann Lee",
        "Stone Bros.": "Stone Bros",
        "LAKEVIEW": "Lakeview",
        unicodedata.normalize("NFD", "Renée"): unicodedata.normalize("NFC", "Renée"),
        "Brown, Nick": "Nick Brown",
    }
    for ours, theirs in pairs.items():
        company.books.create("Customer", {"DisplayName": ours})
        company.by_hand("POST", "customers", {"name": theirs})
    company.initial()
    assert names(company) == sorted([*pairs.keys(), *pairs.values()])


def test_strange_names_are_matched_and_created_to_the_code_point(company: Rehearsal) -> None:
    folded: set[str] = set()
    kept = [name for name in STRANGE if not (name.casefold() in folded or folded.add(name.casefold()))]
    for number, name in enumerate(kept):
        company.books.create("Customer", {"DisplayName": name})
        if number % 2:
            company.by_hand("POST", "customers", {"name": name})
    company.initial()
    assert names(company) == sorted(kept)
    assert company.writes() == {"customer.create": len(kept[::2])}


def test_quickbooks_customers_are_never_written(company: Rehearsal) -> None:
    company.books.create("Customer", {"DisplayName": "Ann Lee"})
    company.by_hand("POST", "customers", {"name": "Only In Syncta"})
    company.initial()
    company.cycle()
    assert [name for name in company.writes() if name.startswith("Customer.")] == []
    assert [one["DisplayName"] for one in company.quickbooks_all("Customer")] == ["Ann Lee"]


def test_everything_arrives_and_later_changes_follow(company: Rehearsal) -> None:
    contact = {"PrimaryPhone": {"FreeFormNumber": "530-555-0101"}, "PrimaryEmailAddr": {"Address": "ann@example.com"}}
    made = company.books.create("Customer", {"DisplayName": "Ann Lee", **contact, "BillAddr": ADDRESS})
    company.initial()
    arrived = named(company, "Ann Lee")
    assert (arrived["phone"], arrived["emails"]) == ("530-555-0101", ["ann@example.com"])
    assert arrived["mailing_address"]["line1"] == "10 Donner Way"
    assert arrived["external_id"] == made["Id"]
    company.change("Customer", made["Id"], PrimaryPhone={"FreeFormNumber": "530-555-0102"}, DisplayName="Ann Ray")
    company.cycle()
    assert named(company, "Ann Ray")["phone"] == "530-555-0102"


def test_what_is_emptied_in_quickbooks_erases_nothing(company: Rehearsal) -> None:
    made = company.books.create("Customer", {"DisplayName": "Ann Lee", "PrimaryPhone": {"FreeFormNumber": "1"}})
    company.initial()
    company.change("Customer", made["Id"], PrimaryPhone={"FreeFormNumber": ""}, Notes="touched")
    company.cycle()
    assert named(company, "Ann Lee")["phone"] == "1"


def test_parents_are_created_before_their_children_three_levels_deep(company: Rehearsal) -> None:
    parent = ""
    for level in ("Root", "Middle", "Leaf", "Deepest"):
        above = {"ParentRef": {"value": parent}, "Job": True} if parent else {}
        parent = company.books.create("Customer", {"DisplayName": level, **above})["Id"]
    company.initial()
    assert named(company, "Deepest")["parent_id"] == named(company, "Leaf")["id"]
    assert named(company, "Middle")["parent_id"] == named(company, "Root")["id"]


def test_a_name_borne_twice_is_held_and_goes_on_once_one_was_renamed(company: Rehearsal) -> None:
    company.books.create("Customer", {"DisplayName": "Pat Jones"})
    first, _ = (company.by_hand("POST", "customers", {"name": "Pat Jones"}) for _ in range(2))
    company.initial()
    assert (company.reasons(), company.writes()) == ({"ambiguous_name"}, {})
    company.by_hand("PATCH", f"customers/{first['id']}", {"name": "Pat Jones (old)"})
    company.cycle()
    assert (company.reasons(), company.writes()) == (set(), {})


def test_the_pair_is_mended_by_making_the_names_equal_before_the_sync(company: Rehearsal) -> None:
    company.books.create("Customer", {"DisplayName": "Brown, Nick"})
    ours = company.by_hand("POST", "customers", {"name": "Nick Brown"})
    company.initial(dry_run=True)
    company.by_hand("PATCH", f"customers/{ours['id']}", {"name": "Brown, Nick"})
    company.initial()
    assert (names(company), company.writes(), company.duplicates()) == (["Brown, Nick"], {}, [])


def test_a_deleted_partner_is_not_created_again(company: Rehearsal) -> None:
    company.books.create("Customer", {"DisplayName": "Brown, Nick"})
    company.initial()
    company.by_hand("DELETE", f"customers/{named(company, 'Brown, Nick')['id']}")
    company.cycle()
    assert (names(company), company.reasons()) == ([], {"linked_record_gone"})


def test_an_overwritten_value_is_kept_in_the_ledger(company: Rehearsal) -> None:
    made = company.books.create("Customer", {"DisplayName": "Ann Lee", "PrimaryPhone": {"FreeFormNumber": "1"}})
    company.initial()
    company.by_hand("PATCH", f"customers/{named(company, 'Ann Lee')['id']}", {"phone": "edited"})
    company.change("Customer", made["Id"], PrimaryPhone={"FreeFormNumber": "2"})
    company.cycle()
    assert named(company, "Ann Lee")["phone"] == "2"
    assert ("phone", "edited", "2") in company.overwritten()
