"""A payer settles targets: what its lines put against what, and every value that follows (reference 3.5, 3.6).

One mechanism for payments, bill payments and deposits, declared in payers.py: open items are what a target posts to
the payer's accounts; links are rows; balances, LinkedTxn and SyncTokens of both sides follow them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from include.sandbox.quickbooks.accounting import links
from include.sandbox.quickbooks.accounting.links import Link, links_of, links_to
from include.sandbox.quickbooks.accounting.payers import (
    ALWAYS_LINKED,
    BALANCES,
    BY_PARTY,
    PAYERS,
    Payer,
    called,
    entity_called,
    payers_of,
)
from include.sandbox.quickbooks.accounting.postings import items
from include.sandbox.quickbooks.documents import exchange
from include.sandbox.quickbooks.documents.lines import amount_of, linked_txns
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import cents, money, name_values

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

Body = dict[str, Any]
NOTHING = Decimal(0)


def read_links(draft: Draft) -> list[Link]:
    """What a payer's lines settle, cut to what is open. Refuses unknown (610) and foreign transactions (620)."""
    payer = PAYERS[draft.entity.name]
    found = (_read(draft, payer, line) for line in draft.new["Line"] if payer.party or linked_txns(line))
    return [_cut(draft, payer, link) for link in links.merged(link for link in found if link)]


def settle(draft: Draft, found: list[Link]) -> None:
    """Let a payer settle these and keep the rest. Refuses more than its money and credits allow."""
    if links.total(found) > money(draft.new["TotalAmt"]):
        raise refuse("6000", why="The amount applied is greater than the amount received.")
    draft.links = links.balanced(money(draft.new["TotalAmt"]), found)
    _set_lines(draft.books, draft.entity.name, draft.new, draft.links)


def void_payer(draft: Draft) -> None:
    """A voided payer is zero and settles nothing; it still exists."""
    draft.new["TotalAmt"] = Decimal("0.00")
    draft.links = []
    _set_lines(draft.books, draft.entity.name, draft.new, [])


