"""Runs as Airflow makes them: task after task, each tried again as the retry policy says, given up, or cleared.

Time passes between tries without waiting: everything the ledger dates moves back by as much, and the sandbox's clock
on. A process that died therefore holds its lease until 120 seconds have passed, as in reality.
"""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select, update

from include.ledger.database import Ledger
from include.ledger.tables import leases, of, outbox, tokens
from include.sync.run import RunKind
from tests.chaos.fate import Fate, Turns
from tests.chaos.faults import Trouble
from tests.chaos.process import EXTRACTS, Job, Outcome, Place, attempt
from tests.chaos.world import World

TRIES = 4
STEPS = ("poll", *EXTRACTS, "match_customers", "plan", "check_quality", "load_to_ledger")
LOADS = ("load_to_syncta", "load_to_quickbooks")


@dataclass
class Told:
    """What happened in the runs of a seed."""

    runs: int = 0
    kills: int = 0
    faults: int = 0
    reconnects: int = 0
    log: list[str] = field(default_factory=list)

    def outcome(self, job: Job, outcome: Outcome) -> None:
        """One try more."""
        self.kills += outcome.state == "killed"
        self.faults += sum(not one.startswith(("killed", "people")) for one in outcome.happened)
        if outcome.state != "done" or outcome.happened:
            what = "; ".join([outcome.state, outcome.error, *outcome.happened])
            self.log.append(f"  {job.run_id} {job.task} try {job.attempt}: {what}")


