"""Plan rows in a bookkeeper's words; the reason codes stay as they are, README explains each."""

from __future__ import annotations

from include.records import System
from include.sync.rows import Action, Stage

SIDES = {System.QUICKBOOKS: "QuickBooks", System.SYNCTA: "Syncta"}
STAGES = {
    Stage.CUSTOMERS: "Customers",
    Stage.HISTORY: "History",
    Stage.INVOICES: "Invoices",
    Stage.PAID_MARKS: "Paid marks",
}
_ACTIONS = {
    Action.LINK: "Linked",
    Action.CREATE: "Created in Syncta",
    Action.UPDATE: "Changed in Syncta",
    Action.PUSH: "Pushed to QuickBooks",
    Action.MARK_PAID: "Marked as paid in Syncta",
    Action.RECORD_BALANCE: "Balance remembered",
    Action.HOLD: "Held",
    Action.FLAG: "Likely duplicates",
    Action.EXCEPTION: "To be looked at",
    Action.SKIP: "Left alone",
    Action.VOID: "Voided in QuickBooks",
    Action.REOPEN: "Marked as open again in Syncta",
    Action.REMOVE: "Removed from Syncta",
    Action.RESTORE: "Put back as it was in Syncta",
    Action.UNLINK: "Link ended",
}


def words_of(bucket: str) -> str:
    """`Held: product_unknown` for the bucket `hold.product_unknown`."""
    action, _, reason = bucket.partition(".")
    said = _ACTIONS[Action(action)]
    return f"{said}: {reason}" if reason else said
