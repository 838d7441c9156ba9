"""Names that may mean the same customer: keys, and the pairs they bring together. For people, never for matching (R2).

So far: names whose words are the same in another order, with a comma in exactly one of the two, such as `Nick Brown`
and `Brown, Nick`.
"""

from __future__ import annotations

import unicodedata

import pandas as pd

REVERSED = "reversed_name"
CLOSE = "close"
"""The tier of a reversed name: nearly always the same customer."""

PAIR_COLUMNS = ["left_system", "left_id", "right_system", "right_id", "tier", "reason"]


def reversed_key(name: str) -> str:
    """The name's words in a fixed order: equal for a name and its reversal. `""` for a name without words."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(sorted(folded.replace(",", " ").split()))


def likely_duplicates(customers: pd.DataFrame) -> pd.DataFrame:
    """Pairs among `customers` (columns system, id, name) that a person should look at.

    One row per pair, the name with the comma on the left: left_system, left_id, right_system, right_id, tier, reason.
    Pairs inside one system count as well. Joined on keys, so that the work grows with the names, not their square.
    """
    keyed = customers.assign(key=[reversed_key(str(name)) for name in customers["name"]])
    keyed = keyed[keyed["key"] != ""]
    with_comma = keyed["name"].map(lambda name: "," in str(name)).astype(bool)
    pairs = keyed[with_comma].merge(keyed[~with_comma], on="key", suffixes=("_left", "_right"))
    pairs = pairs.rename(
        columns={
            "system_left": "left_system",
            "id_left": "left_id",
            "system_right": "right_system",
            "id_right": "right_id",
        }
    )
    return pairs.assign(tier=CLOSE, reason=REVERSED)[PAIR_COLUMNS].reset_index(drop=True)
