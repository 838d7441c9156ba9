"""A plan from the moment it is made until it is loaded: frozen, then executed as it was approved (rules 1.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from include.errors import PlanChanged, StopAndLook
from include.ledger import runs
from include.sync import plan_file
from include.sync.rows import Plan, Stage, stages_with_ground
from include.sync.run import Run
from include.sync.window import window_of

FILE = "plan.parquet"


def freeze(run: Run, plan: Plan) -> dict[str, str]:
    """Store the plan as this run's and note its digest in the ledger; `{"path", "digest"}` of it."""
    run.folder.mkdir(parents=True, exist_ok=True)
    path = run.folder / FILE
    plan_file.write(plan, path)
    window_of(run)  # the run is on record from here on
    with run.ledger.writing() as conn:
        runs.record_plan(conn, run.scope, run.dag_id, run.run_id, str(path), plan.digest)
    return {"path": str(path), "digest": plan.digest}


def approved_plan(run: Run, planned: Mapping[str, Any]) -> Plan:
    """The plan that `freeze` answered with `path` and `digest`, with the `stages` that were approved, all if not given.

    `digest` is what the approval handed on; the file and the ledger must say the same (protocol 4.2). Raises
    `StopAndLook` in a dry run (protocol 4.6), `PlanChanged` if either says anything else.
    """
    if run.dry_run:
        raise StopAndLook("A dry run loads nothing. Run again without dry_run to write.")
    if not planned["digest"]:
        raise PlanChanged("The plan has no digest. Clear the plan task to make the plan again.")
    with run.ledger.reading() as conn:
        known = runs.get(conn, run.scope, run.dag_id, run.run_id)
    if known is None or known.plan_digest != planned["digest"]:
        raise PlanChanged("The ledger knows another plan of this run. Clear the plan task and approve again.")
    # Only the name is taken: the folder is this run's own, on whatever storage it lies.
    plan = plan_file.read(run.folder / PurePosixPath(planned["path"]).name, planned["digest"])
    if plan.scope != run.scope:
        raise PlanChanged("The plan is for another company than this run's. Clear the plan task to make it again.")
    made_at = planned.get("made_at")
    return replace(
        plan,
        stages=stages_with_ground(planned.get("stages", list(Stage))),
        made_at=dt.datetime.fromisoformat(made_at) if made_at else None,
    )
