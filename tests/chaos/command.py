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
from multiprocessing import get_context
from pathlib import Path

from tests.chaos.process import prepare_children
from tests.chaos.seed import Verdict, try_seed
from tests.sandbox_server import RunningSandbox, sandbox_in_threads

FIRST_IN_AIRFLOW = 10_001
_sandbox: list[tuple[RunningSandbox, Path]] = []


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
        verdicts = [_one(options.seed, options.much)]
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


def _many(seeds: Iterable[int], options: argparse.Namespace) -> Iterator[Verdict]:
    if options.workers == 1:
        yield from (_one(seed, options.much) for seed in seeds)
        return
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(_one, seed, options.much) for seed in seeds]
        yield from (one.result() for one in as_completed(waiting))


def _one(seed: int, much: float) -> Verdict:
    """A seed, in this process's own sandbox."""
    sandbox, folder = _my_sandbox()
    verdict = Verdict(seed)
    try:
        try_seed(verdict, sandbox, folder, much=much)
    except Exception:
        verdict.broke, verdict.where = "the harness broke", traceback.format_exc(limit=-6)
    return verdict


def _my_sandbox() -> tuple[RunningSandbox, Path]:
    if not _sandbox:
        prepare_children()
        memory = Path("/dev/shm")
        folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=memory if memory.is_dir() else None))
        _keep_for_ever.append(sandbox_in_threads(folder / "sandbox", "empty"))
        _sandbox.append((_keep_for_ever[-1].__enter__(), folder))
    return _sandbox[0]


_keep_for_ever: list = []


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
