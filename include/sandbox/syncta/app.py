"""Syncta over HTTP: the contract under /v1, and under /sandbox what Syncta's users do by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from include.sandbox.control import control_routes
from include.sandbox.dated import Dated
from include.sandbox.faults import Call
from include.sandbox.outages import Outages
from include.sandbox.store import Store
from include.sandbox.syncta.asks import Answer, Ask, Door, Refused, response
from include.sandbox.syncta.by_hand import Users
from include.sandbox.syncta.calls import SYSTEM, SynctaCalls
from include.sandbox.syncta.office import Office
from include.sandbox.throttled import Throttled

API_KEY = "sandbox-syncta-key"


def syncta_app(store: Store) -> ASGIApp:
    """The whole Syncta side, to be served by uvicorn as it is."""
    office, desk = Office(store), Desk(store)
    calls, users = Door(SynctaCalls(store, office, API_KEY).answer), Door(_by_its_clock(store, Users(office).answer))
    app = Starlette(
        routes=[
            *control_routes(store, SYSTEM, credentials=desk.credentials, meter=desk.meter),
            Route("/sandbox/customers{rest:path}", users),
            Route("/sandbox/invoices{rest:path}", users),
            Route("/v1{rest:path}", calls),
        ],
        exception_handlers={HTTPException: _problem, 500: _problem},
    )
    app.router.redirect_slashes = False
    return Outages(Dated(Throttled(app, store, SYSTEM), store), store, SYSTEM, describe)


def _by_its_clock(store: Store, answer: Callable[[Ask], Answer]) -> Callable[[Ask], Answer]:
    """What users do happens by Syncta's clock, as calls do."""

    def answered(ask: Ask) -> Answer:
        with store.clock.read_by(SYSTEM):
            return answer(ask)

    return answered


def describe(scope: Scope, body: bytes) -> Call:
    """A request as the faults on order see it: operation read, create, update, delete or an action's name."""
    parts = scope["path"].removeprefix("/v1/").strip("/").split("/")
    entity = {"customers": "Customer", "invoices": "Invoice"}.get(parts[0], parts[0])
    verbs = {"GET": "read", "HEAD": "read", "POST": "create", "PATCH": "update", "DELETE": "delete"}
    return Call(parts[2] if len(parts) > 2 else verbs.get(scope["method"], ""), entity, scope["path"])


class Desk:
    """What the sandbox tells of itself."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def credentials(self, request: Request) -> Mapping[str, Any]:
        """What a client needs."""
        return {"api_key": API_KEY, "base_url": f"http://{request.headers.get('host', '127.0.0.1')}"}

    def meter(self) -> Mapping[str, Any]:
        """Reads, executed writes, and calls by route."""
        kinds = self._store.meter.readings(SYSTEM).get("", {})
        routes = kinds.get("by_class", {})
        return {
            "reads": sum(n for route, n in routes.items() if route.startswith("GET ")),
            "writes": dict(kinds.get("writes", {})),
            "replays": sum(kinds.get("replays", {}).values()),
            "by_route": dict(routes),
        }


async def _problem(request: Request, problem: Exception) -> Response:
    """What the doors do not answer themselves, as a problem: unknown paths, and whatever should not happen."""
    status, headers = (problem.status_code, problem.headers) if isinstance(problem, HTTPException) else (500, None)
    return response(Answer.of(Refused(status, f"{HTTPStatus(status).phrase}.", headers=headers)))
