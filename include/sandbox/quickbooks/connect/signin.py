"""OAuth 2.0 over HTTP: discovery, consent, tokens, who the person is; `/sandbox/oauth` to change how it goes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from include.sandbox.control import controlled
from include.sandbox.quickbooks.catalog.company import chosen_realm, realms_of
from include.sandbox.quickbooks.connect import consent
from include.sandbox.quickbooks.connect.codes import Codes, Grant
from include.sandbox.quickbooks.connect.gate import bearer_token
from include.sandbox.quickbooks.connect.grants import Grants, check_client
from include.sandbox.quickbooks.connect.id_tokens import ISSUER, IdTokens, user_info
from include.sandbox.quickbooks.connect.oauth import SCOPES, OAuthRefused, Tokens
from include.sandbox.quickbooks.engine import Books
from include.sandbox.store import Store

UNCACHED = {"cache-control": "no-cache, no-store"}
PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    **UNCACHED,
}
WITH_HARD_EXPIRY = "x-include-refresh-token-hard-expires-in"


def signin_routes(store: Store, tokens: Tokens) -> list[Route]:
    """Everything a client needs to get and to end its tokens."""
    signin = SignIn(store, tokens)
    documents = ("/discovery", "/.well-known/openid_sandbox_configuration", "/.well-known/openid_configuration")
    return [
        *(Route(f"{path}{slash}", signin.discovery) for path in documents for slash in ("", "/")),
        Route("/connect/oauth2", signin.ask, methods=["GET", "POST"]),
        Route("/oauth2/v1/tokens/bearer", signin.token, methods=["POST"]),
        Route("/v2/oauth2/tokens/revoke", signin.revoke, methods=["POST"]),
        Route("/v1/openid_connect/userinfo", signin.user_info),
        Route("/op/v1/jwks", signin.key_set),
        Route("/sandbox/oauth", signin.change, methods=["POST"]),
    ]


class SignIn:
    """One handler per route."""

    def __init__(self, store: Store, tokens: Tokens) -> None:
        self._store = store
        self._tokens = tokens
        self._codes = Codes(store, tokens)
        self._id_tokens = IdTokens(store)
        self._grants = Grants(tokens, self._codes, self._id_tokens)

    async def discovery(self, request: Request) -> Response:
        """The discovery document with this server's own addresses."""
        base = base_url(request)
        return JSONResponse({
            "issuer": ISSUER,
            "authorization_endpoint": f"{base}/connect/oauth2",
            "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
            "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
            "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
            "jwks_uri": f"{base}/op/v1/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": list(SCOPES),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
        })

    async def ask(self, request: Request) -> Response:
        """The page, and the redirect when its form comes back; a script may send that form itself."""
        form = await _form(request) if request.method == "POST" else {}
        return await run_in_threadpool(self._asked, form or request.query_params, request.method == "POST")

    def _asked(self, asked: Mapping[str, str], is_decided: bool) -> Response:
        try:
            wanted = consent.read_request(asked)
            if not wanted.has_valid_scope:
                return RedirectResponse(wanted.answer(error="invalid_scope"), 302)
            if is_decided:
                return RedirectResponse(self._decided(wanted, asked), 302, UNCACHED)
            page = consent.consent_page(wanted, self._companies())
        except consent.Unanswerable as problem:
            return HTMLResponse(consent.problem_page(str(problem)), 400, PAGE_HEADERS)
        return HTMLResponse(page, headers=PAGE_HEADERS)

    def _decided(self, wanted: consent.AuthorizationRequest, form: Mapping[str, str]) -> str:
        """Where the person's decision leads. Raises Unanswerable."""
        decision, realm = form.get("decision"), form.get("realm", "")
        if decision == "cancel":
            return wanted.answer(error="access_denied")
        if decision != "connect" or realm not in {company["realm"] for company in self._companies()}:
            raise consent.Unanswerable("Choose one of the companies, then Connect or Cancel.")
        grant = Grant(realm, wanted.scope, wanted.redirect_uri, wanted.code_challenge, wanted.code_challenge_method)
        return wanted.answer(code=self._codes.issue(grant), realmId=realm)

    def _companies(self) -> list[dict[str, str]]:
        """Each company's realm and name, for a person to choose from. Raises Unanswerable when there is none."""
        realms = realms_of(self._store)
        if not realms:
            raise consent.Unanswerable("There is no company yet: load a scenario first.")
        infos = {realm: Books(self._store, realm).must_find("CompanyInfo", "1") for realm in realms}
        return [{"realm": realm, "name": info["CompanyName"]} for realm, info in infos.items()]

    async def token(self, request: Request) -> Response:
        """The token endpoint."""
        form = await _form(request)
        return await run_in_threadpool(self._granted, request, form)

    def _granted(self, request: Request, form: Mapping[str, str]) -> Response:
        try:
            check_client(request.headers.get("authorization", ""), form)
            realm, body = self._grants.answer(form)
        except OAuthRefused as refused:
            return JSONResponse(refused.body, refused.status, UNCACHED)
        self._store.meter.call("quickbooks", "token", realm=realm)
        if request.headers.get(WITH_HARD_EXPIRY) == "true":
            body["x_refresh_token_hard_expires_in"] = self._tokens.hard_seconds(realm)
        return JSONResponse(body, headers=UNCACHED)

    async def revoke(self, request: Request) -> Response:
        """End a connection; the token comes as JSON or as a form."""
        try:
            form = {name: str(value) for name, value in json.loads(await request.body()).items()}
        except (ValueError, AttributeError, RecursionError):
            form = await _form(request)
        token = form.get("token", "")
        try:
            check_client(request.headers.get("authorization", ""), form)
            if not token.isascii() or not await run_in_threadpool(self._tokens.revoke, token):
                raise OAuthRefused("invalid_request")
        except OAuthRefused as refused:
            return JSONResponse(refused.body, refused.status)
        return Response(status_code=200)

    async def user_info(self, request: Request) -> Response:
        """Who connected: as much of it as the scopes allow."""
        return await run_in_threadpool(self._told, bearer_token(request.headers.get("authorization", "")))

    def _told(self, token: str) -> Response:
        realm = self._tokens.realm_of(token)
        scopes = self._tokens.scopes_of(realm) if realm else frozenset[str]()
        if "openid" in scopes:
            return JSONResponse(user_info(scopes))
        status, error = (403, "insufficient_scope") if realm else (401, "invalid_token")
        headers = {"www-authenticate": f'Bearer realm="Intuit", error="{error}"'}
        return JSONResponse({"error": error}, status, headers)

    async def key_set(self, request: Request) -> Response:
        """The keys that id tokens are checked with."""
        return JSONResponse(await run_in_threadpool(self._id_tokens.key_set))

    async def change(self, request: Request) -> Response:
        """Lifetimes and forgotten tokens, for tests: `{"rotate_after": 0, "overlap": 0}`, `{"forget": "access"}`."""
        return await controlled(request, self._change)

    def _change(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        changes = dict(wish)
        kind, realm = changes.pop("forget", None), changes.pop("realm", None)
        if kind not in (None, "access", "refresh", "all"):
            raise ValueError("forget takes access, refresh or all")
        lifetimes = self._tokens.set_lifetimes(**changes)
        if kind is not None:
            self._tokens.forget(chosen_realm(self._store, realm), "" if kind == "all" else kind)
        return {name: getattr(lifetimes, name) for name in lifetimes.__slots__}


def base_url(request: Request) -> str:
    """This server's own address, as the client wrote it."""
    return str(request.base_url).rstrip("/")


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
