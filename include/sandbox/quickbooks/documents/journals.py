"""Rules of journal entries: debits and credits that are equal, and whom a receivable or payable is with (8.2)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from include.sandbox.quickbooks.accounting import settlement
from include.sandbox.quickbooks.accounting.accounts import PAYABLE, RECEIVABLE, plays
from include.sandbox.quickbooks.documents.lines import (
    Line,
    amount_of,
    detail_of,
    kept_reference,
    line_of,
    number_lines,
    readers,
    tracked,
)
from include.sandbox.quickbooks.documents.sales_tax import is_american
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import cents

DETAIL = "JournalEntryLineDetail"
NEEDED = (
    (RECEIVABLE, "Customer", "When you use Accounts Receivable, you must choose a customer in the Name field."),
    (PAYABLE, "Vendor", "When you use Accounts Payable, you must choose a vendor in the Name field."),
)


def check_journal(draft: Draft) -> None:
    """Complete a journal entry. Refuses one without lines (2250) and debits that are not the credits (2300)."""
    new = draft.new
    if not new.get("Line"):
        raise refuse("2250", element="Line")
    known = {DETAIL: _entry, "DescriptionOnly": _description}
    new["Line"] = [reader(draft, line) for reader, line in readers(known, frozenset(), new["Line"])]
    number_lines(new["Line"], first=0)
    if sum(_signed(line) for line in new["Line"]):
        raise refuse("2300", element="Line")
    new.setdefault("TxnTaxDetail", {})
    if is_american(draft.books):
        new["TxnTaxDetail"] = {}
        new.pop("GlobalTaxCalculation", None)
    settlement.stay_settled(draft)


def _entry(draft: Draft, line: Mapping[str, Any]) -> Line:
    sent, amount = detail_of(line, DETAIL), amount_of(line)
    if amount < 0:
        raise refuse("2290", element="Line.Amount")
    if not sent.get("PostingType"):
        raise refuse("2260", element="PostingType")
    if sent["PostingType"] not in ("Debit", "Credit"):
        raise refuse("2170", element="PostingType", value=sent["PostingType"])
    account = kept_reference(draft, "Account", sent, "AccountRef")
    if account is None:
        raise refuse("6440", element="Line.AccountRef")
    detail = {"PostingType": sent["PostingType"], "AccountRef": account, **_entity(draft, sent)}
    _need_party(draft, detail)
    detail |= tracked(draft, sent, "ClassRef", "DepartmentRef")
    detail |= {
        name: sent[name]
        for name in ("TaxCodeRef", "TaxApplicableOn", "TaxAmount", "BillableStatus")
        if sent.get(name) and (name not in ("TaxApplicableOn", "TaxAmount") or "TaxCodeRef" in sent)
    }
    return line_of(line, cents(amount), DETAIL, detail)


def _entity(draft: Draft, sent: Mapping[str, Any]) -> dict[str, Any]:
    entity = detail_of(sent, "Entity")
    kind, ref = entity.get("Type"), detail_of(entity, "EntityRef").get("value")
    if not ref:
        return {}
    if kind not in ("Customer", "Vendor", "Employee"):
        raise refuse("2170", element="Entity.Type", value=kind)
    name = draft.books.named(kind, str(ref), element="Entity", kept=draft.old is not None)
    return {"Entity": {"Type": kind, "EntityRef": {"value": str(ref), "name": name}}}


def _need_party(draft: Draft, detail: Mapping[str, Any]) -> None:
    for role, kind, why in NEEDED:
        if plays(draft.books, detail["AccountRef"]["value"], role) and detail.get("Entity", {}).get("Type") != kind:
            raise refuse("6000", why=why)


def _description(draft: Draft, line: Mapping[str, Any]) -> Line:
    return line_of(line, None, "DescriptionLineDetail", {}, kind="DescriptionOnly")


def _signed(line: Mapping[str, Any]) -> Decimal:
    if DETAIL not in line:
        return Decimal(0)
    amount = Decimal(line["Amount"])
    return amount if line[DETAIL]["PostingType"] == "Debit" else -amount