@dataclass
class Airflow:
    """Runs of one world's company. `trouble` None: nothing goes wrong."""

    world: World
    place: Place
    ledger: Ledger
    chance: random.Random
    trouble: Trouble | None = None
    told: Told = field(default_factory=Told)
    given: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Run id → what its tasks handed on, for a run that is cleared."""
    kinds: dict[str, tuple[RunKind, tuple[dt.datetime, dt.datetime] | None]] = field(default_factory=dict)
    numbers: int = 0

    def run(self, kind: RunKind, window: tuple[dt.datetime, dt.datetime] | None = None, **options: Any) -> str:
        """A new run; how it ended: "success", "leftovers", "nothing_new", "failed", or "" if nobody can say."""
        self.numbers += 1
        return self._tasks(f"r{self.numbers}", kind, window, **options)

    def clear(self, run_id: str, from_task: str, **options: Any) -> str:
        """A run once more, from a task on: what earlier tasks handed on is still there."""
        kind, window = self.kinds[run_id]
        later = (*STEPS, *LOADS)[(*STEPS, *LOADS).index(from_task) :]
        self.given[run_id] = {name: value for name, value in self.given[run_id].items() if name not in later}
        return self._tasks(run_id, kind, window, **options)

    def at_once(self, kinds: Sequence[tuple[RunKind, Any]]) -> list[str]:
        """Several runs of the company side by side; whose turn it is, chance says."""
        turns, ended = Turns(self.chance, len(kinds)), [""] * len(kinds)
        self.numbers += len(kinds)
        first = self.numbers - len(kinds) + 1

        def one(me: int) -> None:
            turns.wait(me)
            try:
                kind, window = kinds[me]
                ended[me] = self._tasks(f"r{first + me}", kind, window, turn=lambda: turns.pass_on(me))
            except BaseException as error:
                ended[me] = f"broke: {error!r}"
                raise
            finally:
                turns.end(me)

        threads = [threading.Thread(target=one, args=(me,)) for me in range(len(kinds))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return ended

    def _tasks(
        self,
        run_id: str,
        kind: RunKind,
        window: tuple[dt.datetime, dt.datetime] | None,
        *,
        turn: Callable[[], None] | None = None,
        acts: Sequence[Callable[[], None]] = (),
    ) -> str:
        self.kinds[run_id] = (kind, window)
        self.told.runs += 1
        given = self.given.setdefault(run_id, {})
        if self.trouble:
            self.trouble.before_run()
        runner = _Runner(self, run_id, kind, window, given, turn, list(acts))
        state = runner.all_tasks()
        self.told.log.append(f" {run_id} {kind.value}{_short(window)}: {state or 'given up'}")
        return state

    def time_passes(self, seconds: float) -> None:
        """As if it were so much later."""
        if self.trouble:
            self.trouble.late.all_arrive()
        self.world.store.clock.advance(dt.timedelta(seconds=seconds))
        by = dt.timedelta(seconds=seconds)
        with self.ledger.writing() as conn:
            for table, name in ((leases, "expires_at"), (outbox, "sent_at"), (tokens, "owned_until")):
                column, ours = table.c[name], of(table, self.world.company.scope)
                for (moment,) in list(conn.execute(select(column).where(ours, column.is_not(None)).distinct())):
                    conn.execute(update(table).where(ours, column == moment).values({name: moment - by}))


@dataclass
class _Runner:
    """One run from its first task to its report."""

    airflow: Airflow
    run_id: str
    kind: RunKind
    window: tuple[dt.datetime, dt.datetime] | None
    given: dict[str, Any]
    turn: Callable[[], None] | None
    acts: list[Callable[[], None]]
    failed: list[str] = field(default_factory=list)

    def all_tasks(self) -> str:
        """How it ended."""
        for task in (*STEPS, *self._in_any_order(LOADS)):
            if task in self.given:
                continue
            if not self._task(task):
                return ""
            # Both loads run side by side: one that failed does not stop the other.
            if self.failed and task not in LOADS:
                break
            if task == "poll" and self.given["poll"] is None:
                del self.given["poll"]
                return "nothing_new"
        return self._report()

    def _in_any_order(self, tasks: Sequence[str]) -> list[str]:
        return self.airflow.chance.sample(list(tasks), len(tasks))

    def _task(self, task: str) -> bool:
        """One task with its tries; False if the run is given up."""
        airflow = self.airflow
        for number in range(1, TRIES + 1):
            outcome = self._try(task, number)
            if outcome.state == "done":
                self.given[task] = outcome.answer
                return True
            if outcome.state == "killed" and airflow.chance.random() < 0.15:
                return False  # the scheduler died with it, and nobody takes the run up again
            if outcome.permanent:
                break
            airflow.time_passes(outcome.wait)
        self.failed.append(task)
        if outcome.reconnect:
            airflow.told.reconnects += 1
            airflow.place = connected(airflow.world, airflow.place)
        return True

    def _try(self, task: str, number: int) -> Outcome:
        airflow = self.airflow
        job = Job(
            airflow.place,
            "initial_sync" if self.kind is RunKind.INITIAL else "sync",
            self.run_id,
            self.kind,
            task,
            self.given,
            number,
            self.window,
        )
        fate = airflow.trouble.fate(task, self.acts, may_die=self.turn is None) if airflow.trouble else Fate()
        if fate.meanwhile:
            self.acts.clear()
        if self.turn:
            fate.turn = self.turn
        outcome = attempt(job, fate)
        airflow.told.outcome(job, outcome)
        return outcome

    def _report(self) -> str:
        self.given["report"] = {
            "extracts": [self.given.get(name) for name in EXTRACTS],
            "planned": self.given.get("plan"),
            **{name.removeprefix("load_to_"): self.given.get(name) for name in ("load_to_ledger", *LOADS)},
            "failed": sorted(self.failed),
        }
        outcome = self._try("report", 1)
        del self.given["report"]
        return str(outcome.answer["state"]) if outcome.state == "done" else ""


def connected(world: World, place: Place) -> Place:
    """A person connected QuickBooks (again): the refresh token of this moment stands in the connection."""
    told = world.sandbox.quickbooks("GET", f"/sandbox/credentials?realm={place.company.realm_id}").json()
    names = ("client_id", "client_secret", "realm_id", "base_url", "token_url", "refresh_token")
    return replace(place, connection={name: str(told[name]) for name in names})


def _short(window: tuple[dt.datetime, dt.datetime] | None) -> str:
    return f" {window[0]:%m-%dT%H}..{window[1]:%m-%dT%H}" if window else ""
