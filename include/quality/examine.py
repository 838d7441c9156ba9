"""Which suite looks at which frame: the evidence of one run in, the results of all checks out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from include.quality import frames, suites
from include.quality.results import CheckResult
from include.records import Entity, System
from include.sync.rows import Plan

Source = tuple[System, Entity]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the checks look at.

    `extracts` are the results of the extract tasks, `landed` their files; `counts` are rows per action as the plan
    step told them; `known_customers` the ids the mirror ever heard of; `names` the customers of both sides (id,
    name). `may_shrink`: a person said that it is right, so a side that shrank is only a warning.
    """

    extracts: Sequence[Mapping[str, Any]]
    landed: Mapping[Source, pd.DataFrame]
    plan: Plan
    counts: Mapping[str, int]
    known_customers: Mapping[System, frozenset[str]]
    names: pd.DataFrame
    may_shrink: bool = False


def examine(evidence: Evidence) -> list[CheckResult]:
    """Every check's result. Nothing is raised for a check that fails, or that cannot be carried out."""
    context = suites.quiet_context()
    return [
        result for about, frame, suite in _suites(evidence) for result in suites.run_suite(context, about, frame, suite)
    ]


def _suites(evidence: Evidence) -> Iterator[tuple[str, pd.DataFrame, list[Any]]]:
    """What it is about, the frame, the suite."""
    for source, frame in evidence.landed.items():
        yield from _of_extract(evidence, source, frame)
    references = frames.references_frame(evidence.landed, evidence.known_customers)
    yield "references", references, suites.references_suite(len(references))
    yield "plan", frames.writes_frame(evidence.plan), suites.writes_suite()
    for side in ("quickbooks_id", "syncta_id"):
        yield f"links by {side}", frames.links_frame(evidence.plan, side), suites.links_suite()
    yield "plan sums", frames.totals_frame(evidence.plan, evidence.counts), suites.totals_suite()
    yield "customers", evidence.names, suites.names_suite()


def _of_extract(
    evidence: Evidence, source: Source, frame: pd.DataFrame
) -> Iterator[tuple[str, pd.DataFrame, list[Any]]]:
    name = f"{source[0].value}.{source[1].value}"
    extract = next(extract for extract in evidence.extracts if name in extract["files"])
    shown = frame[frame["state"] != "deleted"]
    yield name, frames.with_missing(frame, "id"), suites.ids_suite()
    expected = extract["expected"][name]
    if expected is not None:
        # Syncta lists and counts deleted records; and what a complete read shows no longer is landed as deleted.
        counted, most = (frame, None) if source[0] is System.SYNCTA else (shown, expected + _late(extract, shown))
        yield name, counted, suites.pages_suite(expected, most)
    if name in extract["completely"]:
        yield name, shown, suites.shrink_suite(extract["before"][name], stops=not evidence.may_shrink)


def _late(extract: Mapping[str, Any], shown: pd.DataFrame) -> int:
    """Rows written while the pages were walked, after they had been counted."""
    as_of = pd.Timestamp(extract["as_of"][System.QUICKBOOKS.value])
    return int((pd.to_datetime(shown["updated_at"], utc=True, format="ISO8601", errors="coerce") >= as_of).sum())
