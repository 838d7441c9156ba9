"""`decide.demo` itself, by `dag.test` against a real ledger; the person's answer is given where Airflow would wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from include.ledger import decisions
from include.ledger.decisions import Decisions
from syncta_quickbooks.deciding import AskBeforeRecording
from tests.end_to_end.people import TEST, syncta_line
from tests.end_to_end.test_dags import NAMES, Field, field_of

MOMENT = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)


@pytest.fixture
def seed(
    airflow_db: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Field]:
    with field_of(tmp_path, monkeypatch, capfd, caplog) as field:
        yield field


def answering(field: Field, option: str) -> None:
    """A person answers at once."""
    event = {"chosen_options": [option], "params_input": {}, "responded_at": MOMENT}
    event |= {"responded_by_user": {"id": "7", "name": "pat"}}

    def execute(self: AskBeforeRecording, context: Any) -> Any:
        return self.execute_complete(context, event)

    field.monkeypatch.setattr(AskBeforeRecording, "execute", execute)


def standing(field: Field) -> Decisions:
    with field.company.ledger.reading() as conn:
        return decisions.standing(conn, field.company.company.scope)


def pair(field: Field) -> dict[str, str]:
    """The form for: Brown, Nick is Nick Brown."""
    (ours,) = field.company.quickbooks_all("Customer")
    (theirs,) = [one["id"] for one in field.company.syncta_customers().values() if one["name"] == "Nick Brown"]
    return {"decision": "link-customer", "record": ours["Id"], "target": theirs}


def test_2_8_a_decision_is_recorded_with_who_agreed_and_the_next_run_acts_on_it(seed: Field) -> None:
    seed.run("initial_sync")
    answering(seed, "Record it")
    form = pair(seed)
    outcome = seed.run("decide", **form)
    assert outcome.state == "success", outcome.text
    made = standing(seed).identity("customer", "quickbooks", form["record"])
    assert made is not None
    assert (made.target_id, made.decided_by) == (form["target"], "pat")
    assert {name for name in NAMES if name in outcome.text} == set(), "ids and counts only (G7)"
    assert seed.run("sync").state == "success"
    assert seed.company.reasons("exception") == {"left_behind"}, "an idle cycle does not sleep through a decision"


def test_2_8_what_is_left_is_not_recorded_and_the_run_is_no_failure(seed: Field) -> None:
    seed.run("initial_sync")
    answering(seed, "Leave it")
    outcome = seed.run("decide", **pair(seed))
    assert (outcome.state, outcome.tasks["record"]) == ("success", "skipped")
    assert standing(seed) == Decisions()


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"decision": "link-customer", "record": "999", "target": "cus_z"}, "There is no QuickBooks customer"),
        ({"decision": "accept", "record": "1", "reason": "total_differs"}, "accept needs a note"),
        ({"decision": "take-back", "record": "1", "target": "nonsense"}, "take-back needs the decision"),
    ],
)
def test_what_does_not_fit_fails_at_once_with_one_sentence(seed: Field, form: dict[str, str], sentence: str) -> None:
    seed.run("initial_sync")
    answering(seed, "Record it")
    outcome = seed.run("decide", **form)
    assert outcome.state == "failed"
    assert "preview" in outcome.failed()
    assert sentence in outcome.text
    assert standing(seed) == Decisions()


def test_an_effect_that_changed_meanwhile_is_not_recorded(seed: Field) -> None:
    seed.run("initial_sync")
    form = pair(seed)

    def execute(self: AskBeforeRecording, context: Any) -> Any:
        body = {"number": "1", "customer_id": form["target"], "status": "unpaid", "invoice_date": "2026-10-15"}
        seed.company.by_hand("POST", "invoices", {**body, "lines": [syncta_line(TEST)]})
        seed.company.cycle()
        return {"record": True, "by": "pat"}

    seed.monkeypatch.setattr(AskBeforeRecording, "execute", execute)
    outcome = seed.run("decide", **form)
    assert (outcome.state, outcome.failed()) == ("failed", {"record"})
    assert "no longer the one that was shown" in outcome.text
    assert standing(seed) == Decisions()
