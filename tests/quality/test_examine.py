"""What each check catches, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from include.quality import examine as examine_module
from include.quality.examine import Evidence, examine
from include.quality.results import CheckResult, as_json, stop_message
from include.records import Entity, System
from include.sync.rows import Action, Plan, PlanRow
from tests.quality.evidence import AS_OF, CUSTOMERS, INVOICES, SCOPE, evidence, landed, link, push


@pytest.fixture(autouse=True)
def _one_context(context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examine_module.suites, "quiet_context", lambda: context)


def failed(given: Evidence) -> dict[str, CheckResult]:
    return {result.check: result for result in examine(given) if not result.passed}


def customers(frame: pd.DataFrame, expected: int | None = None, before: int = 0) -> Evidence:
    """Evidence with these QuickBooks customers, read completely."""
    counted = {"quickbooks.customer": len(frame) if expected is None else expected, "syncta.invoice": 2}
    extract = {"expected": counted, "before": {"quickbooks.customer": before, "syncta.invoice": 0}}
    sound = evidence(extract=extract)
    return replace(sound, landed={**sound.landed, CUSTOMERS: frame})


def test_a_sound_run_passes_every_check() -> None:
    results = examine(evidence())
    assert [result for result in results if not result.passed] == []
    assert {result.check for result in results} == {
        "ids_present",
        "ids_unique",
        "pages_complete",
        "not_shrunk",
        "references_resolve",
        "loose_references",
        "writes_have_keys",
        "keys_unique",
        "one_write_per_record",
        "links_one_to_one",
        "totals_add_up",
        "reversed_names",
    }


def test_a_run_that_read_and_planned_nothing_passes() -> None:
    empty = Plan.of(SCOPE, [])
    nothing = landed()
    given = customers(nothing)
    given = replace(given, landed={CUSTOMERS: nothing, INVOICES: nothing}, plan=empty, counts={})
    expected = {"quickbooks.customer": 0, "syncta.invoice": 0}
    given = replace(given, extracts=[{**given.extracts[0], "expected": expected}], names=given.names.iloc[:0])
    assert failed(given) == {}


def test_doubled_and_missing_ids_stop() -> None:
    found = failed(customers(landed({"id": "1"}, {"id": "1"}, {"id": ""})))
    assert found["ids_unique"].stops
    assert found["ids_unique"].ids == ("1", "1")
    assert (found["ids_present"].offenders, found["ids_present"].stops) == (1, True)


@pytest.mark.parametrize(("expected", "passes"), [(2, True), (3, False), (1, False)])
def test_a_page_walk_gives_as_many_rows_as_were_counted(expected: int, *, passes: bool) -> None:
    found = failed(customers(landed({"id": "1"}, {"id": "2"}), expected))
    assert ("pages_complete" not in found) is passes
    assert passes or found["pages_complete"].offenders == 1


def test_rows_written_during_the_walk_may_come_on_top() -> None:
    late = {"id": "2", "updated_at": AS_OF}
    assert failed(customers(landed({"id": "1"}, late), 1)) == {}


def test_deletions_found_by_absence_are_no_rows_of_the_walk() -> None:
    assert failed(customers(landed({"id": "1"}, {"id": "2", "state": "deleted"}), 1, before=2)) == {}


def test_changes_without_a_count_are_not_counted() -> None:
    sound = evidence(extract={"expected": {"quickbooks.customer": None, "syncta.invoice": None}})
    assert "pages_complete" not in {result.check for result in examine(sound)}


@pytest.mark.parametrize(
    ("before", "now", "stops"),
    [(100, 80, False), (100, 79, True), (1000, 950, False), (1000, 949, True), (5, 0, False)],
)
def test_a_side_that_shrank_by_more_than_20_and_5_percent_stops(before: int, now: int, *, stops: bool) -> None:
    found = failed(customers(landed(*({"id": str(n)} for n in range(now))), before=before))
    assert ("not_shrunk" in found) is stops


def test_in_an_initial_sync_a_side_that_shrank_is_a_warning() -> None:
    given = replace(customers(landed({"id": "1"}), before=500), may_shrink=True)
    assert failed(given)["not_shrunk"].stops is False


def test_references_to_unknown_customers_stop_when_they_are_many() -> None:
    rows = [{"id": f"i{n}", "customer_id": "s1" if n < 90 else "nobody"} for n in range(100)]
    sound = evidence(extract={"expected": {"quickbooks.customer": 3, "syncta.invoice": 100}})
    found = failed(replace(sound, landed={**sound.landed, INVOICES: landed(*rows)}))
    assert found["references_resolve"].stops
    assert found["references_resolve"].offenders == 10
    assert found["references_resolve"].ids[0] == "syncta.invoice i90 customer_id"


def test_a_few_loose_references_are_a_warning() -> None:
    found = failed(customers(landed({"id": "1", "parent_id": "77"}, {"id": "2"})))
    assert set(found) == {"loose_references"}
    assert found["loose_references"].stops is False


@pytest.mark.parametrize("state", ["deleted", "unreadable"])
def test_only_live_records_refer_and_any_row_can_be_referred_to(state: str) -> None:
    rows = landed({"id": "1", "state": state, "parent_id": "88"}, {"id": "2", "parent_id": "1"})
    assert "loose_references" not in failed(customers(rows, 1 if state == "deleted" else 2))


def plan_with(*rows: PlanRow) -> Evidence:
    return evidence(plan=Plan.of(SCOPE, rows))


def test_a_write_without_a_key_stops() -> None:
    found = failed(plan_with(push("i1", key=""), push("i2", key="")))
    assert found["writes_have_keys"].stops
    assert found["writes_have_keys"].offenders == 2
    assert "keys_unique" not in found


def test_a_key_used_twice_stops() -> None:
    assert failed(plan_with(push("i1", key="k"), push("i2", key="k")))["keys_unique"].offenders == 2


def test_two_writes_of_one_kind_to_one_record_stop() -> None:
    def paid(source_id: str) -> PlanRow:
        return PlanRow(Action.MARK_PAID, Entity.INVOICE, System.QUICKBOOKS, source_id, "i1", key=f"k{source_id}")

    assert failed(plan_with(paid("1"), paid("2")))["one_write_per_record"].stops


def test_holds_need_no_key_and_may_repeat() -> None:
    hold = PlanRow(Action.HOLD, Entity.INVOICE, System.SYNCTA, "i1", reason="number_taken")
    assert failed(plan_with(hold, replace(hold, reason="period_closed"))) == {}


@pytest.mark.parametrize("rows", [(link("1", "s1"), link("1", "s2")), (link("1", "s1"), link("2", "s1"))])
def test_a_record_linked_twice_stops(rows: tuple[PlanRow, ...]) -> None:
    assert failed(plan_with(*rows))["links_one_to_one"].stops


def test_pushed_amounts_must_add_up_to_the_payloads() -> None:
    found = failed(plan_with(push("i1", "100.01"), push("i2")))
    assert found["totals_add_up"].ids == ("pushed amounts",)


def test_lines_and_tax_must_add_up_to_the_payloads() -> None:
    payload = {"total": "100.00", "tax": "8.25", "lines": [{"amount": "91.74"}]}
    assert failed(plan_with(push("i1", payload=payload)))["totals_add_up"].ids == ("pushed lines and tax",)


def test_thirds_add_up_to_the_cent() -> None:
    payload = {"total": "99.99", "tax": "0", "lines": [{"amount": "33.33"}] * 3}
    assert failed(plan_with(push("i1", "99.99", payload=payload))) == {}


def test_counts_that_differ_from_the_rows_stop() -> None:
    found = failed(replace(evidence(), counts={"push": 3, "link": 2, "create": 1}))
    assert found["totals_add_up"].ids == ("rows of create", "rows of push")


def test_reversed_names_warn_and_name_records_not_people() -> None:
    names = pd.DataFrame({"id": ["syncta s1", "quickbooks 2", "syncta s3"], "name": ["Nick Brown", "Brown, Nick", "X"]})
    [(check, result)] = failed(replace(evidence(), names=names)).items()
    assert (check, result.severity, result.stops) == ("reversed_names", "warning", False)
    assert (result.offenders, set(result.ids)) == (2, {"syncta s1", "quickbooks 2"})
    assert "Brown" not in as_json([result], {})


def test_a_check_that_cannot_be_carried_out_has_failed() -> None:
    found = failed(replace(evidence(), names=pd.DataFrame({"id": ["1"]})))
    assert found["reversed_names"].passed is False


def test_the_message_names_checks_counts_and_the_way_out() -> None:
    given = customers(landed({"id": "1"}, {"id": "1"}), 9, before=100)
    message = stop_message(examine(given))
    assert "ids_unique of quickbooks.customer (2)" in message
    assert "pages_complete of quickbooks.customer (7)" in message
    assert "not_shrunk of quickbooks.customer (78)" in message
    assert "include.sync.decide restored" in message
    assert message.count("Clear the extract task") == 1
