"""Tokens: connections made, refreshed with rotation, ended (reference, section 1).

A refresh token keeps its value for a day; the first refresh after that changes it, and the value before stays good
for another day, so that a lost answer does not end the connection. Five years after a person connected, the
connection ends for good. Times run by the sandbox's clock.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

from include.sandbox.store import Store

TABLES = """
CREATE TABLE IF NOT EXISTS qb_token (
    value TEXT PRIMARY KEY, realm TEXT NOT NULL, kind TEXT NOT NULL, issued REAL NOT NULL, expires REAL NOT NULL,
    replaced REAL
);
CREATE TABLE IF NOT EXISTS qb_connection (realm TEXT PRIMARY KEY, since REAL NOT NULL, scope TEXT NOT NULL);
"""
CLIENT_ID = "ABsandboxClientIdForLoopbackOnly0123456789"
CLIENT_SECRET = "sandbox-client-secret-for-loopback-only"  # noqa: S105 - opens nothing but the sandbox
FIVE_YEARS = 5 * 365 * 86400
SETTING = "qb_oauth"
ACCOUNTING = "com.intuit.quickbooks.accounting"
SCOPES = {
    ACCOUNTING: "Read and change customers, invoices, payments and everything else in the company's books",
    "com.intuit.quickbooks.payment": "Take payments by card and from bank accounts",
    "openid": "Know who you are",
    "profile": "See your name",
    "email": "See your email address",
    "phone": "See your phone number",
    "address": "See your address",
}
"""What an app can ask for, in the words of the consent page."""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """In seconds. `rotate_after` is how long a refresh token keeps its value, `overlap` how long the old one works,
    `hard` how long a connection lives however often it is refreshed, `code` how long a code can be exchanged."""

    access: int = 3600
    refresh: int = 8726400
    rotate_after: int = 86400
    overlap: int = 86400
    hard: int = FIVE_YEARS
    code: int = 300


class OAuthRefused(Exception):
    """The token endpoint says no, in OAuth's words."""

    def __init__(self, error: str, status: int = 400, description: str = "") -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error} | ({"error_description": description} if description else {})


