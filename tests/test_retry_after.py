"""How long to wait, as a header says it: seconds, a date, or nothing that can be read."""

from __future__ import annotations

import datetime as dt

import pytest

from include.retry_after import retry_after


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 120 ", 120.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("Mon, 02 Nov 2026 17:00:30 GMT", 30.0),
        ("Mon, 02 Nov 2026 16:00:00 GMT", 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    now = dt.datetime(2026, 11, 2, 17, tzinfo=dt.UTC)
    assert retry_after({"Retry-After": header}, now) == seconds
