"""Nothing a stack started is left, whatever happens to it or to its runner."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local.problems import StackProblem
from deploy.local.processes import Processes
from deploy.local.record import Started, save, since, state, stop_recorded

ROOT = Path(__file__).resolve().parents[2]

# A component as bad as they come: it and its child ignore SIGTERM, the child has a process group of its own.
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
inner = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", inner], process_group=0)
open(sys.argv[1], "w").write(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""
# Its runner is killed and it ends at once, leaving its child behind.
ORPHANING = STUBBORN.replace("time.sleep(600)\n", "")


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    made = Processes(tmp_path / "processes.json", tmp_path, dict(os.environ))
    yield made
    stop_recorded(tmp_path / "processes.json", grace=0)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def pids_in(path: Path) -> list[int]:
    until(lambda: path.exists() and len(path.read_text().split()) == 2)
    return [int(pid) for pid in path.read_text().split()]


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_child_that_ignores_sigterm_and_its_grandchild_are_ended(processes: Processes, tmp_path: Path) -> None:
    """protocol 4.7"""
    processes.start("stubborn", [sys.executable, "-c", STUBBORN, str(tmp_path / "pids")], cwd=tmp_path)
    pids = pids_in(tmp_path / "pids")
    stop_recorded(tmp_path / "processes.json", grace=0.3)
    assert not any(is_running(pid) for pid in pids)
    assert not (tmp_path / "processes.json").exists()


def test_a_grandchild_whose_parent_is_gone_is_ended(processes: Processes, tmp_path: Path) -> None:
    processes.start("orphaning", [sys.executable, "-c", ORPHANING, str(tmp_path / "pids")], cwd=tmp_path)
    leader, orphan = pids_in(tmp_path / "pids")
    until(lambda: not is_running(leader))
    assert is_running(orphan)
    processes.stop()
    assert not is_running(orphan)


def test_what_a_killed_runner_left_is_found_and_ended(tmp_path: Path) -> None:
    record = tmp_path / "processes.json"
    runner = f"""
import os, signal, sys
from pathlib import Path
from deploy.local.processes import Processes
made = Processes(Path({str(record)!r}), Path({str(tmp_path)!r}), dict(os.environ))
made.start("stubborn", [sys.executable, "-c", {STUBBORN!r}, {str(tmp_path / "pids")!r}], cwd=Path({str(tmp_path)!r}))
while not os.path.exists({str(tmp_path / "pids")!r}): pass
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", runner], cwd=ROOT, check=False).returncode == -9
    pids = pids_in(tmp_path / "pids")
    assert state(record) == "left"
    assert stop_recorded(record, grace=0.3) == 2
    assert not any(is_running(pid) for pid in pids)
    assert state(record) == ""


def test_a_process_started_but_not_yet_recorded_is_found_too(processes: Processes, tmp_path: Path) -> None:
    record = tmp_path / "processes.json"
    processes.start("stubborn", [sys.executable, "-c", STUBBORN, str(tmp_path / "pids")], cwd=tmp_path)
    pids = pids_in(tmp_path / "pids")
    save(record, [], kept=False)
    stop_recorded(record, grace=0)
    assert not any(is_running(pid) for pid in pids)


def test_a_record_of_a_process_id_that_is_another_s_now_harms_nobody(tmp_path: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    record = tmp_path / "processes.json"
    save(record, [Started("scheduler", bystander.pid, since(bystander.pid) - 3600)], kept=True)
    try:
        assert state(record) == ""
        assert stop_recorded(record, grace=0) == 0
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.parametrize("content", ["", "{", '{"kept": true}'])
def test_a_damaged_record_is_no_record(tmp_path: Path, content: str) -> None:
    record = tmp_path / "processes.json"
    record.write_text(content)
    assert state(record) == ""
    assert stop_recorded(record) == 0


def test_processes_that_are_kept_are_told_from_those_left_behind(processes: Processes, tmp_path: Path) -> None:
    processes.start("stubborn", [sys.executable, "-c", STUBBORN, str(tmp_path / "pids")], cwd=tmp_path)
    assert state(tmp_path / "processes.json") == "left"
    processes.keep()
    assert state(tmp_path / "processes.json") == "kept"


def test_a_process_that_ends_by_itself_is_told_with_the_end_of_its_log(processes: Processes, tmp_path: Path) -> None:
    processes.start("scheduler", [sys.executable, "-c", "raise SystemExit('no database')"], cwd=tmp_path)

    def ended() -> bool:
        try:
            processes.check()
        except StackProblem as problem:
            return "scheduler ended by itself (exit code 1)" in str(problem) and "no database" in str(problem)
        return False

    until(ended)


def test_one_that_has_to_finish_gets_its_input_and_its_failure_is_told(processes: Processes, tmp_path: Path) -> None:
    echo = "import sys; sys.exit(sys.stdin.read())"
    processes.start("prepare", [sys.executable, "-c", echo], cwd=tmp_path, stdin=subprocess.PIPE)
    with pytest.raises(StackProblem, match=r"prepare failed .exit code 1.\n    connections"):
        processes.finish("prepare", "connections", seconds=20)
