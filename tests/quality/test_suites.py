"""Great Expectations stays out of the way: imported late, silent, sending nothing."""

from __future__ import annotations

import subprocess
import sys

QUIET = """
import logging, sys
logging.basicConfig(level=logging.INFO, stream=sys.stdout)
import include.quality.suites, include.quality.examine, include.quality.names
assert "great_expectations" not in sys.modules, "imported with the module"
from tests.quality.evidence import evidence
results = include.quality.examine.examine(evidence())
assert "great_expectations" in sys.modules
assert all(result.passed for result in results)
print("telemetry", include.quality.suites.quiet_context().variables.config.analytics_enabled)
"""


def test_it_is_imported_late_and_leaves_no_noise_in_the_log() -> None:
    done = subprocess.run([sys.executable, "-c", QUIET], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "telemetry False"
    assert done.stderr.strip() == ""
