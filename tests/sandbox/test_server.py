"""`python -m include.sandbox`: start, ready lines, taken port, clean stop, restart."""

from __future__ import annotations

import datetime as dt
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from include.sandbox.__main__ import main, read_options
from include.sandbox.data_dir import STATE_FILE, CannotStart, held
from include.sandbox.server import OPEN_TO_OTHERS, address_of, check_host, listen, open_store
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


WRONG: list[tuple[tuple[str, ...], str]] = [
    ((), "the following arguments are required: --data-dir"),
    (("--data-dir",), "--data-dir: expected one argument"),
    (("--data-dir", ""), "the name of the folder is empty"),
    (("--data-dir", "x", "--quickbooks-port", "99999"), "99999 is no port number"),
    (("--data-dir", "x", "--syncta-port", "x"), "x is no port number"),
    (("--data-dir", "x", "--customers=-1"), "-1 is no whole number from 0"),
    (("--data-dir", "x", "--seed", "1.5"), "1.5 is no whole number"),
    (("--data-dir", "x", "--scenario", "huge"), "invalid choice: 'huge'"),
    (("--data-dir", "x", "--limits", "none"), "invalid choice: 'none'"),
    (("--data-dir", "x", "--clock", "noon"), "noon is no time; write for instance 2026-11-02T09:00:00-08:00"),
    (("--data-dir", "x", "--clock", "2026-11-02T09:00:00"), "a time needs its offset"),
    (("--data-dir", "x", "--quick", "1"), "unrecognized arguments: --quick 1"),
]


@pytest.mark.parametrize(("arguments", "says"), WRONG)
def test_a_wrong_command_line_is_one_clear_line(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_options(arguments)
    said = capsys.readouterr().err
    assert (ended.value.code, says in said, said.count("\n")) == (2, True, 1), said


def test_help_names_every_option() -> None:
    shown = start("--help").stdout
    for name in ("data-dir", "scenario", "quickbooks-port", "syncta-port", "customers", "invoices", "seed"):
        assert f"--{name}" in shown
    for name in ("clock", "limits", "host", "let-other-machines-connect"):
        assert f"--{name}" in shown


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.com", "", "127.0.0.1.example.com", "1"])
def test_other_machines_are_refused_unless_it_is_said_loudly(host: str) -> None:
    with pytest.raises(CannotStart, match=OPEN_TO_OTHERS) as refused:
        check_host(host, open_to_others=False)
    assert str(refused.value).startswith(f"{host} is not loopback")


def test_a_sandbox_for_other_machines_does_not_start_by_mistake(tmp_path: Path) -> None:
    ended = start("--data-dir", str(tmp_path), "--host", "0.0.0.0")
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert not list(tmp_path.iterdir())


def test_who_lets_other_machines_connect_is_warned(capsys: pytest.CaptureFixture[str]) -> None:
    check_host("0.0.0.0", open_to_others=True)
    assert capsys.readouterr().err.startswith("WARNING: the sandbox listens on 0.0.0.0: other machines can")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_every_loopback_address_will_do(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    check_host(host, open_to_others=False)
    assert capsys.readouterr().err == ""
    with listen(0, "quickbooks", host) as sock:
        sock.listen()
        with socket.create_connection(sock.getsockname()[:2], timeout=5):
            pass
        assert address_of(sock).startswith("http://[::1]:" if host == "::1" else "http://127.")


def test_one_folder_has_one_sandbox(tmp_path: Path) -> None:
    with held(tmp_path / "new"):
        with pytest.raises(CannotStart, match="is in use by another sandbox"), held(tmp_path / "new"):
            pass
        ended = start("--data-dir", str(tmp_path / "new"), "--quickbooks-port", "0", "--syncta-port", "0")
        assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    with held(tmp_path / "new"):
        pass


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be looked at", b"\x00" * 4096])
def test_a_file_that_is_no_state_is_left_alone(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / STATE_FILE).write_bytes(content)
    assert main(["--data-dir", str(tmp_path), "--quickbooks-port", "0", "--syncta-port", "0"]) == 2
    assert f"{STATE_FILE} cannot be read" in capsys.readouterr().err
    assert (tmp_path / STATE_FILE).read_bytes() == content


def test_somebody_elses_database_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(tmp_path / STATE_FILE)) as db:
        db.execute("CREATE TABLE theirs (a)")
    assert main(["--data-dir", str(tmp_path), "--quickbooks-port", "0", "--syncta-port", "0"]) == 2
    assert "is not a sandbox's" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "state" / STATE_FILE).mkdir(parents=True)
    for path in ("file", "file/below", "state"):
        assert main(["--data-dir", str(tmp_path / path), "--quickbooks-port", "0", "--syncta-port", "0"]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_clock_and_limits_can_be_set_from_the_start(tmp_path: Path) -> None:
    options = {"clock": "2027-01-31T09:00:00-08:00", "limits": "intuit"}
    with running_sandbox(tmp_path, "empty", **options) as sandbox:
        now = sandbox.syncta("GET", "/sandbox/clock").json()["now"]
        assert dt.timedelta(0) <= dt.datetime.fromisoformat(now) - dt.datetime(2027, 1, 31, 17, tzinfo=dt.UTC)
        assert now < "2027-01-31T17:05"
        limits = sandbox.quickbooks("GET", "/sandbox/limits").json()["limits"]
        assert limits["requests_per_minute"] == 500
