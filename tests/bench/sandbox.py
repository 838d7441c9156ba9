"""`make bench-sandbox`: how quick the sandbox is with a large company, and how much memory it takes.

    python -m tests.bench.sandbox [--customers N] [--invoices N] [--seed S] [--rounds N] [--data-dir DIR]

Starts the real process, asks it over HTTP as clients do, and prints medians beside the goals. A folder that holds the
company already is used again.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import requests
from rich.console import Console
from rich.table import Table

PROJECT = Path(__file__).resolve().parents[2]
PAGE_GOAL, BATCH_GOAL, LOAD_GOAL, MEMORY_GOAL = "60 ms", "100 ms", "180 s", "300 MB"
MOST = 1000


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox and how to ask it."""

    quickbooks: str
    syncta: str
    process: subprocess.Popen[str]
    ready_after: float
    session: requests.Session

    def credentials(self, system: str) -> dict[str, Any]:
        return self.session.get(f"{getattr(self, system)}/sandbox/credentials").json()

    def processor_seconds(self) -> float:
        return sum(psutil.Process(self.process.pid).cpu_times()[:2])

    def memory_mb(self) -> float:
        return psutil.Process(self.process.pid).memory_info().rss / 2**20


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.sandbox", description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--invoices", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9, help="calls per figure; the median is shown")
    parser.add_argument("--data-dir", type=Path, help="kept, and used again when it holds a company already")
    said = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        data_dir = said.data_dir or Path(folder)
        is_new = not (data_dir / "sandbox.sqlite").exists()
        with running(data_dir, said.customers, said.invoices, said.seed) as sandbox:
            rows = [
                ("loaded and ready" if is_new else "ready", f"{sandbox.ready_after:.1f} s", LOAD_GOAL),
                ("processor time of it", f"{sandbox.processor_seconds():.1f} s", ""),
            ]
            rows += figures(sandbox, said.customers, said.rounds)
        if is_new:
            with running(data_dir, said.customers, said.invoices, said.seed) as sandbox:
                rows += [("started again with the company loaded", f"{sandbox.ready_after:.1f} s", "")]
                figures(sandbox, said.customers, 1)
                rows += [("memory after a restart and every call", f"{sandbox.memory_mb():.0f} MB", MEMORY_GOAL)]
    show(rows, f"{said.customers:,} customers, {said.invoices:,} invoices, load average {os.getloadavg()[0]:.1f}")
    return 0


@contextmanager
def running(data_dir: Path, customers: int, invoices: int, seed: int) -> Iterator[Sandbox]:
    """The sandbox as users start it."""
    options = {"--data-dir": data_dir, "--quickbooks-port": 0, "--syncta-port": 0, "--scenario": "large"}
    options |= {"--customers": customers, "--invoices": invoices, "--seed": seed}
    command = [sys.executable, "-m", "include.sandbox", *(str(word) for pair in options.items() for word in pair)]
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        addresses = [process.stdout.readline().rsplit(" ", 1)[-1].strip() for _ in range(2)]
        with requests.Session() as session:
            yield Sandbox(addresses[0], addresses[1], process, time.perf_counter() - start, session)
    finally:
        process.terminate()
        process.wait(timeout=30)


