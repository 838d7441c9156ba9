"""QuickBooks over HTTP: OAuth, one company per path, every answer with its `time`, `intuit_tid` and `Date`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from include.sandbox.control import control_routes
from include.sandbox.dated import Dated
from include.sandbox.meter import months_of
from include.sandbox.outages import Outages
from include.sandbox.quickbooks.catalog.attachments import file_of, path_of
from include.sandbox.quickbooks.catalog.company import chosen_realm, realms_of
from include.sandbox.quickbooks.connect.oauth import CLIENT_ID, CLIENT_SECRET, Tokens
from include.sandbox.quickbooks.connect.signin import base_url, signin_routes
from include.sandbox.quickbooks.events.deliveries import Courier
from include.sandbox.quickbooks.http.call import HttpCall, sort
from include.sandbox.quickbooks.http.dated import intuit_headers
from include.sandbox.quickbooks.http.desk import desk_routes
from include.sandbox.quickbooks.http.dispatch import CompanyCalls
from include.sandbox.quickbooks.http.gateway import REPLIES, throttled
from include.sandbox.quickbooks.http.xml_clients import answer_as_asked, describe_either
from include.sandbox.quickbooks.wire import month_of
from include.sandbox.store import Store
from include.sandbox.throttled import Throttled

SYSTEM = "quickbooks"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Below a company every method is answered with a fault of QuickBooks', not with the web server's own words."""


def quickbooks_app(store: Store) -> ASGIApp:
    """The whole QuickBooks side, to be served by uvicorn as it is."""
    doors = Doors(store)
    routes = [
        *control_routes(store, SYSTEM, credentials=doors.credentials, meter=doors.meter),
        *signin_routes(store, doors.tokens),
        *desk_routes(store),
        Route(path_of("{secret}"), doors.file),
        Route("/v3/company/{realm}/{path:rest}", doors.company, methods=list(METHODS)),
    ]
    served = Starlette(routes=routes, lifespan=Courier(store).at_work)
    limited = Throttled(served, store, SYSTEM, prefix="/v3/company/", sort=sort, refusal=throttled)
    return Outages(Dated(limited, store, intuit_headers()), store, SYSTEM, describe_either, REPLIES)


class Rest(PathConvertor):
    """The rest of a path, whatever it contains: Starlette's own stops at a line break."""

    regex = r"[\s\S]*"


register_url_convertor("rest", Rest())


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
        answer = await run_in_threadpool(answer_as_asked, self._calls.answer, call)
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
        workspace = self._workspace()
        return {
            realm: {**self._metered(realm, read.get(realm, {})), "workspace": workspace}
            for realm in {*realms_of(self._store), *read}
        }

    def _workspace(self) -> Mapping[str, Any]:
        """What all companies together cost in the present month."""
        meter, limits, month = self._store.meter, self._store.limits, month_of(self._store.now())
        charged = {name: meter.charged(SYSTEM, name, month) for name in ("core", "core_plus")}
        cap, blocked = limits.of(SYSTEM)["core_plus_per_month"], limits.month_is_used_up(month)
        return {"month": month, **charged, "core_plus_per_month": cap, "blocked": blocked}

    def _metered(self, realm: str, kinds: Mapping[str, Mapping[str, int]]) -> Mapping[str, Any]:
        money = kinds.get("money", {})
        return {
            "core": money.get("core", 0),
            "core_plus": money.get("core_plus", 0),
            "by_class": dict(kinds.get("by_class", {})),
            "writes": dict(kinds.get("writes", {})),
            "replays": sum(kinds.get("replays", {}).values()),
            "minimum_spacing_ms": self._store.meter.minimum_spacing_ms(SYSTEM, realm=realm),
            **self._store.meter.peaks(SYSTEM, realm=realm),
            "months": months_of(kinds),
        }
