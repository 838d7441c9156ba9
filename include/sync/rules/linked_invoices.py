"""Invoices that have a partner: what changed on one side since (R9, rules 3.10); `paid.py` has the money.

Whatever differs is told, once per state, as an exception; it closes by itself when both sides agree again, and stays
quiet while a person accepts it. Nothing here writes but on a decision: a supplement, a void, a paid mark taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from include.ledger.decisions import Verb
from include.ledger.links import Link
from include.records import Entity, Invoice, System
from include.sync.rows import Action, PlanRow
from include.sync.rules.accepted import facts_of, unless_accepted
from include.sync.rules.decided import chosen_links, decided_on, ending_links
from include.sync.rules.desk import own_number
from include.sync.rules.paid import plan_money
from include.sync.rules.pairs import Document, Owners, Pair, pairs_of, planned_links
from include.sync.rules.supplements import plan_supplement, to_bill
from include.sync.rules.telling import tell
from include.sync.rules.voidable import why_not_voidable
from include.sync.state import State, seen

__all__ = ["plan_linked_invoices", "planned_links"]

ZERO = Decimal(0)


def plan_linked_invoices(state: State, links: Iterable[Link], partners: Mapping[str, str]) -> Iterator[PlanRow]:
    """Rows for every linked invoice that calls for something; `links` are those in the ledger and those planned."""
    owners = Owners.of(state, partners)
    ending = {(end.quickbooks_id, end.syncta_id) for end in ending_links(state, chosen_links(state))}
    going_on = [link for link in links if (link.quickbooks_id, link.syncta_id) not in ending]
    for pair in pairs_of(state, going_on):
        yield from unless_accepted(state, _rows(state, pair, owners))


def _rows(state: State, pair: Pair, owners: Owners) -> Iterator[PlanRow]:
    gone = [document for document in pair.documents if document.invoice is None and _is_gone(state, document)]
    if pair.syncta is None:
        if state.gone(System.SYNCTA, Entity.INVOICE, pair.syncta_id):
            yield from _gone_in_syncta(state, pair)
        return
    for document in gone:
        yield _told(pair, document, "gone_in_quickbooks", document.sent_total)
    if pair.documents[0].invoice:
        yield from _changed(state, pair, pair.syncta, pair.documents[0].invoice, owners)
        yield from plan_money(state, pair, pair.syncta, pair.documents[0].invoice)


def _is_gone(state: State, document: Document) -> bool:
    return state.gone(System.QUICKBOOKS, Entity.INVOICE, document.link.quickbooks_id)


def _gone_in_syncta(state: State, pair: Pair) -> Iterator[PlanRow]:
    """Deleted or voided in Syncta: voided in QuickBooks on a decision, under undo's checks, or told (rules 3.10)."""
    decision = decided_on(state, pair.syncta_id, Verb.VOID)
    for document in pair.documents:
        if document.invoice is None or document.total == 0:
            continue  # both sides agree
        if decision is None or decision.verb is not Verb.VOID:
            yield _told(pair, document, "gone_in_syncta", document.sent_total)
        else:
            yield _void(state, pair, document, document.invoice)


def _void(state: State, pair: Pair, document: Document, theirs: Invoice) -> PlanRow:
    why_not = why_not_voidable(state, document.link, theirs)
    if why_not:
        return _told(pair, document, f"void_refused_{why_not}", document.sent_total)
    return PlanRow(
        Action.VOID,
        Entity.INVOICE,
        System.SYNCTA,
        document.link.syncta_id,
        target_id=theirs.id,
        reason="void_decided",
        amount=theirs.total,
        payload={"invoice_id": theirs.id, "unlink": False},
        seen=(seen(System.QUICKBOOKS, Entity.INVOICE, theirs),),
        key=state.key("void", Entity.INVOICE, document.link.syncta_id, theirs.id),
    )


def _changed(state: State, pair: Pair, ours: Invoice, theirs: Invoice, owners: Owners) -> Iterator[PlanRow]:
    """What differs from the snapshots that were sent (R9, R11, rules 3.10). Where both totals agree again, it was
    corrected on both sides, whatever was sent."""
    agree = ours.total == pair.total
    if ours.total != pair.sent_total and not agree:
        yield from _unbilled(state, pair, ours, theirs)
    if owners.differ(ours, theirs):
        yield tell(Action.EXCEPTION, ours.id, "customer_differs", ours.total, target_id=theirs.id)
    for document in pair.documents:
        if document.invoice is not None:
            yield from _edited(state, pair, document, document.invoice, totals_agree=agree)


def _unbilled(state: State, pair: Pair, ours: Invoice, theirs: Invoice) -> Iterator[PlanRow]:
    """Work added after the push: billed by a supplement if a person decides so, told with the amount until then."""
    difference = ours.total - pair.sent_total
    sent = [document.link for document in pair.documents]
    decision = to_bill(state, ours, difference, sent)
    row = plan_supplement(state, decision, ours, theirs, sent) if decision else None
    if row:
        yield row
    if row is None or row.action is Action.HOLD:
        yield tell(Action.EXCEPTION, ours.id, "unbilled_change", difference, target_id=theirs.id)


def _edited(state: State, pair: Pair, document: Document, theirs: Invoice, *, totals_agree: bool) -> Iterator[PlanRow]:
    """What was done to a document in QuickBooks since it was sent, one exception for all of it."""
    difference = theirs.total - document.sent_total
    if theirs.total == 0 and not totals_agree:
        if document.sent_total != 0:
            yield _told(pair, document, "zeroed_in_quickbooks", document.sent_total)
        return
    reason = "" if totals_agree or not difference else _total_reason(state, pair, document, theirs)
    changes = _changes(state, pair, document, theirs)
    if reason and reason != "edited_in_quickbooks":
        yield _told(pair, document, reason, difference)
        difference = ZERO
    if reason == "edited_in_quickbooks" or changes:
        yield _told(pair, document, "edited_in_quickbooks", difference, changes=changes)


def _total_reason(state: State, pair: Pair, document: Document, theirs: Invoice) -> str:
    computed = theirs.total == document.returned_total
    facts = facts_of(theirs.total - document.sent_total)
    if computed and state.decisions.accepted("total_differs", Entity.INVOICE, System.SYNCTA, pair.syncta_id, facts):
        return "total_differs"
    if pair.is_paid:
        return "paid_at_other_total"
    return "total_differs" if computed else "edited_in_quickbooks"


def _changes(state: State, pair: Pair, document: Document, theirs: Invoice) -> dict[str, tuple[Any, Any]]:
    """Number and date that were sent and are others now, unless Syncta's invoice was changed alike."""
    ours, sent = pair.syncta, document.link.applied
    now = {"number": theirs.number, "date": theirs.date.isoformat()}
    in_syncta = {"number": own_number(state, ours), "date": ours.date.isoformat()} if ours else {}
    return {
        name: (sent[name], value)
        for name, value in now.items()
        if sent.get(name) and value not in (sent[name], in_syncta.get(name))
    }


def _told(pair: Pair, document: Document, reason: str, amount: Decimal, **more: Any) -> PlanRow:
    target = document.link.quickbooks_id
    return tell(Action.EXCEPTION, pair.syncta_id, reason, amount, target_id=target, **more)
