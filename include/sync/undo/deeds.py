"""What a run did that may be taken back: its writes by the outbox, its links by the ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from include.errors import UndoRefused
from include.ledger import links, outbox, runs
from include.ledger.links import Link
from include.ledger.outbox import OutboxRow
from include.records import Entity, System
from include.sync.live_links import LINKED_ENTITIES
from include.sync.reasons import REFUSALS
from include.sync.rows import REVERSALS, UNDOES, Action, PlanRow
from include.sync.rules.decided import original_id
from include.sync.run import Run, RunKind

MADE_BY_A_WRITE = ("created", "pushed")
"""Links that came with a write end with it."""
NAMED = re.compile(r"(?:(?P<entity>customer|invoice):)?(?P<id>.+)")
"""A record as a person names it: `1045`, or `invoice:1045` where a customer has that id, too."""


@dataclass(frozen=True, slots=True)
class Deeds:
    """What a run did: `writes` that were carried out, `unclear` ones without an answer so far, `links` that it made
    without a write and that live still. `ended` is False while the run has not."""

    run_id: str
    writes: tuple[OutboxRow, ...] = ()
    unclear: tuple[OutboxRow, ...] = ()
    links: tuple[Link, ...] = ()
    ended: bool = True

    def with_action(self, *actions: Action) -> Iterator[OutboxRow]:
        """The writes of these actions, in the order they were recorded."""
        return (write for write in self.writes if write.action in actions)

    def links_of(self, entity: Entity) -> Iterator[Link]:
        """The links of one kind."""
        return (link for link in self.links if link.entity is entity)

    def only(self, record: str) -> Deeds:
        """What it did to one record, named by its id in either system.

        UndoRefused if that is nothing, or if both a customer and an invoice have that id.
        """
        found = NAMED.fullmatch(record)
        if found is None:
            return self
        wanted = [Entity(found["entity"])] if found["entity"] else list(LINKED_ENTITIES)
        some = replace(
            self,
            writes=tuple(w for w in self.writes if w.entity in wanted and found["id"] in ids_of(w)),
            unclear=tuple(w for w in self.unclear if w.entity in wanted and found["id"] in ids_of(w)),
            links=tuple(k for k in self.links if k.entity in wanted and found["id"] in (k.quickbooks_id, k.syncta_id)),
        )
        kinds = {write.entity for write in (*some.writes, *some.unclear)} | {link.entity for link in some.links}
        if not kinds:
            raise UndoRefused("That run did nothing to this record that could be taken back. Leave the record out.")
        if len(kinds) > 1:
            raise UndoRefused("A customer and an invoice have this id. Write customer: or invoice: in front of it.")
        return some


def deeds_of(run: Run, undoes: str) -> Deeds:
    """What the run `undoes` did. UndoRefused if there is no such run of the company, or it was an undo itself."""
    with run.ledger.reading() as conn:
        this = (run.dag_id, run.run_id)
        known = [row for row in runs.of_run_id(conn, run.scope, undoes) if (row.dag_id, row.run_id) != this]
        if not known:
            raise UndoRefused(f"{run.company.key} has no run {undoes}. The report lists the runs with their ids.")
        if all(row.kind == RunKind.UNDO for row in known):
            raise UndoRefused("That run was an undo itself. Decide about each record instead: it is held.")
        written = [row for row in outbox.of_run(conn, run.scope, undoes) if UNDOES not in row.payload]
        made = [link for entity in LINKED_ENTITIES for link in links.made_by(conn, run.scope, entity, undoes)]
    return Deeds(
        undoes,
        writes=tuple(row for row in written if row.state == "done"),
        unclear=tuple(row for row in written if row.state in ("sent", "unclear")),
        links=tuple(link for link in made if link.how not in MADE_BY_A_WRITE),
        ended=all(row.state for row in known),
    )


def ids_of(write: OutboxRow) -> set[str]:
    """The record of a write on both sides, as far as they are known; a supplement is known by its invoice, too."""
    return {write.source_id, original_id(write.source_id), target_of(write)} - {""}


def target_of(write: OutboxRow) -> str:
    """The id of the record that was written; empty while that is not known."""
    return str(write.payload.get("target_id") or (write.result or {}).get("id") or "")


def version_of(write: OutboxRow) -> int:
    """The version the record had right after the write."""
    return int((write.result or {}).get("version", -1))


def refused(write: OutboxRow, reason: str) -> PlanRow:
    """The row that says why a deed is not taken back."""
    to_quickbooks = write.action in (Action.PUSH, Action.VOID)
    source = System.SYNCTA if to_quickbooks else System.QUICKBOOKS
    return PlanRow(Action.SKIP, write.entity, source, write.source_id, target_of(write), reason, REFUSALS[reason])


def left_alone(deeds: Deeds) -> Iterator[PlanRow]:
    """Deeds that no undo takes back: what has no outcome yet, and what took something back itself."""
    yield from (refused(write, "outcome_unclear") for write in deeds.unclear)
    yield from (refused(write, "took_back_itself") for write in deeds.with_action(*REVERSALS))
