"""The project's own expectation: no name is likely a duplicate of another. Importing this module imports
Great Expectations; only `suites` does, inside its functions (docs/decisions/0004).
"""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)

from include.quality.names import likely_duplicates

METRIC = "column_values.not_likely_duplicate"


class NotLikelyDuplicate(ColumnMapMetricProvider):
    """Per name: whether no other name of the column is likely the same customer's."""

    condition_metric_name = METRIC

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series[str], **_: Any) -> pd.Series[bool]:
        named = pd.DataFrame({"system": "", "id": range(len(column)), "name": column.to_numpy()})
        pairs = likely_duplicates(named)
        flagged = set(pairs["left_id"]) | set(pairs["right_id"])
        return pd.Series([position not in flagged for position in range(len(column))], index=column.index)


class ExpectNamesNotToBeLikelyDuplicates(ColumnMapExpectation):
    """Expect no name of the column to be likely the same customer as another, such as one that is its reversal."""

    map_metric: ClassVar[str] = METRIC
