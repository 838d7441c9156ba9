"""Name, mailing address, phone and e-mail, QuickBooks → Syncta, over three syncs of one company (R5, rules 2.5, 2.6).

Every customer is a case of its own; all of them go through the same three syncs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from include.sandbox.scenarios.town import Pair, quickbooks_contact
from tests.end_to_end.people import People, people_of

HOME = {"line1": "10 Donner Way", "city": "Truckee", "state": "CA", "postal_code": "96161"}
MOVED = {"line1": "77 Palisade Dr", "city": "Reno", "state": "NV", "postal_code": "89501"}
ELSEWHERE = {"line1": "PO Box 9", "line2": "Suite 4", "city": "Tahoe City", "state": "CA", "postal_code": "96145"}
PORTAL = "portal@example.com"
Shown = Mapping[str, Any]


@dataclass
class Story:
    """What Syncta showed after each of the three syncs, by customer, and what the syncs wrote."""

    people: People
    ids: dict[str, Pair] = field(default_factory=dict)
    shown: list[dict[str, Shown]] = field(default_factory=list)
    written: list[dict[str, int]] = field(default_factory=list)

    def only_in_quickbooks(self, name: str, phone: str = "", email: str = "", address: Any = None) -> None:
        self.ids[name] = Pair(self.people.quickbooks_customer(name, **quickbooks_contact(phone, email, address)), "")

    def on_both(self, name: str, ours: tuple[str, str, Any], theirs: Shown) -> None:
        made = self.people.quickbooks_customer(name, **quickbooks_contact(*ours))
        self.ids[name] = Pair(made, self.people.syncta_customer(name, **theirs))

    def change(self, who: str, **fields: Any) -> None:
        self.people.change_customer(self.ids[who].quickbooks, **fields)

    def edit(self, who: str, **fields: Any) -> None:
        self.people.edit("customer", self.ids[who].syncta, **fields)

    def synced(self, written: dict[str, int]) -> None:
        """Look at Syncta."""
        by_id = self.people.company.syncta_customers()
        links = self.people.links()
        self.ids = {name: Pair(one.quickbooks, links[one.quickbooks][0]) for name, one in self.ids.items()}
        self.shown.append({name: by_id[one.syncta] for name, one in self.ids.items()})
        self.written.append(written)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Three syncs, people working in both systems in between."""
    with people_of(tmp_path_factory.mktemp("fields")) as people:
        story = Story(people)
        before_the_first(story)
        story.synced(people.first_sync())
        before_the_second(story)
        story.synced(people.sync())
        before_the_third(story)
        story.synced(people.sync())
        yield story


def before_the_first(story: Story) -> None:
    for name in ("Full", "Emptied", "Two edits", "Edited only in Syncta", "Second mail", "Inactive"):
        story.only_in_quickbooks(name, "530-555-0101", "office@example.com", HOME)
    story.only_in_quickbooks("Bare")
    story.on_both("Blanks", ("530-555-0102", "ours@example.com", HOME), {"portal_email": PORTAL})
    theirs = {"phone": "own", "emails": ["own@example.com"], "mailing_address": ELSEWHERE, "portal_email": PORTAL}
    story.on_both("Differing", ("530-555-0103", "ours@example.com", HOME), theirs)


def before_the_second(story: Story) -> None:
    moved = quickbooks_contact("530-555-0200", "new@example.com", MOVED)
    for name in ("Full", "Bare", "Two edits", "Differing"):
        story.change(name, **moved)
    story.change("Full", DisplayName="Full & Renamed")
    story.change("Emptied", PrimaryPhone={}, PrimaryEmailAddr={"Address": ""}, BillAddr={})
    story.edit("Two edits", phone="typed in Syncta", mailing_address=ELSEWHERE)
    story.edit("Edited only in Syncta", phone="typed in Syncta", emails=[], name="Their own name for it")
    story.edit("Second mail", emails=["office@example.com", "boss@example.com"], portal_email=PORTAL)
    story.change("Second mail", PrimaryEmailAddr={"Address": "new@example.com"})
    story.change("Inactive", **moved)
    story.people.books.deactivate("Customer", story.ids["Inactive"].quickbooks)


def before_the_third(story: Story) -> None:
    story.change("Inactive", Active=True, DisplayName="Inactive")
    story.change("Emptied", PrimaryPhone={"FreeFormNumber": "530-555-0300"})
    story.change("Edited only in Syncta", Notes="nothing that flows")


def test_name_address_phone_and_mail_arrive_when_a_customer_is_created(story: Story) -> None:
    full = story.shown[0]["Full"]
    assert (full["name"], full["phone"], full["emails"]) == ("Full", "530-555-0101", ["office@example.com"])
    assert {name: full["mailing_address"][name] for name in HOME} == HOME
    bare = story.shown[0]["Bare"]
    assert (bare["phone"], bare["emails"], bare["mailing_address"]) == ("", [], None)


