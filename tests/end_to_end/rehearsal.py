"""A whole company's sync over real HTTP and a real ledger, its steps called in the DAG's order, without Airflow.

The DAGs themselves are run in test_dags.py and, by a real scheduler, in test_scheduler.py; here the rules are seen
from outside, quickly: what stands in both systems before and after.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from cryptography.fernet import Fernet
from sqlalchemy import select

from include.ledger import findings, pairs, runs
from include.ledger.database import Ledger, migrate
from include.ledger.findings import OpenFinding
from include.ledger.pairs import Pair
from include.ledger.tables import overwritten
from include.ledger.tokens import LedgerTokenStore
from include.quality.check import check_quality
from include.quickbooks.auth import Credentials
from include.quickbooks.client import QuickBooksClient
from include.sandbox.quickbooks.engine import Books
from include.settings import Company, load_settings
from include.sync import extract
from include.sync.load_ledger import load_to_ledger
from include.sync.load_quickbooks import load_to_quickbooks
from include.sync.load_syncta import load_to_syncta
from include.sync.match import match_customers
from include.sync.plan import make_plan
from include.sync.plan_file import read
from include.sync.poll import poll
from include.sync.reconcile.compare import compare, read_sides, reconciliation_of
from include.sync.reconcile.pages import Reconciliation
from include.sync.report import report
from include.sync.rows import Plan, Stage
from include.sync.run import Run, RunKind
from include.sync.undo.plan import make_undo_plan
from include.syncta.client import SynctaClient
from tests.sandbox_server import RunningSandbox, sandbox_in_threads

EXTRACTS = (extract.extract_customers, extract.extract_invoices, extract.extract_payments)
DAGS = {
    RunKind.INITIAL: "initial_sync",
    RunKind.CYCLE: "sync",
    RunKind.BACKFILL: "sync",
    RunKind.UNDO: "undo",
    RunKind.RECONCILE: "reconcile",
}


@dataclass
class Rehearsal:
    """One company with its sandbox and ledger."""

    sandbox: RunningSandbox
    ledger: Ledger
    company: Company
    files: Path
    key: str
    numbers: Iterator[int] = field(default_factory=itertools.count)
    written: Counter[str] = field(default_factory=Counter)
    plan: Plan | None = None
    results: dict[str, Any] = field(default_factory=dict)
    last_run_id: str = ""
    folder: Path = Path()

    def initial(self, **options: Any) -> dict[str, Any]:
        """Run `initial_sync`, approved; its report."""
        return self.run(RunKind.INITIAL, **options)

    def cycle(self, **options: Any) -> dict[str, Any]:
        """Run `sync` once; its report."""
        return self.run(RunKind.CYCLE, **options)

    def undo(self, run_id: str, *, record: str = "", by: str = "Pat") -> dict[str, Any]:
        """Take back what a run did, approved by a person; the undo's report."""
        run = self._new(RunKind.UNDO)
        before = self._metered()
        with self.quickbooks() as quickbooks:
            extracts = [step(run, {}, quickbooks, self.syncta()) for step in EXTRACTS]
            planned = make_undo_plan(run, run_id, record)
            self.plan = read(run.folder / "plan.parquet", planned["digest"])
            loaded = self._loads(run, {**planned, "approved_by": by}, quickbooks, self.syncta())
        self.written += self._metered() - before
        self.results = {"extracts": extracts, "planned": planned, "approved_by": by, **loaded}
        return report(run, self.results)

    def run(self, kind: RunKind, *, stages: Sequence[str] = tuple(Stage), **options: Any) -> dict[str, Any]:
        """One run of all steps, of which a person approved these stages."""
        run = self._new(kind, **options)
        before = self._metered()
        try:
            with self.quickbooks() as quickbooks:
                self.results = self._steps(run, stages, quickbooks, self.syncta())
        finally:
            self.written += self._metered() - before
        return report(run, self.results)

    def reconcile(self) -> Reconciliation:
        """Read again and compare; what the report shows. Raises DoesNotReconcile as the DAG does."""
        run = self._new(RunKind.RECONCILE)
        with self.quickbooks() as quickbooks:
            read_sides(run, quickbooks, self.syncta())
        self.folder = run.folder
        compare(run)
        return reconciliation_of(run)

    def undo_plan(self, run_id: str) -> dict[str, Any]:
        """What an undo of this run would do."""
        run = self._new(RunKind.UNDO, dry_run=True)
        with self.quickbooks() as quickbooks:
            for step in EXTRACTS:
                step(run, {}, quickbooks, self.syncta())
        return make_undo_plan(run, run_id)

    def _new(self, kind: RunKind, **options: Any) -> Run:
        self.last_run_id = f"run_{next(self.numbers)}"
        return Run(
            company=self.company,
            dag_id=f"{DAGS[kind]}.{self.company.key}",
            run_id=self.last_run_id,
            kind=kind,
            files=self.files,
            ledger=self.ledger,
            **options,
        )

    def _steps(
        self, run: Run, stages: Sequence[str], quickbooks: QuickBooksClient, syncta: SynctaClient
    ) -> dict[str, Any]:
        polled = poll(run, quickbooks, syncta)
        if polled is None:
            return {}
        extracts = [step(run, polled, quickbooks, syncta) for step in EXTRACTS]
        planned = make_plan(run, match_customers(run))
        self.plan = read(run.folder / "plan.parquet", planned["digest"])
        check_quality(run, extracts, planned)
        results = {"extracts": extracts, "planned": planned}
        if run.dry_run:
            return results
        approved = {**planned, "stages": list(stages)}
        return results | {"stages": list(stages)} | self._loads(run, approved, quickbooks, syncta)

    def _loads(
        self, run: Run, planned: dict[str, Any], quickbooks: QuickBooksClient, syncta: SynctaClient
    ) -> dict[str, Any]:
        steps = {
            "ledger": lambda: load_to_ledger(run, planned),
            "syncta": lambda: load_to_syncta(run, planned, syncta),
            "quickbooks": lambda: load_to_quickbooks(run, planned, quickbooks),
        }
        ledger_last = ("syncta", "quickbooks", "ledger")
        return {name: steps[name]() for name in (ledger_last if run.kind is RunKind.UNDO else steps)}

    def quickbooks(self) -> QuickBooksClient:
        """A client of the books."""
        told = self.sandbox.credentials()
        names = ("client_id", "client_secret", "realm_id", "base_url", "token_url", "refresh_token")
        credentials = Credentials(environment=self.company.environment, **{name: told[name] for name in names})
        return QuickBooksClient(credentials, LedgerTokenStore(self.ledger, self.key, self.company.scope))

    def syncta(self) -> SynctaClient:
        """A client of the account."""
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {self.sandbox.credentials('syncta')['api_key']}"
        return SynctaClient(session, self.sandbox.syncta_url, zone=self.company.zone)

    def writes(self) -> dict[str, int]:
        """Writes that the sync's runs executed on either side since `forget_writes`; people's acts do not count."""
        return dict(+self.written)

    def forget_writes(self) -> None:
        """Start counting writes anew."""
        self.written.clear()

    def _metered(self) -> Counter[str]:
        found = Counter(self.sandbox.meter("syncta")["writes"])
        for realm in self.sandbox.meter("quickbooks").values():
            found.update(realm["writes"])
        return found

    def syncta_customers(self) -> dict[str, dict[str, Any]]:
        """Syncta's customers as its API shows them, by id."""
        return {one["id"]: one for one in self._all("customers")}

    def syncta_invoices(self) -> dict[str, dict[str, Any]]:
        """Syncta's invoices by number."""
        return {one["number"]: one for one in self._all("invoices")}

    def quickbooks_all(self, entity: str) -> list[dict[str, Any]]:
        """What QuickBooks' query says there is."""
        told = self.sandbox.credentials()
        answer = self.sandbox.quickbooks(
            "GET",
            f"/v3/company/{told['realm_id']}/query",
            params={"query": f"select * from {entity} maxresults 1000"},
            headers={"Authorization": f"Bearer {told['access_token']}", "Accept": "application/json"},
        )
        found: list[dict[str, Any]] = answer.json()["QueryResponse"].get(entity, [])
        return found

    def findings(self) -> list[OpenFinding]:
        """What a person is told."""
        with self.ledger.reading() as conn:
            return findings.open_ones(conn, self.company.scope)

    def reasons(self, kind: str = "hold") -> set[str]:
        """The reason codes of the open findings of a kind."""
        return {one.reason for one in self.findings() if one.kind == kind}

    def duplicates(self) -> list[Pair]:
        """The likely duplicates."""
        with self.ledger.reading() as conn:
            return pairs.open_ones(conn, self.company.scope)

    def states(self) -> list[str]:
        """How the runs ended, newest first."""
        with self.ledger.reading() as conn:
            return [row.state for row in runs.latest(conn, self.company.scope, 100)]

    @property
    def books(self) -> Books:
        """What a bookkeeper does in QuickBooks' own pages."""
        assert self.sandbox.store is not None
        return Books(self.sandbox.store, self.company.realm_id)

    def change(self, entity: str, record_id: str, **fields: Any) -> dict[str, Any]:
        """A sparse change in QuickBooks."""
        token = self.books.get(entity, record_id)["SyncToken"]
        return self.books.update(entity, {"Id": record_id, "SyncToken": token, "sparse": True, **fields})

    def overwritten(self) -> list[tuple[str, Any, Any]]:
        """Syncta's values that the sync replaced: field, old, new."""
        with self.ledger.reading() as conn:
            found = conn.execute(select(overwritten.c.field, overwritten.c.old, overwritten.c.new))
            return [(row.field, row.old, row.new) for row in found]

    def by_hand(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Something a user does in Syncta's own pages."""
        answer = self.sandbox.syncta(method, f"/sandbox/{path}", json=body or {})
        assert answer.ok, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def _all(self, kind: str) -> list[dict[str, Any]]:
        key = self.sandbox.credentials("syncta")["api_key"]
        found, cursor = [], ""
        while True:
            asked = {"limit": "500", **({"cursor": cursor} if cursor else {})}
            page = self.sandbox.syncta(
                "GET", f"/v1/{kind}", params=asked, headers={"Authorization": f"Bearer {key}"}
            ).json()
            found += page["data"]
            cursor = page["next_cursor"]
            if not cursor:
                return found


@contextmanager
def rehearsal(folder: Path, scenario: str, *, ledger_url: str = "", **options: Any) -> Iterator[Rehearsal]:
    """A company in a scenario, never synced before, its ledger in SQLite unless said otherwise; `options` change its
    settings."""
    url = ledger_url or f"sqlite:///{folder / 'ledger.sqlite'}"
    migrate(url)
    company = load_settings().company("demo").model_copy(update=options)
    with sandbox_in_threads(folder / "sandbox", scenario) as sandbox:
        yield Rehearsal(sandbox, Ledger.open(url), company, folder / "files", Fernet.generate_key().decode())
