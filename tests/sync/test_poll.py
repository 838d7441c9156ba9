"""Protocol 2.4: a run ends at the poll only if nothing changed, nothing is held and nothing is left over."""

from __future__ import annotations

import datetime as dt
import logging
from decimal import Decimal

import pytest

from include.errors import WrongCompany
from include.ledger import decisions, findings, mirror, outbox
from include.ledger.findings import Finding
from include.ledger.outbox import Intent
from include.records import Entity, System, Unreadable
from include.sync.poll import MOST_LOOKED_AT, poll
from include.sync.report import report
from include.sync.run import RunKind
from tests.sync.builders import NOON, customer, decide, quickbooks_invoice, syncta_invoice
from tests.sync.reading import after_first_sync, mirrored, read, whole_run
from tests.sync.sides import QuickBooks, Syncta

CUSTOMER, INVOICE = Entity.CUSTOMER, Entity.INVOICE


@pytest.fixture
def quickbooks():
    side = QuickBooks()
    side.put(CUSTOMER, customer("1", "Ann Lee"))
    side.put(INVOICE, quickbooks_invoice("10", "1"))
    return side


@pytest.fixture
def syncta():
    side = Syncta()
    side.put(CUSTOMER, customer("a", "Ann Lee"))
    side.put(INVOICE, syncta_invoice("i", "a"))
    return side


def test_before_the_first_sync_a_cycle_asks_nobody_and_says_why(make_run, quickbooks, syncta, caplog):
    caplog.set_level(logging.INFO)
    assert poll(make_run(), quickbooks, syncta) is None
    assert "awaiting_first_sync" in caplog.text
    assert quickbooks.metered == syncta.calls.total() == 0


def test_before_the_first_sync_a_backfill_ends_too(make_run, quickbooks, syncta):
    run = make_run(RunKind.BACKFILL, window_start=NOON, window_end=NOON + dt.timedelta(days=1))
    assert poll(run, quickbooks, syncta) is None


def test_an_initial_sync_always_goes_on(make_run, quickbooks, syncta):
    assert poll(make_run(RunKind.INITIAL), quickbooks, syncta)["path"] is None
    after_first_sync(make_run, quickbooks, syncta)
    assert poll(make_run(RunKind.INITIAL, "again"), quickbooks, syncta)["window"]["kind"] == "everything"


def test_an_initial_sync_of_other_books_is_refused_before_anything_is_read(make_run, quickbooks, syncta):
    quickbooks.realm_id = "77"
    with pytest.raises(WrongCompany, match="leads to realm 77"):
        poll(make_run(RunKind.INITIAL), quickbooks, syncta)
    assert dict(quickbooks.calls) == {"companyinfo": 1}


def test_an_idle_run_costs_one_metered_call_and_says_so_in_one_line(make_run, quickbooks, syncta, caplog):
    after_first_sync(make_run, quickbooks, syncta)
    caplog.set_level(logging.INFO)
    caplog.clear()
    assert poll(make_run(), quickbooks, syncta) is None
    assert dict(quickbooks.calls) == {"cdc": 1}
    assert dict(syncta.calls) == {"changes": 1}
    assert len(caplog.records) == 1
    assert "nothing changed" in caplog.text


def test_2_8_a_decision_wakes_an_idle_company_and_a_note_does_not(make_run, quickbooks, syncta):
    after_first_sync(make_run, quickbooks, syncta)
    run = make_run()
    note = decide("note", CUSTOMER, System.QUICKBOOKS, "1", reason="customer_merged")
    with run.ledger.writing() as conn:
        decisions.record(conn, run.scope, note)
    assert poll(make_run(run_id="noted"), quickbooks, syncta) is None
    with run.ledger.writing() as conn:
        decisions.record(conn, run.scope, decide("unlink", CUSTOMER, System.QUICKBOOKS, "1", "a"))
    assert poll(make_run(run_id="decided"), quickbooks, syncta)["why"] == ["people have decided something"]


