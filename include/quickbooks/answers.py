"""The envelopes QuickBooks' answers come in: its clock, the rows of a query, the blocks of a change capture."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from include.errors import ContractBroken
from include.quickbooks.faults import error_for, faults_in
from include.quickbooks.fields import CannotRead, rows, time
from include.quickbooks.mapping import read_extract
from include.quickbooks.query import NAMES
from include.records import Entity, Extract

Answer = Mapping[str, Any]

CHANGES_LIMIT = 1000
"""A change capture never holds more objects, over all entities; at this number some may be missing (protocol 2.4)."""

FURTHEST_BACK = dt.timedelta(days=29)
"""QuickBooks looks back 30 days, less a margin."""


def clock(answer: Answer) -> dt.datetime:
    """When QuickBooks answered, by its own clock. Raises ContractBroken where it does not say."""
    try:
        return time(answer, "time")
    except CannotRead:
        raise ContractBroken("QuickBooks answered without its time.") from None


def page_of(answer: Answer, entity: Entity) -> list[object]:
    """The rows of one page of a query; no rows where the entity's key is absent."""
    found = _response(answer).get(NAMES[entity], [])
    if not isinstance(found, list):
        raise ContractBroken(f"QuickBooks answered a query for {entity.value} with something that is no list.")
    return found


def total_of(answer: Answer) -> int:
    """The number a count(*) gave."""
    total = _response(answer).get("totalCount", 0)
    if not isinstance(total, int):
        raise ContractBroken("QuickBooks answered a count with something that is no number.")
    return total


def read_changes(answer: Answer, entities: Sequence[Entity], since: dt.datetime) -> dict[Entity, Extract] | None:
    """An extract per entity, empty where nothing changed. None if objects may be missing: the limit is reached, or
    `since` lies further back than QuickBooks looks, by its own clock."""
    as_of = clock(answer)
    blocks = _change_blocks(answer)
    told = {entity: _gathered(blocks, entity) for entity in entities}
    announced = sum(int(block.get("totalCount") or 0) for block in blocks)
    found = sum(len(gathered) for gathered in told.values())
    if max(found, announced) >= CHANGES_LIMIT or as_of - since > FURTHEST_BACK:
        return None
    return {entity: read_extract(entity, told[entity], expected=None, as_of=as_of) for entity in entities}


def _change_blocks(answer: Answer) -> list[Answer]:
    if not isinstance(answer.get("CDCResponse"), list):
        raise ContractBroken("QuickBooks answered a request for changes without any block of changes.")
    responses = rows(answer, "CDCResponse")
    for response in responses:
        faults = tuple(faults_in(response))
        if faults:
            raise error_for(200, {}, faults)
    return [block for response in responses for block in rows(response, "QueryResponse")]


def _gathered(blocks: Sequence[Answer], entity: Entity) -> list[object]:
    """One entity may come in several blocks (python-quickbooks keeps the last only)."""
    return [row for block in blocks for row in block.get(NAMES[entity]) or []]


def _response(answer: Answer) -> Answer:
    response = answer.get("QueryResponse")
    if not isinstance(response, dict):
        raise ContractBroken("QuickBooks answered a query without a QueryResponse.")
    return response
