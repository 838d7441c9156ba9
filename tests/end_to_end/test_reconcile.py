"""Rules 6: every month adds up to the cent, or the run is red and names the records."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from include.errors import DoesNotReconcile
from include.ledger import decisions
from include.ledger.decisions import MONTH, Decision, Verb
from include.quickbooks.client import QuickBooksClient
from include.records import Entity, Extract
from include.sandbox.scenarios.town import Line
from include.sync.matches import Match
from include.sync.plan import plan_of
from include.sync.reconcile.equation import Bucket
from include.sync.reconcile.signed import facts_of_month
from include.sync.rows import Plan
from include.sync.state import State
from tests.end_to_end.people import People
from tests.end_to_end.rehearsal import Rehearsal, rehearsal

NOW = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)


def line(price: str) -> Line:
    return Line("Permit filing", price=price)


@pytest.fixture
def billed(people: People) -> People:
    """Two invoices in QuickBooks, one held, one of nothing, one from before go-live without a partner."""
    ann, bob = people.both("Ann Lee"), people.syncta_customer("Bob Ray")
    people.bill("a", ann.syncta, line("11.00"))
    people.bill("b", ann.syncta, line("12.50"))
    people.bill("held", bob, line("13.00"))
    people.bill("nothing", ann.syncta, line("0.00"))
    people.bill("old", ann.syncta, line("14.00"), ready_at="2026-09-01T12:00:00Z", invoice_date="2026-09-01")
    people.first_sync()
    return people


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    with rehearsal(tmp_path_factory.mktemp("demo"), "demo") as company:
        company.initial(approval="not_needed")
        company.cycle()
        yield company


def test_8_15_every_month_of_the_demo_company_adds_up_to_nothing_left(demo: Rehearsal) -> None:
    """rules 6, 8.15"""
    found = demo.reconcile()
    assert len(found.months) > 3
    assert all(month.difference == 0 for month in found.months)
    assert found.adds_up
    assert found.drift == ()


def test_each_invoice_stands_in_one_bucket_and_the_cents_add_up(billed: People) -> None:
    """rules 6"""
    found = billed.company.reconcile()
    of = {month.month: month for month in found.months}
    october, september = of["2026-10"], of["2026-09"]
    assert {bucket.value: october.number_in(bucket) for bucket in Bucket} == {
        "in_quickbooks": 2, "held": 1, "skipped": 1, "unmatched": 0, "nowhere": 0,
    }  # fmt: skip
    assert (october.total, october.money_in(Bucket.IN_QUICKBOOKS), october.money_in(Bucket.HELD)) == (
        Decimal("36.50"), Decimal("23.50"), Decimal("13.00"),
    )  # fmt: skip
    assert september.money_in(Bucket.UNMATCHED) == Decimal("14.00")
    assert (october.difference, september.difference) == (0, 0)


def test_work_added_after_the_push_is_an_unbilled_change(billed: People) -> None:
    """R9"""
    billed.edit("invoice", billed.company.syncta_invoices()["a"]["id"], lines=[sent("11.00"), sent("5.25")])
    billed.sync()
    found = billed.company.reconcile()
    (october,) = [month for month in found.months if month.month == "2026-10"]
    assert (october.unbilled_change, october.difference) == (Decimal("5.25"), 0)


def test_an_invoice_deleted_since_the_last_sync_is_unmatched_and_told_by_the_next(billed: People) -> None:
    delete(billed, "a")
    found = billed.company.reconcile()
    assert found.drift == ()
    (october,) = [month for month in found.months if month.month == "2026-10"]
    assert october.number_in(Bucket.UNMATCHED) == 1
    billed.sync()
    assert billed.told()["gone_in_quickbooks"] == {"a"}


def test_an_invoice_gone_without_a_trace_is_red_once_and_then_told(
    billed: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G3"""

    def silent(client: QuickBooksClient, entities: list[Entity], since: dt.datetime) -> dict[Entity, Extract]:
        return {entity: Extract((), (), (), None, since) for entity in entities}

    gone = delete(billed, "a")
    with monkeypatch.context() as feed:
        feed.setattr(QuickBooksClient, "changes", silent)
        with pytest.raises(DoesNotReconcile, match="1 invoices had changed without the sync knowing"):
            billed.company.reconcile()
    page = (billed.company.folder / "reconcile.html").read_text()
    assert "is gone, and nothing had told so" in page
    assert f"<td>{gone}</td>" in page
    billed.company.reconcile()
    billed.sync()
    assert billed.told()["gone_in_quickbooks"] == {"a"}


