"""How a world ends, under names instead of ids, and how two ends differ.

A record is told as people know it: a QuickBooks customer by its name, an invoice of ours by Syncta's number and label,
whatever ids the systems gave. Left out is what may rightly differ: ids, versions, times of writing, how a link came to
be (created, or found again by its mark), and, where QuickBooks assigns numbers, the numbers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from include.ledger import companies, findings, links, pairs
from include.ledger.database import Ledger
from include.ledger.tables import of, outbox
from include.records import Entity
from tests.chaos.world import World

COUNTED = ("Invoice.create", "customer.create", "invoice.paid")
"""Writes of which there may be exactly as many as in the control run; an update may be one step or two."""
Row = tuple[str, str]


@dataclass(frozen=True)
class Ending:
    """Everything that anybody can see: (what, told) → how often. `twice` names what stands there more than once."""

    rows: Mapping[Row, int]
    twice: tuple[str, ...] = ()
    writes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """How a chaos run's ending differs from the control run's."""

    lost: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    other: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lost or self.twice or self.other)

    def __str__(self) -> str:
        told = (("lost", self.lost), ("twice", self.twice), ("differs", self.other))
        return "\n".join(f"  {what}: {one}" for what, some in told for one in some)


def difference(control: Ending, chaos: Ending) -> Difference:
    """What chaos lost, made twice, or left otherwise."""
    lost = [_told(row) for row, number in control.rows.items() if chaos.rows.get(row, 0) < number]
    other = [f"only with chaos: {_told(row)}" for row, n in chaos.rows.items() if control.rows.get(row, 0) < n]
    twice = list(chaos.twice)
    for what in COUNTED:
        ours, theirs = chaos.writes.get(what, 0), control.writes.get(what, 0)
        if ours > theirs:
            twice.append(f"{what} was executed {ours} times instead of {theirs}")
        elif ours < theirs:
            lost.append(f"{what} was executed {ours} times instead of {theirs}")
    return Difference(tuple(sorted(lost)), tuple(sorted(twice)), tuple(sorted(other)))


def _told(row: Row) -> str:
    return f"{row[0]} {row[1]}"


def ending(world: World, ledger: Ledger, writes: Mapping[str, int]) -> Ending:
    """What is there now; `writes` are the sync's since the beginning."""
    eye = _Eye(world)
    rows: Counter[Row] = Counter()
    for what, told in (*eye.systems(), *eye.ledger(ledger)):
        rows[what, json.dumps(told, sort_keys=True, ensure_ascii=False, default=str)] += 1
    return Ending(dict(rows), tuple(eye.twice()), dict(writes))


