"""A planned push as the QuickBooks invoice that is sent: a frozen snapshot, money to the cent (rules 3.5–3.8).

JSON knows no decimals, so money travels as a number whose JSON text is exactly the amount: `number` refuses what
would not be. The result is plain JSON, so the outbox keeps the very body that is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from include.errors import RecordRejected

CENT = Decimal("0.01")


def quickbooks_invoice(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The body of QuickBooks' invoice create for a push payload, as JSON values.

    `payload` has customer_id, number, date, due_date, terms_id (optional), currency, marker, tax and lines
    (item_id, description, quantity, unit_price, amount, taxable), money as text. The totals are QuickBooks' to
    compute. Nothing is e-mailed and no online payment offered (rules 3.6). Raises `RecordRejected` with reason
    `money_unreadable` if an amount has more digits than QuickBooks takes.
    """
    body: dict[str, Any] = {
        "CustomerRef": {"value": payload["customer_id"]},
        "TxnDate": payload["date"],
        "PrivateNote": payload["marker"],
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
    if tax:
        body["TxnTaxDetail"] = {"TotalTax": _money(tax), "TxnTaxCodeRef": {"value": "TAX"}}
    return body


def number(value: Decimal) -> int | float:
    """`value` as a JSON number with exactly its text; `ValueError` if there is none (about 15 digits fit)."""
    if value == value.to_integral_value():
        return int(value)
    binary = float(value)
    # Python writes the shortest text that gives the same float; QuickBooks reads that text as a decimal again.
    if Decimal(repr(binary)) != value:
        raise ValueError("The amount has more digits than a JSON number carries.")
    return binary


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    amount = Decimal(line["amount"])
    detail: dict[str, Any] = {
        "ItemRef": {"value": line["item_id"]},
        "TaxCodeRef": {"value": "TAX" if line["taxable"] else "NON"},
    }
    detail |= _quantity_and_price(Decimal(line["quantity"]), Decimal(line["unit_price"]), amount)
    return {
        "DetailType": "SalesItemLineDetail",
        "Amount": _money(amount),
        "Description": line["description"],
        "SalesItemLineDetail": detail,
    }


def _quantity_and_price(quantity: Decimal, unit_price: Decimal, amount: Decimal) -> dict[str, Any]:
    """Both or none: QuickBooks refuses a line whose quantity times price does not round to its amount (rules 3.7)."""
    with localcontext() as exactly:
        exactly.prec = 100
        if (quantity * unit_price).quantize(CENT, ROUND_HALF_UP) != amount:
            return {}
    try:
        return {"Qty": number(quantity), "UnitPrice": number(unit_price)}
    except ValueError:
        return {}


def _money(value: Decimal) -> int | float:
    try:
        return number(value)
    except ValueError as error:
        raise RecordRejected("An amount of the invoice has too many digits.", reason="money_unreadable") from error
