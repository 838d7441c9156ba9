"""Processes that leave nothing behind: each in a session of its own, on record, and ended with all it started."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local.problems import StackProblem
from deploy.local.record import MARK, Started, save, since, stop_recorded


class Processes:
    """Starts the processes of one stack and ends them; `record` outlives this object, `environ` is theirs."""

    def __init__(self, record: Path, logs: Path, environ: Mapping[str, str]) -> None:
        self._record = record
        self._logs = logs
        self.environ = {**environ, MARK: str(record)}
        self.kept = False
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._started: list[Started] = []
        save(self._record, self._started, kept=False)

    def start(self, name: str, command: Sequence[str], *, cwd: Path, stdin: int = subprocess.DEVNULL) -> None:
        """Start `command`, its output in the log `name`.log."""
        with self.log(name).open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 - the commands are written in this package
                command,
                cwd=cwd,
                env=self.environ,
                stdin=stdin,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._children[name] = child
        self._started.append(Started(name, child.pid, since(child.pid)))
        save(self._record, self._started, kept=False)

    def finish(self, name: str, text: str, seconds: float) -> None:
        """Hand `text` to `name` on its standard input and wait for it to exit 0; StackProblem with its log if not."""
        child = self._children[name]
        try:
            child.communicate(text.encode(), timeout=seconds)
        except subprocess.TimeoutExpired:
            raise StackProblem(f"{name} is not done after {seconds:.0f} s\n{self.tail(name)}") from None
        if child.returncode != 0:
            raise StackProblem(f"{name} failed (exit code {child.returncode})\n{self.tail(name)}")
        del self._children[name]

    def check(self) -> None:
        """Raise StackProblem with the tail of its log if a process has ended by itself."""
        for name, child in self._children.items():
            if child.poll() is not None:
                raise StackProblem(f"{name} ended by itself (exit code {child.returncode})\n{self.tail(name)}")

    def pid(self, name: str) -> int:
        """The id of the process last started as `name`."""
        return self._children[name].pid

    def log(self, name: str) -> Path:
        """The log of the process `name`."""
        return self._logs / f"{name}.log"

    def tail(self, name: str, lines: int = 25) -> str:
        """The last `lines` of its log, and where the rest is."""
        log = self.log(name)
        last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:] if log.exists() else []
        return "\n".join([*(f"    {line}" for line in last), f"    (whole log: {log})"])

    def keep(self) -> None:
        """Let them run on when this program ends; `stop_recorded` stops them."""
        self.kept = True
        save(self._record, self._started, kept=True)

    def stop(self) -> None:
        """End every process and whatever they started; returns when none is left."""
        stop_recorded(self._record)
        for child in self._children.values():
            child.wait()
        self._children.clear()
