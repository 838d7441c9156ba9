"""One company for tests that tell their own story."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.people import People, people_of


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    """A company with products and nothing else."""
    with people_of(tmp_path) as found:
        yield found


@pytest.fixture
def seed(tmp_path: Path) -> Iterator[People]:
    """Nick Brown in Syncta, Brown, Nick in QuickBooks."""
    with people_of(tmp_path, "seed_example") as found:
        yield found
