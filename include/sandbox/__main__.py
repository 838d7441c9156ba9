"""`python -m include.sandbox`: QuickBooks and Syncta on loopback until stopped."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from include.sandbox.control import moment
from include.sandbox.data_dir import CannotStart
from include.sandbox.limits import PRESETS
from include.sandbox.server import LOOPBACK, OPEN_TO_OTHERS, Options, serve

SCENARIOS = ("demo", "seed_example", "empty", "large")
SIZES = ("customers", "invoices", "seed")
EXAMPLES = """
Tests switch limits, faults, the clock and more over HTTP: see docs/sandbox.md.

  python -m include.sandbox --data-dir /tmp/books
  python -m include.sandbox --data-dir /tmp/big --scenario large --customers 100000 --invoices 200000 --seed 7
  python -m include.sandbox --data-dir /tmp/books --limits intuit --clock 2026-11-02T09:00:00-08:00
"""


class OneLineParser(argparse.ArgumentParser):
    """Says in one line what is wrong with the command line, and ends with 2."""

    def error(self, message: str) -> NoReturn:
        """Leave with one line."""
        self.exit(2, f"{message} (--help shows all options)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; 0 after a clean stop, 2 when it cannot start."""
    try:
        serve(read_options(arguments))
    except CannotStart as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return 0


def read_options(arguments: Sequence[str] | None) -> Options:
    """The command line; ends the process with 2 and one line when it is wrong."""
    said = _parser().parse_args(arguments)
    scenario = {name: getattr(said, name) for name in ("scenario", *SIZES) if getattr(said, name) is not None}
    return Options(
        said.data_dir,
        said.quickbooks_port,
        said.syncta_port,
        scenario,
        host=said.host,
        open_to_others=said.open_to_others,
        limits=said.limits,
        clock=said.clock,
    )


def _parser() -> OneLineParser:
    parser = OneLineParser(
        prog="python -m include.sandbox",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--data-dir", type=_folder, required=True, metavar="DIR", help="where the state is kept; one sandbox at a time")
    add("--scenario", choices=SCENARIOS, help="what a new DIR is filled with (demo); later starts keep what is there")
    add("--customers", type=_whole(0), metavar="N", help="how many customers the scenario makes")
    add("--invoices", type=_whole(0), metavar="N", help="how many invoices the scenario makes")
    add("--seed", type=_whole(0), metavar="S", help="another seed makes other data, the same one the same")
    add("--quickbooks-port", type=_port, default=8091, metavar="PORT", help="0 takes a free one (8091)")
    add("--syncta-port", type=_port, default=8092, metavar="PORT", help="0 takes a free one (8092)")
    add("--clock", type=_moment, metavar="TIME", help="the sandbox's time from now on, with its offset")
    add("--limits", choices=tuple(PRESETS), help="QuickBooks' limits of calls: off, or as Intuit publishes them")
    add("--host", default=LOOPBACK, help=f"a loopback address to listen on ({LOOPBACK})")
    add(
        OPEN_TO_OTHERS,
        dest="open_to_others",
        action="store_true",
        help="DANGEROUS: accept a --host that other machines reach; there is no password on anything",
    )
    return parser


def _whole(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal()) or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is no whole number from {least}")
        return int(text)

    return read


def _folder(text: str) -> Path:
    if not text.strip():  # an unset variable of a script must not become the folder it happens to run in
        raise argparse.ArgumentTypeError("the name of the folder is empty")
    return Path(text)


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdecimal() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port number")
    return port


def _moment(text: str) -> dt.datetime:
    try:
        return moment(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


if __name__ == "__main__":
    sys.exit(main())
