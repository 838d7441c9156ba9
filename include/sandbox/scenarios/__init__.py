"""What a sandbox holds when it starts: a company's customers, invoices and payments on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from include.sandbox.store import Store

SCENARIOS = ("demo", "seed_example", "empty", "large")
MORNING = "2026-11-02"
"""The day of the first sync; the sandbox's clock runs on from nine o'clock in the company's zone."""


def load(store: Store, name: str, *, seed: int = 1, customers: int = 10_000, invoices: int = 20_000) -> None:
    """Fill an empty store with a scenario; the same for the same seed.

    Raises ValueError for a name that is not in `SCENARIOS`.
    """
    from include.sandbox.scenarios.town import Town

    town = Town(store)
    if name not in SCENARIOS:
        raise ValueError(f"Unknown scenario {name!r}; one of {', '.join(SCENARIOS)}")
    sizes = {"demo": (seed,), "large": (seed, customers, invoices)}.get(name, ())
    with loading(store):
        import_module(f"include.sandbox.scenarios.{name}").tell(town, *sizes)
    town.on(MORNING)
    store.clock.set(store.now())


@contextmanager
def loading(store: Store) -> Iterator[None]:
    """Very many writes, none of which may be refused: what makes single writes and pages quick is made at the end."""
    from include.sandbox.quickbooks.queries import asks

    with store.unindexed("qb_ask_*"), store.unindexed("syncta_*"), store.bulk():
        yield
    asks.build(store)
