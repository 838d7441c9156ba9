"""Seeds in a real Airflow: its scheduler starts the tasks, SIGKILL ends some of them, and now and then the scheduler.

One stack holds all companies, as a data team's Airflow does: ten companies in one settings file, one ledger, three
tasks at a time. Each company's two systems are served by this process, so that a task can be killed at the very
moment one of its calls arrives: the process that holds the other end of the connection is looked up and killed,
before the call is carried out or just after. Other kills come at any moment of a task's life.

Two things are shortened. A task that waits for its next try (60 to 300 seconds) is cleared at once, as a person may
do. And the time that a lease or a lost answer needs passes by dating the company's rows of the ledger back. What
cannot be repeated exactly is when the scheduler starts what; story, faults and the choice of the victims come from
the seed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import random
import signal
import sqlite3
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from ruamel.yaml import YAML
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deploy.local.stack import COMPONENTS, Stack, running_stack
from include.ledger.database import Ledger
from include.sandbox.quickbooks.http.app import quickbooks_app
from include.sandbox.server import open_store
from include.sync.run import RunKind
from tests.chaos.acts import Story
from tests.chaos.company import story_of
from tests.chaos.ending import Ending, difference, ending
from tests.chaos.faults import Trouble
from tests.chaos.process import Place, hurried
from tests.chaos.runs import Airflow
from tests.chaos.seed import LATER, Verdict, Writes, begin, company_of, control, live
from tests.chaos.world import World
from tests.sandbox_server import RunningSandbox, served

PROJECT = Path(__file__).parents[2]
AT_ONCE = 4
RUN_SECONDS = 600
KILLS_PER_RUN = 2
WRITES = ("POST", "PATCH")


@dataclass
class Hitman:
    """Kills the process behind a call: `orders` maps the number of a writing call to "before" or "after"."""

    orders: dict[int, str] = field(default_factory=dict)
    calls: int = 0
    kills: int = 0

    def order(self, chance: random.Random) -> None:
        """Let one of the next writing calls be somebody's last."""
        self.orders = {self.calls + chance.randint(1, 4): chance.choice(("before", "after"))}

    def meets(self, scope: Scope) -> str:
        """Whether this call is one's last; it is, if its process could be killed."""
        if scope["method"] not in WRITES or "query" in scope["path"] or "oauth" in scope["path"]:
            return ""
        self.calls += 1
        when = self.orders.pop(self.calls, "")
        return when if when and self._kill(scope["client"][1], scope["server"][1]) else ""

    def _kill(self, port: int, served_at: int) -> bool:
        for one in psutil.net_connections(kind="tcp"):
            if (
                one.pid
                and one.laddr.port == port
                and one.raddr
                and one.raddr.port == served_at
                and one.pid != os.getpid()
            ):
                with suppress(ProcessLookupError):
                    os.kill(one.pid, signal.SIGKILL)
                    self.kills += 1
                    return True
        return False


class Watched:
    """One system's application, at whose door a client may die."""

    def __init__(self, app: ASGIApp, hitman: Hitman) -> None:
        self._app, self._hitman = app, hitman

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/sandbox/") or not self._hitman.orders:
            return await self._app(scope, receive, send)
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return unread.pop() if unread else await receive()

        if self._hitman.meets(scope) != "before":
            await self._app(scope, again, send)


@contextmanager
def watched_sandbox(folder: Path, hitman: Hitman) -> Iterator[RunningSandbox]:
    """Both systems of a company in this process."""
    from include.sandbox.syncta.app import syncta_app

    folder.mkdir(parents=True)
    store = open_store(folder, {"scenario": "empty"})
    with ExitStack() as stack:
        stack.callback(store.close)
        quickbooks = stack.enter_context(served(Watched(quickbooks_app(store), hitman)))
        syncta = stack.enter_context(served(Watched(syncta_app(store), hitman)))
        yield RunningSandbox(quickbooks, syncta, store)


@dataclass(frozen=True)
class Look:
    """A run as Airflow's database has it: task → (state, id of the present try)."""

    state: str
    tasks: Mapping[str, tuple[str, str]]


