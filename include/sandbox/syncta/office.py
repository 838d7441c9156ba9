"""The rules of changing customers and invoices, whoever changes them: the API, or Syncta's users at their pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from zoneinfo import ZoneInfo

from include.sandbox.store import Store
from include.sandbox.syncta.asks import Refused
from include.sandbox.syncta.records import Body, Records, stamp

P = ParamSpec("P")
ZONE = ZoneInfo("America/Los_Angeles")
ACCOUNT: Body = {"id": "a1", "name": "Sandbox account", "time_zone": ZONE.key, "currency": "USD"}
NEW_CUSTOMER: Body = {
    "phone": "",
    "emails": [],
    "portal_email": None,
    "mailing_address": None,
    "parent_id": None,
    "external_id": None,
    "active": True,
}
NEW_INVOICE: Body = {
    "status": "new",
    "ready_at": None,
    "due_date": None,
    "terms": None,
    "service_location": None,
    "lines": [],
    "discount": "0.00",
    "tax": "0.00",
    "currency": "USD",
    "paid": None,
    "portal_payments": [],
}


def _whole(work: Callable[Concatenate[Office, P], Body]) -> Callable[Concatenate[Office, P], Body]:
    """Look and write as one: nobody writes in between, and a refusal leaves nothing behind."""

    @wraps(work)
    def within(office: Office, /, *arguments: P.args, **options: P.kwargs) -> Body:
        with office.store.transaction():
            return work(office, *arguments, **options)

    return within


class Office:
    """One Syncta account. Whatever changes a record may be refused with 404, 410 (it is not there, it was deleted) or
    409 (as the records are now it cannot be done)."""

    def __init__(self, store: Store) -> None:
        self.store, self.records = store, Records(store)

    @_whole
    def create_customer(self, body: Mapping[str, Any]) -> Body:
        """A new customer; the name is kept code point for code point."""
        self._check_parent("", body.get("parent_id"))
        return self.records.insert("customer", {**NEW_CUSTOMER, **body})

    @_whole
    def update_customer(self, record_id: str, changes: Mapping[str, Any]) -> Body:
        """The customer with these fields changed."""
        old = self.records.current("customer", record_id)
        self._check_parent(record_id, changes.get("parent_id"))
        return self.records.replace("customer", old, changes)

    @_whole
    def delete_customer(self, record_id: str) -> Body:
        """Delete a customer on which nothing hangs."""
        old = self.records.current("customer", record_id)
        if self.records.hanging("invoice", record_id) or self.records.hanging("customer", record_id):
            raise Refused(409, "Invoices or child customers hang on this customer. Move them first.")
        return self.records.replace("customer", old, {"deleted_at": self._now()})

    @_whole
    def move(self, record_id: str, to: str) -> Body:
        """Move invoices and children to another customer; the customer itself is answered."""
        moved = self.records.current("customer", record_id)
        self._check_live("customer", to, "to")
        if self.records.is_below(to, record_id):
            raise Refused(409, "A customer cannot be moved to itself, nor to one below it.", "to")
        for kind, field in (("invoice", "customer_id"), ("customer", "parent_id")):
            for child in self.records.hanging(kind, record_id):
                self.records.replace(kind, child, {field: to})
        return moved

    @_whole
    def merge(self, record_id: str, to: str) -> Body:
        """Two customers are one: everything moves, the first is deleted, the second answered."""
        self.move(record_id, to)
        self.delete_customer(record_id)
        return self.records.current("customer", to)

    @_whole
    def create_invoice(self, body: Mapping[str, Any]) -> Body:
        """A new invoice, as a tester writes it; its total is the lines' unless one is given."""
        self._check_live("customer", body["customer_id"], "customer_id")
        return self.records.insert("invoice", self._settled({**NEW_INVOICE, **body}, body))

    @_whole
    def update_invoice(self, record_id: str, changes: Mapping[str, Any]) -> Body:
        """The invoice changed as its tester would; new lines change the total unless one is given."""
        old = self._open(record_id, "void")
        self._check_live("customer", changes.get("customer_id", old["customer_id"]), "customer_id")
        return self.records.replace("invoice", old, self._settled({**old, **changes}, changes))

    @_whole
    def delete_invoice(self, record_id: str) -> Body:
        """Delete an invoice."""
        return self.records.replace("invoice", self.records.current("invoice", record_id), {"deleted_at": self._now()})

    @_whole
    def void(self, record_id: str) -> Body:
        """Cancel an invoice: it claims nothing any more, and never changes again."""
        return self.records.replace("invoice", self._open(record_id, "paid", "void"), {"status": "void"})

    @_whole
    def pay_by_portal(self, record_id: str, payment: Mapping[str, Any]) -> Body:
        """The whole or a part of an invoice is paid in the portal; the last part makes it paid."""
        old = self._open(record_id, "new", "paid", "void")
        made = {"date": self._today(), **payment}
        left = _amount(old["total"]) - sum(_amount(one["amount"]) for one in (*old["portal_payments"], made))
        if left < 0 or _amount(made["amount"]) <= 0:
            raise Refused(409, "A payment is more than nothing and no more than what is open.", "amount")
        changes: Body = {"portal_payments": [*old["portal_payments"], made]}
        if left == 0:
            mark = {"date": made["date"], "reference": made["reference"], "source": "portal"}
            changes |= {"status": "paid", "paid": mark}
        return self.records.replace("invoice", old, changes)

    @_whole
    def mark_paid(self, record_id: str, mark: Mapping[str, Any]) -> Body:
        """Paid, as QuickBooks says; refused 409 if it is paid already."""
        old = self._open(record_id, "paid", "void")
        changes = {"status": "paid", "paid": {**mark, "source": "quickbooks"}}
        return self.records.replace("invoice", old, {**changes, "ready_at": old["ready_at"] or self._now()})

    @_whole
    def reopen(self, record_id: str) -> Body:
        """Unpaid again; refused 409 if it is not paid, or was paid in the portal."""
        old = self._open(record_id, "new", "unpaid", "void")
        if (old["paid"] or {}).get("source") == "portal":
            raise Refused(409, "The money came by the portal.", "status")
        return self.records.replace("invoice", old, {"status": "unpaid", "paid": None})

    def _open(self, record_id: str, *refused: str) -> Body:
        """A live invoice that is in none of these statuses."""
        invoice = self.records.current("invoice", record_id)
        if invoice["status"] in refused:
            raise Refused(409, f"The invoice is {invoice['status']}.", "status")
        return invoice

    def _check_live(self, kind: str, record_id: str, field: str) -> None:
        """Refuse a record that is named in a request, but is not there."""
        found = self.records.find(kind, record_id)
        if found is None or found["deleted_at"]:
            raise Refused(409, f"There is no such {kind}.", field)

    def _check_parent(self, record_id: str, parent: str | None) -> None:
        if parent is None:
            return
        self._check_live("customer", parent, "parent_id")
        if self.records.is_below(parent, record_id):
            raise Refused(409, "A customer cannot be below itself.", "parent_id")

    def _settled(self, invoice: Body, given: Mapping[str, Any]) -> Body:
        """The invoice with lines numbered, total summed up, the moment it became ready, and a mark if it is paid."""
        settled = {**invoice, "lines": [{**line, "id": str(n)} for n, line in enumerate(invoice["lines"], start=1)]}
        if "total" not in given and (given.keys() & {"lines", "discount", "tax"} or "total" not in invoice):
            lines = sum((_amount(line["line_total"]) for line in settled["lines"]), Decimal(0))
            settled["total"] = f"{lines - _amount(settled['discount']) + _amount(settled['tax']):.2f}"
        if settled["status"] != "new" and not settled["ready_at"]:
            settled["ready_at"] = self._now()
        if settled["status"] != "paid":
            settled["paid"] = None
        elif not settled["paid"]:
            settled["paid"] = {"date": self._today(), "reference": "", "source": "manual"}
        return settled

    def _now(self) -> str:
        return stamp(self.store.now())

    def _today(self) -> str:
        return self.store.now().astimezone(ZONE).date().isoformat()


def _amount(text: str) -> Decimal:
    """Money as a number; users may have typed something else."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Refused(409, "The invoice holds an amount that is no number.", "total") from None
