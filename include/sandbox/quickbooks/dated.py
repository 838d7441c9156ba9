"""The headers every answer carries: the sandbox's own `Date`, `intuit_tid`, `QBO-Version`."""

from __future__ import annotations

import itertools
from email.utils import format_datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.sandbox.store import Store

VERSION = b"1512.462"


class Dated:
    """Adds the headers to whatever the application answers. The server itself must send no `Date`."""

    def __init__(self, app: ASGIApp, store: Store) -> None:
        self._app = app
        self._store = store
        self._count = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                now = self._store.clock.shown()
                tid = f"1-{int(now.timestamp()):08x}-{next(self._count):024x}"
                message = {
                    **message,
                    "headers": [*message["headers"], *_headers(format_datetime(now, usegmt=True), tid)],
                }
            await send(message)

        await self._app(scope, receive, send_dated)


def _headers(date: str, tid: str) -> list[tuple[bytes, bytes]]:
    return [(b"date", date.encode()), (b"intuit_tid", tid.encode()), (b"qbo-version", VERSION)]
