"""Everything that can go wrong, named by what the reader should do about it.

    SyncError
    ├── TryAgainLater            Airflow tries the task again
    │   ├── RateLimited          … after `retry_after` seconds
    │   ├── TemporaryOutage      … a time-out, a dropped connection, a 5xx
    │   └── CompanyIsBusy        … another run holds the company's lease
    ├── PersonNeeded             trying again cannot help; the task fails at once
    │   ├── SettingsInvalid      mend the settings file
    │   ├── ConnectionMissing    create or complete the Airflow connection
    │   ├── CredentialsRejected  correct the key or secret
    │   ├── ReconnectNeeded      connect to QuickBooks again
    │   ├── WrongCompany         the connection leads to other books than the settings name
    │   ├── UndoRefused          name a run that wrote something and is no undo itself
    │   ├── BudgetSpent          wait for the next month, or allow more metered reads
    │   ├── LedgerNotReady       run the migration
    │   ├── DecisionRefused      decide otherwise: it does not fit what is there now
    │   └── ContractBroken       the other side answered what its contract does not allow
    ├── StopAndLook              the data as a whole looks wrong; nothing was written
    │   ├── DamagedExtract       a read came back short, doubled or without ids
    │   ├── LooksRestored        a side shrank at once: a person says whether that is right
    │   ├── DoesNotReconcile     a month does not add up: the report names the records
    │   ├── QualityStop          a critical check failed
    │   └── PlanChanged          the plan is not the one that was approved
    └── RecordRejected           one record only: it becomes a hold
        └── StaleRecord          it changed since the plan was made: it returns to the next plan

The message is one sentence (two at most) for a person, without names, e-mails, amounts or tokens. This module
imports nothing: the retry policy names these classes when a DAG file is parsed.
"""

from __future__ import annotations


class SyncError(Exception):
    """Base of all errors of the sync."""


class TryAgainLater(SyncError):
    """The same call may work in a while; `retry_after` is in seconds, None where the system does not say."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RateLimited(TryAgainLater):
    """Too many requests."""


class TemporaryOutage(TryAgainLater):
    """No answer, a dropped connection or a server error. A write may or may not have happened.

    `answered`: the system itself answered with a fault of its own, so that it is no longer at work on the request.
    """

    answered = False


class CompanyIsBusy(TryAgainLater):
    """Another run of the same company is writing."""


class PersonNeeded(SyncError):
    """Somebody has to change something before this can work."""


class SettingsInvalid(PersonNeeded):
    """The settings file is wrong; the message lists every problem with its line."""


class ConnectionMissing(PersonNeeded):
    """An Airflow connection does not exist or lacks a field."""


class CredentialsRejected(PersonNeeded):
    """The system does not accept the key, id or secret."""


class ReconnectNeeded(PersonNeeded):
    """The connection to QuickBooks has ended and must be authorised again."""


class WrongCompany(PersonNeeded):
    """The connection leads to another company than the settings name (rules 1.2)."""


class UndoRefused(PersonNeeded):
    """What was asked to be undone is no run of this company, or was an undo itself."""


class BudgetSpent(PersonNeeded):
    """The month's metered reads are used up, by the project's own count (rules 7, `budget_spent`)."""


class LedgerNotReady(PersonNeeded):
    """The ledger cannot be opened or is not at this version of its tables."""


class DecisionRefused(PersonNeeded):
    """What a person wants to decide does not fit the records as they are; the message says what to do instead."""


class ContractBroken(PersonNeeded):
    """An answer that the system's contract does not allow, such as a page that is not JSON."""


class StopAndLook(SyncError):
    """The data as a whole looks wrong. Nothing was written; a person looks."""


class DamagedExtract(StopAndLook):
    """A read came back short, with doubled ids or without ids."""


class LooksRestored(StopAndLook):
    """So many known records of a side are gone at once that it may have been restored (rules 1.3)."""


class DoesNotReconcile(StopAndLook):
    """A month does not add up, or receivables differ without a reason (rules 6)."""


class QualityStop(StopAndLook):
    """A critical data-quality check failed."""


class PlanChanged(StopAndLook):
    """The plan file is not the plan that was made and approved."""


class RecordRejected(SyncError):
    """The system refuses one record. `reason` is the hold's reason code."""

    def __init__(self, message: str, reason: str, detail: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.detail = detail


class StaleRecord(RecordRejected):
    """The record changed on the other side since the plan was made, or is gone."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="superseded")
