"""Airflow gets a home of its own before anything imports it; its database is made only for tests that ask for it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import settings

PROJECT = Path(__file__).parents[1]
HOME = Path(tempfile.mkdtemp(prefix="airflow-home-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)

# How long an example takes says more of the machine than of the code. With CI set, hypothesis has a profile of its own.
if not os.environ.get("CI"):
    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")

os.environ.update({
    "AIRFLOW_HOME": str(HOME),
    "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__FERNET_KEY": Fernet.generate_key().decode(),
    "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME / 'airflow.db'}",
    "AIRFLOW__API_AUTH__JWT_SECRET": "not a secret: this home lives as long as the tests, on this machine only, alone",
    "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(HOME / "logs"),
    "SYNC_LEDGER_URL": f"sqlite:///{HOME / 'ledger.sqlite'}",
    "SYNC_LEDGER_KEY": Fernet.generate_key().decode(),
    "SYNC_FILES": f"file://{HOME / 'files'}",
})


@pytest.fixture(scope="session")
def airflow_db() -> None:
    """Airflow's database, with the pool that tasks ask for."""
    from airflow.models.pool import Pool
    from airflow.utils.db import initdb

    from syncta_quickbooks.cycle import POOL

    initdb()
    Pool.create_or_update_pool(name=POOL, slots=4, description="tests", include_deferred=False)
