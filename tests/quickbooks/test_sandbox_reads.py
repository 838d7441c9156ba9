"""Reading from the sandbox over HTTP: names, pages, windows, changes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from include.records import CreditMemo, Customer, Entity, Invoice, Item, Payment, SalesReceipt
from tests.quickbooks.fake_intuit import REALM
from tests.quickbooks.sandbox_company import MORNING, Company, invoice_of

NAMES = [
    " leading",
    "trailing ",
    "two  spaces",
    "no\u00a0break",
    'Amy\'s "Bird" \\ 100 % Sanctuary\\',
    "Jose\u0301 Diaz",
    "\U0001f9ea lab",
    "O\u2019Brien \u2013 Sons",
    "n" * 500,
]


def test_the_first_call_signs_in_with_the_seed_and_tells_whose_books_these_are(company: Company) -> None:
    facts = company.client.company()
    assert (facts.realm_id, facts.company_name, facts.subscription_status) == (REALM, "Sandbox Backflow", "PAID")
    assert company.store.saved
    assert company.client.calls == {"token": 1, "companyinfo": 1}


def test_preferences_say_how_the_books_are_kept(company: Company) -> None:
    preferences = company.client.preferences()
    assert preferences.close_date == dt.date(2026, 8, 31)
    assert preferences.home_currency == "USD"
    assert (preferences.custom_numbers, preferences.automated_sales_tax) == (False, True)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_arrives_to_the_code_point(company: Company, name: str) -> None:
    made = company.books.create("Customer", {"DisplayName": name})["DisplayName"]
    [record] = company.client.read_all(Entity.CUSTOMER).records
    assert isinstance(record, Customer)
    assert record.name == made == name


def test_more_than_a_page_is_read_with_inactive_ones(company: Company) -> None:
    with company.books.store.transaction():
        ids = [company.customer(f"Customer {number:04d}") for number in range(1010)]
        company.books.deactivate("Customer", ids[3])
    extract = company.client.read_all(Entity.CUSTOMER)
    assert (len({record.id for record in extract.records}), extract.expected) == (1010, 1010)
    [inactive] = [record for record in extract.records if isinstance(record, Customer) and not record.active]
    assert (inactive.id, inactive.name) == (ids[3], "Customer 0003 (deleted)")
    assert extract.complete
    assert abs(extract.as_of - MORNING) < dt.timedelta(minutes=5)


def test_every_entity_is_read_as_its_record(company: Company) -> None:
    ann = company.customer()
    sold = company.invoice(ann)
    lines = [{"Amount": 100, "LinkedTxn": [{"TxnId": sold["Id"], "TxnType": "Invoice"}]}]
    paid = {"CustomerRef": {"value": ann}, "TotalAmt": 130, "PaymentRefNum": "CHK 7", "Line": lines}
    payment = company.books.create("Payment", paid)
    company.books.create("CreditMemo", invoice_of(ann))
    company.books.create("SalesReceipt", invoice_of(ann))
    kinds = [Invoice, Payment, CreditMemo, SalesReceipt, Item]
    entities = [Entity.INVOICE, Entity.PAYMENT, Entity.CREDIT_MEMO, Entity.SALES_RECEIPT, Entity.ITEM]
    extracts = {entity: company.client.read_all(entity) for entity in entities}
    for entity, kind in zip(entities, kinds, strict=True):
        assert extracts[entity].records, entity
        assert all(isinstance(record, kind) for record in extracts[entity].records)
        assert len(extracts[entity].records) == extracts[entity].expected
    [bill] = extracts[Entity.INVOICE].records
    assert isinstance(bill, Invoice)
    assert (bill.balance, bill.total, bill.settled_by) == (Decimal(0), Decimal(100), (payment["Id"],))
    [money] = extracts[Entity.PAYMENT].records
    assert isinstance(money, Payment)
    assert (money.total, money.unapplied, money.reference) == (Decimal(130), Decimal(30), "CHK 7")
    assert [(part.kind, part.id, part.amount) for part in money.applied] == [("Invoice", bill.id, Decimal(100))]


def test_windows_read_what_was_created_or_changed_in_them(company: Company) -> None:
    old = company.customer("Old")
    company.post("clock", advance_seconds=3600)
    changed = company.books.update("Customer", {"Id": old, "SyncToken": "0", "sparse": True, "Notes": "x"})
    new = company.customer("New")
    noon = dt.datetime.fromisoformat(changed["MetaData"]["LastUpdatedTime"])
    minutes = dt.timedelta(minutes=30)
    since = company.client.read_all(Entity.CUSTOMER, changed_since=noon)
    assert {record.id for record in since.records} == {old, new}
    created = company.client.read_all(Entity.CUSTOMER, created=(noon - minutes, noon + minutes))
    assert [record.id for record in created.records] == [new]
    assert created.expected == 1


def test_changes_show_new_changed_and_deleted_records_in_one_call(company: Company) -> None:
    ann = company.customer()
    gone = company.invoice(ann)
    company.post("clock", advance_seconds=3600)
    since = company.client.read_all(Entity.CUSTOMER).as_of
    kept = company.invoice(ann)
    company.books.delete("Invoice", gone["Id"])
    company.client.calls.clear()
    told = company.client.changes([Entity.CUSTOMER, Entity.INVOICE, Entity.PAYMENT], since)
    assert told is not None
    assert [record.id for record in told[Entity.INVOICE].records] == [kept["Id"]]
    assert [stub.id for stub in told[Entity.INVOICE].deleted] == [gone["Id"]]
    assert told[Entity.PAYMENT].records == ()
    assert company.client.calls == {"cdc": 1}


def test_changes_of_a_thousand_records_or_of_last_month_are_left_to_pages(company: Company) -> None:
    with company.books.store.transaction():
        for number in range(1000):
            company.customer(f"Customer {number:04d}")
    entities = [Entity.CUSTOMER, Entity.INVOICE]
    assert company.client.changes(entities, MORNING - dt.timedelta(hours=1)) is None
    company.post("clock", advance_seconds=29.5 * 86400)
    assert company.client.changes(entities, MORNING + dt.timedelta(hours=1)) is None
    company.post("clock", advance_seconds=10 * 86400)
    assert company.client.changes(entities, MORNING + dt.timedelta(hours=1)) is None


@pytest.mark.parametrize("number", ["A'1", "b\\", '"c"', "50 %", "') OR ('1", "\u00e9 7", "\U0001f9ea"])
def test_invoices_are_found_by_any_number(company: Company, number: str) -> None:
    ann = company.customer()
    wanted = company.invoice(ann, DocNumber=number)
    company.invoice(ann, DocNumber="other")
    assert [found.id for found in company.client.invoices_by_number([number, "nowhere"])] == [wanted["Id"]]


def test_invoices_are_found_by_their_days(company: Company) -> None:
    ann = company.customer()
    wanted = [company.invoice(ann, TxnDate=day)["Id"] for day in ("2026-10-01", "2026-10-03")]
    company.invoice(ann, TxnDate="2026-10-02")
    assert [found.id for found in company.client.invoices_dated(["2026-10-03", "2026-10-01"])] == wanted
