"""One call to Syncta: tried again where that helps, and its refusals as errors named by their remedy."""

from __future__ import annotations

import re
from typing import Any

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from include.errors import (
    ConnectionMissing,
    ContractBroken,
    CredentialsRejected,
    RateLimited,
    RecordRejected,
    StaleRecord,
    SyncError,
    TemporaryOutage,
    TryAgainLater,
)
from include.retry_after import retry_after

TRIES = 3
LONGEST_WAIT = 30.0
"""Seconds; a longer Retry-After is left to Airflow's own retry."""
_BACKOFF = wait_random_exponential(multiplier=0.2, max=3)


def send(session: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
    """The answer to a call that was accepted. Raises the errors of `include.errors` for everything else."""
    tries = Retrying(
        stop=stop_after_attempt(TRIES),
        wait=_wait,
        retry=retry_if_exception_type(TryAgainLater),
        before_sleep=_give_up_if_too_long,
        reraise=True,
    )
    answer: requests.Response = tries(_once, session, method, url, options)
    return answer


def body_of(answer: requests.Response) -> dict[str, Any]:
    """The JSON object of an answer; ContractBroken if it is none."""
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        raise ContractBroken(f"Syncta answered {answer.status_code} with something that is not JSON.") from None
    if not isinstance(body, dict):
        raise ContractBroken("Syncta answered with JSON that is not an object.")
    return body


def _once(session: requests.Session, method: str, url: str, options: dict[str, Any]) -> requests.Response:
    try:
        answer = session.request(method, url, allow_redirects=False, **options)
    except requests.RequestException as error:
        raise _no_answer(error) from None
    except UnicodeEncodeError:
        raise RecordRejected("A text cannot be sent to Syncta.", "text_unreadable") from None
    if not answer.ok or answer.is_redirect:
        raise _refusal(answer)
    return answer


def _no_answer(error: requests.RequestException) -> SyncError:
    """The error of a call that got no answer. Nothing of `error` is passed on: it may hold addresses and headers."""
    if isinstance(error, requests.exceptions.SSLError):
        return CredentialsRejected("Syncta's certificate is not accepted. Check host and schema.")
    if isinstance(error, ValueError):
        return ConnectionMissing("Host, schema or API key of the Syncta connection cannot be used. Correct them.")
    kind = type(error).__name__
    return TemporaryOutage(f"Syncta cannot be reached or did not answer ({kind}). Check host, port and network.")


def _refusal(answer: requests.Response) -> SyncError:
    """The error for a status; nothing of the body but the field's name is told: it may hold personal data."""
    status = answer.status_code
    if status in (401, 403):
        return CredentialsRejected("Syncta does not accept the API key. Correct the connection's password.")
    if status == 429:
        return RateLimited("Syncta asks for fewer calls.", retry_after(answer.headers))
    if status >= 500 or status == 408:
        return TemporaryOutage(f"Syncta has a fault of its own (status {status}).", retry_after(answer.headers))
    if status in (404, 410, 412):
        return StaleRecord("The Syncta record changed or is gone since the plan was made.")
    if status in (409, 422):
        return RecordRejected("Syncta refuses the record.", "rejected_by_syncta", _culprit(answer))
    return ContractBroken(f"Syncta answered {status}, which the contract does not know. Check host and schema.")


def _culprit(answer: requests.Response) -> str:
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        return f"status {answer.status_code}"
    field = body.get("field") if isinstance(body, dict) else None
    name = re.sub(r"[^\w.\[\]-]", "", field)[:40] if isinstance(field, str) else ""
    return f"status {answer.status_code}, field {name}" if name else f"status {answer.status_code}"


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, TryAgainLater) and error.retry_after is not None:
        return error.retry_after
    return _BACKOFF(state)


def _give_up_if_too_long(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, TryAgainLater) and (error.retry_after or 0) > LONGEST_WAIT:
        raise error
