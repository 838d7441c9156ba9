"""The sandbox's own time: one clock for both systems, so that a test can move both at once."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypedDict

LATEST = dt.datetime(9000, 1, 1, tzinfo=dt.UTC).timestamp()
_reading: ContextVar[str] = ContextVar("reading", default="")
"""The system whose clock is read: each HTTP call reads its own system's."""
_shown_ahead: ContextVar[float] = ContextVar("shown_ahead", default=0.0)
"""Seconds by which one call's answer shows another time than its system's."""


class ClockState(TypedDict, total=False):
    """What is kept of the clock: seconds ahead of the machine's, or the moment it stands at; `skew` by system."""

    ahead: float
    stands_at: float | None
    skew: dict[str, float]


class Clock:
    """Runs on from wherever it was set, across restarts, or stands still when frozen."""

    def __init__(self, state: ClockState | None, save: Callable[[ClockState], None]) -> None:
        self._save = save
        self.load(state)

    def load(self, state: ClockState | None) -> None:
        """Go by a state that was kept; None is the machine's own time."""
        self._state: ClockState = {"ahead": 0.0, "stands_at": None, "skew": {}, **(state or {})}

    def now(self) -> dt.datetime:
        """The sandbox's time, aware, in UTC; inside a call to one system that system's time."""
        stands_at = self._state["stands_at"]
        seconds = self.running() if stands_at is None else stands_at
        return dt.datetime.fromtimestamp(seconds + self.skew(_reading.get()), dt.UTC)

    def shown(self) -> dt.datetime:
        """The time an answer shows: `now()`, unless "clock_skew" was ordered for the call."""
        return self.now() + dt.timedelta(seconds=_shown_ahead.get())

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._state["stands_at"] is not None

    def running(self) -> float:
        """Seconds that always pass: as the clock was set and moved, but never standing still. Limits go by these."""
        return time.time() + self._state["ahead"]

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

    def skew(self, system: str) -> float:
        """Seconds by which one system's clock is ahead of the sandbox's."""
        return self._state["skew"].get(system, 0.0)

    def set_skew(self, system: str, seconds: float) -> None:
        """Let one system's clock run `seconds` ahead (behind when negative) until it is set to 0."""
        self._change({"skew": {**self._state["skew"], system: seconds}})

    @contextmanager
    def read_by(self, system: str) -> Iterator[None]:
        """Inside, the time is that of one system; for this thread or task only."""
        token = _reading.set(system)
        try:
            yield
        finally:
            _reading.reset(token)

    @contextmanager
    def shown_ahead(self, seconds: float) -> Iterator[None]:
        """Inside, answers show a time that is `seconds` off; what is stored keeps the right one."""
        token = _shown_ahead.set(seconds)
        try:
            yield
        finally:
            _shown_ahead.reset(token)

    @contextmanager
    def at(self, moment: dt.datetime) -> Iterator[None]:
        """Let everything done inside happen at `moment`. For loading scenarios: it moves the clock for everybody."""
        before = self._state
        self._state = {"ahead": 0.0, "stands_at": moment.timestamp(), "skew": before["skew"]}
        try:
            yield
        finally:
            self._state = before

    def restart(self) -> None:
        """Back to the machine's own time, for both systems."""
        self._change({"ahead": 0.0, "stands_at": None, "skew": {}})

    def _change(self, change: ClockState) -> None:
        """Go by the changed state from now on. Raises ValueError where a system's calendar would end."""
        state: ClockState = {**self._state, **change}
        stands_at = state["stands_at"]
        base = time.time() + state["ahead"] if stands_at is None else stands_at
        if not all(0 <= base + skew <= LATEST for skew in (0.0, *state["skew"].values())):
            raise ValueError("the clock runs from 1970 to 9000")
        self._state = state
        self._save(state)
