"""QuickBooks over HTTP: OAuth, one company per path, every answer with its `time`, `intuit_tid` and `Date`."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from include.sandbox.control import control_routes
from include.sandbox.outages import Outages
from include.sandbox.quickbooks.call import HttpCall
from include.sandbox.quickbooks.company import realms_of
from include.sandbox.quickbooks.dated import Dated
from include.sandbox.quickbooks.dispatch import CompanyCalls
from include.sandbox.quickbooks.oauth import CLIENT_ID, CLIENT_SECRET, OAuthRefused, Tokens
from include.sandbox.quickbooks.xml_clients import answer_as_asked, describe_either
from include.sandbox.store import Store

SYSTEM = "quickbooks"


def quickbooks_app(store: Store) -> ASGIApp:
    """The whole QuickBooks side, to be served by uvicorn as it is."""
    doors = Doors(store)
    routes = [
        *control_routes(store, SYSTEM, credentials=doors.credentials, meter=doors.meter),
        Route("/sandbox/oauth", doors.change_oauth, methods=["POST"]),
        Route("/discovery", doors.discovery),
        Route("/.well-known/openid_sandbox_configuration", doors.discovery),
        Route("/.well-known/openid_configuration", doors.discovery),
        Route("/oauth2/v1/tokens/bearer", doors.token, methods=["POST"]),
        Route("/v2/oauth2/tokens/revoke", doors.revoke, methods=["POST"]),
        Route("/v3/company/{realm}/{path:path}", doors.company, methods=["GET", "POST"]),
    ]
    return Outages(Dated(Starlette(routes=routes), store), store, SYSTEM, describe_either)


class Doors:
    """One handler per route."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tokens = Tokens(store)
        self._calls = CompanyCalls(store, self._tokens)

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

    async def token(self, request: Request) -> Response:
        """The token endpoint."""
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        try:
            realm, body = await run_in_threadpool(self._tokens.refreshed, form, _client(request, form))
        except OAuthRefused as refused:
            return JSONResponse(refused.body, refused.status, {"cache-control": "no-cache, no-store"})
        await run_in_threadpool(self._store.meter.call, SYSTEM, "token", realm=realm)
        if request.headers.get("x-include-refresh-token-hard-expires-in") == "true":
            body["x_refresh_token_hard_expires_in"] = self._tokens.hard_seconds(realm)
        return JSONResponse(body, headers={"cache-control": "no-cache, no-store"})

    async def revoke(self, request: Request) -> Response:
        """End a connection; the token comes as JSON or as a form."""
        body = await request.body()
        try:
            token = json.loads(body)["token"]
        except (ValueError, KeyError, TypeError):
            token = dict(parse_qsl(body.decode("utf-8", "replace"))).get("token", "")
        if _client(request, {}) != (CLIENT_ID, CLIENT_SECRET):
            return JSONResponse({"error": "invalid_client"}, 401)
        await run_in_threadpool(self._tokens.revoke, token)
        return Response(status_code=200)

    async def discovery(self, request: Request) -> Response:
        """The discovery document with this server's own addresses."""
        base = _base(request)
        return JSONResponse({
            "issuer": f"{base}/op/v1",
            "authorization_endpoint": f"{base}/connect/oauth2",
            "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
            "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
            "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
            "jwks_uri": f"{base}/op/v1/jwks",
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "com.intuit.quickbooks.accounting"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        })

    async def change_oauth(self, request: Request) -> Response:
        """Lifetimes and forgotten tokens, for tests: `{"rotate_after": 0, "overlap": 0}`, `{"forget": "access"}`."""
        wish = json.loads(await request.body() or b"{}")
        kind = wish.pop("forget", None)
        realm = wish.pop("realm", None) or next(iter(realms_of(self._store)), "")
        try:
            lifetimes = self._tokens.set_lifetimes(**wish)
        except TypeError as problem:
            return JSONResponse({"error": str(problem)}, 400)
        if kind is not None:
            self._tokens.forget(realm, "" if kind == "all" else kind)
        return JSONResponse({name: getattr(lifetimes, name) for name in lifetimes.__slots__})

    def credentials(self, request: Request) -> Mapping[str, Any]:
        """What a client needs; `?realm=` chooses the company, the first one without it. Tokens are live ones."""
        base, realms = _base(request), realms_of(self._store)
        realm = request.query_params.get("realm") or (realms[0] if realms else "")
        if realm not in realms:
            raise ValueError("there is no such company; load a scenario first")
        return {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "realm_id": realm,
            "access_token": self._tokens.access_for(realm),
            "refresh_token": self._tokens.refresh_for(realm),
            "discovery_url": f"{base}/discovery",
            "base_url": base,
            "token_url": f"{base}/oauth2/v1/tokens/bearer",
            "realms": realms,
        }

    def meter(self) -> Mapping[str, Any]:
        """Calls and writes per company."""
        read = self._store.meter.readings(SYSTEM)
        return {realm: self._metered(realm, read.get(realm, {})) for realm in {*realms_of(self._store), *read}}

    def _metered(self, realm: str, kinds: Mapping[str, Mapping[str, int]]) -> Mapping[str, Any]:
        money = kinds.get("money", {})
        return {
            "core": money.get("core", 0),
            "core_plus": money.get("core_plus", 0),
            "by_class": dict(kinds.get("by_class", {})),
            "writes": dict(kinds.get("writes", {})),
            "replays": sum(kinds.get("replays", {}).values()),
            "minimum_spacing_ms": self._store.meter.minimum_spacing_ms(SYSTEM, realm=realm),
        }


def _client(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    """Client id and secret from Basic authentication, else from the form."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            id_, _, secret = base64.b64decode(value).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return id_, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")
