"""Invoices of a run, taken back: pushes voided, paid marks reopened, links ended (rules 5)."""

from __future__ import annotations

from collections.abc import Collection

from include.ledger.links import Link
from include.ledger.outbox import OutboxRow
from include.records import Entity, Invoice, System
from include.sync.reasons import REFUSALS
from include.sync.rows import AFTER, UNDOES, Action, PlanRow
from include.sync.rules.decided import original_id
from include.sync.rules.settlement import fingerprint_of
from include.sync.rules.voidable import CHANGED_SINCE, why_not_voidable
from include.sync.state import State, seen
from include.sync.undo.deeds import refused, target_of, version_of
from include.sync.undone import UNDONE

NOT_LINKED, GONE = "not_linked_any_more", "gone_since"


def void(state: State, undoes: str, write: OutboxRow) -> PlanRow:
    """A pushed invoice: voided in QuickBooks, never deleted, unless the rules speak against it."""
    quickbooks_id = target_of(write)
    link, invoice = state.invoice_links.get(write.source_id), state.quickbooks_invoices.get(quickbooks_id)
    if link is None or link.quickbooks_id != quickbooks_id:
        return refused(write, NOT_LINKED)
    if invoice is None:
        return refused(write, GONE)
    if why := why_not_voidable(state, link, invoice):
        return refused(write, why)
    return PlanRow(
        Action.VOID,
        Entity.INVOICE,
        System.SYNCTA,
        write.source_id,
        quickbooks_id,
        UNDONE,
        amount=invoice.total,
        payload={"invoice_id": quickbooks_id, "unlink": True, UNDOES: undoes},
        seen=(seen(System.QUICKBOOKS, Entity.INVOICE, invoice),),
        key=state.key("void", Entity.INVOICE, write.source_id, quickbooks_id),
    )


def reopen(state: State, undoes: str, write: OutboxRow) -> PlanRow:
    """A paid mark: the invoice is open again in Syncta. That a payment is linked is no obstacle here, it is why the
    mark was made; that money came by the portal is."""
    syncta_id = target_of(write)
    link, invoice = state.invoice_links.get(syncta_id), state.syncta_invoices.get(syncta_id)
    if link is None or link.quickbooks_id != write.source_id:
        return refused(write, NOT_LINKED)
    if invoice is None:
        return refused(write, GONE)
    if why := _why_not_reopened(write, invoice, link):
        return refused(write, why)
    mark = link.applied["paid"]
    marked_for = fingerprint_of(tuple(mark.get("settled_by", ())))
    return PlanRow(
        Action.REOPEN,
        Entity.INVOICE,
        System.QUICKBOOKS,
        write.source_id,
        syncta_id,
        UNDONE,
        amount=invoice.total,
        # The link keeps the mark as undone: the same payments do not mark again by themselves (rules 4.4).
        payload={"applied": {"paid": {**mark, "undone": True}}, UNDOES: undoes},
        seen=(seen(System.SYNCTA, Entity.INVOICE, invoice),),
        # With the version: the same payments may mark it once more, on a person's decision, and be taken back again.
        key=state.key("reopen", Entity.INVOICE, syncta_id, marked_for, f"v{invoice.version}"),
    )


def _why_not_reopened(write: OutboxRow, invoice: Invoice, link: Link) -> str:
    mark = link.applied.get("paid")
    if not mark or mark.get("undone") or invoice.status != "paid":
        return "open_already"
    if invoice.portal_payments:
        return "paid_by_portal"
    return "" if version_of(write) == invoice.version else CHANGED_SINCE


def unlink(state: State, undoes: str, link: Link, reopened: Collection[PlanRow]) -> PlanRow:
    """A link made without a write: it ends and the invoice waits for a person. A paid mark that went across it is
    taken back first; where it is not, it would never be found again, and the link stays."""
    who = (Entity.INVOICE, System.SYNCTA, link.syncta_id, link.quickbooks_id)
    invoice, mark = state.syncta_invoices.get(original_id(link.syncta_id)), link.applied.get("paid") or {}
    after = [row.key for row in reopened if row.target_id == link.syncta_id]
    if mark and not mark.get("undone") and not after and invoice and invoice.status == "paid":
        return PlanRow(Action.SKIP, *who, "mark_went_across", REFUSALS["mark_went_across"])
    ends = {"quickbooks_id": link.quickbooks_id, "syncta_id": link.syncta_id, UNDOES: undoes, AFTER: after}
    return PlanRow(Action.UNLINK, *who, UNDONE, amount=invoice.total if invoice else None, payload=ends)
