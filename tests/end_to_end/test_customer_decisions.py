"""Decisions about customers from outside, over HTTP: the famous pair mended, merges, gone records (rules 2, 8)."""

from __future__ import annotations

from decimal import Decimal

from include.sandbox.quickbooks.catalog.company import merge_customers
from tests.end_to_end.people import People


def quickbooks_id(people: People) -> str:
    """Brown, Nick."""
    return str(people.company.quickbooks_all("Customer")[0]["Id"])


def test_8_1_same_keep_nick_brown_moves_the_link_and_both_invoices_go_out_once(seed: People) -> None:
    nick = seed.named("Nick Brown")["id"]
    for number in ("2001", "2002"):
        seed.bill(number, nick)
    assert seed.first_sync() == {"customer.create": 1}
    copy = seed.named("Brown, Nick")["id"]
    assert seed.told("hold") == {"customer_not_in_quickbooks": {"2001", "2002"}}
    assert {one.amount for one in seed.company.findings() if one.kind == "hold"} == {Decimal("75.00")}
    seed.decide("link-customer", "Brown, Nick", "Nick Brown", note="same, keep Nick Brown")
    assert seed.sync() == {"Invoice.create": 2}
    assert seed.links() == {quickbooks_id(seed): (nick, "decision")}
    assert (seed.told("hold"), seed.told("exception")) == ({}, {"left_behind": {"Brown, Nick"}})
    assert [seed.sync(), seed.first_sync(), seed.sync()] == [{}, {}, {}]
    assert set(seed.pushed()) == {"2001", "2002"}
    assert seed.names() == ["Brown, Nick", "Nick Brown"], "neither name flows, nothing is deleted"
    seed.delete("customer", copy)
    assert seed.sync() == {}
    assert (seed.told("exception"), seed.company.duplicates()) == ({}, [])


def test_8_1_the_name_flows_only_once_it_changes_in_quickbooks(seed: People) -> None:
    """Rules 2.5."""
    seed.first_sync()
    seed.delete("customer", seed.named("Brown, Nick")["id"])
    seed.sync()
    seed.decide("link-customer", "Brown, Nick", "Nick Brown")
    assert (seed.sync(), seed.names()) == ({}, ["Nick Brown"])
    seed.change_customer(quickbooks_id(seed), DisplayName="Brown, Nicholas")
    assert (seed.sync(), seed.names()) == ({"customer.update": 1}, ["Brown, Nicholas"])


def test_8_2_the_linked_record_deleted_in_syncta_and_the_original_linked_instead(seed: People) -> None:
    nick = seed.named("Nick Brown")["id"]
    seed.bill("2001", nick)
    seed.first_sync()
    seed.delete("customer", seed.named("Brown, Nick")["id"])
    assert seed.sync() == {}
    assert seed.told("hold")["linked_record_gone"] == {"Brown, Nick"}
    seed.decide("link-customer", "Brown, Nick", "Nick Brown")
    assert seed.sync() == {"Invoice.create": 1}
    assert (seed.links()[quickbooks_id(seed)], seed.told("hold")) == ((nick, "decision"), {})
    assert seed.sync() == {}


def test_8_2_renamed_in_quickbooks_and_the_link_moved_to_the_one_that_bears_the_name(seed: People) -> None:
    """Rules 2.3: the first of three ways out."""
    nick = seed.named("Nick Brown")["id"]
    seed.bill("2001", nick)
    seed.first_sync()
    seed.change_customer(quickbooks_id(seed), DisplayName="Nick Brown")
    assert seed.sync() == {}
    assert seed.told("hold")["rename_meets_existing"] == {"Nick Brown"}
    seed.decide("link-customer", quickbooks_id(seed), nick)
    assert seed.sync() == {"Invoice.create": 1}
    assert (seed.told("hold"), seed.told()) == ({}, {"left_behind": {"Brown, Nick"}})
    assert seed.sync() == {}


def test_2_3_kept_by_decision_the_old_name_stays_and_is_not_asked_about_again(seed: People) -> None:
    seed.first_sync()
    seed.change_customer(quickbooks_id(seed), DisplayName="Nick Brown", PrimaryPhone={"FreeFormNumber": "530-555-0100"})
    seed.sync()
    seed.decide("accept", quickbooks_id(seed), reason="rename_meets_existing", note="Two people.")
    assert seed.sync() == {}
    assert (seed.told("hold"), seed.names()) == ({}, ["Brown, Nick", "Nick Brown"])
    assert seed.named("Brown, Nick")["phone"] == "530-555-0100", "everything else flows"


