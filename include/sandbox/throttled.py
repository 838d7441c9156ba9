"""The door at which a client that asks too much is told to come back later."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from include.sandbox.store import Store

Sort = Callable[[Scope], tuple[str, str]]
"""From a request the company ("" where a system has one) and the kind of call ("batch", "send", "")."""
Refusal = Callable[[Store, float], Response]
"""The 429 for a client that may come back after so many seconds."""


class Throttled:
    """Wraps an application below its headers: `Dated(Throttled(app, store, "syncta"), store)`.

    Calls below `prefix` count, all others pass. The limits are those of `store.limits`.
    """

    def __init__(
        self,
        app: ASGIApp,
        store: Store,
        system: str,
        *,
        prefix: str = "/v1/",
        sort: Sort = lambda _: ("", ""),
        refusal: Refusal | None = None,
    ) -> None:
        self._app, self._store, self._system = app, store, system
        self._prefix, self._sort, self._refusal = prefix, sort, refusal or problem

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
            return await self._app(scope, receive, send)
        limits, (realm, kind) = self._store.limits, self._sort(scope)
        wait = limits.enter(self._system, realm, kind)
        if wait:
            return await self._refusal(self._store, wait)(scope, receive, send)
        try:
            await self._app(scope, receive, send)
        finally:
            limits.leave(self._system, realm)


def problem(_store: Store, wait: float) -> Response:
    """A refusal as RFC 9457 has it, with `Retry-After`, as Syncta's contract says."""
    body = json.dumps({"status": 429, "title": "Too many requests. Try again later."})
    return Response(body, 429, {"retry-after": str(math.ceil(wait))}, media_type="application/problem+json")