@pytest.mark.parametrize("side", ["quickbooks", "syncta"])
@pytest.mark.parametrize("what", ["changed", "created", "deleted", "unreadable"])
def test_a_change_on_either_side_goes_on_and_is_not_read_twice(make_run, quickbooks, syncta, side, what):
    after_first_sync(make_run, quickbooks, syncta)
    changed = {"quickbooks": quickbooks, "syncta": syncta}[side]
    old = {"quickbooks": "10", "syncta": "i"}[side]
    match what:
        case "changed":
            changed.put(INVOICE, changed.kept[INVOICE, old].record)
        case "created":
            changed.put(INVOICE, syncta_invoice("new", "a"))
        case "deleted":
            changed.delete(INVOICE, old)
        case "unreadable":
            changed.put(INVOICE, changed.kept[INVOICE, old].record)
            changed.unreadable[INVOICE] = (Unreadable("77", "money_unreadable", "total"),)
    run = make_run()
    extracts = read(run, quickbooks, syncta)
    assert extracts is not None
    assert extracts[1]["upserted"]["new" if what == "created" else what] == 1
    assert dict(quickbooks.calls) == {"cdc": 1, "preferences": 1, "terms": 1}
    assert syncta.calls["changes"] == 1
    assert syncta.calls["invoice.changed"] == (side == "syncta")


def test_echoes_of_our_own_writes_are_no_change(make_run, quickbooks, syncta):
    after_first_sync(make_run, quickbooks, syncta)
    run = make_run()
    written = [
        (System.SYNCTA, CUSTOMER, syncta.put(CUSTOMER, customer("b", "Created by us"))),
        (System.QUICKBOOKS, INVOICE, quickbooks.put(INVOICE, quickbooks_invoice("11", "1"))),
    ]
    with run.ledger.writing() as conn:
        for system, entity, record in written:
            mirror.upsert(conn, run.scope, system, [record], entity, quickbooks.now)
    assert poll(run, quickbooks, syncta) is None


def test_an_idle_run_moves_the_marks_so_that_echoes_do_not_pile_up(make_run, quickbooks, syncta):
    after_first_sync(make_run, quickbooks, syncta)
    assert poll(make_run(run_id="idle"), quickbooks, syncta) is None
    before = quickbooks.now
    window = poll_window(make_run, quickbooks, syncta)
    assert window["start"] == before.isoformat()


def poll_window(make_run, quickbooks, syncta):
    quickbooks.pass_time(hours=1)
    syncta.pass_time(hours=1)
    quickbooks.put(CUSTOMER, customer("2", "New"))
    return poll(make_run(run_id="next"), quickbooks, syncta)["window"]


def test_an_idle_dry_run_moves_no_mark(make_run, quickbooks, syncta):
    after_first_sync(make_run, quickbooks, syncta)
    assert poll(make_run(run_id="dry", dry_run=True), quickbooks, syncta) is None
    assert poll_window(make_run, quickbooks, syncta)["start"] == (NOON + dt.timedelta(hours=1)).isoformat()


def test_an_open_hold_is_tried_again_on_every_run(make_run, quickbooks, syncta):
    after_first_sync(make_run, quickbooks, syncta)
    run = make_run()
    hold = Finding("hold", INVOICE, System.SYNCTA, "i", "product_unknown", "Map it.", Decimal(75))
    with run.ledger.writing() as conn:
        findings.settle(conn, run.scope, "first", [hold], NOON)
    assert poll(run, quickbooks, syncta)["why"] == ["1 held records are tried again"]
    assert quickbooks.metered == 1


def test_an_unfinished_write_goes_on(make_run, quickbooks, syncta):
    after_first_sync(make_run, quickbooks, syncta)
    run = make_run()
    intent = Intent("demo:create:customer:1:g0", System.SYNCTA, "create", CUSTOMER, "1", {}, "first", 0)
    with run.ledger.writing() as conn:
        outbox.record(conn, run.scope, [intent])
    assert poll(run, quickbooks, syncta)["why"] == ["writes of an earlier run are unfinished"]


