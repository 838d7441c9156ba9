"""What people do, as plain values: the same list is carried out in the control run and in the chaos run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that people do: `verb` names the method of `World`, `about` is what it is given.

    `alone` says that it touches one record only: it may then happen in the middle of a run, between any two calls.
    """

    verb: str
    about: dict[str, Any] = field(default_factory=dict)
    alone: bool = True

    def __str__(self) -> str:
        about = ", ".join(f"{name}={value!r}" for name, value in self.about.items())
        return f"{self.verb}({about})"


@dataclass(frozen=True, slots=True)
class Day:
    """A step of the story: what people do on one day; the sync runs after it."""

    date: str
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """A company's beginning, then chapters of days. At the end of a chapter the sync is left in peace."""

    founding: tuple[Day, ...]
    chapters: tuple[tuple[Day, ...], ...]
    settings: dict[str, Any] = field(default_factory=dict)
