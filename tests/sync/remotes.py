"""QuickBooks and Syncta in memory, as far as they are written to; they can lose answers, refuse records, and be where
the process dies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from include.errors import RecordRejected, StaleRecord, SyncError, TemporaryOutage
from include.quickbooks.batch import BatchItem, as_json
from include.quickbooks.facts import CompanyFacts
from include.records import Address, Customer, Invoice, Version
from tests.sync.builders import NOON, customer

REALM = "9341453000000001"
LOST_BEFORE = TemporaryOutage("The connection dropped on the way there.")
LOST_AFTER = TemporaryOutage("The connection dropped on the way back.")


class Killed(BaseException):
    """The process is gone: nothing catches this, and nothing works after it."""


@dataclass
class Fate:
    """Counts the points where a load touches the ledger or a remote system, and kills the process at one of them."""

    die_at: int | None = None
    points: list[str] = field(default_factory=list)
    dead: bool = False

    def touch(self, point: str) -> None:
        """A point is reached."""
        if self.dead:
            raise Killed(point)
        self.points.append(point)
        if self.die_at is not None and len(self.points) > self.die_at:
            self.dead = True
            raise Killed(point)


@dataclass
class Trouble:
    """Faults by subject (a name, a number or an id), each used up `times` times."""

    faults: dict[str, list[SyncError]] = field(default_factory=dict)

    def __deepcopy__(self, _memo: object) -> Trouble:
        return Trouble({subject: list(faults) for subject, faults in self.faults.items()})

    def add(self, subject: str, fault: SyncError, times: int = 1) -> None:
        """The next `times` writes about the subject meet the fault."""
        self.faults.setdefault(subject, []).extend([fault] * times)

    def next(self, subject: str) -> SyncError | None:
        """The fault the subject meets now."""
        waiting = self.faults.get(subject, [])
        return waiting.pop(0) if waiting else None


@dataclass
class FakeSyncta:
    """Customers and invoices, with idempotency keys and versions as Syncta's contract has them."""

    customers: dict[str, Customer] = field(default_factory=lambda: {"by": customer("by", "Bystander")})
    invoices: dict[str, Invoice] = field(default_factory=dict)
    answers: dict[str, tuple[str, Any]] = field(default_factory=dict)
    writes: list[tuple[str, str]] = field(default_factory=list)
    trouble: Trouble = field(default_factory=Trouble)
    fate: Fate = field(default_factory=Fate)

    def add(self, *records: Customer | Invoice) -> None:
        """Records that are simply there."""
        for record in records:
            kept: dict[str, Any] = self.customers if isinstance(record, Customer) else self.invoices
            kept[record.id] = record

    def customers_named(self, name: str) -> list[Customer]:
        """Live customers of exactly that name."""
        self.fate.touch("syncta: look-up by name")
        return [customer for customer in self.customers.values() if customer.name == name]

    def create_customer(self, payload: Mapping[str, Any], key: str) -> Customer:
        """A new customer."""

        def create() -> Customer:
            new = _changed(_blank(f"new-{len(self.customers)}"), payload)
            self.customers[new.id] = new
            return new

        return self._write("create", payload["name"], key, payload, create)

    def update_customer(self, id: str, changes: Mapping[str, Any], *, version: int, key: str) -> Customer:
        """A changed customer."""

        def update() -> Customer:
            customer = self._current(self.customers, id, version)
            self.customers[id] = _changed(replace(customer, version=Version(version + 1)), changes)
            return self.customers[id]

        return self._write("update", id, key, changes, update)

    def mark_paid(self, invoice_id: str, *, date: dt.date, reference: str, version: int, key: str) -> Invoice:
        """A paid invoice."""

        def pay() -> Invoice:
            invoice = self._current(self.invoices, invoice_id, version)
            paid = {"status": "paid", "paid_on": date, "paid_reference": reference}
            self.invoices[invoice_id] = replace(invoice, version=Version(version + 1), **paid)
            return self.invoices[invoice_id]

        return self._write("mark_paid", invoice_id, key, {"date": str(date), "reference": reference}, pay)

    def reopen(self, invoice_id: str, *, version: int, key: str) -> Invoice:
        """An invoice that is open again."""

        def reopen() -> Invoice:
            invoice = self._current(self.invoices, invoice_id, version)
            unpaid = {"status": "unpaid", "paid_on": None, "paid_reference": ""}
            self.invoices[invoice_id] = replace(invoice, version=Version(version + 1), **unpaid)
            return self.invoices[invoice_id]

        return self._write("reopen", invoice_id, key, {}, reopen)

    def delete_customer(self, id: str, *, version: int, key: str) -> None:
        """A customer less, unless something hangs on it."""

        def delete() -> None:
            self._current(self.customers, id, version)
            hanging = [one.id for one in self.customers.values() if one.parent_id == id]
            hanging += [one.id for one in self.invoices.values() if one.customer_id == id]
            if hanging:
                raise RecordRejected("Something hangs on it.", "rejected_by_syncta", "status 409")
            del self.customers[id]

        self._write("delete", id, key, {"id": id}, delete)

    def _current(self, kept: Mapping[str, Any], id: str, version: int) -> Any:
        if id not in kept or kept[id].version != version:
            raise StaleRecord("It changed meanwhile.")
        return kept[id]

    def _write(self, what: str, subject: str, key: str, body: Mapping[str, Any], do: Callable[[], Any]) -> Any:
        self.fate.touch(f"syncta: {what} before")
        fault = self.trouble.next(subject)
        if fault and fault is not LOST_AFTER:
            raise fault
        if key in self.answers and self.answers[key][0] != repr(dict(body)):
            raise RecordRejected("The key was used for another request.", "rejected_by_syncta")
        if key not in self.answers:
            self.answers[key] = (repr(dict(body)), do())
            self.writes.append((what, subject))
        if fault:
            raise fault
        self.fate.touch(f"syncta: {what} after")
        return self.answers[key][1]


