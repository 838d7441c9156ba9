"""Rules 6: both sides are read again, not only the mirror; what the cycle should have known and did not is found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from include.errors import DamagedExtract, LooksRestored
from include.ledger import links
from include.records import Entity, Invoice, System, Version
from include.sync.reconcile.read import read_again, span
from include.sync.run import Run, RunKind
from tests.sync.builders import invoice_link, quickbooks_invoice, syncta_invoice
from tests.sync.conftest import MakeRun
from tests.sync.reading import after_first_sync, mirrored, whole_run
from tests.sync.sides import QuickBooks, Syncta

OCTOBER, JULY = dt.date(2026, 10, 15), dt.date(2026, 7, 20)


@dataclass
class Field:
    """A company whose sync has read everything: invoices 50 to 89, each linked to i50 to i89."""

    make_run: MakeRun
    quickbooks: QuickBooks
    syncta: Syncta

    def again(self) -> set[tuple[str, str]]:
        """Read again; which invoices had drifted, and how."""
        return {(one.record_id, one.how) for one in read_again(self.run("again"), self.quickbooks, self.syncta)}

    def cycle(self) -> None:
        """The sync reads what changed, an hour later, and moves its marks."""
        self.pass_time(hours=1)
        whole_run(self.run("cycle", RunKind.CYCLE), self.quickbooks, self.syncta)
        self.pass_time(hours=1)

    def run(self, name: str, kind: RunKind = RunKind.RECONCILE) -> Run:
        """A run of the company."""
        return self.make_run(kind, name)

    def pass_time(self, **amount: float) -> None:
        """Both clocks run."""
        for side in (self.quickbooks, self.syncta):
            side.pass_time(**amount)

    def invoice(self, id: str) -> Invoice:
        """As the ledger's mirror has it."""
        found = mirrored(self.run("look"), System.QUICKBOOKS, Entity.INVOICE)[id]
        assert isinstance(found, Invoice)
        return found

    def hide(self, id: str) -> None:
        """An invoice is gone, and the change feed never says so."""
        del self.quickbooks.kept[Entity.INVOICE, id]


@pytest.fixture
def field(make_run: MakeRun) -> Field:
    quickbooks, syncta = QuickBooks(), Syncta()
    for number in range(50, 90):
        quickbooks.put(Entity.INVOICE, quickbooks_invoice(f"{number}", "1", date=OCTOBER))
        syncta.put(Entity.INVOICE, syncta_invoice(f"i{number}", "a"))
    quickbooks.put(Entity.INVOICE, quickbooks_invoice("july", "1", date=JULY))
    syncta.put(Entity.INVOICE, syncta_invoice("i-july", "a", date=dt.date(2026, 9, 5)))
    after_first_sync(make_run, quickbooks, syncta)
    run = make_run(RunKind.RECONCILE, "links")
    pairs = [(f"{number}", f"i{number}") for number in range(50, 90)] + [("july", "i-july")]
    with run.ledger.writing() as conn:
        for ours, theirs in pairs:
            link = invoice_link(quickbooks_invoice(ours, "1"), syncta_invoice(theirs, "a"))
            links.add(conn, run.scope, link)
    return Field(make_run, quickbooks, syncta)


def test_nothing_has_drifted_where_the_sync_knows_everything(field: Field) -> None:
    assert field.again() == set()


def test_what_changed_since_the_last_sync_is_no_drift_and_is_taken_over(field: Field) -> None:
    field.quickbooks.put(Entity.INVOICE, quickbooks_invoice("50", "1", "80.00", date=OCTOBER))
    field.quickbooks.put(Entity.INVOICE, quickbooks_invoice("new", "1", date=OCTOBER))
    field.quickbooks.delete(Entity.INVOICE, "51")
    field.syncta.delete(Entity.INVOICE, "i52")
    field.pass_time(hours=1)
    assert field.again() == set()
    assert field.invoice("50").total == Decimal("80.00")
    assert "i52" not in mirrored(field.run("look"), System.SYNCTA, Entity.INVOICE)


