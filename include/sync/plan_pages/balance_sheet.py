"""Where every customer and invoice of both sides goes: each in exactly one bucket, each side adding up (rules 1.4).

A bucket is an action with its reason, such as `push.new` or `hold.product_unknown`. Who is in which is read from the
plan's rows alone and held against the records themselves: a record the plan forgot, or money it lost on the way, is
the `difference`, and that must be nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from include.records import Customer, Entity, Invoice, System
from include.sync.plan_pages.money import Money, less, total
from include.sync.rows import Action, Plan, PlanRow
from include.sync.state import State

COUNTED = (Entity.CUSTOMER, Entity.INVOICE)
# What becomes of a record comes before what flows to it, and that before what is told about it.
_FIRST = (
    Action.CREATE,
    Action.PUSH,
    Action.VOID,
    Action.REMOVE,
    Action.LINK,
    Action.UNLINK,
    Action.HOLD,
    Action.REOPEN,
    Action.MARK_PAID,
    Action.RESTORE,
    Action.UPDATE,
    Action.EXCEPTION,
    Action.RECORD_BALANCE,
    Action.SKIP,
)

Who = tuple[System, Entity, str]
Amounts = Mapping[Who, tuple[str, Decimal]]


@dataclass(frozen=True, slots=True)
class Bucket:
    """Records of one side that the plan treats alike; `name` is `action.reason`."""

    name: str
    count: int
    money: Money


@dataclass(frozen=True, slots=True)
class Sheet:
    """All records of one kind on one side. `count` and `money` are theirs, not the sum of the buckets."""

    system: System
    entity: Entity
    count: int
    money: Money
    buckets: tuple[Bucket, ...]

    @property
    def difference(self) -> tuple[int, Money]:
        """What no bucket holds: 0 and nothing, or the plan is wrong."""
        held = total(pair for bucket in self.buckets for pair in bucket.money.items())
        return self.count - sum(bucket.count for bucket in self.buckets), less(self.money, held)


def balance_sheet(state: State, plan: Plan) -> tuple[Sheet, ...]:
    """Four sheets: customers and invoices of QuickBooks and of Syncta. The plan must list untouched records too."""
    amounts = _records(state)
    bucket_of = {who: bucket for who, bucket in _buckets(state, plan).items() if who in amounts}
    return tuple(_sheet(system, entity, amounts, bucket_of) for entity in COUNTED for system in System)


def _sheet(system: System, entity: Entity, amounts: Amounts, bucket_of: Mapping[Who, str]) -> Sheet:
    own = {who: amount for who, amount in amounts.items() if who[:2] == (system, entity)}
    members: dict[str, list[Who]] = {}
    for who in own:
        if who in bucket_of:
            members.setdefault(bucket_of[who], []).append(who)
    buckets = [Bucket(name, len(some), _money(own[who] for who in some)) for name, some in sorted(members.items())]
    return Sheet(system, entity, len(own), _money(own.values()), tuple(buckets))


def _money(amounts: Iterable[tuple[str, Decimal]]) -> Money:
    """A sum; customers have no money of their own."""
    return total((currency, amount) for currency, amount in amounts if currency or amount)


def _records(state: State) -> Amounts:
    """Every record that is there, with its money; one that cannot be read counts, but its amount is not known."""
    sides: dict[tuple[System, Entity], Mapping[str, Customer | Invoice]] = {
        (System.QUICKBOOKS, Entity.CUSTOMER): state.quickbooks_customers,
        (System.SYNCTA, Entity.CUSTOMER): state.syncta_customers,
        (System.QUICKBOOKS, Entity.INVOICE): state.quickbooks_invoices,
        (System.SYNCTA, Entity.INVOICE): state.syncta_invoices,
    }
    unreadable = {(one.system, one.entity, one.id): ("", Decimal(0)) for one in state.unreadable}
    found = {who: amount for who, amount in unreadable.items() if who[1] in COUNTED}
    for (system, entity), records in sides.items():
        for record in records.values():
            amount = (record.currency, record.total) if isinstance(record, Invoice) else ("", Decimal(0))
            found[system, entity, record.id] = amount
    return found


def _buckets(state: State, plan: Plan) -> dict[Who, str]:
    """Record → the bucket it is in. A pair shares the bucket of whichever of the two a row is about."""
    partner = dict(_pairs(state, plan))
    found: dict[Who, str] = {}
    for row in sorted((row for row in plan.rows if row.action in _FIRST), key=lambda row: _FIRST.index(row.action)):
        who = (row.source, row.entity, row.source_id)
        for one in filter(None, (who, partner.get(who))):
            found.setdefault(one, row.bucket)
    return found


def _pairs(state: State, plan: Plan) -> Iterator[tuple[Who, Who]]:
    """Both directions of every link that stands, and of every one the plan makes instead."""
    linked = [(Entity.CUSTOMER, link.quickbooks_id, link.syncta_id) for link in state.customer_links.values()]
    linked += [(Entity.INVOICE, link.quickbooks_id, link.syncta_id) for link in state.invoice_links.values()]
    linked += [_linked_by(row) for row in plan.with_action(Action.LINK)]
    for entity, quickbooks_id, syncta_id in linked:
        ours, theirs = (System.QUICKBOOKS, entity, quickbooks_id), (System.SYNCTA, entity, syncta_id)
        yield ours, theirs
        yield theirs, ours


def _linked_by(row: PlanRow) -> tuple[Entity, str, str]:
    return row.entity, row.payload["quickbooks_id"], row.payload["syncta_id"]
