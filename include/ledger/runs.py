"""Every run, with the window it reads and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from include.ledger.database import upsert
from include.ledger.tables import SCOPE, of, runs, scoped
from include.records import Scope


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as recorded; `state` is empty while it has not ended, `counts` the numbers of its report. `attempt` is the
    highest try of any of its tasks."""

    dag_id: str
    run_id: str
    attempt: int
    kind: str
    window_start: dt.datetime | None
    window_end: dt.datetime | None
    state: str
    counts: Mapping[str, Any]
    plan_path: str
    plan_digest: str
    started_at: dt.datetime
    finished_at: dt.datetime | None


def start(
    conn: Connection,
    scope: Scope,
    dag_id: str,
    run_id: str,
    attempt: int,
    kind: str,
    window_start: dt.datetime | None,
    window_end: dt.datetime | None,
    at: dt.datetime,
) -> RunRow:
    """Record a run; one that is cleared gets back the window recorded for it (protocol 2.1)."""
    row = scoped(
        scope,
        dag_id=dag_id,
        run_id=run_id,
        attempt=attempt,
        kind=kind,
        window_start=window_start,
        window_end=window_end,
        state="",
        counts={},
        started_at=at,
    )
    upsert(
        conn,
        runs,
        [row],
        unique=(*SCOPE, "dag_id", "run_id"),
        change=["attempt"],
        only_if=lambda new: runs.c.attempt < new.attempt,
    )
    found = get(conn, scope, dag_id, run_id)
    if found is None:
        raise LookupError("a run that was just recorded is not there")
    return found


def get(conn: Connection, scope: Scope, dag_id: str, run_id: str) -> RunRow | None:
    """A recorded run."""
    where = (of(runs, scope), runs.c.dag_id == dag_id, runs.c.run_id == run_id)
    row = conn.execute(select(*_COLUMNS).where(*where)).one_or_none()
    return None if row is None else RunRow(*row)


def record_plan(conn: Connection, scope: Scope, dag_id: str, run_id: str, path: str, digest: str) -> None:
    """Note which plan this run may load (protocol 4.2)."""
    where = (of(runs, scope), runs.c.dag_id == dag_id, runs.c.run_id == run_id)
    conn.execute(update(runs).where(*where).values(plan_path=path, plan_digest=digest))


def of_run_id(conn: Connection, scope: Scope, run_id: str) -> list[RunRow]:
    """The runs of any DAG that bear this id."""
    found = conn.execute(select(*_COLUMNS).where(of(runs, scope), runs.c.run_id == run_id).order_by(runs.c.dag_id))
    return [RunRow(*row) for row in found]


def finish(
    conn: Connection,
    scope: Scope,
    dag_id: str,
    run_id: str,
    state: str,
    counts: Mapping[str, Any],
    plan_path: str,
    plan_digest: str,
    at: dt.datetime,
) -> None:
    """Record how a run ended."""
    values = {"state": state, "counts": dict(counts), "plan_path": plan_path, "plan_digest": plan_digest}
    where = (of(runs, scope), runs.c.dag_id == dag_id, runs.c.run_id == run_id)
    conn.execute(update(runs).where(*where).values(**values, finished_at=at))


def latest(conn: Connection, scope: Scope, number: int) -> list[RunRow]:
    """The last runs, newest first."""
    found = conn.execute(
        select(*_COLUMNS).where(of(runs, scope)).order_by(runs.c.started_at.desc(), runs.c.run_id).limit(number)
    )
    return [RunRow(*row) for row in found]


_COLUMNS = [runs.c[name] for name in RunRow.__dataclass_fields__]
