"""Payments and what they settle: who paid what, and every value that follows from it (reference 3.5).

A payment's links are rows; the balance, the LinkedTxn and the SyncToken of an invoice or credit memo follow them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.lines import amount_of
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import cents, money

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

SETTLED = ("Invoice", "CreditMemo")
UNDEPOSITED = {"value": "4", "name": "Undeposited Funds"}
VALUE_TYPE = "com.intuit.schema.finance.v3.NameValue"


class Link(NamedTuple):
    """`amount` of a payment put against one transaction."""

    payment: str
    kind: str
    target: str
    amount: Decimal


def check_payment(draft: Draft) -> None:
    """Complete a payment: what its lines settle, cut to what is open; the rest is unapplied."""
    new = draft.new
    if "TotalAmt" not in new:
        raise refuse("6000", why="You must set a transaction amount.")
    if "CustomerRef" not in new:
        raise refuse("2020", element="CustomerRef", name="CustomerRef")
    new["TotalAmt"] = cents(money(new["TotalAmt"]))
    if new["TotalAmt"] < 0:
        raise refuse("2290", element="TotalAmt", detail="Negative amount.")
    new.setdefault("TxnDate", draft.books.today().isoformat())
    new.setdefault("DepositToAccountRef", dict(UNDEPOSITED))
    links = [_cut(draft, link) for link in _merged([_link(draft, line) for line in new["Line"]])]
    _set_lines(draft.books, new, _within_money(new["TotalAmt"], links))
    new["LinkedTxn"] = []


def void_payment(draft: Draft) -> None:
    """A voided payment is zero and settles nothing; it still exists."""
    draft.new["TotalAmt"] = Decimal("0.00")
    _set_lines(draft.books, draft.new, [])


def follow_payment(draft: Draft) -> None:
    """After a payment was written or deleted: keep its links and bring what it settles up to date."""
    books, old = draft.books, {_key(link): link for link in _links_of(draft.books, draft.id)}
    new = {_key(link): link for link in _read_links(draft.id, draft.new)}
    with books.store.transaction() as db:
        db.execute("DELETE FROM qb_link WHERE realm = ? AND payment = ?", (books.realm, int(draft.id)))
        rows = [(books.realm, int(k.payment), k.kind, int(k.target), str(k.amount)) for k in new.values()]
        db.executemany("INSERT INTO qb_link VALUES (?, ?, ?, ?, ?)", rows)
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            _refresh(books, *key)


def links_to(books: Books, kind: str, id_: str) -> list[Link]:
    """The payments on an invoice or a credit memo, first made first."""
    return _select(books, "kind = ? AND target = ?", kind, int(id_))


def applied_to(draft: Draft) -> Decimal:
    """What payments put against this transaction."""
    return sum((link.amount for link in links_to(draft.books, draft.entity.name, draft.id)), Decimal(0))


def fit_links(draft: Draft, most: Decimal) -> None:
    """Take back what is applied beyond `most`, latest payment first: it becomes unapplied there."""
    links = links_to(draft.books, draft.entity.name, draft.id)
    excess = sum((link.amount for link in links), Decimal(0)) - max(most, Decimal(0))
    for link in reversed(links):
        if excess <= 0:
            break
        taken = min(link.amount, excess)
        excess -= taken
        _reduce(draft.books, link, link.amount - taken)
    draft.new["LinkedTxn"] = _linked(links_to(draft.books, draft.entity.name, draft.id))


def _link(draft: Draft, line: Mapping[str, Any]) -> Link:
    """Read one line of a payment. Refuses unknown transactions (610) and those of other customers (620)."""
    targets = line.get("LinkedTxn") or []
    if len(targets) != 1:
        raise refuse("2020", element="Line.LinkedTxn", name="Line.LinkedTxn")
    kind, id_ = str(targets[0].get("TxnType")), str(targets[0].get("TxnId"))
    if kind not in SETTLED:
        raise refuse("620", element="Line.LinkedTxn", id=id_)
    target = draft.books.find(kind, id_)
    if target is None:
        raise refuse("610", element="Line.LinkedTxn")
    if not _pays_for(draft.books, draft.new["CustomerRef"]["value"], target["CustomerRef"]["value"]):
        raise refuse("620", element="Line.LinkedTxn", id=id_)
    return Link(draft.id, kind, id_, cents(amount_of(line)))


def _cut(draft: Draft, link: Link) -> Link:
    """A link settles no more than is open; the rest of the money stays unapplied."""
    others = sum((n.amount for n in links_to(draft.books, link.kind, link.target) if n.payment != draft.id), Decimal(0))
    target = draft.books.must_find(link.kind, link.target)
    most = money(target["TotalAmt"]) - money(target.get("Deposit")) - others
    return link._replace(amount=min(link.amount, most))


def _pays_for(books: Books, payer: str, customer: str) -> bool:
    """A customer pays for itself and for everybody below it."""
    above: str | None = customer
    while above and above != payer:
        found = books.find("Customer", above) or {}
        above = found.get("ParentRef", {}).get("value")
    return above == payer


def _within_money(total: Decimal, links: list[Link]) -> list[Link]:
    """Refuse to settle more than money and credits allow."""
    credit = sum((link.amount for link in links if link.kind == "CreditMemo"), Decimal(0))
    settled = sum((link.amount for link in links if link.kind == "Invoice"), Decimal(0))
    if settled > total + credit:
        raise refuse("6000", why="The amount applied is greater than the amount received.")
    return [link for link in links if link.amount > 0]


def _set_lines(books: Books, payment: dict[str, Any], links: list[Link]) -> None:
    payment["Line"] = [_line(books, link) for link in links]
    settled = sum((n.amount if n.kind == "Invoice" else -n.amount for n in links), Decimal(0))
    payment["UnappliedAmt"] = money(payment["TotalAmt"]) - settled


def _line(books: Books, link: Link) -> dict[str, Any]:
    target = books.find(link.kind, link.target) or {}
    facts = {"txnId": link.target, "txnOpenBalance": f"{money(target.get('Balance')):.2f}"}
    if target.get("DocNumber"):
        facts["txnReferenceNumber"] = target["DocNumber"]
    shown = [
        {"name": "{http://schema.intuit.com/finance/v3}NameValue", "declaredType": VALUE_TYPE,
         "value": {"Name": name, "Value": value}, "nil": False}
        for name, value in facts.items()
    ]  # fmt: skip
    linked = [{"TxnId": link.target, "TxnType": link.kind}]
    return {"Amount": cents(link.amount), "LinkedTxn": linked, "LineEx": {"any": shown}}


def _reduce(books: Books, link: Link, amount: Decimal) -> None:
    """Let a payment settle less of one transaction, from that transaction's side."""
    payment = books.must_find("Payment", link.payment)
    links = [n._replace(amount=amount) if _key(n) == _key(link) else n for n in _read_links(link.payment, payment)]
    left = [n for n in links if n.amount > 0]
    with books.store.transaction() as db:
        key = (books.realm, int(link.payment), link.kind, int(link.target))
        db.execute("DELETE FROM qb_link WHERE realm = ? AND payment = ? AND kind = ? AND target = ?", key)
        if amount > 0:
            db.execute("INSERT INTO qb_link VALUES (?, ?, ?, ?, ?)", (*key, str(amount)))
    before = dict(payment)
    _set_lines(books, payment, left)
    books.write("Payment", payment, before)


