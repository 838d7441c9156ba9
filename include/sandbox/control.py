"""`/sandbox/*`, the same on both ports: credentials, reset, meter, faults, clock. For tests and the demo; no login."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from include.sandbox.faults import Fault
from include.sandbox.store import Store

Credentials = Callable[[Request], Mapping[str, Any]]
Readings = Callable[[], Mapping[str, Any]]


def control_routes(store: Store, system: str, *, credentials: Credentials, meter: Readings) -> list[Route]:
    """The routes of one port. `credentials` and `meter` make that system's answers."""
    control = Control(store, system, credentials, meter)
    return [
        Route("/sandbox/credentials", control.credentials),
        Route("/sandbox/reset", control.reset, methods=["POST"]),
        Route("/sandbox/meter", control.meter),
        Route("/sandbox/meter/reset", control.reset_meter, methods=["POST"]),
        Route("/sandbox/faults", control.faults, methods=["GET", "POST", "DELETE"]),
        Route("/sandbox/clock", control.clock, methods=["GET", "POST"]),
    ]


class Control:
    """One handler per route; every wrong request is a 400 with one line saying what is wrong."""

    def __init__(self, store: Store, system: str, credentials: Credentials, meter: Readings) -> None:
        self._store = store
        self._system = system
        self._credentials = credentials
        self._meter = meter

    async def credentials(self, request: Request) -> Response:
        return await _reply(lambda: self._credentials(request))

    async def reset(self, request: Request) -> Response:
        body = await request.body()
        return await _reply(lambda: reset(self._store, _wish(body)))

    async def meter(self, request: Request) -> Response:
        return await _reply(self._meter)

    async def reset_meter(self, request: Request) -> Response:
        return await _reply(lambda: self._store.meter.reset(self._system))

    async def faults(self, request: Request) -> Response:
        body = await request.body()
        return await _reply(lambda: self._change_faults(request.method, body))

    async def clock(self, request: Request) -> Response:
        body = await request.body()
        return await _reply(lambda: self._change_clock(_wish(body)))

    def _change_faults(self, method: str, body: bytes) -> Mapping[str, Any]:
        if method == "DELETE":
            self._store.faults.clear(self._system)
        if method == "POST":
            self._store.faults.order(self._system, Fault.from_json(_wish(body)))
        return {"faults": self._store.faults.waiting(self._system)}

    def _change_clock(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        clock = self._store.clock
        if "set" in wish:
            clock.set(_moment(wish["set"]))
        if "freeze" in wish:
            clock.freeze(_moment(wish["freeze"]))
        if "advance_seconds" in wish:
            clock.advance(dt.timedelta(seconds=float(wish["advance_seconds"])))
        return {"now": clock.now().isoformat(timespec="milliseconds")}


def reset(store: Store, wish: Mapping[str, Any]) -> Mapping[str, Any]:
    """Empty the store and load a scenario: the one asked for, or the last one again.

    `wish` takes scenario, seed, customers, invoices. Raises ValueError for an unknown scenario.
    """
    from include.sandbox import scenarios  # loaded here: the scenarios use the engines of both systems

    wanted: dict[str, Any] = {"scenario": "demo", "seed": 1, "customers": None, "invoices": None}
    wanted |= store.setting("scenario") or {}
    wanted |= {name: value for name, value in wish.items() if name in wanted}
    with store.transaction():
        store.clear()
        sizes = {name: wanted[name] for name in ("seed", "customers", "invoices") if wanted[name] is not None}
        scenarios.load(store, wanted["scenario"], **sizes)
        store.put_setting("scenario", wanted)
        store.meter.reset()
    return {"scenario": wanted["scenario"], "now": store.now().isoformat(timespec="milliseconds")}


async def controlled(request: Request, work: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Response:
    """Answer a control request of one system alone: `work` gets the JSON object of the body; the ValueError or
    TypeError it raises is a 400 with one line."""
    body = await request.body()
    return await _reply(lambda: work(_wish(body)))


def _wish(body: bytes) -> Mapping[str, Any]:
    wish = json.loads(body or b"{}")
    if not isinstance(wish, dict):
        raise ValueError("the body must be a JSON object")
    return wish


async def _reply(work: Callable[[], Mapping[str, Any] | None]) -> Response:
    try:
        return JSONResponse(await run_in_threadpool(work) or {})
    except (ValueError, TypeError) as problem:
        return JSONResponse({"error": str(problem)}, status_code=400)


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset, for instance 2026-11-02T09:00:00-08:00")
    return moment
