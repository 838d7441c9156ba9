"""A company with a real ledger and two systems in memory: read, plan, load, and die on the way if wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, update

from include.ledger import decisions, findings, links, mirror, outbox
from include.ledger.database import Ledger
from include.ledger.decisions import Decision, Verb
from include.ledger.outbox import OutboxRow
from include.ledger.tables import leases, overwritten
from include.records import Customer, Deleted, Entity, Invoice, Item, Payment, Record, SalesReceipt, System
from include.settings import Company
from include.sync.approved import freeze
from include.sync.books import Books
from include.sync.load_ledger import load_to_ledger
from include.sync.load_quickbooks import load_to_quickbooks
from include.sync.load_syncta import load_to_syncta
from include.sync.match import find_matches
from include.sync.plan import plan_of
from include.sync.rows import Plan, PlanRow
from include.sync.run import Run, RunKind
from include.sync.state import read_state
from include.sync.undo.deeds import deeds_of
from include.sync.undo.plan import undo_rows
from tests.sync.builders import NOON, TODAY, company, item
from tests.sync.remotes import FakeQuickBooks, FakeSyncta, Fate

ENTITIES: dict[type[Record], Entity] = {
    Customer: Entity.CUSTOMER,
    Invoice: Entity.INVOICE,
    Payment: Entity.PAYMENT,
    Item: Entity.ITEM,
    SalesReceipt: Entity.SALES_RECEIPT,
}


class MortalLedger:
    """A ledger on which every transaction's begin, commit and end is a point where the process may die."""

    def __init__(self, ledger: Ledger, fate: Fate) -> None:
        self._ledger, self._fate = ledger, fate

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        self._fate.touch("ledger: read")
        with self._ledger.reading() as conn:
            yield conn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        self._fate.touch("ledger: begin")
        with self._ledger.writing() as conn:
            yield conn
            self._fate.touch("ledger: before commit")
        self._fate.touch("ledger: after commit")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)


