"""One run of one company's sync: what every step of it is given."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from include.ledger.database import Ledger
from include.records import Scope
from include.settings import Company

_LONGEST_NAME = 120


class RunKind(StrEnum):
    """Everything by hand, the scheduled cycle, history by intervals (design 4, Windows), a run taken back, or the
    proof that it all adds up."""

    INITIAL = "initial"
    CYCLE = "cycle"
    BACKFILL = "backfill"
    UNDO = "undo"
    RECONCILE = "reconcile"


class Approval(StrEnum):
    """Whether a person approves the plan: always, never, or when it passes the company's thresholds."""

    ASK = "ask"
    NOT_NEEDED = "not_needed"
    THRESHOLDS = "thresholds"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run. The same values in every task of it, also when it is cleared and runs again.

    `window_start` and `window_end` are given for a backfill, and for a cycle only if a person asked for that window;
    the interval of a schedule is not a window (protocol 2.1). A time without zone is the company's. `push_history` asks
    that invoices created in that window are pushed although they became ready before go-live (R9). `patience` is how
    many seconds a load waits for another one of the company before it gives its worker back. `files` is
    any path object with `/`, `open`, `mkdir` and `exists`: pathlib's or Airflow's object storage path.
    """

    company: Company
    dag_id: str
    run_id: str
    kind: RunKind
    files: Any
    ledger: Ledger
    attempt: int = 1
    window_start: dt.datetime | None = None
    window_end: dt.datetime | None = None
    dry_run: bool = False
    push_history: bool = False
    patience: float = 0
    approval: Approval = Approval.THRESHOLDS

    def __post_init__(self) -> None:
        # Task code may pass the plain words that Airflow's params hold.
        object.__setattr__(self, "kind", RunKind(self.kind))
        object.__setattr__(self, "approval", Approval(self.approval))
        object.__setattr__(self, "window_start", self._aware(self.window_start))
        object.__setattr__(self, "window_end", self._aware(self.window_end))

    def _aware(self, moment: dt.datetime | None) -> dt.datetime | None:
        if moment is None or moment.tzinfo is not None:
            return moment
        return moment.replace(tzinfo=self.company.zone)

    @property
    def history(self) -> tuple[dt.datetime, dt.datetime] | None:
        """The window of creation whose old invoices are to be pushed; None where nobody asked for that."""
        if not self.push_history or self.window_start is None or self.window_end is None:
            return None
        return self.window_start, self.window_end

    @property
    def scope(self) -> Scope:
        """Whose books this run is about."""
        return self.company.scope

    @property
    def folder(self) -> Any:
        """Where this run's files are: the same path in every try, so that a retry overwrites them."""
        return folder_of(self.files, self.company.key, self.dag_id, self.run_id)


def folder_of(files: Any, company: str, dag_id: str, run_id: str) -> Any:
    """Where a run's files are; whatever the ids hold, it lies under `files` in the company's folder."""
    return files / company / _file_name(dag_id) / _file_name(run_id)


def _file_name(name: str) -> str:
    """A name that every file system and object store takes; other names stay other names."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", name)[:_LONGEST_NAME].lstrip(".")
    return safe if safe == name else f"{safe}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
