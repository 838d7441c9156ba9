"""The story `make demo` tells: the first sync with its approval, a day in the company, the sync of what changed."""

import time
from collections.abc import Callable

from deploy.local.airflow_api import AirflowApi
from deploy.local.day import live_a_day
from deploy.local.progress import Following
from deploy.local.report import Pair, Printer
from deploy.local.stack import Stack

Say = Callable[[str], None]

COMPANY = "demo"
INITIAL, CYCLE = f"initial_sync.{COMPANY}", f"sync.{COMPANY}"
EXAMPLE = ("Nick Brown", "Brown, Nick")


class Story:
    """The demo on a running `stack`, told through `say`."""

    def __init__(self, stack: Stack, say: Say) -> None:
        self._stack = stack
        self._say = say
        self._calls: dict[str, dict[str, int]] = {}

    def tell(self) -> None:
        """Run both DAGs and print what came of it. RunFailed if one of them ended red."""
        before = self._example()
        self._say(f"Before: {_told(before)}")
        self._stack.wait_for_dags({INITIAL, CYCLE})
        self._run(INITIAL, "The first sync: everything on both sides, planned, approved by a person, loaded")
        for happening in live_a_day(self._stack.sandbox):
            self._say(happening)
        self._run(CYCLE, "The sync of what changed since")
        after = self._example()
        self._say("Both runs ended well")
        self._show(before, after)

    def _run(self, dag_id: str, title: str) -> None:
        sandbox = self._stack.sandbox
        sandbox.reset_meters()
        self._say(f"{dag_id}: {title}")
        run_id = start_run(self._stack.airflow, dag_id)
        Following(self._stack.airflow, dag_id, run_id, self._say).to_the_end()
        self._calls[dag_id] = dict(sandbox.quickbooks_meter().get("by_class", {}))

    def _example(self) -> Pair:
        sandbox = self._stack.sandbox
        return Pair(
            syncta=[one["name"] for name in EXAMPLE for one in sandbox.syncta("/customers", name=name)["data"]],
            quickbooks=[
                one["DisplayName"]
                for name in EXAMPLE
                for one in sandbox.query(f"SELECT * FROM Customer WHERE DisplayName = '{name}'")  # noqa: S608 - fixed names
            ],
        )

    def _show(self, before: Pair, after: Pair) -> None:
        # Imported here: what only the end needs should not delay the start.
        from include.ledger.database import Ledger
        from include.settings import load_settings
        from include.sync.reasons import EXCEPTIONS, HOLDS
        from include.sync.report import summary

        now = summary(Ledger.open(self._stack.ledger_url), load_settings().company(COMPANY).scope)
        printer = Printer()
        printer.pair(before, after)
        printer.plans(now)
        printer.loaded(now)
        printer.findings("Holds", now.holds, HOLDS)
        printer.findings("Exceptions", now.exceptions, EXCEPTIONS)
        printer.duplicates(now)
        printer.calls(self._calls)


def start_run(airflow: AirflowApi, dag_id: str, *, seconds: float = 15) -> str:
    """Unpause the DAG and give the run to follow: the one the scheduler starts by itself at once, or a triggered one.

    A scheduled DAG that is unpaused runs for the interval that has just passed; a second run beside it would only wait.
    """
    known = set(airflow.run_ids(dag_id))
    scheduled = airflow.is_scheduled(dag_id)
    airflow.unpause(dag_id)
    deadline = time.monotonic() + seconds
    while scheduled and time.monotonic() < deadline:
        if fresh := [run_id for run_id in airflow.run_ids(dag_id) if run_id not in known]:
            return fresh[0]
        time.sleep(0.3)
    return airflow.trigger(dag_id)


def _told(pair: Pair) -> str:
    return f"Syncta has {', '.join(pair.syncta)}; QuickBooks has {', '.join(pair.quickbooks)}"