class Tower:
    """The stack, its scheduler and the processes of its tasks."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.kills = 0
        self.over = False
        """Set when the command is ended: nobody waits for a run any more."""
        self.calling = threading.Lock()

    def look(self, dag_id: str, run_id: str) -> Look:
        """Read from the database: ten companies that ask the API server every second would keep it from its work."""
        runs = self._rows("select state from dag_run where dag_id = ? and run_id = ?", dag_id, run_id)
        found = self._rows(
            "select task_id, state, id from task_instance where dag_id = ? and run_id = ?", dag_id, run_id
        )
        return Look(str(runs[0][0]) if runs else "queued", {task: (str(state), str(id)) for task, state, id in found})

    def runs_of(self, backfill: int) -> list[str]:
        """The runs of a backfill."""
        return [str(row[0]) for row in self._rows("select run_id from dag_run where backfill_id = ?", backfill)]

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        file = self.stack.home.airflow / "airflow.db"
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as db:
            return db.execute(sql, values).fetchall()

    def kill_task(self, try_id: str) -> bool:
        """SIGKILL the process of a try; its supervisor, which is left alone, tells Airflow."""
        title = f"airflow worker -- {uuid.UUID(try_id)}"
        for process in psutil.process_iter(["cmdline"]):
            if " ".join(process.info["cmdline"] or ()).strip() == title:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
                    return True
        return False

    def kill_scheduler(self) -> None:
        """SIGKILL the scheduler, whose workers go on, and start another one."""
        psutil.Process(self.stack.processes.pid("scheduler")).kill()
        self.kills += 1
        command = [os.sys.executable, "-m", "airflow", *COMPONENTS["scheduler"]]  # type: ignore[attr-defined]
        self.stack.processes.start("scheduler", command, cwd=self.stack.home.airflow)


@dataclass
class Flight:
    """One seed in the real Airflow."""

    seed: int
    story: Story
    tower: Tower
    sandbox: RunningSandbox
    hitman: Hitman
    ledger: Ledger
    ledger_key: str
    say: Callable[[str], None]
    verdict: Verdict = field(init=False)
    world: World = field(init=False)
    inside: Airflow = field(init=False)
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.verdict = Verdict(self.seed)
        self.chance = random.Random(f"{self.seed}/airflow")
        self.world = World(self.sandbox, company_of(self.seed, self.story))
        stack = self.tower.stack
        place = Place(
            company=self.world.company,
            ledger_url=stack.ledger_url,
            ledger_key=self.ledger_key,
            files=stack.home.files,
            syncta_url=self.sandbox.syncta_url,
            syncta_key=self.sandbox.credentials("syncta")["api_key"],
            connection={},
        )
        self.inside = Airflow(self.world, place, self.ledger, self.chance, told=self.verdict.told)
        self.trouble = Trouble(self.chance, self.world, 1.0)

    @property
    def key(self) -> str:
        """The company's."""
        return self.world.company.key

    def fly(self, expected: Sequence[Ending]) -> Verdict:
        """The story, with its end compared."""
        writes = begin(self.inside, self.story)
        self._connect()
        self._first_sync()
        self._settle("after the first sync", expected[0], writes, real=False)
        for day in self.story.chapters[0]:
            if self.verdict.passed:
                live(self.world, day)
                self._day()
        if self.verdict.passed:
            self._settle("after the last day", expected[1], writes, real=True)
        self.verdict.told.kills += self.hitman.kills
        self.verdict.told.faults += self.trouble.happened()
        return self.verdict

    def _connect(self) -> None:
        books = dict(self.inside.place.connection)
        host, _, port = self.sandbox.syncta_url.removeprefix("http://").partition(":")
        extra = {name: books[name] for name in ("realm_id", "refresh_token", "base_url", "token_url")}
        quickbooks = {"conn_type": "quickbooks", "login": books["client_id"], "password": books["client_secret"]}
        syncta = {"conn_type": "syncta", "schema": "http", "host": host, "port": int(port)}
        api = self.tower.stack.airflow
        with self.tower.calling:
            api.add_connection(f"quickbooks_{self.key}", {**quickbooks, "extra": {**extra, "environment": "sandbox"}})
            api.add_connection(f"syncta_{self.key}", {**syncta, "password": self.inside.place.syncta_key})
            api.unpause(f"initial_sync.{self.key}")

    def _first_sync(self) -> None:
        for number in range(3):
            self._trouble(rough=number < 2)
            if self._trigger(f"initial_sync.{self.key}") == "success":
                break
        with self.tower.calling:
            self.tower.stack.airflow.unpause(f"sync.{self.key}")

    def _day(self) -> None:
        self._trouble(rough=True)
        if self.chance.random() < 0.3:
            self._backfill()
        self._trigger(f"sync.{self.key}")

    def _trouble(self, *, rough: bool) -> None:
        """Faults and a last call for the next run, or none of them."""
        self.trouble.rest()
        if rough:
            self.trouble.before_run()
            self.hitman.order(self.chance)

    def _trigger(self, dag_id: str, *, rough: bool = True) -> str:
        with self.tower.calling:
            run_id = self.tower.stack.airflow.trigger(dag_id, {"approval": "not_needed"})
        return self._watch(dag_id, run_id, kills=self.chance.randint(0, KILLS_PER_RUN) if rough else 0)

    def _backfill(self) -> None:
        start = dt.date(2026, 10, self.chance.choice((1, 2, 5)))
        with self.tower.calling:
            number = self.tower.stack.airflow.backfill(
                f"sync.{self.key}", start, start + dt.timedelta(days=1), {"approval": "not_needed"}
            )
        for run_id in self.tower.runs_of(number):
            self._watch(f"sync.{self.key}", run_id, kills=1)

    def _watch(self, dag_id: str, run_id: str, *, kills: int) -> str:
        """Until the run has ended: now and then one of its processes dies; what waits for a try is cleared."""
        self.verdict.told.runs += 1
        began, cleared = time.monotonic(), 0
        while time.monotonic() - began < RUN_SECONDS and not self.tower.over:
            time.sleep(1)
            seen = self.tower.look(dag_id, run_id)
            if seen.state == "success":
                return self._ended(dag_id, run_id, seen)
            if seen.state == "failed":
                if cleared >= 6:
                    return self._ended(dag_id, run_id, seen)
                cleared += 1
                self._clear(dag_id, run_id, ())
                continue
            if seen.tasks.get("approve", ("", ""))[0] == "awaiting_input":
                # What a backfill would push is asked for whatever the run says (protocol 2.2): a person agrees.
                with suppress(Exception):
                    self.tower.stack.airflow.answer(dag_id, run_id, "approve", ["Approve"])
                continue
            running = [id for state, id in seen.tasks.values() if state == "running"]
            waiting = [task for task, (state, _) in seen.tasks.items() if state == "up_for_retry"]
            if waiting and not running:
                self._clear(dag_id, run_id, waiting)
            elif (
                kills and running and self.chance.random() < 0.05 and self.tower.kill_task(self.chance.choice(running))
            ):
                kills -= 1
                self.verdict.told.kills += 1
        self.verdict.broke = f"{dag_id} {run_id} did not end"
        return "hangs"

    def _clear(self, dag_id: str, run_id: str, tasks: Sequence[str]) -> None:
        self.inside.time_passes(300)
        with self.tower.calling, suppress(Exception):
            self.tower.stack.airflow.clear(dag_id, run_id, tasks)

    def _ended(self, dag_id: str, run_id: str, seen: Look) -> str:
        states = {task: state for task, (state, _) in seen.tasks.items() if state not in ("success", "skipped")}
        self.say(f"  seed {self.seed}: {dag_id} {seen.state} {states or ''}")
        return seen.state

    def _settle(self, where: str, expected: Ending, writes: Writes, *, real: bool) -> None:
        """Nothing goes wrong any more: one quiet run, in Airflow or here; then it is compared."""
        self.hitman.orders = {}
        self.trouble.rest()
        self.inside.time_passes(LATER)
        if real:
            self._trigger(f"sync.{self.key}", rough=False)
        else:
            self.inside.run(RunKind.CYCLE)
        before = writes.now()
        found = ending(self.world, self.ledger, before)
        self.verdict.writes = sum(before.values())
        self.verdict.quiet = 1
        self.verdict.difference = difference(expected, found)
        self.verdict.where = where
        if self.verdict.passed and real:
            self.inside.run(RunKind.CYCLE)
            if writes.now() != before:
                self.verdict.broke = f"a further run wrote {dict(writes.now() - before)}"


