"""One quiet Great Expectations context for all tests of the folder: making it costs seconds."""

from __future__ import annotations

from typing import Any

import pytest

from include.quality.suites import quiet_context


@pytest.fixture(scope="session")
def context() -> Any:
    return quiet_context()
