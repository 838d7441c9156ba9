"""Signing in to QuickBooks: credentials, and access tokens that are renewed by one process at a time.

The token endpoint is called here directly (python-quickbooks would refresh in its constructor and lose the rotated
refresh token). Intuit may rotate the refresh token with every call, so that call is never repeated by itself, and what
came back is saved by the store before anybody uses it (protocol 3.8).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import requests
from requests.auth import HTTPBasicAuth

from include.errors import (
    ConnectionMissing,
    ContractBroken,
    CredentialsRejected,
    RateLimited,
    ReconnectNeeded,
    SyncError,
    TemporaryOutage,
)
from include.quickbooks.faults import DEFAULT_WAIT, SignInRefused
from include.retry_after import retry_after
from include.tokens import Tokens, TokenStore

log = logging.getLogger(__name__)

LEEWAY = dt.timedelta(minutes=5)
"""An access token is renewed this long before it ends: no call may meet its end half-way."""

HOSTS = {
    "production": "https://quickbooks.api.intuit.com",
    "sandbox": "https://sandbox-quickbooks.api.intuit.com",
}
TOKEN_URLS = {
    "production": "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
    "sandbox": "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
}
"""As the discovery document of each environment names it."""

ENDED = (
    "reconnect_needed: QuickBooks has ended the connection (invalid_grant). Connect to QuickBooks again and put the "
    "new refresh token into the connection."
)
NOT_CONNECTED = "reconnect_needed: QuickBooks is not connected yet: the connection holds no refresh token."
WITH_HARD_EXPIRY = "x-include-refresh-token-hard-expires-in"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An app's access to one company. `""` as address means Intuit's own for the environment.

    `refresh_token` seeds an empty token store, and takes over when the stored one has ended: that is how a person
    connects again. Raises ConnectionMissing naming the fields that are absent. Its repr shows no secret.
    """

    client_id: str
    client_secret: str = field(repr=False)
    realm_id: str
    environment: str
    base_url: str = ""
    token_url: str = ""
    refresh_token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        needed = ("client_id", "client_secret", "realm_id")
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            raise ConnectionMissing(f"The QuickBooks connection lacks {', '.join(missing)}.")
        if self.environment not in HOSTS:
            raise ConnectionMissing("The QuickBooks connection's environment is neither sandbox nor production.")

    @property
    def api_url(self) -> str:
        """Where the accounting API begins, ending in /v3."""
        host = (self.base_url or HOSTS[self.environment]).rstrip("/")
        return host if host.endswith("/v3") else f"{host}/v3"

    @property
    def token_endpoint(self) -> str:
        """Where tokens are renewed."""
        return self.token_url or TOKEN_URLS[self.environment]


class Access(Protocol):
    """Where a call takes its access token from."""

    def token(self) -> str:
        """A token to call with."""

    def renewed(self, stale: str) -> str:
        """Another token, after `stale` was refused."""


class RenewingAccess:
    """Access that renews its token when it nears its end or was refused.

    Raises ReconnectNeeded when QuickBooks accepts no refresh token any more, CredentialsRejected when it does not
    accept the app, TemporaryOutage when there is no answer.
    """

    def __init__(self, store: TokenStore, ask: Callable[[str], Tokens], seed: str = "") -> None:
        self._store = store
        self._ask = ask
        self._seed = seed
        self._held: Tokens | None = None

    def token(self) -> str:
        """The stored access token, renewed if it has less than LEEWAY left."""
        if self._held is None:
            self._check_grant()
        held = self._held or self._store.load()
        if held is None or held.access_expires_at - dt.datetime.now(dt.UTC) < LEEWAY:
            return self._renew(held.access_token if held else None)
        self._held = held
        return held.access_token

    def renewed(self, stale: str) -> str:
        """A token other than `stale`: what another process saved meanwhile, or a new one."""
        return self._renew(stale)

    def _renew(self, stale: str | None) -> str:
        self._held = None
        self._check_grant()
        self._held = self._store.refresh(self._turn, stale=stale)
        return self._held.access_token

    def _check_grant(self) -> None:
        """Raises GrantEnded if Intuit ended the grant before and nobody has connected again: it is not asked twice."""
        if self._store.reconnect_needed() == self._ended:
            raise GrantEnded(ENDED)

    @property
    def _ended(self) -> str:
        """What is remembered of an ended grant: for which of the connection's refresh tokens, as a fingerprint. With
        another one in the connection, Intuit is asked again."""
        return f"invalid_grant {hashlib.sha256(self._seed.encode()).hexdigest()[:16]}"

    def _turn(self, current: Tokens | None) -> Tokens:
        """One exchange, under the store's lock: nobody else can sign in before an ended grant is noted."""
        try:
            return self._exchange(current)
        except GrantEnded:
            self._store.mark_reconnect_needed(self._ended)
            raise

    def _exchange(self, current: Tokens | None) -> Tokens:
        if current is None and not self._seed:
            raise ReconnectNeeded(NOT_CONNECTED)
        if current is None:
            return self._ask(self._seed)
        try:
            return self._ask(current.refresh_token)
        except GrantEnded:
            if self._seed in {"", current.refresh_token}:
                raise
            log.info("QuickBooks ended the stored sign-in; the connection's refresh token takes over")
            return self._ask(self._seed)


