"""The whole stack: the sandbox, and Airflow's scheduler, dag processor, API server and triggerer, all on loopback."""

import json
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from deploy.local.airflow_api import AirflowApi
from deploy.local.home import USER, Home
from deploy.local.ports import HOST, Ports
from deploy.local.problems import StackProblem
from deploy.local.processes import Processes
from deploy.local.record import state, stop_recorded
from deploy.local.sandbox_api import SandboxApi, connections

Say = Callable[[str], None]

# The API server first: the others talk to it, and it takes longest to start. Logs of tasks are read from disk:
# the servers for them, which would listen on every address, are not started.
COMPONENTS = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
PARTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack and how to talk to it."""

    home: Home
    ports: Ports
    processes: Processes
    airflow: AirflowApi
    sandbox: SandboxApi

    @property
    def quickbooks_url(self) -> str:
        """The sandbox's QuickBooks, and its /sandbox routes."""
        return self.sandbox.quickbooks_url

    @property
    def syncta_url(self) -> str:
        """The sandbox's Syncta, and its /sandbox routes."""
        return self.sandbox.syncta_url

    @property
    def ledger_url(self) -> str:
        """The ledger the DAGs of this stack use."""
        return self.home.ledger_url

    def wait_for_dags(self, wanted: Collection[str], *, seconds: float = 90) -> None:
        """Return once all `wanted` DAGs are parsed; StackProblem with the traceback if a file cannot be read."""

        def ready() -> bool:
            for file, trace in self.airflow.import_errors().items():
                raise StackProblem(f"The DAG file {file} cannot be read:\n{trace}")
            return set(wanted) <= self.airflow.dag_ids()

        self._wait(ready, f"Not every DAG of {', '.join(sorted(wanted))} was found", seconds)

    def wait_for_airflow(self, *, seconds: float = 120) -> None:
        """Return once all four components of Airflow say they are well."""

        self._wait(lambda: bool(self.airflow.health()), "Airflow's API server is not ready", seconds)
        self.airflow.warm_up()

        def ready() -> bool:
            health = self.airflow.health()
            return all(health.get(part) == "healthy" for part in PARTS)

        self._wait(ready, "Airflow is not ready", seconds)

    def wait_for_sandbox(self, *, seconds: float = 60) -> None:
        """Return once both systems of the sandbox answer."""
        self._wait(self.sandbox.is_ready, "The sandbox is not ready", seconds)

    def _wait(self, ready: Callable[[], bool], complaint: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            self.processes.check()
            if time.monotonic() > deadline:
                raise StackProblem(f"{complaint} after {seconds:.0f} s. Logs: {self.home.logs}")
            time.sleep(0.3)


@contextmanager
def running_stack(
    root: Path,
    scenario: str = "demo",
    *,
    name: str = "demo",
    ports: Ports | None = None,
    dags: Path | None = None,
    environ: Mapping[str, str] | None = None,
    say: Say = lambda _: None,
) -> Iterator[Stack]:
    """A fresh stack of the project at `root`, ready for work (its DAGs may not be parsed yet); ended afterwards
    unless `processes.keep()` was called.

    `name` is its folder under .run/, `ports` are free ones unless given, `dags` another folder than the project's,
    `environ` is set for all its processes. Raises StackProblem when it cannot be started. SIGTERM and SIGHUP end it as
    Ctrl-C does.
    """
    home = Home(root, root / ".run" / name)
    clear_away(home)
    with _ended_by_signals():
        stack = create(home, ports or Ports.free(), dags, environ)
        try:
            start(stack, scenario, say)
            yield stack
        finally:
            if not stack.processes.kept:
                stack.processes.stop()


def clear_away(home: Home) -> None:
    """End what a killed run left behind in `home`; StackProblem if that stack is in use."""
    match state(home.record):
        case "kept":
            raise StackProblem("It is running already. Stop it first: make down")
        case "attended":
            raise StackProblem(f"Another run uses {home.path}. Wait for it, or press Ctrl-C there.")
        case "left":
            stop_recorded(home.record)


def create(home: Home, ports: Ports, dags: Path | None = None, environ: Mapping[str, str] | None = None) -> Stack:
    """An empty home and nothing started yet."""
    home.recreate()
    processes = Processes(home.record, home.logs, home.environment(ports, dags=dags, more=environ))
    address = f"http://{HOST}"
    return Stack(
        home=home,
        ports=ports,
        processes=processes,
        airflow=AirflowApi(f"{address}:{ports.airflow}", USER, home.password()),
        sandbox=SandboxApi(f"{address}:{ports.quickbooks}", f"{address}:{ports.syncta}"),
    )


def start(stack: Stack, scenario: str, say: Say) -> None:
    """Start everything and wait until it is ready."""
    say("Starting QuickBooks and Syncta as a sandbox, and preparing the databases")
    _start_sandbox(stack, scenario)
    python = [sys.executable, "-m"]
    # Both at once: it makes the databases while the sandbox fills its books, then waits for the connections.
    stack.processes.start("prepare", [*python, "deploy.local.prepare"], cwd=stack.home.airflow, stdin=-1)
    stack.wait_for_sandbox()
    stack.processes.finish("prepare", json.dumps(connections(stack.sandbox)), seconds=120)
    say("Starting Airflow: scheduler, dag processor, API server, triggerer")
    for name, arguments in COMPONENTS.items():
        stack.processes.start(name, [*python, "airflow", *arguments], cwd=stack.home.airflow)
    stack.wait_for_airflow()


def _start_sandbox(stack: Stack, scenario: str) -> None:
    command = [
        *(sys.executable, "-m", "include.sandbox"),
        *("--data-dir", str(stack.home.sandbox)),
        *("--scenario", scenario),
        *("--quickbooks-port", str(stack.ports.quickbooks)),
        *("--syncta-port", str(stack.ports.syncta)),
    ]
    stack.processes.start("sandbox", command, cwd=stack.home.sandbox)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    def leave(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    # A shell starts background jobs with SIGINT ignored, and so it would stay.
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