def fly_all(seeds: Sequence[int], say: Callable[[str], None], *, scheduler_kills: int = 1) -> list[Verdict]:
    """These seeds in one Airflow, a few at once; their verdicts."""
    stories = {seed: story_of(seed, chapters=1, days=1, size=4) for seed in seeds}
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, ExitStack() as opened, hurried():
        say(f"{len(seeds)} seeds in a real Airflow")
        companies = _companies_file(Path(folder) / "companies.yaml", stories)
        stack = opened.enter_context(
            running_stack(PROJECT, "empty", name="chaos", environ=_environment(companies), say=say)
        )
        tower = Tower(stack)
        ledger = Ledger.open(stack.ledger_url)
        key = _ledger_key(stack)
        expected = _expected(stories, Path(folder))
        stack.wait_for_dags({f"sync.c{seed}" for seed in seeds})
        flights = []
        for seed in seeds:
            hitman = Hitman()
            sandbox = opened.enter_context(watched_sandbox(Path(folder) / f"sandbox{seed}", hitman))
            flights.append(Flight(seed, stories[seed], tower, sandbox, hitman, ledger, key, say))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            flying = [pool.submit(_fly, flight, expected[flight.seed]) for flight in flights]
            try:
                _kill_schedulers(tower, flying, scheduler_kills, say)
                verdicts = [one.result() for one in flying]
            finally:
                tower.over = True
        verdicts[0].told.kills += tower.kills
        return verdicts


