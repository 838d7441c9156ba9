"""What was started, kept on disk, and how all of it is ended, even when the program that started it was killed.

Airflow's children outlive it: workers of the LocalExecutor ignore SIGTERM, and a task has a process group of its own.
But none leaves the *session* its component was started in, so whole sessions are what is ended.
"""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from deploy.local.home import write_private

GRACE_SECONDS = 8.0
# Set for every process, so that one killed before it was recorded is found too.
MARK = "SYNC_LOCAL_STACK"


@dataclass(frozen=True, slots=True)
class Started:
    """One process that was started: `since` (seconds, epoch) tells it from a later one with the same id."""

    name: str
    pid: int
    since: float


def save(record: Path, started: Sequence[Started], *, kept: bool) -> None:
    """Write down what was started, in one step, and by whom."""
    me = Started("runner", os.getpid(), since(os.getpid()))
    text = json.dumps({"kept": kept, "runner": asdict(me), "started": [asdict(one) for one in started]})
    fresh = record.with_suffix(".new")
    write_private(fresh, text)
    fresh.replace(record)


def state(record: Path) -> str:
    """What runs of it: "kept" (on purpose), "attended" (its runner is alive), "left" (its runner is gone), or ""."""
    if not _members(record):
        return ""
    content = _read(record)
    if content.get("kept"):
        return "kept"
    runner = Started(**content["runner"])
    return "attended" if runner.pid != os.getpid() and _is_alive(runner) else "left"


def stop_recorded(record: Path, *, grace: float = GRACE_SECONDS) -> int:
    """End all that `record` names and their offspring: SIGTERM, `grace` seconds, SIGKILL. How many there were."""
    with _undisturbed():
        members = _members(record)
        leaders = {Started(**one).pid for one in _read(record).get("started", [])}
        for one in members:
            if one.pid in leaders:
                _signal(one, signal.SIGTERM)
        found = len(members)
        deadline = time.monotonic() + grace
        while (members := _members(record)) and time.monotonic() < deadline:
            time.sleep(0.1)
        while members := _members(record):
            for one in members:
                _signal(one, signal.SIGKILL)
            time.sleep(0.05)
        record.unlink(missing_ok=True)
    return found


def _members(record: Path) -> list[psutil.Process]:
    sessions = {one.pid: one for one in (Started(**item) for item in _read(record).get("started", []))}
    return [process for process in psutil.process_iter() if _belongs(process, sessions, str(record))]


def _belongs(process: psutil.Process, sessions: Mapping[int, Started], mark: str) -> bool:
    try:
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return False
        leader = sessions.get(os.getsid(process.pid))
        if leader is not None:
            return not psutil.pid_exists(leader.pid) or _is_alive(leader)
        return process.environ().get(MARK) == mark
    except (psutil.Error, OSError):
        return False


def _is_alive(started: Started) -> bool:
    return psutil.pid_exists(started.pid) and abs(since(started.pid) - started.since) < 2


def since(pid: int) -> float:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.Error:
        return


def _read(record: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(record.read_text()))
    except (OSError, ValueError):
        return {}


@contextmanager
def _undisturbed() -> Iterator[None]:
    # A second Ctrl-C while everything is being stopped would leave half of it running.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
