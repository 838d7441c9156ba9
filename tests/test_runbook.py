"""The runbook knows every red task, hold, exception and refusal, and names only decisions that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from include import errors
from include.errors import RecordRejected, SyncError
from include.sync.decide.verbs import CHOICES, TAKE_BACK
from include.sync.reasons import EXCEPTIONS, HOLDS, REFUSALS

RUNBOOK = (Path(__file__).parents[1] / "docs" / "runbook.md").read_text()
SECTIONS = {part.split("\n", 1)[0]: part for part in RUNBOOK.split("\n## ")}


def leaves(kind: type[SyncError] = SyncError) -> list[str]:
    below = [one for one in kind.__subclasses__() if one.__module__ == errors.__name__]
    return [kind.__name__] if not below else [name for one in below for name in leaves(one)]


@pytest.mark.parametrize(
    "name", [name for name in leaves() if name != "StaleRecord" and name != RecordRejected.__name__]
)
def test_every_red_task_has_its_row(name: str) -> None:
    assert f"| `{name}` |" in SECTIONS["Red tasks"]


@pytest.mark.parametrize(("section", "codes"), [("Holds", HOLDS), ("Exceptions", EXCEPTIONS), ("Undo", REFUSALS)])
def test_every_reason_says_what_to_do(section: str, codes: dict[str, str]) -> None:
    assert [code for code in codes if f"`{code}`" not in SECTIONS[section]] == []


def test_it_names_only_decisions_that_exist() -> None:
    words = {word for word in re.findall(r"`([a-z-]+)`", RUNBOOK) if "-" in word}
    assert words <= {*CHOICES, TAKE_BACK}
