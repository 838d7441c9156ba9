"""One seed: a control run, a chaos run of the same story, and whether both end alike."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet

from include.ledger.database import Ledger, migrate
from include.sandbox.control import reset
from include.sandbox.scenarios.town import ZONE
from include.settings import Company
from include.sync.run import RunKind
from tests.chaos.acts import Act, Day, Story
from tests.chaos.company import GO_LIVE
from tests.chaos.ending import Difference, Ending, difference, ending
from tests.chaos.faults import Trouble
from tests.chaos.process import EXTRACTS, Place
from tests.chaos.runs import LOADS, Airflow, Told, connected
from tests.chaos.world import World, ledger_file, realm_of
from tests.sandbox_server import RunningSandbox

KEY = Fernet.generate_key().decode()
QUIET_RUNS = 2
ENDED_WELL = ("success", "nothing_new")
PATIENCE = 12
"""Tries of the first sync under faults, before it is run in peace."""
LATER = 1200.0
"""Seconds after which whatever was lost may be judged (protocol 3.5)."""


@dataclass
class Verdict:
    """What became of a seed. `quiet` is how many quiet runs a chapter needed at most."""

    seed: int
    difference: Difference = field(default_factory=Difference)
    where: str = ""
    told: Told = field(default_factory=Told)
    writes: int = 0
    quiet: int = 0
    broke: str = ""

    @property
    def passed(self) -> bool:
        """Whether both runs ended alike."""
        return not self.difference and not self.broke

    def __str__(self) -> str:
        told = self.told
        words = "passed" if self.passed else self.broke or f"{len(self.difference.lost)} lost"
        return (
            f"seed {self.seed}: {words}; {told.runs} runs, {told.faults} faults, {told.kills} kills, "
            f"{self.writes} writes, {self.quiet} quiet"
        )


def company_of(seed: int, story: Story) -> Company:
    """The settings of a seed's company."""
    return Company.model_validate({
        "key": f"c{seed}",
        "name": f"Chaos {seed}",
        "realm_id": realm_of(seed),
        "environment": "sandbox",
        "go_live": GO_LIVE.isoformat(),
        "time_zone": "America/Los_Angeles",
        "schedule": "0 * * * *",
        **story.settings,
    })


def try_seed(verdict: Verdict, story: Story, sandbox: RunningSandbox, folder: Path, *, much: float = 1.0) -> None:
    """Both runs of the verdict's seed and story, compared after every chapter."""
    seed = verdict.seed
    expected_ends = list(control(seed, story, sandbox, folder / "control", verdict))
    chaos = _Chaos(seed, story, sandbox, folder / "chaos", much, verdict)
    for number, (expected, found) in enumerate(zip(expected_ends, chaos.endings(), strict=True)):
        verdict.difference = difference(expected, found)
        verdict.writes = sum(found.writes.values())
        if verdict.difference:
            verdict.where = f"after chapter {number}" if number else "after the first sync"
            break
        if verdict.broke:
            break


@contextmanager
def _peaceful(seed: int, story: Story, sandbox: RunningSandbox, folder: Path) -> Iterator[Airflow]:
    assert sandbox.store is not None
    reset(sandbox.store, {"scenario": "empty"})
    world = World(sandbox, company_of(seed, story))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ledger = new_ledger(folder)
    url = f"sqlite:///{ledger_file(folder)}"
    key = sandbox.credentials("syncta")["api_key"]
    checks = seed % 10 == 0
    place = Place(world.company, url, KEY, folder / "files", sandbox.syncta_url, key, {}, checks)
    airflow = Airflow(world, place, ledger, random.Random(f"{seed}/runs"))
    try:
        yield airflow
    finally:
        ledger.close()
        shutil.rmtree(folder, ignore_errors=True)


def new_ledger(folder: Path) -> Ledger:
    """An empty ledger; migrated once, copied ever after."""
    template = folder.parent / "template" / "ledger.sqlite"
    if not template.exists():
        migrate(f"sqlite:///{template}")
    shutil.copy(template, ledger_file(folder))
    return Ledger.open(f"sqlite:///{ledger_file(folder)}")


def live(world: World, day: Day, acts: Sequence[Act] | None = None) -> None:
    world.on(day.date)
    for act in day.acts if acts is None else acts:
        world.do(act)


class Writes:
    """Counts what the sync wrote; a reset of the meter between worlds starts it anew."""

    def __init__(self, world: World) -> None:
        self.world, self.before = world, world.executed()

    def now(self) -> Counter[str]:
        """Since the beginning."""
        return self.world.executed() - self.before


def begin(airflow: Airflow, story: Story) -> Writes:
    """The company until the day of the first sync, and a connection to it."""
    for day in story.founding:
        live(airflow.world, day)
    airflow.world.on("2026-10-04")
    airflow.place = connected(airflow.world, airflow.place)
    return Writes(airflow.world)


def control(seed: int, story: Story, sandbox: RunningSandbox, folder: Path, verdict: Verdict) -> Iterator[Ending]:
    """The story without any trouble: the sync after every day."""
    with _peaceful(seed, story, sandbox, folder) as airflow:
        verdict.told, world = airflow.told, airflow.world
        writes = begin(airflow, story)
        states = [airflow.run(RunKind.INITIAL)]
        for chapter in ((), *story.chapters):
            for day in chapter:
                live(world, day)
                states.append(airflow.run(RunKind.CYCLE))
            world.store.clock.advance(dt.timedelta(hours=12))
            states.append(airflow.run(RunKind.CYCLE))
            assert set(states) <= {"success", "leftovers", "nothing_new"}, airflow.told.log
            yield ending(world, airflow.ledger, writes.now())


