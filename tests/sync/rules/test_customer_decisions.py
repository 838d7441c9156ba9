"""Rules 2.1–2.8 and 1.4: decisions of people about customers are inputs of the plan, which does what they say."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.ledger.decisions import Decision
from include.records import Entity, System
from include.sync.match import find_matches
from include.sync.matches import PAIRED
from include.sync.plan import plan_of
from include.sync.rows import Action, Plan
from include.sync.rules.renames import name_facts
from tests.sync.builders import (
    customer,
    customer_link,
    decide,
    invoice_link,
    only,
    plan,
    quickbooks_invoice,
    state,
    syncta_invoice,
    told,
)

QB, SY = System.QUICKBOOKS, System.SYNCTA
NICK, BROWN = customer("a", "Nick Brown"), customer("1", "Brown, Nick")
CREATED = customer("b", "Brown, Nick", external_id="1")


def about(verb: str, record_id: str, target_id: str = "", **more: Any) -> Decision:
    return decide(verb, Entity.CUSTOMER, QB, record_id, target_id, **more)


def pair(*decided: Decision, **sides: Any) -> Plan:
    """After the first sync: Brown, Nick is linked to its copy, two invoices of Nick Brown wait."""
    known: dict[str, Any] = {
        "quickbooks": [BROWN],
        "syncta": [NICK, CREATED],
        "syncta_invoices": [syncta_invoice("i", "a"), syncta_invoice("j", "a")],
        "links": [customer_link(BROWN, CREATED)],
    }
    return plan(state(**{**known, **sides}, decided=decided))


def links_of(of: Plan) -> set[tuple[str, str]]:
    return {(row.source_id, row.target_id) for row in of.with_action(Action.LINK)}


def test_2_8_a_decided_link_moves_the_link_and_lets_the_invoices_go_in_the_same_plan() -> None:
    made = pair(about("link", "1", "a"))
    unlinked = only(made, Action.UNLINK)
    assert (unlinked.target_id, unlinked.payload["syncta_id"]) == ("b", "b")
    assert (only(made, Action.LINK).target_id, only(made, Action.LINK).reason) == ("a", "decision")
    assert [row.payload["customer_id"] for row in made.with_action(Action.PUSH)] == ["1", "1"]
    assert not made.with_action(Action.HOLD)


def test_2_8_the_copy_that_is_left_behind_is_told_and_its_invoices_wait() -> None:
    made = pair(about("link", "1", "a"), syncta_invoices=[syncta_invoice("k", "b")])
    assert {("exception", "b", "left_behind"), ("hold", "k", "customer_not_in_quickbooks")} <= told(made)


def test_1_4_the_copy_is_in_one_bucket_of_the_first_plan() -> None:
    here = state(quickbooks=[BROWN], syncta=[NICK, CREATED], links=[customer_link(BROWN, NICK)])
    made = plan_of(here, find_matches(here), with_untouched=True)
    assert [row.action for row in made.rows if (row.source, row.source_id) == (SY, "b")] == [Action.EXCEPTION]


def test_2_8_the_copy_is_never_linked_again_by_its_external_id_nor_by_its_name() -> None:
    made = plan(state(quickbooks=[BROWN], syncta=[NICK, CREATED], parted=[("1", "b")]))
    assert ("hold", "1", "unlinked_by_person") in told(made)
    assert not made.with_action(Action.LINK, Action.CREATE)


def test_2_8_a_decision_that_was_carried_out_changes_nothing_more() -> None:
    made = pair(about("link", "1", "a"), links=[customer_link(BROWN, NICK)], syncta_invoices=[])
    assert told(made) == {("exception", "b", "left_behind"), ("flag", "1", "reversed_name")}


def test_2_5_after_a_link_between_different_names_the_name_flows_only_on_a_later_change() -> None:
    first = only(pair(about("link", "1", "a")), Action.LINK)
    assert first.payload["applied"]["name"] == "Brown, Nick"
    assert first.changes["name"] == ("Nick Brown", "Brown, Nick")
    quiet = pair(about("link", "1", "a"), links=[customer_link(BROWN, NICK)], syncta=[NICK])
    assert not quiet.with_action(Action.UPDATE, Action.HOLD)
    renamed = customer("1", "Brown, Nicholas")
    later = pair(quickbooks=[renamed], links=[customer_link(renamed, NICK, name="Brown, Nick")], syncta=[NICK])
    assert only(later, Action.UPDATE).changes == {"name": ("Nick Brown", "Brown, Nicholas")}


def test_2_5_a_first_link_after_another_one_has_a_key_of_its_own() -> None:
    """The blanks of one partner were filled before; the other's are another write."""
    ours = customer("1", "Brown, Nick", phone="1")
    keys = set()
    for partner in ("a", "b"):
        made = pair(about("link", "1", partner), quickbooks=[ours], links=[])
        keys.add(only(made, Action.UPDATE).key)
    assert len(keys) == 2


