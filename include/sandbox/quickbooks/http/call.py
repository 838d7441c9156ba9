"""One request to one company as far as it matters, what kind of call it is, and the answer to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Scope

from include.sandbox.faults import Call
from include.sandbox.quickbooks.documents.templates import lifted
from include.sandbox.quickbooks.entities import BY_LOWER, ENTITIES, entity_named
from include.sandbox.quickbooks.refusals import Refused, refuse
from include.sandbox.quickbooks.wire import loads

JSON = "application/json;charset=UTF-8"
READS = frozenset({"query", "cdc", "read", "companyinfo", "preferences", "exchangerate", "download", "pdf", "report"})
WRITES = frozenset({"create", "update", "void", "delete", "send", "taxservice", "upload"})
OTHERS = {("GET", "exchangerate"), ("GET", "download"), ("POST", "taxservice"), ("POST", "upload")}
"""Calls whose first word is what they do, not the entity they are about."""
PRINTS = {("POST", "send"), ("GET", "pdf")}
"""What can be asked of one transaction: /{entity}/{id}/send and …/pdf."""
TOUCHED = {"download": "Attachable", "upload": "Attachable", "taxservice": "TaxCode", "report": "Report"}


@dataclass(frozen=True)
class HttpCall:
    """A request. `path` is below the company, `asked` are the query parameters, header names are in lower case."""

    method: str
    realm: str
    path: str
    asked: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def parts(self) -> list[str]:
        """The path below the company."""
        return self.path.strip("/").split("/")

    @cached_property
    def peeked(self) -> dict[str, Any]:
        """The body where it is a JSON object, else {}: to see what kind of call it is, not to work on."""
        try:
            value = loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def base(self) -> str:
        """The address this server was called by."""
        return f"http://{self.headers.get('host', '127.0.0.1')}"

    @property
    def include(self) -> frozenset[str]:
        """The caller's special wishes, such as "allowduplicatedocnum"."""
        return frozenset(self.asked.get("include", "").split(",")) - {""}


@dataclass(frozen=True, slots=True)
class Answer:
    """A response to be sent."""

    status: int
    body: str | bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = JSON


def operation(call: HttpCall) -> str:
    """What kind of call it is: one of READS, WRITES or "batch". Refuses what is none of them with 500."""
    first = call.parts[0].lower()
    if call.method not in ("GET", "POST"):
        raise refuse("500", what=f"{call.method} {call.parts[0]}")
    if first in ("query", "batch") or (first == "cdc" and call.method == "GET"):
        return first
    if (call.method, first) in OTHERS:
        return first
    if (call.method, first) == ("GET", "reports"):
        return "report"
    if first not in BY_LOWER:
        raise refuse("500", what=call.parts[0])
    if len(call.parts) == 3 and (call.method, call.parts[2].lower()) in PRINTS:
        return call.parts[2].lower()
    if len(call.parts) > (2 if call.method == "GET" else 1):
        raise refuse("500", what=call.path)
    if call.method == "GET":
        return first if first in ("companyinfo", "preferences") else "read"
    return _write_operation(call)


def _write_operation(call: HttpCall) -> str:
    asked = call.asked.get("operation", "").lower()
    if asked not in ("", "create", "update", "void", "delete"):
        raise refuse("500", what=asked)
    if asked in ("delete", "void"):
        return asked
    if "void" in call.include:
        return "void"
    return "update" if str(lifted(call.peeked).get("Id") or "") not in ("", "0") else "create"


def describe(scope: Scope, body: bytes) -> Call:
    """A request as the faults on order see it."""
    path = scope["path"]
    if path.endswith("/tokens/bearer"):
        return Call("token", "", path)
    realm, _, rest = path.removeprefix("/v3/company/").partition("/")
    asked = dict(parse_qsl(scope["query_string"].decode("latin-1")))
    return seen(HttpCall(scope["method"], realm, rest, asked, {}, body), path)


def seen(call: HttpCall, path: str = "") -> Call:
    """A call below a company as the faults on order see it."""
    path = path or f"/v3/company/{call.realm}/{call.path}"
    try:
        name = operation(call)
    except Refused:
        return Call("", "", path)
    return Call(name, _touched(name, call), path)


def sort(scope: Scope) -> tuple[str, str]:
    """The company a request is for, and its kind as the limits see it: "batch", "send" or ""."""
    realm, _, rest = scope["path"].removeprefix("/v3/company/").partition("/")
    parts = rest.strip("/").lower().split("/")
    kind = "batch" if parts[0] == "batch" else "send" if parts[-1] == "send" else ""
    return realm, kind


def _entities_of(items: object) -> str:
    """The entities a batch touches, separated by commas."""
    known = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return ",".join(sorted({name for item in known for name in item if name in ENTITIES}))


def _touched(name: str, call: HttpCall) -> str:
    if name == "batch":
        return _entities_of(call.peeked.get("BatchItemRequest"))
    if name == "cdc":
        return call.asked.get("entities", "")
    return _queried(call) if name == "query" else TOUCHED.get(name) or entity_named(call.parts[0]).name


def _queried(call: HttpCall) -> str:
    """The entity a query is about."""
    words = (call.body.decode("utf-8", "replace") or call.asked.get("query", "")).split()
    lower = [word.lower() for word in words]
    return words[lower.index("from") + 1] if "from" in lower[:-1] else ""
