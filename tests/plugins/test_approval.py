"""A person's approval: when it is asked for, what is shown, and what follows from it (rules 1.4, protocol 4)."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, task
from airflow.sdk.exceptions import DownstreamTasksSkipped, TaskAwaitingInput

from include.errors import PlanChanged
from include.sync.rows import RESTS_ON, Stage
from syncta_quickbooks import approval
from syncta_quickbooks.approval import PATIENCE, STAGES, ApprovePlan

DIGEST = "3f2a" * 16
MOMENT = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
DOES = {
    "customers": "Created in Syncta: no_match 31",
    "history": "nothing to do",
    "invoices": "Pushed to QuickBooks: new 2 (150.00 USD)",
    "paid_marks": "nothing to do",
}


class Instance:
    """The task instance: what `plan` returned, and what `approve` hands on."""

    id, map_index = "ti", -1

    def __init__(self, *, needed: bool) -> None:
        why = ["It would create 31 customers; more than 25 need approval."] if needed else []
        self.planned = {
            "path": "file:///runs/plan.parquet",
            "digest": DIGEST,
            "counts": {"create": 31, "push": 2},
            "reasons": {"customer_not_in_quickbooks": 3},
            "approval": {"needed": needed, "why": why},
        }
        self.pushed: dict[str, Any] = {}

    def xcom_pull(self, *, task_ids: str) -> Any:
        return self.planned if task_ids == "plan" else None

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The run's folder, with what `plan` wrote there."""
    monkeypatch.setattr(approval, "run_of", lambda *_, **__: SimpleNamespace(folder=tmp_path))
    request = {"digest": DIGEST, "body": "- 31 customers\n\n[The whole plan](/sync/plans/x)", "stages": DOES}
    (tmp_path / "approval.json").write_text(json.dumps(request))
    return tmp_path


