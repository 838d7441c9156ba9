"""Both systems in one process: two uvicorn servers on loopback, stopped together."""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import signal
import socket
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from include.sandbox.control import reset
from include.sandbox.data_dir import STATE_FILE, CannotStart, check_state_file, held
from include.sandbox.quickbooks.http.app import quickbooks_app
from include.sandbox.store import Store

LOOPBACK = "127.0.0.1"
SHUT_DOWN_SECONDS = 3
OPEN_TO_OTHERS = "--let-other-machines-connect"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. Port 0 takes a free one; `scenario` holds scenario, seed, customers, invoices.

    `limits` is the preset to start with and `clock` the time; None leaves them as they are in the folder. Without
    `open_to_others` only a loopback `host` is listened on.
    """

    data_dir: Path
    quickbooks_port: int
    syncta_port: int
    scenario: Mapping[str, Any]
    host: str = LOOPBACK
    open_to_others: bool = False
    limits: str | None = None
    clock: dt.datetime | None = None


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals to the process that runs two of them."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signals."""
        yield


def open_store(data_dir: Path, scenario: Mapping[str, Any]) -> Store:
    """The store in a folder, with the scenario loaded when it is new. A store that has one already is kept as it is;
    asking for another scenario raises CannotStart, as does a file of another version or none of a sandbox's."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / STATE_FILE
    if not path.exists():
        load_whole(path, scenario)
    check_state_file(path)
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
    """Serve until SIGTERM or SIGINT. Raises CannotStart for a host that is not loopback, a taken port, a folder that
    another sandbox uses or that cannot be written."""
    check_host(options.host, open_to_others=options.open_to_others)
    with held(options.data_dir):
        quickbooks = listen(options.quickbooks_port, "quickbooks", options.host)
        syncta = listen(options.syncta_port, "syncta", options.host)
        try:
            store = open_store(options.data_dir, options.scenario)
            _prepare(store, options)
        except (OSError, sqlite3.Error) as problem:
            raise CannotStart(f"{options.data_dir} cannot be used: {problem}") from problem
        except ValueError as problem:
            raise CannotStart(str(problem)) from problem
        try:
            asyncio.run(_serve_both(store, quickbooks, syncta))
        finally:
            store.close()


def check_host(host: str, *, open_to_others: bool) -> None:
    """Raises CannotStart for a host that other machines could reach, unless that was asked for; then says so."""
    if host == "localhost" or (_is_address(host) and ip_address(host).is_loopback):
        return
    if not open_to_others:
        raise CannotStart(
            f"{host} is not loopback: anybody who reaches it could read and change everything without a password; "
            f"pass {OPEN_TO_OTHERS} if that is what you want"
        )
    sys.stderr.write(f"WARNING: the sandbox listens on {host}: other machines can read and change everything in it.\n")


def listen(port: int, name: str, host: str = LOOPBACK) -> socket.socket:
    """A socket bound on a host, loopback unless it is told. Raises CannotStart when the port is taken."""
    # The protocol is named so that asyncio recognises TCP and switches Nagle's delay (40 ms an answer) off.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except socket.gaierror as problem:
        sock.close()
        raise CannotStart(f"{host} is no address of this machine") from problem
    except (OSError, OverflowError) as problem:
        sock.close()
        if isinstance(problem, OSError) and problem.errno == errno.EADDRNOTAVAIL:
            raise CannotStart(f"{host} is no address of this machine") from problem
        raise CannotStart(f"port {port} is not free: stop what uses it or pass --{name}-port") from problem
    return sock


def address_of(sock: socket.socket) -> str:
    """The address at which a socket answers."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server_for(app: ASGIApp) -> Server:
    """A quiet server for one application."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        date_header=False,
        server_header=False,
        lifespan="on",
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
        sys.stdout.write(f"{name} sandbox ready on {address_of(sock)}\n")
    sys.stdout.flush()


def _prepare(store: Store, options: Options) -> None:
    """What the command line says of the limits and the clock."""
    if options.limits is not None:
        store.limits.change("quickbooks", {"preset": options.limits}, month="")
    if options.clock is not None:
        store.clock.set(options.clock)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
