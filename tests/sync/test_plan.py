"""Protocol 1.1, 1.5: the plan as a whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from include.sync.match import find_matches
from include.sync.plan import plan_of
from include.sync.rows import Action, PlanRow
from tests.sync.builders import customer, customer_link, plan, state, syncta_invoice

NAMES = ["Ann Lee", "Lee, Ann", "Bob Ray", "Bob Ray ", "Cy Doe"]
CUSTOMERS = st.lists(st.sampled_from(NAMES), max_size=5)


def books_of(ours, theirs, amounts):
    quickbooks = [customer(str(n), name) for n, name in enumerate(dict.fromkeys(ours))]
    syncta = [customer(f"s{n}", name) for n, name in enumerate(theirs)]
    invoices = [syncta_invoice(f"i{n}", f"s{n % max(len(theirs), 1)}", str(amount)) for n, amount in enumerate(amounts)]
    return quickbooks, syncta, invoices


@given(CUSTOMERS, CUSTOMERS, st.lists(st.integers(-1, 3), max_size=6), st.randoms())
def test_the_plan_does_not_depend_on_the_order_of_records(ours, theirs, amounts, chance):
    quickbooks, syncta, invoices = books_of(ours, theirs, amounts)
    first = plan(state(quickbooks=quickbooks, syncta=syncta, syncta_invoices=invoices))
    for records in (quickbooks, syncta, invoices):
        chance.shuffle(records)
    assert plan(state(quickbooks=quickbooks, syncta=syncta, syncta_invoices=invoices)).digest == first.digest


@given(CUSTOMERS, CUSTOMERS, st.lists(st.integers(-1, 3), max_size=6))
def test_every_customer_and_every_unlinked_invoice_ends_in_exactly_one_row(ours, theirs, amounts):
    quickbooks, syncta, invoices = books_of(ours, theirs, amounts)
    books = state(quickbooks=quickbooks, syncta=syncta, syncta_invoices=invoices)
    rows = plan_of(books, find_matches(books), with_untouched=True).rows
    mine = [row.source_id for row in rows if row.source == "syncta" and row.entity == "invoice"]
    assert sorted(mine) == sorted(invoice.id for invoice in invoices)
    decided = [
        row.source_id
        for row in rows
        if row.entity == "customer" and row.action in (Action.LINK, Action.CREATE, Action.HOLD)
    ]
    assert sorted(decided) == sorted(c.id for c in quickbooks)
    linked = {row.target_id for row in rows if row.action is Action.LINK}
    untouched = [row.source_id for row in rows if row.reason == "not_ours" and row.entity == "customer"]
    assert sorted(untouched) == sorted(c.id for c in syncta if c.id not in linked)


@given(CUSTOMERS, CUSTOMERS, st.lists(st.integers(-1, 3), max_size=6))
def test_every_write_has_a_key_of_its_own(ours, theirs, amounts):
    quickbooks, syncta, invoices = books_of(ours, theirs, amounts)
    made = plan(state(quickbooks=quickbooks, syncta=syncta, syncta_invoices=invoices))
    writes = made.with_action(Action.CREATE, Action.UPDATE, Action.PUSH, Action.MARK_PAID)
    keys = [row.key for row in writes]
    assert all(keys)
    assert len(set(keys)) == len(keys)


def test_a_row_survives_its_way_through_json():
    ours, theirs = customer("1", "Ann Lee", phone="2"), customer("a", "Ann Lee", phone="1")
    made = plan(state(quickbooks=[ours], syncta=[theirs], links=[customer_link(ours, theirs, phone="1")]))
    assert [PlanRow.from_json(row.as_json()).as_json() for row in made.rows] == [r.as_json() for r in made.rows]


def test_the_digest_tells_plans_apart_that_differ_in_one_amount():
    theirs = customer("a", "Ann Lee")
    one, two = (plan(state(syncta=[theirs], syncta_invoices=[syncta_invoice("i", "a", t)])) for t in ("1.00", "1.01"))
    assert one.digest != two.digest
