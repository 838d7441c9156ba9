"""A real ledger on SQLite, and runs of the demo company against it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from include.ledger.database import Ledger, migrate
from include.sync.run import Run, RunKind
from tests.sync.builders import company

MakeRun = Callable[..., Run]


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated ledger's file, made once: migrating takes longer than most tests."""
    file = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
def ledger(empty_ledger: Path, tmp_path: Path) -> Ledger:
    """An empty ledger with all its tables."""
    file = shutil.copy(empty_ledger, tmp_path / "ledger.sqlite")
    return Ledger.open(f"sqlite:///{file}")


@pytest.fixture
def make_run(ledger: Ledger, tmp_path: Path) -> MakeRun:
    """Makes runs: a cycle named `run_1` unless said otherwise; `options` are the company's settings."""

    def make(kind: RunKind = RunKind.CYCLE, run_id: str = "run_1", options: Any = None, **fields: Any) -> Run:
        known = {"dag_id": f"{'initial_' if kind == 'initial' else ''}sync.demo", "files": tmp_path / "files"}
        return Run(company=company(**(options or {})), run_id=run_id, kind=kind, ledger=ledger, **{**known, **fields})

    return make
