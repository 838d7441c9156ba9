"""R2, R6, R7 and rules 2.1–2.4: who is whom, by exactly the same name."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.records import Entity, System
from include.sync.match import find_matches
from include.sync.matches import Outcome
from tests.sync.builders import customer, customer_link, state

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)


def outcomes(**sides):
    return {m.quickbooks_id: m.outcome for m in find_matches(state(**sides))}


def test_the_same_name_is_a_match():
    (match,) = find_matches(state(quickbooks=[customer("1", "Nick Brown")], syncta=[customer("a", "Nick Brown")]))
    assert (match.outcome, match.syncta_id) == (Outcome.EXACT, "a")


@pytest.mark.parametrize(
    "other",
    [
        "Brown, Nick",
        "Nick Brown ",
        " Nick Brown",
        "Nick  Brown",
        "Nick\u00a0Brown",
        "Nick Brown.",
        "nick brown",
        "NICK BROWN",
        "Níck Brown",
        "Nick Brown\u200b",
    ],
)
def test_a_name_that_differs_by_one_code_point_is_another_name(other):
    assert outcomes(quickbooks=[customer("1", "Nick Brown")], syncta=[customer("a", other)]) == {"1": Outcome.CREATE}


def test_composed_and_decomposed_accents_are_different_names():
    composed, decomposed = unicodedata.normalize("NFC", "José Núñez"), unicodedata.normalize("NFD", "José Núñez")
    assert outcomes(quickbooks=[customer("1", composed)], syncta=[customer("a", decomposed)]) == {"1": Outcome.CREATE}


@pytest.mark.parametrize(
    "name",
    [
        "O'Brien & Sons",
        'Joe "Ace" Smith',
        "C:\\Temp\\",
        "100% Water",
        "💧 Drop 👨‍👩‍👧",
        " leading",
        "trailing ",
        "two  spaces",
        "no\u00a0break",
        "x" * 500,
        "null",
        "nan",
        "NaN",
        "None",
        "0",
    ],
)
def test_unusual_names_are_matched_to_the_code_point(name):
    assert outcomes(quickbooks=[customer("1", name)], syncta=[customer("a", name)]) == {"1": Outcome.EXACT}


@given(st.lists(NAMES, unique=True, max_size=12), st.lists(NAMES, unique=True, max_size=12))
def test_matching_is_equality_of_names_and_nothing_else(ours, theirs):
    found = outcomes(
        quickbooks=[customer(str(n), name) for n, name in enumerate(ours)],
        syncta=[customer(f"s{n}", name) for n, name in enumerate(theirs)],
    )
    assert found == {str(n): Outcome.EXACT if name in theirs else Outcome.CREATE for n, name in enumerate(ours)}


def test_the_same_name_twice_in_syncta_is_held_not_guessed():
    """R6"""
    twice = [customer("a", "Ann Lee"), customer("b", "Ann Lee")]
    assert outcomes(quickbooks=[customer("1", "Ann Lee")], syncta=twice) == {"1": Outcome.AMBIGUOUS}


def test_an_inactive_namesake_is_no_candidate():
    twice = [customer("a", "Ann Lee"), customer("b", "Ann Lee", active=False)]
    assert outcomes(quickbooks=[customer("1", "Ann Lee")], syncta=twice) == {"1": Outcome.EXACT}


def test_a_link_outlives_a_rename_on_either_side():
    ours, theirs = customer("1", "New Name"), customer("a", "Another Name")
    assert outcomes(quickbooks=[ours], syncta=[theirs], links=[customer_link(ours, theirs, name="Old")]) == {
        "1": Outcome.LINKED
    }


def test_the_name_of_a_record_linked_elsewhere_is_not_taken():
    ours, theirs = customer("1", "Ann Lee"), customer("a", "Ann Lee ")
    renamed = customer("a", "Bob Ray")
    links = [customer_link(ours, theirs)]
    found = outcomes(quickbooks=[ours, customer("2", "Bob Ray")], syncta=[renamed], links=links)
    assert found["2"] is Outcome.NAME_LINKED_ELSEWHERE


def test_a_rename_in_quickbooks_frees_the_old_name_before_matching():
    renamed, old = customer("1", "Ann Lee-Ray"), customer("a", "Ann Lee")
    link = customer_link(renamed, old, name="Ann Lee")
    assert outcomes(quickbooks=[renamed, customer("2", "Ann Lee")], syncta=[old], links=[link])["2"] is Outcome.CREATE


def test_a_record_created_for_a_customer_is_found_by_its_external_id_though_renamed():
    created = customer("a", "Renamed since", external_id="1")
    (match,) = find_matches(state(quickbooks=[customer("1", "Ann Lee")], syncta=[created]))
    assert (match.outcome, match.syncta_id) == (Outcome.EXTERNAL_ID, "a")


def test_a_sub_customer_is_looked_for_among_the_children_of_its_parents_partner():
    quickbooks = [customer("1", "School"), customer("2", "Kitchen", parent_id="1")]
    syncta = [customer("a", "School"), customer("b", "Kitchen", parent_id="a")]
    assert outcomes(quickbooks=quickbooks, syncta=syncta) == {"1": Outcome.EXACT, "2": Outcome.EXACT}


def test_the_same_leaf_under_another_parent_is_held():
    quickbooks = [customer("1", "School"), customer("2", "Kitchen", parent_id="1")]
    syncta = [customer("a", "School"), customer("b", "Kitchen")]
    assert outcomes(quickbooks=quickbooks, syncta=syncta)["2"] is Outcome.OTHER_PARENT


def test_a_child_follows_a_parent_that_is_created_in_the_same_plan():
    quickbooks = [customer("2", "Kitchen", parent_id="1"), customer("1", "School")]
    matches = find_matches(state(quickbooks=quickbooks))
    assert [(m.quickbooks_id, m.outcome, m.level) for m in matches] == [
        ("1", Outcome.CREATE, 0),
        ("2", Outcome.CREATE, 1),
    ]


def test_a_child_of_a_held_parent_waits():
    quickbooks = [
        customer("1", "School"),
        customer("2", "Kitchen", parent_id="1"),
        customer("3", "Sink", parent_id="2"),
    ]
    found = outcomes(quickbooks=quickbooks, syncta=[customer("a", "School"), customer("b", "School")])
    assert found == {"1": Outcome.AMBIGUOUS, "2": Outcome.PARENT_NOT_LINKED, "3": Outcome.PARENT_NOT_LINKED}


def test_parents_that_form_a_loop_do_not_hang_the_match():
    loop = [customer("1", "A", parent_id="2"), customer("2", "B", parent_id="1")]
    assert set(outcomes(quickbooks=loop).values()) == {Outcome.PARENT_NOT_LINKED}


def test_inactive_customers_are_never_created_and_projects_only_by_setting():
    """R8"""
    quickbooks = [customer("1", "Gone (deleted)", active=False), customer("2", "Project", is_project=True)]
    assert outcomes(quickbooks=quickbooks) == {"1": Outcome.INACTIVE, "2": Outcome.EXCLUDED}
    assert outcomes(quickbooks=quickbooks, include_projects=True)["2"] is Outcome.CREATE


GONE = [(System.SYNCTA, Entity.CUSTOMER, "a")]


def test_a_deleted_partner_is_replaced_by_its_one_namesake():
    ours = customer("1", "Ann Lee")
    link = customer_link(ours, customer("a", "Ann Lee"))
    (match,) = find_matches(state(quickbooks=[ours], syncta=[customer("b", "Ann Lee")], links=[link], deleted=GONE))
    assert (match.outcome, match.syncta_id) == (Outcome.RELINK, "b")


@pytest.mark.parametrize("left", [[], [customer("b", "Ann Lee"), customer("c", "Ann Lee")]])
def test_a_deleted_partner_is_never_created_again_by_itself(left):
    ours = customer("1", "Ann Lee")
    link = customer_link(ours, customer("a", "Ann Lee"))
    (match,) = find_matches(state(quickbooks=[ours], syncta=left, links=[link], deleted=GONE))
    assert match.outcome is Outcome.GONE
