"""A company after its first sync, with a person who decides at a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from include.ledger import decisions, runs
from include.ledger.database import Ledger
from include.ledger.decisions import Decisions
from include.records import System
from include.settings import environment
from include.sync.books import Books
from include.sync.decide.command import main
from tests.sync.builders import NOON, TODAY, customer, syncta_invoice
from tests.sync.world import World


@dataclass
class Desk:
    """The company, and the command about it."""

    world: World
    capture: pytest.CaptureFixture[str]

    def decide(self, *arguments: str, yes: bool = True) -> tuple[int, str]:
        """What the command answers, and all it printed."""
        self.capture.readouterr()
        code = main(["--company", "demo", *arguments, *(["--yes"] if yes else [])])
        told = self.capture.readouterr()
        return code, told.out + told.err

    def standing(self) -> Decisions:
        """What stands."""
        with self.world.ledger.reading() as conn:
            return decisions.standing(conn, self.world.company.scope)

    def books_were_read(self, books: Books) -> None:
        """A run has noted how the books are kept."""
        with self.world.ledger.writing() as conn:
            ids = (self.world.company.scope, "sync.demo", "first")
            runs.start(conn, *ids, 1, "cycle", None, None, NOON)
            runs.finish(conn, *ids, "success", {"books": json.loads(json.dumps(books.as_json()))}, "", "", NOON)

    def add(self, system: System, *records: object) -> None:
        """Records that are simply there, read into the mirror."""
        for record in records:
            if system is System.QUICKBOOKS:
                self.world.books_records.append(record)  # type: ignore[arg-type]
            else:
                self.world.syncta.add(record)  # type: ignore[arg-type]
        self.world.read()


@pytest.fixture
def empty_desk(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    """Nothing was read yet."""
    monkeypatch.setenv("SYNC_LEDGER_URL", str(ledger.engine.url))
    monkeypatch.setenv("COLUMNS", "200")
    environment.cache_clear()
    yield Desk(World(ledger, tmp_path), capsys)
    environment.cache_clear()


@pytest.fixture
def desk(empty_desk: Desk) -> Desk:
    """Nick Brown in Syncta with two invoices; Brown, Nick in QuickBooks, created in Syncta by the first sync."""
    world = empty_desk.world
    world.books_records.append(customer("58", "Brown, Nick"))
    world.syncta.add(customer("cus_a", "Nick Brown"), syncta_invoice("i", "cus_a"), syncta_invoice("j", "cus_a"))
    world.cycle()
    world.read()
    empty_desk.books_were_read(Books(today=TODAY))
    return empty_desk
