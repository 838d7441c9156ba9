"""The run's last step, and the summary a person asks for."""

from __future__ import annotations

import io
import json
import logging
from decimal import Decimal

import pytest
from rich.console import Console

from include.ledger import companies, decisions, findings, mirror, pairs, runs
from include.ledger.decisions import Decision, Verb
from include.ledger.findings import Finding
from include.ledger.pairs import Pair
from include.records import Entity, System
from include.sync.report import main, report, summary
from include.sync.report_tables import show
from include.sync.run import RunKind
from include.sync.watch import Outlook
from tests.sync.builders import NOON, customer, syncta_invoice

QB, SY = System.QUICKBOOKS, System.SYNCTA

RESULTS = {
    "extracts": [{"read": {"quickbooks.customer": 3}, "taken_over": {}}, None],
    "planned": {"path": "plan.parquet", "digest": "d" * 64, "counts": {"create": 2}, "reasons": {"hold.no_name": 1}},
    "ledger": {"linked": 0},
    "syncta": {"created": 2},
}


def fill(run):
    """One held invoice, one exception, one pair of likely duplicates."""
    held = Finding("hold", Entity.INVOICE, SY, "i", "product_unknown", "Map it.", Decimal("1234.50"))
    told = Finding("exception", Entity.CUSTOMER, QB, "1", "customer_inactive", "Look.", None)
    pair = Pair(QB, "1", SY, "a", "reversed_name", "certain")
    with run.ledger.writing() as conn:
        mirror.upsert(conn, run.scope, QB, [customer("1", "Brown, Nick [red]")], Entity.CUSTOMER, NOON)
        mirror.upsert(conn, run.scope, SY, [customer("a", "Nick Brown")], Entity.CUSTOMER, NOON)
        mirror.upsert(conn, run.scope, SY, [syncta_invoice("i", "a", number="INV-7")], Entity.INVOICE, NOON)
        findings.settle(conn, run.scope, run.run_id, [held, told], NOON)
        pairs.settle(conn, run.scope, [pair], NOON)


def printed(run, outlook=None) -> str:
    screen = io.StringIO()
    show(summary(run.ledger, run.scope, outlook), Console(file=screen, width=200, color_system=None))
    return screen.getvalue()


def test_the_report_counts_what_was_read_planned_and_loaded(make_run):
    run = make_run()
    fill(run)
    body = report(run, RESULTS)
    with (run.folder / "report.json").open("rb") as file:
        assert json.load(file) == body
    assert body["state"] == "success"
    assert body["read"] == {"quickbooks.customer": 3}
    assert body["planned"] == {"create": 2}
    assert body["loaded"] == {"ledger": {"linked": 0}, "syncta": {"created": 2}}
    assert body["open"] == {"hold": 1, "exception": 1, "flag": 0, "likely_duplicate": 1, "decided": 0, "warning": 0}


def test_the_report_holds_no_names_and_no_amounts_and_logs_one_line(make_run, caplog):
    run = make_run()
    fill(run)
    caplog.set_level(logging.INFO)
    body = json.dumps(report(run, RESULTS)) + caplog.text
    assert "Nick" not in body
    assert "1234" not in body
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("results", "options", "state"),
    [
        (RESULTS, {}, "success"),
        ({**RESULTS, "failed": ["load_to_syncta"]}, {}, "failed"),
        ({**RESULTS, "syncta": {"created": 1, "waiting": 1}}, {}, "leftovers"),
        (RESULTS, {"dry_run": True}, "dry_run"),
        ({**RESULTS, "ledger": None}, {}, "rejected"),
        ({}, {}, "nothing_new"),
        ({"failed": ["extract_customers"]}, {}, "failed"),
    ],
)
def test_how_a_run_ended(make_run, results, options, state):
    run = make_run(**options)
    assert report(run, results)["state"] == state
    with run.ledger.reading() as conn:
        assert runs.latest(conn, run.scope, 1)[0].state == state


@pytest.mark.parametrize(
    ("kind", "results", "opens"),
    [
        (RunKind.INITIAL, RESULTS, True),
        (RunKind.INITIAL, {**RESULTS, "syncta": {"superseded": 1}}, True),
        (RunKind.INITIAL, {**RESULTS, "failed": ["load_to_quickbooks"]}, False),
        (RunKind.INITIAL, {**RESULTS, "ledger": None}, False),
        (RunKind.CYCLE, RESULTS, False),
    ],
)
def test_only_a_loaded_initial_sync_opens_the_company(make_run, kind, results, opens):
    """Rules 1.1."""
    run = make_run(kind)
    report(run, results)
    with run.ledger.reading() as conn:
        assert (companies.first_sync_at(conn, run.scope) is not None) is opens


def test_a_dry_initial_sync_does_not_open_the_company(make_run):
    run = make_run(RunKind.INITIAL, dry_run=True)
    report(run, RESULTS)
    with run.ledger.reading() as conn:
        assert companies.first_sync_at(conn, run.scope) is None


def test_the_summary_tells_a_person_names_numbers_and_amounts(make_run):
    run = make_run()
    fill(run)
    report(run, RESULTS)
    found = summary(run.ledger, run.scope)
    assert found.planned == {"create": 2}
    assert found.loaded == {"ledger": {"linked": 0}, "syncta": {"created": 2}}
    assert found.holds_by_reason() == {"product_unknown": 1}
    assert [(told.name, told.number) for told in found.holds] == [("Nick Brown", "INV-7")]
    assert [(both.left_name, both.right_name) for both in found.duplicates] == [("Brown, Nick [red]", "Nick Brown")]


