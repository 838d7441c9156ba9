"""A request to Syncta and its answer, apart from the server: what came in as bytes, what goes out as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

MOST_BYTES = 1024 * 1024


class Refused(Exception):
    """The contract's problem for a request; `status` is the HTTP status, `field` the culprit if there is one."""

    def __init__(self, status: int, title: str, field: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(title)
        self.status, self.title, self.field, self.headers = status, title, field, headers or {}


@dataclass(frozen=True, slots=True)
class Ask:
    """A request; header names in lower case, a header sent twice joined by a comma. `body` is None if too large."""

    method: str
    parts: tuple[str, ...]
    query: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered as JSON; with status 204 nothing but the headers."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, refusal: Refused) -> Answer:
        """A refusal as the contract's problem."""
        problem = {"status": refusal.status, "title": refusal.title}
        body = {**problem, "field": refusal.field} if refusal.field else problem
        return cls(refusal.status, body, refusal.headers)


class Door:
    """An ASGI application around a function that answers one request; a refusal is answered as a problem."""

    def __init__(self, work: Callable[[Ask], Answer]) -> None:
        self._work = work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ask = await _ask(Request(scope, receive))
        await response(await run_in_threadpool(self._answer, ask))(scope, receive, send)

    def _answer(self, ask: Ask) -> Answer:
        try:
            return self._work(ask)
        except Refused as refusal:
            return Answer.of(refusal)


def response(answer: Answer) -> Response:
    """The answer as it goes out. In ASCII: half characters, which a rehearsal may want, have no other form."""
    if answer.status == 204:
        return Response(status_code=204, headers=dict(answer.headers))
    kind = "application/problem+json" if answer.status >= 400 else "application/json"
    body = json.dumps(answer.body, allow_nan=False)
    return Response(body, status_code=answer.status, headers=dict(answer.headers), media_type=kind)


async def _ask(request: Request) -> Ask:
    # The undecoded path: an encoded slash belongs to an id, it does not begin another part.
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Ask(
        method=request.method,
        parts=tuple(unquote(part) for part in raw.decode("latin-1").removeprefix("/").split("/")),
        query=request.scope["query_string"],
        headers=headers,
        body=await _body(request),
    )


async def _body(request: Request) -> bytes | None:
    """The body, or None if it is too large: then it is read to its end, so that the client hears the answer."""
    read, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= MOST_BYTES:
            read.append(part)
    return b"".join(read) if size <= MOST_BYTES else None
