"""What each kind of call does: the envelope's content, without its braces and its `time`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from include.sandbox.quickbooks import attachments, batch, changes, currencies, taxes, uploads
from include.sandbox.quickbooks.call import Answer, HttpCall, operation
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.entities import entity_named
from include.sandbox.quickbooks.query import answer_query
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import dumps, read_body

Operation = Callable[[Books, HttpCall], "str | Answer"]
"""The content of the usual envelope as JSON text, or a whole answer where the usual envelope does not fit."""


def query(books: Books, call: HttpCall) -> str:
    """A statement, in the body or the address."""
    statement = "" if call.method == "GET" else call.body.decode("utf-8", "replace")
    return f'"QueryResponse":{answer_query(books, statement or call.asked.get("query", ""))}'


def cdc(books: Books, call: HttpCall) -> str:
    """What changed since a moment."""
    since = call.asked.get("changedSince", "")
    return f'"CDCResponse":{changes.answer_changes(books, call.asked.get("entities", ""), since)}'


def many(books: Books, call: HttpCall) -> str:
    """A batch."""
    request_id, body = call.asked.get("requestid", ""), read_body(call.body)
    answer = batch.replayed(
        books, request_id, batch.BATCH_REQUEST_ID, lambda: batch.answer_batch(books, body, request_id)
    )
    return f'"BatchItemResponse":{answer}'


def read(books: Books, call: HttpCall) -> str:
    """One object: /{entity}/{id}; the company's own two need no id."""
    entity = entity_named(call.parts[0])
    id_ = call.parts[1] if len(call.parts) > 1 else ""
    return f'"{entity.name}":{dumps(books.get(entity.name, "1" if entity.single else id_))}'


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
    batch.refuse_on_order(books, "taxservice", "TaxCode")
    request_id = call.asked.get("requestid", "")
    return batch.replayed(books, request_id, batch.REQUEST_ID, lambda: dumps(taxes.make_tax_code(books, body))[1:-1])


def upload(books: Books, call: HttpCall) -> str:
    """Files to be attached."""
    batch.refuse_on_order(books, "upload", "Attachable")
    request_id = call.asked.get("requestid", "")
    answer = batch.replayed(books, request_id, batch.REQUEST_ID, lambda: uploads.answer_upload(books, call))
    return f'"AttachableResponse":{answer}'


def download(books: Books, call: HttpCall) -> Answer:
    """The address of an attached file as plain text."""
    secret = attachments.secret_of(books, call.parts[1] if len(call.parts) > 1 else "")
    return Answer(200, f"{call.base}{attachments.path_of(secret)}", media_type="text/plain;charset=UTF-8")


def write(books: Books, call: HttpCall) -> str:
    """One create, update, void or delete."""
    name, entity, body = operation(call), entity_named(call.parts[0]).name, read_body(call.body)
    batch.refuse_on_order(books, name, entity)

    def work() -> str:
        return f'"{entity}":{dumps(batch.write(books, name, entity, body, call.include))}'

    return batch.replayed(books, call.asked.get("requestid", ""), batch.REQUEST_ID, work)


OPERATIONS: dict[str, Operation] = {
    "query": query,
    "cdc": cdc,
    "batch": many,
    **dict.fromkeys(("read", "companyinfo", "preferences"), read),
    "exchangerate": exchange_rate,
    "taxservice": tax_service,
    "upload": upload,
    "download": download,
    **dict.fromkeys(("create", "update", "void", "delete"), write),
}
