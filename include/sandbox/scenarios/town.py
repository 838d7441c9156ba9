"""How a scenario speaks: who writes what into which system, and when.

Everything goes through the same engines that answer HTTP, so a scenario cannot hold what the systems would refuse.
Times are the company's own (Pacific), money is text, ids come back as text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from include.sandbox.quickbooks.engine import Books
from include.sandbox.store import Store
from include.sandbox.syncta.office import Office

ZONE = ZoneInfo("America/Los_Angeles")
REALM = "9341453000000001"
PRODUCTS = {
    "Annual backflow test": "75.00",
    "Repair kit": "48.50",
    "Relief valve rebuild": "185.00",
    "Test of irrigation assembly": "65.00",
    "Permit filing": "25.00",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line as a tester writes it; `product` None is a line without one."""

    product: str | None
    quantity: str = "1"
    price: str = ""
    total: str = ""
    taxable: bool = False
    description: str = ""

    @property
    def unit_price(self) -> str:
        """The price given, or the product's."""
        return self.price or PRODUCTS[self.product or ""]

    @property
    def amount(self) -> str:
        """The total given, or quantity times price."""
        exact = Decimal(self.quantity) * Decimal(self.unit_price)
        return self.total or str(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


class Town:
    """Both systems of one company, empty at first."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.books = Books(store, REALM)
        self.office = Office(store)
        self.items: dict[str, str] = {}
        self.numbers: dict[str, str] = {}

    def on(self, year_month_day: str, hour: int = 9, minute: int = 0) -> None:
        """What follows happens at this moment, in the company's zone; the clock stands there."""
        day = dt.date.fromisoformat(year_month_day)
        self.store.clock.freeze(dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE))

    def open_books(self, *, name: str, closed_through: str | None, founded: str = "2026-05-01") -> None:
        """The company itself, its income account's products and its preferences."""
        self.on(founded, 8)
        self.books.found(name=name, closed_through=closed_through)
        for product, price in PRODUCTS.items():
            self.product(product, UnitPrice=float(price))

    def product(self, name: str, **fields: Any) -> str:
        """A product in QuickBooks; its id."""
        body = {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": "1"}, **fields}
        self.items[name] = str(self.books.create("Item", body)["Id"])
        return self.items[name]

    def quickbooks_customer(self, name: str, *, parent: str = "", **fields: Any) -> str:
        """A customer in QuickBooks; its id."""
        body: dict[str, Any] = {"DisplayName": name, **fields}
        if parent:
            body |= {"ParentRef": {"value": parent}, "Job": True}
        return str(self.books.create("Customer", body)["Id"])

    def syncta_customer(self, name: str, *, parent: str | None = None, **fields: Any) -> str:
        """A customer in Syncta; its id."""
        return str(self.office.create_customer({"name": name, "parent_id": parent, **fields})["id"])

    def both(self, name: str, *, phone: str = "", email: str = "", address: dict[str, str] | None = None) -> Pair:
        """The same customer on both sides, under exactly the same name."""
        quickbooks = self.quickbooks_customer(name, **quickbooks_contact(phone, email, address))
        return Pair(quickbooks, self.syncta_customer(name, **syncta_contact(phone, email, address)))

    def syncta_invoice(
        self, number: str, customer: str, lines: Sequence[Line], *, date: str, ready: bool = True, **fields: Any
    ) -> str:
        """An invoice in Syncta with the totals of its lines; its id. `date` may be a timestamp."""
        subtotal = sum((Decimal(line.amount) for line in lines), Decimal(0))
        tax, discount = Decimal(fields.get("tax", "0.00")), Decimal(fields.get("discount", "0.00"))
        body = {
            "number": number,
            "customer_id": customer,
            "status": "unpaid" if ready else "new",
            "invoice_date": date,
            "due_date": _due(date),
            "terms": "Net 30",
            "lines": [_syncta_line(line) for line in lines],
            "tax": f"{tax:.2f}",
            "discount": f"{discount:.2f}",
            "total": f"{subtotal - discount + tax:.2f}",
            **fields,
        }
        self.numbers[number] = str(self.office.create_invoice(body)["id"])
        return self.numbers[number]

    def quickbooks_invoice(
        self, number: str, customer: str, lines: Sequence[Line], *, date: str, tax: str = "0", **fields: Any
    ) -> str:
        """An invoice typed into QuickBooks by hand; its id."""
        body = {
            "DocNumber": number,
            "CustomerRef": {"value": customer},
            "TxnDate": date,
            "DueDate": _due(date),
            "Line": [self._quickbooks_line(line) for line in lines],
            **({"TxnTaxDetail": {"TotalTax": float(tax), "TxnTaxCodeRef": {"value": "TAX"}}} if Decimal(tax) else {}),
            **fields,
        }
        return str(self.books.create("Invoice", body)["Id"])

    def sales_receipt(self, number: str, customer: str, lines: Sequence[Line], *, date: str) -> str:
        """A sale paid on the spot in QuickBooks; its id."""
        body = {"DocNumber": number, "CustomerRef": {"value": customer}, "TxnDate": date}
        return str(self.books.create("SalesReceipt", {**body, "Line": [self._quickbooks_line(n) for n in lines]})["Id"])

    def payment(
        self, customer: str, parts: dict[str, str], *, date: str, total: str | None = None, reference: str = ""
    ) -> str:
        """Money in QuickBooks against invoices (id → amount); more than its parts is left unapplied."""
        amount = total or str(sum((Decimal(part) for part in parts.values()), Decimal(0)))
        linked = [{"TxnId": i, "TxnType": "Invoice"} for i in parts]
        lines = [{"Amount": float(a), "LinkedTxn": [t]} for a, t in zip(parts.values(), linked, strict=True)]
        body = {"TotalAmt": float(amount), "CustomerRef": {"value": customer}, "TxnDate": date, "Line": lines}
        return str(self.books.create("Payment", {**body, "PaymentRefNum": reference} if reference else body)["Id"])

    def credit(self, customer: str, invoice: str, amount: str, lines: Sequence[Line], *, date: str) -> str:
        """A credit memo over these lines, applied to an invoice by a payment of zero; the payment's id."""
        body = {"CustomerRef": {"value": customer}, "TxnDate": date}
        memo = self.books.create("CreditMemo", {**body, "Line": [self._quickbooks_line(line) for line in lines]})
        linked = [{"TxnId": invoice, "TxnType": "Invoice"}, {"TxnId": str(memo["Id"]), "TxnType": "CreditMemo"}]
        parts = [{"Amount": float(amount), "LinkedTxn": [one]} for one in linked]
        return str(self.books.create("Payment", {**body, "TotalAmt": 0, "Line": parts})["Id"])

    def _quickbooks_line(self, line: Line) -> dict[str, Any]:
        detail = {"ItemRef": {"value": self.items[line.product or ""]}, "TaxCodeRef": {"value": _code(line)}}
        return {
            "DetailType": "SalesItemLineDetail",
            "Amount": float(line.amount),
            "Description": line.description or line.product,
            "SalesItemLineDetail": detail,
        }


@dataclass(frozen=True, slots=True)
class Pair:
    """A customer's two ids."""

    quickbooks: str
    syncta: str


def quickbooks_contact(phone: str, email: str, address: dict[str, str] | None) -> dict[str, Any]:
    """Contact data in QuickBooks' words; what is missing is left out."""
    contact: dict[str, Any] = {}
    if phone:
        contact["PrimaryPhone"] = {"FreeFormNumber": phone}
    if email:
        contact["PrimaryEmailAddr"] = {"Address": email}
    if address:
        contact["BillAddr"] = {
            "Line1": address["line1"],
            "City": address["city"],
            "CountrySubDivisionCode": address["state"],
            "PostalCode": address["postal_code"],
        }
    return contact


def syncta_contact(phone: str, email: str, address: dict[str, str] | None) -> dict[str, Any]:
    """Contact data in Syncta's words."""
    return {"phone": phone, "emails": [email] if email else [], "mailing_address": address}


def _syncta_line(line: Line) -> dict[str, Any]:
    return {
        "product": line.product,
        "description": line.description or line.product or "Work on site",
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "line_total": line.amount,
        "taxable": line.taxable,
    }


def _code(line: Line) -> str:
    return "TAX" if line.taxable else "NON"


def _due(date: str) -> str:
    return (dt.date.fromisoformat(date[:10]) + dt.timedelta(days=30)).isoformat()
