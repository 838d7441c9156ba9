"""R3–R8 and rules 2: what becomes of a QuickBooks customer in Syncta."""

from __future__ import annotations

from include.records import Address
from include.sync.rows import Action
from tests.sync.builders import (
    STREET,
    customer,
    customer_link,
    invoice_link,
    only,
    plan,
    quickbooks_invoice,
    state,
    syncta_invoice,
    told,
)


def linked(ours, theirs, *, others=(), **applied):
    return plan(state(quickbooks=[ours], syncta=[theirs, *others], links=[customer_link(ours, theirs, **applied)]))


def test_the_seed_example_creates_brown_nick_and_flags_the_pair():
    made = plan(state(quickbooks=[customer("1", "Brown, Nick")], syncta=[customer("a", "Nick Brown")]))
    assert told(made) == {("create", "1", "no_match"), ("flag", "1", "reversed_name")}
    assert only(made, Action.CREATE).payload["name"] == "Brown, Nick"
    assert only(made, Action.FLAG).payload["right"] == ["syncta", "a"]


def test_the_flag_keeps_its_identity_once_the_partner_was_created():
    ours, created = customer("1", "Brown, Nick"), customer("b", "Brown, Nick")
    after = state(
        quickbooks=[ours], syncta=[customer("a", "Nick Brown"), created], links=[customer_link(ours, created)]
    )
    assert only(plan(after), Action.FLAG).payload["left"] == ["quickbooks", "1"]
    assert told(plan(after)) == {("flag", "1", "reversed_name")}


def test_a_likely_duplicate_is_held_where_the_settings_say_so():
    sides = {"quickbooks": [customer("1", "Brown, Nick")], "syncta": [customer("a", "Nick Brown")]}
    assert ("hold", "1", "likely_duplicate") in told(plan(state(**sides, hold_likely_duplicates=True)))


def test_everything_about_a_customer_arrives_when_it_is_created():
    ours = customer("1", "Ann Lee", phone="775-555-0100", emails=("ann@example.com",), address=STREET)
    payload = only(plan(state(quickbooks=[ours])), Action.CREATE).payload
    assert payload["phone"] == "775-555-0100"
    assert payload["emails"] == ["ann@example.com"]
    assert payload["mailing_address"]["postal_code"] == "89501"
    assert payload["external_id"] == "1"


def test_a_first_link_fills_blanks_and_overwrites_nothing():
    ours = customer("1", "Ann Lee", phone="1", emails=("ann@example.com",), address=STREET)
    made = plan(state(quickbooks=[ours], syncta=[customer("a", "Ann Lee", phone="2")]))
    assert set(only(made, Action.UPDATE).changes) == {"emails", "address"}
    assert only(made, Action.LINK).changes["phone"] == ("2", "1")
    assert set(only(made, Action.LINK).payload["applied"]) == {"name", "phone"}
    assert set(only(made, Action.UPDATE).payload["applied"]) == {"name", "phone", "emails", "address"}


def test_a_field_changed_in_quickbooks_flows():
    made = linked(customer("1", "Ann Lee", phone="2"), customer("a", "Ann Lee", phone="1"), phone="1")
    assert only(made, Action.UPDATE).changes == {"phone": ("1", "2")}


def test_a_rename_in_quickbooks_flows():
    made = linked(customer("1", "Ann Ray"), customer("a", "Ann Lee"), name="Ann Lee")
    assert only(made, Action.UPDATE).payload["name"] == "Ann Ray"


def test_a_value_edited_in_syncta_stays_until_quickbooks_changes_too():
    assert told(linked(customer("1", "Ann Lee", phone="1"), customer("a", "Ann Lee", phone="edited"))) == set()
    made = linked(customer("1", "Ann Lee", phone="3"), customer("a", "Ann Lee", phone="edited"), phone="1")
    assert only(made, Action.UPDATE).changes == {"phone": ("edited", "3")}


def test_an_empty_quickbooks_field_erases_nothing():
    before = {"phone": "1", "emails": ["ann@example.com"], "address": {"line1": "1 Main St"}}
    theirs = customer("a", "Ann Lee", phone="1", emails=("ann@example.com",), address=STREET)
    made = linked(customer("1", "Ann Lee"), theirs, **before)
    assert made.with_action(Action.UPDATE) == ()


def test_the_address_travels_whole():
    moved = Address("2 Oak St", "", "Reno", "", "", "")
    made = linked(customer("1", "Ann Lee", address=moved), customer("a", "Ann Lee", address=STREET), address=None)
    assert only(made, Action.UPDATE).payload["mailing_address"] == {
        "line1": "2 Oak St",
        "line2": "",
        "city": "Reno",
        "state": "",
        "postal_code": "",
        "country": "",
    }