def _fly(flight: Flight, expected: Sequence[Ending]) -> Verdict:
    import traceback

    try:
        flight.fly(expected)
    except Exception:
        flight.verdict.broke, flight.verdict.where = "the harness broke", traceback.format_exc(limit=-6)
    flight.say(str(flight.verdict) + (f"\n{flight.verdict.where}" if flight.verdict.broke else ""))
    return flight.verdict


def _kill_schedulers(tower: Tower, flying: Sequence[Any], number: int, say: Callable[[str], None]) -> None:
    chance = random.Random("schedulers")
    for _ in range(number):
        until = time.monotonic() + chance.uniform(60, 120)
        while time.monotonic() < until:
            if all(one.done() for one in flying):
                return
            time.sleep(1)
        tower.kill_scheduler()
        say("  the scheduler was killed and another one started")


def _expected(stories: Mapping[int, Story], folder: Path) -> dict[int, list[Ending]]:
    from tests.sandbox_server import sandbox_in_threads

    with sandbox_in_threads(folder / "control", "empty") as sandbox:
        return {
            seed: list(control(seed, story, sandbox, folder / "control-run", Verdict(seed)))
            for seed, story in stories.items()
        }


def _companies_file(file: Path, stories: Mapping[int, Story]) -> Path:
    companies = {}
    for seed, story in stories.items():
        settings = company_of(seed, story).model_dump(mode="json", exclude_defaults=True)
        key = settings.pop("key")
        companies[key] = {**settings, "schedule": "0 0 * * *", "start_date": "2026-09-01"}
    with file.open("w") as out:
        YAML(typ="safe").dump({"companies": companies}, out)
    return file


def _environment(companies: Path) -> dict[str, str]:
    """Ten companies, and a task whose worker died with the scheduler is missed after half a minute, not after five."""
    return {
        "SYNC_COMPANIES_FILE": str(companies),
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    }


def _ledger_key(stack: Stack) -> str:
    for line in (stack.home.path / "environment").read_text().splitlines():
        if line.startswith("export SYNC_LEDGER_KEY="):
            return line.split("'")[1]
    raise LookupError("the stack has no ledger key")
