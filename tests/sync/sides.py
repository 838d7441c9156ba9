"""QuickBooks and Syncta in memory, as far as they are read: each with a clock of its own."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from include.records import Deleted, Entity, Extract, Invoice, Record, Unreadable
from tests.sync.builders import NOON

Damage = Callable[[Extract], Extract]


@dataclass
class Kept:
    """A record as a side keeps it; it can be read from `visible` on, which may be later than its own time."""

    record: Record
    visible: dt.datetime


@dataclass
class Side:
    """What both sides do: keep records, and answer which there are, which changed, which were created when."""

    now: dt.datetime = NOON
    kept: dict[tuple[Entity, str], Kept] = field(default_factory=dict)
    gone: dict[tuple[Entity, str], dt.datetime] = field(default_factory=dict)
    unreadable: dict[Entity, tuple[Unreadable, ...]] = field(default_factory=dict)
    damage: dict[Entity, Damage] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)

    def put(self, entity: Entity, record: Record, *, visible_after: dt.timedelta = dt.timedelta(0)) -> Record:
        """Create or change a record now: its version rises, its times are the side's clock."""
        before = self.kept.get((entity, record.id))
        version = before.record.version + 1 if before else record.version
        created = before.record.created_at if before else self.now
        stored = replace(record, version=version, created_at=created, updated_at=self.now)
        self.kept[entity, record.id] = Kept(stored, self.now + visible_after)
        return stored

    def delete(self, entity: Entity, record_id: str) -> None:
        """Delete a record now."""
        del self.kept[entity, record_id]
        self.gone[entity, record_id] = self.now

    def pass_time(self, **amount: float) -> None:
        """Let the side's clock run."""
        self.now += dt.timedelta(**amount)

    def read_all(
        self,
        entity: Entity,
        *,
        changed_since: dt.datetime | None = None,
        created: tuple[dt.datetime, dt.datetime] | None = None,
        dated: tuple[dt.date, dt.date] | None = None,
    ) -> Extract:
        """The client's method of that name."""
        how = "created" if created else "changed" if changed_since else "dated" if dated else "all"
        self.calls[f"{entity.value}.{how}"] += 1
        records = [record for record in self.seen(entity) if not changed_since or record.updated_at >= changed_since]
        if created:
            records = [record for record in records if created[0] <= record.created_at < created[1]]
        if dated:
            records = [record for record in records if dated[0] <= getattr(record, "date", dt.date.min) <= dated[1]]
        bad = self.unreadable.get(entity, ())
        extract = Extract(tuple(records), (), bad, len(records) + len(bad), self.now, complete=how == "all")
        return self.damage.get(entity, lambda same: same)(extract)

    def seen(self, entity: Entity) -> list[Record]:
        """What can be read of an entity now."""
        return [one.record for (kind, _), one in self.kept.items() if kind is entity and one.visible <= self.now]

    def stubs(self, entity: Entity, since: dt.datetime) -> tuple[Deleted, ...]:
        """What was deleted since."""
        return tuple(Deleted(id, at) for (kind, id), at in self.gone.items() if kind is entity and at >= since)


@dataclass
class QuickBooks(Side):
    """The reading half of QuickBooks; `tells` is False when there is more than one answer can hold."""

    realm_id: str = "9341453000000001"
    tells: bool = True
    close_date: dt.date | None = None
    multicurrency: bool = False
    uses_sales_tax: bool = True
    home_currency: str = "USD"
    custom_numbers: bool = True
    automated_sales_tax: bool = False
    legal_name: str = "Demo Backflow LLC"
    known_terms: dict[str, str] = field(default_factory=lambda: {"Net 30": "3"})

    def changes(self, entities: Sequence[Entity], since: dt.datetime) -> dict[Entity, Extract] | None:
        """One call about several entities, deletions included."""
        self.calls["cdc"] += 1
        if not self.tells:
            return None
        return {entity: self._since(entity, since) for entity in entities}

    def _since(self, entity: Entity, since: dt.datetime) -> Extract:
        changed = tuple(record for record in self.seen(entity) if record.updated_at >= since)
        return Extract(changed, self.stubs(entity, since), self.unreadable.get(entity, ()), None, self.now)

    def read_invoice(self, invoice_id: str) -> Invoice | None:
        """One invoice as it is now."""
        self.calls["invoice"] += 1
        kept = self.kept.get((Entity.INVOICE, invoice_id))
        return kept.record if kept and isinstance(kept.record, Invoice) else None

    def company(self) -> QuickBooks:
        """Itself: it has a realm_id."""
        self.calls["companyinfo"] += 1
        return self

    def preferences(self) -> QuickBooks:
        """Itself: it has the fields of preferences."""
        self.calls["preferences"] += 1
        return self

    def terms(self) -> dict[str, str]:
        """Payment terms, name → id."""
        self.calls["terms"] += 1
        return self.known_terms

    @property
    def metered(self) -> int:
        """Calls made so far."""
        return self.calls.total()


@dataclass(frozen=True)
class Count:
    """What Syncta counts."""

    customers: int
    invoices: int
    as_of: dt.datetime


@dataclass
class Syncta(Side):
    """The reading half of Syncta; its lists show deleted records too."""

    def changes(self, since: dt.datetime | None) -> Count:
        """How many records changed, deleted ones counted."""
        self.calls["changes"] += 1
        since = since or NOON - dt.timedelta(days=9999)
        numbers = {
            entity: sum(record.updated_at >= since for record in self.seen(entity)) + len(self.stubs(entity, since))
            for entity in (Entity.CUSTOMER, Entity.INVOICE)
        }
        return Count(numbers[Entity.CUSTOMER], numbers[Entity.INVOICE], self.now)

    def read_all(self, entity: Entity, **window: Any) -> Extract:
        """All records, deleted ones among them."""
        extract = super().read_all(entity, **window)
        since = window.get("changed_since") or NOON - dt.timedelta(days=9999)
        deleted = () if window.get("created") else self.stubs(entity, since)
        return replace(extract, deleted=deleted, expected=(extract.expected or 0) + len(deleted))
