"""QuickBooks Online for one company: what changed, everything, and batches of new invoices.

    with QuickBooksClient(credentials, tokens) as quickbooks:
        extract = quickbooks.read_all(Entity.CUSTOMER)

One client per task: its session is not for several threads (reference §10.1).
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

import requests

from include.errors import ContractBroken, DamagedExtract, RecordRejected
from include.quickbooks import query
from include.quickbooks.answers import clock, page_of, read_changes, total_of
from include.quickbooks.auth import Access, Credentials, RenewingAccess, SavedAccess, exchange
from include.quickbooks.batch import BatchItem, as_json, batch_body, check_batch, read_batch
from include.quickbooks.facts import CompanyFacts, Preferences, read_company, read_preferences, read_terms
from include.quickbooks.faults import BadStatement, NotFound, SignInRefused
from include.quickbooks.mapping import read_extract, read_record
from include.quickbooks.transport import Gate, OpenGate, Transport
from include.records import Entity, Extract, Invoice
from include.tokens import Tokens, TokenStore

log = logging.getLogger(__name__)

SIGN_IN_TIMEOUT = (5.0, 20.0)
VALUES_PER_QUERY = 100
WALKS = 3
"""So often a walk through the pages is made while people keep working in the books."""
Walked = tuple[list[object], int, dt.datetime]
"""Rows, QuickBooks' own count of them, and its time before the first page."""


class PagesMoved(DamagedExtract):
    """A record went away while pages were read, so that another one may have slipped between two of them."""


