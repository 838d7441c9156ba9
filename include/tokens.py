"""What both a client and the ledger must agree on about QuickBooks' tokens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Tokens:
    """One sign-in. Times are aware; the two secrets never show in `repr`."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires_at: dt.datetime
    refresh_expires_at: dt.datetime
    hard_expires_at: dt.datetime | None = None

    @property
    def ends_at(self) -> dt.datetime:
        """When a person must have connected again at the latest."""
        return min(self.refresh_expires_at, self.hard_expires_at or self.refresh_expires_at)


class TokenStore(Protocol):
    """Where tokens are kept between processes."""

    def load(self) -> Tokens | None:
        """The tokens saved last, None if none ever were."""

    def refresh(self, turn: Callable[[Tokens | None], Tokens], *, stale: str | None) -> Tokens:
        """New tokens, saved before they are returned.

        One process at a time calls `turn`; whoever waited gets what it saved, if that is no longer `stale`.
        """

    def mark_reconnect_needed(self, reason: str) -> None:
        """Remember that a person must connect to QuickBooks again."""

    def reconnect_needed(self) -> str:
        """The reason remembered; empty if nobody must. New tokens clear it."""