def test_a_run_with_nothing_new_does_not_hide_the_plan_before(make_run):
    run = make_run()
    report(run, RESULTS)
    report(make_run(run_id="idle"), {})
    assert summary(run.ledger, run.scope).planned == {"create": 2}


def test_the_tables_show_names_as_they_are(make_run):
    run = make_run()
    fill(run)
    report(run, RESULTS)
    text = printed(run)
    for expected in ("Brown, Nick [red]", "INV-7", "1,234.50", "product_unknown", "reversed_name", "create"):
        assert expected in text


def test_many_records_of_one_reason_are_counted_and_the_first_ones_listed(make_run):
    run = make_run()
    held = [
        Finding("hold", Entity.INVOICE, SY, f"i{number:03}", "no_name", "Name it.", Decimal(1)) for number in range(53)
    ]
    with run.ledger.writing() as conn:
        findings.settle(conn, run.scope, run.run_id, held, NOON)
    text = printed(run)
    assert "and 3 more" in text
    assert "53.00" in text


def test_an_empty_ledger_is_shown_in_single_lines(make_run):
    text = printed(make_run())
    assert "Nothing is held." in text
    assert "No exceptions." in text
    assert "No likely duplicates." in text


OUTLOOK = Outlook(NOON, 80, 100, ("80 of the 100 metered QuickBooks reads are used up.",))


def test_the_report_says_until_when_the_company_can_go_on(make_run):
    """rules 7"""
    body = report(make_run(), {"outlook": OUTLOOK})
    assert body["warnings"] == ["80 of the 100 metered QuickBooks reads are used up."]
    assert body["open"]["warning"] == 1
    assert body["outlook"] == {"sign_in_ends": "2026-10-15", "metered_reads": 80, "metered_reads_per_month": 100}
    assert json.loads((make_run().folder / "report.json").read_text())["outlook"] == body["outlook"]


def test_the_summary_begins_with_what_comes_to_its_end(make_run):
    text = printed(make_run(), OUTLOOK)
    assert "QuickBooks: sign-in until 2026-10-15; 80 of 100 metered reads this month" in text
    assert "80 of the 100 metered QuickBooks reads are used up." in text


def test_an_unknown_company_is_one_sentence(capsys):
    assert main(["--company", "nobody"]) == 1
    assert 'has no company "nobody"' in capsys.readouterr().err


def waiting_for(customer_id: str, number: int, amount: str) -> tuple:
    """A held invoice of a Syncta customer that QuickBooks does not know."""
    invoice = syncta_invoice(f"w{number}", customer_id, number=f"INV-{number}")
    reason = "customer_not_in_quickbooks"
    return invoice, Finding("hold", Entity.INVOICE, SY, invoice.id, reason, "Mend it.", Decimal(amount))


def test_3_11_the_money_waiting_is_told_per_customer_the_most_first(make_run):
    run = make_run()
    held = [waiting_for("a", 1, "75.00"), waiting_for("b", 2, "100.00"), waiting_for("a", 3, "75.50")]
    with run.ledger.writing() as conn:
        mirror.upsert(conn, run.scope, SY, [customer("a", "Ann"), customer("b", "Bob")], Entity.CUSTOMER, NOON)
        mirror.upsert(conn, run.scope, SY, [invoice for invoice, _ in held], Entity.INVOICE, NOON)
        findings.settle(conn, run.scope, run.run_id, [finding for _, finding in held], NOON)
    told = [(one.name, one.invoices, one.amount) for one in summary(run.ledger, run.scope).waiting()]
    assert told == [("Ann", 2, Decimal("150.50")), ("Bob", 1, Decimal("100.00"))]
    assert "Money waiting for a customer" in printed(run)
    assert "150.50" in printed(run)


def test_a_note_and_the_other_record_are_shown_with_what_is_told_and_decisions_are_counted(make_run):
    run = make_run()
    about = ("customer", "quickbooks", "1")
    told = Finding("exception", Entity.CUSTOMER, QB, "1", "customer_merged", "Look.", None, target_id="2345")
    note = Decision(Verb.NOTE, *about, "Pat", NOON, reason="customer_merged", note="Asked the bank.")
    with run.ledger.writing() as conn:
        findings.settle(conn, run.scope, run.run_id, [told], NOON)
        for one in (note, Decision(Verb.NEVER_CREATE, *about, "Pat", NOON)):
            decisions.record(conn, run.scope, one)
    text = printed(run)
    for expected in ("2345", "Asked the bank.", "Standing decisions: never_create 1, note 1."):
        assert expected in text
    assert report(run, RESULTS)["open"]["decided"] == 2


def test_5_an_undo_is_recorded_with_the_run_it_took_back_and_who_approved_it(make_run):
    """G6"""
    run = make_run(RunKind.UNDO, run_id="run_2")
    planned = {**RESULTS["planned"], "undoes": "run_1"}
    assert report(run, {**RESULTS, "planned": planned, "approved_by": "7"})["state"] == "undone"
    with run.ledger.reading() as conn:
        counts = runs.get(conn, run.scope, run.dag_id, run.run_id).counts
    assert (counts["undoes"], counts["approved_by"]) == ("run_1", "7")
    assert "undo of run_1" in printed(run)
