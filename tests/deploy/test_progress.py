"""A run followed through a fake of Airflow's API that plays it step by step."""

from collections.abc import Sequence

import pytest

from deploy.local.airflow_api import Request, Task
from deploy.local.problems import RunFailed
from deploy.local.progress import Following


class PlayedRun:
    """Answers as Airflow's API does; every look at the run's state plays one step further."""

    def __init__(self, *steps: tuple[str, dict[str, str]]) -> None:
        self._steps = list(steps)
        self._now = self._steps[0]
        self.answers: list[Sequence[str]] = []

    def run_state(self, dag_id: str, run_id: str) -> str:
        self._now = self._steps.pop(0) if self._steps else self._now
        return self._now[0]

    def tasks(self, dag_id: str, run_id: str) -> list[Task]:
        return [Task(name, state, 1, None, None) for name, state in self._now[1].items()]

    def request(self, dag_id: str, run_id: str, task_id: str) -> Request:
        return Request(task_id, "Load this plan?", "30 creations\n", ("Approve", "Reject"))

    def answer(self, dag_id: str, run_id: str, task_id: str, options: Sequence[str]) -> None:
        self.answers.append(options)

    def log(self, dag_id: str, run_id: str, task_id: str, try_number: int) -> list[str]:
        return [f"line {number}" for number in range(100)]


def follow(run: PlayedRun) -> list[str]:
    told: list[str] = []
    Following(run, "sync.demo", "manual__1", told.append).to_the_end(every=0)  # type: ignore[arg-type]  # the fake
    return [" ".join(line.split()) for line in told]


def test_each_change_of_a_task_is_told_once() -> None:
    run = PlayedRun(
        ("running", {"poll": "queued"}),
        ("running", {"poll": "running"}),
        ("running", {"poll": "running"}),
        ("success", {"poll": "success"}),
    )
    assert follow(run) == ["poll running", "poll done"]


def test_a_question_is_shown_and_approved_once() -> None:
    asking = ("running", {"approve": "awaiting_input"})
    run = PlayedRun(asking, asking, ("success", {"approve": "success"}))
    told = follow(run)
    assert run.answers == [["Approve"]]
    assert "| Load this plan?" in told
    assert "| 30 creations" in told
    assert any("as you would in the UI" in line for line in told)


def test_a_red_run_names_the_failed_task_and_shows_the_end_of_its_log() -> None:
    run = PlayedRun(("failed", {"poll": "success", "plan": "failed", "report": "upstream_failed"}))
    with pytest.raises(RunFailed) as failed:
        follow(run)
    text = str(failed.value)
    assert "Task plan failed in try 1" in text
    assert "line 99" in text
    assert "line 10\n" not in text
    assert "Task report" not in text
