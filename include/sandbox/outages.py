"""Makes ordered faults happen to a whole HTTP call, below the application: the client sees what a network shows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.sandbox.faults import Call, Fault
from include.sandbox.store import Store

THROTTLE_XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse '
    'xmlns="http://schema.intuit.com/finance/v3" time="{time}"><Fault type="SERVICE"><Error code="3001">'
    "<Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>"
    "<Detail>The request limit was reached.  Try again later</Detail></Error></Fault></IntuitResponse>"
)
THROTTLE_JSON = {
    "Fault": {
        "Error": [
            {
                "Message": "message=ThrottleExceeded; errorCode=003001; statusCode=429",
                "Detail": "The request limit was reached.  Try again later",
                "code": "3001",
            }
        ],
        "type": "SERVICE",
    }
}
HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Outages:
    """Wraps one system's application. `describe` says from path and body what kind of call a request is.

    Calls to `/sandbox/*` are never disturbed. Must be the outermost layer under uvicorn: dropping a connection
    needs the connection.
    """

    def __init__(self, app: ASGIApp, store: Store, system: str, describe: Callable[[Scope, bytes], Call]) -> None:
        self._app = app
        self._store = store
        self._system = system
        self._describe = describe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/sandbox/"):
            return await self._app(scope, receive, send)
        if not self._store.faults.any_left(self._system):
            return await self._app(scope, receive, send)
        receive, body = await _read_ahead(receive)
        fault = self._store.faults.take(self._system, self._describe(scope, body))
        if fault is None:
            return await self._app(scope, receive, send)
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return await self._app(scope, receive, send)
        if fault.kind == "drop_after_commit":
            await self._app(scope, receive, _unheard)
        if fault.kind.startswith("drop_"):
            return await _drop_connection(send)
        await _answer(send, *self._body(fault), retry_after=fault.retry_after)

    def _body(self, fault: Fault) -> tuple[int, str, bytes]:
        """Status, content type and body of a fault that is an answer."""
        time = self._store.now().isoformat(timespec="milliseconds")
        answers: dict[str, tuple[int, str, bytes]] = {
            "throttle_xml": (429, "text/xml", THROTTLE_XML.format(time=time).encode()),
            "throttle_json": (429, "application/json", json.dumps({**THROTTLE_JSON, "time": time}).encode()),
            "html": (fault.status if fault.status != 503 else 502, "text/html", HTML),
            "empty": (200, "application/json", b""),
            "not_json": (200, "application/json", b'{"QueryResponse": {"Custo'),
            "status": (fault.status, "text/plain", b""),
        }
        return answers[fault.kind]


async def _read_ahead(receive: Receive) -> tuple[Receive, bytes]:
    """The whole body, and a `receive` that hands it out once more."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return unread.pop() if unread else await receive()

    return again, body


async def _unheard(message: Message) -> None:
    """The application answers, nobody listens."""


async def _answer(send: Send, status: int, content_type: str, body: bytes, *, retry_after: int | None) -> None:
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    headers.append((b"intuit_tid", b"1-0f0f0f0f-000000000000000000000000"))
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _drop_connection(send: Send) -> None:
    """Cut the connection without a word. `send` is uvicorn's own method; its cycle knows the transport."""
    cycle: Any = getattr(send, "__self__", None)
    if cycle is None or not hasattr(cycle, "transport"):
        raise RuntimeError("dropping a connection works under uvicorn only, as the outermost layer")
    cycle.disconnected = True
    cycle.transport.abort()
