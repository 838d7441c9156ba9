"""The client does what the contract says, and turns every refusal into an error named by its remedy."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import requests

from include.errors import (
    ConnectionMissing,
    ContractBroken,
    CredentialsRejected,
    RateLimited,
    RecordRejected,
    StaleRecord,
    TemporaryOutage,
)
from include.records import Entity, Unreadable
from include.sandbox.store import Store
from include.sandbox.syncta.office import Office
from include.syncta import client as client_module
from include.syncta.client import SynctaClient
from tests.hostile_names import HOSTILE_NAMES
from tests.sandbox_server import RunningSandbox

NEW = {"phone": "", "emails": [], "mailing_address": None, "parent_id": None, "external_id": None}
DAY = dt.date(2026, 10, 20)


def line(amount: str = "75.00") -> dict[str, Any]:
    words = {"product": "Test", "description": "Test", "quantity": "1", "unit_price": amount, "line_total": amount}
    return {**words, "taxable": False}


def invoice(office: Office, customer: str, **fields: Any) -> dict[str, Any]:
    body = {"number": "1", "status": "unpaid", "invoice_date": "2026-10-15", "lines": [line()], **fields}
    return office.create_invoice({**body, "customer_id": customer})


def customer(office: Office, name: str = "Ann Lee", **fields: Any) -> dict[str, Any]:
    return office.create_customer({"name": name, **fields})


def test_it_says_whose_account_it_is(client: SynctaClient) -> None:
    assert client.test() == "Connected to Syncta account a1."
    assert client.account().currency == "USD"


def test_every_page_is_read(client: SynctaClient, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "PAGE", 3)
    ids = [customer(office, f"Customer {n}")["id"] for n in range(8)]
    extract = client.read_all(Entity.CUSTOMER)
    assert [record.id for record in extract.records] == ids
    assert (extract.expected, extract.complete) == (8, True)


def test_what_is_added_during_the_walk_is_met_at_its_end(
    client: SynctaClient, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "PAGE", 2)
    for n in range(4):
        customer(office, f"Customer {n}")
    pages = client._pages("customers", {"include_deleted": "true"})
    first = next(pages)
    late = customer(office, "Late")["id"]
    walked = [*first["data"], *(row for page in pages for row in page["data"])]
    assert [row["id"] for row in walked][-1] == late
    assert len(walked) == 5


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if name])
def test_a_name_arrives_and_is_found_to_the_code_point(client: SynctaClient, office: Office, name: str) -> None:
    made = client.create_customer({**NEW, "name": name}, "key")
    customer(office, f"{name} ")
    assert made.name == name
    assert [found.id for found in client.customers_named(name)] == [made.id]


def test_a_look_up_by_name_leaves_out_what_was_deleted(client: SynctaClient, office: Office) -> None:
    office.delete_customer(customer(office)["id"])
    assert client.customers_named("Ann Lee") == []


def test_only_what_changed_or_was_created_in_the_window_is_read(
    client: SynctaClient, office: Office, store: Store
) -> None:
    old = customer(office, "Old")
    between = store.now()
    store.clock.advance(dt.timedelta(minutes=1))
    new = customer(office, "New")
    later = store.now() + dt.timedelta(hours=1)
    assert [r.id for r in client.read_all(Entity.CUSTOMER, changed_since=between).records] == [new["id"]]
    assert [r.id for r in client.read_all(Entity.CUSTOMER, created=(between, later)).records] == [new["id"]]
    office.update_customer(old["id"], {"phone": "1"})
    assert client.changes(between).customers == 2
    assert {r.id for r in client.read_all(Entity.CUSTOMER, changed_since=between).records} == {old["id"], new["id"]}


def test_deletions_are_told(client: SynctaClient, office: Office) -> None:
    gone = customer(office)["id"]
    office.delete_customer(gone)
    extract = client.read_all(Entity.CUSTOMER)
    assert [stub.id for stub in extract.deleted] == [gone]
    assert extract.records == ()


def test_a_void_invoice_is_told_as_deleted(client: SynctaClient, office: Office) -> None:
    made = invoice(office, customer(office)["id"])
    voided = office.void(made["id"])
    (stub,) = client.read_all(Entity.INVOICE).deleted
    assert (stub.id, stub.at) == (made["id"], dt.datetime.fromisoformat(voided["updated_at"]))


def test_an_invoice_is_read_to_the_cent_and_in_the_companys_zone(client: SynctaClient, office: Office) -> None:
    owner = customer(office)["id"]
    invoice(office, owner, invoice_date="2026-11-01T06:30:00Z", lines=[line("0.10"), line("0.20")], tax="0.03")
    (read,) = client.read_all(Entity.INVOICE).records
    assert (read.total, read.tax, read.date) == (Decimal("0.33"), Decimal("0.03"), dt.date(2026, 10, 31))
    assert read.ready_at is not None


def test_a_create_under_the_same_key_makes_one_customer(client: SynctaClient) -> None:
    first = client.create_customer({**NEW, "name": "Ann Lee"}, "key")
    assert client.create_customer({**NEW, "name": "Ann Lee"}, "key").id == first.id
    assert len(client.customers_named("Ann Lee")) == 1


def test_a_key_used_for_something_else_is_refused(client: SynctaClient) -> None:
    client.create_customer({**NEW, "name": "Ann Lee"}, "key")
    with pytest.raises(RecordRejected) as refusal:
        client.create_customer({**NEW, "name": "Bob Ray"}, "key")
    assert refusal.value.detail == "status 409, field Idempotency-Key"


def test_a_create_whose_answer_is_lost_is_asked_for_again(client: SynctaClient, sandbox: RunningSandbox) -> None:
    sandbox.fault("syncta", "drop_after_commit", match={"operation": "create"})
    client.create_customer({**NEW, "name": "Ann Lee"}, "key")
    assert len(client.customers_named("Ann Lee")) == 1
    assert sandbox.meter("syncta")["writes"] == {"customer.create": 1}


def test_a_change_of_a_record_that_changed_meanwhile_is_refused(client: SynctaClient, office: Office) -> None:
    made = customer(office)
    office.update_customer(made["id"], {"phone": "2"})
    with pytest.raises(StaleRecord):
        client.update_customer(made["id"], {"phone": "3"}, version=1, key="key")
    assert client.update_customer(made["id"], {"phone": "3"}, version=2, key="other").phone == "3"


@pytest.mark.parametrize("gone", [True, False])
def test_a_change_of_what_is_gone_or_was_never_there_is_refused(
    client: SynctaClient, office: Office, gone: bool
) -> None:
    record = customer(office)["id"]
    if gone:
        office.delete_customer(record)
    with pytest.raises(StaleRecord):
        client.update_customer(record if gone else "c999999", {"phone": "3"}, version=1, key="key")


def test_an_invoice_is_marked_as_paid_and_reopened(client: SynctaClient, office: Office) -> None:
    made = invoice(office, customer(office)["id"])
    paid = client.mark_paid(made["id"], date=DAY, reference="CHK 1", version=1, key="key")
    assert (paid.status, paid.paid_on, paid.paid_reference) == ("paid", DAY, "CHK 1")
    with pytest.raises(RecordRejected):
        client.mark_paid(made["id"], date=DAY, reference="CHK 2", version=2, key="again")
    assert client.reopen(made["id"], version=2, key="reopen").status == "unpaid"


def test_a_customer_is_deleted_once_however_often_it_is_asked(client: SynctaClient, office: Office) -> None:
    made = customer(office)["id"]
    for _ in range(2):
        client.delete_customer(made, version=1, key="key")
    assert client.read_all(Entity.CUSTOMER).records == ()
    with pytest.raises(StaleRecord):
        client.delete_customer(made, version=1, key="another")


def test_a_customer_on_whom_something_hangs_or_who_changed_is_not_deleted(client: SynctaClient, office: Office) -> None:
    """rules 5"""
    billed, changed = customer(office)["id"], customer(office)["id"]
    invoice(office, billed)
    office.update_customer(changed, {"phone": "2"})
    with pytest.raises(RecordRejected) as refusal:
        client.delete_customer(billed, version=1, key="key")
    assert refusal.value.reason == "rejected_by_syncta"
    with pytest.raises(StaleRecord):
        client.delete_customer(changed, version=1, key="other")


def test_a_refused_field_is_named_and_its_value_is_not(client: SynctaClient) -> None:
    with pytest.raises(RecordRejected) as refusal:
        client.create_customer({**NEW, "name": "Ann Lee", "phone": "5" * 200}, "key")
    assert refusal.value.detail == "status 422, field phone"
    assert "5555" not in f"{refusal.value} {refusal.value.detail}"


def test_a_wrong_key_is_for_a_person_to_mend(client: SynctaClient, session: requests.Session) -> None:
    session.headers["Authorization"] = "Bearer wrong"
    with pytest.raises(CredentialsRejected, match="does not accept the API key"):
        client.account()


def test_a_short_throttle_is_waited_out(client: SynctaClient, sandbox: RunningSandbox) -> None:
    sandbox.fault("syncta", "throttle_json", count=2, retry_after=0)
    assert client.account().id == "a1"


def test_a_long_throttle_is_left_to_the_schedule(client: SynctaClient, sandbox: RunningSandbox) -> None:
    sandbox.fault("syncta", "throttle_json", count=9, retry_after=300)
    with pytest.raises(RateLimited) as limited:
        client.account()
    assert limited.value.retry_after == 300
    assert sum(sandbox.meter("syncta")["by_route"].values()) == 0


def test_a_passing_fault_is_ridden_out_and_a_lasting_one_told(client: SynctaClient, sandbox: RunningSandbox) -> None:
    sandbox.fault("syncta", "status", status=503, count=2)
    assert client.account().id == "a1"
    sandbox.fault("syncta", "status", status=500, count=9)
    with pytest.raises(TemporaryOutage, match="status 500"):
        client.account()


def test_a_dropped_connection_is_an_outage(client: SynctaClient, sandbox: RunningSandbox) -> None:
    sandbox.fault("syncta", "drop_before", count=9)
    with pytest.raises(TemporaryOutage, match="cannot be reached or did not answer"):
        client.account()


def test_an_outage_that_says_how_long_it_lasts_is_left_to_the_schedule(
    client: SynctaClient, sandbox: RunningSandbox
) -> None:
    sandbox.fault("syncta", "status", status=503, retry_after=300, count=9)
    with pytest.raises(TemporaryOutage) as out:
        client.account()
    assert out.value.retry_after == 300
    assert sum(sandbox.meter("syncta")["by_route"].values()) == 0


@pytest.mark.parametrize("fault", [{"kind": "throttle_json", "retry_after": 0}, {"kind": "status", "status": 503}])
def test_a_write_that_meets_a_fault_after_its_commit_is_made_once(
    client: SynctaClient, sandbox: RunningSandbox, fault: dict[str, Any]
) -> None:
    """protocol 3.6"""
    sandbox.fault("syncta", **fault, after_commit=True, count=2, match={"operation": "create"})
    made = client.create_customer({**NEW, "name": "Ann Lee"}, "key-1")
    assert [one.id for one in client.customers_named("Ann Lee")] == [made.id]


def test_a_server_that_gives_no_answer_in_time_is_an_outage(client: SynctaClient, sandbox: RunningSandbox) -> None:
    sandbox.fault("syncta", "hang", count=9)
    with pytest.raises(TemporaryOutage, match="did not answer"):
        SynctaClient(client._session, sandbox.syncta_url, timeout=(1, 0.2)).account()


@pytest.mark.parametrize("address", ["http://", "ftp://127.0.0.1", "http://[::1"])
def test_an_address_that_is_none_is_for_a_person_to_correct(address: str) -> None:
    with pytest.raises(ConnectionMissing, match="cannot be used"):
        SynctaClient(requests.Session(), address).account()


def test_a_key_that_is_no_header_is_never_shown() -> None:
    session = requests.Session()
    session.headers["Authorization"] = "Bearer a\nb"
    with pytest.raises(ConnectionMissing) as refused:
        SynctaClient(session, "http://127.0.0.1:9").account()
    assert "Bearer" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_an_unreachable_host_is_an_outage_that_says_what_to_check() -> None:
    with pytest.raises(TemporaryOutage, match="Check host, port and network"):
        SynctaClient(requests.Session(), "http://127.0.0.1:9").account()


@pytest.mark.parametrize("kind", ["not_json", "empty"])
def test_a_page_that_is_not_json_breaks_the_contract(client: SynctaClient, sandbox: RunningSandbox, kind: str) -> None:
    sandbox.fault("syncta", kind, status=200, match={"entity": "Customer"})
    with pytest.raises(ContractBroken, match="not JSON"):
        client.read_all(Entity.CUSTOMER)


BAD_ROWS = {
    "no_name": {"name": ""},
    "text_unreadable": {"name": "half \ud800 a character"},
}


@pytest.mark.parametrize(("problem", "fields"), BAD_ROWS.items())
def test_a_row_that_cannot_be_understood_is_set_aside_and_the_others_are_read(
    client: SynctaClient, office: Office, problem: str, fields: dict[str, Any]
) -> None:
    bad, good = customer(office, **fields)["id"], customer(office)["id"]
    extract = client.read_all(Entity.CUSTOMER)
    assert [(one.id, one.problem) for one in extract.unreadable] == [(bad, problem)]
    assert [record.id for record in extract.records] == [good]


@pytest.mark.parametrize("total", ["a lot", "NaN", "Infinity", ""])
def test_money_that_is_no_number_sets_the_invoice_aside(client: SynctaClient, office: Office, total: str) -> None:
    made = invoice(office, customer(office)["id"], total=total)
    assert client.read_all(Entity.INVOICE).unreadable == (Unreadable(made["id"], "money_unreadable", "field total"),)


def test_a_nul_in_a_name_is_set_aside(client: SynctaClient, office: Office) -> None:
    customer(office, "Ann\0Lee")
    assert client.read_all(Entity.CUSTOMER).unreadable[0].problem == "text_unreadable"
