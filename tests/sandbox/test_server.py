"""`python -m include.sandbox`: start, ready lines, taken port, clean stop, restart."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from include.sandbox.server import open_store
from tests.sandbox_server import PROJECT, running_sandbox, sandbox_in_threads


def start(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "include.sandbox", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60)


def test_both_ports_answer_and_a_signal_stops_them_cleanly(tmp_path: Path) -> None:
    with running_sandbox(tmp_path, "seed_example") as sandbox:
        assert sandbox.credentials()["realm_id"] == "9341453000000001"
        assert sandbox.credentials("syncta")["api_key"]
        assert sandbox.process is not None
        sandbox.process.send_signal(signal.SIGTERM)
        assert sandbox.process.wait(timeout=10) == 0


def test_a_restart_finds_everything_as_it_was(tmp_path: Path) -> None:
    with sandbox_in_threads(tmp_path) as sandbox:
        before = sandbox.credentials()["refresh_token"]
        sandbox.fault("quickbooks", "empty")
    with sandbox_in_threads(tmp_path) as sandbox:
        assert sandbox.credentials()["refresh_token"] == before
        assert len(sandbox.quickbooks("GET", "/sandbox/faults").json()["faults"]) == 1


def test_a_reset_brings_the_scenario_back_and_the_meter_to_zero(tmp_path: Path) -> None:
    with sandbox_in_threads(tmp_path, "seed_example") as sandbox:
        first = sandbox.credentials()["access_token"]
        assert sandbox.quickbooks("POST", "/sandbox/reset", json={}).json()["scenario"] == "seed_example"
        assert sandbox.credentials()["access_token"] == first
        assert not any(reading["writes"] for reading in sandbox.meter().values())
        assert sandbox.syncta("POST", "/sandbox/reset", json={"scenario": "ghost"}).status_code == 400


def test_another_scenario_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path, {"scenario": "empty"}).close()
    ended = start("--data-dir", str(tmp_path), "--scenario", "demo", "--quickbooks-port", "0", "--syncta-port", "0")
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "holds the scenario empty" in ended.stderr


def test_a_load_that_was_interrupted_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "sandbox.loading").write_bytes(b"half of a company")
    (tmp_path / "sandbox.loading-journal").write_bytes(b"and its journal")
    store = open_store(tmp_path, {"scenario": "large", "customers": 20, "invoices": 10})
    assert store.setting("scenario")["customers"] == 20
    store.close()
    assert {path.name.split("-")[0] for path in tmp_path.iterdir()} == {"sandbox.sqlite"}


def test_a_load_that_fails_leaves_nothing_to_be_served(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ghost"):
        open_store(tmp_path, {"scenario": "ghost"})
    assert not (tmp_path / "sandbox.sqlite").exists()
    open_store(tmp_path, {"scenario": "empty"}).close()


def test_a_file_of_another_version_is_refused_in_one_line(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "sandbox.sqlite")) as other:
        other.execute("CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
    ended = start("--data-dir", str(tmp_path), "--quickbooks-port", "0", "--syncta-port", "0")
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "made by another version" in ended.stderr


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = start("--data-dir", str(tmp_path), "--quickbooks-port", port, "--syncta-port", "0")
    assert ended.returncode == 2
    assert ended.stderr == f"port {port} is not free: stop what uses it or pass --quickbooks-port\n"


@pytest.mark.parametrize("arguments", [("--data-dir",), (), ("--data-dir", "x", "--quickbooks-port", "99999")])
def test_a_wrong_command_line_ends_with_two(arguments: tuple[str, ...]) -> None:
    assert start(*arguments).returncode == 2


def test_help_names_every_option() -> None:
    shown = start("--help").stdout
    for option in (
        "--data-dir",
        "--scenario",
        "--quickbooks-port",
        "--syncta-port",
        "--customers",
        "--invoices",
        "--seed",
    ):
        assert option in shown
