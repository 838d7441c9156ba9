"""Authorization codes: given out by the consent page, exchanged once within five minutes (reference 1.2)."""

from __future__ import annotations

import base64
import hashlib
from typing import NamedTuple

from include.sandbox.quickbooks.connect.oauth import OAuthRefused, Tokens
from include.sandbox.store import Store

TABLES = """
CREATE TABLE IF NOT EXISTS qb_code (
    value TEXT PRIMARY KEY, realm TEXT NOT NULL, scope TEXT NOT NULL, redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL, method TEXT NOT NULL, expires REAL NOT NULL
);
"""


class Grant(NamedTuple):
    """What a person has agreed to: the company, the scopes, and who may exchange the code for it.

    `challenge` is "" when the app gave none; `method` is "plain" or "S256" (RFC 7636).
    """

    realm: str
    scope: str
    redirect_uri: str
    challenge: str = ""
    method: str = "plain"


class Codes:
    """Codes that can still be exchanged."""

    def __init__(self, store: Store, tokens: Tokens) -> None:
        store.define(TABLES)
        self._store = store
        self._tokens = tokens

    def issue(self, grant: Grant) -> str:
        """A code for a grant; its value follows from the realm and its number, as tokens do."""
        with self._store.transaction() as db:
            number = self._store.next_number(f"{grant.realm}:codes")
            code = "AB11" + hashlib.sha256(f"{grant.realm}:code:{number}".encode()).hexdigest()[:46]
            until = self._store.now().timestamp() + self._tokens.lifetimes.code
            db.execute("INSERT INTO qb_code VALUES (?, ?, ?, ?, ?, ?, ?)", (code, *grant, until))
        return code

    def redeem(self, code: str, redirect_uri: str, verifier: str) -> Grant:
        """The grant of a code, which is used up by that. Raises OAuthRefused, which uses up nothing."""
        with self._store.transaction() as db:
            row = self._store.row("SELECT * FROM qb_code WHERE value = ?", code)
            if row is None or row["expires"] <= self._store.now().timestamp():
                raise OAuthRefused("invalid_grant")
            grant = Grant(**{name: row[name] for name in Grant._fields})
            if grant.redirect_uri != redirect_uri or not _fits(grant, verifier):
                raise OAuthRefused("invalid_grant")
            db.execute("DELETE FROM qb_code WHERE value = ?", (code,))
        return grant


def _fits(grant: Grant, verifier: str) -> bool:
    """Whether the verifier proves who asked for the code; nothing is asked when there was no challenge."""
    if grant.method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        verifier = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return not grant.challenge or verifier == grant.challenge