class SavedAccess:
    """Access by the saved token only; nothing is ever renewed. For the Test button (reference airflow §5)."""

    def __init__(self, saved: Tokens) -> None:
        self._saved = saved

    def token(self) -> str:
        """The saved access token as it is."""
        return self._saved.access_token

    def renewed(self, stale: str) -> str:
        """Never: raises SignInRefused."""
        raise SignInRefused("QuickBooks does not accept the saved access token; the next run renews it.")


class GrantEnded(ReconnectNeeded):
    """Intuit does not accept the refresh token any more (`invalid_grant`); terminal."""


def exchange(
    connection: Credentials, refresh_token: str, session: requests.Session, timeout: tuple[float, float]
) -> Tokens:
    """One call of the token endpoint. Never repeated by itself: a second call may meet an already rotated token."""
    try:
        answer = session.post(
            connection.token_endpoint,
            data={"grant_type": "refresh_token", "refresh_token": refresh_token},
            auth=HTTPBasicAuth(connection.client_id.encode(), connection.client_secret.encode()),
            headers={"Accept": "application/json", WITH_HARD_EXPIRY: "true"},
            timeout=timeout,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise no_answer("QuickBooks' sign-in service gave no answer", error) from None
    body = _json(answer)
    if answer.status_code != requests.codes.ok:
        tid = answer.headers.get("intuit_tid", "")
        log.warning("QuickBooks' sign-in service answered %s (intuit_tid %s)", answer.status_code, tid)
        raise _refusal(answer, str(body.get("error") or ""))
    log.info("Signed in to QuickBooks anew")
    return _tokens(body)


def no_answer(what: str, error: requests.RequestException) -> SyncError:
    """The error of a call that got no answer. Nothing of `error` is passed on: it may hold addresses and headers."""
    if isinstance(error, ValueError):
        return ConnectionMissing("An address in the QuickBooks connection is not a web address. Correct it.")
    return TemporaryOutage(f"{what} ({type(error).__name__}); check its address.")


def _refusal(answer: requests.Response, error: str) -> SyncError:
    if error == "invalid_grant":
        return GrantEnded(ENDED)
    if error in {"invalid_client", "unauthorized_client"} or answer.status_code in {401, 403}:
        return CredentialsRejected("QuickBooks does not accept the client id or secret. Correct the connection.")
    if answer.status_code == requests.codes.too_many_requests:
        return RateLimited("QuickBooks' sign-in service asks for a pause.", retry_after(answer.headers) or DEFAULT_WAIT)
    if answer.status_code >= requests.codes.server_error:
        words = f"QuickBooks' sign-in service is out of order (status {answer.status_code})."
        return TemporaryOutage(words, retry_after(answer.headers))
    return ContractBroken(f"QuickBooks' sign-in service gave an unknown answer (status {answer.status_code}).")


def _tokens(body: Mapping[str, Any]) -> Tokens:
    now = dt.datetime.now(dt.UTC)
    try:
        hard = body.get("x_refresh_token_hard_expires_in")
        return Tokens(
            access_token=_secret(body["access_token"]),
            refresh_token=_secret(body["refresh_token"]),
            access_expires_at=now + dt.timedelta(seconds=int(body["expires_in"])),
            refresh_expires_at=now + dt.timedelta(seconds=int(body["x_refresh_token_expires_in"])),
            hard_expires_at=now + dt.timedelta(seconds=int(hard)) if hard else None,
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ContractBroken("QuickBooks' sign-in service answered without usable tokens.") from None


def _secret(value: object) -> str:
    """A token fit for a header; one that is not would be quoted by the error that refuses it."""
    if not isinstance(value, str) or not re.fullmatch(r"[!-~]+", value):
        raise ValueError
    return value


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
