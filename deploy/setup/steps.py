"""One step of set-up: a command writing to a log, with its progress shown, and the tail of the log when it fails."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

TAIL_LINES = 25
SECONDS_BETWEEN_SIGNS = 15.0


class StepFailed(Exception):
    """A step of set-up ended badly; the text says which one, why, and what to do."""


class Steps:
    """Runs the commands of set-up one after the other, `total` of them, all writing to one `log`."""

    def __init__(self, log: Path, total: int, out: TextIO | None = None) -> None:
        self._log = log
        self._total = total
        self._done = 0
        self._out = out or sys.stdout
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")

    def run(self, title: str, command: Sequence[str], *, environ: Mapping[str, str] | None = None) -> None:
        """Run `command`, raising StepFailed with the tail of its output unless it exits 0."""
        self._done += 1
        self._say(f"[{self._done}/{self._total}] {title} ... ")
        started = time.monotonic()
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"\n$ {' '.join(command)}\n")
            log.flush()
            begin = log.tell()
            code = self._wait(command, log, environ)
        if code != 0:
            self._say("failed\n")
            raise StepFailed(self._explanation(title, code, begin))
        self._say(f"{time.monotonic() - started:.0f} s\n")

    def _wait(self, command: Sequence[str], log: TextIO, environ: Mapping[str, str] | None) -> int:
        try:
            child = subprocess.Popen(  # noqa: S603 - the commands are written in this package
                command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environ or os.environ
            )
        except OSError as problem:
            log.write(f"{command[0]}: {problem.strerror}\n")
            return 127
        try:
            while True:
                try:
                    return child.wait(SECONDS_BETWEEN_SIGNS)
                except subprocess.TimeoutExpired:
                    self._say(". ")
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()

    def _explanation(self, title: str, code: int, begin: int) -> str:
        with self._log.open(encoding="utf-8", errors="replace") as log:
            log.seek(begin)
            tail = log.read().splitlines()[-TAIL_LINES:]
        body = "\n".join(f"    {line}" for line in tail) or "    (it printed nothing)"
        return f"{body}\nSet-up stopped at: {title} (exit code {code}). Whole log: {self._log}"

    def _say(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