def test_a_run_killed_after_the_mirror_took_over_is_followed_by_one_that_goes_on(make_run, quickbooks, syncta):
    """G2, G3: the mirror knows the change already, but nothing was planned from it."""
    after_first_sync(make_run, quickbooks, syncta)
    quickbooks.put(CUSTOMER, customer("2", "New"))
    killed = make_run(run_id="killed")
    read(killed, quickbooks, syncta)
    assert "2" in mirrored(killed, System.QUICKBOOKS, CUSTOMER)
    polled = poll(make_run(run_id="next"), quickbooks, syncta)
    assert polled["why"] == ["what an earlier run has read was not carried out"]
    whole_run(make_run(run_id="next"), quickbooks, syncta)
    assert poll(make_run(run_id="third"), quickbooks, syncta) is None


@pytest.mark.parametrize(
    ("results", "state"),
    [
        ({"planned": {"counts": {}}, "failed": ["load_to_syncta"]}, "failed"),
        ({"planned": {"counts": {}}, "ledger": {}, "syncta": {"created": 2, "waiting": 1}}, "leftovers"),
        ({"planned": {"counts": {}}, "ledger": {}, "quickbooks": {"superseded": 1}}, "leftovers"),
        ({"planned": {"counts": {}}}, "rejected"),
    ],
)
def test_a_run_that_left_work_behind_is_followed_by_one_that_goes_on(make_run, quickbooks, syncta, results, state):
    after_first_sync(make_run, quickbooks, syncta)
    report(make_run(run_id="before"), results)
    assert poll(make_run(run_id="next"), quickbooks, syncta)["why"] == [f"the run before ended as {state}"]


def test_what_a_dry_run_read_is_planned_by_the_next_run(make_run, quickbooks, syncta):
    after_first_sync(make_run, quickbooks, syncta)
    quickbooks.put(CUSTOMER, customer("2", "New"))
    whole_run(make_run(run_id="dry", dry_run=True), quickbooks, syncta)
    assert poll(make_run(run_id="next"), quickbooks, syncta)["why"] == [
        "what an earlier run has read was not carried out"
    ]


def test_a_run_killed_while_another_succeeds_is_not_forgotten(make_run, quickbooks, syncta):
    """A backfill takes over a change after the cycle has planned, then dies."""
    after_first_sync(make_run, quickbooks, syncta)
    quickbooks.put(CUSTOMER, customer("2", "New"))
    cycle = make_run(run_id="cycle")
    extracts = read(cycle, quickbooks, syncta)
    quickbooks.put(CUSTOMER, customer("3", "Newer"))
    window = {"window_start": NOON, "window_end": NOON + dt.timedelta(days=1)}
    read(make_run(RunKind.BACKFILL, "killed", **window), quickbooks, syncta)
    report(cycle, {"extracts": extracts, "planned": {"counts": {}}, "ledger": {}})
    assert poll(make_run(run_id="next"), quickbooks, syncta) is not None
    whole_run(make_run(run_id="next"), quickbooks, syncta)
    assert poll(make_run(run_id="third"), quickbooks, syncta) is None


def test_a_run_that_is_cleared_and_fails_then_is_not_forgotten(make_run, quickbooks, syncta):
    after_first_sync(make_run, quickbooks, syncta)
    quickbooks.put(CUSTOMER, customer("2", "New"))
    for number in range(3):
        whole_run(make_run(run_id=f"run_{number}"), quickbooks, syncta)
    assert poll(make_run(run_id="idle"), quickbooks, syncta) is None
    report(make_run(run_id="run_0", attempt=2), {"planned": {"counts": {}}, "failed": ["load_to_syncta"]})
    assert poll(make_run(run_id="next"), quickbooks, syncta)["why"] == ["the run before ended as failed"]


def test_changed_settings_go_on_once(make_run, quickbooks, syncta):
    """protocol 1.6"""
    after_first_sync(make_run, quickbooks, syncta)
    options = {"products": {"Test": "9"}}
    assert poll(make_run(options=options), quickbooks, syncta)["why"] == ["the settings have changed"]
    whole_run(make_run(options=options), quickbooks, syncta)
    assert poll(make_run(run_id="next", options=options), quickbooks, syncta) is None


