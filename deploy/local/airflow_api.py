"""What the local runner asks Airflow, over its public REST API: the same things a person does in the UI."""

import datetime as dt
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from deploy.local.problems import StackProblem

TIMEOUT = (5, 60)
SETTLED_SECONDS = 4.0
PAGE = 100


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a run as it stands."""

    id: str
    state: str
    try_number: int
    started: dt.datetime | None
    ended: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Request:
    """A question a run puts to a person."""

    task_id: str
    subject: str
    body: str
    options: tuple[str, ...]


class AirflowApi:
    """The REST API at `address`, signed in as `user` on first use."""

    def __init__(self, address: str, user: str, password: str) -> None:
        self.address = address
        self._login = {"username": user, "password": password}
        self._session = requests.Session()
        self._session.trust_env = False

    def health(self) -> dict[str, str]:
        """The state of "metadatabase", "scheduler", "dag_processor", "triggerer"; empty while nothing answers."""
        try:
            answer = self._session.get(f"{self.address}/api/v2/monitor/health", timeout=TIMEOUT)
        except requests.ConnectionError:
            return {}
        if answer.status_code != 200:
            return {}
        return {part: str(facts.get("status")) for part, facts in answer.json().items() if facts}

    def warm_up(self) -> None:
        """Have the API that tasks talk to built now, which takes seconds: else the first task waits for it."""
        self._session.get(f"{self.address}/execution/health", timeout=(5, 120))

    def dag_ids(self) -> set[str]:
        """The DAGs that were parsed so far."""
        return {str(dag["dag_id"]) for dag in self._get("/dags", limit=PAGE, exclude_stale=True)["dags"]}

    def import_errors(self) -> dict[str, str]:
        """File -> traceback of each DAG file that could not be read."""
        errors = self._get("/importErrors", limit=PAGE)["import_errors"]
        return {str(error["filename"]): str(error["stack_trace"]) for error in errors}

    def is_scheduled(self, dag_id: str) -> bool:
        """Whether the scheduler starts runs of the DAG by itself once it is unpaused."""
        return self._get(f"/dags/{dag_id}")["next_dagrun_run_after"] is not None

    def unpause(self, dag_id: str) -> None:
        """Let the scheduler run the DAG."""
        self._call("PATCH", f"/dags/{dag_id}", {"is_paused": False})

    def pause(self, dag_id: str) -> None:
        """Keep the scheduler from starting further runs of the DAG."""
        self._call("PATCH", f"/dags/{dag_id}", {"is_paused": True})

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> str:
        """Start a run with these params, as the trigger form does; its run id."""
        now = dt.datetime.now(dt.UTC).isoformat()
        return str(
            self._call("POST", f"/dags/{dag_id}/dagRuns", {"logical_date": now, "conf": conf or {}})["dag_run_id"]
        )

    def clear(self, dag_id: str, run_id: str, task_ids: Sequence[str] = ()) -> None:
        """Run these tasks of a run once more, at once: those that failed or wait for another try if none is named."""
        body = {"dry_run": False, "dag_run_id": run_id, "only_failed": not task_ids, "include_downstream": not task_ids}
        if task_ids:
            body["task_ids"] = list(task_ids)
        self._call("POST", f"/dags/{dag_id}/clearTaskInstances", body)

    def backfill(self, dag_id: str, start: dt.date, end: dt.date, conf: Mapping[str, Any] | None = None) -> int:
        """Start a backfill of the intervals from `start` to `end`, as `airflow backfill create` does; its id."""
        days = {"from_date": f"{start}T00:00:00Z", "to_date": f"{end}T23:59:59Z"}
        body = {"dag_id": dag_id, **days, "reprocess_behavior": "completed", "dag_run_conf": dict(conf or {})}
        return int(self._call("POST", "/backfills", body)["id"])

    def add_connection(self, conn_id: str, fields: Mapping[str, Any]) -> None:
        """Store a connection, as the form in the UI does; `extra` may be an object."""
        extra = fields.get("extra")
        whole = {**fields, "connection_id": conn_id, **({"extra": json.dumps(extra)} if extra else {})}
        self._call("POST", "/connections", whole)

    def run_ids(self, dag_id: str) -> list[str]:
        """The runs of a DAG, the newest first."""
        runs = self._get(f"/dags/{dag_id}/dagRuns", limit=PAGE, order_by="-run_after")["dag_runs"]
        return [str(run["dag_run_id"]) for run in runs]

    def run_state(self, dag_id: str, run_id: str) -> str:
        """queued, running, success or failed."""
        return str(self._get(f"/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def tasks(self, dag_id: str, run_id: str) -> list[Task]:
        """The tasks of a run as they stand; a task not yet looked at by the scheduler has the state "none"."""
        found = self._get(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances", limit=PAGE)["task_instances"]
        return [
            Task(
                id=str(one["task_id"]),
                state=str(one["state"] or "none"),
                try_number=int(one["try_number"]),
                started=_time(one["start_date"]),
                ended=_time(one["end_date"]),
            )
            for one in found
        ]

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        """What a task handed on, or None."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        answer = self._send("GET", path, None, {"deserialize": "true"})
        return answer.json()["value"] if answer.status_code == 200 else None

    def log(self, dag_id: str, run_id: str, task_id: str, try_number: int) -> list[str]:
        """The lines of a task's log, tracebacks included."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{max(1, try_number)}"
        content = self._get(path, full_content=True)["content"]
        return [line for entry in content for line in _lines(entry)]

    def request(self, dag_id: str, run_id: str, task_id: str) -> Request:
        """The question the task puts to a person."""
        found = self._get(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails")
        return Request(task_id, str(found["subject"]), str(found["body"] or ""), tuple(found["options"]))

    def answer(
        self, dag_id: str, run_id: str, task_id: str, options: Sequence[str], params: Mapping[str, Any] | None = None
    ) -> None:
        """Answer that question, as a person does under "Required Actions"; `params` are what its form asks for.

        An answer within a moment of the question makes the scheduler take the task for crashed: the executor's word
        that it has parked then comes after it was queued again. People are slower, so this is too.
        """
        time.sleep(SETTLED_SECONDS)
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails"
        self._call("PATCH", path, {"chosen_options": list(options), "params_input": dict(params or {})})

    def wait(self, dag_id: str, run_id: str, *, seconds: float = 300, every: float = 1.0) -> str:
        """The state the run ended in; StackProblem if it has not ended within `seconds`."""
        deadline = time.monotonic() + seconds
        while (state := self.run_state(dag_id, run_id)) not in {"success", "failed"}:
            if time.monotonic() > deadline:
                raise StackProblem(f"{dag_id} has not ended within {seconds:.0f} s, it is {state}")
            time.sleep(every)
        return state

    def _get(self, path: str, **query: Any) -> dict[str, Any]:
        return self._read("GET", path, None, query)

    def _call(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._read(method, path, body, {})

    def _read(self, method: str, path: str, body: Mapping[str, Any] | None, query: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._send(method, path, body, query)
        if not answer.ok:
            raise StackProblem(f"Airflow answered {answer.status_code} to {method} {path}: {answer.text[:500]}")
        return dict(answer.json())

    def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None, query: Mapping[str, Any]
    ) -> requests.Response:
        if "Authorization" not in self._session.headers:
            self._sign_in()
        address = f"{self.address}/api/v2{path}"
        headers = {"Accept": "application/json"}
        return self._session.request(method, address, json=body, params=query, timeout=TIMEOUT, headers=headers)

    def _sign_in(self) -> None:
        answer = self._session.post(f"{self.address}/auth/token", json=self._login, timeout=TIMEOUT)
        if not answer.ok:
            raise StackProblem(f"Airflow refused the sign-in ({answer.status_code})")
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def _lines(entry: Any) -> list[str]:
    if isinstance(entry, str):
        return entry.splitlines()
    lines = [f"{str(entry.get('level', '')).upper():<8}{entry.get('event', '')}".strip()]
    for problem in entry.get("error_detail") or []:
        frames = problem.get("frames") or []
        lines += [f"  {frame.get('filename')}:{frame.get('lineno')} in {frame.get('name')}" for frame in frames]
        lines.append(f"  {problem.get('exc_type')}: {problem.get('exc_value')}")
    return lines


def _time(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
