"""Books on an empty company, in this process and over HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copy
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from quickbooks import QuickBooks

from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.http.app import quickbooks_app
from include.sandbox.quickbooks.refusals import Refused
from include.sandbox.store import Store
from tests.sandbox_server import served

REALM = "9341453000000001"
START = dt.datetime(2026, 11, 2, 17, tzinfo=dt.UTC)

Refuses = Callable[..., str]


@pytest.fixture(scope="session")
def blank_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a store with all its tables: a copy is quicker than a new one."""
    path = tmp_path_factory.mktemp("blank") / "sandbox.sqlite"
    store = Store(path)
    store.clock.freeze(START)
    Books(store, REALM)
    store.close()
    return path


@pytest.fixture
def store(tmp_path: Path, blank_store: Path) -> Iterator[Store]:
    """An empty store whose clock stands still."""
    store = Store(copy(blank_store, tmp_path / "sandbox.sqlite"))
    yield store
    store.close()


@pytest.fixture
def books(store: Store) -> Books:
    """A company that has just been founded, written to through the API."""
    books = Books(store, REALM, api=True)
    books.found(name="Empty Backflow")
    return books


@pytest.fixture
def customer(books: Books) -> str:
    """The id of a customer."""
    return books.create("Customer", {"DisplayName": "Lake House"})["Id"]


@pytest.fixture
def invoice(books: Books, customer: str) -> dict[str, Any]:
    """An open invoice of 100."""
    return books.create("Invoice", sale(customer, 100))


def sale(customer: str, *amounts: float, **fields: Any) -> dict[str, Any]:
    """The body of a sales form with one line per amount."""
    lines = [
        {"DetailType": "SalesItemLineDetail", "Amount": n, "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}
        for n in amounts
    ]
    return {"CustomerRef": {"value": customer}, "Line": lines, **fields}


def paying(customer: str, total: float, *parts: tuple[str, float], kind: str = "Invoice") -> dict[str, Any]:
    """The body of a payment; `parts` are (transaction, amount)."""
    lines = [{"Amount": amount, "LinkedTxn": [{"TxnId": id_, "TxnType": kind}]} for id_, amount in parts]
    return {"CustomerRef": {"value": customer}, "TotalAmt": total, "Line": lines}


def refusal(work: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    """The code with which a write is refused; "" when it is not."""
    try:
        work(*arguments, **options)
    except Refused as refused:
        return refused.code
    return ""


@pytest.fixture
def url(books: Books) -> Iterator[str]:
    """QuickBooks over HTTP for the same books."""
    with served(quickbooks_app(books.store)) as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    """A client with a good token."""
    with requests.Session() as session:
        yield Client(url, session)


@pytest.fixture
def qb(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[QuickBooks]:
    """python-quickbooks as it is published, told where the sandbox is and nothing else."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setattr(QuickBooks, "sandbox_api_url_v3", f"{client.url}/v3")
    known = client.credentials
    auth = SimpleNamespace(
        environment="sandbox", **{n: known[n] for n in ("client_id", "access_token", "refresh_token")}
    )
    quickbooks = QuickBooks(auth_client=auth, refresh_token=known["refresh_token"], company_id=REALM, minorversion=75)
    yield quickbooks
    quickbooks.session.close()


class Client:
    """Plain requests to one company."""

    def __init__(self, url: str, session: requests.Session) -> None:
        self.url = url
        self.session = session
        self.credentials = session.get(f"{url}/sandbox/credentials").json()
        session.headers["Authorization"] = f"Bearer {self.credentials['access_token']}"
        session.headers["Accept"] = "application/json"

    def get(self, path: str, **asked: str) -> requests.Response:
        return self.session.get(f"{self.url}/v3/company/{REALM}/{path}", params=asked)

    def post(self, path: str, body: Any, **asked: str) -> requests.Response:
        return self.session.post(f"{self.url}/v3/company/{REALM}/{path}", json=body, params=asked)

    def query(self, statement: str) -> requests.Response:
        address = f"{self.url}/v3/company/{REALM}/query"
        return self.session.post(address, data=statement.encode(), headers={"Content-Type": "application/text"})

    def order(self, kind: str, **order: Any) -> None:
        answer = self.session.post(f"{self.url}/sandbox/faults", json={"kind": kind, **order})
        assert answer.status_code == 200, answer.text

    def meter(self) -> dict[str, Any]:
        return self.session.get(f"{self.url}/sandbox/meter").json()[REALM]
