"""What goes wrong in a seed: drawn before each try, so that the same seed meets the same trouble at the same call.

The sandbox's own orders disturb calls over HTTP; time-outs, the ledger's and the process's troubles are `Fate`'s (a
client that really waits for an answer would make every seed minutes long). Not ordered here, because the end is
then another one and rightly so: `other_tax` (another total is an exception for a person).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from include.sandbox.faults import Fault
from tests.chaos.fate import Fate, Late
from tests.chaos.world import World

QUICKBOOKS: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503, "body": "html"},
    {"kind": "status", "status": 503, "after_commit": True},
    {"kind": "html", "status": 502},
    {"kind": "empty"},
    {"kind": "not_json"},
    {"kind": "not_json", "after_commit": True},
    {"kind": "unauthorized", "why": "expired"},
    {"kind": "unauthorized", "why": "malformed"},
    {"kind": "unauthorized", "why": "revoked"},
    {"kind": "forbidden"},
    {"kind": "throttle_json"},
    {"kind": "throttle_xml"},
    {"kind": "throttle_lower"},
    {"kind": "drop_before"},
    {"kind": "drop_after_commit"},
    {"kind": "truncated"},
    {"kind": "clock_skew", "skew_seconds": 240},
    {"kind": "clock_skew", "skew_seconds": -240},
    {"kind": "late_visibility", "seconds": 60},
    {"kind": "cdc_overflow"},
)
BATCHES: tuple[dict[str, Any], ...] = (
    {"kind": "drop_after_commit", "match": {"operation": "batch"}},
    {"kind": "status", "status": 500, "after_commit": True, "match": {"operation": "batch"}},
    {"kind": "status", "status": 504, "match": {"operation": "batch"}},
    {"kind": "not_json", "after_commit": True, "match": {"operation": "batch"}},
    {"kind": "truncated", "match": {"operation": "batch"}},
    {"kind": "throttle_json", "match": {"operation": "batch"}},
    {"kind": "drop_before", "match": {"operation": "batch"}},
    {"kind": "item_fault", "code": "6000", "match": {"operation": "create"}},
    {"kind": "item_fault", "code": "3001", "match": {"operation": "create"}},
    {"kind": "item_fault", "code": "610", "match": {"operation": "create"}},
    {"kind": "stale", "match": {"operation": "create"}},
    {"kind": "partial_batch", "items": 1},
    {"kind": "replay_failure"},
)
FORGETFUL: tuple[dict[str, Any], ...] = ({"kind": "forget_requestid"},)
"""A repeated request id executes again, against Intuit's promise: harmless only where numbers are unique."""
SIGN_IN: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 503, "match": {"operation": "token"}},
    {"kind": "drop_before", "match": {"operation": "token"}},
    {"kind": "drop_after_commit", "match": {"operation": "token"}},
    {"kind": "not_json", "after_commit": True, "match": {"operation": "token"}},
)
SYNCTA: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503, "after_commit": True},
    {"kind": "html"},
    {"kind": "empty"},
    {"kind": "not_json"},
    {"kind": "not_json", "after_commit": True},
    {"kind": "unauthorized"},
    {"kind": "throttle_json", "retry_after": 2},
    {"kind": "throttle_json"},
    {"kind": "drop_before"},
    {"kind": "drop_after_commit"},
    {"kind": "drop_after_commit", "match": {"operation": "create"}},
    {"kind": "drop_after_commit", "match": {"operation": "paid"}},
    {"kind": "truncated"},
    {"kind": "clock_skew", "skew_seconds": 240},
    {"kind": "clock_skew", "skew_seconds": -240},
)


@dataclass
class Trouble:
    """Draws what goes wrong. `much` is how much of it, from 0 (nothing) to 1."""

    chance: random.Random
    world: World
    much: float
    late: Late = field(default_factory=Late)
    ordered: int = 0

    def before_run(self) -> None:
        """Order faults of the two systems for the next calls."""
        for _ in range(self.chance.choice((0, 1, 1, 2, 3)) if self.chance.random() < self.much else 0):
            kinds, system = self._kinds()
            after = self.chance.randrange(12) if self.chance.random() < 0.7 else 0
            order = {**self.chance.choice(kinds), "after": after, "count": self.chance.choice((1, 1, 1, 2, 3, 5))}
            self.world.store.faults.order(system, Fault.from_json(order, system))
            self.ordered += order["count"]

    def happened(self) -> int:
        """How many of the ordered faults befell a call since this was asked last; to be asked at rest."""
        number, self.ordered = self.ordered, 0
        return number

    def _kinds(self) -> tuple[Sequence[dict[str, Any]], str]:
        batches = BATCHES
        if self.world.company.document_number != "quickbooks_assigns":
            batches += FORGETFUL
        kinds = ((QUICKBOOKS, "quickbooks"), (batches, "quickbooks"), (SIGN_IN, "quickbooks"), (SYNCTA, "syncta"))
        return self.chance.choices(kinds, (4, 5, 1, 4))[0]

    def fate(self, task: str, acts: Iterable[Callable[[], None]] = (), *, may_die: bool = True) -> Fate:
        """The fate of one try of a task."""
        chance, fate = self.chance, Fate(late=self.late)
        if chance.random() >= self.much * 0.5:
            return fate
        what = chance.random()
        if what < 0.45 and may_die:
            fate.die_at = chance.randrange(TOUCHES.get(task, 12))
        elif what < 0.65:
            fate.away_at = {chance.randint(1, 6): chance.choice(("begin", "commit", "answer"))}
        elif what < 0.85:
            fate.time_outs = {n: chance.choice(("before", "after", "late")) for n in chance.sample(range(1, 9), 2)}
        fate.meanwhile = {chance.randint(1, 5): act for act in acts}
        return fate

    def rest(self) -> None:
        """Everything that was ordered is over; what was under way has arrived."""
        for system in ("quickbooks", "syncta"):
            self.ordered -= sum(one.get("count") or 0 for one in self.world.store.faults.waiting(system))
            self.world.store.faults.clear(system)
        self.late.all_arrive()


TOUCHES = {"poll": 16, "extract_customers": 24, "extract_invoices": 24, "load_to_syncta": 60, "load_to_quickbooks": 40}
"""About how many touches a task has; a process that is to die at a later one lives."""
