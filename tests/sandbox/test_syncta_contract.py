"""Schemathesis makes up requests from the contract, good and bad ones, and finds nothing to complain about."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from ruamel.yaml import YAML
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from include.sandbox.server import open_store
from include.sandbox.store import Store
from include.sandbox.syncta.app import API_KEY, syncta_app
from include.sandbox.syncta.by_hand import ACTIONS
from include.sandbox.syncta.calls import CONTRACT
from tests.sandbox_server import served

PHASES = ("examples", "coverage", "fuzzing", "stateful")
SETTINGS = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The demo at a time that stands still: what is made up depends on what was answered."""
    store = open_store(tmp_path / "sandbox", {"scenario": "demo"})
    store.clock.freeze(store.now().replace(microsecond=0))
    yield store
    store.close()


def try_out(app: ASGIApp, document: Path, folder: Path, *options: str) -> tuple[dict[str, Any], str]:
    """Schemathesis' report on an application, and its words."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(SETTINGS), "run", str(document)]
    command += ["--checks", "all", "--header", f"Authorization: Bearer {API_KEY}", "--continue-on-failure"]
    command += ["--report", "json", "--report-json-path", str(folder / "report.json"), *options]
    with served(app) as url:
        # Sets of texts in another order would lead to other requests.
        same = {**os.environ, "PYTHONHASHSEED": "0"}
        done = subprocess.run(
            [*command, "--url", url], cwd=folder, env=same, capture_output=True, text=True, timeout=300
        )
    return json.loads((folder / "report.json").read_text()), done.stdout + done.stderr


@pytest.mark.parametrize("document", [CONTRACT, ACTIONS])
def test_both_documents_are_valid_openapi(document: Path) -> None:
    validate(YAML(typ="safe").load(document))


def test_the_service_keeps_its_contract_whatever_it_is_asked(store: Store, tmp_path: Path) -> None:
    report, words = try_out(syncta_app(store), CONTRACT, tmp_path, "--max-examples", "20", "--seed", "1")
    assert (report["exit_code"], report["failures"], report["errors"]) == (0, [], []), words
    assert report["operations"]["tested"] == report["operations"]["total"] == 12
    assert {name: report["phases"][name]["status"] for name in PHASES} == dict.fromkeys(PHASES, "success")
    assert report["test_cases"]["generated"] > 1000


def test_nothing_is_wrong_wherever_its_links_lead(store: Store, tmp_path: Path) -> None:
    links = ("--phases", "stateful", "--mode", "positive", "--max-examples", "60", "--seed", "3")
    report, words = try_out(syncta_app(store), CONTRACT, tmp_path, *links)
    assert (report["exit_code"], report["failures"], report["errors"]) == (0, [], []), words
    assert report["test_cases"]["generated"] > 200


def test_what_users_do_by_hand_is_refused_or_done_but_never_breaks(store: Store, tmp_path: Path) -> None:
    phases = ("--phases", "examples,coverage,fuzzing", "--max-examples", "10", "--seed", "1")
    report, words = try_out(syncta_app(store), ACTIONS, tmp_path, *phases)
    assert (report["exit_code"], report["failures"], report["errors"]) == (0, [], []), words
    assert report["operations"]["tested"] == 9


class Broken:
    """Syncta with a mistake in its answers to POST."""

    def __init__(self, app: ASGIApp, mistake: str) -> None:
        self._app, self._mistake = app, mistake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def wrong(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["method"] == "POST":
                self._spoil(message)
            await send(message)

        if self._mistake == "key" and scope["type"] == "http":
            scope["headers"] = [*scope["headers"], (b"authorization", f"Bearer {API_KEY}".encode())]
            scope["headers"] = [one for one in scope["headers"] if one[0] != b"authorization"] + scope["headers"][-1:]
        await self._app(scope, receive, wrong)

    def _spoil(self, message: MutableMapping[str, Any]) -> None:
        if self._mistake == "status" and message["status"] == 201:
            message["status"] = 202
        if self._mistake == "header":
            message["headers"] = [one for one in message["headers"] if one[0] != b"etag"]


@pytest.mark.parametrize(
    ("mistake", "complaint"),
    [("status", "Undocumented status code"), ("header", "headers"), ("key", "without authentication")],
)
def test_a_service_that_breaks_the_contract_is_found_out(tmp_path: Path, mistake: str, complaint: str) -> None:
    store = Store(tmp_path / "empty.sqlite")
    only = ("--include-operation-id", "createCustomer", "--phases", "examples")
    report, words = try_out(Broken(syncta_app(store), mistake), CONTRACT, tmp_path, *only)
    store.close()
    assert report["exit_code"] == 1
    assert complaint in words
