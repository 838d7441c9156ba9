"""OpenID Connect: the key of this sandbox, id tokens signed with it, and the person they are about."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from include.sandbox.quickbooks.connect.oauth import CLIENT_ID
from include.sandbox.store import Store

SETTING = "qb_signing_key"
SECONDS = 3600
ISSUER = "https://oauth.platform.intuit.com/op/v1"
"""Intuit's own: a name, never called, and some clients know it by heart."""
USER = "1182d6ec-2a1f-4aa3-af3f-5a4db0e5b45a"
CLAIMS: dict[str, dict[str, Any]] = {
    "openid": {"sub": USER},
    "email": {"email": "bookkeeper@example.com", "emailVerified": True},
    "profile": {"givenName": "Sandra", "familyName": "Boxwell"},
    "phone": {"phoneNumber": "+1 5305550100", "phoneNumberVerified": False},
    "address": {
        "address": {
            "streetAddress": "1 Main Street",
            "locality": "Truckee",
            "region": "CA",
            "postalCode": "96161",
            "country": "US",
        }
    },
}
"""What each scope tells about the one person who uses this sandbox."""


def user_info(scopes: Collection[str]) -> dict[str, Any]:
    """What an app may know of the person, in Intuit's own (not OpenID's) names."""
    return {name: value for scope, claims in CLAIMS.items() if scope in scopes for name, value in claims.items()}


class IdTokens:
    """Signs with a key that is made at the first need and kept in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def signed(self, realm: str) -> str:
        """An id token, RS256, good for an hour of the sandbox's clock."""
        now = int(self._store.now().timestamp())
        claims = {
            "sub": USER,
            "aud": [CLIENT_ID],
            "realmid": realm,
            "auth_time": now,
            "iss": ISSUER,
            "exp": now + SECONDS,
            "iat": now,
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._key_id})

    def key_set(self) -> dict[str, Any]:
        """The JSON Web Key Set to check tokens with."""
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        shown = {name: value for name, value in public.items() if name in ("kty", "n", "e")}
        return {"keys": [{**shown, "kid": self._key_id, "alg": "RS256", "use": "sig"}]}

    @property
    def _key(self) -> RSAPrivateKey:
        with self._store.transaction():
            pem = self._store.setting(SETTING)
            if pem is None:
                key = generate_private_key(public_exponent=65537, key_size=2048)
                pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
                self._store.put_setting(SETTING, pem)
        loaded = load_pem_private_key(pem.encode(), password=None)
        assert isinstance(loaded, RSAPrivateKey)
        return loaded

    @property
    def _key_id(self) -> str:
        public = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.urlsafe_b64encode(hashlib.sha256(public).digest()).decode()[:20]
