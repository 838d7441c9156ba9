"""Links that move no money: an invoice from an estimate or from hours, a bill from a purchase order (reference 3.4).

The invoice or bill names them; the other side shows it and is closed as long as the link is there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from include.sandbox.quickbooks.documents.lines import linked_txns
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse


class Support(NamedTuple):
    """What becomes of a supporting transaction: `status` is `closed` while it is linked and `opened` before and after.

    `party` must be the same on both sides. `shows` says whether it lists the link.
    """

    status: str
    opened: str
    closed: str
    party: str
    shows: bool = True


SUPPORTS = {
    "Invoice": {
        "Estimate": Support("TxnStatus", "Pending", "Closed", "CustomerRef"),
        "TimeActivity": Support("BillableStatus", "Billable", "HasBeenBilled", "CustomerRef", shows=False),
    },
    "Bill": {"PurchaseOrder": Support("POStatus", "Open", "Closed", "VendorRef")},
}
Pair = tuple[str, str]


def check(draft: Draft) -> None:
    """Keep the supporting links a client names, on the transaction or its lines, and drop others.

    Refuses unknown transactions (610), another party's, and those linked elsewhere (620).
    """
    known = SUPPORTS[draft.entity.name]
    named = [*linked_txns(draft.new), *(link for line in draft.new["Line"] for link in line.get("LinkedTxn", ()))]
    wanted = dict.fromkeys((link["TxnType"], link["TxnId"]) for link in named if link["TxnType"] in known)
    before = _supports(draft.entity.name, draft.old)
    for kind, id_ in wanted:
        _check_one(draft, known[kind], kind, id_, linked=(kind, id_) in before)
    draft.new["LinkedTxn"] = [{"TxnId": id_, "TxnType": kind} for kind, id_ in wanted]


def follow(draft: Draft) -> None:
    """Close what a written invoice or bill is now made from, open what it is no longer made from."""
    name = draft.entity.name
    if name not in SUPPORTS:
        return
    old, new = _supports(name, draft.old), _supports(name, draft.new)
    for kind, id_ in sorted(old ^ new):
        found = draft.books.find(kind, id_)
        if found is not None:
            before = dict(found)
            _mark(found, SUPPORTS[name][kind], {"TxnId": draft.id, "TxnType": name}, linked=(kind, id_) in new)
            draft.books.write(kind, found, before)


def refuse_linked(draft: Draft) -> None:
    """An estimate, an order or hours that an invoice or a bill was made from cannot be deleted."""
    billed = draft.new.get("BillableStatus") == "HasBeenBilled"
    if draft.new.get("LinkedTxn") or billed:
        raise refuse("6000", why="Unlink the transactions this one is linked to before you delete it.")


def _check_one(draft: Draft, support: Support, kind: str, id_: str, *, linked: bool) -> None:
    found = draft.books.find(kind, id_)
    if found is None:
        raise refuse("610", element="LinkedTxn")
    theirs = (found.get(support.party) or {}).get("value")
    taken = found.get(support.status) == support.closed and (not support.shows or found.get("LinkedTxn"))
    if theirs != draft.new[support.party]["value"] or (taken and not linked):
        raise refuse("620", element="LinkedTxn", id=id_)


def _mark(found: dict[str, Any], support: Support, link: dict[str, str], *, linked: bool) -> None:
    found[support.status] = support.closed if linked else support.opened
    if support.shows and linked:
        found["LinkedTxn"] = [link]
    else:
        found.pop("LinkedTxn", None)


def _supports(entity: str, body: dict[str, Any] | None) -> set[Pair]:
    links = (body or {}).get("LinkedTxn", ())
    return {(link["TxnType"], link["TxnId"]) for link in links if link["TxnType"] in SUPPORTS[entity]}
