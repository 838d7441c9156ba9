"""One call to one company: who may, what is asked, what it is counted as, how it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Scope

from include.sandbox.faults import Call
from include.sandbox.quickbooks import batch, changes
from include.sandbox.quickbooks.company import realms_of
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.entities import BY_LOWER, entity_named
from include.sandbox.quickbooks.oauth import Tokens
from include.sandbox.quickbooks.query import answer_query
from include.sandbox.quickbooks.refusals import Refused, refuse
from include.sandbox.quickbooks.wire import answer_time, dumps, loads, read_body
from include.sandbox.store import Store

SYSTEM = "quickbooks"
WRITES = frozenset({"create", "update", "void", "delete"})
GATEWAY: dict[str, Any] = {
    "warnings": None,
    "intuitObject": None,
    "report": None,
    "queryResponse": None,
    "batchItemResponse": [],
    "attachableResponse": [],
    "syncErrorResponse": None,
    "requestId": None,
    "status": None,
    "cdcresponse": [],
}


@dataclass(frozen=True, slots=True)
class HttpCall:
    """A request as far as it matters; `asked` are the query parameters."""

    method: str
    realm: str
    path: str
    asked: Mapping[str, str]
    authorization: str
    body: bytes

    @property
    def parts(self) -> list[str]:
        """The path below the company."""
        return self.path.strip("/").split("/")


@dataclass(frozen=True, slots=True)
class Answer:
    """A response to be sent as JSON."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)


class CompanyCalls:
    """Answers calls. Safe for several threads: the store lets one at a time write."""

    def __init__(self, store: Store, tokens: Tokens) -> None:
        self._store = store
        self._tokens = tokens

    def answer(self, call: HttpCall) -> Answer:
        """The response to one call, whatever happens."""
        realm = self._tokens.realm_of(call.authorization.removeprefix("Bearer "))
        if realm is None:
            return self._gateway(401, "AuthenticationFailed", "3200", "AUTHENTICATION", "Token expired")
        if realm != call.realm or realm not in realms_of(self._store):
            return self._gateway(403, "AuthorizationFailed", "3100", "SERVICE", "")
        books = Books(self._store, realm, api=True)
        name = ""
        try:
            name = operation(call)
            self._store.meter.call(SYSTEM, name, realm=realm)
            content = self._content(books, name, call)
        except Refused as refused:
            fault = {"Fault": refused.fault, "time": self._time()}
            return Answer(refused.status, dumps(fault))
        self._store.meter.add(SYSTEM, "money", "core_plus" if _is_metered(name, call.body) else "core", realm=realm)
        return Answer(200, f'{{{content},"time":"{self._time()}"}}')

    def _content(self, books: Books, name: str, call: HttpCall) -> str:
        """The envelope's content, without its braces and `time`."""
        if name == "query":
            return f'"QueryResponse":{answer_query(books, _statement(call))}'
        if name == "cdc":
            since = call.asked.get("changedSince", "")
            return f'"CDCResponse":{changes.answer_changes(books, call.asked.get("entities", ""), since)}'
        if name == "batch":
            return self._batch(books, call)
        if name in WRITES:
            return self._write(books, name, call)
        return _read(books, call)

    def _batch(self, books: Books, call: HttpCall) -> str:
        request_id, body = call.asked.get("requestid", ""), read_body(call.body)
        answer = batch.replayed(
            books, request_id, batch.BATCH_REQUEST_ID, lambda: batch.answer_batch(books, body, request_id)
        )
        return f'"BatchItemResponse":{answer}'

    def _write(self, books: Books, name: str, call: HttpCall) -> str:
        entity, body = entity_named(call.parts[0]).name, read_body(call.body)
        include = frozenset(call.asked.get("include", "").split(",")) - {""}
        batch.refuse_on_order(books, name, entity)

        def work() -> str:
            return f'"{entity}":{dumps(batch.write(books, name, entity, body, include))}'

        return batch.replayed(books, call.asked.get("requestid", ""), batch.REQUEST_ID, work)

    def _gateway(self, status: int, message: str, code: str, kind: str, detail: str) -> Answer:
        """The gateway's own lower-case envelope."""
        error = {
            "message": f"message={message}; errorCode=00{code}; statusCode={status}",
            "detail": detail or None,
            "code": code,
            "element": None,
        }
        millis = int(self._store.now().timestamp() * 1000)
        headers = {"www-authenticate": 'Bearer realm="Intuit", error="invalid_token"'} if status == 401 else {}
        return Answer(status, dumps({**GATEWAY, "fault": {"error": [error], "type": kind}, "time": millis}), headers)

    def _time(self) -> str:
        return answer_time(self._store.now())


def operation(call: HttpCall) -> str:
    """What kind of call it is: query, cdc, batch, read, companyinfo, preferences, create, update, void, delete.

    Refuses what is none of them with 500.
    """
    first = call.parts[0].lower()
    if first in ("query", "batch") or (first == "cdc" and call.method == "GET"):
        return first
    if first not in BY_LOWER:
        raise refuse("500", what=call.parts[0])
    if call.method == "GET":
        return first if first in ("companyinfo", "preferences") else "read"
    return _write_operation(call)


def _write_operation(call: HttpCall) -> str:
    asked = call.asked.get("operation", "").lower()
    if asked in ("delete", "void"):
        return asked
    if "void" in call.asked.get("include", "").split(","):
        return "void"
    body = _peek(call.body)
    return "update" if str(body.get("Id") or "") not in ("", "0") else "create"


def describe(scope: Scope, body: bytes) -> Call:
    """A request as the faults on order see it."""
    path = scope["path"]
    if path.endswith("/tokens/bearer"):
        return Call("token", "", path)
    parts = path.removeprefix("/v3/company/").split("/", 1)
    asked = dict(pair.split("=", 1) for pair in scope["query_string"].decode().split("&") if "=" in pair)
    call = HttpCall(scope["method"], parts[0], parts[-1], asked, "", body)
    try:
        name = operation(call)
    except Refused:
        return Call("", "", path)
    if name == "batch":
        return Call(name, batch.described(body).entity, path)
    if name == "cdc":
        return Call(name, asked.get("entities", ""), path)
    return Call(name, entity_named(call.parts[0]).name if name != "query" else _queried(body), path)


def _queried(body: bytes) -> str:
    """The entity a query is about."""
    words = body.decode("utf-8", "replace").split()
    lower = [word.lower() for word in words]
    return words[lower.index("from") + 1] if "from" in lower[:-1] else ""


def _is_metered(name: str, body: bytes) -> bool:
    """Reads are CorePlus; writes are Core, and a batch of writes alone is taken for one."""
    return name not in WRITES and (name != "batch" or b'"Query"' in body)


def _peek(body: bytes) -> dict[str, Any]:
    try:
        value = loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _read(books: Books, call: HttpCall) -> str:
    """One object: /{entity}/{id}; the company's own two need no id."""
    entity = entity_named(call.parts[0])
    id_ = call.parts[1] if len(call.parts) > 1 else ""
    if not entity.creates:
        id_ = "1"
    return f'"{entity.name}":{dumps(books.get(entity.name, id_))}'


def _statement(call: HttpCall) -> str:
    if call.method == "GET":
        return call.asked.get("query", "")
    return call.body.decode("utf-8", "replace") or call.asked.get("query", "")
