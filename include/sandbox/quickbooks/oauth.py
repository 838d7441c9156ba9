"""Tokens: issued, refreshed with rotation, checked (reference, section 1).

A refresh token keeps its value for a day; the first refresh after that changes it, and the value before stays good
for another day, so that a lost answer does not end the connection. Times run by the sandbox's clock.
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
"""
CLIENT_ID = "ABsandboxClientIdForLoopbackOnly0123456789"
CLIENT_SECRET = "sandbox-client-secret-for-loopback-only"  # noqa: S105 - opens nothing but the sandbox
FIVE_YEARS = 5 * 365 * 86400
SETTING = "qb_oauth"


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """In seconds. `rotate_after` is how long a refresh token keeps its value, `overlap` how long the old one works."""

    access: int = 3600
    refresh: int = 8726400
    rotate_after: int = 86400
    overlap: int = 86400


class OAuthRefused(Exception):
    """The token endpoint says no, in OAuth's words."""

    def __init__(self, error: str, status: int = 400, description: str = "") -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error} | ({"error_description": description} if description else {})


class Tokens:
    """All tokens of all companies."""

    def __init__(self, store: Store) -> None:
        store.define(TABLES)
        self._store = store

    @property
    def lifetimes(self) -> Lifetimes:
        """How long tokens live."""
        return Lifetimes(**(self._store.setting(SETTING) or {}))

    def set_lifetimes(self, **changes: int) -> Lifetimes:
        """Change lifetimes from now on. Raises TypeError for unknown ones."""
        changed = Lifetimes(**{**asdict(self.lifetimes), **changes})
        self._store.put_setting(SETTING, asdict(changed))
        return changed

    def access_for(self, realm: str) -> str:
        """A live access token of a company, a new one when there is none."""
        return self._live(realm, "access") or self._issue(realm, "access", self.lifetimes.access)

    def refresh_for(self, realm: str) -> str:
        """The refresh token of a company as it is now."""
        return self._live(realm, "refresh") or self._issue(realm, "refresh", self.lifetimes.refresh)

    def realm_of(self, access_token: str) -> str | None:
        """The company an access token opens, or None when it is unknown or expired."""
        row = self._store.row(
            "SELECT realm FROM qb_token WHERE value = ? AND kind = 'access' AND expires > ?", access_token, self._now()
        )
        return None if row is None else str(row["realm"])

    def refreshed(self, form: dict[str, str], client: tuple[str, str]) -> tuple[str, dict[str, Any]]:
        """The company and the answer to a token request. Raises OAuthRefused."""
        if client != (CLIENT_ID, CLIENT_SECRET):
            raise OAuthRefused("invalid_client", 401)
        if form.get("grant_type") != "refresh_token":
            raise OAuthRefused("unsupported_grant_type" if form.get("grant_type") else "invalid_request")
        with self._store.transaction():
            row = self._store.row(
                "SELECT * FROM qb_token WHERE value = ? AND kind = 'refresh'", form.get("refresh_token", "")
            )
            if row is None or row["expires"] <= self._now() or self._overlap_ended(row["replaced"]):
                raise OAuthRefused("invalid_grant", description="Incorrect or invalid refresh token")
            return row["realm"], self._answer(row["realm"])

    def revoke(self, value: str) -> None:
        """End the whole connection a token belongs to."""
        row = self._store.row("SELECT realm FROM qb_token WHERE value = ?", value)
        if row is not None:
            self.forget(row["realm"])

    def forget(self, realm: str, kind: str = "") -> None:
        """Make a company's tokens worthless; `kind` "access" or "refresh" spares the other kind."""
        with self._store.transaction() as db:
            db.execute(
                "UPDATE qb_token SET expires = 0 WHERE realm = ? AND kind IN (?, ?)",
                (realm, kind or "access", kind or "refresh"),
            )

    def hard_seconds(self, realm: str) -> int:
        """Seconds until the connection ends for good, five years after it was made."""
        row = self._store.row("SELECT min(issued) AS first FROM qb_token WHERE realm = ?", realm)
        return int(FIVE_YEARS - (self._now() - row["first"])) if row else 0

    def _answer(self, realm: str) -> dict[str, Any]:
        lifetimes, now = self.lifetimes, self._now()
        refresh = self.refresh_for(realm)
        row = self._store.row("SELECT issued, expires FROM qb_token WHERE value = ?", refresh)
        if row is not None and now - row["issued"] >= lifetimes.rotate_after:
            with self._store.transaction() as db:
                db.execute("UPDATE qb_token SET replaced = ? WHERE value = ?", (now, refresh))
            refresh = self._issue(realm, "refresh", lifetimes.refresh)
        with self._store.transaction() as db:
            db.execute("UPDATE qb_token SET expires = ? WHERE value = ?", (now + lifetimes.refresh, refresh))
        return {
            "x_refresh_token_expires_in": lifetimes.refresh,
            "refresh_token": refresh,
            "access_token": self._issue(realm, "access", lifetimes.access),
            "token_type": "bearer",
            "expires_in": lifetimes.access,
        }

    def _issue(self, realm: str, kind: str, seconds: int) -> str:
        """A new token; its value follows from the realm and its number, so a reset brings the same again."""
        number = self._store.next_number(f"{realm}:{kind}_tokens")
        digest = hashlib.sha256(f"{realm}:{kind}:{number}".encode()).hexdigest()
        value = f"eyJ{digest * 4}" if kind == "access" else f"AB11{digest[:46]}"
        with self._store.transaction() as db:
            now = self._now()
            db.execute("INSERT INTO qb_token VALUES (?, ?, ?, ?, ?, NULL)", (value, realm, kind, now, now + seconds))
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

    def _overlap_ended(self, replaced: float | None) -> bool:
        return replaced is not None and self._now() - replaced >= self.lifetimes.overlap

    def _now(self) -> float:
        return self._store.now().timestamp()
