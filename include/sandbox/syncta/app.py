"""Syncta over HTTP: the contract under /v1, and under /sandbox what Syncta's users do by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from include.sandbox.control import control_routes
from include.sandbox.faults import Call
from include.sandbox.outages import Outages
from include.sandbox.quickbooks.dated import Dated
from include.sandbox.store import Store
from include.sandbox.syncta.calls import Answer, Ask, SynctaCalls
from include.sandbox.syncta.office import Office, Refused

SYSTEM = "syncta"
API_KEY = "sandbox-syncta-key"


def syncta_app(store: Store) -> ASGIApp:
    """The whole Syncta side, to be served by uvicorn as it is."""
    doors = Doors(store)
    routes = [
        *control_routes(store, SYSTEM, credentials=doors.credentials, meter=doors.meter),
        Route("/sandbox/{kind}", doors.by_hand, methods=["POST"]),
        Route("/sandbox/{kind}/{id}", doors.by_hand, methods=["PATCH", "DELETE"]),
        Route("/v1/{path:path}", doors.contract, methods=["GET", "POST", "PATCH", "DELETE"]),
    ]
    return Outages(Dated(Starlette(routes=routes), store), store, SYSTEM, describe)


def describe(scope: Scope, body: bytes) -> Call:
    """A request as the faults on order see it: operation read, create, update, delete or an action's name."""
    parts = scope["path"].removeprefix("/v1/").strip("/").split("/")
    entity = {"customers": "Customer", "invoices": "Invoice"}.get(parts[0], parts[0])
    verbs = {"GET": "read", "POST": "create", "PATCH": "update", "DELETE": "delete"}
    return Call(parts[2] if len(parts) > 2 else verbs.get(scope["method"], ""), entity, scope["path"])


class Doors:
    """One handler per kind of caller."""

    def __init__(self, store: Store) -> None:
        self._store, self._office = store, Office(store)
        self._calls = SynctaCalls(store, self._office, API_KEY)

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

    async def contract(self, request: Request) -> Response:
        """Everything below /v1/."""
        ask = Ask(
            method=request.method,
            parts=tuple(request.path_params["path"].strip("/").split("/")),
            query=dict(request.query_params),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.body(),
        )
        return _response(await run_in_threadpool(self._calls.answer, ask))

    async def by_hand(self, request: Request) -> Response:
        """A user's action in Syncta's own pages; no key, no version."""
        body, kind, record_id = await request.body(), request.path_params["kind"], request.path_params.get("id", "")
        return _response(await run_in_threadpool(self._act, request.method, kind, record_id, body))

    def _act(self, method: str, kind: str, record_id: str, body: bytes) -> Answer:
        office = self._office
        acts: dict[tuple[str, str], Callable[[Any], Mapping[str, Any]]] = {
            ("POST", "customers"): office.create_customer,
            ("PATCH", "customers"): lambda changes: office.update_customer(record_id, changes),
            ("DELETE", "customers"): lambda _: office.delete_customer(record_id),
            ("POST", "invoices"): office.create_invoice,
            ("PATCH", "invoices"): lambda changes: office.update_invoice(record_id, changes),
            ("DELETE", "invoices"): lambda _: office.delete_invoice(record_id),
        }
        act = acts.get((method, kind))
        if act is None:
            return Answer(404, {"status": 404, "title": "There is no such action."})
        try:
            return Answer(200, act(json.loads(body or b"{}")))
        except Refused as refusal:
            return Answer.of(refusal)
        except (KeyError, TypeError, ValueError, ArithmeticError) as problem:
            return Answer(400, {"status": 400, "title": f"The body cannot be used ({type(problem).__name__})."})


def _response(answer: Answer) -> Response:
    if answer.status == 204:
        return Response(status_code=204)
    problem = answer.status >= 400
    kind = "application/problem+json" if problem else "application/json"
    # In ASCII: half characters, which a rehearsal may want, have no other form.
    body = json.dumps(answer.body, allow_nan=False)
    return Response(body, status_code=answer.status, headers=dict(answer.headers), media_type=kind)
