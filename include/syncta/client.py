"""Syncta over HTTP, by the contract in openapi.yaml. All knowledge of that contract is in this folder.

The session comes from outside and carries the key; time-outs are always set. Reads, and writes under an idempotency
key, are tried again a few times on outages: the key makes a repeated write harmless.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

import requests

from include.errors import ContractBroken
from include.records import Customer, Deleted, Entity, Extract, Invoice, Record, Unreadable
from include.syncta.answers import body_of, send
from include.syncta.mapping import Row, read_customer, read_invoice

T = TypeVar("T")
UTC_ZONE = ZoneInfo("UTC")
PAGE = 500
PATHS = {Entity.CUSTOMER: "customers", Entity.INVOICE: "invoices"}
READERS: dict[Entity, Callable[[Row, ZoneInfo], Record | Deleted | Unreadable]] = {
    Entity.CUSTOMER: read_customer,
    Entity.INVOICE: read_invoice,
}


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account the key opens."""

    id: str
    name: str
    time_zone: str
    currency: str


@dataclass(frozen=True, slots=True)
class Changed:
    """How many records changed since a moment, by Syncta's clock at `as_of`."""

    customers: int
    invoices: int
    as_of: dt.datetime


class SynctaClient:
    """One account. `zone` is the company's: a timestamp as an invoice date becomes a day there (rules 3.6).

    Every method may raise CredentialsRejected, RateLimited, TemporaryOutage or ContractBroken.
    """

    def __init__(
        self,
        session: requests.Session,
        base_url: str,
        *,
        zone: ZoneInfo = UTC_ZONE,
        timeout: tuple[float, float] = (5, 60),
    ) -> None:
        self._session, self._base, self._zone, self._timeout = session, base_url.rstrip("/"), zone, timeout
        self.calls: Counter[str] = Counter()

    def in_zone(self, zone: ZoneInfo) -> SynctaClient:
        """The same account, with days taken in this zone."""
        return SynctaClient(self._session, self._base, zone=zone, timeout=self._timeout)

    def account(self) -> Account:
        """Whose account this is."""
        data = self._get("account")
        return Account(*(_field(data, name, str) for name in ("id", "name", "time_zone", "currency")))

    def test(self) -> str:
        """One sentence saying that the connection works."""
        return f"Connected to Syncta account {self.account().id}."

    def changes(self, since: dt.datetime | None) -> Changed:
        """How much changed since; everything if `since` is None. One call."""
        data = self._get("changes", {"since": _stamp(since)} if since else {})
        return Changed(_field(data, "customers", int), _field(data, "invoices", int), _moment(data, "as_of"))

    def read_all(
        self,
        entity: Entity,
        *,
        changed_since: dt.datetime | None = None,
        created: tuple[dt.datetime, dt.datetime] | None = None,
    ) -> Extract:
        """Every customer or invoice, deleted ones as `Deleted`; or those changed since, or created in [from, to).

        `expected` is the number Syncta announced when the walk began; records added during the walk come on top.
        """
        filters: dict[str, str] = {"include_deleted": "true"}
        if changed_since:
            filters["updated_since"] = _stamp(changed_since)
        if created:
            filters |= {"created_from": _stamp(created[0]), "created_to": _stamp(created[1])}
        pages = list(self._pages(PATHS[entity], filters))
        read = [READERS[entity](row, self._zone) for page in pages for row in page["data"]]
        return Extract(
            records=tuple(r for r in read if not isinstance(r, Deleted | Unreadable)),
            deleted=tuple(r for r in read if isinstance(r, Deleted)),
            unreadable=tuple(r for r in read if isinstance(r, Unreadable)),
            expected=max(_field(pages[0], "total", int), len(read)),
            as_of=_moment(pages[0], "as_of"),
            complete=changed_since is None and created is None,
        )

    def customers_named(self, name: str) -> list[Customer]:
        """Live customers of exactly that name."""
        rows = [row for page in self._pages("customers", {"name": name}) for row in page["data"]]
        return [
            r for r in (read_customer(row, self._zone) for row in rows) if isinstance(r, Customer) and r.name == name
        ]

    def create_customer(self, payload: Mapping[str, Any], key: str) -> Customer:
        """The customer made of name, phone, emails, mailing_address, parent_id, external_id.

        The same `key` gives the same customer again. RecordRejected if Syncta refuses it.
        """
        return cast("Customer", self._write("POST", "customers", payload, Entity.CUSTOMER, key=key))

    def update_customer(self, id: str, changes: Mapping[str, Any], *, version: int, key: str) -> Customer:
        """The changed customer. StaleRecord if it is gone or no longer at `version`."""
        path = f"customers/{id}"
        return cast("Customer", self._write("PATCH", path, changes, Entity.CUSTOMER, key=key, version=version))

    def delete_customer(self, id: str, *, version: int, key: str) -> None:
        """Delete a customer on which nothing hangs. StaleRecord if it is gone or no longer at `version`,
        RecordRejected while an invoice or a child hangs on it."""
        self.calls["write"] += 1
        headers = {"Idempotency-Key": key, "If-Match": f'"{version}"'}
        send(self._session, "DELETE", self._url(f"customers/{id}"), timeout=self._timeout, headers=headers)

    def mark_paid(self, invoice_id: str, *, date: dt.date, reference: str, version: int, key: str) -> Invoice:
        """The invoice, marked as paid on that day. StaleRecord if it is gone or no longer at `version`."""
        body = {"date": date.isoformat(), "reference": reference}
        path = f"invoices/{invoice_id}/paid"
        return cast("Invoice", self._write("POST", path, body, Entity.INVOICE, key=key, version=version))

    def reopen(self, invoice_id: str, *, version: int, key: str) -> Invoice:
        """The invoice, open again. StaleRecord if it is gone or no longer at `version`."""
        path = f"invoices/{invoice_id}/reopen"
        return cast("Invoice", self._write("POST", path, {}, Entity.INVOICE, key=key, version=version))

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        self.calls[path] += 1
        return body_of(send(self._session, "GET", self._url(path), timeout=self._timeout, params=params))

    def _pages(self, path: str, filters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Pages until there is no next; a cursor that comes twice would never end."""
        cursor, seen = "", set[str]()
        while True:
            page = self._get(path, {**filters, "limit": str(PAGE), **({"cursor": cursor} if cursor else {})})
            if not all(isinstance(row, dict) for row in _field(page, "data", list)):
                raise ContractBroken("Syncta sent a page whose data are not objects.")
            yield page
            cursor = page.get("next_cursor") or ""
            if not cursor:
                return
            if cursor in seen:
                raise ContractBroken("Syncta sent the same page cursor twice.")
            seen.add(cursor)

    def _write(
        self, method: str, path: str, body: Mapping[str, Any], entity: Entity, *, key: str, version: int | None = None
    ) -> Record:
        self.calls["write"] += 1
        headers = {"Idempotency-Key": key} | ({} if version is None else {"If-Match": f'"{version}"'})
        answer = send(self._session, method, self._url(path), timeout=self._timeout, json=dict(body), headers=headers)
        record = READERS[entity](body_of(answer), self._zone)
        if isinstance(record, Deleted | Unreadable):
            # It was written: refusing it here would make the next plan write it again under another key.
            raise ContractBroken("Syncta answered a write with a record that cannot be read.")
        return record

    def _url(self, path: str) -> str:
        return f"{self._base}/v1/{path}"


def _field(data: Mapping[str, Any], name: str, kind: type[T]) -> T:
    value = data.get(name)
    if not isinstance(value, kind):
        raise ContractBroken(f"Syncta's answer lacks {name}, or it is of another kind than the contract says.")
    return value


def _moment(data: Mapping[str, Any], name: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(_field(data, name, str)).astimezone(dt.UTC)
    except ValueError:
        raise ContractBroken(f"Syncta's answer has a {name} that is no time.") from None


def _stamp(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
