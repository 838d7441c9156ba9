"""What matching finds for each QuickBooks customer, as a value and as a file beside the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd


class Outcome(StrEnum):
    """What was found for one QuickBooks customer; most are also the reason code of what is told."""

    LINKED = "linked"
    EXTERNAL_ID = "external_id"
    EXACT = "exact_name"
    RELINK = "relinked"
    DECIDED = "decision"
    CREATE = "create"
    AMBIGUOUS = "ambiguous_name"
    NAME_LINKED_ELSEWHERE = "name_linked_elsewhere"
    OTHER_PARENT = "same_name_other_parent"
    PARENT_NOT_LINKED = "parent_not_linked"
    GONE = "linked_record_gone"
    TARGET_TAKEN = "target_linked_elsewhere"
    UNLINKED = "unlinked_by_person"
    UNDONE = "undone_by_person"
    INACTIVE = "inactive"
    EXCLUDED = "excluded"
    LEFT_OUT = "customer_excluded"
    NEVER = "never_create"


PAIRED = (Outcome.LINKED, Outcome.EXTERNAL_ID, Outcome.EXACT, Outcome.RELINK, Outcome.DECIDED)
"""Outcomes with exactly one Syncta record."""
LEFT_ALONE = (Outcome.INACTIVE, Outcome.EXCLUDED, Outcome.LEFT_OUT, Outcome.NEVER)
"""Outcomes that nobody needs to do anything about."""


@dataclass(frozen=True, slots=True)
class Match:
    """One QuickBooks customer's outcome; `syncta_id` is empty unless paired, `level` counts its ancestors."""

    quickbooks_id: str
    outcome: Outcome
    syncta_id: str = ""
    level: int = 0


COLUMNS = ["quickbooks_id", "outcome", "syncta_id", "level"]


def write_matches(matches: Sequence[Match], file: Any) -> None:
    """Store matches as Parquet, one row each: `COLUMNS`, text but for the level."""
    frame = pd.DataFrame([(m.quickbooks_id, m.outcome.value, m.syncta_id, m.level) for m in matches], columns=COLUMNS)
    with file.open("wb") as handle:
        frame.to_parquet(handle)


def counts_of(matches: Sequence[Match]) -> dict[str, int]:
    """Outcome → number of QuickBooks customers."""
    return dict(sorted(Counter(match.outcome.value for match in matches).items()))
