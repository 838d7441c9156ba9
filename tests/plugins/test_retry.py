"""Which errors are worth another try."""

from __future__ import annotations

import pytest
from airflow.sdk import RetryAction

from include import errors
from include.errors import RecordRejected, SyncError
from syncta_quickbooks.retry import RETRY_POLICY

AGAIN = {errors.RateLimited: 90, errors.TemporaryOutage: 60, errors.CompanyIsBusy: 300}


def every_error(kind: type[SyncError] = SyncError) -> list[type[SyncError]]:
    """All errors of the sync that have no more special ones."""
    below = kind.__subclasses__()
    return [kind] if not below else [one for child in below for one in every_error(child)]


def decision(error: SyncError) -> tuple[RetryAction, float | None]:
    made = RETRY_POLICY.evaluate(error, 1, 4)
    return made.action, made.retry_delay.total_seconds() if made.retry_delay else None


@pytest.mark.parametrize("kind", every_error(errors.TryAgainLater))
def test_what_may_work_later_is_tried_again(kind: type[SyncError]) -> None:
    delay = next(seconds for base, seconds in AGAIN.items() if issubclass(kind, base))
    assert decision(kind("later")) == (RetryAction.RETRY, delay)


@pytest.mark.parametrize("kind", [*every_error(errors.PersonNeeded), *every_error(errors.StopAndLook)])
def test_what_a_person_must_mend_fails_at_once(kind: type[SyncError]) -> None:
    assert decision(kind("mend it")) == (RetryAction.FAIL, None)


def test_a_refused_record_that_was_not_held_fails_at_once() -> None:
    assert decision(RecordRejected("no", "number_taken")) == (RetryAction.FAIL, None)


def test_anything_else_follows_airflows_own_rule() -> None:
    assert RETRY_POLICY.evaluate(ValueError("a bug"), 1, 4).action is RetryAction.DEFAULT


def test_the_policy_survives_serialisation() -> None:
    assert type(RETRY_POLICY).deserialize(RETRY_POLICY.serialize()).serialize() == RETRY_POLICY.serialize()
