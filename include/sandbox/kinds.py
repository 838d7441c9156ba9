"""Every fault that can be ordered, as data: where it happens, what the order may say, what it takes otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

WHOLE_CALL = "whole call"
INSIDE = "inside"
BOTH = frozenset({"quickbooks", "syncta"})
QUICKBOOKS = frozenset({"quickbooks"})
ALWAYS = frozenset({"kind", "match", "count", "after", "probability", "seed"})
ANSWER = frozenset({"status", "retry_after", "after_commit"})
SECONDS = frozenset({"seconds"})
MATCHED = ("operation", "entity", "path")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault: at the whole HTTP call or inside the system, for which systems, with which keys."""

    where: str
    systems: frozenset[str]
    keys: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)


KINDS: dict[str, Kind] = {
    # answers instead of the system's own; with after_commit the call is executed first
    "status": Kind(WHOLE_CALL, BOTH, ANSWER | {"body"}, {"status": 503, "body": "empty"}),
    "html": Kind(WHOLE_CALL, BOTH, ANSWER, {"status": 502}),
    "empty": Kind(WHOLE_CALL, BOTH, ANSWER, {"status": 200}),
    "not_json": Kind(WHOLE_CALL, BOTH, ANSWER, {"status": 200}),
    "unauthorized": Kind(WHOLE_CALL, BOTH, ANSWER | {"why"}, {"status": 401, "why": "expired"}),
    "forbidden": Kind(WHOLE_CALL, BOTH, ANSWER, {"status": 403}),
    "throttle_xml": Kind(WHOLE_CALL, QUICKBOOKS, ANSWER, {"status": 429}),
    "throttle_json": Kind(WHOLE_CALL, BOTH, ANSWER, {"status": 429}),
    "throttle_lower": Kind(WHOLE_CALL, QUICKBOOKS, ANSWER, {"status": 429}),
    # the connection and the time an answer takes
    "drop_before": Kind(WHOLE_CALL, BOTH),
    "drop_after_commit": Kind(WHOLE_CALL, BOTH),
    "hang": Kind(WHOLE_CALL, BOTH, frozenset({"after_commit"})),
    "late_commit": Kind(WHOLE_CALL, BOTH, SECONDS, {"seconds": 0.0}),
    "truncated": Kind(WHOLE_CALL, BOTH),
    "slow": Kind(WHOLE_CALL, BOTH, SECONDS, {"seconds": 1.0}),
    "clock_skew": Kind(WHOLE_CALL, BOTH, frozenset({"skew_seconds"}), {"skew_seconds": 300.0}),
    # inside QuickBooks
    "item_fault": Kind(INSIDE, QUICKBOOKS, frozenset({"code"}), {"code": "6000"}),
    "stale": Kind(INSIDE, QUICKBOOKS),
    "bumped": Kind(INSIDE, QUICKBOOKS),
    "other_tax": Kind(INSIDE, QUICKBOOKS, frozenset({"amount"}), {"amount": 0.01}),
    "late_visibility": Kind(INSIDE, QUICKBOOKS, SECONDS, {"seconds": 60.0}),
    "slow_item": Kind(INSIDE, QUICKBOOKS, SECONDS, {"seconds": 1.0}),
    "partial_batch": Kind(INSIDE, QUICKBOOKS, frozenset({"items"}), {"items": 1}),
    "forget_requestid": Kind(INSIDE, QUICKBOOKS),
    "replay_failure": Kind(INSIDE, QUICKBOOKS),
    "cdc_overflow": Kind(INSIDE, QUICKBOOKS),
}
OF_WHOLE_CALL = frozenset(name for name, kind in KINDS.items() if kind.where == WHOLE_CALL)


def _whole(least: int, most: int = 10**9) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _number(least: float, most: float) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _one_of(*words: object) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str | bool) and value in words


def _matches(value: object) -> bool:
    return isinstance(value, dict) and set(value) <= set(MATCHED) and all(isinstance(v, str) for v in value.values())


CHECKS: dict[str, tuple[Callable[[object], bool], str]] = {
    "match": (_matches, "an object of texts: operation, entity, path"),
    "count": (_whole(1), "a whole number from 1"),
    "after": (_whole(0), "a whole number from 0"),
    "probability": (_number(0, 1), "a number between 0 and 1"),
    "seed": (_whole(-(10**9)), "a whole number"),
    "status": (_whole(200, 599), "an HTTP status between 200 and 599"),
    "body": (_one_of("empty", "html", "json"), "empty, html or json"),
    "why": (_one_of("expired", "malformed", "revoked"), "expired, malformed or revoked"),
    "after_commit": (_one_of(True, False), "true or false"),
    "code": (lambda value: isinstance(value, str) and value.isdecimal(), "the digits of a fault code, as text"),
    "retry_after": (_whole(0), "a whole number of seconds from 0"),
    "seconds": (_number(0, 86400), "a number of seconds between 0 and 86400"),
    "skew_seconds": (_number(-1e9, 1e9), "a number of seconds"),
    "items": (_whole(0, 30), "a whole number between 0 and 30"),
    "amount": (_number(-1e9, 1e9), "a number"),
}


def problem_with(order: Mapping[str, Any], system: str) -> str:
    """What is wrong with an order, in one line; "" when it is sound."""
    names = sorted(name for name, kind in KINDS.items() if system in kind.systems)
    if order.get("kind") not in names:
        return f"kind must be one of {', '.join(names)}"
    unknown = sorted(set(order) - ALWAYS - KINDS[order["kind"]].keys)
    if unknown:
        return f"{order['kind']} does not take {', '.join(unknown)}"
    for name, value in order.items():
        sound, words = CHECKS.get(name, (lambda _: True, ""))
        if not sound(value):
            return f"{name} must be {words}"
    return ""
