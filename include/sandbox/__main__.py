"""`python -m include.sandbox`: QuickBooks and Syncta on loopback until stopped."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from include.sandbox.server import CannotStart, Options, serve

SCENARIOS = ("demo", "seed_example", "empty", "large")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; 0 after a clean stop, 2 when it cannot start."""
    try:
        serve(read_options(arguments))
    except CannotStart as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return 0


def read_options(arguments: Sequence[str] | None) -> Options:
    """The command line; argparse leaves with 2 and one line when it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m include.sandbox", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR", help="where the state is kept")
    parser.add_argument(
        "--scenario", choices=SCENARIOS, help="what a new DIR is filled with (default: demo); later starts keep it"
    )
    parser.add_argument("--quickbooks-port", type=_port, default=8091, metavar="PORT", help="0 takes a free one (8091)")
    parser.add_argument("--syncta-port", type=_port, default=8092, metavar="PORT", help="0 takes a free one (8092)")
    parser.add_argument("--customers", type=int, metavar="N", help="how many customers the scenario makes")
    parser.add_argument("--invoices", type=int, metavar="N", help="how many invoices the scenario makes")
    parser.add_argument("--seed", type=int, metavar="S", help="another seed makes other data, the same one the same")
    said = parser.parse_args(arguments)
    names = ("scenario", "customers", "invoices", "seed")
    scenario = {name: getattr(said, name) for name in names if getattr(said, name) is not None}
    return Options(said.data_dir, said.quickbooks_port, said.syncta_port, scenario)


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port number")
    return port


if __name__ == "__main__":
    sys.exit(main())
