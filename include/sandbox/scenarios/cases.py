"""The cases a rehearsal must contain (rules 8), each with what the first sync makes of it today.

`expects` names plan rows as (action, record, reason); a record is a customer's name or an invoice's number. The test
of the scenario compares them with the plan; docs/rehearsal.md shows them as a table.
"""

from __future__ import annotations

from dataclasses import dataclass

Expected = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its number in rules 8, what it is, what happens today."""

    number: str
    title: str
    today: str
    expects: tuple[Expected, ...] = ()


CASES: list[Case] = []


def case(number: str, title: str, today: str, *expects: Expected) -> None:
    """Record a case beside the code that makes it."""
    made = Case(number, title, today, expects)
    if made not in CASES:
        CASES.append(made)
