"""One run followed live: a line whenever a task changes, questions to a person answered, a red run explained."""

import time
from collections.abc import Callable

from deploy.local.airflow_api import AirflowApi, Request, Task
from deploy.local.problems import RunFailed, StackProblem

Say = Callable[[str], None]

ENDED = {"success", "failed"}
TOLD = {
    "running": "running",
    "success": "done",
    "failed": "FAILED",
    "up_for_retry": "failed, will be tried again",
    "upstream_failed": "not run: a task before it failed",
    "skipped": "skipped",
    "awaiting_input": "waits for a person",
    "deferred": "waits",
}
ASKING = {"awaiting_input", "deferred"}
APPROVAL = "Approve"
LOG_LINES = 30


class Following:
    """Follows the run `run_id` of `dag_id`, telling every change through `say`."""

    def __init__(self, airflow: AirflowApi, dag_id: str, run_id: str, say: Say) -> None:
        self._airflow = airflow
        self._dag_id = dag_id
        self._run_id = run_id
        self._say = say
        self._seen: dict[str, str] = {}
        self._answered: set[tuple[str, int]] = set()

    def to_the_end(self, *, seconds: float = 420, every: float = 1.0) -> None:
        """Return when the run ended green. RunFailed names the failed tasks and shows the end of their logs."""
        deadline = time.monotonic() + seconds
        while True:
            state = self._airflow.run_state(self._dag_id, self._run_id)
            tasks = self._airflow.tasks(self._dag_id, self._run_id)
            for task in sorted(tasks, key=_when):
                self._tell(task)
            if state in ENDED:
                break
            if time.monotonic() > deadline:
                raise StackProblem(f"{self._dag_id} has not ended after {seconds:.0f} s: {_states(tasks)}")
            time.sleep(every)
        if state == "failed":
            raise RunFailed(self._explain(tasks))

    def _tell(self, task: Task) -> None:
        if self._seen.get(task.id) == task.state or task.state not in TOLD:
            return
        self._seen[task.id] = task.state
        self._say(f"  {task.id:<22} {TOLD[task.state]}{_duration(task)}")
        if task.state in ASKING and (task.id, task.try_number) not in self._answered:
            self._answered.add((task.id, task.try_number))
            self._answer(self._airflow.request(self._dag_id, self._run_id, task.id))

    def _answer(self, request: Request) -> None:
        for line in [request.subject, *_plainly(request.body)]:
            self._say(f"    | {line}")
        self._say("  Approving it through Airflow's API, as you would in the UI under Required Actions")
        self._airflow.answer(self._dag_id, self._run_id, request.task_id, [_approval(request)])

    def _explain(self, tasks: list[Task]) -> str:
        parts = [f"The run of {self._dag_id} failed."]
        for task in tasks:
            if task.state == "failed":
                log = self._airflow.log(self._dag_id, self._run_id, task.id, task.try_number)
                parts.append(f"Task {task.id} failed in try {task.try_number}; the end of its log:")
                parts += [f"    {line}" for line in log[-LOG_LINES:]]
        return "\n".join(parts)


def _plainly(body: str) -> list[str]:
    """The text of a question without Markdown; the first table on one line, further ones left to the UI."""
    blocks = [[line for line in block.splitlines() if line.strip()] for block in body.split("\n\n")]
    tables = [block for block in blocks if block and block[0].startswith("|")]
    lines: list[str] = []
    for block in blocks:
        if block not in tables:
            lines += block
        elif block == tables[0]:
            lines.append(", ".join(" ".join(row.strip("|").split("|")).strip() for row in block[2:]))
    return [" ".join(line.split()) for line in lines]


def _approval(request: Request) -> str:
    return APPROVAL if APPROVAL in request.options else request.options[0]


def _when(task: Task) -> float:
    return (task.ended or task.started).timestamp() if task.started else float("inf")


def _duration(task: Task) -> str:
    if task.state not in ENDED or not task.started or not task.ended:
        return ""
    return f" in {(task.ended - task.started).total_seconds():.1f} s"


def _states(tasks: list[Task]) -> str:
    return ", ".join(f"{task.id} {task.state}" for task in tasks)
