"""A running sandbox for any part's tests: as its own process, or faster in threads of this one.

    with running_sandbox(tmp_path, "seed_example") as sandbox:
        sandbox.quickbooks("GET", "/sandbox/credentials").json()

Both pick free ports and have stopped when the block ends.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from include.sandbox.quickbooks.http.app import quickbooks_app
from include.sandbox.server import LOOPBACK, Server, listen, open_store, server_for
from include.sandbox.store import Store

PROJECT = Path(__file__).resolve().parents[1]
START_SECONDS = 60


@dataclass(frozen=True)
class RunningSandbox:
    """Where the two systems answer. `store` is the state itself, only when it runs in this process."""

    quickbooks_url: str
    syncta_url: str
    store: Store | None = None
    process: subprocess.Popen[str] | None = None

    def quickbooks(self, method: str, path: str, **options: Any) -> requests.Response:
        """A request to the QuickBooks port."""
        return requests.request(method, f"{self.quickbooks_url}{path}", timeout=30, **options)

    def syncta(self, method: str, path: str, **options: Any) -> requests.Response:
        """A request to the Syncta port."""
        return requests.request(method, f"{self.syncta_url}{path}", timeout=30, **options)

    def fault(self, system: str, kind: str, **order: Any) -> None:
        """Order a fault for "quickbooks" or "syncta": `fault("quickbooks", "slow", match={"operation": "query"})`."""
        answer = getattr(self, system)("POST", "/sandbox/faults", json={"kind": kind, **order})
        assert answer.status_code == 200, answer.text

    def meter(self, system: str = "quickbooks") -> dict[str, Any]:
        """The meter's readings of one system."""
        return getattr(self, system)("GET", "/sandbox/meter").json()

    def credentials(self, system: str = "quickbooks") -> dict[str, Any]:
        """What a client of one system needs."""
        return getattr(self, system)("GET", "/sandbox/credentials").json()


@contextmanager
def running_sandbox(data_dir: Path, scenario: str = "empty", **options: object) -> Iterator[RunningSandbox]:
    """The sandbox as users start it: `python -m include.sandbox`, both systems. `options` are further arguments."""
    command = [sys.executable, "-m", "include.sandbox", "--data-dir", str(data_dir), "--scenario", scenario]
    command += ["--quickbooks-port", "0", "--syncta-port", "0"]
    command += [word for name, value in options.items() for word in (f"--{name}", str(value))]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield RunningSandbox(*_addresses(process), process=process)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@contextmanager
def sandbox_in_threads(data_dir: Path, scenario: str = "empty", **options: object) -> Iterator[RunningSandbox]:
    """Both systems served from threads of this process: starts in a fraction of a second."""
    from include.sandbox.syncta.app import syncta_app

    store = open_store(data_dir, {"scenario": scenario, **options})
    with ExitStack() as stack:
        stack.callback(store.close)
        quickbooks = stack.enter_context(served(quickbooks_app(store)))
        syncta = stack.enter_context(served(syncta_app(store)))
        yield RunningSandbox(quickbooks, syncta, store)


@contextmanager
def served(app: Any) -> Iterator[str]:
    """One application under uvicorn in a thread; its address."""
    sock = listen(0, "")
    server = server_for(app)
    thread = threading.Thread(target=_run, args=(server, sock), daemon=True)
    thread.start()
    try:
        _wait_until_it_answers(sock.getsockname()[1])
        yield f"http://{LOOPBACK}:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        sock.close()


def _run(server: Server, sock: socket.socket) -> None:
    asyncio.run(server.serve([sock]))


def _wait_until_it_answers(port: int) -> None:
    """The kernel queues connections once the server listens; until then it refuses them."""
    for _ in range(1000):
        try:
            socket.create_connection((LOOPBACK, port), timeout=5).close()
        except ConnectionRefusedError:
            threading.Event().wait(0.01)
        else:
            return
    raise RuntimeError("the sandbox did not start")


def _addresses(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Read the two ready lines; whatever ends the process before them is told with its own words."""
    assert process.stdout is not None
    assert process.stderr is not None
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.start()
    lines = [process.stdout.readline() for _ in range(2)]
    timer.cancel()
    if not all(" ready on " in line for line in lines):
        process.kill()
        raise RuntimeError(f"the sandbox did not start: {process.stderr.read()}")
    first, second = (line.rsplit(" ", 1)[1].strip() for line in lines)
    return first, second
