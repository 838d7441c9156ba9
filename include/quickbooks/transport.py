"""How calls travel: python-quickbooks with `process_request`, the one point all its calls pass, replaced.

The library keeps URLs, parameters and content types; time-outs, sign-in, retries, typed errors, call counts and the
log of `intuit_tid` are done here (docs/decisions/0003). It is given a plain requests session: requests-oauthlib would
refuse the sandbox's loopback address. An answer that reaches the library is always 2xx JSON without a fault.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import requests
from quickbooks import QuickBooks  # type: ignore[import-untyped]  # it ships no types
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from include.errors import RateLimited, ReconnectNeeded, SyncError, TemporaryOutage, TryAgainLater
from include.quickbooks.auth import Access, no_answer
from include.quickbooks.faults import DEFAULT_WAIT, Fault, SignInRefused, error_for, read_faults

log = logging.getLogger(__name__)

MINOR_VERSION = 75
APPLICATION_ERROR = "10000"
"""QuickBooks itself failed, not a gateway in front of it (reference §8.2)."""
READ_TRIES = 3
SPREAD = 15.0
"""Seconds by which a pause grows at random where QuickBooks does not say how long it is."""
LONGEST_WAIT = 120.0
"""Seconds a read waits in place when QuickBooks asks for a pause; a longer pause is the caller's to keep."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request as the library builds it. `kind` is its class: query, cdc, batch, companyinfo, invoice…"""

    kind: str
    method: str
    url: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    body: bytes

    @property
    def reads(self) -> bool:
        """Whether it may be repeated freely."""
        return self.method == "GET" or self.kind == "query"


class Gate(Protocol):
    """Where a call waits for its turn: QuickBooks limits what a company asks in a second, a minute and a month."""

    def enter(self, kind: str, *, metered: bool) -> None:
        """Return when a call of this kind may be made. Raises BudgetSpent or RateLimited if it may not."""

    def hold_back(self, seconds: float) -> None:
        """QuickBooks asked for a pause of so many seconds."""


class OpenGate:
    """Lets everything through at once."""

    def enter(self, kind: str, *, metered: bool) -> None:
        """Nothing is waited for."""

    def hold_back(self, seconds: float) -> None:
        """Nothing is remembered."""


class Bearer(AuthBase):
    """Sets the Authorization header last, so that no ~/.netrc entry for the host replaces it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Transport(QuickBooks):  # type: ignore[misc]  # its base is untyped
    """The library's client for one company, on this project's own transport.

    Raises the errors of include/errors.py only. Reads are tried up to three times on outages and on pauses of at most
    two minutes; a write is sent once, again only after a 401, which says that it was not looked at.
    """

    def __new__(cls, *_args: object, **_options: object) -> Transport:
        """The library configures its instances here, not in `__init__`."""
        instance: Transport = super().__new__(cls, minorversion=MINOR_VERSION, use_decimal=True)
        return instance

    def __init__(
        self,
        api_url: str,
        realm_id: str,
        access: Access,
        *,
        session: requests.Session,
        timeout: tuple[float, float],
        calls: Counter[str],
        gate: Gate,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.company_id = realm_id
        self.session = session
        self._api_url = api_url
        self._access = access
        self._timeout = timeout
        self._calls = calls
        self._gate = gate
        self._sleep = sleep

    @property
    def api_url(self) -> str:
        """Replaces the library's two fixed addresses."""
        return self._api_url

    def process_request(
        self, request_type: str, url: str, headers: Any = None, params: Any = None, data: Any = None
    ) -> requests.Response:
        """Send one call of the library; the answer is sound, everything else is raised."""
        body = data.encode() if isinstance(data, str) else b""
        call = Call(self._kind(url), request_type, url, dict(headers or {}), dict(params or {}), body)
        return self._signed_in(call)

    def _signed_in(self, call: Call) -> requests.Response:
        """Send it; where the token is refused, renew it once and send it once more. Renewing itself is never
        repeated, so retries are within."""
        send = self._reading if call.reads else self._send
        token = self._access.token()
        try:
            return send(call, token)
        except SignInRefused:
            token = self._access.renewed(stale=token)
        try:
            return send(call, token)
        except SignInRefused:
            raise ReconnectNeeded(
                "reconnect_needed: QuickBooks refuses a fresh access token. Connect to QuickBooks again."
            ) from None

    def _reading(self, call: Call, token: str) -> requests.Response:
        retrying = Retrying(
            stop=stop_after_attempt(READ_TRIES),
            wait=_pause,
            retry=retry_if_exception(_worth_another_try),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(self._send, call, token)

    def _send(self, call: Call, token: str) -> requests.Response:
        # Intuit meters what is read; writes are free.
        self._gate.enter(call.kind, metered=call.reads)
        self._calls[call.kind] += 1
        try:
            answer: requests.Response = self.session.request(
                call.method,
                call.url,
                headers=call.headers,
                params=call.params,
                data=call.body or None,
                auth=Bearer(token),
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise no_answer(f"QuickBooks gave no answer to {call.kind}", error) from None
        answer.encoding = "utf-8"
        faults = read_faults(answer.text)
        problem = _problem(answer, faults)
        if problem is None:
            return answer
        if isinstance(problem, TemporaryOutage):
            problem.answered = any(fault.code == APPLICATION_ERROR for fault in faults)
        if isinstance(problem, RateLimited):
            problem.retry_after = problem.retry_after or DEFAULT_WAIT + _chance(SPREAD)
            self._gate.hold_back(problem.retry_after)
        codes, tid = [fault.code for fault in faults], answer.headers.get("intuit_tid", "")
        log.warning("QuickBooks answered %s to %s (codes %s, intuit_tid %s)", answer.status_code, call.kind, codes, tid)
        raise problem

    def _kind(self, url: str) -> str:
        path = url.removeprefix(f"{self._api_url}/company/{self.company_id}/")
        return path.split("/")[0]


def _problem(answer: requests.Response, faults: tuple[Fault, ...]) -> SyncError | None:
    """What is wrong with an answer; None for a 2xx with a JSON object that bears no fault."""
    if faults or not 200 <= answer.status_code < 300:
        return error_for(answer.status_code, answer.headers, faults)
    try:
        sound = isinstance(json.loads(answer.text), dict)
    except ValueError:
        sound = False
    return None if sound else TemporaryOutage("QuickBooks answered with something that is not its JSON.")


def _worth_another_try(error: BaseException) -> bool:
    return isinstance(error, RateLimited | TemporaryOutage) and (error.retry_after or 0) <= LONGEST_WAIT


def _pause(state: RetryCallState) -> float:
    """Seconds before the next try: as told, else about half a second, then about one."""
    error = state.outcome.exception() if state.outcome else None
    told = error.retry_after if isinstance(error, TryAgainLater) else None
    return (0.5 * state.attempt_number if told is None else told) + _chance(0.5)


def _chance(most: float) -> float:
    return random.uniform(0, most)  # noqa: S311  # spreads retries, keeps no secret
