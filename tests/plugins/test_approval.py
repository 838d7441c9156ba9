"""A person's approval: when it is asked for, what is shown, and what follows from the answer."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG, task
from airflow.sdk.exceptions import DownstreamTasksSkipped, TaskAwaitingInput

from syncta_quickbooks.approval import PATIENCE, ApprovePlan

DIGEST = "3f2a" * 16
MOMENT = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)


class Instance:
    """The task instance: what `plan` returned, and what `approve` hands on."""

    id, map_index = "ti", -1

    def __init__(self, *, needed: bool) -> None:
        why = ["31 customers would be created, more than 25."] if needed else []
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
def approve() -> ApprovePlan:
    """In front of two loads and a teardown, as in the DAGs."""

    @task
    def load(digest: Any) -> None: ...

    @task
    def report() -> None: ...

    with DAG("approving", schedule=None):
        made = ApprovePlan(task_id="approve", plan_task="plan", company="demo")
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


def answer(option: str, user: dict[str, str] | None) -> dict[str, Any]:
    return {"chosen_options": [option], "params_input": {}, "responded_at": MOMENT, "responded_by_user": user}


def test_an_approval_that_is_not_needed_asks_nobody_and_hands_on_the_digest(
    approve: ApprovePlan, asked: list[dict[str, Any]]
) -> None:
    given = approve.execute(context_of(approve, Instance(needed=False)))
    assert given == {"digest": DIGEST, "needed": False, "approved_by": ""}
    assert asked == []


def test_a_needed_approval_waits_three_days_and_then_counts_as_rejected(
    approve: ApprovePlan, asked: list[dict[str, Any]]
) -> None:
    with pytest.raises(TaskAwaitingInput) as waiting:
        approve.execute(context_of(approve, Instance(needed=True)))
    assert waiting.value.timeout == PATIENCE == dt.timedelta(days=3)
    (request,) = asked
    assert (request["options"], request["defaults"]) == (["Approve", "Reject"], ["Reject"])


def test_the_request_shows_why_counts_reasons_and_the_plan_and_nothing_else(
    approve: ApprovePlan, asked: list[dict[str, Any]]
) -> None:
    with pytest.raises(TaskAwaitingInput):
        approve.execute(context_of(approve, Instance(needed=True)))
    (request,) = asked
    assert request["subject"] == "Approve what the sync would write for demo"
    assert [line for line in request["body"].splitlines() if line] == [
        "31 customers would be created, more than 25.",
        "| what | rows |",
        "|---|---|",
        "| create | 31 |",
        "| push | 2 |",
        "| reason | rows |",
        "|---|---|",
        "| customer_not_in_quickbooks | 3 |",
        f"Plan `{DIGEST[:12]}`, whole in `file:///runs/plan.parquet`.",
        "Reject, or no answer within three days: nothing is written.",
    ]


def test_approved_hands_on_the_digest_and_who_approved(approve: ApprovePlan) -> None:
    context = context_of(approve, Instance(needed=True))
    given = approve.execute_complete(context, answer("Approve", {"id": "7", "name": "Ann Lee"}))
    assert given == {"digest": DIGEST, "needed": True, "approved_by": "7"}


@pytest.mark.parametrize("user", [{"id": "7", "name": "Ann Lee"}, None])
def test_rejected_or_unanswered_skips_the_loads_not_the_report_and_says_so(
    approve: ApprovePlan, user: dict[str, str] | None, capfd: pytest.CaptureFixture[str]
) -> None:
    instance = Instance(needed=True)
    with pytest.raises(DownstreamTasksSkipped) as skipped:
        approve.execute_complete(context_of(approve, instance), answer("Reject", user))
    assert set(skipped.value.tasks) == {"load_to_ledger", "load_to_syncta"}
    assert "nothing will be written" in capfd.readouterr().out


def test_a_load_that_is_cleared_after_a_rejection_stays_skipped(approve: ApprovePlan) -> None:
    """Airflow looks up what a task skipped under this key before it runs a task that was cleared."""
    instance = Instance(needed=True)
    with pytest.raises(DownstreamTasksSkipped):
        approve.execute_complete(context_of(approve, instance), answer("Reject", None))
    assert set(instance.pushed["skipmixin_key"]["skipped"]) == {"load_to_ledger", "load_to_syncta"}