def _refresh(books: Books, kind: str, id_: str) -> None:
    """Balance and LinkedTxn of a settled transaction after its payments changed; a change of its own."""
    target = books.find(kind, id_)
    if target is None:
        return
    links, before = links_to(books, kind, id_), dict(target)
    applied = sum((link.amount for link in links), Decimal(0))
    target["Balance"] = money(target["TotalAmt"]) - money(target.get("Deposit")) - applied
    if kind == "CreditMemo":
        target["RemainingCredit"] = target["Balance"]
    target["LinkedTxn"] = _linked(links)
    books.write(kind, target, before)


def _linked(links: list[Link]) -> list[dict[str, str]]:
    return [{"TxnId": link.payment, "TxnType": "Payment"} for link in links]


def _read_links(payment: str, body: Mapping[str, Any]) -> list[Link]:
    """The links a stored payment shows in its lines."""
    linked = [(line["LinkedTxn"][0], money(line["Amount"])) for line in body["Line"]]
    return [Link(payment, to["TxnType"], to["TxnId"], amount) for to, amount in linked]


def _merged(links: list[Link]) -> list[Link]:
    """One link per transaction, whatever the number of lines that name it."""
    found: dict[tuple[str, str], Link] = {}
    for link in links:
        earlier = found.get(_key(link))
        found[_key(link)] = link._replace(amount=link.amount + earlier.amount) if earlier else link
    return list(found.values())


def _links_of(books: Books, payment: str) -> list[Link]:
    return _select(books, "payment = ? AND ?", int(payment), 1)


def _select(books: Books, where: str, *values: object) -> list[Link]:
    rows = books.store.rows(f"SELECT * FROM qb_link WHERE {where} AND realm = ? ORDER BY payment", *values, books.realm)  # noqa: S608 - where is one of two texts in this module
    return [Link(str(r["payment"]), r["kind"], str(r["target"]), Decimal(r["amount"])) for r in rows]


def _key(link: Link) -> tuple[str, str]:
    return link.kind, link.target