@dataclass
class World:
    """One company. QuickBooks' customers, items and payments are given; its invoices are those of `quickbooks`."""

    ledger: Ledger
    folder: Path
    company: Company = field(default_factory=company)
    syncta: FakeSyncta = field(default_factory=FakeSyncta)
    quickbooks: FakeQuickBooks = field(default_factory=FakeQuickBooks)
    books_records: list[Record] = field(default_factory=lambda: [item()])
    runs: int = 0

    def run(self, *, kind: RunKind = RunKind.CYCLE, dry_run: bool = False) -> Run:
        """A new run."""
        self.runs += 1
        return Run(
            company=self.company,
            dag_id=f"{'undo' if kind is RunKind.UNDO else 'sync'}.demo",
            run_id=f"run-{self.runs}",
            kind=kind,
            files=self.folder,
            ledger=self.ledger,
            dry_run=dry_run,
        )

    def read(self) -> None:
        """Both systems into the mirror."""
        with self.ledger.writing() as conn:
            theirs = [*self.books_records, *self.quickbooks.invoices.values()]
            ours = [*self.syncta.customers.values(), *self.syncta.invoices.values()]
            for system, records in ((System.QUICKBOOKS, theirs), (System.SYNCTA, ours)):
                for kind, entity in ENTITIES.items():
                    some = [record for record in records if isinstance(record, kind)]
                    known = mirror.records(conn, self.company.scope, system, entity)
                    there = {record.id for record in some}
                    gone = [Deleted(record.id, record.updated_at) for record in known if record.id not in there]
                    mirror.upsert(conn, self.company.scope, system, [*some, *gone], entity, NOON)

    def plan(self) -> Plan:
        """What the rules make of the ledger's state."""
        state = read_state(self.ledger, self.company, Books(today=TODAY))
        return plan_of(state, find_matches(state))

    def planned(self, run: Run, plan: Plan | Sequence[PlanRow]) -> dict[str, Any]:
        """The plan stored as `make_plan` does."""
        plan = plan if isinstance(plan, Plan) else Plan.of(self.company.scope, plan)
        return freeze(run, plan)

    def load(self, run: Run, planned: dict[str, Any]) -> dict[str, dict[str, int]]:
        """All three loads, in the order of the DAG: an undo ends links last."""
        steps = {
            "ledger": lambda: load_to_ledger(run, planned),
            "syncta": lambda: load_to_syncta(run, planned, self.syncta),
            "quickbooks": lambda: load_to_quickbooks(run, planned, self.quickbooks),
        }
        ledger_last = ("syncta", "quickbooks", "ledger")
        return {name: steps[name]() for name in (ledger_last if run.kind is RunKind.UNDO else steps)}

    def undoing(self) -> Run:
        """A new run that undoes another one."""
        return self.run(kind=RunKind.UNDO)

    def undo_plan(self, run: Run, undoes: str, record: str = "") -> Plan:
        """What would be taken back of a run, as `make_undo_plan` makes it."""
        deeds = deeds_of(run, undoes)
        state = read_state(self.ledger, self.company, Books(today=TODAY))
        return Plan.of(state.scope, undo_rows(state, deeds.only(record) if record else deeds))

    def undo(self, undoes: str, record: str = "") -> dict[str, dict[str, int]]:
        """Read, and take a run back; Pat approved it."""
        self.read()
        run = self.undoing()
        return self.load(run, self.planned(run, self.undo_plan(run, undoes, record)) | {"approved_by": "Pat"})

    def cycle(self) -> dict[str, dict[str, int]]:
        """Read, plan, load."""
        self.read()
        run = self.run()
        return self.load(run, self.planned(run, self.plan()))

    def dies_at(self, run: Run, point: int | None) -> tuple[Run, Fate]:
        """The run as a process that dies at a point."""
        fate = Fate(point)
        self.syncta.fate = self.quickbooks.fate = fate
        return replace(run, ledger=MortalLedger(self.ledger, fate)), fate

    def lives_on(self) -> None:
        """A new process: the remotes work again, and the dead one's leases have run out."""
        self.syncta.fate = self.quickbooks.fate = Fate()
        with self.ledger.writing() as conn:
            conn.execute(update(leases).values(expires_at=NOON))

    def links(self, entity: Entity) -> dict[str, str]:
        """QuickBooks id → Syncta id."""
        with self.ledger.reading() as conn:
            return {link.quickbooks_id: link.syncta_id for link in links.live(conn, self.company.scope, entity)}

    def applied(self, entity: Entity, quickbooks_id: str) -> dict[str, Any]:
        """What a link remembers."""
        with self.ledger.reading() as conn:
            found = [k for k in links.live(conn, self.company.scope, entity) if k.quickbooks_id == quickbooks_id]
        return dict(found[0].applied)

    def decide(self, decision: Decision) -> None:
        """A person decides."""
        with self.ledger.writing() as conn:
            decisions.record(conn, self.company.scope, decision)

    def decided(self, verb: str) -> list[Decision]:
        """The standing decisions of a verb."""
        with self.ledger.reading() as conn:
            return decisions.standing(conn, self.company.scope).with_verb(Verb(verb))

    def holds(self) -> dict[str, str]:
        """Record id → reason of its open hold."""
        with self.ledger.reading() as conn:
            return {hold.record_id: hold.reason for hold in findings.open_ones(conn, self.company.scope, "hold")}

    def overwritten(self) -> set[tuple[str, str, Any, Any]]:
        """Syncta id, field, old and new value of everything that was overwritten."""
        with self.ledger.reading() as conn:
            return {(row.syncta_id, row.field, row.old, row.new) for row in conn.execute(select(overwritten))}

    def outbox(self, *keys: str) -> list[OutboxRow]:
        """The recorded writes of these keys."""
        with self.ledger.reading() as conn:
            return list(outbox.by_key(conn, self.company.scope, keys).values())
