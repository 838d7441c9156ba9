"""Which Syncta customer each QuickBooks customer is: by link, by external id, by exactly the same name (R2, R6, R7).

Names are compared code point for code point, by a pandas join; nothing is trimmed or folded. A sub-customer is
looked for among the children of its parent's partner only, so levels are matched from the top down (rules 2.4).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import pandas as pd

from include.records import Customer, Entity, System
from include.sync.books import read_books
from include.sync.run import Run
from include.sync.state import State, read_state
from include.sync.window import window_of

log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What was found for one QuickBooks customer."""

    LINKED = "linked"
    EXTERNAL_ID = "external_id"
    EXACT = "exact_name"
    RELINK = "relinked"
    CREATE = "create"
    AMBIGUOUS = "ambiguous_name"
    NAME_LINKED_ELSEWHERE = "name_linked_elsewhere"
    OTHER_PARENT = "same_name_other_parent"
    PARENT_NOT_LINKED = "parent_not_linked"
    GONE = "linked_record_gone"
    INACTIVE = "inactive"
    EXCLUDED = "excluded"


PAIRED = (Outcome.LINKED, Outcome.EXTERNAL_ID, Outcome.EXACT, Outcome.RELINK)
"""Outcomes with exactly one Syncta record."""


@dataclass(frozen=True, slots=True)
class Match:
    """One QuickBooks customer's outcome; `syncta_id` is empty unless paired, `level` counts its ancestors."""

    quickbooks_id: str
    outcome: Outcome
    syncta_id: str = ""
    level: int = 0


def match_customers(run: Run) -> dict[str, Any]:
    """Match every QuickBooks customer and store the result beside the run.

    Returns `{"path": Parquet file, "counts": outcome → number}`. The file has the columns quickbooks_id, outcome,
    syncta_id (text) and level (int), one row per QuickBooks customer.
    """
    matches = find_matches(read_state(run.ledger, run.company, read_books(run)))
    path = run.folder / "matches.parquet"
    run.folder.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame(
        [(m.quickbooks_id, m.outcome.value, m.syncta_id, m.level) for m in matches],
        columns=["quickbooks_id", "outcome", "syncta_id", "level"],
    )
    with path.open("wb") as file:
        frame.to_parquet(file)
    counts = {str(outcome): int(n) for outcome, n in frame["outcome"].value_counts().sort_index().items()}
    log.info("Match, read %s: %d QuickBooks customers: %s", window_of(run), len(frame), counts)
    return {"path": str(path), "counts": counts}


def read_matches(file: Any) -> list[Match]:
    """The matches stored by `match_customers`; `file` is anything with `open("rb")`."""
    with file.open("rb") as handle:
        frame = pd.read_parquet(handle)
    return [Match(str(q), Outcome(o), str(s), int(n)) for q, o, s, n in frame.itertuples(index=False, name=None)]


def find_matches(state: State) -> list[Match]:
    """A `Match` for every QuickBooks customer in the mirror, in the order of levels, then ids."""
    levels = levels_of(state.quickbooks_customers)
    frame = _quickbooks_frame(state, levels)
    known = _already_known(state, levels)
    partner = {m.quickbooks_id: m.syncta_id for m in known if m.outcome in PAIRED}
    todo = frame[~frame["id"].isin([m.quickbooks_id for m in known])]
    syncta = _syncta_frame(state, taken=frozenset(partner.values()))
    found: list[Match] = list(known)
    for level, rows in todo.groupby("level", sort=True):
        for match in _match_level(rows, syncta, partner, int(str(level))):
            match = _never_created_again(match, state)
            found.append(match)
            if match.outcome in PAIRED:
                partner[match.quickbooks_id] = match.syncta_id
            elif match.outcome is Outcome.CREATE:
                partner[match.quickbooks_id] = f"new:{match.quickbooks_id}"
        syncta.loc[syncta["id"].isin(partner.values()), "free"] = False
    return sorted(found, key=lambda m: (m.level, m.quickbooks_id))


def levels_of(customers: Mapping[str, Customer]) -> dict[str, int]:
    """Customer id → number of ancestors. A parent that is not known counts as one; a loop ends at the fifth."""
    levels: dict[str, int] = {}
    for customer in customers.values():
        level, above = 0, customer.parent_id
        while above and level < 5:
            level += 1
            above = customers[above].parent_id if above in customers else ""
        levels[customer.id] = level
    return levels


def _quickbooks_frame(state: State, levels: Mapping[str, int]) -> pd.DataFrame:
    rows = [
        (c.id, c.name, c.parent_id, c.active, c.is_project, levels[c.id]) for c in state.quickbooks_customers.values()
    ]
    return _frame(rows, id="str", name="str", parent_id="str", active="bool", is_project="bool", level="int64")


