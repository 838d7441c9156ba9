"""Every ledger test runs on both databases: a copy of a migrated SQLite file, and a database made from a template."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.ledger.database import Ledger, migrate
from tests.ledger.samples import OTHERS, SCOPE
from tests.postgres_server import PostgresServer, postgres_server

__all__ = ["OTHERS", "SCOPE"]
TEMPLATE = "migrated"
BOTH = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for the whole session, with a migrated template database."""
    with postgres_server() as server:
        server.run(f'CREATE DATABASE "{TEMPLATE}"')
        migrate(server.url(TEMPLATE))
        yield server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    file = tmp_path_factory.mktemp("template") / "ledger.sqlite"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    else:
        with request.getfixturevalue("postgres").database() as url:
            yield url


@pytest.fixture(params=BOTH)
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty ledger with all its tables."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "ledger.sqlite")
        yield f"sqlite:///{file}"
    else:
        with request.getfixturevalue("postgres").database(TEMPLATE) as url:
            yield url


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """An empty ledger, open."""
    opened = Ledger.open(ledger_url)
    yield opened
    opened.close()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of an empty PostgreSQL database, for what does not concern SQLite."""
    with postgres.database() as url:
        yield url
