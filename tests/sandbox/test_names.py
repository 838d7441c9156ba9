"""Customers, vendors, products: names, parents, activity."""

from __future__ import annotations

import pytest

from include.sandbox.quickbooks.engine import Books

from .conftest import refusal, sale


@pytest.mark.parametrize(
    "name", ["O'Hara \\ Söhne", " led", "trail ", "two  spaces", "no\u00a0break", "💧%_", "x" * 500]
)
def test_a_name_is_kept_to_the_code_point(books: Books, name: str) -> None:
    made = books.create("Customer", {"DisplayName": name})
    assert books.get("Customer", made["Id"])["DisplayName"] == name


@pytest.mark.parametrize(("name", "code"), [("a:b", "2040"), ("a\tb", "2040"), ("x" * 501, "2050"), ("", "6080")])
def test_an_impossible_name_is_refused(books: Books, name: str, code: str) -> None:
    assert refusal(books.create, "Customer", {"DisplayName": name}) == code


def test_customers_and_vendors_share_one_space_of_names_without_regard_to_case(books: Books, customer: str) -> None:
    assert refusal(books.create, "Vendor", {"DisplayName": "LAKE house"}) == "6240"
    assert books.create("Item", {"Name": "Lake House", "IncomeAccountRef": {"value": "1"}})["Id"]


def test_a_name_is_built_from_its_parts(books: Books) -> None:
    made = books.create("Customer", {"GivenName": "Nick", "FamilyName": "Brown"})
    assert made["DisplayName"] == made["PrintOnCheckName"] == made["FullyQualifiedName"] == "Nick Brown"


def test_a_deactivated_customer_bears_the_suffix_and_frees_its_name(books: Books, customer: str) -> None:
    gone = books.deactivate("Customer", customer)
    assert (gone["DisplayName"], gone["Active"]) == ("Lake House (deleted)", False)
    again = books.create("Customer", {"DisplayName": "Lake House"})
    assert books.deactivate("Customer", again["Id"])["DisplayName"] == "Lake House (deleted-1)"


def test_a_reactivated_customer_has_its_name_back(books: Books, customer: str) -> None:
    gone = books.deactivate("Customer", customer)
    back = books.update("Customer", {"Id": customer, "SyncToken": gone["SyncToken"], "sparse": True, "Active": True})
    assert back["DisplayName"] == "Lake House"


def test_a_customer_who_owes_cannot_be_deactivated(books: Books, customer: str, invoice: dict[str, str]) -> None:
    assert refusal(books.deactivate, "Customer", customer) == "6220"


def test_an_inactive_or_unknown_customer_cannot_be_billed(books: Books, customer: str) -> None:
    books.deactivate("Customer", customer)
    assert refusal(books.create, "Invoice", sale(customer, 1)) == "610"
    assert refusal(books.create, "Invoice", sale("75", 1)) == "2500"


def test_a_child_carries_its_parents_name_and_level_and_follows_a_rename(books: Books, customer: str) -> None:
    child = books.create("Customer", {"DisplayName": "Boat", "Job": True, "ParentRef": {"value": customer}})
    bill = books.create("Invoice", sale(child["Id"], 5))
    assert (child["FullyQualifiedName"], child["Level"]) == ("Lake House:Boat", 1)
    books.update("Customer", {"Id": customer, "SyncToken": "0", "sparse": True, "DisplayName": "Hill House"})
    assert books.get("Customer", child["Id"])["FullyQualifiedName"] == "Hill House:Boat"
    assert books.get("Invoice", bill["Id"])["CustomerRef"]["name"] == "Hill House:Boat"


def test_parents_go_four_levels_deep_and_never_in_a_circle(books: Books, customer: str) -> None:
    ids = [customer]
    for level in range(4):
        body = {"DisplayName": f"Level {level}", "Job": True, "ParentRef": {"value": ids[-1]}}
        ids.append(books.create("Customer", body)["Id"])
    too_deep = {"DisplayName": "Level 5", "Job": True, "ParentRef": {"value": ids[-1]}}
    assert refusal(books.create, "Customer", too_deep) == "6180"
    circle = {"Id": customer, "SyncToken": "0", "sparse": True, "Job": True, "ParentRef": {"value": ids[2]}}
    assert refusal(books.update, "Customer", circle) == "700"
    assert refusal(books.create, "Customer", {"DisplayName": "Job", "Job": True}) == "6150"


def test_a_balance_moves_with_a_customer_to_its_new_parent(books: Books, customer: str) -> None:
    child = books.create("Customer", {"DisplayName": "Boat", "Job": True, "ParentRef": {"value": customer}})
    books.create("Invoice", sale(child["Id"], 70))
    other = books.create("Customer", {"DisplayName": "Marina"})["Id"]
    assert books.get("Customer", customer)["BalanceWithJobs"] == 70
    moved = {"Id": child["Id"], "SyncToken": "0", "sparse": True, "ParentRef": {"value": other}}
    books.update("Customer", moved)
    assert [books.get("Customer", id_)["BalanceWithJobs"] for id_ in (customer, other)] == [0, 70]


def test_a_full_update_forgets_what_it_does_not_name_and_a_sparse_one_keeps_it(books: Books) -> None:
    made = books.create("Customer", {"DisplayName": "A", "Notes": "n", "CompanyName": "c"})
    sparse = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Notes": "", "CompanyName": None}
    kept = books.update("Customer", sparse)
    assert (kept.get("Notes"), kept["CompanyName"], kept["SyncToken"]) == (None, "c", "1")
    full = books.update("Customer", {"Id": made["Id"], "SyncToken": "1", "DisplayName": "A"})
    assert "CompanyName" not in full
    assert full["CurrencyRef"]["value"] == "USD"


def test_a_stale_token_and_an_unknown_property_are_refused(books: Books, customer: str) -> None:
    assert refusal(books.update, "Customer", {"Id": customer, "SyncToken": "9", "sparse": True}) == "5010"
    assert refusal(books.create, "Customer", {"DisplayName": "B", "Colour": "red"}) == "2010"
    assert refusal(books.create, "Customer", {"DisplayName": "B", "PrimaryEmailAddr": {"Address": "nobody"}}) == "2210"


def test_only_a_person_makes_a_project(books: Books) -> None:
    body = {"DisplayName": "Gym", "IsProject": True}
    assert books.create("Customer", body)["IsProject"] is False
    in_person = Books(books.store, books.realm)
    assert in_person.create("Customer", {**body, "DisplayName": "Hall"})["IsProject"] is True
