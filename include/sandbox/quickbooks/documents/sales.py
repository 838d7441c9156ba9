"""Rules of sales forms and payments: what they need, follow, come to and settle (reference 3.4 to 3.6)."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from include.sandbox.quickbooks.accounting import settlement
from include.sandbox.quickbooks.accounting.accounts import UNDEPOSITED, account_of
from include.sandbox.quickbooks.documents import autoapply, supports
from include.sandbox.quickbooks.documents.lines import Sums, read_lines
from include.sandbox.quickbooks.documents.sales_tax import tax_detail
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import cents, money

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

FORMS = ("Invoice", "Estimate", "CreditMemo", "SalesReceipt", "RefundReceipt")
REQUIRED = {
    "Invoice": ("CustomerRef", "Line"),
    "Estimate": ("CustomerRef", "Line"),
    "CreditMemo": ("CustomerRef", "Line"),
    "SalesReceipt": ("Line",),
    "RefundReceipt": ("DepositToAccountRef", "Line"),
}


def check_sale(draft: Draft) -> None:
    """Complete an invoice, an estimate, a credit memo, a sales receipt or a refund."""
    new = draft.new
    require(draft, *REQUIRED[draft.entity.name])
    if new["EmailStatus"] == "NeedToSend" and "BillEmail" not in new:
        raise refuse("6420", element="BillEmail")
    _follow_customer(draft)
    new["Line"], sums = read_lines(draft, new["Line"])
    _total(draft, sums)
    AFTER_TOTAL[draft.entity.name](draft)


def require(draft: Draft, *names: str) -> None:
    """Refuse with 2020 what lacks one of these."""
    for name in names:
        if draft.new.get(name) in (None, "", []):
            raise refuse("2020", element=name, name=name)


def void_sale(draft: Draft) -> None:
    """Every amount is zero, payments on the form are free again, what supported it is open again."""
    new = draft.new
    for line in new["Line"]:
        _zero(line)
        for part in line.get("GroupLineDetail", {}).get("Line", []):
            _zero(part)
    new["TxnTaxDetail"] = {"TotalTax": 0}
    new["TotalAmt"] = new["Balance"] = Decimal("0.00")
    if draft.entity.name == "Invoice":
        new["Deposit"], new["LinkedTxn"] = 0, []
        settlement.stay_settled(draft)


def delete_sale(draft: Draft) -> None:
    """What supported a form that is deleted is open again."""
    draft.new["LinkedTxn"] = []


def after_sale(draft: Draft) -> None:
    """What follows a sales form that was written or deleted."""
    supports.follow(draft)
    if draft.old is None:
        autoapply.apply_credits(draft)


def check_payment(draft: Draft) -> None:
    """Complete a payment: what its lines settle, cut to what is open; the rest is unapplied.

    The account its money goes to is told by its id alone.
    """
    new = draft.new
    if "TotalAmt" not in new:
        raise refuse("6000", why="You must set a transaction amount.")
    require(draft, "CustomerRef")
    new["TotalAmt"] = cents(money(new["TotalAmt"]))
    if new["TotalAmt"] < 0:
        raise refuse("2290", element="TotalAmt")
    new["DepositToAccountRef"] = {"value": new.get("DepositToAccountRef", waiting(draft.books))["value"]}
    if draft.old is None:
        new["LinkedTxn"] = []
    links = settlement.read_links(draft)
    settlement.settle(draft, links or autoapply.of_payment(draft))


def waiting(books: Books) -> dict[str, str]:
    """Where money waits for its deposit."""
    return account_of(books, UNDEPOSITED)


def _zero(line: dict[str, Any]) -> None:
    if "Amount" in line:
        line["Amount"] = Decimal("0.00")
    detail = line.get("SalesItemLineDetail", {})
    if "Qty" in detail:
        detail["Qty"] = 0


def _follow_customer(draft: Draft) -> None:
    """Address, terms and due date a customer brings along."""
    new, fields = draft.new, draft.entity.fields
    customer = draft.books.find("Customer", new["CustomerRef"]["value"]) if "CustomerRef" in new else None
    if draft.old is None:
        for name in ("BillAddr", "ShipAddr"):
            if name not in new and customer and name in customer:
                new[name] = customer[name]
        if customer and "SalesTermRef" in customer and draft.entity.name in ("Invoice", "CreditMemo"):
            new.setdefault("SalesTermRef", dict(customer["SalesTermRef"]))
    if "DueDate" in fields and draft.entity.name != "Estimate":
        follow_term(draft)


def follow_term(draft: Draft) -> None:
    """A due date that is not stated comes from the terms. Refuses a date after which there is none (2060)."""
    new = draft.new
    if "DueDate" in new:
        return
    term = draft.books.find("Term", new["SalesTermRef"]["value"]) if "SalesTermRef" in new else None
    try:
        new["DueDate"] = _due(dt.date.fromisoformat(new["TxnDate"]), term or {}).isoformat()
    except OverflowError as problem:
        raise refuse("2060", element="TxnDate", value=new["TxnDate"]) from problem


def _due(day: dt.date, term: Mapping[str, Any]) -> dt.date:
    """So many days later; or on a day of the month, of the next one when that day is over or too near."""
    due_days, on, near = (int(money(term.get(name))) for name in ("DueDays", "DayOfMonthDue", "DueNextMonthDays"))
    if not on:
        return day + dt.timedelta(days=due_days)
    due = _on_day(day, on)
    return due if due >= day + dt.timedelta(days=near) else _on_day(due.replace(day=1) + dt.timedelta(days=31), on)


def _on_day(month: dt.date, on: int) -> dt.date:
    """A day of a month, its last one when it is shorter."""
    return month.replace(day=min(on, calendar.monthrange(month.year, month.month)[1]))


def _total(draft: Draft, sums: Sums) -> None:
    draft.new["TxnTaxDetail"] = tax_detail(draft, sums)
    total = cents(sums.subtotal - sums.discount + money(draft.new["TxnTaxDetail"]["TotalTax"]))
    if total < 0:
        raise refuse("6000", why="Transaction amount must be 0 or greater.")
    draft.new["TotalAmt"] = total


def _after_invoice(draft: Draft) -> None:
    draft.new["Deposit"] = deposited = cents(money(draft.new.get("Deposit"))) or 0
    if deposited < 0:
        raise refuse("2290", element="Deposit")
    if deposited > draft.new["TotalAmt"]:
        raise refuse("6000", why="The deposit is greater than the amount of the invoice.")
    supports.check(draft)
    settlement.stay_settled(draft)


def _after_estimate(draft: Draft) -> None:
    if draft.new.get("LinkedTxn"):
        draft.new["TxnStatus"] = "Closed"


def _after_receipt(draft: Draft) -> None:
    draft.new["Balance"] = Decimal(0)
    draft.new.setdefault("DepositToAccountRef", waiting(draft.books))


AFTER_TOTAL: dict[str, Callable[[Draft], None]] = {
    "Invoice": _after_invoice,
    "Estimate": _after_estimate,
    "CreditMemo": settlement.stay_settled,
    "SalesReceipt": _after_receipt,
    "RefundReceipt": _after_receipt,
}