@dataclass
class _Chaos:
    """The same story with faults and kills, runs and backfills in any order."""

    seed: int
    story: Story
    sandbox: RunningSandbox
    folder: Path
    much: float
    verdict: Verdict

    def endings(self) -> Iterator[Ending]:
        """The end of every chapter, after the sync was left in peace."""
        with _peaceful(self.seed, self.story, self.sandbox, self.folder) as airflow:
            self.verdict.told = airflow.told
            self.chance = random.Random(f"{self.seed}/chaos")
            world = airflow.world
            writes = begin(airflow, self.story)
            trouble = Trouble(self.chance, world, self.much)
            for number, chapter in enumerate(((), *self.story.chapters)):
                airflow.trouble = trouble
                if not number:
                    self._first_sync(airflow)
                for day in chapter:
                    self._day(airflow, day)
                trouble.rest()
                airflow.trouble = None
                airflow.told.faults += trouble.happened()
                yield from self._peace(airflow, writes)

    def _first_sync(self, airflow: Airflow) -> None:
        """Until it was loaded: before, nothing else is written (rules 1.1)."""
        for _ in range(self.chance.randint(1, PATIENCE)):
            if airflow.run(RunKind.INITIAL) in ("success", "leftovers"):
                return
            airflow.time_passes(300)
        assert airflow.trouble is not None
        airflow.trouble.rest()
        airflow.time_passes(LATER)
        trouble, airflow.trouble = airflow.trouble, None
        state = airflow.run(RunKind.INITIAL)
        if state not in ("success", "leftovers"):
            self.verdict.broke = f"the first sync in peace ended as {state or 'nothing'}"
        airflow.trouble = trouble

    def _day(self, airflow: Airflow, day: Day) -> None:
        """What people do on a day, some of it in the middle of a run; then runs in any order."""
        world, chance = airflow.world, self.chance
        world.on(day.date)
        now, later = _split(day.acts, chance)
        for act in now:
            world.do(act)
        for number in range(chance.randint(1, 3)):
            self._some_run(airflow, later if number == 0 else [])
            airflow.time_passes(chance.choice((60, 600, 3600)))

    def _some_run(self, airflow: Airflow, pending: list[Act]) -> None:
        """A run, during which people do the rest of the day's work."""
        chance, done = self.chance, []

        def act_now() -> None:
            done.append(True)
            for act in pending:
                airflow.world.do(act)

        hooks = [act_now] if pending else []
        what = chance.random()
        if what < 0.5 or not airflow.given:
            airflow.run(RunKind.CYCLE, acts=hooks)
        elif what < 0.7:
            airflow.run(RunKind.BACKFILL, _window(chance), acts=hooks)
        elif what < 0.85:
            run_id = chance.choice(sorted(airflow.kinds))
            airflow.clear(run_id, chance.choice(("poll", *_had(airflow, run_id))), acts=hooks)
        else:
            other = chance.choice(((RunKind.INITIAL, None), (RunKind.BACKFILL, _window(chance))))
            airflow.at_once([(RunKind.CYCLE, None), other])
        if not done and pending:
            act_now()

    def _peace(self, airflow: Airflow, writes: Writes) -> Iterator[Ending]:
        """Faults are over: what is left over is carried out, and a run more writes nothing (G1)."""
        airflow.time_passes(LATER)
        airflow.world.store.clock.advance(dt.timedelta(hours=6))
        quiet, state = 0, ""
        while quiet < QUIET_RUNS and (not quiet or state not in ENDED_WELL or _refused(airflow)):
            quiet, state = quiet + 1, airflow.run(RunKind.CYCLE)
        self.verdict.quiet = max(self.verdict.quiet, quiet)
        if state not in ENDED_WELL:
            self.verdict.broke = f"the last of {QUIET_RUNS} quiet runs ended as {state or 'nothing'}"
        found = ending(airflow.world, airflow.ledger, writes.now())
        airflow.run(RunKind.CYCLE)
        after = ending(airflow.world, airflow.ledger, writes.now())
        if after != found:
            self.verdict.broke = f"a further run changed something (G1):\n{difference(found, after)}"
        yield after


def _refused(airflow: Airflow) -> bool:
    """Whether the last run heard a refusal. If it was ordered as a fault and only heard now, in answer to a batch that
    was lost before, the record is held, and goes out with the next run."""
    loads = airflow.given.get(f"r{airflow.numbers}", {})
    return any((loads.get(task) or {}).get("held") for task in LOADS)


def _split(acts: Sequence[Act], chance: random.Random) -> tuple[list[Act], list[Act]]:
    """What is done before the runs, and the rest of the day, which may happen during one; the order stays."""
    cut = chance.randint(0, len(acts))
    while cut < len(acts) and not all(act.alone for act in acts[cut:]):
        cut += 1
    return list(acts[:cut]), list(acts[cut:])


def _window(chance: random.Random) -> tuple[dt.datetime, dt.datetime]:
    """Some days of the story, or all that came before."""
    start = dt.datetime(2026, 8, 1, tzinfo=ZONE) + dt.timedelta(days=chance.choice((0, 19, 40, 62, 65, 66)))
    return start, start + dt.timedelta(days=chance.choice((1, 3, 30, 90)))


def _had(airflow: Airflow, run_id: str) -> list[str]:
    """Tasks from which a run may be cleared: everything before them has an answer."""
    given = airflow.given[run_id]
    order = ("poll", *EXTRACTS, "match_customers", "plan", "check_quality", "load_to_ledger", "load_to_syncta")
    found = []
    for task in order:
        if task not in given:
            break
        found.append(task)
    return found
