"""QuickBooks' JSON as records, field by field.

A record that cannot be understood is `Unreadable` with a reason code and the field's name (protocol 1.4): one bad row
stops nothing. A row without an id cannot even be listed, so it condemns the extract.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from include.errors import DamagedExtract
from include.quickbooks.fields import CannotRead, Data, date, money, part, ref, rows, text, time, version
from include.records import (
    Address,
    Application,
    CreditMemo,
    Customer,
    Deleted,
    Entity,
    Extract,
    Invoice,
    Item,
    Payment,
    Record,
    SalesReceipt,
    Unreadable,
    Version,
)


def read_record(entity: Entity, data: object) -> Record | Deleted | Unreadable:
    """One row as its record, a deletion, or why it cannot be read. Raises DamagedExtract for a row without an id."""
    row = data if isinstance(data, dict) else {}
    record_id = row.get("Id")
    if not isinstance(record_id, str) or not (record_id.isascii() and record_id.isdigit()):
        raise DamagedExtract(f"QuickBooks gave a row of {entity.value} without an id.")
    try:
        if row.get("status") == "Deleted":
            return Deleted(record_id, time(part(row, "MetaData"), "LastUpdatedTime"))
        return READERS[entity](row)
    except CannotRead as problem:
        return Unreadable(record_id, problem.reason, problem.field)


def read_extract(
    entity: Entity, told: Iterable[object], *, expected: int | None, as_of: dt.datetime, complete: bool = False
) -> Extract:
    """Rows as an extract; doubled rows stay doubled, for the check at the door to see."""
    read = [read_record(entity, row) for row in told]
    return Extract(
        records=tuple(r for r in read if not isinstance(r, Deleted | Unreadable)),
        deleted=tuple(r for r in read if isinstance(r, Deleted)),
        unreadable=tuple(r for r in read if isinstance(r, Unreadable)),
        expected=expected,
        as_of=as_of,
        complete=complete,
    )


def _customer(row: Data) -> Customer:
    name = text(row, "DisplayName")
    if not name:
        raise CannotRead("no_name", "DisplayName")
    return Customer(
        **_base(row),
        name=name,
        active=row.get("Active") is not False,
        parent_id=ref(row, "ParentRef"),
        emails=_emails(text(part(row, "PrimaryEmailAddr"), "Address")),
        phone=text(part(row, "PrimaryPhone"), "FreeFormNumber"),
        address=_address(part(row, "BillAddr")),
        company_name=text(row, "CompanyName"),
        is_project=row.get("IsProject") is True,
        currency=ref(row, "CurrencyRef"),
    )


def _invoice(row: Data) -> Invoice:
    chosen = part(row, "SalesTermRef")
    return Invoice(
        **_base(row),
        **_document(row),
        currency=ref(row, "CurrencyRef"),
        due_date=date(row, "DueDate") if row.get("DueDate") else None,
        terms=text(chosen, "name") or text(chosen, "value"),
        balance=_optional(row, "Balance"),
        note=text(row, "PrivateNote"),
        emailed=row.get("EmailStatus") == "EmailSent",
        settled_by=tuple(text(link, "TxnId") for link in rows(row, "LinkedTxn") if link.get("TxnType") == "Payment"),
        deposit=_optional(row, "Deposit") or Decimal(0),
    )


def _payment(row: Data) -> Payment:
    return Payment(
        **_base(row),
        customer_id=ref(row, "CustomerRef"),
        date=date(row, "TxnDate"),
        total=money(row, "TotalAmt"),
        unapplied=_optional(row, "UnappliedAmt") or Decimal(0),
        reference=text(row, "PaymentRefNum"),
        currency=ref(row, "CurrencyRef"),
        applied=tuple(
            Application(text(link, "TxnType"), text(link, "TxnId"), money(line, "Amount"))
            for line in rows(row, "Line")
            for link in rows(line, "LinkedTxn")
        ),
    )


def _credit_memo(row: Data) -> CreditMemo:
    left = _optional(row, "RemainingCredit")
    return CreditMemo(
        **_base(row),
        **_document(row),
        note=text(row, "PrivateNote"),
        balance=_optional(row, "Balance") if left is None else left,
    )


def _sales_receipt(row: Data) -> SalesReceipt:
    return SalesReceipt(**_base(row), **_document(row), note=text(row, "PrivateNote"))


def _item(row: Data) -> Item:
    name = text(row, "Name")
    if not name:
        raise CannotRead("no_name", "Name")
    return Item(
        **_base(row),
        name=name,
        full_name=text(row, "FullyQualifiedName") or name,
        kind=text(row, "Type"),
        active=row.get("Active") is not False,
        sellable=bool(ref(row, "IncomeAccountRef")),
        sku=text(row, "Sku"),
    )


READERS: dict[Entity, Callable[[Data], Record]] = {
    Entity.CUSTOMER: _customer,
    Entity.INVOICE: _invoice,
    Entity.PAYMENT: _payment,
    Entity.CREDIT_MEMO: _credit_memo,
    Entity.SALES_RECEIPT: _sales_receipt,
    Entity.ITEM: _item,
}


def _base(row: Data) -> dict[str, Any]:
    """What every record bears: id, version, times."""
    meta = part(row, "MetaData")
    return {
        "id": row["Id"],
        "version": Version(version(row, "SyncToken")),
        "created_at": time(meta, "CreateTime"),
        "updated_at": time(meta, "LastUpdatedTime"),
    }


def _document(row: Data) -> dict[str, Any]:
    """What invoices, credit memos and sales receipts have in common."""
    return {
        "number": text(row, "DocNumber"),
        "customer_id": ref(row, "CustomerRef"),
        "date": date(row, "TxnDate"),
        "total": money(row, "TotalAmt"),
    }


def _optional(row: Data, name: str) -> Decimal | None:
    """An amount that need not be there."""
    return money(row, name) if row.get(name) is not None else None


def _address(block: Data) -> Address | None:
    """QuickBooks has five lines, the record two: the rest is joined to the second. None if nothing is filled in."""
    more = [text(block, f"Line{n}") for n in range(2, 6)]
    address = Address(
        line1=text(block, "Line1"),
        line2=", ".join(line for line in more if line),
        city=text(block, "City"),
        state=text(block, "CountrySubDivisionCode"),
        postal_code=text(block, "PostalCode"),
        country=text(block, "Country"),
    )
    return None if address == Address() else address


def _emails(listed: str) -> tuple[str, ...]:
    """QuickBooks keeps several addresses in one field, parted by commas."""
    addresses = (address.strip() for address in listed.replace(";", ",").split(","))
    return tuple(address for address in addresses if address)