def delete(people: People, number: str) -> str:
    """Half an hour ago somebody deleted it in QuickBooks; its id."""
    gone = str(people.pushed()[number]["Id"])
    people.books.delete("Invoice", {"Id": gone, "SyncToken": "0"})
    people.company.sandbox.quickbooks("POST", "/sandbox/clock", json={"advance_seconds": 1800})
    return gone


def test_what_nothing_explains_is_red_and_named(billed: People, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(state: State, matches: list[Match]) -> Plan:
        """A plan whose rules have lost sight of what differs."""
        plan = plan_of(state, matches)
        return Plan.of(plan.scope, [row for row in plan.rows if row.reason != "unbilled_change"])

    monkeypatch.setattr("include.sync.reconcile.compare.plan_of", forgetful)
    billed.edit("invoice", billed.company.syncta_invoices()["b"]["id"], lines=[sent("12.50"), sent("1.00")])
    with pytest.raises(DoesNotReconcile, match=r"1 months do not add up \(2026-10\)"):
        billed.company.reconcile()
    rows = table(billed.company.folder)
    assert [row["number"] for row in rows if row["explained"] == "no"] == ["b"]
    assert "✗ It does not add up" in (billed.company.folder / "reconcile.html").read_text()


def test_receivables_agree_and_a_part_payment_explains_the_rest(billed: People) -> None:
    """rules 4.6, 6"""
    billed.pay("a", amount="4.00")
    billed.sync()
    found = billed.company.reconcile().receivables
    assert (found.in_quickbooks["USD"], found.in_syncta["USD"]) == (Decimal("19.50"), Decimal("23.50"))
    assert [(one.number, one.reason) for one in found.differing] == [("a", "part_payment")]


def test_changes_to_a_month_that_was_signed_off_are_listed(billed: People) -> None:
    """rules 6"""
    before = billed.company.reconcile()
    facts = facts_of_month(before.months, "2026-10")
    signed = Decision(Verb.SIGN_OFF, MONTH, "", "2026-10", "Pat", NOW, facts=facts)
    with billed.company.ledger.writing() as conn:
        decisions.record(conn, billed.company.company.scope, signed)
    (month,) = billed.company.reconcile().signed
    assert (month.month, month.by, month.changes) == ("2026-10", "Pat", ())
    billed.edit("invoice", billed.company.syncta_invoices()["a"]["id"], lines=[sent("12.00")])
    (month,) = billed.company.reconcile().signed
    (change,) = month.changes
    assert change.money == Decimal("1.00")


def test_names_that_a_spreadsheet_or_a_browser_would_run_are_shown_as_text(people: People) -> None:
    hostile = people.both("=HYPERLINK(1)<script>alert(1)</script>")
    people.bill("x", hostile.syncta, line("11.00"))
    people.first_sync()
    people.company.reconcile()
    (row,) = table(people.company.folder)
    assert row["customer"].startswith("'=HYPERLINK")
    assert "<script" not in (people.company.folder / "reconcile.html").read_text()


def test_reconciling_writes_nothing_and_moves_no_mark(billed: People) -> None:
    """R13"""
    billed.company.forget_writes()
    billed.company.reconcile()
    assert billed.company.writes() == {}
    assert billed.sync() == {}


def sent(price: str) -> dict[str, object]:
    return {
        "product": "Permit filing", "description": "Work", "quantity": "1", "unit_price": price,
        "line_total": price, "taxable": False,
    }  # fmt: skip


def table(folder: Path) -> list[dict[str, str]]:
    text = (folder / "reconcile.csv").read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))
