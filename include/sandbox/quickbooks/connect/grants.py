"""The token endpoint: codes and refresh tokens for tokens, each wrong request in OAuth's words (reference 1.4)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from include.sandbox.quickbooks.connect.codes import Codes
from include.sandbox.quickbooks.connect.id_tokens import IdTokens
from include.sandbox.quickbooks.connect.oauth import CLIENT_ID, CLIENT_SECRET, OAuthRefused, Tokens

Form = Mapping[str, str]
Granted = tuple[str, dict[str, Any]]
"""The company, and the body of the answer."""


def check_client(authorization: str, form: Form) -> None:
    """Let pass who knows id and secret, by Basic authentication or in the form. Raises OAuthRefused (401)."""
    kind, _, value = authorization.partition(" ")
    known = form.get("client_id", ""), form.get("client_secret", "")
    if kind.lower() == "basic":
        try:
            id_, _, secret = base64.b64decode(value).decode().partition(":")
        except ValueError:
            id_, secret = "", ""
        known = id_, secret
    if known != (CLIENT_ID, CLIENT_SECRET):
        raise OAuthRefused("invalid_client", 401)


class Grants:
    """Answers token requests of the app."""

    def __init__(self, tokens: Tokens, codes: Codes, id_tokens: IdTokens) -> None:
        self._tokens = tokens
        self._codes = codes
        self._id_tokens = id_tokens

    def answer(self, form: Form) -> Granted:
        """What a token request brings. Raises OAuthRefused."""
        kinds: dict[str, Callable[[Form], Granted]] = {
            "authorization_code": self._exchanged,
            "refresh_token": self._refreshed,
        }
        kind = form.get("grant_type", "")
        if kind not in kinds:
            raise OAuthRefused("unsupported_grant_type" if kind else "invalid_request")
        return kinds[kind](form)

    def _exchanged(self, form: Form) -> Granted:
        code, redirect_uri = _required(form, "code"), _required(form, "redirect_uri")
        grant = self._codes.redeem(code, redirect_uri, form.get("code_verifier", ""))
        body = self._tokens.connected(grant.realm, grant.scope)
        if "openid" in grant.scope.split():
            body["id_token"] = self._id_tokens.signed(grant.realm)
        return grant.realm, body

    def _refreshed(self, form: Form) -> Granted:
        return self._tokens.refreshed(_required(form, "refresh_token"))


def _required(form: Form, name: str) -> str:
    value = form.get(name, "")
    if not value:
        raise OAuthRefused("invalid_request")
    return value
