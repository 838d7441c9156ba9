"""How much a client may ask: off unless it is switched on, so that tests written for a slower service can run.

Windows slide. They go by machine time and by every move of the sandbox's clock, but never stand still: a frozen clock
keeps nobody waiting, and a test moves the clock by a minute instead of waiting one. Refused calls do not count.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from include.sandbox.store import Store

SETTING = "limits"
CONCURRENT = "concurrent"
CONCURRENT_WAIT = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """So many calls within `seconds`; of one `kind`, or of all kinds when it is ""."""

    seconds: float
    kind: str = ""


WINDOWS = {
    "requests_per_second": Window(1),
    "requests_per_minute": Window(60),
    "batches_per_minute": Window(60, "batch"),
    "realm_batches_per_minute": Window(60, "batch"),
    "emails_per_day": Window(86400, "send"),
}
NUMBERS = {
    "quickbooks": (*WINDOWS, CONCURRENT, "core_plus_per_month", "requestid_seconds"),
    "syncta": ("requests_per_second", "requests_per_minute", CONCURRENT),
}
BODIES = ("xml", "json", "lower")
OFF: dict[str, Any] = {"body": "xml", "retry_after": False, "blocked_month": None}
PRESETS: dict[str, dict[str, Any]] = {
    "off": {},
    "intuit": {
        "requests_per_second": 10,
        "requests_per_minute": 500,
        "batches_per_minute": 40,
        "realm_batches_per_minute": 120,
        CONCURRENT: 10,
        "emails_per_day": 40,
        "core_plus_per_month": 500_000,
    },
}
"""What Intuit publishes (reference, section 9); its Builder tier for the month."""


class Limits:
    """The limits of both systems and what has been used of them. Safe for several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._used: dict[tuple[str, str, str], deque[float]] = defaultdict(deque)
        self._open: Counter[tuple[str, str]] = Counter()
        self._settings: dict[str, dict[str, Any]] = store.setting(SETTING) or {}

    def of(self, system: str) -> dict[str, Any]:
        """What holds for one system: every limit by name (None is no limit), and how a refusal looks."""
        return {**dict.fromkeys(NUMBERS[system]), **OFF, **self._settings.get(system, {})}

    def change(self, system: str, wish: Mapping[str, Any], *, month: str) -> None:
        """Change limits: those named, or with "preset" all of them. `{"block_month": true}` uses up `month` at once.

        Raises ValueError, in one line, for what is no limit.
        """
        preset = wish.get("preset", "")
        for name, value in wish.items():
            _check(system, name, value)
        changes = {name: value for name, value in wish.items() if name not in ("preset", "block_month")}
        if "block_month" in wish:
            changes["blocked_month"] = month if wish["block_month"] else None
        before = {} if preset else self._settings.get(system, {})
        self._settings = {**self._settings, system: {**before, **PRESETS.get(preset, {}), **changes}}
        self.save()

    def save(self) -> None:
        """Write the settings down (again, when the store was emptied)."""
        self._store.put_setting(SETTING, self._settings)

    def enter(self, system: str, realm: str, kind: str) -> float:
        """Admit one call, to be ended with `leave`: 0.0. Else the seconds until it may be tried again."""
        now, limits = self._store.clock.running(), self.of(system)
        with self._lock:
            most = limits[CONCURRENT]
            if most is not None and self._open[system, realm] >= most:
                return CONCURRENT_WAIT
            counted = [
                (name, window)
                for name, window in WINDOWS.items()
                if limits.get(name) is not None and window.kind in ("", kind)
            ]
            waits = [self._wait((system, realm, name), window, limits[name], now) for name, window in counted]
            if any(waits):
                return max(waits)
            for name, _ in counted:
                self._used[system, realm, name].append(now)
            self._open[system, realm] += 1
            return 0.0

    def leave(self, system: str, realm: str) -> None:
        """The call has ended."""
        with self._lock:
            self._open[system, realm] -= 1

    def left(self, system: str) -> dict[str, dict[str, int]]:
        """Company → what is left of each limit that is switched on; companies that have called only."""
        now, limits, found = self._store.clock.running(), self.of(system), defaultdict[str, dict[str, int]](dict)
        with self._lock:
            for (of, realm, name), used in self._used.items():
                if of == system and limits.get(name) is not None:
                    _forget_old(used, WINDOWS[name], now)
                    found[realm][name] = max(0, limits[name] - len(used))
        return found

    def month_is_used_up(self, month: str) -> bool:
        """Whether QuickBooks' metered calls are refused until the next month."""
        limits = self.of("quickbooks")
        most = limits["core_plus_per_month"]
        if limits["blocked_month"] == month:
            return True
        return most is not None and self._store.meter.charged("quickbooks", "core_plus", month) >= most

    def _wait(self, key: tuple[str, str, str], window: Window, most: int, now: float) -> float:
        used = self._used[key]
        _forget_old(used, window, now)
        if len(used) < most:
            return 0.0
        return used[-most] + window.seconds - now if most else window.seconds


def _forget_old(used: deque[float], window: Window, now: float) -> None:
    """Drop calls before the window, and those from a time to which the clock has been put back."""
    while used and not now - window.seconds < used[0] <= now:
        used.popleft()


def _check(system: str, name: str, value: object) -> None:
    presets = [each for each in PRESETS if system == "quickbooks" or each == "off"]
    choices = {"preset": presets, "body": BODIES if system == "quickbooks" else ()}
    if choices.get(name):
        sound, words = value in choices[name], f"one of {', '.join(choices[name])}"
    elif name == "retry_after" or (name == "block_month" and system == "quickbooks"):
        sound, words = isinstance(value, bool), "true or false"
    elif name in NUMBERS[system]:
        sound = value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)
        words = "a whole number from 0, or null for no limit"
    else:
        raise ValueError(f"{name} is no limit; there are {', '.join((*NUMBERS[system], *choices, 'retry_after'))}")
    if not sound:
        raise ValueError(f"{name} must be {words}")