def test_each_of_them_follows_a_later_change(story: Story) -> None:
    full = story.shown[1]["Full"]
    assert (full["name"], full["phone"], full["emails"]) == ("Full & Renamed", "530-555-0200", ["new@example.com"])
    assert {name: full["mailing_address"][name] for name in MOVED} == MOVED
    assert (story.shown[1]["Bare"]["phone"], story.shown[1]["Bare"]["name"]) == ("530-555-0200", "Bare")


def test_a_field_emptied_in_quickbooks_erases_nothing(story: Story) -> None:
    emptied = story.shown[1]["Emptied"]
    assert emptied == story.shown[0]["Emptied"]
    assert (emptied["phone"], emptied["emails"]) == ("530-555-0101", ["office@example.com"])


def test_a_field_filled_again_after_it_was_emptied_flows(story: Story) -> None:
    """protocol 1.2"""
    assert story.shown[2]["Emptied"]["phone"] == "530-555-0300"
    assert story.shown[2]["Emptied"]["mailing_address"] == story.shown[0]["Emptied"]["mailing_address"]


def test_a_value_edited_in_syncta_and_overwritten_is_kept_in_the_ledger(story: Story) -> None:
    edited = story.shown[1]["Two edits"]
    assert (edited["phone"], edited["mailing_address"]["line1"]) == ("530-555-0200", MOVED["line1"])
    kept = {(name, str(old)) for name, old, _ in story.people.company.overwritten()}
    assert ("phone", "typed in Syncta") in kept
    old = [old for name, old, new in story.people.company.overwritten() if name == "address"]
    assert any(one["line2"] == "Suite 4" for one in old)


def test_an_address_is_replaced_whole(story: Story) -> None:
    """No second line of the old one is left under the new one."""
    address = story.shown[1]["Two edits"]["mailing_address"]
    assert not address.get("line2")


def test_a_value_edited_in_syncta_alone_stays(story: Story) -> None:
    for shown in story.shown[1:]:
        edited = shown["Edited only in Syncta"]
        assert (edited["phone"], edited["emails"]) == ("typed in Syncta", [])
        assert edited["name"] == "Their own name for it"


def test_the_first_link_fills_blanks(story: Story) -> None:
    filled = story.shown[0]["Blanks"]
    assert (filled["phone"], filled["emails"]) == ("530-555-0102", ["ours@example.com"])
    assert filled["mailing_address"]["line1"] == HOME["line1"]


def test_the_first_link_overwrites_nothing_and_a_later_change_flows(story: Story) -> None:
    differing = story.shown[0]["Differing"]
    assert (differing["phone"], differing["emails"]) == ("own", ["own@example.com"])
    assert (differing["mailing_address"], differing["version"]) == (ELSEWHERE, 1)
    later = story.shown[1]["Differing"]
    assert (later["phone"], later["mailing_address"]["line1"]) == ("530-555-0200", MOVED["line1"])
    assert ("phone", "own", "530-555-0200") in story.people.company.overwritten()


def test_only_mail_addresses_this_sync_wrote_are_replaced(story: Story) -> None:
    assert story.shown[1]["Second mail"]["emails"] == ["new@example.com", "boss@example.com"]
    assert story.shown[1]["Differing"]["emails"] == ["new@example.com", "own@example.com"]


def test_the_portal_login_is_never_touched(story: Story) -> None:
    for name in ("Blanks", "Differing"):
        assert {shown[name]["portal_email"] for shown in story.shown} == {PORTAL}
    assert story.shown[2]["Second mail"]["portal_email"] == PORTAL
    assert story.shown[2]["Full"]["portal_email"] is None


def test_nothing_flows_from_an_inactive_customer_until_it_is_active_again(story: Story) -> None:
    assert story.shown[1]["Inactive"] == story.shown[0]["Inactive"]
    again = story.shown[2]["Inactive"]
    assert (again["name"], again["phone"]) == ("Inactive", "530-555-0200")


def test_each_sync_wrote_what_had_changed_and_no_more(story: Story) -> None:
    assert story.written == [
        {"customer.create": 7, "customer.update": 1},
        {"customer.update": 5},
        {"customer.update": 2},
    ]
    assert story.people.sync() == {}


def test_names_that_move_on_one_after_the_other_arrive(people: People) -> None:
    """X takes a new name and Y the name of X: the second rename waits until the name is free, and follows."""
    first, second = people.quickbooks_customer("X"), people.quickbooks_customer("Y")
    people.first_sync()
    people.change_customer(first, DisplayName="Z")
    people.change_customer(second, DisplayName="X")
    people.sync()
    people.sync()
    by_id, links = people.company.syncta_customers(), people.links()
    assert [by_id[links[one][0]]["name"] for one in (first, second)] == ["Z", "X"]
    assert people.told("hold") == {}