class Tokens:
    """All connections and tokens of all companies."""

    def __init__(self, store: Store) -> None:
        store.define(TABLES)
        self._store = store

    @property
    def lifetimes(self) -> Lifetimes:
        """How long tokens live."""
        return Lifetimes(**(self._store.setting(SETTING) or {}))

    def set_lifetimes(self, **changes: int) -> Lifetimes:
        """Change lifetimes from now on; `hard` also of the connections there are.

        Raises TypeError for unknown ones, ValueError for what is no number of seconds.
        """
        changed = Lifetimes(**{**asdict(self.lifetimes), **changes})
        if any(type(seconds) is not int or seconds < 0 for seconds in changes.values()):
            raise ValueError("a lifetime is a whole number of seconds")
        self._store.put_setting(SETTING, asdict(changed))
        return changed

    def access_for(self, realm: str) -> str:
        """A live access token of a company, a new one when there is none."""
        return self._live(realm, "access") or self._issue(realm, "access", self._now() + self.lifetimes.access)

    def refresh_for(self, realm: str) -> str:
        """The refresh token of a company as it is now; connects the company when it is not connected."""
        live = None if self._has_ended(realm, None) else self._live(realm, "refresh")
        return live or self._connect(realm, " ".join(SCOPES))

    def realm_of(self, access_token: str) -> str | None:
        """The company an access token opens, or None when it is unknown or expired."""
        row = self._store.row(
            "SELECT realm FROM qb_token WHERE value = ? AND kind = 'access' AND expires > ?", access_token, self._now()
        )
        return None if row is None else str(row["realm"])

    def scopes_of(self, realm: str) -> frozenset[str]:
        """What the person who connected a company has agreed to."""
        row = self._store.row("SELECT scope FROM qb_connection WHERE realm = ?", realm)
        return frozenset(SCOPES if row is None else row["scope"].split())

    def connected(self, realm: str, scope: str) -> dict[str, Any]:
        """Connect a company, anew if it is connected: the answer to its code. A refresh token from before works on
        for the overlap."""
        with self._store.transaction():
            refresh = self._connect(realm, scope)
            return self._answer(realm, refresh)

    def refreshed(self, value: str) -> tuple[str, dict[str, Any]]:
        """The company and the answer to a refresh token. Raises OAuthRefused."""
        with self._store.transaction():
            row = self._store.row("SELECT * FROM qb_token WHERE value = ? AND kind = 'refresh'", value)
            if row is not None and not row["expires"]:
                raise OAuthRefused("invalid_grant", description="Token invalid")
            if row is None or row["expires"] <= self._now() or self._has_ended(row["realm"], row["replaced"]):
                raise OAuthRefused("invalid_grant", description="Incorrect or invalid refresh token")
            return row["realm"], self._answer(row["realm"], self._rotated(row["realm"]))

    def revoke(self, value: str) -> bool:
        """End the whole connection a token belongs to; False when there never was such a token."""
        row = self._store.row("SELECT realm FROM qb_token WHERE value = ?", value)
        if row is not None:
            self.forget(row["realm"])
        return row is not None

    def forget(self, realm: str, kind: str = "") -> None:
        """Make a company's tokens worthless; `kind` "access" or "refresh" spares the other kind."""
        with self._store.transaction() as db:
            db.execute(
                "UPDATE qb_token SET expires = 0 WHERE realm = ? AND kind IN (?, ?)",
                (realm, kind or "access", kind or "refresh"),
            )
            if not kind:
                db.execute("DELETE FROM qb_connection WHERE realm = ?", (realm,))

    def hard_seconds(self, realm: str) -> int:
        """Seconds until the connection ends for good, five years after it was made."""
        return int(self._hard_end(realm) - self._now())

    def _answer(self, realm: str, refresh: str) -> dict[str, Any]:
        lifetimes, now = self.lifetimes, self._now()
        until = min(now + lifetimes.refresh, self._hard_end(realm))
        with self._store.transaction() as db:
            db.execute("UPDATE qb_token SET expires = ? WHERE value = ?", (until, refresh))
        return {
            "x_refresh_token_expires_in": int(until - now),
            "refresh_token": refresh,
            "access_token": self._issue(realm, "access", now + lifetimes.access),
            "token_type": "bearer",
            "expires_in": lifetimes.access,
        }

    def _connect(self, realm: str, scope: str) -> str:
        with self._store.transaction() as db:
            now = self._now()
            db.execute("INSERT OR REPLACE INTO qb_connection VALUES (?, ?, ?)", (realm, now, scope))
            return self._replaced(realm)

    def _rotated(self, realm: str) -> str:
        """The refresh token as it is from now on: another one when it has had its value for long enough."""
        refresh = self.refresh_for(realm)
        row = self._store.row("SELECT issued FROM qb_token WHERE value = ?", refresh)
        is_old = row is not None and self._now() - row["issued"] >= self.lifetimes.rotate_after
        return self._replaced(realm) if is_old else refresh

    def _replaced(self, realm: str) -> str:
        """A new refresh token; the one before it goes by its overlap from now on."""
        now = self._now()
        with self._store.transaction() as db:
            db.execute(
                "UPDATE qb_token SET replaced = ? WHERE realm = ? AND kind = 'refresh' AND replaced IS NULL",
                (now, realm),
            )
            return self._issue(realm, "refresh", min(now + self.lifetimes.refresh, self._hard_end(realm)))

    def _issue(self, realm: str, kind: str, until: float) -> str:
        """A new token; its value follows from the realm and its number, so a reset brings the same again."""
        number = self._store.next_number(f"{realm}:{kind}_tokens")
        digest = hashlib.sha256(f"{realm}:{kind}:{number}".encode()).hexdigest()
        value = f"eyJ{digest * 4}" if kind == "access" else f"AB11{digest[:46]}"
        with self._store.transaction() as db:
            db.execute("INSERT INTO qb_token VALUES (?, ?, ?, ?, ?, NULL)", (value, realm, kind, self._now(), until))
        return value

    def _live(self, realm: str, kind: str) -> str | None:
        row = self._store.row(
            "SELECT value FROM qb_token WHERE realm = ? AND kind = ? AND expires > ? AND replaced IS NULL "
            "ORDER BY issued DESC, rowid DESC",
            realm,
            kind,
            self._now(),
        )
        return None if row is None else str(row["value"])

    def _has_ended(self, realm: str, replaced: float | None) -> bool:
        """Whether a token's overlap or the whole connection is over."""
        now = self._now()
        return now >= self._hard_end(realm) or (replaced is not None and now - replaced >= self.lifetimes.overlap)

    def _hard_end(self, realm: str) -> float:
        row = self._store.row("SELECT since FROM qb_connection WHERE realm = ?", realm)
        return (self._now() if row is None else row["since"]) + self.lifetimes.hard

    def _now(self) -> float:
        return self._store.now().timestamp()
