"""Which error is worth another try, and when: one mapping from `include.errors` to Airflow's retry policy."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from include.errors import CompanyIsBusy, PersonNeeded, RateLimited, RecordRejected, StopAndLook, TemporaryOutage

RETRIES = 6

RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=RateLimited,
            action=RetryAction.RETRY,
            retry_delay=timedelta(seconds=90),
            reason="The system asked for fewer calls.",
        ),
        RetryRule(
            exception=TemporaryOutage,
            action=RetryAction.RETRY,
            retry_delay=timedelta(seconds=60),
            reason="The system was out of reach; what was sent is asked for again under its own id.",
        ),
        RetryRule(
            exception=CompanyIsBusy,
            action=RetryAction.RETRY,
            retry_delay=timedelta(seconds=300),
            reason="Another run of the company is writing, or one that died holds its lease for two minutes.",
        ),
        RetryRule(exception=PersonNeeded, action=RetryAction.FAIL, reason="A person has to change something first."),
        RetryRule(exception=StopAndLook, action=RetryAction.FAIL, reason="The data look wrong; nothing was written."),
        RetryRule(exception=RecordRejected, action=RetryAction.FAIL, reason="A record was refused."),
    ]
)
