"""The files beside a plan: `plan.html` and `plan.csv` with names, `approval.json` without (protocol 4.2)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from include.errors import PlanChanged
from include.sync.company_file import read_company_file
from include.sync.plan_pages.listing import Entry, entries_of
from include.sync.plan_pages.money import shown
from include.sync.plan_pages.overview import Overview, overview_of
from include.sync.plan_pages.request import body_of, stages_of
from include.sync.plan_pages.table import csv_of
from include.sync.plan_pages.words import SIDES, STAGES, words_of
from include.sync.rows import Plan, PlanRow, Stage
from include.sync.run import Run
from include.sync.state import State

PAGE, TABLE, REQUEST = "plan.html", "plan.csv", "approval.json"
MOST_SHOWN = 500
"""Rows of one kind on the page; the table has them all."""

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def write_pages(run: Run, state: State, plan: Plan, why: Sequence[str], added: Sequence[PlanRow]) -> None:
    """Store page, table and request beside the plan, replacing what an earlier try left."""
    overview = overview_of(run, state, plan, why, added, read_company_file(run))
    entries = entries_of(state, plan)
    _store(run, PAGE, page_of(run, plan, overview, entries).encode("utf-8", errors="replace"))
    _store(run, TABLE, csv_of(entries))
    request = {"digest": plan.digest, "body": body_of(run, plan, overview), "stages": stages_of(overview)}
    _store(run, REQUEST, json.dumps(request).encode())


def read_request(run: Run, digest: str) -> dict[str, Any]:
    """`{"body": Markdown, "stages": stage → what it would do}` of the plan with that digest, without names.

    Raises `PlanChanged` if it was written for another plan.
    """
    path = run.folder / REQUEST
    if path.exists():
        with path.open("rb") as file:
            request: dict[str, Any] = json.loads(file.read())
        if request["digest"] == digest:
            return request
    raise PlanChanged("What was written about the plan is not of this plan. Clear the plan task to make it again.")


def page_of(run: Run, plan: Plan, overview: Overview, entries: Sequence[Entry]) -> str:
    """The whole plan as one page that needs nothing else: no script, no picture, no address."""
    kinds: dict[Stage | None, dict[str, list[Entry]]] = {}
    for entry in entries:
        kinds.setdefault(entry.row.stage, {}).setdefault(entry.row.bucket, []).append(entry)
    return _TEMPLATES.get_template("plan.html.jinja").render(
        run=run,
        plan=plan,
        overview=overview,
        kinds=kinds,
        stages=STAGES,
        sides=SIDES,
        shown=shown,
        words_of=words_of,
        most=MOST_SHOWN,
        table=TABLE,
    )


def _store(run: Run, name: str, content: bytes) -> None:
    with (run.folder / name).open("wb") as file:
        file.write(content)
