"""Transactions sent by e-mail, printed, and shared by a link (reference 2.1 and 3.4)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from include.sandbox.quickbooks.entities import entity_named
from include.sandbox.quickbooks.events import webhooks
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.schema import Entity
from include.sandbox.quickbooks.wire import money, stamp

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

ADDRESS = {
    **dict.fromkeys(("Invoice", "Estimate", "CreditMemo", "SalesReceipt", "RefundReceipt", "Payment"), "BillEmail"),
    "PurchaseOrder": "POEmail",
}
"""What can be sent, and where its address stands."""


def sendable(name: str) -> Entity:
    """The entity of this name. Refuses those that are neither sent nor printed with 500."""
    entity = entity_named(name)
    if entity.name not in ADDRESS:
        raise refuse("500", what=f"send {entity.name}")
    return entity


def send(books: Books, entity: Entity, id_: str, to: str) -> dict[str, Any]:
    """A transaction sent to this address or its own; that is a change of its time only: the token stays."""
    now = books.store.now()
    at = stamp(now, books.zone)
    with books.store.transaction():
        body = books.get(entity.name, id_)
        _mark_sent(entity, body, to, at)
        body["MetaData"]["LastUpdatedTime"] = at
        books.records.save(entity, body, now)
        webhooks.note(books.store, books.realm, entity.name, id_, "send")
        books.count(entity, "send")
    return entity.shown(body)


def _mark_sent(entity: Entity, body: dict[str, Any], to: str, at: str) -> None:
    """Write down that a transaction was sent. Refuses one without an address (6420) or with a bad one (2210)."""
    name = ADDRESS[entity.name]
    address = to or (body.get(name) or {}).get("Address", "")
    if not address:
        raise refuse("6420", element=name)
    if "@" not in address or "." not in address:
        raise refuse("2210", element=name)
    body[name] = {"Address": address}
    body["EmailStatus"] = "EmailSent"
    body["DeliveryInfo"] = {"DeliveryType": "Email", "DeliveryTime": at}


def invoice_link(books: Books, invoice: dict[str, Any]) -> dict[str, str]:
    """The link a customer pays an invoice by: there for one that can be paid online and has an address."""
    online = ("AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment")
    if "BillEmail" not in invoice or not any(invoice.get(name) for name in online):
        return {}
    digest = hashlib.sha256(f"{books.realm}:{invoice['Id']}".encode()).hexdigest()
    return {"InvoiceLink": f"https://connect.intuit.com/t/scs-v1-{digest}"}


def printed(company: str, entity: Entity, body: dict[str, Any]) -> list[str]:
    """The words on a printed transaction."""
    party = (body.get("CustomerRef") or body.get("VendorRef") or {}).get("name", "")
    lines = [company, f"{entity.name} {body.get('DocNumber', body['Id'])}", f"Date {body['TxnDate']}", party, ""]
    for line in body.get("Line", []):
        if "Amount" in line:
            lines.append(f"{line.get('Description', line.get('DetailType', ''))}   {money(line['Amount']):.2f}")
    return [*lines, "", f"Total {money(body['TotalAmt']):.2f}"]
