"""The command's words: options, one line per seed, and the table at the end."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

from tests.chaos.company import story_of
from tests.chaos.process import hurried, prepare_children
from tests.chaos.seed import Verdict, try_seed
from tests.sandbox_server import RunningSandbox, sandbox_in_threads

FIRST_IN_AIRFLOW = 10_001


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50, help="how many seeds, from 1 on (50)")
    parser.add_argument("--seed", type=int, help="only this seed, with everything that happened")
    parser.add_argument("--first", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--airflow", type=int, default=0, help="how many further seeds run in a real Airflow (0)")
    parser.add_argument("--much", type=float, default=1.0, help="how much goes wrong, 0 to 1 (1)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes at once")
    return parser.parse_args(arguments)


def run(options: argparse.Namespace) -> int:
    """Run the seeds; 1 if one of them fails."""
    began = time.monotonic()
    if options.seed is not None:
        verdicts = list(_many([options.seed], options))
        _say("\n".join(verdicts[0].told.log))
        _say(str(verdicts[0]))
    else:
        verdicts = list(_said(_many(range(options.first, options.first + options.seeds), options)))
        if options.airflow:
            from tests.chaos.airflow import fly_all

            verdicts += fly_all(range(FIRST_IN_AIRFLOW, FIRST_IN_AIRFLOW + options.airflow), _say)
    failed = [one for one in verdicts if not one.passed]
    for one in failed:
        _say(
            f"\nseed {one.seed} failed {one.where}: {one.broke}\n{one.difference}\n  replay: make chaos SEED={one.seed}"
        )
    _say(_table(verdicts, time.monotonic() - began))
    return 1 if failed else 0


def _said(verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    for one in verdicts:
        _say(str(one))
        yield one


def _many(seeds: Sequence[int], options: argparse.Namespace) -> Iterator[Verdict]:
    """Each worker has a sandbox of its own. They are ended, not asked to end: servers in threads take their time."""
    with tempfile.TemporaryDirectory(prefix="chaos-", dir=_memory()) as folder:
        if not seeds:
            return
        if options.workers == 1 or len(seeds) == 1:
            _prepare(folder)
            yield from (_one((seed, options.much)) for seed in seeds)
            return
        jobs = [(seed, options.much) for seed in seeds]
        pool = ProcessPoolExecutor(options.workers, get_context("spawn"), _prepare, (folder,))
        try:
            yield from (one.result() for one in as_completed([pool.submit(_one, job) for job in jobs]))
        finally:
            workers = list(pool._processes.values())
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                worker.kill()


def _one(job: tuple[int, float]) -> Verdict:
    """A seed, in this process's own sandbox."""
    seed, much = job
    verdict = Verdict(seed)
    try:
        try_seed(verdict, story_of(seed), *_here[0], much=much)
    except Exception:
        verdict.broke, verdict.where = "the harness broke", traceback.format_exc(limit=-6)
    return verdict


def _prepare(folder: str) -> None:
    """Start this process's sandbox, which lives as long as the process."""
    prepare_children()
    mine = Path(tempfile.mkdtemp(dir=folder))
    _opened.enter_context(hurried())
    _here.append((_opened.enter_context(sandbox_in_threads(mine / "sandbox", "empty")), mine))


def _memory() -> Path | None:
    """A folder in memory, where there is one: the disk would be waited for most of the time."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() else None


_here: list[tuple[RunningSandbox, Path]] = []
_opened = ExitStack()


def _table(verdicts: Sequence[Verdict], seconds: float) -> str:
    columns = {
        "seeds": len(verdicts),
        "passed": sum(one.passed for one in verdicts),
        "runs": sum(one.told.runs for one in verdicts),
        "faults": sum(one.told.faults for one in verdicts),
        "kills": sum(one.told.kills for one in verdicts),
        "writes": sum(one.writes for one in verdicts),
        "lost": sum(len(one.difference.lost) for one in verdicts),
        "twice": sum(len(one.difference.twice) for one in verdicts),
        "second quiet run": sum(one.quiet > 1 for one in verdicts),
        "seconds": round(seconds),
    }
    head = "  ".join(columns)
    return f"\n{head}\n" + "  ".join(f"{value:>{len(name)}}" for name, value in columns.items())


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
