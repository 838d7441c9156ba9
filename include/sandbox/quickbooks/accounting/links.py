"""Who settles what: one row per payer and target, as the single truth behind every LinkedTxn and balance."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

TABLES = """
CREATE TABLE IF NOT EXISTS qb_settled (
    realm TEXT NOT NULL, payer INTEGER NOT NULL, place INTEGER NOT NULL, by TEXT NOT NULL, kind TEXT NOT NULL,
    target INTEGER NOT NULL, party TEXT NOT NULL, amount TEXT NOT NULL,
    PRIMARY KEY (realm, payer, kind, target, party)
);
CREATE INDEX IF NOT EXISTS qb_settled_target ON qb_settled (realm, kind, target, payer, place);
"""


class Link(NamedTuple):
    """`amount` of a payer put against a transaction, below zero when that one is a credit.

    `by` is what the target's LinkedTxn calls the payer; `party` tells apart whose lines of a journal or purchase
    it is and is "" elsewhere.
    """

    payer: str
    by: str
    kind: str
    target: str
    party: str
    amount: Decimal

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is put against."""
        return self.kind, self.target, self.party


def links_to(books: Books, kind: str, id_: str) -> list[Link]:
    """What is put against a transaction, first payer first."""
    return _select(books, "kind = ? AND target = ?", kind, int(id_))


def links_of(books: Books, payer: str) -> list[Link]:
    """What a payer settles, in the order of its lines."""
    return _select(books, "payer = ? AND ?", int(payer), 1)


def keep_links(books: Books, payer: str, links: Iterable[Link]) -> None:
    """Let a payer settle exactly these."""
    with books.store.transaction() as db:
        db.execute("DELETE FROM qb_settled WHERE realm = ? AND payer = ?", (books.realm, int(payer)))
        rows = [
            (books.realm, int(payer), place, n.by, n.kind, int(n.target), n.party, str(n.amount))
            for place, n in enumerate(links)
        ]
        db.executemany("INSERT INTO qb_settled VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def merged(links: Iterable[Link]) -> list[Link]:
    """One link per target, whatever the number of lines that name it."""
    found: dict[tuple[str, str, str], Link] = {}
    for link in links:
        earlier = found.get(link.key)
        found[link.key] = link._replace(amount=link.amount + earlier.amount) if earlier else link
    return list(found.values())


def total(links: Iterable[Link]) -> Decimal:
    """What links come to, credits below zero."""
    return sum((link.amount for link in links), Decimal(0))


def nearer(amount: Decimal, most: Decimal) -> Decimal:
    """The amount, or `most` when that is less; zero when they have different signs."""
    if amount * most <= 0:
        return Decimal(0)
    return min(amount, most) if amount > 0 else max(amount, most)


def balanced(money: Decimal, found: list[Link]) -> list[Link]:
    """Links that the money and the credits cover, with no more credit than there is to charge it to."""
    found = lowered(found, total(found) - money, charges=True)
    found = lowered(found, -total(found), charges=False)
    return [link for link in found if link.amount]


def lowered(found: list[Link], excess: Decimal, *, charges: bool) -> list[Link]:
    """Take `excess` away from the charges or the credits, latest first."""
    kept = []
    for link in reversed(found):
        taken = min(abs(link.amount), max(excess, Decimal(0))) if (link.amount > 0) == charges else Decimal(0)
        excess -= taken
        kept.append(link._replace(amount=link.amount - taken if charges else link.amount + taken))
    return kept[::-1]


def _select(books: Books, where: str, *values: object) -> list[Link]:
    rows = books.store.rows(
        f"SELECT * FROM qb_settled WHERE {where} AND realm = ? ORDER BY payer, place",  # noqa: S608 - where is one of two texts in this module
        *values,
        books.realm,
    )
    return [Link(str(r["payer"]), r["by"], r["kind"], str(r["target"]), r["party"], Decimal(r["amount"])) for r in rows]