def test_2_8_a_record_linked_to_somebody_else_is_not_taken_without_a_decision_about_both() -> None:
    other = customer("2", "Other")
    sides = {"quickbooks": [BROWN, other], "links": [customer_link(BROWN, CREATED), customer_link(other, NICK)]}
    alone = pair(about("link", "1", "a"), **sides)
    assert ("hold", "1", "target_linked_elsewhere") in told(alone)
    assert not alone.with_action(Action.LINK, Action.UNLINK)
    both = pair(about("link", "1", "a"), about("unlink", "2", "a"), **sides)
    assert ("hold", "2", "unlinked_by_person") in told(both), "held, not created again"
    assert links_of(both) == {("1", "a")}
    assert {(row.source_id, row.target_id) for row in both.with_action(Action.UNLINK)} == {("1", "b"), ("2", "a")}


def test_2_8_of_two_that_chose_the_same_record_the_later_decision_counts() -> None:
    sides = {"quickbooks": [BROWN, customer("2", "Other")], "links": [], "syncta": [NICK]}
    made = pair(about("link", "2", "a"), about("link", "1", "a"), **sides)
    assert len(links_of(made)) == 1
    assert ("hold", "1" if links_of(made) == {("2", "a")} else "2", "target_linked_elsewhere") in told(made)


def test_2_8_two_customers_may_swap_their_partners() -> None:
    other, hers = customer("2", "Other"), customer("c", "Other")
    sides = {
        "quickbooks": [BROWN, other],
        "syncta": [NICK, hers],
        "links": [customer_link(BROWN, NICK), customer_link(other, hers)],
    }
    made = pair(about("link", "1", "c"), about("link", "2", "a"), **sides)
    assert links_of(made) == {("1", "c"), ("2", "a")}
    assert len(made.with_action(Action.UNLINK)) == 2


def test_2_8_an_unlinked_customer_waits_and_its_invoices_with_it() -> None:
    made = pair(about("unlink", "1", "b"), syncta_invoices=[syncta_invoice("k", "b")])
    assert {("unlink", "1", "decision"), ("hold", "1", "unlinked_by_person")} <= told(made)
    assert ("hold", "k", "customer_not_in_quickbooks") in told(made)
    after = pair(about("unlink", "1", "b"), links=[], parted=[("1", "b")], syncta_invoices=[])
    assert told(after) == {("hold", "1", "unlinked_by_person"), ("flag", "1", "reversed_name"), *flags(after)}


def flags(of: Plan) -> set[tuple[str, str, str]]:
    return told(of.with_action(Action.FLAG))


def test_2_8_an_unlink_of_another_partner_ends_nothing() -> None:
    assert not pair(about("unlink", "1", "z")).with_action(Action.UNLINK)


GONE = {"syncta": [NICK], "deleted": [(SY, Entity.CUSTOMER, "b")], "syncta_invoices": []}


def test_2_7_a_gone_partner_is_created_again_by_decision_only_and_under_a_key_of_its_own() -> None:
    assert ("hold", "1", "linked_record_gone") in told(pair(**GONE))
    first = only(plan(state(quickbooks=[BROWN])), Action.CREATE)
    again = pair(about("create_again", "1", "b"), **GONE)
    assert only(again, Action.CREATE).key != first.key
    assert only(again, Action.UNLINK).target_id == "b"
    assert not again.with_action(Action.HOLD)


def test_2_7_created_again_and_deleted_again_is_held_again() -> None:
    new = customer("n", "Brown, Nick", external_id="1")
    sides = {**GONE, "deleted": [(SY, Entity.CUSTOMER, one) for one in "bn"], "links": [customer_link(BROWN, new)]}
    made = pair(about("create_again", "1", "b"), **sides)
    assert ("hold", "1", "linked_record_gone") in told(made)
    assert not made.with_action(Action.CREATE)


def test_2_7_the_one_namesake_left_is_linked_rather_than_another_created() -> None:
    sides = {**GONE, "syncta": [NICK, customer("c", "Brown, Nick")]}
    assert links_of(pair(about("create_again", "1", "b"), **sides)) == {("1", "c")}


