"""A small stand-in for Intuit on loopback: it gives scripted answers and remembers what it was asked."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from include.tokens import Tokens

TIME = "2026-11-02T09:00:00.123-08:00"
REALM = "9341453000000001"


@dataclass(frozen=True)
class Reply:
    """What the stand-in answers. `body` is sent as it is; a dict as JSON."""

    body: str | dict[str, Any] = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hang_up: bool = False


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: str


class FakeIntuit:
    """Answers `script` in order, then `always`; the token endpoint is answered by `grant`."""

    def __init__(self) -> None:
        self.script: list[Reply] = []
        self.always: Callable[[Asked], Reply] = lambda asked: Reply(status=404)
        self.grant: Callable[[Asked], Reply] = lambda asked: tokens_reply("access-2", "refresh-2")
        self.asked: list[Asked] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def calls(self) -> list[Asked]:
        """What was asked, without the token endpoint."""
        return [asked for asked in self.asked if asked.path != "/token"]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _reply(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            if asked.path == "/token":
                return self.grant(asked)
            return self.script.pop(0) if self.script else self.always(asked)

    def _handler(fake) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                params = {name: values[0] for name, values in parse_qs(parts.query).items()}
                reply = fake._reply(Asked(self.command, parts.path, params, dict(self.headers), body))
                if reply.hang_up:
                    self.close_connection = True
                    return
                as_text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
                self.send_response(reply.status)
                self.send_header("intuit_tid", "1-tid-1")
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(as_text.encode())))
                self.end_headers()
                self.wfile.write(as_text.encode())

            do_GET = do_POST = answer

            def log_message(self, format: str, *args: object) -> None:
                """Keeps the test output clean."""

        return Handler


class FakeStore:
    """A token store in memory that behaves as the ledger's: one turn at a time, saved before it is handed out."""

    def __init__(self, tokens: Tokens | None) -> None:
        self.tokens = tokens
        self.saved: list[Tokens] = []
        self.marked = ""
        self._lock = threading.Lock()

    def load(self) -> Tokens | None:
        return self.tokens

    def refresh(self, turn: Callable[[Tokens | None], Tokens], *, stale: str | None) -> Tokens:
        with self._lock:
            if self.tokens is not None and self.tokens.access_token != stale:
                return self.tokens
            self.tokens = turn(self.tokens)
            self.saved.append(self.tokens)
            self.marked = ""
            return self.tokens

    def mark_reconnect_needed(self, reason: str) -> None:
        self.marked = reason

    def reconnect_needed(self) -> str:
        return self.marked


def tokens(access: str = "access-1", refresh: str = "refresh-1", *, minutes: float = 60) -> Tokens:
    """Tokens whose access token lives for that many minutes."""
    now = dt.datetime.now(dt.UTC)
    return Tokens(access, refresh, now + dt.timedelta(minutes=minutes), now + dt.timedelta(days=100), None)


def tokens_reply(access: str, refresh: str) -> Reply:
    """What the token endpoint answers to a good refresh token."""
    return Reply({
        "access_token": access,
        "refresh_token": refresh,
        "token_type": "bearer",
        "expires_in": 3600,
        "x_refresh_token_expires_in": 8726400,
    })


def page(entity: str, rows: list[dict[str, Any]]) -> Reply:
    """A page of a query."""
    response = {entity: rows, "startPosition": 1, "maxResults": len(rows)} if rows else {}
    return Reply({"QueryResponse": response, "time": TIME})


def count(number: int) -> Reply:
    """The answer to a count(*)."""
    return Reply({"QueryResponse": {"totalCount": number}, "time": TIME})


def fault(code: str, status: int = 400, *, element: str = "", kind: str = "ValidationFault") -> Reply:
    """A fault in its usual shape; its texts bear a name, which must never get any further."""
    error = {"Message": "About Nick Brown", "Detail": "Nick Brown owes 125.00", "code": code, "element": element}
    return Reply({"Fault": {"Error": [error], "type": kind}, "time": TIME}, status)
