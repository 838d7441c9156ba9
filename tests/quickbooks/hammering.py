"""Several tasks in several processes that call QuickBooks as fast as they may; `hammer` starts them and counts.

Each process is `python -m tests.quickbooks.hammering hammer LEDGER QUICKBOOKS KEY CLIENTS CALLS NUMBER`. Every
sixteenth call is a batch with a new invoice; nothing pauses of its own accord.
"""

from __future__ import annotations

import datetime as dt
import logging
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import requests
from cryptography.fernet import Fernet

from include.ledger.database import Ledger
from include.ledger.pace import LedgerGate, Limits
from include.ledger.tokens import LedgerTokenStore
from include.quickbooks.auth import Credentials
from include.quickbooks.batch import BatchItem
from include.quickbooks.client import QuickBooksClient
from include.records import Entity, Scope
from tests.ledger.racing import answer_together, race
from tests.quickbooks.sandbox_company import invoice_of

BATCH_EVERY = 16


@dataclass(frozen=True)
class Hammered:
    """What went out, and how often QuickBooks asked for a pause."""

    calls: Counter[str]
    throttled: int


def hammer(ledger_url: str, quickbooks_url: str, *, processes: int, clients: int, calls: int) -> Hammered:
    """So many processes, each with so many clients, each making so many calls."""
    arguments = (quickbooks_url, Fernet.generate_key().decode(), str(clients), str(calls))
    module, within = "tests.quickbooks.hammering", 60 + clients * calls
    answers = race("hammer", ledger_url, *arguments, racers=processes, module=module, within=within)
    total: Counter[str] = Counter()
    for answer in answers:
        total.update(answer["calls"])
    return Hammered(total, sum(answer["throttled"] for answer in answers))


class Throttles(logging.Handler):
    """Counts how often a client was told that it asks too much."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0

    def emit(self, record: logging.LogRecord) -> None:
        """One line of a client."""
        self.seen += "answered 429" in record.getMessage()


def _work(_what: str, ledger_url: str, url: str, key: str, clients: str, calls: str, number: str) -> Any:
    ledger, throttles = Ledger.open(ledger_url), Throttles()
    logging.getLogger("include.quickbooks").addHandler(throttles)
    told = requests.get(f"{url}/sandbox/credentials", timeout=10).json()
    names = ("client_id", "client_secret", "realm_id", "base_url", "token_url", "refresh_token")
    credentials = Credentials(environment="sandbox", **{name: told[name] for name in names})
    scope = Scope("demo", credentials.realm_id, "sandbox")

    def task(client_number: int) -> Counter[str]:
        gate = LedgerGate(ledger, scope, Limits(), 100_000)
        with QuickBooksClient(credentials, LedgerTokenStore(ledger, key, scope), gate=gate) as client:
            for call in range(int(calls)):
                if call % BATCH_EVERY:
                    client.changes([Entity.CUSTOMER, Entity.INVOICE], dt.datetime.now(dt.UTC))
                else:
                    item = BatchItem("1", invoice_of("1"))
                    client.send_batch(f"{number}-{client_number}-{call}", [item])
            return client.calls

    def work() -> Any:
        total: Counter[str] = Counter()
        with ThreadPoolExecutor(int(clients)) as pool:
            for made in pool.map(task, range(int(clients))):
                total.update(made)
        return {"calls": total, "throttled": throttles.seen}

    return work


if __name__ == "__main__":
    answer_together(_work(*sys.argv[1:]))