def test_2_7_a_chosen_record_that_was_deleted_before_it_was_linked_is_not_replaced_by_a_new_one() -> None:
    made = pair(about("link", "1", "z"), links=[], syncta=[NICK], syncta_invoices=[])
    assert ("hold", "1", "linked_record_gone") in told(made)
    assert not made.with_action(Action.CREATE)


@pytest.mark.parametrize("links", [[], [customer_link(BROWN, CREATED)]], ids=["new", "gone"])
def test_2_8_never_create_is_quiet_for_good(links: list[Any]) -> None:
    made = pair(about("never_create", "1"), **{**GONE, "links": links})
    assert told(made) - flags(made) == {("skip", "1", "never_create")}


def test_2_8_never_create_still_links_an_exact_namesake() -> None:
    made = plan(state(quickbooks=[BROWN], syncta=[customer("c", "Brown, Nick")], decided=[about("never_create", "1")]))
    assert links_of(made) == {("1", "c")}


def test_1_4_an_excluded_customer_is_neither_linked_nor_created() -> None:
    made = plan(state(quickbooks=[BROWN], syncta=[customer("c", "Brown, Nick")], decided=[about("exclude", "1")]))
    assert told(made) == {("skip", "1", "customer_excluded")}


def test_undone_by_person_waits() -> None:
    made = pair(about("undone", "1", "b"), links=[], parted=[("1", "b")], syncta=[NICK], syncta_invoices=[])
    assert ("hold", "1", "undone_by_person") in told(made)
    assert not made.with_action(Action.CREATE)


def test_2_8_several_customers_are_billed_to_one_and_each_keeps_its_own_link() -> None:
    main, her, branch = customer("2", "Main"), customer("m", "Main"), customer("c", "Branch")
    made = plan(
        state(
            quickbooks=[BROWN, main],
            syncta=[NICK, her, branch],
            links=[customer_link(BROWN, NICK), customer_link(main, her)],
            syncta_invoices=[syncta_invoice("i", "a"), syncta_invoice("k", "c", "80.00")],
            decided=[decide("bill_to", Entity.CUSTOMER, SY, one, "2") for one in ("a", "c")],
        )
    )
    assert {row.source_id: row.payload["customer_id"] for row in made.with_action(Action.PUSH)} == {"i": "2", "k": "2"}
    assert not made.with_action(Action.UPDATE, Action.LINK, Action.EXCEPTION)


@pytest.mark.parametrize("billed", ["1", "2"])
def test_2_8_an_invoice_sent_before_or_after_a_bill_to_decision_does_not_differ(billed: str) -> None:
    main = customer("2", "Main")
    sent, ours = quickbooks_invoice("50", billed), syncta_invoice("i", "a")
    made = plan(
        state(
            quickbooks=[BROWN, main],
            syncta=[NICK, customer("m", "Main")],
            links=[customer_link(BROWN, NICK), customer_link(main, customer("m", "Main")), invoice_link(sent, ours)],
            quickbooks_invoices=[sent],
            syncta_invoices=[ours],
            decided=[decide("bill_to", Entity.CUSTOMER, SY, "a", "2")],
        )
    )
    assert not made.with_action(Action.EXCEPTION)


def test_2_8_without_the_decision_the_same_invoice_differs() -> None:
    main, her = customer("2", "Main"), customer("m", "Main")
    sent, ours = quickbooks_invoice("50", "2"), syncta_invoice("i", "a")
    links = [customer_link(BROWN, NICK), customer_link(main, her), invoice_link(sent, ours)]
    sides = {"quickbooks": [BROWN, main], "syncta": [NICK, her], "links": links}
    made = plan(state(**sides, quickbooks_invoices=[sent], syncta_invoices=[ours]))
    assert ("exception", "i", "customer_differs") in told(made)


def test_2_6_a_new_invoice_of_a_merged_customer_waits_and_goes_to_the_survivor_by_decision() -> None:
    loser, survivor = customer("1", "Ann (deleted)", active=False), customer("2", "Ann Lee")
    moved, old, new = quickbooks_invoice("50", "2"), syncta_invoice("i", "a"), syncta_invoice("j", "a", "80.00")
    sides: dict[str, Any] = {
        "quickbooks": [loser, survivor],
        "syncta": [customer("a", "Ann"), customer("b", "Ann Lee")],
        "quickbooks_invoices": [moved],
        "syncta_invoices": [old, new],
        "links": [
            customer_link(loser, customer("a", "Ann")),
            customer_link(survivor, customer("b", "Ann Lee")),
            invoice_link(moved, old, customer_id="1"),
        ],
    }
    held = plan(state(**sides))
    assert {("hold", "j", "customer_merged"), ("exception", "1", "customer_merged")} <= told(held)
    assert ("exception", "i", "customer_differs") not in told(held)
    billed = plan(state(**sides, decided=[decide("bill_to", Entity.CUSTOMER, SY, "a", "2")]))
    assert only(billed, Action.PUSH).payload["customer_id"] == "2"


