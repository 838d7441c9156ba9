"""Likely duplicates as rows of the plan: told, never acted upon (R3).

A linked pair is one customer, known by its QuickBooks record, so that a finding keeps its identity when the sync
creates the missing partner.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from include.quality.names import likely_duplicates
from include.records import Entity, System
from include.sync.reasons import FLAGS
from include.sync.rows import Action, PlanRow
from include.sync.state import State

Party = tuple[str, str]


def plan_flags(state: State, partners: Mapping[str, str]) -> Iterator[PlanRow]:
    """One `flag` per likely duplicate, inside a system or across; `partners` maps Syncta to QuickBooks customers."""
    told = set()
    for pair in likely_duplicates(_active_customers(state)).itertuples(index=False):
        left = _party(str(pair.left_system), str(pair.left_id), partners)
        right = _party(str(pair.right_system), str(pair.right_id), partners)
        key = tuple(sorted((left, right)))
        if left == right or key in told:
            continue
        told.add(key)
        yield _flag(key[0], key[1], str(pair.tier), str(pair.reason))


def doubted(flags: list[PlanRow]) -> frozenset[str]:
    """QuickBooks ids that stand in any flag."""
    parties = [flag.payload[side] for flag in flags for side in ("left", "right")]
    return frozenset(record_id for system, record_id in parties if system == System.QUICKBOOKS)


def _active_customers(state: State) -> pd.DataFrame:
    rows = [
        (system.value, customer.id, customer.name)
        for system, customers in (
            (System.QUICKBOOKS, state.quickbooks_customers),
            (System.SYNCTA, state.syncta_customers),
        )
        for customer in customers.values()
        if customer.active
    ]
    return pd.DataFrame(rows, columns=["system", "id", "name"])


def _party(system: str, record_id: str, partners: Mapping[str, str]) -> Party:
    if system == System.SYNCTA and record_id in partners:
        return (System.QUICKBOOKS.value, partners[record_id])
    return (system, record_id)


def _flag(left: Party, right: Party, tier: str, reason: str) -> PlanRow:
    return PlanRow(
        Action.FLAG,
        Entity.CUSTOMER,
        System(left[0]),
        left[1],
        right[1],
        reason,
        FLAGS[reason],
        payload={"left": list(left), "right": list(right), "tier": tier},
    )