class QuickBooksClient:
    """One company's books.

    Every method may raise RateLimited, TemporaryOutage, ReconnectNeeded, CredentialsRejected, WrongCompany,
    PersonNeeded (subscription ended, rights lost) and ContractBroken. `timeout` is (connect, read) in seconds; Intuit
    itself gives up after 120. `gate` is where each call waits for its turn (BudgetSpent if the month has none left);
    without one nothing is waited for. `calls` counts HTTP calls by class: query, cdc, batch, companyinfo, token…
    """

    def __init__(
        self,
        connection: Credentials,
        tokens: TokenStore,
        *,
        timeout: tuple[float, float] = (5, 120),
        gate: Gate | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.calls: Counter[str] = Counter()
        self._connection = connection
        self._tokens = tokens
        self._timeout = timeout
        self._gate = gate or OpenGate()
        self._sleep = sleep
        self._session = requests.Session()
        access = RenewingAccess(tokens, self._ask_for_tokens, connection.refresh_token)
        self._quickbooks = self._transport(access)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def company(self) -> CompanyFacts:
        """Whose books these are, for the check before the first write (rules 1.2)."""
        return self._company(self._quickbooks)

    def preferences(self) -> Preferences:
        """How the books are kept: closing date, numbering, currencies, tax."""
        return read_preferences(self._quickbooks.get(self._url("preferences")))

    def terms(self) -> dict[str, str]:
        """The active payment terms, name → id, in one metered call (rules 3.6)."""
        return read_terms(self._quickbooks.query(query.TERMS))

    def changes(self, entities: Sequence[Entity], since: dt.datetime) -> dict[Entity, Extract] | None:
        """What changed at `since` or later, deletions included, in one metered call.

        None if QuickBooks cannot tell it all (1,000 objects or more, or `since` too far back): then the caller reads
        pages with `read_all(changed_since=...)`, which do not show deletions.
        """
        names = ",".join(query.NAMES[entity] for entity in entities)
        try:
            answer = self._quickbooks.change_data_capture(names, query.timestamp(since))
        except BadStatement:
            log.info("QuickBooks does not look back as far as asked; reading pages instead")
            return None
        return read_changes(answer, entities, since)

    def read_all(
        self,
        entity: Entity,
        *,
        changed_since: dt.datetime | None = None,
        created: tuple[dt.datetime, dt.datetime] | None = None,
        dated: tuple[dt.date, dt.date] | None = None,
    ) -> Extract:
        """Every record of the entity, inactive ones too, by pages; changed since a moment, created in [start, end), or
        dated from one day to another, both included.

        `expected` is QuickBooks' own count with the same conditions; `as_of` its clock before the first page. A walk
        that differs from the count, or whose pages moved, is made again, since somebody may have been working; if it
        differs still, the caller sees it in `expected`. Raises DamagedExtract when pages repeat or keep moving.
        """
        conditions = [query.changed_since(changed_since)] if changed_since else []
        conditions += query.created_between(*created) if created else ()
        conditions += query.dated_between(*dated) if dated else ()
        for number in range(WALKS):
            try:
                rows, expected, as_of = self._walk(entity, conditions)
            except PagesMoved:
                if number == WALKS - 1:
                    raise
                continue
            if len(rows) == expected:
                break
        return read_extract(entity, rows, expected=expected, as_of=as_of, complete=not conditions)

    def invoices_by_number(self, numbers: Sequence[str]) -> list[Invoice]:
        """The invoices QuickBooks finds under these document numbers. Its comparison may ignore case: compare again.
        Those that cannot be read are left out and logged by id."""
        return self._invoices_where("DocNumber", numbers)

    def invoices_dated(self, dates: Sequence[str]) -> list[Invoice]:
        """The invoices of these days, ISO dates; those that cannot be read are left out and logged by id."""
        return self._invoices_where("TxnDate", dates)

    def _invoices_where(self, name: str, values: Sequence[str]) -> list[Invoice]:
        found: list[Invoice] = []
        for start in range(0, len(values), VALUES_PER_QUERY):
            wanted = query.one_of(name, values[start : start + VALUES_PER_QUERY])
            extract = read_extract(
                Entity.INVOICE, self._pages(Entity.INVOICE, [wanted]), expected=None, as_of=dt.datetime.now(dt.UTC)
            )
            found += [record for record in extract.records if isinstance(record, Invoice)]
            for problem in extract.unreadable:
                log.warning("QuickBooks invoice %s cannot be read (%s)", problem.id, problem.problem)
        return found

    def read_invoice(self, invoice_id: str) -> Invoice | None:
        """The invoice as it is now; None if it was deleted. Raises RecordRejected if it cannot be read."""
        try:
            answer = self._quickbooks.get_single_object("Invoice", invoice_id)
        except NotFound:
            return None
        record = read_record(Entity.INVOICE, answer.get("Invoice"))
        if isinstance(record, Invoice):
            return record
        problem = getattr(record, "problem", "")
        if problem:
            raise RecordRejected(f"QuickBooks invoice {invoice_id} cannot be read.", problem)
        return None

    def send_batch(self, request_id: str, items: Sequence[BatchItem]) -> dict[str, Invoice | RecordRejected]:
        """Create invoices; the created record or the refusal per item id (protocol 3.4).

        Sent once. After TemporaryOutage or RateLimited it may or may not have been carried out: send the same items
        under the same `request_id` (at most 36 characters) again, and QuickBooks repeats its first answer.
        """
        check_batch(request_id, items)
        answer = self._quickbooks.post(self._url("batch"), batch_body(items), request_id=request_id)
        return read_batch(answer, [item.bid for item in items])

    def void_invoice(self, invoice_id: str, version: int, request_id: str) -> Invoice:
        """The invoice, voided: its amounts are 0, its lines and number stay (rules 5).

        StaleRecord if it is no longer at `version`, RecordRejected if QuickBooks refuses. Sent once; after
        TemporaryOutage or RateLimited send it again under the same `request_id`.
        """
        body = as_json({"Id": invoice_id, "SyncToken": str(version)})
        url, operation = self._url("invoice"), {"operation": "void"}
        answer = self._quickbooks.post(url, body, params=operation, request_id=request_id)
        record = read_record(Entity.INVOICE, answer.get("Invoice"))
        if not isinstance(record, Invoice):
            raise ContractBroken("QuickBooks answered a void with something that is no invoice.")
        return record

    def test(self) -> str:
        """Whether the connection works, in one sentence; uses the saved access token only and renews nothing."""
        saved = self._tokens.load()
        if saved is None or saved.access_expires_at <= dt.datetime.now(dt.UTC):
            return "The credentials look complete; the next run signs in and will tell."
        try:
            company = self._company(self._transport(SavedAccess(saved)))
        except SignInRefused as error:
            return str(error)
        books = f"{company.company_name} (realm {company.realm_id}, {self._connection.environment})"
        return f"Connected to {books}. The sign-in is good until {saved.ends_at:%Y-%m-%d}."

    def _walk(self, entity: Entity, conditions: Sequence[str]) -> Walked:
        counted = self._quickbooks.query(query.count(entity, conditions))
        return list(self._pages(entity, conditions)), total_of(counted), clock(counted)

    def _pages(self, entity: Entity, conditions: Sequence[str]) -> Iterator[object]:
        """Rows page by page, each once, until a page is not full.

        Each page begins at the last row of the one before. If that row is not there, one before it was deleted, the
        others moved up, and one of them would slip between two pages. A page that brings nothing new would go on for
        ever.
        """
        seen: set[object] = set()
        start, last = 1, None
        while True:
            page = page_of(self._quickbooks.query(query.select(entity, conditions, start=start)), entity)
            ids = [row.get("Id") if isinstance(row, dict) else None for row in page]
            if last and last not in ids:
                raise PagesMoved(f"QuickBooks' pages of {entity.value} kept moving while they were read.")
            new = [row for row, id in zip(page, ids, strict=True) if id is None or id not in seen]
            yield from new
            if len(page) < query.PAGE_SIZE:
                return
            if not new:
                raise DamagedExtract(f"QuickBooks gave the same page of {entity.value} twice.")
            seen.update(ids)
            start, last = start + len(page) - 1, ids[-1]

    def _company(self, quickbooks: Transport) -> CompanyFacts:
        realm = self._connection.realm_id
        return read_company(realm, quickbooks.get(self._url("companyinfo", realm)))

    def _transport(self, access: Access) -> Transport:
        return Transport(
            self._connection.api_url,
            self._connection.realm_id,
            access,
            session=self._session,
            timeout=self._timeout,
            calls=self.calls,
            gate=self._gate,
            sleep=self._sleep,
        )

    def _ask_for_tokens(self, refresh_token: str) -> Tokens:
        self.calls["token"] += 1
        return exchange(self._connection, refresh_token, self._session, SIGN_IN_TIMEOUT)

    def _url(self, *path: str) -> str:
        return "/".join((self._connection.api_url, "company", self._connection.realm_id, *path))
