"""What QuickBooks applies by itself where the company prefers that (reference 3.2 and 3.5)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from include.sandbox.quickbooks.accounting.links import Link
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.wire import money

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

MEMO = "Created by QB Online to link credits to charges."


def of_payment(draft: Draft) -> list[Link]:
    """What a new payment without lines settles: the oldest invoices first, nothing without AutoApplyPayments."""
    if draft.old is not None or draft.new.get("Line") or not _prefers(draft.books, "AutoApplyPayments"):
        return []
    found, left = [], money(draft.new["TotalAmt"])
    for invoice in open_ones(draft.books, "Invoice", draft.new["CustomerRef"]["value"]):
        amount = min(left, money(invoice["Balance"]))
        if amount > 0:
            found.append(Link(draft.id, "Payment", "Invoice", invoice["Id"], "", amount))
            left -= amount
    return found


def apply_credits(draft: Draft) -> None:
    """After a new invoice or credit memo: a payment of zero links the oldest credits to the oldest charges."""
    if draft.entity.name not in ("Invoice", "CreditMemo") or not _prefers(draft.books, "AutoApplyCredit"):
        return
    books, customer = draft.books, draft.new["CustomerRef"]["value"]
    charges, credits = open_ones(books, "Invoice", customer), open_ones(books, "CreditMemo", customer)
    amount = min(sum(money(body["Balance"]) for body in side) for side in (charges, credits))
    if amount <= 0:
        return
    lines = [*_lines("Invoice", charges, Decimal(amount)), *_lines("CreditMemo", credits, Decimal(amount))]
    body = {"CustomerRef": draft.new["CustomerRef"], "TotalAmt": 0, "Line": lines, "PrivateNote": MEMO}
    books.create("Payment", body | {"CurrencyRef": draft.new["CurrencyRef"], "TxnDate": draft.new["TxnDate"]})
    draft.new |= books.must_find(draft.entity.name, draft.id)


def open_ones(books: Books, entity: str, customer: str) -> list[dict[str, Any]]:
    """A customer's transactions with something open, oldest first."""
    found = [body for body in books.records.of_party(books.entity(entity), customer) if money(body["Balance"]) > 0]
    return sorted(found, key=lambda body: (body["TxnDate"], int(body["Id"])))


def _lines(kind: str, side: list[dict[str, Any]], left: Decimal) -> list[dict[str, Any]]:
    lines = []
    for body in side:
        part = min(left, money(body["Balance"]))
        if part > 0:
            lines.append({"Amount": part, "LinkedTxn": [{"TxnId": body["Id"], "TxnType": kind}]})
            left -= part
    return lines


def _prefers(books: Books, name: str) -> bool:
    return bool(books.preferences["SalesFormsPrefs"].get(name))
