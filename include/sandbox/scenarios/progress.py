"""Tells on standard error how far a long load is; a short one says nothing."""

from __future__ import annotations

import sys
import time

PAUSE_SECONDS = 5


class Progress:
    """Counts what is done of one kind."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total = what, total
        self._next = time.monotonic() + PAUSE_SECONDS

    def at(self, done: int) -> None:
        """So many are done. Says so every few seconds."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + PAUSE_SECONDS
            sys.stderr.write(f"Loading: {done:,} of {self._total:,} {self._what}\n")
            sys.stderr.flush()
