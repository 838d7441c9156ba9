"""Where a process touches the world: the ledger's transactions and both ends of every HTTP call.

At a touch the process may be killed, the ledger may be away, people may act, or another process may have its turn.
Touches are counted, so that the same seed meets the same fate at the same point.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from include.ledger.database import Ledger

Send = Callable[[], None]


@dataclass
class Late:
    """Calls that the client gave up on and that arrive all the same: after so many further calls, or when time
    passes. They wait here for a whole seed."""

    waiting: list[tuple[int, Send]] = field(default_factory=list)

    def another_call(self) -> None:
        """One more call is about to be made."""
        due = [send for left, send in self.waiting if left <= 0]
        self.waiting = [(left - 1, send) for left, send in self.waiting if left > 0]
        for send in due:
            send()

    def all_arrive(self) -> None:
        """None of them is under way for longer than a minute."""
        waiting, self.waiting = self.waiting, []
        for _, send in waiting:
            send()


@dataclass
class Fate:
    """What happens to one process. Indexes count this process's touches, its ledger transactions and its calls."""

    die_at: int | None = None
    away_at: Mapping[int, str] = field(default_factory=dict)
    """Ledger transaction → "begin", "commit" (nothing was kept) or "answer" (it was kept, nobody heard)."""
    time_outs: Mapping[int, str] = field(default_factory=dict)
    """Call → "before" (it never arrived), "after" (it was carried out) or "late" (it is carried out later)."""
    meanwhile: Mapping[int, Callable[[], None]] = field(default_factory=dict)
    """Call → what people do just before it."""
    die: Callable[[], None] = lambda: None
    turn: Callable[[], None] = lambda: None
    late: Late = field(default_factory=Late)
    touches: int = 0
    transactions: int = 0
    calls: int = 0
    happened: list[str] = field(default_factory=list)
    inside: int = 0

    def touch(self, point: str) -> None:
        """A point is reached."""
        if not self.inside:
            self.turn()
        self.touches += 1
        if self.die_at is not None and self.touches > self.die_at:
            self.happened.append(f"killed at {point}")
            self.die()


class FatefulLedger:
    """A ledger on which every transaction's begin and end is a touch."""

    def __init__(self, ledger: Ledger, fate: Fate) -> None:
        self._ledger, self._fate = ledger, fate

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        self._fate.touch("ledger: read")
        with self._ledger.reading() as conn:
            yield conn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        fate = self._fate
        fate.touch("ledger: begin")
        fate.transactions += 1
        away = fate.away_at.get(fate.transactions, "")
        if away:
            fate.happened.append(f"ledger away at {away}")
        if away == "begin":
            raise _locked()
        fate.inside += 1
        try:
            with self._ledger.writing() as conn:
                yield conn
                fate.touch("ledger: before commit")
                if away == "commit":
                    raise _locked()
        finally:
            fate.inside -= 1
        fate.touch("ledger: after commit")
        if away == "answer":
            raise _locked()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)


def _locked() -> OperationalError:
    return OperationalError("COMMIT", None, Exception("database is locked"))


class FatefulCalls(HTTPAdapter):
    """Carries the calls of one client; both ends of each are touches."""

    def __init__(self, fate: Fate) -> None:
        super().__init__()
        self._fate = fate

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        fate = self._fate
        fate.touch(f"before {request.method}")
        fate.calls += 1
        fate.late.another_call()
        if fate.calls in fate.meanwhile:
            fate.happened.append("people act")
            fate.meanwhile[fate.calls]()
        time_out = fate.time_outs.get(fate.calls, "")
        if time_out:
            fate.happened.append(f"time-out {time_out} {request.method}")
            return self._gives_up(time_out, request, *args, **options)
        answer = super().send(request, *args, **options)
        fate.touch(f"after {request.method}")
        return answer

    def _gives_up(self, how: str, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """What a client sees when no answer comes in time, without waiting for it."""

        def carry_out() -> None:
            try:
                HTTPAdapter().send(request, *args, **options).close()
            except requests.RequestException:
                return  # an outage was ordered for it: it is lost, as others are

        if how == "after":
            carry_out()
        elif how == "late":
            self._fate.late.waiting.append((self._fate.calls % 5, carry_out))
        raise requests.ReadTimeout("no answer in time")


class Turns:
    """Lets one of several threads run at a time and hands over by chance at touches: the same order every time."""

    def __init__(self, chance: random.Random, number: int) -> None:
        self._chance, self._alive = chance, list(range(number))
        self._whose = chance.choice(self._alive)
        self._changed = threading.Condition()

    def wait(self, me: int) -> None:
        """Until it is this one's turn."""
        with self._changed:
            self._changed.wait_for(lambda: self._whose == me)

    def pass_on(self, me: int) -> None:
        """Whoever's turn it is now, perhaps the same again."""
        with self._changed:
            if self._chance.random() < 0.5:
                self._whose = self._chance.choice(self._alive)
                self._changed.notify_all()
            self._changed.wait_for(lambda: self._whose == me)

    def end(self, me: int) -> None:
        """This one is done."""
        with self._changed:
            self._alive.remove(me)
            if self._alive:
                self._whose = self._chance.choice(self._alive)
            self._changed.notify_all()
