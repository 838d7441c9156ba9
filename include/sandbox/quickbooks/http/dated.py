"""The headers that every answer of QuickBooks carries beside `Date`: `intuit_tid`, `QBO-Version`."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable

VERSION = b"1512.462"


def intuit_headers() -> Callable[[dt.datetime], list[tuple[bytes, bytes]]]:
    """Makes the headers of one answer after the other; no two answers have the same `intuit_tid`."""
    count = itertools.count(1)

    def headers(now: dt.datetime) -> list[tuple[bytes, bytes]]:
        tid = f"1-{int(now.timestamp()):08x}-{next(count):024x}"
        return [(b"intuit_tid", tid.encode()), (b"qbo-version", VERSION)]

    return headers
