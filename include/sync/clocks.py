"""A clock that is put right between two runs must not hide what happens behind its mark (G3).

A mark is a system's own time. Beside it the ledger keeps when, by the ledger's clock, the system was asked. If less
time has passed over there than here since then, that system's clock had been ahead, or its answer was: changes are now
stamped with times that lie before the mark, and the read begins that much earlier.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from typing import TypeVar

from sqlalchemy.engine import Connection

from include.ledger import marks
from include.records import System
from include.sync.run import Run
from include.sync.window import OVERLAP, Window, read_from

T = TypeVar("T")

log = logging.getLogger(__name__)

_ASKED = "asked"
"""The flow of a mark that is the ledger's time: when a system was asked for what its other marks say."""


def read_since(
    run: Run, system: System, window: Window, read: Callable[[dt.datetime], tuple[T, dt.datetime | None]]
) -> T:
    """What `read` gives from the system's mark on, or from further back if its clock went back.

    `read` is given the start and returns what it read with the system's time, None where that does not matter.
    """
    asked, since = run.ledger.now(), read_from(run, system, window)
    found, as_of = read(since)
    with run.ledger.reading() as conn:
        before = marks.get(conn, run.scope, system, _ASKED)
    if as_of is None or before is None or (then := as_of - (asked - before)) >= since:
        return found
    log.warning("The clock of %s went back since it was last asked; reading again from %s", system.value, then)
    return read(then - OVERLAP)[0]


def note_asked(conn: Connection, run: Run, asked: Mapping[System, dt.datetime]) -> None:
    """Note when systems were asked, by the ledger's clock, in the transaction that moves their marks."""
    for system, moment in asked.items():
        marks.move(conn, run.scope, system, _ASKED, moment)
