"""The check at the door: an extract that is damaged as a whole is not taken over (protocol 1.4, rules 1.3)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from include.errors import DamagedExtract, LooksRestored
from include.records import Extract
from include.sync.sources import Source, name_of

MOST_GONE = 20
GONE_SHARE = 0.05
FEW = 5
"""So few are a day's work in a small company, whatever share of it they are."""


@dataclass(frozen=True, slots=True)
class Gone:
    """Records of a source that are gone since it was last read, and how many there were; `linked` are those of them
    that have a partner on the other side."""

    records: int
    of: int
    linked: int = 0
    of_linked: int = 0

    @property
    def looks_restored(self) -> bool:
        """More than 20 linked records, or 5 % of them, but for a handful (rules 1.3); or of all records, linked or
        not, more than 20 that are also more than 5 % (protocol 1.4)."""
        linked = self.linked > MOST_GONE or (self.linked >= FEW and self.linked > GONE_SHARE * self.of_linked)
        return linked or self.records > max(MOST_GONE, GONE_SHARE * self.of)


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


def check_deletions(source: Source, gone: Gone, *, confirmed: int = 0) -> None:
    """Raises LooksRestored if so much is gone at once that the side may have been restored from a backup (rules 1.3).

    `confirmed` is how many records a person said are right to be gone.
    """
    if gone.looks_restored and gone.records > confirmed:
        raise LooksRestored(
            f"looks_restored: {gone.records} of {gone.of} known records of {name_of(source)} are gone at once, "
            f"{gone.linked} of them linked; nothing was taken over. If that is right: "
            f"python -m include.sync.decide --company … restored {source[0].value} {gone.records}"
        )
