"""A process that loads a plan at the moment it is told to: `python -m tests.end_to_end.loader ORDER`, ORDER in JSON.

It says `ready`, waits for its standard input, and answers with what each load returned, "busy" for one that found the
company's lease taken.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from include.errors import CompanyIsBusy
from include.ledger.database import Ledger
from include.settings import Company
from include.sync.load_quickbooks import load_to_quickbooks
from include.sync.load_syncta import load_to_syncta
from include.sync.run import Run, RunKind
from tests.end_to_end.rehearsal import Rehearsal
from tests.sandbox_server import RunningSandbox


def main(order: dict[str, Any]) -> dict[str, Any]:
    """Both loads of a planned run, as one try of it."""
    ledger, company = Ledger.open(order["ledger"]), Company.model_validate(order["company"])
    sandbox, files = RunningSandbox(*order["sandbox"]), Path(order["files"])
    ids = {"dag_id": order["dag_id"], "run_id": order["run_id"], "attempt": order["attempt"]}
    run = Run(company=company, kind=RunKind.CYCLE, files=files, ledger=ledger, patience=order["patience"], **ids)
    clients = Rehearsal(sandbox, ledger, company, files, order["key"])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with clients.quickbooks() as quickbooks:
        return {
            "syncta": tried(lambda: load_to_syncta(run, order["planned"], clients.syncta())),
            "quickbooks": tried(lambda: load_to_quickbooks(run, order["planned"], quickbooks)),
        }


def tried(load: Callable[[], dict[str, int]]) -> Any:
    """What the load returned, or that it found no way in."""
    try:
        return load()
    except CompanyIsBusy:
        return "busy"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))
    sys.stdout.flush()
    os._exit(0)  # as abruptly as a killed task
