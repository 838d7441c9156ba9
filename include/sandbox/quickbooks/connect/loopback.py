"""Which addresses belong to this machine. The sandbox sends people and notifications nowhere else."""

from __future__ import annotations

import re

LOOPBACK_URL = re.compile(
    r"https?://(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?(?:[/?][!$-\[\]^-~]*)?", re.IGNORECASE | re.ASCII
)
"""The whole address: a host of this machine, then printable characters without quotes, `#` and `\\`.

Browsers read `http://elsewhere\\@localhost` as elsewhere; a name and password before the host is never needed here.
"""


def is_loopback(url: str) -> bool:
    """Whether an address leads to this machine and to nothing else, however it is read."""
    return LOOPBACK_URL.fullmatch(url) is not None
