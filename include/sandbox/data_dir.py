"""The folder a running sandbox keeps its state in: one sandbox at a time, and nobody else's file."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

STATE_FILE = "sandbox.sqlite"
LOCK_FILE = "sandbox.lock"
OURS = "setting"
"""The table every state file has had from the first."""


class CannotStart(Exception):
    """The sandbox cannot start; the message is one line for a person."""


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Hold the folder for this process alone. Raises CannotStart when another sandbox runs on it, or it is no folder.

    The operating system lets go of it however the process ends, so nothing is left behind after a kill.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = (data_dir / LOCK_FILE).open("w")
    except OSError as problem:
        raise CannotStart(f"{data_dir} cannot be used: {problem.strerror}") from problem
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            raise CannotStart(
                f"{data_dir} is in use by another sandbox: stop it or choose another --data-dir"
            ) from problem
        yield


def check_state_file(path: Path) -> None:
    """Raises CannotStart for a file that is no SQLite database, is damaged, or is somebody else's."""
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path)) as db:
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as problem:
        raise CannotStart(f"{path} cannot be read ({problem}): choose another --data-dir, or delete it") from problem
    if tables and OURS not in tables:
        raise CannotStart(f"{path} is not a sandbox's: choose another --data-dir")
