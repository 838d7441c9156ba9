"""Which Python the project runs on. Written so that an old Python can still say so."""

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

OLDEST = (3, 11)
NEWEST = (3, 13)


def complaint(version: "tuple[int, ...]", target: str, find: "Callable[[str], object]" = shutil.which) -> str:
    """One line saying what to do when `version` (major, minor) cannot run the project; "" when it can."""
    if OLDEST <= version[:2] <= NEWEST:
        return ""
    wanted = f"Python {_text(OLDEST)} to {_text(NEWEST)} is needed, this is Python {_text(version)}"
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        name = f"python3.{minor}"
        if find(name):
            return f"{wanted}. Run: make {target} PYTHON={name}"
    return f"{wanted}. Install one and run: make {target} PYTHON=python{_text(NEWEST)}"


def _text(version: "tuple[int, ...]") -> str:
    return f"{version[0]}.{version[1]}"