@dataclass
class FakeQuickBooks:
    """Invoices, batches with request ids, and the answers QuickBooks remembers."""

    invoices: dict[str, Invoice] = field(default_factory=dict)
    remembered: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    batches: list[str] = field(default_factory=list)
    trouble: Trouble = field(default_factory=Trouble)
    fate: Fate = field(default_factory=Fate)
    realm: str = REALM
    forgetful: bool = False

    def company(self) -> CompanyFacts:
        """Whose books these are."""
        self.fate.touch("quickbooks: company")
        return CompanyFacts(self.realm, "Demo", "Demo", "US", "PAID")

    def invoices_by_number(self, numbers: Sequence[str]) -> list[Invoice]:
        """The invoices of these numbers."""
        self.fate.touch("quickbooks: look-up by number")
        return [invoice for invoice in self.invoices.values() if invoice.number in numbers]

    def invoices_dated(self, dates: Sequence[str]) -> list[Invoice]:
        """The invoices of these days."""
        self.fate.touch("quickbooks: look-up by date")
        return [invoice for invoice in self.invoices.values() if invoice.date.isoformat() in dates]

    def read_invoice(self, invoice_id: str) -> Invoice | None:
        """One invoice."""
        self.fate.touch("quickbooks: read")
        return self.invoices.get(invoice_id)

    def void_invoice(self, invoice_id: str, version: int, request_id: str) -> Invoice:
        """A void invoice; the same id again gives the same answer."""
        self.fate.touch("quickbooks: void before")
        assert len(request_id) <= 36
        fault = self.trouble.next(f"void of {invoice_id}")
        if fault and fault is not LOST_AFTER:
            raise fault
        if request_id not in self.remembered or self.forgetful:
            self.remembered[request_id] = (invoice_id, {"": self._void(invoice_id, version)})
        if fault:
            raise fault
        self.fate.touch("quickbooks: void after")
        return self.remembered[request_id][1][""]

    def _void(self, invoice_id: str, version: int) -> Invoice:
        if invoice_id not in self.invoices:
            raise RecordRejected("It is gone.", "reference_inactive", "QuickBooks fault 610")
        there = self.invoices[invoice_id]
        if there.version != version:
            raise StaleRecord("It changed meanwhile.")
        nothing = Decimal(0)
        self.writes.append(f"void {there.number}")
        self.invoices[invoice_id] = replace(
            there, version=Version(version + 1), total=nothing, balance=nothing, note=f"Voided - {there.note}"
        )
        return self.invoices[invoice_id]

    def send_batch(self, request_id: str, items: Sequence[BatchItem]) -> dict[str, Any]:
        """Create invoices; the same id again gives the same answer."""
        self.fate.touch("quickbooks: batch before")
        assert len(request_id) <= 36
        assert [item.bid for item in items] == [str(n) for n in range(1, len(items) + 1)]
        self.batches.append(request_id)
        body = as_json([item.payload for item in items])
        lost = [self.trouble.next(f"batch of {item.payload.get('DocNumber')}") for item in items]
        fault = next(filter(None, lost), None)
        if fault and fault is not LOST_AFTER:
            raise fault
        if request_id not in self.remembered or self.forgetful:
            self.remembered[request_id] = (body, {item.bid: self._create(item.payload) for item in items})
        assert self.remembered[request_id][0] == body, "a batch asked for again must be identical"
        if fault:
            raise fault
        self.fate.touch("quickbooks: batch after")
        return self.remembered[request_id][1]

    def _create(self, payload: Mapping[str, Any]) -> Invoice | RecordRejected:
        number = payload.get("DocNumber") or f"given-{len(self.invoices)}"
        fault = self.trouble.next(number)
        if isinstance(fault, RecordRejected):
            return fault
        if any(invoice.number == number for invoice in self.invoices.values()):
            return RecordRejected("Taken.", "number_taken", "QuickBooks fault 6140")
        self.writes.append(number)
        total = sum((line["Amount"] for line in payload["Line"]), Decimal(0))
        total += payload.get("TxnTaxDetail", {}).get("TotalTax", Decimal(0))
        invoice = Invoice(
            id=str(1000 + len(self.invoices)),
            version=Version(0),
            number=number,
            customer_id=payload["CustomerRef"]["value"],
            date=dt.date.fromisoformat(payload["TxnDate"]),
            total=total,
            balance=total,
            currency="USD",
            note=payload["PrivateNote"],
            created_at=NOON,
            updated_at=NOON,
        )
        self.invoices[invoice.id] = invoice
        return invoice


def _blank(id: str) -> Customer:
    return Customer(id=id, version=Version(1), name="", active=True, created_at=NOON, updated_at=NOON)


def _changed(customer: Customer, fields: Mapping[str, Any]) -> Customer:
    read: dict[str, Any] = {name: fields[name] for name in ("name", "phone") if name in fields}
    if "emails" in fields:
        read["emails"] = tuple(fields["emails"])
    if "mailing_address" in fields:
        read["address"] = Address(**fields["mailing_address"]) if fields["mailing_address"] else None
    for name in ("parent_id", "external_id"):
        if name in fields:
            read[name] = fields[name] or ""
    return replace(customer, **read)


def of_id(records: Iterable[Any], id: str) -> Any:
    """The one record of an id."""
    (record,) = [record for record in records if record.id == id]
    return record
