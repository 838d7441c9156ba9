"""A company in the sandbox, served over HTTP, with a client connected to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from include.quickbooks.auth import Credentials
from include.quickbooks.client import QuickBooksClient
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.http.app import quickbooks_app
from include.sandbox.store import Store
from tests.quickbooks.fake_intuit import REALM, FakeStore
from tests.sandbox_server import served

MORNING = dt.datetime(2026, 11, 2, 9, tzinfo=dt.timezone(dt.timedelta(hours=-8)))


@dataclass
class Company:
    """A company in the sandbox: its books, its address, and a client that has just been connected."""

    books: Books
    url: str
    client: QuickBooksClient
    store: FakeStore
    connection: Credentials

    def post(self, path: str, **body: Any) -> None:
        """Order something of the sandbox."""
        answer = requests.post(f"{self.url}/sandbox/{path}", json=body, timeout=10)
        assert answer.ok, answer.text

    def meter(self) -> dict[str, Any]:
        """What the sandbox counted for this company."""
        readings: dict[str, Any] = requests.get(f"{self.url}/sandbox/meter", timeout=10).json()[REALM]
        return readings

    def customer(self, name: str = "Ann Lee", **fields: Any) -> str:
        """The id of a new customer."""
        return str(self.books.create("Customer", {"DisplayName": name, **fields})["Id"])

    def invoice(self, customer: str, **fields: Any) -> dict[str, Any]:
        """A new invoice over 100.00, as QuickBooks shows it."""
        return dict(self.books.create("Invoice", invoice_of(customer, **fields)))


def invoice_of(customer: str, **fields: Any) -> dict[str, Any]:
    """The body of an invoice over 100.00."""
    detail = {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": "NON"}}
    line = {"DetailType": "SalesItemLineDetail", "Amount": Decimal("100.00"), "SalesItemLineDetail": detail}
    return {"CustomerRef": {"value": customer}, "TxnDate": "2026-10-20", "Line": [line], **fields}


@contextmanager
def connected_company(folder: Path) -> Iterator[Company]:
    """A company in a sandbox of its own, and a client with nothing but a refresh token."""
    store = Store(folder / "sandbox.sqlite")
    store.clock.set(MORNING)
    books = Books(store, REALM)
    books.found(name="Sandbox Backflow", closed_through="2026-08-31")
    with served(quickbooks_app(store)) as url:
        given = requests.get(f"{url}/sandbox/credentials", timeout=10).json()
        connection = Credentials(
            client_id=given["client_id"],
            client_secret=given["client_secret"],
            realm_id=given["realm_id"],
            environment="sandbox",
            base_url=given["base_url"],
            token_url=given["token_url"],
            refresh_token=given["refresh_token"],
        )
        kept = FakeStore(None)
        with QuickBooksClient(connection, kept, timeout=(5, 5), sleep=lambda seconds: None) as client:
            yield Company(books, url, client, kept, connection)
    store.close()
