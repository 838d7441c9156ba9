"""QuickBooks' tokens, encrypted, refreshed by one process at a time and saved before first use (protocol 3.8)."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Connection, or_, select, update

from include.errors import CompanyIsBusy, LedgerNotReady
from include.ledger.database import Ledger, clock, locking, upsert
from include.ledger.leases import renewing
from include.ledger.tables import SCOPE, of, scoped, tokens
from include.records import Scope
from include.tokens import Tokens

TURN = dt.timedelta(seconds=60)
WAIT_SECONDS = 90.0
POLL_SECONDS = 0.2


class LedgerTokenStore:
    """The tokens of one company. `key` is a Fernet key, or several with commas: the first encrypts, all decrypt."""

    def __init__(self, ledger: Ledger, key: str, scope: Scope) -> None:
        self._ledger, self._scope = ledger, scope
        try:
            self._fernet = MultiFernet([Fernet(part.strip()) for part in key.split(",")])
        except ValueError:
            raise LedgerNotReady("SYNC_LEDGER_KEY is missing or not a Fernet key; tokens cannot be kept.") from None
        self._owner = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"

    def load(self) -> Tokens | None:
        """The tokens saved last; None if none were. `LedgerNotReady` if they were encrypted with another key."""
        with self._ledger.reading() as conn:
            sealed = conn.execute(select(tokens.c.sealed).where(of(tokens, self._scope))).scalar_one_or_none()
        return None if sealed is None else self._open(sealed)

    def refresh(self, turn: Callable[[Tokens | None], Tokens], *, stale: str | None) -> Tokens:
        """New tokens: `turn`'s, saved before they are returned, or those another process saved meanwhile.

        `stale` is the access token that no longer works. No transaction is open while `turn` asks QuickBooks.
        `CompanyIsBusy` if another process keeps its turn for longer than 90 seconds.
        """
        with self._turn():
            current = self.load()
            if current and current.access_token != stale:
                return current
            return self._save(turn(current))

    def mark_reconnect_needed(self, reason: str) -> None:
        """Remember that a person must connect again; new tokens clear it."""
        with self._ledger.writing() as conn:
            self._ensure_row(conn)
            conn.execute(update(tokens).where(of(tokens, self._scope)).values(reconnect_needed=reason))

    def reconnect_needed(self) -> str:
        """Why a person must connect again; empty if nobody must."""
        with self._ledger.reading() as conn:
            found = conn.execute(select(tokens.c.reconnect_needed).where(of(tokens, self._scope)))
            return found.scalar_one_or_none() or ""

    @contextmanager
    def _turn(self) -> Iterator[None]:
        until = time.monotonic() + WAIT_SECONDS
        while not self._take():
            if time.monotonic() > until:
                raise CompanyIsBusy("Another process is signing in to QuickBooks for this company; try again later.")
            time.sleep(POLL_SECONDS)
        try:
            # Signing in may take longer than a turn; a second process must not start meanwhile.
            with renewing(lambda: self._set_owner(self._owner, TURN), every=TURN / 3):
                yield
        finally:
            self._set_owner("", None)

    def _set_owner(self, owner: str, turn: dt.timedelta | None) -> bool:
        """Renew the turn or give it back; False if it went to another process."""
        with self._ledger.writing() as conn:
            until = clock(conn) + turn if turn else None
            mine = (of(tokens, self._scope), tokens.c.owner == self._owner)
            return bool(conn.execute(update(tokens).where(*mine).values(owner=owner, owned_until=until)).rowcount)

    def _take(self) -> bool:
        with self._ledger.writing() as conn:
            self._ensure_row(conn)
            now = clock(conn)
            free = or_(tokens.c.owner == "", tokens.c.owned_until < now)
            values = {"owner": self._owner, "owned_until": now + TURN}
            return bool(conn.execute(update(tokens).where(of(tokens, self._scope), free).values(**values)).rowcount)

    def _save(self, fresh: Tokens) -> Tokens:
        """Save and give back the newer of these and those in the ledger.

        They differ only if this process slept through its turn and another one signed in meanwhile.
        """
        with self._ledger.writing() as conn:
            row = conn.execute(
                locking(conn, select(tokens.c.sealed, tokens.c.owner).where(of(tokens, self._scope)))
            ).one()
            if row.owner != self._owner and row.sealed:
                stored = self._open(row.sealed)
                if stored.access_expires_at > fresh.access_expires_at:
                    return stored
            values = {"sealed": self._seal(fresh), "reconnect_needed": ""}
            conn.execute(update(tokens).where(of(tokens, self._scope)).values(**values))
        return fresh

    def _ensure_row(self, conn: Connection) -> None:
        upsert(conn, tokens, [scoped(self._scope)], unique=SCOPE)

    def _seal(self, fresh: Tokens) -> bytes:
        times = (fresh.access_expires_at, fresh.refresh_expires_at, fresh.hard_expires_at)
        body = [fresh.access_token, fresh.refresh_token, *(t.isoformat() if t else None for t in times)]
        return self._fernet.encrypt(json.dumps(body).encode())

    def _open(self, sealed: bytes) -> Tokens:
        try:
            access, refresh, *times = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise LedgerNotReady(
                "The tokens in the ledger were encrypted with another SYNC_LEDGER_KEY. Put the old key back beside it."
            ) from None
        access_until, refresh_until, hard_until = (dt.datetime.fromisoformat(t) if t else None for t in times)
        if access_until is None or refresh_until is None:
            raise LedgerNotReady("The tokens in the ledger are incomplete. Connect to QuickBooks again.")
        return Tokens(access, refresh, access_until, refresh_until, hard_until)
