"""The sandbox's own time: one clock for both systems, so that a test can move both at once."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypedDict


class ClockState(TypedDict):
    """What is kept of the clock: seconds ahead of the machine's, or the moment it stands at."""

    ahead: float
    stands_at: float | None


class Clock:
    """Runs on from wherever it was set, across restarts, or stands still when frozen."""

    def __init__(self, state: ClockState | None, save: Callable[[ClockState], None]) -> None:
        self._save = save
        self.load(state)

    def load(self, state: ClockState | None) -> None:
        """Go by a state that was kept; None is the machine's own time."""
        self._state: ClockState = state or {"ahead": 0.0, "stands_at": None}

    def now(self) -> dt.datetime:
        """The sandbox's time, aware, in UTC."""
        stands_at = self._state["stands_at"]
        seconds = time.time() + self._state["ahead"] if stands_at is None else stands_at
        return dt.datetime.fromtimestamp(seconds, dt.UTC)

    def set(self, moment: dt.datetime) -> None:
        """Put the clock to an aware `moment`; it runs on from there."""
        self._change({"ahead": moment.timestamp() - time.time(), "stands_at": None})

    def freeze(self, moment: dt.datetime) -> None:
        """Let the clock stand at `moment` until it is set again."""
        self._change({"ahead": moment.timestamp() - time.time(), "stands_at": moment.timestamp()})

    def advance(self, by: dt.timedelta) -> None:
        """Move the clock (backwards when negative); a frozen clock stays frozen."""
        stands_at = self._state["stands_at"]
        moved = None if stands_at is None else stands_at + by.total_seconds()
        self._change({"ahead": self._state["ahead"] + by.total_seconds(), "stands_at": moved})

    @contextmanager
    def at(self, moment: dt.datetime) -> Iterator[None]:
        """Let everything done inside happen at `moment`. For loading scenarios: it moves the clock for everybody."""
        before = self._state
        self._state = {"ahead": 0.0, "stands_at": moment.timestamp()}
        try:
            yield
        finally:
            self._state = before

    def restart(self) -> None:
        """Back to the machine's own time."""
        self._change({"ahead": 0.0, "stands_at": None})

    def _change(self, state: ClockState) -> None:
        self._state = state
        self._save(state)
