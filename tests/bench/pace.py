"""What keeping to QuickBooks' limits costs, and that they are kept: `python -m tests.bench.pace [--calls 130]`.

Both on SQLite and on PostgreSQL: the time a call spends at the gate when it need not wait, alone and with four
processes; then two processes with four clients each that call a sandbox with Intuit's limits as fast as they may.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from include.ledger.database import Ledger, migrate
from include.ledger.pace import LedgerGate, Limits
from include.records import Scope
from tests.ledger.racing import race
from tests.postgres_server import postgres_server
from tests.quickbooks.hammering import hammer
from tests.sandbox_server import running_sandbox

ENTERED = 300


@contextmanager
def ledgers(folder: Path) -> Iterator[dict[str, str]]:
    """A migrated ledger of each kind."""
    with postgres_server() as server, server.database() as postgres:
        urls = {"sqlite": f"sqlite:///{folder / 'ledger.sqlite'}", "postgresql": postgres}
        for url in urls.values():
            migrate(url)
        yield urls


def alone(url: str) -> list[float]:
    """Milliseconds of each entrance, nobody else calling."""
    ledger, scope = Ledger.open(url), Scope("bench", "1", "sandbox")
    gate = LedgerGate(ledger, scope, Limits(), 1_000_000, sleep=lambda _seconds: None)
    took = []
    for call in range(ENTERED):
        begun = time.perf_counter()
        # Turns are not waited for, so that after some calls the next one would be too far away: another company's.
        if call % 100 == 0:
            gate = LedgerGate(ledger, Scope(f"bench {call}", "1", "sandbox"), Limits(), 1_000_000, sleep=lambda _: None)
        gate.enter("query", metered=True)
        took.append((time.perf_counter() - begun) * 1000)
    ledger.close()
    return took


def together(url: str) -> float:
    """Milliseconds per entrance while four processes enter at once."""
    return statistics.mean(took for racer in race("gate_cost", url, "100") for took in racer)


def main() -> int:
    """Print the figures; 1 if a limit was met."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pace", description=__doc__)
    parser.add_argument("--calls", type=int, default=130, help="calls of each of the eight clients")
    calls = parser.parse_args().calls
    met = 0
    with tempfile.TemporaryDirectory() as folder, ledgers(Path(folder)) as urls:
        for name, url in urls.items():
            took = alone(url)
            sys.stdout.write(
                f"{name}: {statistics.median(took):.1f} ms a call (median of {len(took)}), "
                f"{together(url):.1f} ms with four processes at once\n"
            )
            with running_sandbox(Path(folder) / name, "seed_example", limits="intuit") as sandbox:
                begun = time.monotonic()
                seen = hammer(url, sandbox.quickbooks_url, processes=2, clients=4, calls=calls)
                (meter,) = sandbox.meter().values()
            met += seen.throttled
            total = sum(seen.calls.values())
            sys.stdout.write(
                f"{name}: {total} calls in {time.monotonic() - begun:.0f} s, {seen.throttled} throttled; at most "
                f"{meter['peak_per_second']['all']} a second, {meter['peak_per_minute']['all']} a minute, "
                f"{meter['peak_per_minute'].get('batch', 0)} batches a minute\n"
            )
            sys.stdout.flush()
    return 1 if met else 0


if __name__ == "__main__":
    sys.exit(main())
