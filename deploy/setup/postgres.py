"""PostgreSQL's server, which the tests of the ledger start for themselves from Debian's package."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from deploy.setup.steps import StepFailed, Steps

SERVERS = Path("/usr/lib/postgresql")
MISSING = "PostgreSQL's server is missing: the tests of the ledger start one. Run: sudo apt-get install postgresql"


def ensure(log: Path, *, servers: Path = SERVERS, may_install: Callable[[], bool] | None = None) -> None:
    """Have a server binary under `servers`, installing Debian's package as root; StepFailed says what to do if not."""
    if found(servers):
        return
    if not (may_install or _may_install)():
        raise StepFailed(MISSING)
    # RUNLEVEL=1 keeps Debian's maintainer scripts from starting a server of the machine's own.
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    steps = Steps(log, total=2)
    steps.run("package lists", ["apt-get", "update"], environ=environ)
    steps.run(
        "PostgreSQL's server", ["apt-get", "install", "-y", "--no-install-recommends", "postgresql"], environ=environ
    )
    if not found(servers):
        raise StepFailed(MISSING)


def found(servers: Path = SERVERS) -> bool:
    """Whether a PostgreSQL server binary is installed."""
    return any(servers.glob("*/bin/postgres"))


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None
