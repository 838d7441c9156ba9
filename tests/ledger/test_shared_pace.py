"""rules 7: Intuit's limits, switched on in a sandbox of its own process, are met by no process of a company."""

from __future__ import annotations

from pathlib import Path

from tests.quickbooks.hammering import hammer
from tests.sandbox_server import running_sandbox


def test_processes_with_several_clients_each_are_never_asked_for_a_pause(ledger_url: str, tmp_path: Path) -> None:
    with running_sandbox(tmp_path / "sandbox", "seed_example", limits="intuit") as sandbox:
        seen = hammer(ledger_url, sandbox.quickbooks_url, processes=2, clients=3, calls=8)
        (meter,) = sandbox.meter().values()
    assert seen.throttled == 0
    assert (seen.calls["cdc"], seen.calls["batch"]) == (42, 6)
    assert meter["peak_per_second"]["all"] <= 10
    assert meter["by_class"]["token"] == 1