Act = Callable[[Field], object]
MISSED: dict[str, tuple[Act, set[tuple[str, str]]]] = {
    "edited": (
        lambda field: field.quickbooks.put(
            Entity.INVOICE, quickbooks_invoice("50", "1", "80.00", date=OCTOBER), visible_after=dt.timedelta(minutes=90)
        ),
        {("50", "behind")},
    ),
    "new": (
        lambda field: field.syncta.put(
            Entity.INVOICE, syncta_invoice("late", "a"), visible_after=dt.timedelta(minutes=90)
        ),
        {("late", "missed")},
    ),
}


@pytest.mark.parametrize("what", MISSED)
def test_g3_a_change_that_the_sync_has_read_past_is_drift(field: Field, what: str) -> None:
    """G3: visible so late that no overlap reaches it."""
    act, drift = MISSED[what]
    act(field)
    field.cycle()
    assert field.again() == drift
    assert field.again() == set(), "it was taken over"


def test_an_invoice_that_is_gone_without_a_trace_is_drift(field: Field) -> None:
    field.hide("50")
    assert field.again() == {("50", "gone")}
    assert "50" not in mirrored(field.run("look"), System.QUICKBOOKS, Entity.INVOICE)


def test_an_invoice_that_syncta_shows_no_more_without_a_trace_is_drift(field: Field) -> None:
    del field.syncta.kept[Entity.INVOICE, "i50"]
    assert field.again() == {("i50", "gone")}


def test_a_linked_invoice_of_another_date_in_quickbooks_is_read_by_its_id(field: Field) -> None:
    """Nothing of July is read by date, but the Syncta invoice it is linked to is of these months."""
    kept = field.quickbooks.kept[Entity.INVOICE, "july"]
    changed = replace(kept.record, version=Version(7), total=Decimal("99.00"))  # type: ignore[call-arg]
    kept.record = changed
    assert field.again() == {("july", "behind")}
    assert field.invoice("july").total == Decimal("99.00")


def test_a_company_set_back_to_a_backup_shows_older_versions(field: Field) -> None:
    """rules 1.3: an older version is never taken over, so it cannot be proved either."""
    field.quickbooks.put(Entity.INVOICE, quickbooks_invoice("50", "1", "80.00", date=OCTOBER))
    field.cycle()
    kept = field.quickbooks.kept[Entity.INVOICE, "50"]
    kept.record = quickbooks_invoice("50", "1", "75.00", date=OCTOBER)
    assert field.again() == {("50", "ahead")}
    assert field.again() == {("50", "ahead")}
    assert field.invoice("50").total == Decimal("80.00")


def test_1_3_a_side_that_shrank_at_once_is_not_taken_over(field: Field) -> None:
    """rules 1.3: or the next sync would no longer see that it shrank."""
    for number in range(50, 72):
        field.hide(f"{number}")
    with pytest.raises(LooksRestored):
        field.again()
    assert "50" in mirrored(field.run("look"), System.QUICKBOOKS, Entity.INVOICE)


def test_a_read_that_came_back_short_is_not_taken_over(field: Field) -> None:
    field.quickbooks.put(Entity.INVOICE, quickbooks_invoice("50", "1", "80.00", date=OCTOBER))
    field.quickbooks.damage[Entity.INVOICE] = lambda extract: replace(extract, records=extract.records[:-1])
    with pytest.raises(DamagedExtract):
        field.again()
    assert field.invoice("50").total == Decimal("75.00")


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [("2026-11-02", "2026-09-01", "2026-11-30"), ("2027-01-31", "2026-11-01", "2027-01-31")],
)
def test_three_months_are_read(today: str, first: str, last: str) -> None:
    days = (dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    assert span(dt.date.fromisoformat(today)) == days
