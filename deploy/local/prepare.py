"""The databases of a fresh stack, run inside its environment: `python -m deploy.local.prepare`.

Makes Airflow's metadata database and the ledger, then reads the connections as JSON from standard input (they are known
once the sandbox answers) and stores them, with the shared pool, where the UI shows them.
"""

import json
import logging
import sys
from typing import Any

POOL = "quickbooks_api"
SLOTS = 3


def main() -> None:
    """Prepare everything a stack needs before its components start."""
    logging.disable(logging.INFO)
    _migrate()
    _store(json.load(sys.stdin))


def _migrate() -> None:
    # In this process: the command line of Airflow takes three times as long.
    from airflow.utils.db import initdb

    initdb()
    from include.ledger.database import migrate
    from include.settings import environment

    migrate(environment().ledger_url)


def _store(connections: dict[str, dict[str, Any]]) -> None:
    from airflow.models.connection import Connection
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session

    with create_session() as session:
        session.add_all(Connection(conn_id=key, **fields) for key, fields in connections.items())
        Pool.create_or_update_pool(
            POOL, SLOTS, "Tasks that call QuickBooks or Syncta", include_deferred=False, session=session
        )


if __name__ == "__main__":
    main()
