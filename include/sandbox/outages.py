"""Makes ordered faults happen to a whole HTTP call, below the application: the client sees what a network shows."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.sandbox.faults import Call, Fault
from include.sandbox.kinds import OF_WHOLE_CALL
from include.sandbox.store import Store

HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
NOT_JSON = b'{"QueryResponse": {"Custo'
TID = "1-0f0f0f0f-000000000000000000000000"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that was ordered."""

    status: int
    media_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


Maker = Callable[[Fault, dt.datetime], Reply]


class Outages:
    """Wraps one system's application. `describe` says from path and body what kind of call a request is.

    `replies` words the ordered answers that each system words itself; without it they are RFC 9457 problems. Calls to
    `/sandbox/*` are never disturbed. Must be the outermost layer under uvicorn: dropping a connection needs the
    connection. Inside, the clock is read as this system's.
    """

    def __init__(
        self,
        app: ASGIApp,
        store: Store,
        system: str,
        describe: Callable[[Scope, bytes], Call],
        replies: Mapping[str, Maker] | None = None,
    ) -> None:
        self._app = app
        self._store = store
        self._system = system
        self._describe = describe
        self._replies = {**REPLIES, **(replies or {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(ClientDisconnect):  # who goes away before having said all is not answered, and nothing is wrong
            await self._called(scope, receive, send)

    async def _called(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/sandbox/"):
            return await self._app(scope, receive, send)
        with self._store.clock.read_by(self._system):
            if not self._store.faults.any_left(self._system):
                return await self._app(scope, receive, send)
            again, body = await _read_ahead(receive)
            call = self._describe(scope, body)
            fault = await run_in_threadpool(self._store.faults.take, self._system, call, *OF_WHOLE_CALL)
            if fault is None:
                return await self._app(scope, again, send)
            case = _Case(self._app, self._store, self._replies, fault, scope, again, receive, send)
            await HAPPENS.get(fault.kind, _reply)(case)


@dataclass(frozen=True, slots=True)
class _Case:
    """One fault at one call. `receive` hands the body out once more; `line` is the connection itself."""

    app: ASGIApp
    store: Store
    replies: Mapping[str, Maker]
    fault: Fault
    scope: Scope
    receive: Receive
    line: Receive
    send: Send

    async def work(self, send: Send) -> None:
        """Let the application do what was asked."""
        await self.app(self.scope, self.receive, send)


async def _reply(case: _Case) -> None:
    """Another answer than the right one; with after_commit the call is executed all the same."""
    fault, now = case.fault, case.store.clock.shown()
    if fault.after_commit:
        await case.work(_unheard)
    reply = case.replies["json" if (fault.kind, fault.body) == ("status", "json") else fault.kind](fault, now)
    headers = {"content-type": reply.media_type, "content-length": str(len(reply.body)), **reply.headers}
    if fault.retry_after is not None:
        headers["retry-after"] = str(fault.retry_after)
    headers |= {"date": format_datetime(now, usegmt=True), "intuit_tid": TID}
    listed = [(name.encode(), value.encode()) for name, value in headers.items()]
    await case.send({"type": "http.response.start", "status": reply.status, "headers": listed})
    await case.send({"type": "http.response.body", "body": reply.body})


async def _drop_before(case: _Case) -> None:
    _cut(case.send, at_once=True)


async def _drop_after_commit(case: _Case) -> None:
    await case.work(_unheard)
    _cut(case.send, at_once=True)


async def _hang(case: _Case) -> None:
    """No answer until the client gives up."""
    if case.fault.after_commit:
        await case.work(_unheard)
    await _until_given_up(case.line)


async def _late_commit(case: _Case) -> None:
    """The client gives up first; then the call is executed."""
    await _until_given_up(case.line)
    await asyncio.sleep(case.fault.seconds)
    await case.work(_unheard)


async def _slow(case: _Case) -> None:
    await asyncio.sleep(case.fault.seconds)
    await case.work(case.send)


async def _clock_skew(case: _Case) -> None:
    """The right answer, with another time in `Date` and `time`."""
    with case.store.clock.shown_ahead(case.fault.skew_seconds):
        await case.work(case.send)


async def _truncated(case: _Case) -> None:
    """The right answer, cut in the middle of its body: fewer bytes come than Content-Length says."""
    said: list[Message] = []

    async def keep(message: Message) -> None:
        said.append(message)

    await case.work(keep)
    body = b"".join(message.get("body", b"") for message in said[1:])
    await case.send(said[0])
    await case.send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    _cut(case.send, at_once=False)


HAPPENS: Mapping[str, Callable[[_Case], Awaitable[None]]] = {
    "drop_before": _drop_before,
    "drop_after_commit": _drop_after_commit,
    "hang": _hang,
    "late_commit": _late_commit,
    "slow": _slow,
    "clock_skew": _clock_skew,
    "truncated": _truncated,
}
"""What each kind does; the others are replies."""


def _problem(title: str) -> Maker:
    """The reply of a system that answers problems as RFC 9457 has them."""

    def reply(fault: Fault, now: dt.datetime) -> Reply:
        body = json.dumps({"status": fault.status, "title": title}).encode()
        return Reply(fault.status, "application/problem+json", body)

    return reply


def _status(fault: Fault, now: dt.datetime) -> Reply:
    is_html = fault.body == "html"
    return Reply(fault.status, "text/html" if is_html else "text/plain", HTML if is_html else b"")


REPLIES: Mapping[str, Maker] = {
    "status": _status,
    "html": lambda fault, now: Reply(fault.status, "text/html", HTML),
    "empty": lambda fault, now: Reply(fault.status, "application/json", b""),
    "not_json": lambda fault, now: Reply(fault.status, "application/json", NOT_JSON),
    "unauthorized": _problem("The API key is missing or wrong."),
    "forbidden": _problem("The API key does not open this."),
    "throttle_json": _problem("Too many requests. Try again later."),
    "json": _problem("Something went wrong."),
}


async def _read_ahead(receive: Receive) -> tuple[Receive, bytes]:
    """The whole body, and a `receive` that hands it out once more. Raises ClientDisconnect when it never comes."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
    unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return unread.pop() if unread else await receive()

    return again, body


async def _until_given_up(line: Receive) -> None:
    while (await line())["type"] != "http.disconnect":
        pass


async def _unheard(message: Message) -> None:
    """The application answers, nobody listens."""


def _cut(send: Send, *, at_once: bool) -> None:
    """End the connection without a word, or after what was sent so far. `send` is uvicorn's own method; its cycle
    knows the transport."""
    cycle: Any = getattr(send, "__self__", None)
    if cycle is None or not hasattr(cycle, "transport"):
        raise RuntimeError("dropping a connection works under uvicorn only, as the outermost layer")
    cycle.disconnected = True
    cycle.transport.abort() if at_once else cycle.transport.close()
