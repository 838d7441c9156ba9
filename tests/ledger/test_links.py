from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from include.ledger import links
from include.ledger.database import Ledger
from include.ledger.links import AlreadyLinked, Link
from include.ledger.tables import overwritten
from include.records import Entity, Scope
from tests.hostile_names import HOSTILE_NAMES
from tests.ledger.samples import OTHERS, SCOPE, link


def add(ledger: Ledger, *made: Link, scope: Scope = SCOPE) -> None:
    with ledger.writing() as conn:
        for one in made:
            links.add(conn, scope, one)


def live(ledger: Ledger, entity: Entity = Entity.CUSTOMER, scope: Scope = SCOPE) -> list[Link]:
    with ledger.reading() as conn:
        return links.live(conn, scope, entity)


def test_a_link_comes_back_as_it_was_made(ledger: Ledger) -> None:
    made = link(applied={"name": "Lake House", "emails": ["a@example.com"], "address": None})
    add(ledger, made)
    assert live(ledger) == [made]


def test_links_come_oldest_first(ledger: Ledger) -> None:
    made = [link("9", "s1"), link("10", "s3"), link("1", "s2")]
    add(ledger, *made)
    assert live(ledger) == made


def test_making_the_same_link_twice_is_making_it_once(ledger: Ledger) -> None:
    add(ledger, link(run_id="run_1"), link(run_id="run_2"))
    assert [one.run_id for one in live(ledger)] == ["run_1"]


@pytest.mark.parametrize("other", [link("1", "s2"), link("2", "s1")])
def test_a_record_has_one_live_link_at_most_on_either_side(ledger: Ledger, other: Link) -> None:
    add(ledger, link("1", "s1"))
    with pytest.raises(AlreadyLinked):
        add(ledger, other)
    assert live(ledger) == [link("1", "s1")]


def test_a_link_that_is_refused_spoils_nothing_else_in_its_transaction(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        links.add(conn, SCOPE, link("1", "s1"))
        with pytest.raises(AlreadyLinked):
            links.add(conn, SCOPE, link("1", "s2"))
        links.add(conn, SCOPE, link("2", "s2"))
    assert [one.quickbooks_id for one in live(ledger)] == ["1", "2"]


def test_the_refusal_names_nobody(ledger: Ledger) -> None:
    add(ledger, link("1", "s1"))
    with pytest.raises(AlreadyLinked) as refused:
        add(ledger, link("1", "s2", applied={"name": "Lake House"}))
    assert "Lake House" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_customers_and_invoices_with_the_same_ids_are_linked_apart(ledger: Ledger) -> None:
    add(ledger, link("1", "s1"), link("1", "s2", entity=Entity.INVOICE))
    assert len(live(ledger)) == len(live(ledger, Entity.INVOICE)) == 1


def test_an_ended_link_frees_both_records(ledger: Ledger) -> None:
    add(ledger, link("1", "s1"))
    with ledger.writing() as conn:
        links.end(conn, SCOPE, Entity.CUSTOMER, "1", "deleted in Syncta")
    assert live(ledger) == []
    add(ledger, link("1", "s2"), link("2", "s1"))
    assert [(one.quickbooks_id, one.syncta_id) for one in live(ledger)] == [("1", "s2"), ("2", "s1")]


def test_what_was_applied_is_replaced_whole(ledger: Ledger) -> None:
    add(ledger, link(applied={"phone": "1", "name": "a"}))
    with ledger.writing() as conn:
        links.set_applied(conn, SCOPE, Entity.CUSTOMER, "1", {"name": "b"}, "run_2")
    assert live(ledger) == [link(applied={"name": "b"}, run_id="run_2")]


def test_values_applied_survive_code_point_by_code_point(ledger: Ledger) -> None:
    add(ledger, link(applied={"names": HOSTILE_NAMES}))
    assert live(ledger)[0].applied == {"names": HOSTILE_NAMES}


def test_companies_do_not_see_each_others_links(ledger: Ledger) -> None:
    add(ledger, link())
    for scope in OTHERS:
        assert live(ledger, scope=scope) == []
        add(ledger, replace(link(), syncta_id="other"), scope=scope)
    with ledger.writing() as conn:
        links.end(conn, OTHERS[0], Entity.CUSTOMER, "1", "")
        links.set_applied(conn, OTHERS[1], Entity.CUSTOMER, "1", {"phone": "2"}, "run_9")
    assert live(ledger) == [link()]


def test_a_value_the_sync_replaced_is_kept_with_the_run_that_did_it(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        links.overwritten(conn, SCOPE, "run_1", Entity.CUSTOMER, "s1", "emails", ["old@example.com"], [])
        links.overwritten(conn, SCOPE, "run_1", Entity.CUSTOMER, "s1", "address", None, {"city": "Reno"})
        kept = conn.execute(select(overwritten.c.run_id, overwritten.c.field, overwritten.c.old, overwritten.c.new))
        assert sorted(tuple(row) for row in kept) == [
            ("run_1", "address", None, {"city": "Reno"}),
            ("run_1", "emails", ["old@example.com"], []),
        ]
