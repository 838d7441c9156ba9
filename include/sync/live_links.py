"""The company's live links while a load adds to them: one to one on both sides, whatever a plan says (R4, rules 2.1).

Read once under the lease, so that thousands of rows need no query each. Should another load be quicker after all, the
ledger itself refuses the second link of a record and the load's transaction ends without effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from include.ledger import links
from include.ledger.links import RELINKED, Link
from include.records import Entity, Scope

LINKED_ENTITIES = (Entity.CUSTOMER, Entity.INVOICE)


class LiveLinks:
    """Look up, add and extend the live links of one company."""

    def __init__(self, scope: Scope, live: list[Link]) -> None:
        self._scope = scope
        self._links = {(link.entity, link.quickbooks_id): link for link in live}
        self._in_syncta = {(link.entity, link.syncta_id) for link in live}

    @classmethod
    def of(cls, conn: Connection, scope: Scope) -> LiveLinks:
        """The links as the ledger has them now."""
        return cls(scope, [link for entity in LINKED_ENTITIES for link in links.live(conn, scope, entity)])

    def partner(self, entity: Entity, quickbooks_id: str) -> str:
        """The Syncta id a QuickBooks record is linked to, or empty."""
        link = self._links.get((entity, quickbooks_id))
        return link.syncta_id if link else ""

    def has_syncta(self, entity: Entity, syncta_id: str) -> bool:
        """Whether a Syncta record is linked."""
        return (entity, syncta_id) in self._in_syncta

    def sent_to(self, quickbooks_customer_id: str) -> bool:
        """Whether a linked invoice was sent to a customer of QuickBooks."""
        return any(
            entity is Entity.INVOICE and link.applied.get("customer_id") == quickbooks_customer_id
            for (entity, _), link in self._links.items()
        )

    def add(self, conn: Connection, link: Link) -> bool:
        """Add a link, or let the one between the same two remember more; False if one of them is linked otherwise.

        `how` "relinked" replaces the link of a QuickBooks record whose Syncta record was deleted (rules 2.7).
        """
        known = self._links.get((link.entity, link.quickbooks_id))
        if known and known.syncta_id == link.syncta_id:
            return self.remember(conn, link.entity, link.quickbooks_id, link.applied, link.run_id)
        if self.has_syncta(link.entity, link.syncta_id) or (known and link.how != RELINKED):
            return False
        if known:
            self.end(conn, link.entity, link.quickbooks_id, known.syncta_id, RELINKED)
        links.add(conn, self._scope, link)
        self._links[link.entity, link.quickbooks_id] = link
        self._in_syncta.add((link.entity, link.syncta_id))
        return True

    def end(self, conn: Connection, entity: Entity, quickbooks_id: str, syncta_id: str, why: str) -> bool:
        """End the link between these two; it stays on record with the reason. False if they are not linked by now."""
        if self.partner(entity, quickbooks_id) != syncta_id:
            return False
        links.end(conn, self._scope, entity, quickbooks_id, why)
        del self._links[entity, quickbooks_id]
        self._in_syncta.discard((entity, syncta_id))
        return True

    def remember(
        self, conn: Connection, entity: Entity, quickbooks_id: str, more: Mapping[str, Any], run_id: str
    ) -> bool:
        """Add to what a link says was applied; False if there is no such link."""
        known = self._links.get((entity, quickbooks_id))
        if known is None:
            return False
        applied = {**known.applied, **more}
        if applied != known.applied:
            links.set_applied(conn, self._scope, entity, quickbooks_id, applied, run_id)
            self._links[entity, quickbooks_id] = replace(known, applied=applied)
        return True
