"""Rules of money that moves between accounts: deposits, transfers, payments of a credit card (reference 3.6)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from include.sandbox.quickbooks.accounting import settlement
from include.sandbox.quickbooks.documents.lines import (
    Line,
    amount_of,
    detail_of,
    kept_reference,
    line_of,
    linked_txns,
    tracked,
)
from include.sandbox.quickbooks.documents.sales import require
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.fields import CLEARED, decimal, reference
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import cents, money

DETAIL = "DepositLineDetail"
ENDS = {
    "Transfer": ("FromAccountRef", "ToAccountRef"),
    "CreditCardPayment": ("BankAccountRef", "CreditCardAccountRef"),
}


def check_deposit(draft: Draft) -> None:
    """Complete a deposit: what waits in Undeposited Funds, named by its lines, beside money entered directly."""
    new = draft.new
    require(draft, "DepositToAccountRef", "Line")
    if not all(isinstance(line, Mapping) for line in new["Line"]):
        raise refuse("2010", element="Line")
    links = settlement.read_links(draft)
    signs = {(link.kind, link.target): link.amount for link in links}
    new["Line"] = [_line(draft, line, signs) for line in new["Line"]]
    for number, line in enumerate((line for line in new["Line"] if DETAIL in line), start=1):
        line["Id"], line["LineNum"] = str(number), number
    new["TotalAmt"] = cents(sum((money(line["Amount"]) for line in new["Line"]), Decimal(0)) - _cash_back(draft))
    if new["TotalAmt"] < 0:
        raise refuse("6000", why="The total of a deposit cannot be negative.")
    new.pop("GlobalTaxCalculation", None)
    draft.links = links


def check_move(draft: Draft) -> None:
    """Complete a transfer or a payment of a credit card."""
    out_of, into = ENDS[draft.entity.name]
    require(draft, out_of, into, "Amount")
    draft.new["Amount"] = cents(money(draft.new["Amount"]))
    if draft.new["Amount"] < 0:
        raise refuse("2290", element="Amount")
    if draft.new[out_of]["value"] == draft.new[into]["value"]:
        raise refuse("6000", why="The account money comes from and the one it goes to cannot be the same.")


def _line(draft: Draft, line: Mapping[str, Any], signs: Mapping[tuple[str, str], Decimal]) -> Line:
    linked = linked_txns(line)
    if linked:
        target = linked[0]
        return {"Amount": signs[target["TxnType"], target["TxnId"]], "LinkedTxn": [{**target, "TxnLineId": "0"}]}
    if line.get("DetailType", DETAIL) != DETAIL:
        raise refuse("2170", element="Line.DetailType", value=line.get("DetailType"))
    sent = detail_of(line, DETAIL)
    account = kept_reference(draft, "Account", sent, "AccountRef")
    if account is None:
        raise refuse("6000", why="Select a bank account for this deposit")
    detail = {"AccountRef": account, **_entity(draft, sent)}
    detail |= tracked(draft, sent, "ClassRef", "PaymentMethodRef")
    detail |= {n: sent[n] for n in ("CheckNum", "TxnType") if sent.get(n)}
    return line_of(line, cents(amount_of(line)), DETAIL, detail)


def _entity(draft: Draft, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Whom money was received from; QuickBooks writes the type in capitals here."""
    ref = detail_of(sent, "Entity")
    if not ref.get("value"):
        return {}
    kind = str(ref.get("type") or "Customer").capitalize()
    if kind not in ("Customer", "Vendor", "Employee"):
        raise refuse("2170", element="Entity.type", value=ref.get("type"))
    name = draft.books.named(kind, str(ref["value"]), element="Entity", kept=draft.old is not None)
    return {"Entity": {"value": str(ref["value"]), "name": name, "type": kind.upper()}}


def _cash_back(draft: Draft) -> Decimal:
    block = draft.new.get("CashBack") or {}
    amount = cents(decimal("CashBack.Amount", block.get("Amount") or 0))
    if not amount:
        draft.new.pop("CashBack", None)
        return amount
    ref = reference("CashBack.AccountRef", block.get("AccountRef") or {})
    if ref is CLEARED:
        raise refuse("2020", element="CashBack.AccountRef", name="CashBack.AccountRef")
    draft.books.referred("Account", ref["value"], element="CashBack.AccountRef", kept=draft.old is not None)
    block["Amount"] = amount
    return amount
