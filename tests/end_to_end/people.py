"""What people do in both systems while the sync runs, and what they find there afterwards.

    people.quickbooks_customer("Brown, Nick")
    assert people.first_sync() == {"customer.create": 1}

Syncta is worked in through its pages over HTTP, QuickBooks as a bookkeeper does. `first_sync` and `sync` return the
writes the sync itself made, and see to it that of QuickBooks nothing but new invoices was ever written (R1, R13).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from include.ledger import links
from include.records import Entity
from include.sandbox.quickbooks.engine import Books
from include.sandbox.scenarios.town import Line, Pair, Town, quickbooks_contact, syncta_contact
from include.sync.decide.record import record as recorded
from include.sync.decide.verbs import propose
from include.sync.decide.view import Ask, view_of
from tests.end_to_end.rehearsal import Rehearsal, rehearsal

TEST = Line("Annual backflow test")
"""One line of 75.00."""
ALLOWED_IN_QUICKBOOKS = {"Invoice.create"}


@dataclass(frozen=True)
class People:
    """Bookkeeper and testers of one company."""

    company: Rehearsal
    town: Town

    @property
    def books(self) -> Books:
        """QuickBooks' own pages."""
        return self.town.books

    # The sync itself

    def first_sync(self, **options: Any) -> dict[str, int]:
        """`initial_sync`; the writes it made."""
        return self._written(lambda: self.company.initial(**options))

    def sync(self, **options: Any) -> dict[str, int]:
        """`sync`; the writes it made."""
        return self._written(lambda: self.company.cycle(**options))

    def _written(self, run: Callable[[], Any]) -> dict[str, int]:
        self.company.forget_writes()
        try:
            run()
        finally:
            written = self.company.writes()
            in_quickbooks = {name for name in written if name[0].isupper()}
            assert in_quickbooks <= ALLOWED_IN_QUICKBOOKS, in_quickbooks
        return written

    # Customers

    def quickbooks_customer(self, name: str, *, parent: str = "", **fields: Any) -> str:
        """A new customer in QuickBooks; its id."""
        return self.town.quickbooks_customer(name, parent=parent, **fields)

    def syncta_customer(self, name: str, **fields: Any) -> str:
        """A new customer in Syncta; its id."""
        return str(self.company.by_hand("POST", "customers", {"name": name, **fields})["id"])

    def both(self, name: str, *, phone: str = "", email: str = "", address: dict[str, str] | None = None) -> Pair:
        """The same customer on both sides."""
        ours = self.quickbooks_customer(name, **quickbooks_contact(phone, email, address))
        return Pair(ours, self.syncta_customer(name, **syncta_contact(phone, email, address)))

    def change_customer(self, quickbooks_id: str, **fields: Any) -> None:
        """Change some fields of a customer in QuickBooks."""
        self.company.change("Customer", quickbooks_id, **fields)

    def edit(self, kind: str, syncta_id: str, **fields: Any) -> None:
        """Change some fields of a customer or an invoice in Syncta."""
        self.company.by_hand("PATCH", f"{kind}s/{syncta_id}", fields)

    def delete(self, kind: str, syncta_id: str) -> None:
        """Delete a customer or an invoice in Syncta."""
        self.company.by_hand("DELETE", f"{kind}s/{syncta_id}")

    def decide(self, command: str, record: str, target: str = "", **more: str) -> None:
        """A decision, as the command records it."""
        view = view_of(self.company.ledger, self.company.company)
        at = dt.datetime.now(dt.UTC)
        ask = Ask(command=command, record=record, target=target, by="Pat", at=at, **more)
        decided = propose(view, ask)
        recorded(self.company.ledger, view.state.scope, decided, view.state.decisions, ask.by, at)

    def names(self) -> list[str]:
        """Names in Syncta."""
        return sorted(one["name"] for one in self.company.syncta_customers().values())

    def named(self, name: str) -> dict[str, Any]:
        """The one Syncta customer of this name."""
        (found,) = [one for one in self.company.syncta_customers().values() if one["name"] == name]
        return found

    def links(self) -> dict[str, tuple[str, str]]:
        """QuickBooks id of a customer → the Syncta customer it is linked to, and how it came to be."""
        with self.company.ledger.reading() as conn:
            found = links.live(conn, self.company.company.scope, Entity.CUSTOMER)
        return {one.quickbooks_id: (one.syncta_id, one.how) for one in found}

    # Invoices

    def bill(self, number: str, customer: str, *lines: Line, **fields: Any) -> str:
        """A finished invoice in Syncta for a Syncta customer, of 15 October; its id."""
        body = {
            "number": number,
            "customer_id": customer,
            "status": "unpaid",
            "invoice_date": "2026-10-15",
            "lines": [syncta_line(line) for line in lines or (TEST,)],
        }
        return str(self.company.by_hand("POST", "invoices", {**body, **fields})["id"])

    def type_in(self, number: str, customer: str, *lines: Line, date: str = "2026-10-15", **fields: Any) -> str:
        """An invoice entered by hand in QuickBooks; its id."""
        return self.town.quickbooks_invoice(number, customer, lines or (TEST,), date=date, **fields)

    def pushed(self) -> dict[str, dict[str, Any]]:
        """QuickBooks' invoices by number; every number once."""
        invoices = self.company.quickbooks_all("Invoice")
        numbers = [one["DocNumber"] for one in invoices]
        assert len(numbers) == len(set(numbers)), numbers
        return dict(zip(numbers, invoices, strict=True))

    def pay(self, *numbers: str, amount: str = "", date: str = "2026-10-30", reference: str = "CHK 9") -> str:
        """Money in QuickBooks against the whole or a part of these invoices; the payment's id."""
        invoices = [self.pushed()[number] for number in numbers]
        parts = {one["Id"]: amount or str(one["Balance"]) for one in invoices}
        return self.town.payment(invoices[0]["CustomerRef"]["value"], parts, date=date, reference=reference)

    def email(self, number: str) -> None:
        """Send an invoice to its customer from QuickBooks."""
        self.company.change("Invoice", self.pushed()[number]["Id"], EmailStatus="EmailSent")

    def told(self, kind: str = "exception") -> dict[str, set[str]]:
        """Reason → numbers or names of the records it is told of."""
        found: dict[str, set[str]] = {}
        for one in self.company.findings():
            if one.kind == kind:
                found.setdefault(one.reason, set()).add(self._known_as(one.system, one.entity, one.record_id))
        return found

    def amounts(self, kind: str = "exception") -> dict[str, Decimal | None]:
        """Reason → amount, of findings that are told of one record each."""
        return {one.reason: one.amount for one in self.company.findings() if one.kind == kind}

    def _known_as(self, system: str, entity: str, record_id: str) -> str:
        if system == "quickbooks":
            found = self.books.find(entity.capitalize(), record_id) or {}
            return str(found.get("DisplayName") or found.get("DocNumber") or record_id)
        records = self.company.syncta_customers() if entity == "customer" else {}
        if entity == "invoice":
            records = {one["id"]: one for one in self.company.syncta_invoices().values()}
        found = records.get(record_id, {})
        return str(found.get("name") or found.get("number") or record_id)


def syncta_line(line: Line) -> dict[str, Any]:
    """A line as Syncta shows it."""
    return {
        "product": line.product,
        "description": line.description or line.product or "Work on site",
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "line_total": line.amount,
        "taxable": line.taxable,
    }


@contextmanager
def people_of(folder: Path, scenario: str = "empty", **options: Any) -> Iterator[People]:
    """The people of a company in a scenario, never synced before; `options` change its settings."""
    with rehearsal(folder, scenario, **options) as company:
        assert company.sandbox.store is not None
        town = Town(company.sandbox.store)
        town.items = {one["Name"]: one["Id"] for one in company.quickbooks_all("Item")}
        yield People(company, town)