def test_only_e_mails_that_this_sync_wrote_are_replaced():
    theirs = customer("a", "Ann Lee", emails=("old@example.com", "portal@example.com"))
    made = linked(customer("1", "Ann Lee", emails=("new@example.com",)), theirs, emails=["old@example.com"])
    assert only(made, Action.UPDATE).payload["emails"] == ["new@example.com", "portal@example.com"]


def test_a_change_that_syncta_has_already_is_only_remembered():
    made = linked(customer("1", "Ann Lee", phone="2"), customer("a", "Ann Lee", phone="2"), phone="1")
    assert told(made) == {("link", "1", "seen")}


def test_a_new_name_that_another_syncta_customer_bears_is_held_and_the_rest_flows():
    ours, theirs = customer("1", "Ann Ray", phone="2"), customer("a", "Ann Lee", phone="1")
    made = linked(ours, theirs, others=[customer("b", "Ann Ray")], name="Ann Lee", phone="1")
    assert ("hold", "1", "rename_meets_existing") in told(made)
    assert set(only(made, Action.UPDATE).changes) == {"phone"}
    assert only(made, Action.UPDATE).payload["applied"]["name"] == "Ann Lee"


def test_nothing_flows_from_an_inactive_customer_also_not_its_suffix():
    made = linked(customer("1", "Ann Lee (deleted)", active=False, phone="2"), customer("a", "Ann Lee"), name="Ann Lee")
    assert told(made) == {("exception", "1", "customer_inactive")}


def test_an_inactive_customer_whose_invoices_moved_was_merged():
    loser, theirs = customer("1", "Ann Lee (deleted)", active=False), customer("a", "Ann Lee")
    moved, ours = quickbooks_invoice("50", "2"), syncta_invoice("i", "a")
    made = plan(
        state(
            quickbooks=[loser, customer("2", "Ann Lee-Ray")],
            syncta=[theirs, customer("b", "Ann Lee-Ray")],
            quickbooks_invoices=[moved],
            syncta_invoices=[ours],
            links=[customer_link(loser, theirs), invoice_link(moved, ours, customer_id="1")],
        )
    )
    assert ("exception", "1", "customer_merged") in told(made)


def test_a_customer_moved_to_another_parent_is_told():
    parent, child = customer("1", "School"), customer("2", "Kitchen", parent_id="1")
    syncta_parent, syncta_child = customer("a", "School"), customer("b", "Kitchen")
    links = [customer_link(parent, syncta_parent), customer_link(child, syncta_child)]
    made = plan(state(quickbooks=[parent, child], syncta=[syncta_parent, syncta_child], links=links))
    assert told(made) == {("exception", "2", "parent_changed")}


def test_parents_come_before_their_children_whatever_their_ids():
    family = [customer("9", "Root"), customer("5", "Middle", parent_id="9"), customer("1", "Leaf", parent_id="5")]
    creates = plan(state(quickbooks=family)).with_action(Action.CREATE)
    assert [row.source_id for row in creates] == ["9", "5", "1"]


def test_a_customer_only_syncta_has_is_never_copied():
    assert told(plan(state(syncta=[customer("a", "Only Here")]))) == set()


def test_5_fields_that_an_undo_gave_back_are_told_until_both_sides_agree():
    """R5: nothing vanishes, and nothing flows again by itself."""
    ours = customer("1", "Ann", phone="2", emails=("new@example.com",))
    back = {"phone": "1", "emails": ["old@example.com"]}
    theirs = customer("a", "Ann", phone="1", emails=("old@example.com",))
    assert told(linked(ours, theirs, restored=back)) == {("exception", "1", "restored_by_person")}
    half = customer("a", "Ann", phone="2", emails=("old@example.com",))
    assert told(linked(ours, half, restored=back)) == {("exception", "1", "restored_by_person")}
    for agreed in (
        customer("a", "Ann", phone="2", emails=("new@example.com",)),
        customer("a", "Ann", phone="3", emails=("other@example.com",)),
    ):
        assert told(linked(ours, agreed, restored=back)) == set()


def test_5_a_field_that_was_given_back_flows_when_it_changes_in_quickbooks_again():
    ours, theirs = customer("1", "Ann", phone="9"), customer("a", "Ann", phone="1")
    made = linked(ours, theirs, phone="2", restored={"phone": "1"})
    assert told(made) == {("update", "1", "changed_in_quickbooks")}
    assert only(made, Action.UPDATE).changes == {"phone": ("1", "9")}
