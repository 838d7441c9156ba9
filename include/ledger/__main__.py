"""`python -m include.ledger migrate` creates or upgrades the tables, `check` says whether they are ready."""

from __future__ import annotations

import argparse
import sys

from include.errors import LedgerNotReady
from include.ledger.database import Ledger, migrate
from include.settings import environment


def main() -> int:
    """0 when ready, 1 with one line that says what to do."""
    parser = argparse.ArgumentParser(prog="python -m include.ledger", description=__doc__)
    parser.add_argument("what", choices=["migrate", "check"])
    what, url = parser.parse_args().what, environment().ledger_url
    try:
        if what == "migrate":
            sys.stdout.write(f"The ledger's tables are at version {migrate(url)}.\n")
        else:
            Ledger.open(url)
            sys.stdout.write("The ledger is ready.\n")
    except LedgerNotReady as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
