"""What a check found, independent of Great Expectations: tasks, reports and tests see only this."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

MOST_IDS = 100

ADVICE = {
    "ids_present": "Clear the extract task to read again.",
    "ids_unique": "Clear the extract task to read again.",
    "pages_complete": "Clear the extract task to read again.",
    "not_shrunk": "If so many records are really gone, say so with: python -m include.sync.decide restored",
    "references_resolve": "Clear the run to read again; if it stays so, run the initial sync.",
    "writes_have_keys": "Clear the plan task; if it stays so, the planning code is wrong.",
    "keys_unique": "Clear the plan task; if it stays so, the planning code is wrong.",
    "one_write_per_record": "Clear the plan task; if it stays so, the planning code is wrong.",
    "links_one_to_one": "Clear the plan task; if it stays so, the planning code is wrong.",
    "totals_add_up": "Clear the plan task; if it stays so, the planning code is wrong.",
}
"""What a person should do about a critical check that failed."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of one thing. `offenders` counts what failed it, `ids` names at most a hundred of them."""

    check: str
    about: str
    severity: str
    passed: bool
    rows: int
    offenders: int
    ids: tuple[str, ...] = ()

    @property
    def stops(self) -> bool:
        """Whether nothing may be written because of it."""
        return not self.passed and self.severity == "critical"


def from_engine(about: str, rows: int, results: Iterable[Any]) -> list[CheckResult]:
    """Great Expectations' results on one frame. A check that could not be carried out has failed."""
    found = [_from_one(about, rows, result) for result in results]
    return sorted(found, key=lambda result: result.check)


def as_json(results: Sequence[CheckResult], about_run: Mapping[str, Any]) -> str:
    """The file kept with the run."""
    stopped = any(result.stops for result in results)
    return json.dumps({**about_run, "stopped": stopped, "checks": [asdict(result) for result in results]}, indent=1)


def stop_message(results: Iterable[CheckResult]) -> str:
    """Names every critical check that failed with the number of offenders, and says what to do."""
    failed = [result for result in results if result.stops]
    named = ", ".join(f"{result.check} of {result.about} ({result.offenders})" for result in failed)
    advice = dict.fromkeys(ADVICE[result.check] for result in failed)
    return f"Data quality stopped the run before any write: {named}. {' '.join(advice)}"


def _from_one(about: str, rows: int, result: Any) -> CheckResult:
    config, found = result.expectation_config, result.result or {}
    offending = [str(row.get("id")) for row in found.get("unexpected_index_list") or []]
    offenders = found.get("unexpected_count")
    if offenders is None:
        offenders = _beyond(found.get("observed_value"), config.kwargs)
    return CheckResult(
        check=config.meta["check"],
        about=about,
        severity=str(getattr(config.severity, "value", config.severity)),
        passed=bool(result.success),
        rows=rows,
        offenders=int(offenders),
        ids=tuple(offending[:MOST_IDS]),
    )


def _beyond(observed: float | None, bounds: Mapping[str, Any]) -> float:
    """How far a number lies outside its bounds; 0 inside them or if it could not be counted."""
    if observed is None:
        return 0
    low, high = bounds.get("min_value"), bounds.get("max_value")
    return max(0, (low - observed) if low is not None else 0, (observed - high) if high is not None else 0)
