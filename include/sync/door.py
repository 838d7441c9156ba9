"""The check at the door: an extract that is damaged as a whole is not taken over (protocol 1.4, rules 1.3)."""

from __future__ import annotations

from collections import Counter

from include.errors import DamagedExtract, LooksRestored
from include.records import Extract
from include.sync.sources import Source, name_of

MOST_GONE = 20
GONE_SHARE = 0.05
FEW = 5


def check_extract(source: Source, extract: Extract) -> None:
    """Raises DamagedExtract if ids are missing or doubled, or rows are missing against the system's own count.

    Rows above the count are right only if somebody created or changed so many after it was asked for.
    """
    name = name_of(source)
    ids = Counter(record.id for record in (*extract.records, *extract.unreadable, *extract.deleted))
    if missing := ids.pop("", 0):
        raise DamagedExtract(f"{missing} rows of {name} have no id; nothing of this read was taken over.")
    if doubled := sorted(record_id for record_id, number in ids.items() if number > 1):
        raise DamagedExtract(
            f"{len(doubled)} ids of {name} came twice, such as {doubled[0]}; nothing of this read was taken over."
        )
    if extract.expected is None:
        return
    rows = len(ids)
    late = sum(record.updated_at >= extract.as_of for record in extract.records)
    if not extract.expected <= rows <= extract.expected + late:
        raise DamagedExtract(
            f"{name} announced {extract.expected} rows and gave {rows}; nothing of this read was taken over."
        )


def check_deletions(source: Source, gone: int, known: int, *, confirmed: int = 0) -> None:
    """Raises LooksRestored if so many known records vanished at once that the side may have been restored.

    That is more than 20, or more than 5 % unless it is only a handful (rules 1.3). `confirmed` is how many a person
    said are right to be gone.
    """
    many = gone > MOST_GONE or (gone >= FEW and gone > GONE_SHARE * known)
    if many and gone > confirmed:
        raise LooksRestored(
            f"looks_restored: {gone} of {known} known records of {name_of(source)} are gone at once; nothing was taken "
            f"over. If that is right: python -m include.sync.decide --company … restored {source[0].value} {gone}"
        )
