"""Customers from outside: families, namesakes, inactive ones, and their way out of a hold (R1, R4, R6 to R8)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.sandbox.quickbooks.catalog.company import merge_customers
from tests.end_to_end.people import People, people_of

LEVELS = ("Truckee Schools", "High School", "Gym", "Boiler Room")


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """Families of all kinds, after the first sync."""
    with people_of(tmp_path_factory.mktemp("families")) as people:
        parent = ""
        for name in LEVELS:
            parent = people.quickbooks_customer(name, parent=parent)
        known = people.both("Known Family")
        middle = people.quickbooks_customer("Known Child", parent=known.quickbooks)
        people.syncta_customer("Known Child", parent_id=known.syncta)
        people.quickbooks_customer("New Grandchild", parent=middle)
        people.quickbooks_customer("Kitchen", parent=known.quickbooks)
        people.syncta_customer("Kitchen")
        people.quickbooks_customer("Gym renovation", parent=known.quickbooks, IsProject=True)
        twice = people.quickbooks_customer("Twice")
        people.quickbooks_customer("Child of Twice", parent=twice)
        for phone in ("530-555-0141", "530-555-0142"):
            people.syncta_customer("Twice", phone=phone)
        people.syncta_customer("Twice", active=False)
        people.syncta_customer("Only in Syncta")
        people.books.deactivate("Customer", people.quickbooks_customer("Long Gone"))
        assert people.first_sync() == {"customer.create": len(LEVELS) + 1}
        yield people


def test_parents_are_created_before_their_children_three_levels_deep(families: People) -> None:
    """R7, rules 8.4"""
    made = [families.named(name) for name in LEVELS]
    assert [one["parent_id"] for one in made] == [None, *[one["id"] for one in made[:-1]]]
    assert [one["created_at"] for one in made] == sorted(one["created_at"] for one in made)


def test_a_child_is_matched_and_created_below_its_parents_partner(families: People) -> None:
    family, child = families.named("Known Family"), families.named("Known Child")
    assert (child["parent_id"], child["external_id"]) == (family["id"], None)
    assert families.named("New Grandchild")["parent_id"] == child["id"]


def test_the_same_name_under_another_parent_is_held(families: People) -> None:
    assert families.told("hold")["same_name_other_parent"] == {"Kitchen"}
    assert families.names().count("Kitchen") == 1


def test_a_name_borne_twice_is_held_and_so_are_its_children(families: People) -> None:
    assert families.told("hold")["ambiguous_name"] == {"Twice"}
    assert families.told("hold")["parent_not_linked"] == {"Child of Twice"}
    assert families.names().count("Twice") == 3


def test_what_belongs_to_one_side_stays_there(families: People) -> None:
    """R1: A customer made in Syncta, a project, one that was inactive before."""
    in_quickbooks = {one["DisplayName"] for one in families.company.quickbooks_all("Customer")}
    assert "Only in Syncta" not in in_quickbooks
    assert {"Gym renovation", "Long Gone", "Long Gone (deleted)"} & set(families.names()) == set()


def test_a_name_borne_twice_goes_on_with_its_children_once_one_is_renamed(people: People) -> None:
    ours = people.quickbooks_customer("Pat Jones")
    people.quickbooks_customer("Garage", parent=ours)
    first, second = people.syncta_customer("Pat Jones"), people.syncta_customer("Pat Jones")
    people.bill("1001", second)
    assert people.first_sync() == {}
    assert set(people.told("hold")) == {"ambiguous_name", "parent_not_linked", "customer_not_in_quickbooks"}
    people.edit("customer", first, name="Pat Jones, the elder")
    assert people.sync() == {"customer.create": 1, "Invoice.create": 1}
    assert (people.links()[ours], people.named("Garage")["parent_id"]) == ((second, "exact_name"), second)
    assert people.told("hold") == {}


def test_a_new_child_and_a_new_parent_follow_in_the_cycle(people: People) -> None:
    family = people.both("Family")
    people.first_sync()
    people.quickbooks_customer("Child", parent=family.quickbooks)
    other = people.quickbooks_customer("Other Family")
    people.quickbooks_customer("Other Child", parent=other)
    assert people.sync() == {"customer.create": 3}
    assert people.named("Child")["parent_id"] == family.syncta
    assert people.named("Other Child")["parent_id"] == people.named("Other Family")["id"]
    assert people.sync() == {}


def test_another_parent_in_quickbooks_is_told_and_changes_nothing_in_syncta(people: People) -> None:
    first, second = people.quickbooks_customer("First"), people.quickbooks_customer("Second")
    child = people.quickbooks_customer("Child", parent=first)
    people.first_sync()
    people.change_customer(child, ParentRef={"value": second})
    assert people.sync() == {}
    assert people.told() == {"parent_changed": {"Child"}}
    people.edit("customer", people.named("Child")["id"], parent_id=people.named("Second")["id"])
    assert people.sync() == {}
    assert people.told() == {}, "moved in Syncta by hand, both sides agree again"


def test_a_rename_on_either_side_does_not_unlink(people: People) -> None:
    """R4"""
    ours, theirs = people.both("Ann Lee"), people.both("Bob Ray")
    people.first_sync()
    people.edit("customer", ours.syncta, name="Ann Lee (Truckee)")
    people.change_customer(theirs.quickbooks, DisplayName="Bob Ray & Sons")
    people.bill("1001", ours.syncta)
    assert people.sync() == {"Invoice.create": 1, "customer.update": 1}
    assert people.names() == ["Ann Lee (Truckee)", "Bob Ray & Sons"]
    assert people.pushed()["1001"]["CustomerRef"]["value"] == ours.quickbooks


def test_invoices_of_a_customer_made_inactive_wait_until_it_is_active_again(people: People) -> None:
    ann = people.both("Ann Lee")
    people.first_sync()
    people.books.deactivate("Customer", ann.quickbooks)
    people.bill("1001", ann.syncta)
    assert people.sync() == {}
    assert (people.told(), people.told("hold")) == (
        {"customer_inactive": {"Ann Lee (deleted)"}},
        {"customer_inactive": {"1001"}},
    )
    assert people.names() == ["Ann Lee"]
    people.change_customer(ann.quickbooks, Active=True, DisplayName="Ann Lee")
    assert people.sync() == {"Invoice.create": 1}
    assert (people.told(), people.told("hold")) == ({}, {})


def test_a_merge_in_quickbooks_is_told_and_deletes_nothing(people: People) -> None:
    """rules 8.14"""
    loser, winner = people.both("Ann Leigh"), people.both("Ann Lee")
    people.bill("1001", loser.syncta)
    people.first_sync()
    merge_customers(people.books, loser.quickbooks, winner.quickbooks)
    assert people.sync() == {}
    assert people.told() == {"customer_merged": {"Ann Leigh (deleted)"}}
    assert people.names() == ["Ann Lee", "Ann Leigh"]
    assert people.sync() == {}


def test_a_record_linked_to_somebody_else_takes_no_deleted_ones_place(people: People) -> None:
    """Even where it bears the very name (rules 2.1)."""
    first, second = people.quickbooks_customer("Ann Lee"), people.quickbooks_customer("Bob Ray")
    people.first_sync()
    people.delete("customer", people.named("Bob Ray")["id"])
    people.edit("customer", people.links()[first][0], name="Bob Ray")
    assert people.sync() == {}
    assert people.told("hold") == {"linked_record_gone": {"Bob Ray"}}
    assert second in people.links()
