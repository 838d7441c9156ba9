"""One company in both systems, with a ledger of its own: what people do in it is done here, by labels.

Acts go straight to the two systems' engines, as a person at their own pages; the sync meets the same systems over
HTTP. A label ("c7", "i12") names the same record in the control run and in the chaos run, whatever its id is there.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from include.sandbox.quickbooks.catalog.company import merge_customers
from include.sandbox.quickbooks.engine import Books
from include.sandbox.scenarios.town import ZONE, Line, Town, quickbooks_contact, syncta_contact
from include.settings import Company
from tests.chaos.acts import Act
from tests.sandbox_server import RunningSandbox

FIRST_REALM = 9341453000100000


def realm_of(seed: int) -> str:
    """Every seed's books are another QuickBooks company: one Airflow may hold several of them."""
    return str(FIRST_REALM + seed)


@dataclass
class World:
    """Both systems of one company. `ids` maps a label to the record's id, per system."""

    sandbox: RunningSandbox
    company: Company
    quickbooks_ids: dict[str, str] = field(default_factory=dict)
    syncta_ids: dict[str, str] = field(default_factory=dict)
    town: Town = field(init=False)

    def __post_init__(self) -> None:
        assert self.sandbox.store is not None
        self.store = self.sandbox.store
        self.town = Town(self.store)
        self.town.books = Books(self.store, self.company.realm_id)
        self.town.on("2026-05-01", 8)
        self.books.found(
            name=f"Chaos {self.company.key}", custom_numbers=self.company.document_number != "quickbooks_assigns"
        )
        for product, price in (("Annual backflow test", "75.00"), ("Repair kit", "48.50"), ("Permit filing", "25.00")):
            self.town.product(product, UnitPrice=float(price))

    @property
    def books(self) -> Books:
        """QuickBooks' own pages."""
        return self.town.books

    def on(self, day: str, hour: int = 9) -> None:
        """From now on it is this day, unless it is later already."""
        moment = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour), ZONE)
        self.store.clock.freeze(moment)

    def do(self, act: Act) -> None:
        """Let people do something."""
        getattr(self, f"_{act.verb}")(**act.about)

    # Customers

    def _quickbooks_customer(self, label: str, name: str, parent: str = "", **contact: Any) -> None:
        above = self.quickbooks_ids[parent] if parent else ""
        self.quickbooks_ids[label] = self.town.quickbooks_customer(name, parent=above, **_theirs(contact))

    def _syncta_customer(self, label: str, name: str, parent: str = "", **contact: Any) -> None:
        above = self.syncta_ids[parent] if parent else None
        self.syncta_ids[label] = self.town.syncta_customer(name, parent=above, **_ours(contact))

    def _change_in_quickbooks(self, label: str, name: str = "", **contact: Any) -> None:
        changes = {name_: value for name_, value in _theirs(contact).items()} | ({"DisplayName": name} if name else {})
        self._update("Customer", self.quickbooks_ids[label], changes)

    def _change_in_syncta(self, label: str, **contact: Any) -> None:
        self.town.office.update_customer(self.syncta_of(label), _ours(contact, partly=True))

    def _deactivate(self, label: str) -> None:
        self.books.deactivate("Customer", self.quickbooks_ids[label])

    def _reactivate(self, label: str) -> None:
        name = self.books.get("Customer", self.quickbooks_ids[label])["DisplayName"]
        self._update("Customer", self.quickbooks_ids[label], {"Active": True, "DisplayName": name.split(" (del")[0]})

    def _delete_customer_in_syncta(self, label: str) -> None:
        self.town.office.delete_customer(self.syncta_of(label))

    def _merge(self, loser: str, winner: str) -> None:
        merge_customers(self.books, self.quickbooks_ids[loser], self.quickbooks_ids[winner])

    # Invoices

    def _bill(self, label: str, number: str, customer: str, lines: list[dict[str, Any]], **more: Any) -> None:
        whole = [Line(**line) for line in lines]
        self.syncta_ids[label] = self.town.syncta_invoice(number, self.syncta_of(customer), whole, **more)

    def _finish(self, label: str) -> None:
        self.town.office.update_invoice(self.syncta_ids[label], {"status": "unpaid"})

    def _add_line(self, label: str, total: str) -> None:
        old = self.town.office.records.current("invoice", self.syncta_ids[label])
        line = {**old["lines"][0], "quantity": "1", "unit_price": total, "line_total": total}
        self.town.office.update_invoice(self.syncta_ids[label], {"lines": [*old["lines"], line]})

    def _move(self, label: str, to: str) -> None:
        self.town.office.update_invoice(self.syncta_ids[label], {"customer_id": self.syncta_of(to)})

    def _delete_invoice_in_syncta(self, label: str) -> None:
        self.town.office.delete_invoice(self.syncta_ids[label])

    def _void_in_syncta(self, label: str) -> None:
        self.town.office.void(self.syncta_ids[label])

    def _pay_in_portal(self, label: str, amount: str, reference: str, date: str) -> None:
        body = {"amount": amount, "reference": reference, "date": date}
        self.town.office.pay_by_portal(self.syncta_ids[label], body)

    def _type_in(
        self, label: str, number: str, customer: str, lines: list[dict[str, Any]], date: str, tax: str = "0"
    ) -> None:
        self.quickbooks_ids[label] = self.town.quickbooks_invoice(
            number, self.quickbooks_ids[customer], [Line(**line) for line in lines], date=date, tax=tax
        )

    def _pay(self, label: str, invoices: dict[str, str], date: str, reference: str) -> None:
        """Money in QuickBooks: label of an invoice → amount, the whole balance if it is empty."""
        found = {one: self.invoice_in_quickbooks(one) for one in invoices}
        parts = {found[one]["Id"]: amount or str(found[one]["Balance"]) for one, amount in invoices.items()}
        customer = next(iter(found.values()))["CustomerRef"]["value"]
        self.quickbooks_ids[label] = self.town.payment(customer, parts, date=date, reference=reference)

    def _unpay(self, label: str) -> None:
        self.books.delete("Payment", self.quickbooks_ids[label])

    def _void_in_quickbooks(self, label: str) -> None:
        self.books.void("Invoice", self.invoice_in_quickbooks(label)["Id"])

    def _delete_in_quickbooks(self, label: str) -> None:
        self.books.delete("Invoice", self.invoice_in_quickbooks(label)["Id"])

    def _edit_in_quickbooks(self, label: str, amount: str) -> None:
        invoice = self.invoice_in_quickbooks(label)
        line = next(one for one in invoice["Line"] if one["DetailType"] == "SalesItemLineDetail")
        detail = {"ItemRef": line["SalesItemLineDetail"]["ItemRef"], "TaxCodeRef": {"value": "NON"}}
        new = {"DetailType": "SalesItemLineDetail", "Amount": float(amount), "SalesItemLineDetail": detail}
        self._update("Invoice", invoice["Id"], {"Line": [new], "CustomerRef": invoice["CustomerRef"]})

    # Finding what the sync made

    def syncta_of(self, label: str) -> str:
        """The Syncta customer of a label: what people made there, or what the sync made of QuickBooks' record."""
        if label in self.syncta_ids:
            return self.syncta_ids[label]
        wanted = self.quickbooks_ids[label]
        return next(one["id"] for one in self.in_syncta("customer") if one["external_id"] == wanted)

    def invoice_in_quickbooks(self, label: str) -> dict[str, Any]:
        """QuickBooks' invoice of a label: typed in by people, or pushed."""
        if label in self.quickbooks_ids:
            return self.books.get("Invoice", self.quickbooks_ids[label])
        mark = f"[syncta:{self.company.key}:{self.syncta_ids[label]}]"
        return next(one for one in self.in_quickbooks("Invoice") if mark in str(one.get("PrivateNote")))

    def in_quickbooks(self, entity: str) -> list[dict[str, Any]]:
        """Everything QuickBooks has of an entity, inactive records too."""
        where = " where Active in (true, false)" if entity == "Customer" else ""
        found = self.books.query(f"select * from {entity}{where} maxresults 1000")
        return list(found.get(entity, []))

    def in_syncta(self, kind: str) -> Iterator[dict[str, Any]]:
        """Everything Syncta has of a kind, deleted records too."""
        import json

        for row in self.store.rows("SELECT body FROM syncta_record WHERE kind = ? ORDER BY seq", kind):
            yield json.loads(row["body"])

    def executed(self) -> Counter[str]:
        """Writes that were executed through the two APIs: people's acts, refused calls and replays do not count."""
        found = Counter(self.sandbox.meter("syncta")["writes"])
        found.update(self.sandbox.meter("quickbooks").get(self.company.realm_id, {}).get("writes", {}))
        return found

    def _update(self, entity: str, record_id: str, changes: dict[str, Any]) -> None:
        token = self.books.get(entity, record_id)["SyncToken"]
        self.books.update(entity, {"Id": record_id, "SyncToken": token, "sparse": True, **changes})


def _theirs(contact: dict[str, Any]) -> dict[str, Any]:
    return quickbooks_contact(contact.get("phone", ""), contact.get("email", ""), contact.get("address"))


def _ours(contact: dict[str, Any], *, partly: bool = False) -> dict[str, Any]:
    whole = syncta_contact(contact.get("phone", ""), contact.get("email", ""), contact.get("address"))
    said = {"phone": "phone", "emails": "email", "mailing_address": "address"}
    return {name: value for name, value in whole.items() if not partly or said[name] in contact}


def ledger_file(folder: Path) -> Path:
    """Where a world's ledger is."""
    return folder / "ledger.sqlite"