def follow(draft: Draft) -> None:
    """After a payer was written or deleted: keep its links and bring what it settles up to date."""
    old = {link.key: link for link in links_of(draft.books, draft.id)}
    new = {link.key: link for link in draft.links}
    links.keep_links(draft.books, draft.id, draft.links)
    changed = {key[:2] for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    for kind, target in sorted(changed):
        _refresh(draft.books, kind, target)


def stay_settled(draft: Draft) -> None:
    """Complete a target: what was put against it is taken back where it no longer fits, latest payer first."""
    for name in payers_of(draft.entity.name):
        if PAYERS[name].party:
            _fit(draft, PAYERS[name])
    show(draft.books, draft.entity.name, draft.new, _supports(draft.new))


def is_settled(draft: Draft) -> bool:
    """Whether anything is put against a transaction."""
    return bool(links_to(draft.books, draft.entity.name, draft.id))


def deposited(draft: Draft) -> bool:
    """Whether a transaction is part of a deposit."""
    return any(link.by == "Deposit" for link in links_to(draft.books, draft.entity.name, draft.id))


def show(books: Books, entity: str, body: Body, supports: list[dict[str, str]]) -> None:
    """Write a target's balance and LinkedTxn from its links."""
    found = [link for link in links_to(books, entity, body["Id"]) if link.by != "Deposit"]
    if entity in BALANCES:
        role = PAYERS[payers_of(entity)[0]].role
        open_ = abs(sum(items(books, role, entity, body).values(), NOTHING)) - abs(links.total(found))
        body |= dict.fromkeys(BALANCES[entity], open_)
    if entity in BY_PARTY:
        body["Applied"] = {n.party: links.total(m for m in found if m.party == n.party) for n in found}
    exchange.show_at_home(body, entity)
    _show_links(books, entity, body, supports)


def open_of(books: Books, payer: Payer, kind: str, body: Body, without: str = "") -> dict[str, Decimal]:
    """What is open of a target for a kind of payer, by party, as if the payer `without` were not there."""
    found: dict[str, Decimal] = {}
    for party, amount in items(books, payer.role, kind, body).items():
        key = party if kind in BY_PARTY and payer.party else ""
        found[key] = found.get(key, NOTHING) + payer.sign * amount
    for link in links_to(books, kind, body["Id"]):
        if link.payer != without and link.party in found and (link.by == "Deposit") == payer.whole:
            found[link.party] -= link.amount
    return found


def _read(draft: Draft, payer: Payer, line: Mapping[str, Any]) -> Link | None:
    """One line of a payer; None for what is dropped."""
    targets = linked_txns(line)
    if len(targets) != 1:
        raise refuse("2020", element="Line.LinkedTxn", name="LinkedTxn")
    word, id_ = targets[0]["TxnType"], targets[0]["TxnId"]
    if word in payer.dropped:
        return None
    kind = payer.kinds.get(word)
    if kind is None:
        raise refuse("620", element="Line.LinkedTxn", id=id_)
    target = draft.books.find(kind, id_)
    if target is None:
        raise refuse("610", element="Line.LinkedTxn")
    amount = cents(amount_of(line))
    if amount < 0 and payer.party:
        raise refuse("2290", element="Line.Amount")
    return Link(
        draft.id, called(draft.entity.name, draft.new), kind, target["Id"], *_part(draft, payer, kind, target, amount)
    )


def _part(draft: Draft, payer: Payer, kind: str, target: Body, amount: Decimal) -> tuple[str, Decimal]:
    """Whose share of a target is settled, and the amount with its sign. Refuses what is not the payer's (620)."""
    mine = {
        party: open_
        for party, open_ in items(draft.books, payer.role, kind, target).items()
        if (open_ or kind not in BY_PARTY) and _pays_for(draft, payer, party)
    }
    if not mine:
        raise refuse("620", element="Line.LinkedTxn", id=target["Id"])
    if kind not in BY_PARTY or not payer.party:
        sign = 1 if payer.sign * sum(mine.values(), NOTHING) > 0 else -1
        return "", sign * abs(amount)
    left = open_of(draft.books, payer, kind, target, draft.id)
    party = next((party for party in mine if left[party]), next(iter(mine)))
    return party, amount if payer.sign * mine[party] > 0 else -amount


def _cut(draft: Draft, payer: Payer, link: Link) -> Link:
    """A link settles no more than is open; a deposit takes a transaction as a whole and once only."""
    target = draft.books.must_find(link.kind, link.target)
    open_ = open_of(draft.books, payer, link.kind, target, draft.id)[link.party]
    if payer.whole:
        if not open_:
            raise refuse("620", element="Line.LinkedTxn", id=link.target)
        if link.amount != open_:
            raise refuse("6000", why="A deposit takes in the whole amount of a transaction.")
    return link._replace(amount=links.nearer(link.amount, open_))


def _pays_for(draft: Draft, payer: Payer, party: str) -> bool:
    """A vendor is paid by name; a customer pays for itself and for everybody below it."""
    if not payer.party:
        return True
    paying, above = draft.new[payer.party]["value"], party or None
    while above and above != paying and payer.party == "CustomerRef":
        found = draft.books.find("Customer", above) or {}
        above = found.get("ParentRef", {}).get("value")
    return bool(above == paying)


def _set_lines(books: Books, entity: str, body: Body, found: list[Link]) -> None:
    if PAYERS[entity].party:
        body["Line"] = [_line(books, PAYERS[entity], link) for link in found]
        body["UnappliedAmt"] = money(body["TotalAmt"]) - links.total(found)


def _line(books: Books, payer: Payer, link: Link) -> Body:
    target = books.must_find(link.kind, link.target)
    linked = [{"TxnId": link.target, "TxnType": called(link.kind, target)}]
    line: Body = {"Amount": cents(abs(link.amount)), "LinkedTxn": linked}
    if payer.explains:
        before = abs(open_of(books, payer, link.kind, target, link.payer)[link.party])
        facts = {"txnId": link.target, "txnOpenBalance": f"{before:.2f}"}
        facts |= {"txnReferenceNumber": target["DocNumber"]} if target.get("DocNumber") else {}
        line["LineEx"] = name_values(facts)
    return line


def _fit(draft: Draft, payer: Payer) -> None:
    """Take back what payers put against a target beyond what it still is, latest first."""
    books, entity = draft.books, draft.entity.name
    mine = [link for link in links_to(books, entity, draft.id) if entity_called(link.by) in PAYERS]
    mine = [link for link in mine if PAYERS[entity_called(link.by)] is payer]
    moved = draft.old is not None and payer.party in draft.entity.fields and draft.changes(payer.party)
    now: dict[str, Decimal] = {}
    for party, amount in items(books, payer.role, entity, draft.new).items():
        key = party if entity in BY_PARTY else ""
        now[key] = now.get(key, NOTHING) + payer.sign * amount
    for party in {link.party for link in mine}:
        part = [link for link in mine if link.party == party]
        most = NOTHING if moved else now.get(party, NOTHING)
        left = links.nearer(links.total(part), most)
        charges = part[0].amount > 0
        for before, after in zip(
            part, links.lowered(part, abs(links.total(part) - left), charges=charges), strict=True
        ):
            if before != after:
                _reduce(books, before, after.amount)


def _reduce(books: Books, link: Link, amount: Decimal) -> None:
    """Let a payer settle less of one target, from that target's side; what it can no longer do is taken back too."""
    entity, found = entity_called(link.by), links_of(books, link.payer)
    body = books.must_find(entity, link.payer)
    wanted = [n._replace(amount=amount) if n.key == link.key else n for n in found]
    left = links.balanced(money(body["TotalAmt"]), wanted)
    links.keep_links(books, link.payer, left)
    before = dict(body)
    _set_lines(books, entity, body, left)
    books.write(entity, body, before)
    for other in {n.key[:2] for n in set(found) ^ set(left)} - {link.key[:2]}:
        _refresh(books, *other)


def _refresh(books: Books, kind: str, id_: str) -> None:
    """Balance and LinkedTxn of a target after its payers changed; a change of its own."""
    target = books.find(kind, id_)
    if target is not None:
        before = dict(target)
        show(books, kind, target, _supports(target))
        books.write(kind, target, before)


def _supports(body: Mapping[str, Any]) -> list[dict[str, str]]:
    """The links of a transaction that are no payer's."""
    return [n for n in body.get("LinkedTxn", ()) if entity_called(n["TxnType"]) not in PAYERS]


def _show_links(books: Books, entity: str, body: Body, supports: list[dict[str, str]]) -> None:
    by = dict.fromkeys((link.payer, link.by) for link in links_to(books, entity, body["Id"]))
    linked = [*supports, *({"TxnId": payer, "TxnType": word} for payer, word in by)]
    if linked or entity in ALWAYS_LINKED:
        body["LinkedTxn"] = linked
    else:
        body.pop("LinkedTxn", None)
