"""QuickBooks over HTTP: OAuth, one company per path, every answer with its `time`, `intuit_tid` and `Date`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from include.sandbox.control import control_routes
from include.sandbox.dated import Dated
from include.sandbox.outages import Outages
from include.sandbox.quickbooks.attachments import file_of, path_of
from include.sandbox.quickbooks.call import HttpCall, describe
from include.sandbox.quickbooks.company import chosen_realm, realms_of
from include.sandbox.quickbooks.dated import intuit_headers
from include.sandbox.quickbooks.deliveries import Courier
from include.sandbox.quickbooks.desk import desk_routes
from include.sandbox.quickbooks.dispatch import CompanyCalls
from include.sandbox.quickbooks.oauth import CLIENT_ID, CLIENT_SECRET, Tokens
from include.sandbox.quickbooks.signin import base_url, signin_routes
from include.sandbox.store import Store

SYSTEM = "quickbooks"


def quickbooks_app(store: Store) -> ASGIApp:
    """The whole QuickBooks side, to be served by uvicorn as it is."""
    doors = Doors(store)
    routes = [
        *control_routes(store, SYSTEM, credentials=doors.credentials, meter=doors.meter),
        *signin_routes(store, doors.tokens),
        *desk_routes(store),
        Route(path_of("{secret}"), doors.file),
        Route("/v3/company/{realm}/{path:path}", doors.company, methods=["GET", "POST"]),
    ]
    served = Starlette(routes=routes, lifespan=Courier(store).at_work)
    return Outages(Dated(served, store, intuit_headers()), store, SYSTEM, describe)


class Doors:
    """One handler per route."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.tokens = Tokens(store)
        self._calls = CompanyCalls(store, self.tokens)

    async def company(self, request: Request) -> Response:
        """Everything below /v3/company/{realm}/."""
        call = HttpCall(
            method=request.method,
            realm=request.path_params["realm"],
            path=request.path_params["path"],
            asked=dict(request.query_params),
            headers=dict(request.headers),
            body=await request.body(),
        )
        answer = await run_in_threadpool(self._calls.answer, call)
        return Response(answer.body, answer.status, answer.headers, media_type=answer.media_type)

    async def file(self, request: Request) -> Response:
        """An attached file, for whoever knows its address."""
        found = await run_in_threadpool(file_of, self._store, request.path_params["secret"])
        return Response(found.content, media_type=found.kind) if found else Response(status_code=404)

    def credentials(self, request: Request) -> Mapping[str, Any]:
        """What a client needs; `?realm=` chooses the company, the first one without it. Tokens are live ones."""
        base, realm = base_url(request), chosen_realm(self._store, request.query_params.get("realm"))
        return {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "realm_id": realm,
            "access_token": self.tokens.access_for(realm),
            "refresh_token": self.tokens.refresh_for(realm),
            "discovery_url": f"{base}/discovery",
            "base_url": base,
            "token_url": f"{base}/oauth2/v1/tokens/bearer",
            "realms": realms_of(self._store),
        }

    def meter(self) -> Mapping[str, Any]:
        """Calls and writes per company."""
        read = self._store.meter.readings(SYSTEM)
        return {realm: self._metered(realm, read.get(realm, {})) for realm in {*realms_of(self._store), *read}}

    def _metered(self, realm: str, kinds: Mapping[str, Mapping[str, int]]) -> Mapping[str, Any]:
        money = kinds.get("money", {})
        return {
            "core": money.get("core", 0),
            "core_plus": money.get("core_plus", 0),
            "by_class": dict(kinds.get("by_class", {})),
            "writes": dict(kinds.get("writes", {})),
            "replays": sum(kinds.get("replays", {}).values()),
            "minimum_spacing_ms": self._store.meter.minimum_spacing_ms(SYSTEM, realm=realm),
        }
