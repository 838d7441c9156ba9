"""The quality step: suites over what was read and what is planned; then the marks may move.

A critical check that fails stops the run before any write. Warnings are told and stop nothing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, cast

import pandas as pd

from include.errors import QualityStop
from include.ledger import decisions, links, mirror
from include.ledger.decisions import Verb
from include.quality.examine import Evidence, examine
from include.quality.frames import names_frame
from include.quality.results import CheckResult, as_json, stop_message
from include.records import Customer, Entity, System
from include.sync import plan_file
from include.sync.accept import accept
from include.sync.landing import read_landed
from include.sync.run import Run
from include.sync.sources import source_of
from include.sync.window import window_of

log = logging.getLogger(__name__)

FILE = "quality.json"


def check_quality(run: Run, extracts: Sequence[Mapping[str, Any]], planned: Mapping[str, Any]) -> dict[str, Any]:
    """Check what this run read and planned, keep the results as `quality.json`, and accept what was read.

    Returns `{"path", "checks": number, "warnings": check → offenders, "accepted": number of marks moved}`. Raises
    QualityStop naming every critical check that failed, PlanChanged if the plan's file is not the plan made; then no
    mark has moved and nothing is written.
    """
    results = examine(gather(run, extracts, planned))
    path = _keep(run, results)
    if any(result.stops for result in results):
        raise QualityStop(stop_message(results))
    warnings: Counter[str] = Counter()
    for result in results:
        if not result.passed:
            warnings[result.check] += result.offenders
    log.info("Quality, read %s: %d checks, none failed, warnings %s", window_of(run), len(results), dict(warnings))
    accepted = accept(run, extracts)
    return {"path": path, "checks": len(results), "warnings": dict(warnings), "accepted": len(accepted)}


def gather(run: Run, extracts: Sequence[Mapping[str, Any]], planned: Mapping[str, Any]) -> Evidence:
    """Everything the checks look at, from the run's folder and one read of the ledger."""
    sources = [source_of(name) for extract in extracts for name in extract["files"]]
    known, names = _from_ledger(run)
    return Evidence(
        extracts=extracts,
        landed={source: read_landed(run, source) for source in sources},
        plan=plan_file.read(run.folder / PurePosixPath(planned["path"]).name, planned["digest"]),
        counts=planned["counts"],
        known_customers=known,
        names=names,
        may_shrink=_may_shrink(run),
    )


def _may_shrink(run: Run) -> bool:
    """Whether a person said that a side which shrank is right (rules 1.3)."""
    with run.ledger.reading() as conn:
        return bool(decisions.standing(conn, run.scope).with_verb(Verb.RESTORED))


def _from_ledger(run: Run) -> tuple[dict[System, frozenset[str]], pd.DataFrame]:
    """The customer ids each side ever bore, and the names to look at."""
    scope, entity = run.scope, Entity.CUSTOMER
    with run.ledger.reading() as conn:
        known = {
            system: {*mirror.known(conn, scope, system, entity), *mirror.deleted_ids(conn, scope, system, entity)}
            for system in System
        }
        for bad in mirror.unreadable(conn, scope):
            if bad.entity == entity:
                known[System(bad.system)].add(bad.id)
        customers = {system: cast("list[Customer]", mirror.records(conn, scope, system, entity)) for system in System}
        linked = frozenset(link.syncta_id for link in links.live(conn, scope, entity))
    return {system: frozenset(ids) for system, ids in known.items()}, names_frame(customers, linked)


def _keep(run: Run, results: Sequence[CheckResult]) -> str:
    path = run.folder / FILE
    with path.open("w") as file:
        file.write(as_json(results, {"dag_id": run.dag_id, "run_id": run.run_id}))
    return str(path)
