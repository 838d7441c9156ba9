"""A stand-in for Intuit and a client that talks to it over HTTP without waiting between tries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from include.quickbooks.auth import Credentials
from include.quickbooks.client import QuickBooksClient
from tests.quickbooks.fake_intuit import REALM, FakeIntuit, FakeStore, tokens
from tests.quickbooks.sandbox_company import Company, connected_company


@pytest.fixture
def intuit() -> Iterator[FakeIntuit]:
    fake = FakeIntuit()
    yield fake
    fake.close()


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(tokens())


@pytest.fixture
def connection(intuit: FakeIntuit) -> Credentials:
    return Credentials(
        client_id="client",
        client_secret="s3cret-of-app",
        realm_id=REALM,
        environment="sandbox",
        base_url=intuit.url,
        token_url=f"{intuit.url}/token",
    )


@pytest.fixture
def waits() -> list[float]:
    """The pauses the client made, in seconds."""
    return []


@pytest.fixture
def quickbooks(connection: Credentials, store: FakeStore, waits: list[float]) -> Iterator[QuickBooksClient]:
    with QuickBooksClient(connection, store, timeout=(2, 2), sleep=waits.append) as client:
        yield client


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    with connected_company(tmp_path) as connected:
        yield connected
