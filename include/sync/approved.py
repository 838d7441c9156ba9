"""The plan a load may execute: the one that was made and approved, for this company, and never of a dry run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from include.errors import PlanChanged, StopAndLook
from include.sync import plan_file
from include.sync.rows import Plan
from include.sync.run import Run


def approved_plan(run: Run, planned: Mapping[str, Any]) -> Plan:
    """The plan that `make_plan` answered with `path` and `digest`, read from the run's folder (rules 1.5).

    Raises `StopAndLook` in a dry run (protocol 4.6), `PlanChanged` if the file holds anything else.
    """
    if run.dry_run:
        raise StopAndLook("A dry run loads nothing. Run again without dry_run to write.")
    if not planned["digest"]:
        raise PlanChanged("The plan has no digest. Clear the plan task to make the plan again.")
    # Only the name is taken: the folder is this run's own, on whatever storage it lies.
    plan = plan_file.read(run.folder / PurePosixPath(planned["path"]).name, planned["digest"])
    if plan.scope != run.scope:
        raise PlanChanged("The plan is for another company than this run's. Clear the plan task to make it again.")
    made_at = planned.get("made_at")
    return replace(plan, made_at=dt.datetime.fromisoformat(made_at)) if made_at else plan