@pytest.fixture
def approve(folder: Path) -> ApprovePlan:
    """In front of two loads and a teardown, as in the DAGs."""

    @task
    def load(digest: Any) -> None: ...

    @task
    def report() -> None: ...

    with DAG("approving", schedule=None, params={"dry_run": False}):
        made = ApprovePlan(task_id="approve", plan_task="plan", key="demo", kind="initial")
        loads = [load.override(task_id=name)(made.output) for name in ("load_to_ledger", "load_to_syncta")]
        loads >> report().as_teardown()
    return made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is shown under Required Actions."""
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "airflow.providers.standard.operators.hitl.upsert_hitl_detail", lambda **request: shown.append(request)
    )
    return shown


def context_of(approve: ApprovePlan, instance: Instance) -> Any:
    return {"ti": instance, "task_instance": instance, "task": approve, "dag_run": SimpleNamespace(run_id="r")}


def answer(option: str, user: dict[str, str] | None, **params: bool) -> dict[str, Any]:
    return {"chosen_options": [option], "params_input": params, "responded_at": MOMENT, "responded_by_user": user}


def test_the_stages_and_what_they_rest_on_are_those_of_the_plan() -> None:
    assert tuple(Stage) == STAGES
    said = {stage: text for stage, text in approval._RESTS_ON.items()}
    assert said == {stage.value: f" Needs {ground}." for stage, ground in RESTS_ON.items()}


def test_an_approval_that_is_not_needed_asks_nobody_and_hands_on_the_digest(
    approve: ApprovePlan, asked: list[dict[str, Any]]
) -> None:
    given = approve.execute(context_of(approve, Instance(needed=False)))
    assert given == {"digest": DIGEST, "needed": False, "approved_by": "", "stages": list(STAGES)}
    assert asked == []


def test_a_needed_approval_waits_three_days_and_then_counts_as_rejected(
    approve: ApprovePlan, asked: list[dict[str, Any]]
) -> None:
    with pytest.raises(TaskAwaitingInput) as waiting:
        approve.execute(context_of(approve, Instance(needed=True)))
    assert waiting.value.timeout == PATIENCE == dt.timedelta(days=3)
    (request,) = asked
    assert (request["options"], request["defaults"]) == (["Approve", "Reject"], ["Reject"])


def test_4_2_the_request_shows_what_the_plan_task_wrote_with_a_switch_for_each_stage(
    approve: ApprovePlan, asked: list[dict[str, Any]]
) -> None:
    """protocol 4.2, rules 1.4"""
    with pytest.raises(TaskAwaitingInput):
        approve.execute(context_of(approve, Instance(needed=True)))
    (request,) = asked
    assert request["subject"] == "Approve what the sync would write for demo"
    assert request["body"].startswith("- 31 customers")
    assert list(request["params"]) == list(STAGES)
    shown = request["params"]["invoices"]
    assert shown["value"] is True
    assert shown["schema"]["type"] == "boolean"
    assert shown["schema"]["title"] == "Invoices"
    assert shown["description"] == "Pushed to QuickBooks: new 2 (150.00 USD). Needs customers."


def test_5_an_undo_is_approved_as_a_whole(folder: Path, asked: list[dict[str, Any]]) -> None:
    """In it stages rest on each other the other way round: a customer goes after its invoices."""
    with DAG("undoing", schedule=None, params={"dry_run": False}):
        undo = ApprovePlan(task_id="approve", plan_task="plan", key="demo", kind="undo")
    with pytest.raises(TaskAwaitingInput):
        undo.execute(context_of(undo, Instance(needed=True)))
    (request,) = asked
    assert request["params"] == {}
    given = undo.execute_complete(context_of(undo, Instance(needed=True)), answer("Approve", {"id": "7"}))
    assert given["stages"] == list(STAGES)


def test_4_2_what_is_logged_holds_no_sums(
    approve: ApprovePlan, asked: list[dict[str, Any]], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(TaskAwaitingInput):
        approve.execute(context_of(approve, Instance(needed=True)))
    told = capfd.readouterr()
    assert "150.00" not in told.out + told.err


def test_1_5_nobody_is_asked_about_a_plan_whose_pages_are_of_another(
    approve: ApprovePlan, asked: list[dict[str, Any]], folder: Path
) -> None:
    request = json.loads((folder / "approval.json").read_text())
    (folder / "approval.json").write_text(json.dumps({**request, "digest": "0" * 64}))
    with pytest.raises(PlanChanged):
        approve.execute(context_of(approve, Instance(needed=True)))
    assert asked == []


def test_approved_hands_on_the_digest_who_approved_and_all_stages(approve: ApprovePlan) -> None:
    context = context_of(approve, Instance(needed=True))
    given = approve.execute_complete(context, answer("Approve", {"id": "7", "name": "Ann Lee"}))
    assert given == {"digest": DIGEST, "needed": True, "approved_by": "7", "stages": list(STAGES)}


def test_1_4_a_stage_that_was_switched_off_is_not_handed_on(approve: ApprovePlan) -> None:
    chosen = {"customers": True, "history": True, "invoices": False, "paid_marks": False}
    given = approve.execute_complete(context_of(approve, Instance(needed=True)), answer("Approve", None, **chosen))
    assert given["stages"] == ["customers", "history"]


def test_1_4_approved_with_every_stage_switched_off_is_a_rejection(approve: ApprovePlan) -> None:
    off = dict.fromkeys(STAGES, False)
    with pytest.raises(DownstreamTasksSkipped):
        approve.execute_complete(context_of(approve, Instance(needed=True)), answer("Approve", None, **off))


@pytest.mark.parametrize("user", [{"id": "7", "name": "Ann Lee"}, None])
def test_rejected_or_unanswered_skips_the_loads_not_the_report_and_says_so(
    approve: ApprovePlan, user: dict[str, str] | None, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever the switches say: not answered in time, they still stand where they stood."""
    instance = Instance(needed=True)
    with pytest.raises(DownstreamTasksSkipped) as skipped:
        approve.execute_complete(context_of(approve, instance), answer("Reject", user, **dict.fromkeys(STAGES, True)))
    assert set(skipped.value.tasks) == {"load_to_ledger", "load_to_syncta"}
    assert "nothing will be written" in capfd.readouterr().out


def test_a_load_that_is_cleared_after_a_rejection_stays_skipped(approve: ApprovePlan) -> None:
    """Airflow looks up what a task skipped under this key before it runs a task that was cleared."""
    instance = Instance(needed=True)
    with pytest.raises(DownstreamTasksSkipped):
        approve.execute_complete(context_of(approve, instance), answer("Reject", None))
    assert set(instance.pushed["skipmixin_key"]["skipped"]) == {"load_to_ledger", "load_to_syncta"}
