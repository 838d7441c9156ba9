"""The sandbox's own `Date` on every answer, and what else a system's answers always carry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from email.utils import format_datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.sandbox.store import Store

Headers = Iterable[tuple[bytes, bytes]]


class Dated:
    """Adds `Date`, and the headers that `more` makes for this moment. The server itself must send no `Date`."""

    def __init__(self, app: ASGIApp, store: Store, more: Callable[[dt.datetime], Headers] = lambda now: ()) -> None:
        self._app, self._store, self._more = app, store, more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                now = self._store.clock.shown()
                date = (b"date", format_datetime(now, usegmt=True).encode())
                message = {**message, "headers": [*message["headers"], date, *self._more(now)]}
            await send(message)

        await self._app(scope, receive, send_dated)
