"""Transactions sent by e-mail, printed and shared, over HTTP."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from include.sandbox.quickbooks.documents.pdf import page_of
from include.sandbox.quickbooks.engine import Books

from .bookkeeping import CHECKING, bill, vendor
from .conftest import START, Client, paying, sale

ADDRESS = {"Address": "office@lake.example"}


def bodies(books: Books, customer: str) -> dict[str, dict[str, Any]]:
    """One of everything that can be sent."""
    line = {
        "DetailType": "ItemBasedExpenseLineDetail",
        "Amount": 5,
        "ItemBasedExpenseLineDetail": {"ItemRef": {"value": "1"}},
    }
    return {
        **{name: sale(customer, 5) for name in ("Invoice", "Estimate", "CreditMemo", "SalesReceipt")},
        "RefundReceipt": sale(customer, 5, DepositToAccountRef={"value": CHECKING}),
        "Payment": paying(customer, 5),
        "PurchaseOrder": {"VendorRef": {"value": vendor(books)}, "Line": [line]},
    }


@pytest.mark.parametrize(
    "entity", ["Invoice", "Estimate", "CreditMemo", "SalesReceipt", "RefundReceipt", "Payment", "PurchaseOrder"]
)
def test_a_transaction_is_sent_and_printed(books: Books, client: Client, customer: str, entity: str) -> None:
    made = books.create(entity, bodies(books, customer)[entity])
    path = f"{entity.lower()}/{made['Id']}"
    address = "POEmail" if entity == "PurchaseOrder" else "BillEmail"
    refused = client.post(f"{path}/send", None)
    assert (refused.status_code, refused.json()["Fault"]["Error"][0]["code"]) == (400, "6420")
    sent = client.post(f"{path}/send", None, sendTo="anna@lake.example").json()[entity]
    assert (sent["EmailStatus"], sent[address]) == ("EmailSent", {"Address": "anna@lake.example"})
    assert sent["DeliveryInfo"] == {"DeliveryType": "Email", "DeliveryTime": sent["MetaData"]["LastUpdatedTime"]}
    assert sent["SyncToken"] == made["SyncToken"]
    printed = client.get(f"{path}/pdf")
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF-1.4")


def test_an_invoice_is_sent_to_its_own_address_and_told_as_changed(books: Books, client: Client, customer: str) -> None:
    made = books.create("Invoice", sale(customer, 5, BillEmail=ADDRESS, EmailStatus="NeedToSend"))
    books.store.clock.freeze(START + dt.timedelta(minutes=1))
    assert client.post(f"invoice/{made['Id']}/send", None).json()["Invoice"]["BillEmail"] == ADDRESS
    changes = client.get("cdc", entities="Invoice", changedSince="2026-11-02T09:00:01-08:00").json()
    assert changes["CDCResponse"][0]["QueryResponse"][0]["Invoice"][0]["EmailStatus"] == "EmailSent"
    again = client.post("invoice", {**client.get(f"invoice/{made['Id']}").json()["Invoice"], "PrivateNote": "x"})
    assert again.json()["Invoice"]["DeliveryInfo"]["DeliveryType"] == "Email"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("bill/{bill}/send", 400, "500"),
        ("customer/1/send", 400, "500"),
        ("invoice/99/send", 400, "610"),
        ("invoice/x/send", 400, "2030"),
        ("nonsense/1/send", 400, "500"),
        ("invoice/{invoice}/send?sendTo=nobody", 400, "2210"),
    ],
)
def test_what_cannot_be_sent_is_refused(
    books: Books, client: Client, customer: str, path: str, status: int, code: str
) -> None:
    ids = {"bill": books.create("Bill", bill(vendor(books), 5))["Id"]}
    ids["invoice"] = books.create("Invoice", sale(customer, 5))["Id"]
    answer = client.post(path.format(**ids), None)
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (status, code)


def test_sending_can_fail_on_order(books: Books, client: Client, customer: str) -> None:
    made = books.create("Invoice", sale(customer, 5, BillEmail=ADDRESS))
    client.order("item_fault", match={"operation": "send", "entity": "Invoice"}, code="5010")
    assert client.post(f"invoice/{made['Id']}/send", None).status_code == 400
    assert client.post(f"invoice/{made['Id']}/send", None).status_code == 200


def test_the_link_to_pay_is_shown_on_request_for_invoices_that_can_be_paid_online(
    books: Books, client: Client, customer: str
) -> None:
    plain = books.create("Invoice", sale(customer, 5))
    online = books.create("Invoice", sale(customer, 5, AllowOnlineACHPayment=True, BillEmail=ADDRESS))
    assert "InvoiceLink" not in client.get(f"invoice/{online['Id']}").json()["Invoice"]
    assert "InvoiceLink" not in client.get(f"invoice/{plain['Id']}", include="invoiceLink").json()["Invoice"]
    link = client.get(f"invoice/{online['Id']}", include="invoiceLink").json()["Invoice"]["InvoiceLink"]
    assert link.startswith("https://")


def test_a_printed_page_is_a_pdf_whose_table_finds_its_objects() -> None:
    page = page_of(["Lake (House) \\ Söhne", *(f"line {n}" for n in range(99)), "€ 5 – 漢字"])
    start = int(re.findall(rb"startxref\n(\d+)\n%%EOF\n$", page)[0])
    assert page[start : start + 4] == b"xref"
    places = [int(entry[:10]) for entry in page[start:].split(b"\n")[3:8]]
    assert [page[place:].split(b" ", 1)[0] for place in places] == [b"1", b"2", b"3", b"4", b"5"]
    length, stream = re.findall(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", page, re.DOTALL)[0]
    assert int(length) == len(stream)
    assert b"(Lake \\(House\\) \\\\ S\xf6hne) Tj" in stream