def figures(sandbox: Sandbox, customers: int, rounds: int) -> list[tuple[str, str, str]]:
    """Every figure: what, how much, the goal."""
    asked = Asked(sandbox)
    everybody, page = "select * from Customer where Active IN (true,false)", f"maxresults {MOST}"
    middle, last = customers // 2, max(1, customers - MOST + 1)
    statements = {
        "page of 1,000, first": f"{everybody} startposition 1 {page}",
        "page of 1,000, middle": f"{everybody} startposition {middle} {page}",
        "page of 1,000, last": f"{everybody} startposition {last} {page}",
        "sorted by name, first": f"{everybody} orderby DisplayName {page}",
        "sorted by name, middle": f"{everybody} orderby DisplayName startposition {middle} {page}",
        "sorted by name downwards, last": f"{everybody} orderby DisplayName desc startposition {last} {page}",
        "sorted by time of change, last": f"{everybody} orderby MetaData.LastUpdatedTime startposition {last} {page}",
        "active only, middle": f"select * from Customer startposition {middle} {page}",
        "changed since a moment, sorted by it": f"{everybody} and MetaData.LastUpdatedTime >= "
        f"'2023-01-01T00:00:00-08:00' orderby MetaData.LastUpdatedTime startposition {customers // 5} {page}",
        "family name is Smith": f"{everybody} and FamilyName = 'smith' {page}",
        "name starts with Sm": f"select * from Customer where DisplayName like 'Sm%' {page}",
        "owes something, first": f"select * from Customer where Balance > '0' {page}",
        "owes something, most first": f"select * from Customer where Balance > '0' orderby Balance desc {page}",
        "name contains (scan)": f"select * from Customer where DisplayName like '%backflow%' {page}",
        "two keys, first": f"{everybody} and FamilyName = 'smith' orderby FamilyName, GivenName {page}",
        "count of all": "select count(*) from Customer where Active IN (true,false)",
        "count of active": "select count(*) from Customer",
        "count of those who owe": "select count(*) from Customer where Balance > '0'",
        "invoices of a period, sorted": f"select * from Invoice where TxnDate >= '2024-05-01' orderby TxnDate {page}",
    }
    rows = [(what, asked.median(rounds, asked.query, text), PAGE_GOAL) for what, text in statements.items()]
    rows += [
        ("1,000 customers by id", asked.median(rounds, asked.by_ids), PAGE_GOAL),
        ("changes of a day (CDC)", asked.median(rounds, asked.changes), PAGE_GOAL),
        ("batch of 30 invoices", asked.median(rounds, asked.batch), BATCH_GOAL),
        ("Syncta, page of 500, first", asked.median(rounds, asked.syncta_page), PAGE_GOAL),
        ("memory while serving", f"{sandbox.memory_mb():.0f} MB", MEMORY_GOAL),
    ]
    return rows


class Asked:
    """The calls."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox, self._session = sandbox, sandbox.session
        known = sandbox.credentials("quickbooks")
        self._company = f"{sandbox.quickbooks}/v3/company/{known['realm_id']}"
        self._headers = {"Authorization": f"Bearer {known['access_token']}", "Accept": "application/json"}
        self._syncta = {"Authorization": f"Bearer {sandbox.credentials('syncta')['api_key']}"}
        page = self.query(f"select * from Customer maxresults {MOST}").json()["QueryResponse"]["Customer"]
        self._ids = [customer["Id"] for customer in page]

    def median(self, rounds: int, call: Callable[..., requests.Response], *arguments: str) -> str:
        """The median and the slowest of some calls."""
        taken = []
        for _ in range(rounds):
            start = time.perf_counter()
            answer = call(*arguments)
            taken.append((time.perf_counter() - start) * 1000)
            assert answer.status_code == 200, answer.text[:300]
            assert '"Fault"' not in answer.text, answer.text[:300]
        return f"{statistics.median(taken):.0f} ms (worst {max(taken):.0f})"

    def query(self, statement: str) -> requests.Response:
        headers = {**self._headers, "Content-Type": "application/text"}
        return self._session.post(f"{self._company}/query", data=statement.encode(), headers=headers)

    def by_ids(self) -> requests.Response:
        ids = ",".join(f"'{id_}'" for id_ in self._ids)
        return self.query(f"select * from Customer where Id in ({ids}) maxresults {MOST}")

    def changes(self) -> requests.Response:
        asked = {"entities": "Customer,Invoice,Payment", "changedSince": "2026-10-29T00:00:00-07:00"}
        return self._session.get(f"{self._company}/cdc", params=asked, headers=self._headers)

    def batch(self) -> requests.Response:
        items = [
            {"bId": str(n), "operation": "create", "Invoice": _invoice(id_)} for n, id_ in enumerate(self._ids[:30])
        ]
        return self._session.post(f"{self._company}/batch", json={"BatchItemRequest": items}, headers=self._headers)

    def syncta_page(self) -> requests.Response:
        return self._session.get(f"{self._sandbox.syncta}/v1/customers", params={"limit": "500"}, headers=self._syncta)


def _invoice(customer: str) -> dict[str, Any]:
    detail = {"ItemRef": {"value": "3"}, "TaxCodeRef": {"value": "NON"}}
    line = {"DetailType": "SalesItemLineDetail", "Amount": 75, "SalesItemLineDetail": detail}
    return {"CustomerRef": {"value": customer}, "TxnDate": "2026-11-02", "Line": [line, line]}


def show(rows: Sequence[tuple[str, str, str]], title: str) -> None:
    """The figures as a table."""
    table = Table("what", "how long, how much", "goal", title=title)
    for row in rows:
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
