"""What a decision would change: the plan as it is against the plan as it would be (rules 2.8).

Nothing is written for it. The numbers are those of the mirror as last read, so the next run may see more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from include.sync.decide.verbs import Proposal
from include.sync.decide.view import View, planned
from include.sync.rows import PlanRow
from include.sync.state import State


@dataclass(frozen=True, slots=True)
class Line:
    """Rows of one action and reason that are no longer planned, or planned instead. `amount` is None without money."""

    comes: bool
    action: str
    reason: str
    rows: tuple[PlanRow, ...]

    @property
    def amount(self) -> Decimal | None:
        """Their money together."""
        amounts = [row.amount for row in self.rows if row.amount is not None]
        return sum(amounts, Decimal(0)) if amounts else None


@dataclass(frozen=True, slots=True)
class Effect:
    """Plan rows that vanish and rows that come in their place; both empty: nothing changes."""

    gone: tuple[PlanRow, ...]
    new: tuple[PlanRow, ...]

    def lines(self) -> list[Line]:
        """By action and reason, what goes first."""
        return [*_lines(False, self.gone), *_lines(True, self.new)]

    def counts(self) -> dict[str, int]:
        """`-action.reason` and `+action.reason` → rows: fit for a log, without names and amounts."""
        return {f"{'+' if one.comes else '-'}{one.action}.{one.reason}": len(one.rows) for one in self.lines()}

    @property
    def digest(self) -> str:
        """What was shown is what is recorded: the same effect has the same digest."""
        body = json.dumps([sorted(map(_what, self.gone)), sorted(map(_what, self.new))])
        return hashlib.sha256(body.encode()).hexdigest()


def effect_of(view: View, proposal: Proposal) -> Effect:
    """The effect of a proposal on the plan."""
    before = {_what(row): row for row in view.plan.rows}
    after = {_what(row): row for row in planned(decided(view.state, proposal)).rows}
    gone = tuple(row for what, row in before.items() if what not in after)
    return Effect(gone, tuple(row for what, row in after.items() if what not in before))


def decided(state: State, proposal: Proposal) -> State:
    """The state as it will be once the proposal is recorded."""
    decisions = state.decisions
    if proposal.taken_back:
        decisions = decisions.without(proposal.taken_back)
    for one in proposal.decisions:
        decisions = decisions.with_(one)
    return replace(state, decisions=decisions)


def _what(row: PlanRow) -> str:
    """A row without its wording, its place, its key and the versions it was made from."""
    kept = {k: v for k, v in row.as_json().items() if k not in ("text", "seen", "order", "key")}
    return json.dumps(kept, sort_keys=True)


def _lines(comes: bool, rows: Iterable[PlanRow]) -> Iterator[Line]:
    by_reason: dict[tuple[str, str], list[PlanRow]] = {}
    for row in rows:
        by_reason.setdefault((row.action.value, row.reason), []).append(row)
    for (action, reason), several in sorted(by_reason.items()):
        yield Line(comes, action, reason, tuple(several))
