"""What each kind of call does: the envelope's content, without its braces and its `time`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from include.sandbox.quickbooks.catalog import attachments, currencies, taxes
from include.sandbox.quickbooks.documents import sending
from include.sandbox.quickbooks.documents.pdf import page_of
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.entities import entity_named
from include.sandbox.quickbooks.http import batch, late, orders, replays, uploads
from include.sandbox.quickbooks.http.call import Answer, HttpCall, operation, seen
from include.sandbox.quickbooks.queries import changes
from include.sandbox.quickbooks.queries.query import answer_query
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.reporting.reports import answer_report
from include.sandbox.quickbooks.wire import dumps, read_body

Operation = Callable[[Books, HttpCall], "str | Answer"]
"""The content of the usual envelope as JSON text, or a whole answer where the usual envelope does not fit."""


def query(books: Books, call: HttpCall) -> str:
    """A statement, in the body or the address."""
    statement = "" if call.method == "GET" else call.body.decode("utf-8", "replace")
    statement = statement or call.asked.get("query", "")
    found = late.as_others_see(books, lambda: answer_query(books, statement, call.include))
    return f'"QueryResponse":{found}'


def cdc(books: Books, call: HttpCall) -> str:
    """What changed since a moment."""
    entities, since = (call.asked.get(name, "") for name in ("entities", "changedSince"))

    def look() -> str:
        return changes.answer_changes(books, entities, since, overflows=overflows)

    overflows = orders.overflows(books, seen(call))
    return f'"CDCResponse":{late.as_others_see(books, look)}'


def many(books: Books, call: HttpCall) -> str:
    """A batch."""
    request_id, as_seen = call.asked.get("requestid", ""), seen(call)
    items = batch.read_items(read_body(call.body), request_id)
    orders.wait_for_items(books, batch.seen_items(items, as_seen))

    def work() -> str:
        return f'"BatchItemResponse":{batch.answer_items(books, items, as_seen)}'

    return replays.once(books, as_seen, request_id, replays.BATCH_REQUEST_ID, work)


def read(books: Books, call: HttpCall) -> str:
    """One object: /{entity}/{id}; the company's own two need no id."""
    entity = entity_named(call.parts[0])
    id_ = call.parts[1] if len(call.parts) > 1 else ""
    found = entity.shown(books.get(entity.name, "1" if entity.single else id_))
    if "invoiceLink" in call.include and entity.name == "Invoice":
        found |= sending.invoice_link(books, found)
    return f'"{entity.key}":{dumps(found)}'


def send(books: Books, call: HttpCall) -> str:
    """A transaction sent by e-mail: /{entity}/{id}/send[?sendTo=]."""
    entity, to = sending.sendable(call.parts[0]), call.asked.get("sendTo", "")

    def work() -> str:
        orders.refuse_as_ordered(books, seen(call))
        return f'"{entity.key}":{dumps(sending.send(books, entity, call.parts[1], to))}'

    return _once(books, call, work)


def pdf(books: Books, call: HttpCall) -> Answer:
    """A transaction to be printed: /{entity}/{id}/pdf."""
    entity = sending.sendable(call.parts[0])
    body = books.get(entity.name, call.parts[1])
    company = books.must_find("CompanyInfo", "1")["CompanyName"]
    return Answer(200, page_of(sending.printed(company, entity, body)), media_type="application/pdf")


def report(books: Books, call: HttpCall) -> Answer:
    """A report: /reports/{name}. It is its own envelope, without a `time`."""
    return Answer(200, answer_report(books, call.parts[1] if len(call.parts) == 2 else "", call.asked))


def exchange_rate(books: Books, call: HttpCall) -> str:
    """The rate of a currency, today's unless another date is asked for."""
    code, date = call.asked.get("sourcecurrencycode", ""), call.asked.get("asofdate", "")
    if not code:
        raise refuse("2020", element="sourcecurrencycode", name="sourcecurrencycode")
    try:
        day = dt.date.fromisoformat(date) if date else books.today()
    except ValueError as problem:
        raise refuse("2060", element="asofdate", value=date) from problem
    return f'"ExchangeRate":{dumps(currencies.rate_on(books, code, day.isoformat()))}'


def tax_service(books: Books, call: HttpCall) -> str:
    """A tax code with its rates."""
    if [part.lower() for part in call.parts] != ["taxservice", "taxcode"]:
        raise refuse("500", what=call.path)
    body = read_body(call.body)

    def work() -> str:
        orders.refuse_as_ordered(books, seen(call))
        return dumps(taxes.make_tax_code(books, body))[1:-1]

    return _once(books, call, work)


def upload(books: Books, call: HttpCall) -> str:
    """Files to be attached."""

    def work() -> str:
        orders.refuse_as_ordered(books, seen(call))
        return f'"AttachableResponse":{uploads.answer_upload(books, call)}'

    return _once(books, call, work)


def download(books: Books, call: HttpCall) -> Answer:
    """The address of an attached file as plain text."""
    secret = attachments.secret_of(books, call.parts[1] if len(call.parts) > 1 else "")
    return Answer(200, f"{call.base}{attachments.path_of(secret)}", media_type="text/plain;charset=UTF-8")


def write(books: Books, call: HttpCall) -> str:
    """One create, update, void or delete."""
    name, entity, body, as_seen = operation(call), entity_named(call.parts[0]), read_body(call.body), seen(call)

    def work() -> str:
        return f'"{entity.key}":{dumps(batch.write(books, name, entity.name, body, call.include, as_seen))}'

    return _once(books, call, work)


def _once(books: Books, call: HttpCall, work: Callable[[], str]) -> str:
    """What a single write answers; the same again for the same request id."""
    return replays.once(books, seen(call), call.asked.get("requestid", ""), replays.REQUEST_ID, work)


OPERATIONS: dict[str, Operation] = {
    "query": query,
    "cdc": cdc,
    "batch": many,
    "send": send,
    "pdf": pdf,
    **dict.fromkeys(("read", "companyinfo", "preferences"), read),
    "report": report,
    "exchangerate": exchange_rate,
    "taxservice": tax_service,
    "upload": upload,
    "download": download,
    **dict.fromkeys(("create", "update", "void", "delete"), write),
}