def _syncta_frame(state: State, *, taken: frozenset[str]) -> pd.DataFrame:
    """Syncta's customers under the names they will bear once renames of linked ones have flowed (rules 2.3)."""
    flowing = {
        link.syncta_id: state.quickbooks_customers[quickbooks_id].name
        for quickbooks_id, link in state.customer_links.items()
        if quickbooks_id in state.quickbooks_customers
        and state.quickbooks_customers[quickbooks_id].active
        and state.quickbooks_customers[quickbooks_id].name != link.applied.get("name")
    }
    rows = [
        (c.id, flowing.get(c.id, c.name), c.parent_id, c.active and c.id not in taken, c.active)
        for c in state.syncta_customers.values()
    ]
    return _frame(rows, id="str", name="str", parent_id="str", free="bool", active="bool")


def _frame(rows: list[tuple[Any, ...]], **columns: str) -> pd.DataFrame:
    """Columns of fixed types, also when there are no rows."""
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def _already_known(state: State, levels: Mapping[str, int]) -> list[Match]:
    """Matches that need no look at names: links, external ids, inactive and excluded customers."""
    linked_here = {link.syncta_id for link in state.customer_links.values()}
    by_external_id = {
        c.external_id: c.id for c in state.syncta_customers.values() if c.external_id and c.id not in linked_here
    }
    known = []
    for customer in state.quickbooks_customers.values():
        link, level = state.customer_links.get(customer.id), levels[customer.id]
        if link and not state.gone(System.SYNCTA, Entity.CUSTOMER, link.syncta_id):
            known.append(Match(customer.id, Outcome.LINKED, link.syncta_id, level))
        elif not customer.active:
            known.append(Match(customer.id, Outcome.INACTIVE, "", level))
        elif customer.is_project and not state.company.include_projects:
            known.append(Match(customer.id, Outcome.EXCLUDED, "", level))
        elif not link and customer.id in by_external_id:
            known.append(Match(customer.id, Outcome.EXTERNAL_ID, by_external_id[customer.id], level))
    return known


def _match_level(rows: pd.DataFrame, syncta: pd.DataFrame, partner: Mapping[str, str], level: int) -> list[Match]:
    """Outcomes of one level: an exact join on (name, parent's partner)."""
    rows = rows.assign(parent=rows["parent_id"].map(lambda parent: partner.get(parent) if parent else ""))
    orphans = rows[rows["parent"].isna()]
    rows = rows[rows["parent"].notna() & (rows["name"] != "")]
    same_place = _candidates(syncta[syncta["free"]], ["name", "parent_id"])
    joined = rows.merge(
        same_place, how="left", left_on=["name", "parent"], right_on=["name", "parent_id"], suffixes=("", "_syncta")
    ).fillna({"candidates": 0})
    joined["candidates"] = joined["candidates"].astype("int64")
    taken = syncta[~syncta["free"] & syncta["active"]]
    taken_names = set(zip(taken["name"], taken["parent_id"], strict=True))
    free_names = set(syncta.loc[syncta["free"], "name"])
    matches = [Match(str(i), Outcome.PARENT_NOT_LINKED, "", level) for i in orphans["id"]]
    for row in joined.itertuples(index=False):
        candidates = int(str(row.candidates))
        outcome = _outcome(candidates, (row.name, row.parent) in taken_names, row.name in free_names)
        syncta_id = str(row.syncta_id) if outcome is Outcome.EXACT else ""
        matches.append(Match(str(row.id), outcome, syncta_id, level))
    return matches


def _never_created_again(match: Match, state: State) -> Match:
    """A customer whose linked Syncta record was deleted is linked to its one namesake or held (rules 2.7)."""
    if match.quickbooks_id not in state.customer_links:
        return match
    if match.outcome is Outcome.EXACT:
        return replace(match, outcome=Outcome.RELINK)
    return replace(match, outcome=Outcome.GONE, syncta_id="")


def _candidates(syncta: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Per key: how many records bear it, and the id where it is one."""
    return syncta.groupby(keys, as_index=False).agg(candidates=("id", "size"), syncta_id=("id", "first"))


def _outcome(candidates: int, borne_by_linked: bool, borne_elsewhere: bool) -> Outcome:
    if candidates:
        return Outcome.EXACT if candidates == 1 else Outcome.AMBIGUOUS
    if borne_by_linked:
        return Outcome.NAME_LINKED_ELSEWHERE
    return Outcome.OTHER_PARENT if borne_elsewhere else Outcome.CREATE
