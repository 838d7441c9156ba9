"""Both systems in one process: two uvicorn servers on loopback, stopped together."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from include.sandbox.control import reset
from include.sandbox.quickbooks.app import quickbooks_app
from include.sandbox.store import Store

LOOPBACK = "127.0.0.1"
STATE_FILE = "sandbox.sqlite"
SHUT_DOWN_SECONDS = 3


class CannotStart(Exception):
    """The sandbox cannot start; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. Port 0 takes a free one; `scenario` holds scenario, seed, customers, invoices."""

    data_dir: Path
    quickbooks_port: int
    syncta_port: int
    scenario: Mapping[str, Any]


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals to the process that runs two of them."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signals."""
        yield


def open_store(data_dir: Path, scenario: Mapping[str, Any]) -> Store:
    """The store in a folder, with the scenario loaded when it is new. A store that has one already is kept as it is;
    asking for another scenario raises CannotStart, as does a file of another version."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / STATE_FILE
    if not path.exists():
        load_whole(path, scenario)
    store = Store(path)
    loaded = (store.setting("scenario") or {}).get("scenario")
    if not store.is_current or loaded is None:
        raise CannotStart(f"{path} was made by another version: choose another --data-dir, or delete it first")
    if scenario.get("scenario") not in (None, loaded):
        raise CannotStart(f"{data_dir} holds the scenario {loaded}: choose another --data-dir, or delete it first")
    return store


def load_whole(path: Path, scenario: Mapping[str, Any]) -> None:
    """Make the file with a scenario in it. Until it is complete it has another name: a load that was interrupted is
    begun anew, never served."""
    draft = path.with_suffix(".loading")
    for left in draft.parent.glob(f"{draft.name}*"):
        left.unlink()
    store = Store(draft, draft=True)
    try:
        reset(store, scenario)
    finally:
        store.close()
    draft.replace(path)


def serve(options: Options) -> None:
    """Serve until SIGTERM or SIGINT. Raises CannotStart for a taken port or a folder that cannot be written."""
    quickbooks, syncta = listen(options.quickbooks_port, "quickbooks"), listen(options.syncta_port, "syncta")
    try:
        store = open_store(options.data_dir, options.scenario)
    except OSError as problem:
        raise CannotStart(f"{options.data_dir} cannot be used: {problem.strerror}") from problem
    try:
        asyncio.run(_serve_both(store, quickbooks, syncta))
    finally:
        store.close()


def listen(port: int, name: str) -> socket.socket:
    """A socket bound on loopback. Raises CannotStart when the port is taken."""
    # The protocol is named so that asyncio recognises TCP and switches Nagle's delay (40 ms an answer) off.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((LOOPBACK, port))
    except (OSError, OverflowError) as problem:
        sock.close()
        raise CannotStart(f"port {port} is not free: stop what uses it or pass --{name}-port") from problem
    return sock


def server_for(app: ASGIApp) -> Server:
    """A quiet server for one application."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        date_header=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=SHUT_DOWN_SECONDS,
    )
    return Server(config)


async def _serve_both(store: Store, quickbooks: socket.socket, syncta: socket.socket) -> None:
    from include.sandbox.syncta.app import syncta_app  # each side is loaded when it is served

    servers = [server_for(quickbooks_app(store)), server_for(syncta_app(store))]

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    running = [
        asyncio.create_task(server.serve([sock])) for server, sock in zip(servers, (quickbooks, syncta), strict=True)
    ]
    while not all(server.started or task.done() for server, task in zip(servers, running, strict=True)):
        await asyncio.sleep(0.01)
    if all(server.started for server in servers):
        _announce({"QuickBooks": quickbooks, "Syncta": syncta})
    await asyncio.gather(*running)


def _announce(sockets: Mapping[str, socket.socket]) -> None:
    """One line per system on standard output, now that both answer."""
    for name, sock in sockets.items():
        sys.stdout.write(f"{name} sandbox ready on http://{LOOPBACK}:{sock.getsockname()[1]}\n")
    sys.stdout.flush()
