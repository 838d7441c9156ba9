"""A planned push as the QuickBooks invoice that is sent: a frozen snapshot, money to the cent (rules 3.5–3.8).

A function of the payload alone: a batch that is asked for again is built again, byte for byte the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

CENT = Decimal("0.01")
MOST_DIGITS = 15
"""Digits QuickBooks keeps of a number (quickbooks-api §3.4)."""


def quickbooks_invoice(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The body of QuickBooks' invoice create for a push payload, as JSON values, money as Decimal.

    `payload` has customer_id, number, date, due_date, terms_id and memo (optional), currency, marker, tax and lines
    (item_id, description, quantity, unit_price, amount, taxable), money as text. The totals are QuickBooks' to
    compute. Nothing is e-mailed and no online payment offered (rules 3.6).
    """
    body: dict[str, Any] = {
        "CustomerRef": {"value": payload["customer_id"]},
        "TxnDate": payload["date"],
        "PrivateNote": " ".join(filter(None, [payload["marker"], payload.get("memo")])),
        "AllowIPNPayment": False,
        "AllowOnlinePayment": False,
        "AllowOnlineCreditCardPayment": False,
        "AllowOnlineACHPayment": False,
        "EmailStatus": "NotSet",
        "Line": [_line(line) for line in payload["lines"]],
    }
    if payload.get("number"):
        body["DocNumber"] = payload["number"]
    if payload.get("due_date"):
        body["DueDate"] = payload["due_date"]
    if payload.get("currency"):
        body["CurrencyRef"] = {"value": payload["currency"]}
    if payload.get("terms_id"):
        body["SalesTermRef"] = {"value": payload["terms_id"]}
    tax = Decimal(payload.get("tax") or 0)
    if tax or any(line["taxable"] for line in payload["lines"]):
        # Also where it is zero: unless it is told the tax, QuickBooks computes its own (rules 3.8).
        body["TxnTaxDetail"] = {"TotalTax": tax, "TxnTaxCodeRef": {"value": "TAX"}}
    return body


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    amount = Decimal(line["amount"])
    detail: dict[str, Any] = {
        "ItemRef": {"value": line["item_id"]},
        "TaxCodeRef": {"value": "TAX" if line["taxable"] else "NON"},
    }
    detail |= _quantity_and_price(Decimal(line["quantity"]), Decimal(line["unit_price"]), amount)
    return {
        "DetailType": "SalesItemLineDetail",
        "Amount": amount,
        "Description": line["description"],
        "SalesItemLineDetail": detail,
    }


def _quantity_and_price(quantity: Decimal, unit_price: Decimal, amount: Decimal) -> dict[str, Any]:
    """Both or none: QuickBooks refuses a line whose quantity times price does not round to its amount (rules 3.7)."""
    with localcontext() as exactly:
        exactly.prec = 100
        if (quantity * unit_price).quantize(CENT, ROUND_HALF_UP) != amount:
            return {}
    if max(len(value.as_tuple().digits) for value in (quantity, unit_price)) > MOST_DIGITS:
        return {}
    return {"Qty": quantity, "UnitPrice": unit_price}