def test_more_changes_than_quickbooks_tells_go_on(make_run, quickbooks, syncta):
    after_first_sync(make_run, quickbooks, syncta)
    quickbooks.tells = False
    assert poll(make_run(), quickbooks, syncta)["why"] == ["QuickBooks has more changes than it tells at once"]


def test_many_changes_in_syncta_are_left_to_the_extract(make_run, quickbooks, syncta):
    after_first_sync(make_run, quickbooks, syncta)
    for number in range(MOST_LOOKED_AT + 1):
        syncta.put(CUSTOMER, customer(f"n{number}", f"New {number}"))
    run = make_run()
    assert poll(run, quickbooks, syncta)["changed"] == {"syncta.customer": MOST_LOOKED_AT + 1}
    assert syncta.calls["customer.changed"] == 0


def test_a_change_visible_late_is_not_missed(make_run, quickbooks, syncta):
    """G3: written before the run, readable only after it."""
    after_first_sync(make_run, quickbooks, syncta)
    late = dt.timedelta(minutes=2)
    quickbooks.put(CUSTOMER, customer("2", "Late"), visible_after=late)
    syncta.put(CUSTOMER, customer("b", "Late too"), visible_after=late)
    assert poll(make_run(run_id="too_early"), quickbooks, syncta) is None
    for side in (quickbooks, syncta):
        side.pass_time(minutes=3)
    run = make_run(run_id="later")
    whole_run(run, quickbooks, syncta)
    assert "2" in mirrored(run, System.QUICKBOOKS, CUSTOMER)
    assert "b" in mirrored(run, System.SYNCTA, CUSTOMER)


@pytest.mark.parametrize("hours", [-9, 9])
def test_clocks_that_differ_miss_nothing_and_invent_nothing(make_run, quickbooks, syncta, hours):
    syncta.pass_time(hours=hours)
    after_first_sync(make_run, quickbooks, syncta)
    assert poll(make_run(run_id="idle"), quickbooks, syncta) is None
    syncta.put(CUSTOMER, customer("b", "New there"))
    quickbooks.put(CUSTOMER, customer("2", "New here"))
    run = make_run(run_id="both")
    whole_run(run, quickbooks, syncta)
    assert "2" in mirrored(run, System.QUICKBOOKS, CUSTOMER)
    assert "b" in mirrored(run, System.SYNCTA, CUSTOMER)


@pytest.mark.parametrize("tells", [True, False])
def test_g3_a_clock_that_is_put_back_between_two_runs_hides_nothing(make_run, quickbooks, syncta, tells):
    """By the systems' own times these changes lie before the marks; the ledger's clock tells that they do not."""
    after_first_sync(make_run, quickbooks, syncta)
    assert poll(make_run(run_id="idle"), quickbooks, syncta) is None
    for side in (quickbooks, syncta):
        side.pass_time(hours=-6)
    quickbooks.put(CUSTOMER, customer("2", "New here"))
    syncta.put(CUSTOMER, customer("b", "New there"))
    quickbooks.tells = tells
    run = make_run(run_id="next")
    whole_run(run, quickbooks, syncta)
    assert "2" in mirrored(run, System.QUICKBOOKS, CUSTOMER)
    assert "b" in mirrored(run, System.SYNCTA, CUSTOMER)
    quickbooks.tells = True
    assert poll(make_run(run_id="idle again"), quickbooks, syncta) is None


def test_no_name_reaches_the_log(make_run, quickbooks, syncta, caplog):
    caplog.set_level(logging.DEBUG)
    after_first_sync(make_run, quickbooks, syncta)
    quickbooks.put(CUSTOMER, customer("2", "Secret Person"))
    whole_run(make_run(), quickbooks, syncta)
    assert "Secret" not in caplog.text
    assert "Ann" not in caplog.text
