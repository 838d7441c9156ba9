"""`decide.<company>`: the form's decisions are those of the command; a person is asked, and silence is no."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import ParamValidationError, TaskAwaitingInput

from include.sync.decide.verbs import CHOICES, TAKE_BACK
from syncta_quickbooks.approval import PATIENCE
from syncta_quickbooks.deciding import DECISIONS, AskBeforeRecording, params

PREVIEWED = {
    "decisions": ["link customer quickbooks 58 cus_a"],
    "taken_back": [],
    "effect": {"-hold.customer_not_in_quickbooks": 2, "+push.new": 2},
    "digest": "d" * 64,
}


@pytest.fixture
def ask() -> AskBeforeRecording:
    return AskBeforeRecording(task_id="ask", preview_task="preview", company="demo")


def context(previewed: dict[str, Any]) -> Any:
    instance = SimpleNamespace(id="ti", xcom_pull=lambda task_ids: {"preview": previewed}[task_ids])
    return {"ti": instance, "task_instance": instance}


def answer(option: str, user: dict[str, str] | None) -> dict[str, Any]:
    moment = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
    return {"chosen_options": [option], "params_input": {}, "responded_at": moment, "responded_by_user": user}


def test_the_form_offers_exactly_what_the_command_does() -> None:
    assert set(DECISIONS) == {*CHOICES, TAKE_BACK}
    assert params()["decision"].schema["enum"] == list(DECISIONS)


@pytest.mark.parametrize("field", ["decision", "record", "target", "reason", "note"])
def test_what_the_form_is_given_is_checked_before_the_run(field: str) -> None:
    with pytest.raises(ParamValidationError):
        params()[field].resolve("x" * 2000)


def test_a_person_is_asked_with_ids_and_counts_and_three_days_time(
    ask: AskBeforeRecording, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "airflow.providers.standard.operators.hitl.upsert_hitl_detail", lambda **request: shown.append(request)
    )
    with pytest.raises(TaskAwaitingInput) as waiting:
        ask.execute(context(PREVIEWED))
    assert waiting.value.timeout == PATIENCE
    (request,) = shown
    assert (request["options"], request["defaults"]) == (["Record it", "Leave it"], ["Leave it"])
    assert [line for line in request["body"].splitlines() if line] == [
        "- `link customer quickbooks 58 cus_a`",
        "| what the next run does because of it | rows |",
        "|---|---|",
        "| no more hold.customer_not_in_quickbooks | 2 |",
        "| now push.new | 2 |",
    ]


@pytest.mark.parametrize(
    ("option", "user", "given"),
    [
        ("Record it", {"id": "7", "name": "pat"}, {"record": True, "by": "pat"}),
        ("Record it", {"id": "7", "name": ""}, {"record": True, "by": "7"}),
        ("Leave it", {"id": "7", "name": "pat"}, {"record": False, "by": "pat"}),
        ("Leave it", None, {"record": False, "by": ""}),
    ],
)
def test_the_answer_goes_on_with_who_gave_it(
    ask: AskBeforeRecording, option: str, user: dict[str, str] | None, given: dict[str, Any]
) -> None:
    assert ask.execute_complete(context(PREVIEWED), answer(option, user)) == given
