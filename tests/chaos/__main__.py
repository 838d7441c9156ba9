"""`make chaos SEEDS=200`: proves that nothing is lost and nothing happens twice, whatever goes wrong. See seed.py."""

from __future__ import annotations

import os
import sys

HASHES = "PYTHONHASHSEED"


def main() -> int:
    """Run the seeds asked for; 1 if one of them fails."""
    from tests.chaos.command import options_of, run

    return run(options_of(sys.argv[1:]))


if __name__ == "__main__":
    if os.environ.get(HASHES) != "0":
        # The order of sets must be the same when a seed is replayed.
        os.environ[HASHES] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.chaos", *sys.argv[1:]])
    sys.exit(main())
