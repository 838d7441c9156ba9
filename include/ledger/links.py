"""Which QuickBooks record belongs to which Syncta record, and what was last applied across the link (R4, R5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from include.ledger.tables import links, of, scoped
from include.ledger.tables import overwritten as overwritten_values
from include.records import Entity, Scope

RELINKED = "relinked"
"""Why a link ended whose Syncta record was deleted and replaced by its only namesake (rules 2.7)."""


class AlreadyLinked(Exception):
    """One of the two records has a live link to another record."""


@dataclass(frozen=True, slots=True)
class Link:
    """A live link.

    `how` says what made it: exact_name, external_id, created, pushed, history, marker, relinked, decision. `applied`
    holds the QuickBooks values last applied to Syncta, or the snapshot that was pushed, as JSON; `run_id` is the run
    that did.
    """

    entity: Entity
    quickbooks_id: str
    syncta_id: str
    how: str
    applied: Mapping[str, Any]
    run_id: str
    linked_at: dt.datetime


def live(conn: Connection, scope: Scope, entity: Entity) -> list[Link]:
    """The live links of one kind, oldest first."""
    return _found(conn, scope, links.c.entity == entity)


def made_by(conn: Connection, scope: Scope, entity: Entity, run_id: str) -> list[Link]:
    """The live links of one kind that a run made, whoever applied something across them since."""
    return _found(conn, scope, links.c.entity == entity, links.c.made_by == run_id)


def _found(conn: Connection, scope: Scope, *where: ColumnElement[bool]) -> list[Link]:
    rows = conn.execute(select(links).where(of(links, scope), links.c.live, *where).order_by(links.c.id))
    return [Link(Entity(r.entity), r.quickbooks_id, r.syncta_id, r.how, r.applied, r.run_id, r.linked_at) for r in rows]


def parted(conn: Connection, scope: Scope, entity: Entity) -> frozenset[tuple[str, str]]:
    """QuickBooks and Syncta ids of links that were ended for another reason than that the partner was gone: such a
    pair is never linked again by itself."""
    where = (of(links, scope), links.c.entity == entity, ~links.c.live, links.c.ended_why != RELINKED)
    found = conn.execute(select(links.c.quickbooks_id, links.c.syncta_id).where(*where))
    return frozenset((row.quickbooks_id, row.syncta_id) for row in found)


def add(conn: Connection, scope: Scope, link: Link) -> None:
    """Make a link. Made already between the same two: nothing happens. `AlreadyLinked` if either has another."""
    values = scoped(
        scope,
        entity=link.entity.value,
        quickbooks_id=link.quickbooks_id,
        syncta_id=link.syncta_id,
        how=link.how,
        applied=dict(link.applied),
        run_id=link.run_id,
        made_by=link.run_id,
        linked_at=link.linked_at,
        live=True,
    )
    try:
        with conn.begin_nested():
            conn.execute(insert(links).values(**values))
    except IntegrityError:
        partner = conn.execute(select(links.c.syncta_id).where(_live(scope, link.entity, link.quickbooks_id)))
        if partner.scalar_one_or_none() != link.syncta_id:
            raise AlreadyLinked("One of the two records is linked to another one.") from None


def set_applied(
    conn: Connection, scope: Scope, entity: Entity, quickbooks_id: str, applied: Mapping[str, Any], run_id: str
) -> None:
    """Replace what was last applied across a live link."""
    where = _live(scope, entity, quickbooks_id)
    conn.execute(update(links).where(where).values(applied=dict(applied), run_id=run_id))


def end(conn: Connection, scope: Scope, entity: Entity, quickbooks_id: str, why: str) -> None:
    """End a live link; it stays on record with the reason."""
    conn.execute(update(links).where(_live(scope, entity, quickbooks_id)).values(live=False, ended_why=why))


def overwritten(
    conn: Connection, scope: Scope, run_id: str, entity: Entity, syncta_id: str, field: str, old: Any, new: Any
) -> None:
    """Keep a Syncta value that the sync replaced, with the run that did it (R5)."""
    values = scoped(scope, run_id=run_id, entity=entity.value, syncta_id=syncta_id, field=field, old=old, new=new)
    conn.execute(insert(overwritten_values).values(**values))


def _live(scope: Scope, entity: Entity, quickbooks_id: str) -> Any:
    return of(links, scope) & (links.c.entity == entity) & (links.c.quickbooks_id == quickbooks_id) & links.c.live
