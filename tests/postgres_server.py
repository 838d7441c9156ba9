"""A PostgreSQL server of the tests' own: Debian's, on loopback, in a temporary directory, gone at the end."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

INSTALLED = Path("/usr/lib/postgresql")
START_SECONDS = 60
STOP_SECONDS = 15
# Nothing here outlives the tests, so nothing needs to reach the disk.
QUICK = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=60"]
PR_SET_PDEATHSIG = 1


class PostgresMissing(RuntimeError):
    """The package is not installed."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server; everybody on this machine may connect as `postgres`."""

    port: int
    _numbers: Iterator[int] = field(default_factory=count, repr=False)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """The URL of a new database made from a template; dropped at the end, whoever is still connected."""
        name = f"test_{next(self._numbers)}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield self.url(name)
        finally:
            self.run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgres_server(installed: Path = INSTALLED) -> Iterator[PostgresServer]:
    """Starts a server and stops it, also when a test fails or pytest is killed; `PostgresMissing` says what to do."""
    binaries, account = _binaries(installed), _account()
    folder = Path(tempfile.mkdtemp(prefix="ledger-postgres-"))
    try:
        if account:
            os.chown(folder, account["user"], account["group"])
        _make_cluster(binaries, folder, account)
        with _running(binaries, folder, account) as port:
            yield PostgresServer(port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries(installed: Path) -> Path:
    """Those of the newest version that Debian's packages put there."""
    found = sorted(installed.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise PostgresMissing("These tests start a PostgreSQL of their own. Run: sudo apt-get install postgresql")
    return found[-1].parent


def _account() -> dict[str, Any]:
    """Whom to run as: the server refuses root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            known = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": known.pw_uid, "group": known.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as.")


def _make_cluster(binaries: Path, folder: Path, account: dict[str, Any]) -> None:
    command = [binaries / "initdb", "-D", folder / "data", "--no-sync", "-A", "trust", "-U", "postgres"]
    command += ["-E", "UTF8", "--locale=C"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=START_SECONDS, **account)
    if done.returncode:
        raise RuntimeError(f"initdb failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")


@contextmanager
def _running(binaries: Path, folder: Path, account: dict[str, Any]) -> Iterator[int]:
    port, log = _free_port(), folder / "log"
    options = ["listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=", *QUICK]
    command = [binaries / "postgres", "-D", folder / "data", *(part for option in options for part in ("-c", option))]
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, cwd=folder, stdout=out, stderr=out, preexec_fn=_end_with_parent, start_new_session=True, **account
        )
    try:
        _wait_for(server, port, log)
        yield port
    finally:
        server.send_signal(signal.SIGINT)  # "fast": sessions are ended
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _end_with_parent() -> None:
    """Even a killed pytest leaves no server behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(START_SECONDS * 10):
        if server.poll() is not None:
            break
        try:
            psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            try:
                server.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