def test_2_6_an_inactive_customer_without_a_survivor_is_not_called_merged() -> None:
    ours = customer("1", "Ann (deleted)", active=False)
    links = [customer_link(ours, NICK)]
    made = plan(state(quickbooks=[ours], syncta=[NICK], syncta_invoices=[syncta_invoice("i", "a")], links=links))
    assert told(made) == {("exception", "1", "customer_inactive"), ("hold", "i", "customer_inactive")}


def renamed(*decided: Decision, name: str = "Ann Ray", others: tuple[Any, ...] = (customer("b", "Ann Ray"),)) -> Plan:
    ours, theirs = customer("1", name), customer("a", "Ann Lee")
    links = [customer_link(ours, theirs, name="Ann Lee")]
    return plan(state(quickbooks=[ours], syncta=[theirs, *others], links=links, decided=decided))


def test_2_3_a_rename_that_meets_an_existing_name_has_three_ways_out() -> None:
    assert ("hold", "1", "rename_meets_existing") in told(renamed())
    kept = about("accept", "1", reason="rename_meets_existing", **name_facts("Ann Ray"))
    assert told(renamed(kept)) == set(), "keep the old name"
    moved = renamed(about("link", "1", "b"))
    assert links_of(moved) == {("1", "b")}
    assert not moved.with_action(Action.HOLD, Action.UPDATE)
    assert only(renamed(others=()), Action.UPDATE).payload["name"] == "Ann Ray", "the other one was renamed"


def test_2_3_a_kept_name_is_asked_about_again_when_quickbooks_changes_it_once_more() -> None:
    kept = about("accept", "1", reason="rename_meets_existing", **name_facts("Ann Ray"))
    again = renamed(kept, name="Ann Fox", others=(customer("b", "Ann Fox"),))
    assert ("hold", "1", "rename_meets_existing") in told(again)
    assert only(renamed(kept, name="Ann Fox", others=()), Action.UPDATE).payload["name"] == "Ann Fox"


def test_2_3_the_accepted_name_is_not_kept_in_plain_words() -> None:
    assert "Ann" not in str(name_facts("Ann Ray"))


def test_2_3_two_customers_that_swap_their_names_flow_at_once() -> None:
    one, two = customer("1", "B"), customer("2", "A")
    theirs = [customer("a", "A"), customer("b", "B")]
    links = [customer_link(one, theirs[0], name="A"), customer_link(two, theirs[1], name="B")]
    made = plan(state(quickbooks=[one, two], syncta=theirs, links=links))
    assert {(row.target_id, row.payload["name"]) for row in made.with_action(Action.UPDATE)} == {("a", "B"), ("b", "A")}


def test_2_3_a_held_rename_frees_no_name() -> None:
    """The old name is still borne in Syncta: no second record of it is created."""
    ours, theirs = customer("1", "Ann Ray"), customer("a", "Ann Lee")
    links = [customer_link(ours, theirs, name="Ann Lee")]
    sides = {"quickbooks": [ours, customer("2", "Ann Lee")], "syncta": [theirs, customer("b", "Ann Ray")]}
    made = plan(state(**sides, links=links))
    assert {("hold", "1", "rename_meets_existing"), ("hold", "2", "name_linked_elsewhere")} <= told(made)


def test_2_3_across_a_link_that_ends_no_name_flows_and_the_record_is_free_under_its_own() -> None:
    ours, theirs = customer("1", "Ann Ray"), customer("a", "Ann Lee")
    links = [customer_link(ours, theirs, name="Ann Lee")]
    sides = {"quickbooks": [ours, customer("2", "Ann Lee")], "syncta": [theirs], "links": links}
    made = plan(state(**sides, decided=[about("unlink", "1", "a")]))
    assert links_of(made) == {("2", "a")}
    assert not made.with_action(Action.CREATE, Action.UPDATE)


def test_2_2_inactive_namesakes_are_counted_in_the_text_and_are_no_candidates() -> None:
    twice = [customer("a", "Ann"), customer("b", "Ann"), customer("c", "Ann", active=False)]
    (held,) = plan(state(quickbooks=[customer("1", "Ann")], syncta=twice)).with_action(Action.HOLD)
    assert (held.reason, "no candidates: 1" in held.text, "Ann" in held.text) == ("ambiguous_name", True, False)
    created = only(plan(state(quickbooks=[customer("1", "Ann")], syncta=twice[2:])), Action.CREATE)
    assert "no candidates: 1" in created.text


