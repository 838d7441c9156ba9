"""`/sandbox/*`, the same on both ports, for tests and the demo: credentials, reset, meter, faults, limits, clock."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from include.sandbox.clock import Clock
from include.sandbox.faults import Fault
from include.sandbox.quickbooks.wire import month_of
from include.sandbox.store import Store

LONGEST = 100 * 366 * 86400
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
        Route("/sandbox/faults/{number:int}", control.faults, methods=["DELETE"]),
        Route("/sandbox/limits", control.limits, methods=["GET", "POST"]),
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
        body, number = await request.body(), request.path_params.get("number")
        return await _reply(lambda: self._change_faults(request.method, body, number))

    async def limits(self, request: Request) -> Response:
        body = await request.body()
        return await _reply(lambda: self._change_limits(_wish(body)))

    async def clock(self, request: Request) -> Response:
        body = await request.body()
        return await _reply(lambda: self._change_clock(_wish(body)))

    def _change_faults(self, method: str, body: bytes, number: int | None) -> Mapping[str, Any]:
        if method == "DELETE":
            self._store.faults.clear(self._system, number)
        if method == "POST":
            self._store.faults.order(self._system, Fault.from_json(_wish(body), self._system))
        return {"faults": self._store.faults.waiting(self._system)}

    def _change_limits(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        limits = self._store.limits
        if wish:
            limits.change(self._system, wish, month=month_of(self._store.now()))
        return {"limits": limits.of(self._system), "left": limits.left(self._system)}

    def _change_clock(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        clock = self._store.clock
        with self._store.transaction():
            for name, value in _known(wish, CLOCK).items():
                CLOCK[name](clock, self._system, value)
        with clock.read_by(self._system):
            return {
                "now": clock.now().isoformat(timespec="milliseconds"),
                "skew_seconds": clock.skew(self._system),
                "frozen": clock.frozen,
            }


CLOCK: Mapping[str, Callable[[Clock, str, Any], None]] = {
    "set": lambda clock, _, value: clock.set(moment(value)),
    "freeze": lambda clock, _, value: clock.freeze(moment(value)),
    "advance_seconds": lambda clock, _, value: clock.advance(_seconds(value)),
    "skew_seconds": lambda clock, system, value: clock.set_skew(system, _seconds(value).total_seconds()),
}
"""What can be done to the clock; a skew is one system's, everything else is both systems'."""


def reset(store: Store, wish: Mapping[str, Any]) -> Mapping[str, Any]:
    """Empty the store and load a scenario: the one asked for, or the last one again.

    `wish` takes scenario, seed, customers, invoices. Raises ValueError for an unknown scenario.
    """
    from include.sandbox import scenarios  # loaded here: the scenarios use the engines of both systems

    wanted: dict[str, Any] = {"scenario": "demo", "seed": 1, "customers": None, "invoices": None}
    wanted |= store.setting("scenario") or {}
    wanted |= _known(wish, wanted)
    with store.transaction():
        store.clear()
        store.limits.save()
        sizes = {name: wanted[name] for name in ("seed", "customers", "invoices") if wanted[name] is not None}
        scenarios.load(store, wanted["scenario"], **sizes)
        store.put_setting("scenario", wanted)
        store.meter.reset()
    return {"scenario": wanted["scenario"], "now": store.now().isoformat(timespec="milliseconds")}


def moment(text: object) -> dt.datetime:
    """An aware time as people write it. Raises ValueError with one line when it is none, or lacks its offset."""
    try:
        found = dt.datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueError(f"{text} is no time; write for instance 2026-11-02T09:00:00-08:00") from None
    if found.tzinfo is None:
        raise ValueError("a time needs its offset, for instance 2026-11-02T09:00:00-08:00")
    return found


def _seconds(value: object) -> dt.timedelta:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LONGEST:
        raise ValueError("seconds must be a number, of at most a hundred years")
    return dt.timedelta(seconds=value)


def _known(wish: Mapping[str, Any], names: Mapping[str, object]) -> Mapping[str, Any]:
    unknown = sorted(set(wish) - set(names))
    if unknown:
        raise ValueError(f"unknown key: {', '.join(unknown)}; there are {', '.join(names)}")
    return wish


async def controlled(request: Request, work: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Response:
    """Answer a control request of one system alone: `work` gets the JSON object of the body; the ValueError or
    TypeError it raises is a 400 with one line."""
    body = await request.body()
    return await _reply(lambda: work(_wish(body)))


def _wish(body: bytes) -> Mapping[str, Any]:
    try:
        wish = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise ValueError("the body must be JSON") from None
    if not isinstance(wish, dict):
        raise ValueError("the body must be a JSON object")
    return wish


async def _reply(work: Callable[[], Mapping[str, Any] | None]) -> Response:
    try:
        body, status = await run_in_threadpool(work) or {}, 200
    except (ValueError, TypeError, OverflowError) as problem:
        body, status = {"error": str(problem)}, 400
    # In ASCII: half characters, which an order may hold, have no other form.
    return Response(json.dumps(body), status, media_type="application/json")
