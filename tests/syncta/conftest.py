"""A client of Syncta's contract against the sandbox's service, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests

from include.sandbox.store import Store
from include.sandbox.syncta.office import Office
from include.syncta.client import SynctaClient
from tests.sandbox_server import RunningSandbox, sandbox_in_threads

ZONE = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    with sandbox_in_threads(tmp_path, "empty") as running:
        yield running


@pytest.fixture
def store(sandbox: RunningSandbox) -> Store:
    assert sandbox.store is not None
    return sandbox.store


@pytest.fixture
def office(store: Store) -> Office:
    """What Syncta's users do."""
    return Office(store)


@pytest.fixture
def session(sandbox: RunningSandbox) -> requests.Session:
    signed = requests.Session()
    signed.headers["Authorization"] = f"Bearer {sandbox.credentials('syncta')['api_key']}"
    return signed


@pytest.fixture
def client(sandbox: RunningSandbox, session: requests.Session) -> SynctaClient:
    return SynctaClient(session, sandbox.syncta_url, zone=ZONE)
