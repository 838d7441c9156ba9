"""QuickBooks' rows as records: exact, and unreadable where they cannot be understood."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from include.errors import DamagedExtract
from include.quickbooks.mapping import read_extract, read_record
from include.records import (
    Address,
    Application,
    CreditMemo,
    Customer,
    Deleted,
    Entity,
    Invoice,
    Item,
    Payment,
    SalesReceipt,
    Unreadable,
)
from tests.quickbooks.samples import META, customer, deleted, invoice

NAMES = [
    " leading",
    "trailing ",
    "two  spaces",
    "no\u00a0break",
    'Amy\'s "Bird" \\ 100 % Sanctuary',
    "Jose\u0301",
    "Jos\u00e9",
    "\U0001f9ea lab",
    "X (deleted)",
    "n" * 500,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_kept_code_point_for_code_point(name: str) -> None:
    record = read_record(Entity.CUSTOMER, customer(DisplayName=name))
    assert isinstance(record, Customer)
    assert record.name == name


def test_a_customer_is_read_with_everything_that_flows() -> None:
    row = customer(
        "58",
        SyncToken="12",
        CompanyName="Testing Ltd",
        PrimaryEmailAddr={"Address": "a@example.com, b@example.com"},
        PrimaryPhone={"FreeFormNumber": "(555) 0100"},
        BillAddr={
            "Id": "9",
            "Line1": "1 Main St",
            "Line2": "Floor 2",
            "Line3": "Room 3",
            "City": "Bayshore",
            "CountrySubDivisionCode": "CA",
            "PostalCode": "94326",
        },
        ParentRef={"value": "7"},
        Job=True,
        IsProject=True,
        Active=False,
    )
    assert read_record(Entity.CUSTOMER, row) == Customer(
        id="58",
        version=12,  # type: ignore[arg-type]  # a plain number reads better here
        name="Customer 58",
        active=False,
        created_at=dt.datetime.fromisoformat("2026-10-01T10:00:00-07:00"),
        updated_at=dt.datetime.fromisoformat("2026-10-02T11:30:00-07:00"),
        parent_id="7",
        emails=("a@example.com", "b@example.com"),
        phone="(555) 0100",
        address=Address("1 Main St", "Floor 2, Room 3", "Bayshore", "CA", "94326"),
        company_name="Testing Ltd",
        is_project=True,
        currency="USD",
    )


def test_an_address_without_any_line_is_no_address() -> None:
    record = read_record(Entity.CUSTOMER, customer(BillAddr={"Id": "9"}))
    assert isinstance(record, Customer)
    assert record.address is None


def test_an_invoice_shows_balance_payments_and_whether_it_was_mailed() -> None:
    row = invoice(
        Balance=0,
        DueDate="2026-10-31",
        SalesTermRef={"value": "3", "name": "Net 30"},
        PrivateNote="Syncta 1001",
        EmailStatus="EmailSent",
        LinkedTxn=[{"TxnId": "190", "TxnType": "Payment"}, {"TxnId": "12", "TxnType": "Estimate"}],
    )
    record = read_record(Entity.INVOICE, row)
    assert isinstance(record, Invoice)
    assert (record.number, record.customer_id, record.balance) == ("1001", "1", Decimal(0))
    assert (record.due_date, record.terms) == (dt.date(2026, 10, 31), "Net 30")
    assert (record.emailed, record.settled_by, record.note) == (True, ("190",), "Syncta 1001")


def test_a_payment_lists_what_it_was_put_against() -> None:
    row = {
        "Id": "190",
        "SyncToken": "1",
        "MetaData": META,
        "CustomerRef": {"value": "1"},
        "TxnDate": "2026-10-05",
        "TotalAmt": Decimal("50.25"),
        "UnappliedAmt": 0,
        "PaymentRefNum": "CHK 7",
        "Line": [{"Amount": Decimal("50.25"), "LinkedTxn": [{"TxnId": "130", "TxnType": "Invoice"}]}],
    }
    record = read_record(Entity.PAYMENT, row)
    assert isinstance(record, Payment)
    assert record.applied == (Application("Invoice", "130", Decimal("50.25")),)
    assert (record.total, record.unapplied, record.reference) == (Decimal("50.25"), Decimal(0), "CHK 7")


def test_credit_memos_and_sales_receipts_are_documents() -> None:
    assert isinstance(read_record(Entity.CREDIT_MEMO, invoice()), CreditMemo)
    assert isinstance(read_record(Entity.SALES_RECEIPT, invoice(CustomerRef=None)), SalesReceipt)


@pytest.mark.parametrize(("account", "sellable"), [({"value": "79"}, True), (None, False)])
def test_an_item_is_sellable_with_an_income_account(account: dict[str, str] | None, *, sellable: bool) -> None:
    row = {"Id": "3", "SyncToken": "0", "MetaData": META, "Name": "Backflow test", "Type": "Service", "Sku": "BF-1"}
    record = read_record(Entity.ITEM, row | {"IncomeAccountRef": account, "FullyQualifiedName": "Tests:Backflow test"})
    assert isinstance(record, Item)
    assert (record.sellable, record.full_name, record.sku) == (sellable, "Tests:Backflow test", "BF-1")


@pytest.mark.parametrize("amount", ["0.10", "1100000000000.01", "0.07", "33.33", "1e2", "-5.00"])
def test_money_never_passes_through_a_binary_float(amount: str) -> None:
    row = json.loads(json.dumps(invoice()).replace('"TotalAmt": 100', f'"TotalAmt": {amount}'), parse_float=Decimal)
    record = read_record(Entity.INVOICE, row)
    assert isinstance(record, Invoice)
    assert record.total == Decimal(amount)


@pytest.mark.parametrize(
    ("fields", "problem", "detail"),
    [
        ({"DisplayName": None}, "no_name", "DisplayName"),
        ({"DisplayName": ""}, "no_name", "DisplayName"),
        ({"DisplayName": "a\0b"}, "text_unreadable", "DisplayName"),
        ({"DisplayName": "a\ud800b"}, "text_unreadable", "DisplayName"),
        ({"DisplayName": ["a"]}, "text_unreadable", "DisplayName"),
        ({"SyncToken": "x"}, "text_unreadable", "SyncToken"),
        ({"SyncToken": "9" * 30}, "text_unreadable", "SyncToken"),
        ({"MetaData": META | {"LastUpdatedTime": "0001-01-01T00:00:00+14:00"}}, "time_unreadable", "LastUpdatedTime"),
        ({"PrimaryPhone": {"FreeFormNumber": "\udfff"}}, "text_unreadable", "FreeFormNumber"),
        ({"MetaData": None}, "time_unreadable", "CreateTime"),
        ({"MetaData": {"CreateTime": "2026-10-01T10:00:00"}}, "time_unreadable", "CreateTime"),
        ({"MetaData": META | {"LastUpdatedTime": "yesterday"}}, "time_unreadable", "LastUpdatedTime"),
    ],
)
def test_one_bad_customer_is_unreadable_and_says_why(fields: dict[str, Any], problem: str, detail: str) -> None:
    assert read_record(Entity.CUSTOMER, customer("7", **fields)) == Unreadable("7", problem, detail)


@pytest.mark.parametrize("amount", [None, "12,50", True, 12.5, "NaN", Decimal("Infinity"), [1], "1e400", "1e-400"])
def test_broken_money_makes_an_invoice_unreadable(amount: object) -> None:
    assert read_record(Entity.INVOICE, invoice(TotalAmt=amount)) == Unreadable("130", "money_unreadable", "TotalAmt")


@pytest.mark.parametrize("date", [None, "", "2026-13-01", "01.10.2026"])
def test_a_broken_date_makes_an_invoice_unreadable(date: object) -> None:
    row = invoice(TxnDate=date)
    assert read_record(Entity.INVOICE, row) == Unreadable("130", "time_unreadable", "TxnDate")


@pytest.mark.parametrize("row", [{}, {"Id": ""}, {"Id": None}, {"Id": "abc"}, None, "row"])
def test_a_row_without_an_id_condemns_the_extract(row: object) -> None:
    with pytest.raises(DamagedExtract):
        read_record(Entity.CUSTOMER, row)


def test_an_extract_sorts_rows_into_records_deletions_and_unreadable_ones() -> None:
    rows = [customer("1"), deleted("2"), customer("3", DisplayName=""), customer("1")]
    as_of = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
    extract = read_extract(Entity.CUSTOMER, rows, expected=4, as_of=as_of)
    assert [record.id for record in extract.records] == ["1", "1"]
    assert extract.deleted == (Deleted("2", dt.datetime.fromisoformat("2026-10-03T08:00:00-07:00")),)
    assert [problem.id for problem in extract.unreadable] == ["3"]