def test_2_7_created_again_by_decision_is_created_once(people: People) -> None:
    ours = people.quickbooks_customer("Ann Lee")
    people.first_sync()
    people.delete("customer", people.named("Ann Lee")["id"])
    assert people.sync() == {}
    people.decide("create-again", "Ann Lee")
    assert [people.sync(), people.sync()] == [{"customer.create": 1}, {}]
    assert (people.names(), people.links()[ours][0]) == (["Ann Lee"], people.named("Ann Lee")["id"])
    people.delete("customer", people.named("Ann Lee")["id"])
    assert people.sync() == {}, "one decision is good for one creation"
    assert people.told("hold") == {"linked_record_gone": {"Ann Lee"}}


def test_2_8_unlinked_and_created_again_although_the_old_one_bears_the_name(people: People) -> None:
    ann = people.both("Ann Lee")
    people.first_sync()
    people.decide("unlink-customer", ann.quickbooks)
    assert (people.sync(), people.told("hold")) == ({}, {"unlinked_by_person": {"Ann Lee"}})
    people.decide("create-again", ann.quickbooks)
    assert [people.sync(), people.sync()] == [{"customer.create": 1}, {}]
    assert people.names() == ["Ann Lee", "Ann Lee"]
    assert people.links()[ann.quickbooks][0] != ann.syncta


def test_2_6_after_a_merge_new_invoices_wait_and_go_to_the_survivor_by_decision(people: People) -> None:
    loser, winner = people.both("Ann Leigh"), people.both("Ann Lee")
    people.bill("1001", loser.syncta)
    people.first_sync()
    merge_customers(people.books, loser.quickbooks, winner.quickbooks)
    people.bill("1002", loser.syncta)
    assert people.sync() == {}
    assert people.told("hold") == {"customer_merged": {"1002"}}
    people.decide("bill-to", loser.syncta, winner.quickbooks)
    assert people.sync() == {"Invoice.create": 1}
    assert people.pushed()["1002"]["CustomerRef"]["value"] == winner.quickbooks
    assert people.told() == {"customer_merged": {"Ann Leigh (deleted)"}}
    assert (people.sync(), people.told("hold")) == ({}, {})


def test_2_8_several_customers_are_billed_to_one(people: People) -> None:
    main = people.both("Main Office")
    branches = [people.syncta_customer(f"Branch {number}") for number in (1, 2)]
    for number, branch in enumerate(branches):
        people.bill(f"100{number}", branch)
    people.first_sync()
    for branch in branches:
        people.decide("bill-to", branch, main.quickbooks)
    assert people.sync() == {"Invoice.create": 2}
    assert {one["CustomerRef"]["value"] for one in people.pushed().values()} == {main.quickbooks}
    assert people.names() == ["Branch 1", "Branch 2", "Main Office"]
    assert (people.sync(), people.told(), people.told("hold")) == ({}, {}, {})


def test_1_4_an_excluded_customer_stays_out_for_good(people: People) -> None:
    people.quickbooks_customer("Walk-in")
    people.first_sync(dry_run=True)
    people.decide("exclude", "Walk-in")
    assert [people.first_sync(), people.sync(), people.first_sync()] == [{}, {}, {}]
    assert (people.names(), people.told("hold")) == ([], {})


def test_2_8_a_creation_that_was_undone_waits_until_somebody_says_who_it_is(seed: People) -> None:
    """Rules 5: the copy is taken back, and Brown, Nick linked to Nick Brown instead."""
    nick = seed.named("Nick Brown")["id"]
    seed.bill("2001", nick)
    seed.first_sync()
    seed.company.undo(seed.company.last_run_id)
    assert [seed.sync(), seed.sync()] == [{}, {}]
    assert (seed.names(), seed.told("hold")["undone_by_person"]) == (["Nick Brown"], {"Brown, Nick"})
    seed.decide("link-customer", "Brown, Nick", "Nick Brown")
    assert [seed.sync(), seed.sync()] == [{"Invoice.create": 1}, {}]
    assert (seed.links()[quickbooks_id(seed)], seed.told("hold")) == ((nick, "decision"), {})


def test_2_8_a_creation_that_was_undone_is_made_again_by_decision_once(seed: People) -> None:
    seed.first_sync()
    seed.company.undo(seed.company.last_run_id)
    seed.decide("create-again", "Brown, Nick")
    assert [seed.sync(), seed.sync()] == [{"customer.create": 1}, {}]
    assert seed.names() == ["Brown, Nick", "Nick Brown"]
