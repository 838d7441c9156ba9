"""Who may call a company: the gateway looks at the access token before anything else does (reference 8.1)."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from include.sandbox.quickbooks.catalog.company import realms_of
from include.sandbox.quickbooks.connect.oauth import ACCOUNTING, Tokens
from include.sandbox.store import Store

SHORTEST, LONGEST = 100, 4096


class Denied(NamedTuple):
    """Why a call does not get through, in the gateway's words."""

    status: int
    message: str
    code: str
    kind: str
    detail: str


EXPIRED = Denied(401, "AuthenticationFailed", "3200", "AUTHENTICATION", "Token expired")
MALFORMED = EXPIRED._replace(detail="Malformed bearer token: too short or too long")
MISSING = Denied(401, "EmptyField", "3202", "AUTHENTICATION", "oauth_token")
FORBIDDEN = Denied(403, "AuthorizationFailed", "3100", "SERVICE", "")


def denied(store: Store, tokens: Tokens, authorization: str, realm: str) -> Denied | None:
    """What keeps a call out of a company: no token, a bad one (401), or one for something else (403)."""
    token = bearer_token(authorization)
    if not token:
        return MISSING
    if not SHORTEST <= len(token) <= LONGEST:
        return MALFORMED
    opened = tokens.realm_of(token)
    if opened is None:
        return EXPIRED._replace(detail=f"{EXPIRED.detail}: AB01{hashlib.sha256(token.encode()).hexdigest()[:46]}")
    if opened != realm or realm not in realms_of(store) or ACCOUNTING not in tokens.scopes_of(realm):
        return FORBIDDEN
    return None


def bearer_token(authorization: str) -> str:
    """The token in an `Authorization` header, "" when there is none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
