"""Both loads with the real clients against the sandbox: answers lost after the commit, items refused (G1, G2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet

from include.errors import TemporaryOutage
from include.ledger import mirror
from include.ledger.database import Ledger
from include.ledger.tokens import LedgerTokenStore
from include.quickbooks.auth import Credentials
from include.quickbooks.client import QuickBooksClient
from include.records import Entity, System
from include.sandbox.quickbooks.engine import Books
from include.sandbox.syncta.office import Office
from include.sync.load_ledger import load_to_ledger
from include.sync.load_quickbooks import load_to_quickbooks
from include.sync.load_syncta import load_to_syncta
from include.syncta.client import SynctaClient
from tests.sandbox_server import RunningSandbox, sandbox_in_threads
from tests.sync.builders import NOON, company
from tests.sync.world import World

READ = {
    System.QUICKBOOKS: (Entity.CUSTOMER, Entity.INVOICE, Entity.PAYMENT, Entity.ITEM),
    System.SYNCTA: (Entity.CUSTOMER, Entity.INVOICE),
}


class WorldOverHttp(World):
    """A world whose two systems answer over HTTP."""

    def read(self) -> None:
        clients: dict[System, Any] = {System.QUICKBOOKS: self.quickbooks, System.SYNCTA: self.syncta}
        for system, entities in READ.items():
            for entity in entities:
                extract = clients[system].read_all(entity)
                with self.ledger.writing() as conn:
                    mirror.upsert(conn, self.company.scope, system, extract.records, entity, NOON)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    """Ann and Bob in QuickBooks, Ann in Syncta with three ready invoices."""
    with sandbox_in_threads(tmp_path / "sandbox") as running:
        assert running.store
        realm = running.credentials()["realm_id"]
        books, office = Books(running.store, realm), Office(running.store)
        for name in ("Ann", "Bob"):
            books.create("Customer", {"DisplayName": name})
        books.create("Item", {"Name": "Test", "Type": "Service", "IncomeAccountRef": {"value": "1"}})
        ann = office.create_customer({"name": "Ann"})["id"]
        for number in ("1", "2", "3"):
            office.create_invoice(bill(ann, number))
        yield running


def bill(customer_id: str, number: str) -> dict[str, Any]:
    line = {"product": "Test", "description": "Annual test", "quantity": "3", "unit_price": "33.33", "taxable": False}
    return {
        "customer_id": customer_id,
        "number": number,
        "status": "unpaid",
        "ready_at": "2026-10-15T12:00:00Z",
        "invoice_date": "2026-10-15",
        "lines": [{**line, "line_total": "99.99"}],
    }


@pytest.fixture
def world(sandbox: RunningSandbox, ledger: Ledger, tmp_path: Path) -> Iterator[WorldOverHttp]:
    told = sandbox.credentials()
    demo = company(realm_id=told["realm_id"])
    names = ("client_id", "client_secret", "realm_id", "base_url", "token_url", "refresh_token")
    credentials = Credentials(**{name: told[name] for name in names}, environment="sandbox")
    tokens = LedgerTokenStore(ledger, Fernet.generate_key().decode(), demo.scope)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {sandbox.credentials('syncta')['api_key']}"
    syncta = SynctaClient(session, sandbox.syncta_url, zone=demo.zone)
    with QuickBooksClient(credentials, tokens, sleep=lambda _seconds: None) as quickbooks, session:
        yield WorldOverHttp(ledger, tmp_path, demo, syncta, quickbooks)


def written(sandbox: RunningSandbox) -> dict[str, int]:
    """What both systems executed, replays not counted."""
    quickbooks = sandbox.meter()
    of_realm = quickbooks[sandbox.credentials()["realm_id"]]["writes"]
    return {**of_realm, **sandbox.meter("syncta")["writes"]}


@pytest.fixture
def written_before(sandbox: RunningSandbox) -> None:
    for system in (sandbox.quickbooks, sandbox.syncta):
        system("POST", "/sandbox/meter/reset")


ALL = {"Invoice.create": 3, "customer.create": 1}


@pytest.mark.usefixtures("written_before")
def test_a_cycle_writes_everything_once(world: WorldOverHttp, sandbox: RunningSandbox) -> None:
    result = world.cycle()
    assert (result["syncta"], result["quickbooks"]) == ({"created": 1}, {"pushed": 3})
    assert written(sandbox) == ALL
    assert [str(invoice.total) for invoice in world.quickbooks.read_all(Entity.INVOICE).records] == ["99.99"] * 3
    again = world.cycle()
    assert (again["syncta"], again["quickbooks"]) == ({}, {})
    assert written(sandbox) == ALL


@pytest.mark.usefixtures("written_before")
def test_an_answer_lost_after_the_commit_doubles_nothing(world: WorldOverHttp, sandbox: RunningSandbox) -> None:
    sandbox.fault("quickbooks", "drop_after_commit", match={"operation": "batch"})
    # Three times: so often the client itself asks again within one try.
    sandbox.fault("syncta", "drop_after_commit", match={"operation": "create"}, count=3)
    world.read()
    run = world.run()
    planned = world.planned(run, world.plan())
    load_to_ledger(run, planned)
    with pytest.raises(TemporaryOutage):
        load_to_syncta(run, planned, world.syncta)
    with pytest.raises(TemporaryOutage):
        load_to_quickbooks(run, planned, world.quickbooks)
    assert written(sandbox) == ALL
    world.load(run, planned)
    world.cycle()
    assert written(sandbox) == ALL
    assert len(world.links(Entity.CUSTOMER)) == 2
    assert len(world.links(Entity.INVOICE)) == 3


@pytest.mark.usefixtures("written_before")
def test_a_refused_item_is_held_and_goes_out_later(world: WorldOverHttp, sandbox: RunningSandbox) -> None:
    sandbox.fault("quickbooks", "item_fault", match={"operation": "batch"}, code="6210")
    counts = world.cycle()["quickbooks"]
    assert counts == {"held": 1, "pushed": 2}
    assert list(world.holds().values()) == ["period_closed"]
    assert world.cycle()["quickbooks"] == {"pushed": 1}
    assert world.holds() == {}
    assert written(sandbox) == ALL
