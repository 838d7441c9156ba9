"""Which Syncta customer each QuickBooks customer is: by decision, by link, by exactly the same name (R2, R6, R7).

Names are compared code point for code point, by a pandas join; nothing is trimmed or folded. A sub-customer is
looked for among the children of its parent's partner only, so levels are matched from the top down (rules 2.4).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from include.ledger.decisions import Verb
from include.records import Customer
from include.sync.books import read_books
from include.sync.known import create_again, decision_on, known_matches
from include.sync.matches import PAIRED, Match, Outcome, counts_of, write_matches
from include.sync.rules.renames import Renames
from include.sync.run import Run
from include.sync.state import State, read_state
from include.sync.window import window_of

log = logging.getLogger(__name__)


def match_customers(run: Run) -> dict[str, Any]:
    """Match every QuickBooks customer and store the result beside the run.

    Returns `{"path": Parquet file, "counts": outcome → number}`. The file has the columns quickbooks_id, outcome,
    syncta_id (text) and level (int), one row per QuickBooks customer.
    """
    matches = find_matches(read_state(run.ledger, run.company, read_books(run)))
    path = run.folder / "matches.parquet"
    run.folder.mkdir(parents=True, exist_ok=True)
    write_matches(matches, path)
    counts = counts_of(matches)
    log.info("Match, read %s: %d QuickBooks customers: %s", window_of(run), len(matches), counts)
    return {"path": str(path), "counts": counts}


def find_matches(state: State) -> list[Match]:
    """A `Match` for every QuickBooks customer in the mirror, in the order of levels, then ids."""
    levels = levels_of(state.quickbooks_customers)
    frame = _quickbooks_frame(state, levels)
    known = list(known_matches(state, levels))
    partner = {m.quickbooks_id: m.syncta_id for m in known if m.outcome in PAIRED}
    todo = frame[~frame["id"].isin([m.quickbooks_id for m in known])]
    syncta = _syncta_frame(state, taken=frozenset(partner.values()))
    found = list(known)
    for level, rows in todo.groupby("level", sort=True):
        for match in _match_level(rows, syncta, partner, int(str(level))):
            match = _as_decided(match, state)
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
    flowing = Renames.of(state).flowing
    rows = [
        (c.id, flowing.get(c.id, c.name), c.parent_id, c.active and c.id not in taken, c.active)
        for c in state.syncta_customers.values()
    ]
    return _frame(rows, id="str", name="str", parent_id="str", free="bool", active="bool")


def _frame(rows: list[tuple[Any, ...]], **columns: str) -> pd.DataFrame:
    """Columns of fixed types, also when there are no rows."""
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


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


def _as_decided(match: Match, state: State) -> Match:
    """What names say, after what happened before and what people decided (rules 2.7, 2.8).

    A customer that had a partner is linked to its one namesake or held, and created anew by decision only. A pair that
    somebody parted stays so.
    """
    decision, link = decision_on(state, match.quickbooks_id), state.customer_links.get(match.quickbooks_id)
    verb = decision.verb if decision else None
    had_partner = link is not None or verb is Verb.LINK
    if match.outcome is Outcome.EXACT and (match.quickbooks_id, match.syncta_id) not in state.parted:
        return replace(match, outcome=Outcome.RELINK) if had_partner else match
    outcome = Outcome.UNLINKED if match.outcome is Outcome.EXACT else Outcome.GONE if had_partner else match.outcome
    waits_for_parent = match.outcome is Outcome.PARENT_NOT_LINKED
    if create_again(state, match.quickbooks_id):
        outcome = Outcome.PARENT_NOT_LINKED if waits_for_parent else Outcome.CREATE
    elif verb is Verb.NEVER_CREATE and outcome in (Outcome.CREATE, Outcome.GONE, Outcome.UNLINKED):
        outcome = Outcome.NEVER
    return replace(match, outcome=outcome, syncta_id="")


def _candidates(syncta: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Per key: how many records bear it, and the id where it is one."""
    return syncta.groupby(keys, as_index=False).agg(candidates=("id", "size"), syncta_id=("id", "first"))


def _outcome(candidates: int, borne_by_linked: bool, borne_elsewhere: bool) -> Outcome:
    if candidates:
        return Outcome.EXACT if candidates == 1 else Outcome.AMBIGUOUS
    if borne_by_linked:
        return Outcome.NAME_LINKED_ELSEWHERE
    return Outcome.OTHER_PARENT if borne_elsewhere else Outcome.CREATE
