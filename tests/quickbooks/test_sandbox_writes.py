"""Writing to the sandbox over HTTP, and through its faults: batches, lost answers, sign-in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from include.errors import RateLimited, ReconnectNeeded, RecordRejected, StaleRecord, TemporaryOutage, WrongCompany
from include.ledger.database import Ledger, migrate
from include.ledger.tokens import LedgerTokenStore
from include.quickbooks.auth import Credentials
from include.quickbooks.batch import BatchItem
from include.quickbooks.client import QuickBooksClient
from include.records import Entity, Invoice, Scope
from tests.quickbooks.fake_intuit import REALM, FakeStore, tokens
from tests.quickbooks.sandbox_company import Company, invoice_of


def test_a_batch_sent_twice_writes_once(company: Company) -> None:
    items = [BatchItem(str(n), invoice_of(company.customer(f"C{n}"), DocNumber=f"D{n}")) for n in (1, 2)]
    first = company.client.send_batch("b-1", items)
    assert company.client.send_batch("b-1", items) == first
    assert company.meter()["writes"]["Invoice.create"] == 2
    read = company.client.read_invoice(getattr(first["2"], "id", ""))
    assert read == first["2"]
    assert isinstance(read, Invoice)
    assert (read.number, read.total) == ("D2", Decimal("100.00"))


def test_an_answer_lost_after_the_write_is_had_by_asking_again(company: Company) -> None:
    items = [BatchItem("1", invoice_of(company.customer(), DocNumber="D1"))]
    company.client.company()
    company.post("faults", kind="drop_after_commit", match={"operation": "batch"})
    with pytest.raises(TemporaryOutage):
        company.client.send_batch("b-1", items)
    assert isinstance(company.client.send_batch("b-1", items)["1"], Invoice)
    assert company.meter()["writes"]["Invoice.create"] == 1


def test_refused_items_say_why_and_stop_no_other(company: Company) -> None:
    ann, gone = company.customer(), company.customer("Gone")
    company.books.deactivate("Customer", gone)
    bodies = [
        invoice_of(ann, DocNumber="good"),
        invoice_of(gone),
        invoice_of(ann, TxnDate="2026-08-15"),
        invoice_of(ann, DocNumber="n" * 22),
        invoice_of("999"),
    ]
    outcome = company.client.send_batch("b-1", [BatchItem(str(n), body) for n, body in enumerate(bodies)])
    assert isinstance(outcome.pop("0"), Invoice)
    assert [told.reason for told in outcome.values() if isinstance(told, RecordRejected)] == [
        "reference_inactive",
        "period_closed",
        "number_too_long",
        "reference_inactive",
    ]


@pytest.mark.parametrize(("code", "reason"), [("6140", "number_taken"), ("6000", "business_rule")])
def test_a_fault_of_one_item_is_its_reason(company: Company, code: str, reason: str) -> None:
    company.post("faults", kind="item_fault", code=code, match={"entity": "Invoice"})
    told = company.client.send_batch("b-1", [BatchItem("1", invoice_of(company.customer()))])["1"]
    assert isinstance(told, RecordRejected)
    assert told.reason == reason


def test_a_void_keeps_number_and_customer_and_is_made_once(company: Company) -> None:
    """rules 5, protocol 3.5"""
    made = company.invoice(company.customer(), DocNumber="D1")
    void = company.client.void_invoice(made["Id"], 0, "v-1")
    assert (void.number, void.total, void.balance, void.version) == ("D1", Decimal(0), Decimal(0), 1)
    assert company.client.void_invoice(made["Id"], 0, "v-1") == void
    assert company.meter()["writes"]["Invoice.void"] == 1


def test_a_void_of_another_version_or_of_what_is_gone_is_refused(company: Company) -> None:
    changed, gone = company.invoice(company.customer()), company.invoice(company.customer("Gone"))
    company.client.void_invoice(changed["Id"], 0, "v-1")
    company.books.delete("Invoice", gone["Id"])
    with pytest.raises(StaleRecord):
        company.client.void_invoice(changed["Id"], 0, "v-2")
    with pytest.raises(RecordRejected) as refusal:
        company.client.void_invoice(gone["Id"], 0, "v-3")
    assert refusal.value.reason == "reference_inactive"


def test_a_void_whose_answer_is_lost_is_had_by_asking_again(company: Company) -> None:
    made = company.invoice(company.customer())
    company.client.company()
    company.post("faults", kind="drop_after_commit", match={"operation": "void"})
    with pytest.raises(TemporaryOutage):
        company.client.void_invoice(made["Id"], 0, "v-1")
    assert company.client.void_invoice(made["Id"], 0, "v-1").total == 0
    assert company.meter()["writes"]["Invoice.void"] == 1


def test_a_deleted_invoice_reads_as_none(company: Company) -> None:
    gone = company.invoice(company.customer())
    company.books.delete("Invoice", gone["Id"])
    assert company.client.read_invoice(gone["Id"]) is None


@pytest.mark.parametrize("kind", ["html", "empty", "not_json", "drop_before", "status"])
def test_reads_survive_two_outages(company: Company, kind: str) -> None:
    ann = company.customer()
    company.client.company()
    company.post("faults", kind=kind, count=2, match={"operation": "query"})
    assert [record.id for record in company.client.read_all(Entity.CUSTOMER).records] == [ann]


@pytest.mark.parametrize("kind", ["throttle_xml", "throttle_json"])
def test_throttling_is_told_in_seconds(company: Company, kind: str) -> None:
    company.client.company()
    company.post("faults", kind=kind, count=3, match={"operation": "query"})
    with pytest.raises(RateLimited) as raised:
        company.client.read_all(Entity.CUSTOMER)
    assert 60 <= (raised.value.retry_after or 0) <= 75
    company.post("faults", kind=kind, retry_after=5, match={"operation": "query"})
    assert company.client.read_all(Entity.CUSTOMER).records == ()


def test_an_expired_access_token_is_renewed_on_the_way(company: Company) -> None:
    company.client.company()
    company.post("clock", advance_seconds=3700)
    assert company.client.company().realm_id == REALM
    assert len(company.store.saved) == 2


def test_rotated_refresh_tokens_are_kept_each_time(company: Company) -> None:
    company.post("oauth", rotate_after=0, overlap=0)
    for _ in range(3):
        company.client.company()
        company.post("clock", advance_seconds=3700)
    assert len({saved.refresh_token for saved in company.store.saved}) == 3


def test_clients_that_share_a_ledger_sign_in_once_and_lose_no_token(company: Company, tmp_path: Path) -> None:
    """Refresh tokens die with their first use here: a second exchange of the same one would end the connection."""
    company.post("oauth", rotate_after=0, overlap=0)
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    migrate(url)
    ledger, scope = Ledger.open(url), Scope("demo", REALM, "sandbox")
    key = Fernet.generate_key().decode()

    def whose(_: int) -> str:
        store = LedgerTokenStore(ledger, key, scope)
        with QuickBooksClient(company.connection, store) as client:
            return client.company().realm_id

    for _ in range(2):
        with ThreadPoolExecutor(5) as pool:
            assert list(pool.map(whose, range(5))) == [REALM] * 5
        company.post("clock", advance_seconds=3700)
    assert company.meter()["by_class"]["token"] == 2


def test_an_ended_connection_needs_a_person(company: Company) -> None:
    company.client.company()
    company.post("oauth", forget="all")
    with pytest.raises(ReconnectNeeded):
        company.client.company()
    assert company.store.reconnect_needed


def test_another_companys_connection_is_refused(company: Company) -> None:
    company.client.company()
    saved = company.store.tokens
    other = Credentials("c", "s", "1234567890", "sandbox", base_url=company.url)
    with QuickBooksClient(other, FakeStore(saved)) as client, pytest.raises(WrongCompany):
        client.company()


def test_a_made_up_token_is_refused_for_good(company: Company) -> None:
    made_up = FakeStore(tokens("made-up-access-token", "made-up-refresh-token"))
    without_seed = Credentials(
        company.connection.client_id,
        company.connection.client_secret,
        REALM,
        "sandbox",
        company.connection.base_url,
        company.connection.token_url,
    )
    with QuickBooksClient(without_seed, made_up) as client, pytest.raises(ReconnectNeeded, match="invalid_grant"):
        client.company()
    assert made_up.marked.startswith("invalid_grant ")
