"""Real processes that do one thing at the same moment: `python -m tests.ledger.racing WHAT URL [ARGUMENT…]`.

A racer opens what it needs, says `ready`, waits for the starting line on its standard input, and answers with JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from include.errors import CompanyIsBusy
from include.ledger import leases, marks, mirror
from include.ledger.database import Ledger, migrate
from include.ledger.pace import LedgerGate, Limits
from include.ledger.tokens import LedgerTokenStore
from include.records import Entity, System
from include.tokens import Tokens
from tests.ledger.samples import SCOPE, after, customer

ROOT = Path(__file__).parents[2]
MODULE = "tests.ledger.racing"


def race(what: str, url: str, *arguments: str, racers: int = 4, module: str = MODULE, within: int = 120) -> list[Any]:
    """The answers of so many processes started together; each is given its number as the last argument. `module` is
    run by each of them and ends in `answer_together`; `within` is in seconds."""
    command = [sys.executable, "-m", module, what, url, *arguments]
    running = [
        subprocess.Popen([*command, str(n)], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for n in range(racers)
    ]
    try:
        for racer in running:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        for racer in running:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        return [json.loads(racer.communicate(timeout=within)[0]) for racer in running]
    finally:
        for racer in running:
            racer.kill()
            racer.communicate()


def take_lease(ledger: Ledger, number: str) -> int | None:
    try:
        return leases.take(ledger, SCOPE, "syncta", f"racer {number}").fence
    except CompanyIsBusy:
        return None


def refresh_token(ledger: Ledger, key: str, journal: str, number: str) -> str:
    def turn(_current: Tokens | None) -> Tokens:
        with Path(journal).open("a") as file:
            file.write(f"{number}\n")
        return Tokens(f"access {number}", f"refresh {number}", after(60), after(6000))

    return LedgerTokenStore(ledger, key, SCOPE).refresh(turn, stale=None).access_token


def move_mark(ledger: Ledger, steps: str, number: str) -> str:
    for step in range(int(steps)):
        with ledger.writing() as conn:
            marks.move(conn, SCOPE, System.SYNCTA, "invoice", after(step * 10 + int(number)))
    return dt.datetime.now(dt.UTC).isoformat()


def upsert_versions(ledger: Ledger, highest: str, number: str) -> int:
    for version in range(int(number), int(highest) + 1, 2):
        with ledger.writing() as conn:
            mirror.upsert(conn, SCOPE, System.SYNCTA, [customer("1", version)], Entity.CUSTOMER, after(version))
    return int(highest)


def enter_gate(ledger: Ledger, calls: str, _number: str) -> list[float]:
    """When each of so many calls had its turn; nothing is waited for."""
    turns: list[float] = []
    waits: list[float] = []
    gate = LedgerGate(ledger, SCOPE, Limits(), 10_000, sleep=waits.append)
    for _ in range(int(calls)):
        waits.clear()
        gate.enter("query", metered=True)
        turns.append(time.time() + (waits[-1] if waits else 0))
    return turns


def gate_cost(ledger: Ledger, calls: str, _number: str) -> list[float]:
    """Milliseconds that each of so many calls spent at its company's gate; nothing is waited for."""
    gate = LedgerGate(ledger, SCOPE, Limits(), 1_000_000, sleep=lambda _seconds: None)
    took: list[float] = []
    for _ in range(int(calls)):
        begun = time.perf_counter()
        gate.enter("query", metered=True)
        took.append((time.perf_counter() - begun) * 1000)
    return took


RACES: dict[str, Callable[..., Any]] = {
    "take_lease": take_lease,
    "refresh_token": refresh_token,
    "move_mark": move_mark,
    "upsert_versions": upsert_versions,
    "enter_gate": enter_gate,
    "gate_cost": gate_cost,
}


def answer_together(work: Callable[[], Any]) -> None:
    """Say that all is ready, wait for the others, answer with what `work` gives, and end."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(json.dumps(work()))
    sys.stdout.flush()
    os._exit(0)  # as abruptly as a killed task


def _work(what: str, url: str, *arguments: str) -> Callable[[], Any]:
    if what == "migrate":
        return lambda: migrate(url)
    ledger = Ledger.open(url)
    return lambda: RACES[what](ledger, *arguments)


if __name__ == "__main__":
    answer_together(_work(*sys.argv[1:]))