class _Eye:
    """Knows every record by a name."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.customers = {one["Id"]: one for one in world.in_quickbooks("Customer")}
        self.invoices = {one["Id"]: one for one in world.in_quickbooks("Invoice")}
        self.syncta_customers = {one["id"]: one for one in world.in_syncta("customer")}
        self.syncta_invoices = {one["id"]: one for one in world.in_syncta("invoice")}
        labels = {found: label for label, found in world.syncta_ids.items()}
        self.names: dict[tuple[str, str, str], str] = {("quickbooks", "customer", ""): "", ("", "", ""): ""}
        for id, one in self.customers.items():
            self.names["quickbooks", "customer", id] = str(one["FullyQualifiedName"])
        for id, one in self.syncta_customers.items():
            self.names["syncta", "customer", id] = one["name"] + (" (deleted)" if one["deleted_at"] else "")
        for id, one in self.syncta_invoices.items():
            self.names["syncta", "invoice", id] = f"{one['number']} {labels.get(id, '')}"
        for id, one in self.invoices.items():
            self.names["quickbooks", "invoice", id] = self._of_invoice(one)

    def name(self, system: str, entity: str, id: str) -> str:
        """What people call it."""
        return self.names.get((system, entity, id), "(gone)" if id else "")

    def _of_invoice(self, invoice: Mapping[str, Any]) -> str:
        mark = str(invoice.get("PrivateNote", ""))
        if "[syncta:" in mark:
            return "ours " + self.name("syncta", "invoice", mark.split("[syncta:")[1].split("]")[0].split(":")[1])
        return str(invoice.get("DocNumber"))

    def systems(self) -> Iterable[tuple[str, Any]]:
        """Both systems' records."""
        for one in self.customers.values():
            yield "QuickBooks customer", [one["FullyQualifiedName"], one["Active"]]
        for one in self.invoices.values():
            yield "QuickBooks invoice", self._quickbooks_invoice(one)
        for one in self.syncta_customers.values():
            yield "Syncta customer", self._syncta_customer(one)
        for one in self.syncta_invoices.values():
            customer = self.name("syncta", "customer", one["customer_id"])
            told = [one["number"], one["status"], one["total"], one["paid"], customer, bool(one["deleted_at"])]
            yield "Syncta invoice", told

    def _quickbooks_invoice(self, one: Mapping[str, Any]) -> list[Any]:
        assigned = self.world.company.document_number == "quickbooks_assigns"
        lines = [
            [str(line["Amount"]), line.get("Description"), line["SalesItemLineDetail"]["ItemRef"]["name"]]
            for line in one["Line"]
            if line["DetailType"] == "SalesItemLineDetail"
        ]
        return [
            "*" if assigned and "[syncta:" in str(one.get("PrivateNote")) else one.get("DocNumber"),
            self._of_invoice(one),
            self.name("quickbooks", "customer", one["CustomerRef"]["value"]),
            one["TxnDate"],
            one.get("DueDate"),
            str(one["TotalAmt"]),
            str(one["Balance"]),
            lines,
        ]

    def _syncta_customer(self, one: Mapping[str, Any]) -> list[Any]:
        return [
            one["name"],
            self.name("syncta", "customer", one["parent_id"] or ""),
            one["phone"],
            one["emails"],
            one["mailing_address"],
            one["active"],
            self.name("quickbooks", "customer", one["external_id"] or ""),
            bool(one["deleted_at"]),
        ]

    def ledger(self, ledger: Ledger) -> Iterable[tuple[str, Any]]:
        """Links, what is told to people, and writes without an outcome."""
        scope = self.world.company.scope
        with ledger.reading() as conn:
            yield "first sync", companies.first_sync_at(conn, scope) is not None
            for entity in (Entity.CUSTOMER, Entity.INVOICE):
                for link in links.live(conn, scope, entity):
                    sides = (
                        self.name("quickbooks", entity, link.quickbooks_id),
                        self.name("syncta", entity, link.syncta_id),
                    )
                    yield f"link of {entity.value}", [*sides, self._applied(entity, link.applied)]
            for one in findings.open_ones(conn, scope):
                other = "syncta" if one.system == "quickbooks" else "quickbooks"
                target = self.name(other, one.entity, one.target_id) if one.kind != "flag" else ""
                yield one.kind, [one.reason, self.name(one.system, one.entity, one.record_id), str(one.amount), target]
            for pair in pairs.open_ones(conn, scope):
                left = self.name(pair.left_system, "customer", pair.left_id)
                right = self.name(pair.right_system, "customer", pair.right_id)
                yield "likely duplicate", [*sorted((left, right)), pair.reason]
            open_writes = conn.execute(
                select(outbox.c.action, outbox.c.state).where(
                    of(outbox, scope), outbox.c.state.in_(["pending", "sent"])
                )
            )
            for row in open_writes:
                yield "write without an outcome", [row.action, row.state]

    def _applied(self, entity: Entity, applied: Mapping[str, Any]) -> dict[str, Any]:
        if entity is Entity.CUSTOMER:
            return dict(applied)
        told = {name: applied.get(name) for name in ("total", "returned_total", "date", "balance")}
        paid = applied.get("paid") or {}
        customer = self.name("quickbooks", "customer", applied.get("customer_id", ""))
        return told | {"customer": customer, "paid": [paid.get("date"), paid.get("reference")]}

    def twice(self) -> Iterable[str]:
        """What may stand there once only."""
        marks = Counter(
            self._of_invoice(one) for one in self.invoices.values() if "[syncta:" in str(one.get("PrivateNote"))
        )
        yield from (f"QuickBooks invoice {name}, {n} times" for name, n in marks.items() if n > 1)
        made = Counter(
            one["external_id"] for one in self.syncta_customers.values() if one["external_id"] and not one["deleted_at"]
        )
        for id, number in made.items():
            if number > 1:
                yield f"Syncta customer of QuickBooks' {self.name('quickbooks', 'customer', id)}, {number} times"
