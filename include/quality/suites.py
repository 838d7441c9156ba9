"""The expectation suites, as code, and running one over a frame. Great Expectations is imported in functions only:
it costs seconds and a quarter of a gigabyte.

Critical is what concerns a set: it stops the load. What concerns one row made that row a hold earlier (protocol 1.4).
Every frame has a column `id` that names an offender.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from include.quality.results import CheckResult, from_engine

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
    from great_expectations.expectations.expectation import Expectation

CRITICAL, WARNING = "critical", "warning"

SHRINK_AT_MOST = 20
SHRINK_SHARE = 0.05
"""A side that lost more than both stops the run (rules 1.3)."""

LOOSE_AT_MOST = 4
LOOSE_SHARE = 0.05
"""Loose references above both stop the run; fewer concern single rows and are a warning."""


def ids_suite() -> list[Expectation]:
    """Over the rows of one extract: each has an id, and one of its own."""
    gxe = _built_in()
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="id", severity=CRITICAL, meta=_named("ids_present")),
        gxe.ExpectColumnValuesToBeUnique(column="id", severity=CRITICAL, meta=_named("ids_unique")),
    ]


def pages_suite(least: int, most: int | None) -> list[Expectation]:
    """Over the rows of one extract: as many as the system itself counted."""
    return [_rows_between(least, most, "pages_complete", CRITICAL)]


def shrink_suite(before: int, *, stops: bool) -> list[Expectation]:
    """Over the live rows of a complete extract: not far fewer than the mirror held `before`."""
    least = before - max(SHRINK_AT_MOST, int(SHRINK_SHARE * before))
    return [_rows_between(max(0, least), None, "not_shrunk", CRITICAL if stops else WARNING)]


def references_suite(rows: int) -> list[Expectation]:
    """Over references (`known` is yes or no): those that lead nowhere are few; any of them is a warning."""
    gxe = _built_in()
    allowed = min(rows, max(LOOSE_AT_MOST, int(LOOSE_SHARE * rows)))
    mostly = (rows - allowed) / rows if rows else 1.0
    return [
        gxe.ExpectColumnValuesToBeInSet(
            column="known",
            value_set=["yes"],
            mostly=share,
            severity=severity,
            meta=_named(name),
        )
        for name, share, severity in (
            ("references_resolve", mostly, CRITICAL),
            ("loose_references", 1.0, WARNING),
        )
    ]


def writes_suite() -> list[Expectation]:
    """Over the plan's writing rows: each has a key of its own, and a record is written once per action."""
    gxe = _built_in()
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="key", severity=CRITICAL, meta=_named("writes_have_keys")),
        gxe.ExpectColumnValuesToBeUnique(column="key", severity=CRITICAL, meta=_named("keys_unique")),
        gxe.ExpectCompoundColumnsToBeUnique(
            column_list=["action", "entity", "written"], severity=CRITICAL, meta=_named("one_write_per_record")
        ),
    ]


def links_suite() -> list[Expectation]:
    """Over one side of the plan's links: a record stands in one of them."""
    gxe = _built_in()
    return [
        gxe.ExpectCompoundColumnsToBeUnique(
            column_list=["entity", "linked"], severity=CRITICAL, meta=_named("links_one_to_one")
        )
    ]


def totals_suite() -> list[Expectation]:
    """Over sums computed in two ways: both are the same."""
    gxe = _built_in()
    return [
        gxe.ExpectColumnPairValuesToBeEqual(
            column_A="told", column_B="found", severity=CRITICAL, meta=_named("totals_add_up")
        )
    ]


def names_suite() -> list[Expectation]:
    """Over the customers of both sides: no name is the reversal of another. Only a warning (R3)."""
    from great_expectations.expectations.metadata_types import FailureSeverity

    from include.quality.expectations import ExpectNamesNotToBeLikelyDuplicates

    warning, meta = FailureSeverity.WARNING, _named("reversed_names")
    return [ExpectNamesNotToBeLikelyDuplicates(column="name", severity=warning, meta=meta)]


def quiet_context() -> EphemeralDataContext:
    """Great Expectations in memory only: no files, no telemetry, no progress bars, no chatter in the task's log."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def run_suite(
    context: EphemeralDataContext, about: str, frame: pd.DataFrame, suite: Sequence[Expectation]
) -> list[CheckResult]:
    """The results of a suite over a frame, by check name."""
    from great_expectations.core.expectation_suite import ExpectationSuite

    asset = context.data_sources.add_or_update_pandas(about).add_dataframe_asset(about)
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
    wanted = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["id"],
        "return_unexpected_index_query": False,
    }
    validated: Any = batch.validate(ExpectationSuite(name=about, expectations=list(suite)), result_format=wanted)
    return from_engine(about, len(frame), validated.results)


def _rows_between(least: int, most: int | None, check: str, severity: str) -> Expectation:
    built: Expectation = _built_in().ExpectTableRowCountToBeBetween(
        min_value=least, max_value=most, severity=severity, meta=_named(check)
    )
    return built


def _built_in() -> Any:
    """Great Expectations' own expectations; its package does not export them to type checkers."""
    import great_expectations.expectations

    return great_expectations.expectations


def _named(check: str) -> dict[str, str]:
    return {"check": check}