def test_2_8_an_accepted_hold_is_quiet() -> None:
    twice = [customer("a", "Ann"), customer("b", "Ann")]
    accepted = about("accept", "1", reason="ambiguous_name", amount=None)
    made = plan(state(quickbooks=[customer("1", "Ann")], syncta=twice, decided=[accepted]))
    assert told(made) == {("skip", "1", "accepted")}


def test_an_accepted_likely_duplicate_is_created_though_the_settings_hold_it() -> None:
    accepted = about("accept", "1", reason="likely_duplicate", amount=None)
    sides = {"quickbooks": [BROWN], "syncta": [NICK], "hold_likely_duplicates": True}
    assert not plan(state(**sides)).with_action(Action.CREATE)
    assert only(plan(state(**sides, decided=[accepted])), Action.CREATE).source_id == "1"


def test_2_7_created_again_by_decision_is_not_held_as_a_likely_duplicate() -> None:
    made = pair(about("create_again", "1", "b"), **GONE, hold_likely_duplicates=True)
    assert only(made, Action.CREATE).source_id == "1"
    assert not made.with_action(Action.HOLD)


def test_a_child_waits_for_its_parent_also_when_it_is_created_again() -> None:
    parent, child = customer("1", "Twice"), customer("2", "Child", parent_id="1")
    twice = [customer("a", "Twice"), customer("b", "Twice")]
    gone = {"links": [customer_link(child, customer("c", "Child"))], "deleted": [(SY, Entity.CUSTOMER, "c")]}
    made = plan(state(quickbooks=[parent, child], syncta=twice, decided=[about("create_again", "2", "c")], **gone))
    assert ("hold", "2", "parent_not_linked") in told(made)
    assert not made.with_action(Action.CREATE, Action.UNLINK)


NAMES = ["Ann", "Bob", "Cid"]
VERBS = ["link", "unlink", "create_again", "never_create", "exclude"]
DECIDED = st.lists(st.tuples(st.sampled_from(VERBS), st.sampled_from("123"), st.sampled_from("abcdz")), max_size=6)
LINKS = st.lists(
    st.sampled_from(list(itertools.product("123", "abcd"))), max_size=3, unique_by=(lambda k: k[0], lambda k: k[1])
)


@settings(deadline=None, max_examples=60)
@given(
    ours=st.permutations(NAMES),
    theirs=st.lists(st.sampled_from(NAMES), min_size=4, max_size=4),
    links=LINKS,
    decided=DECIDED,
    order=st.randoms(use_true_random=False),
)
def test_whatever_is_decided_links_stay_one_to_one_and_order_does_not_matter(
    ours, theirs, links, decided, order
) -> None:
    quickbooks = [customer(str(n + 1), name) for n, name in enumerate(ours)]
    syncta = [customer(id, name) for id, name in zip("abcd", theirs, strict=True)]
    by_id = {one.id: one for one in (*quickbooks, *syncta)}
    made = [about(verb, record, target) for verb, record, target in decided]
    sides = {"links": [customer_link(by_id[q], by_id[s]) for q, s in links], "decided": made}
    here = state(quickbooks=quickbooks, syncta=syncta, **sides)
    matches = find_matches(here)
    paired = [match.syncta_id for match in matches if match.outcome in PAIRED]
    assert len(paired) == len(set(paired))
    assert [match.quickbooks_id for match in sorted(matches, key=lambda m: m.quickbooks_id)] == ["1", "2", "3"]
    ended = {(row.source_id, row.target_id) for row in plan(here).with_action(Action.UNLINK)}
    assert ended <= set(links), "only what is linked is unlinked"
    assert all(any(one.record_id == q or one.target_id == s for one in made) for q, s in ended)
    order.shuffle(quickbooks)
    order.shuffle(syncta)
    assert plan(state(quickbooks=quickbooks, syncta=syncta, **sides)).digest == plan(here).digest


def test_2_8_a_link_that_another_run_made_after_the_matching_is_not_ended() -> None:
    before = state(quickbooks=[BROWN], syncta=[])
    after = state(quickbooks=[BROWN], syncta=[CREATED], links=[customer_link(BROWN, CREATED)])
    made = plan_of(after, find_matches(before))
    assert not made.with_action(Action.UNLINK)
