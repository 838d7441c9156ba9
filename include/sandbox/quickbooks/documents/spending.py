"""Rules of what is bought: bills, vendor credits, purchases, orders, and what pays them (reference 2.5, 8.2)."""

from __future__ import annotations

from typing import Any

from include.sandbox.quickbooks.accounting import settlement
from include.sandbox.quickbooks.accounting.accounts import PAYABLE, account_of, plays
from include.sandbox.quickbooks.documents import supports
from include.sandbox.quickbooks.documents.costs import read_costs
from include.sandbox.quickbooks.documents.sales import follow_term, require
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.fields import CLEARED, reference
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import cents, money, name_values

ENTITY_TYPES = ("Vendor", "Customer", "Employee")
WRITTEN_AS = {"Check": "3", "Cash": "54", "CreditCard": "54"}
"""The number QuickBooks gives a purchase's form in PurchaseEx; a card's credit is 11."""


def check_bill(draft: Draft) -> None:
    """Complete a bill: what is owed for it, until when, to which account, and the order it comes from."""
    require(draft, "VendorRef", "Line")
    _follow_vendor(draft)
    follow_term(draft)
    _owe_on_account(draft)
    read_costs(draft)
    supports.check(draft)
    settlement.stay_settled(draft)


def check_vendor_credit(draft: Draft) -> None:
    """Complete a vendor credit."""
    require(draft, "VendorRef", "Line")
    _owe_on_account(draft)
    read_costs(draft)
    settlement.stay_settled(draft)


def check_order(draft: Draft) -> None:
    """Complete a purchase order; it posts nothing."""
    require(draft, "VendorRef", "Line")
    if draft.new["EmailStatus"] == "NeedToSend" and "POEmail" not in draft.new:
        raise refuse("6420", element="POEmail")
    draft.new.setdefault("APAccountRef", account_of(draft.books, PAYABLE))
    read_costs(draft)
    if draft.new.get("LinkedTxn"):
        draft.new["POStatus"] = "Closed"


def check_purchase(draft: Draft) -> None:
    """Complete a purchase. How it was paid cannot change; only a card takes money back."""
    new = draft.new
    require(draft, "PaymentType", "AccountRef", "Line")
    if draft.old is not None and new["PaymentType"] != draft.before("PaymentType"):
        raise refuse("6000", why="The payment type of a purchase cannot be changed.")
    if new["PaymentType"] == "CreditCard":
        new.setdefault("Credit", False)
    else:
        new.pop("Credit", None)
    if "EntityRef" in new:
        new["EntityRef"] = _party(draft, new["EntityRef"])
    if new["PaymentType"] == "Check":
        new.setdefault("PrintStatus", "NotSet")
    read_costs(draft)
    form = "11" if new.get("Credit") else WRITTEN_AS[new["PaymentType"]]
    new["PurchaseEx"] = name_values({"TxnType": form})
    settlement.stay_settled(draft)


def check_bill_payment(draft: Draft) -> None:
    """Complete a bill payment; what its lines do not settle is a credit with the vendor."""
    new = draft.new
    require(draft, "VendorRef", "TotalAmt", "PayType", *(("Line",) if draft.old is None else ()))
    new["TotalAmt"] = cents(money(new["TotalAmt"]))
    if new["TotalAmt"] < 0:
        raise refuse("2290", element="TotalAmt")
    new.setdefault("Line", [])
    _pay_from(draft)
    links = settlement.read_links(draft)
    settlement.settle(draft, links)
    bills = (draft.books.must_find("Bill", link.target) for link in draft.links if link.kind == "Bill")
    account = next((bill["APAccountRef"] for bill in bills), None)
    new["APAccountRef"] = account or draft.before("APAccountRef") or account_of(draft.books, PAYABLE)


def _follow_vendor(draft: Draft) -> None:
    new = draft.new
    vendor = draft.books.find("Vendor", new["VendorRef"]["value"]) or {}
    if draft.old is None:
        if "TermRef" in vendor:
            new.setdefault("SalesTermRef", dict(vendor["TermRef"]))
        if "BillAddr" in vendor:
            new.setdefault("VendorAddr", dict(vendor["BillAddr"]))


def _owe_on_account(draft: Draft) -> None:
    """The account a bill is owed on: a payable one."""
    account = draft.new.setdefault("APAccountRef", account_of(draft.books, PAYABLE))
    if not plays(draft.books, account["value"], PAYABLE):
        raise refuse("6430", element="APAccountRef", value=account.get("name", ""))


def _pay_from(draft: Draft) -> None:
    """The bank or card account a bill payment comes from; nothing paid needs none."""
    new, kind = draft.new, draft.new["PayType"]
    block, name = ("CheckPayment", "BankAccountRef") if kind == "Check" else ("CreditCardPayment", "CCAccountRef")
    new.pop("CreditCardPayment" if kind == "Check" else "CheckPayment", None)
    found: dict[str, Any] = dict(new.get(block) or draft.before(block) or {})
    if found.get(name):
        found[name] = _account(draft, found[name], name)
    elif new["TotalAmt"]:
        raise refuse("6000", why="Select an account to pay from.")
    if kind == "Check":
        found.setdefault("PrintStatus", "NotSet")
    new[block] = found


def _account(draft: Draft, sent: Any, name: str) -> dict[str, str]:
    ref = reference(name, sent)
    if ref is CLEARED:
        raise refuse("2020", element=name, name=name)
    found = draft.books.referred("Account", ref["value"], element=name, kept=draft.old is not None)
    return {"value": found["Id"], "name": found.get("FullyQualifiedName") or found["Name"]}


def _party(draft: Draft, sent: Any) -> dict[str, Any]:
    """Whom money was paid to: a vendor unless another type is named."""
    kind = str(sent.get("type") or "Vendor").capitalize()
    if kind not in ENTITY_TYPES:
        raise refuse("2170", element="EntityRef.type", value=kind)
    found = draft.books.named(kind, str(sent.get("value")), element="EntityRef", kept=draft.old is not None)
    return {"value": str(sent.get("value")), "name": found, "type": kind}
