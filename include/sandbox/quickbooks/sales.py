"""Rules of sales forms: dates, numbers, tax, totals, balances, voids (reference 3.4, 3.6, 3.8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from include.sandbox.quickbooks import settlement
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.lines import Sums, read_lines
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import cents, money

FORMS = ("Invoice", "CreditMemo", "SalesReceipt")
FIRST_NUMBER = 1001


def check_sale(draft: Draft) -> None:
    """Complete an invoice, a credit memo or a sales receipt."""
    new = draft.new
    if "CustomerRef" not in new and draft.entity.name != "SalesReceipt":
        raise refuse("2020", element="CustomerRef", name="CustomerRef")
    if not new.get("Line"):
        raise refuse("2020", element="Line", name="Line")
    if new["EmailStatus"] == "NeedToSend" and "BillEmail" not in new:
        raise refuse("6420", element="BillEmail")
    new.setdefault("TxnDate", draft.books.today().isoformat())
    check_open_period(draft)
    _follow_customer(draft)
    _give_number(draft)
    new["Line"], sums = read_lines(draft, new["Line"])
    _total(draft, sums)
    AFTER_TOTAL[draft.entity.name](draft)


def check_open_period(draft: Draft) -> None:
    """Refuse what touches a closed period, by its old date or its new one (6210). A person has the password."""
    closed = draft.books.preferences["AccountingInfoPrefs"].get("BookCloseDate", "")
    dates = [date for date in (draft.before("TxnDate"), draft.new.get("TxnDate")) if date]
    if draft.books.api and any(date <= closed for date in dates):
        raise refuse("6210")


def void_sale(draft: Draft) -> None:
    """A voided form keeps its number and its customer; every amount is zero, its payments are free again."""
    check_open_period(draft)
    new = draft.new
    for line in new["Line"]:
        if "Amount" in line:
            line["Amount"] = Decimal("0.00")
        detail = line.get("SalesItemLineDetail", {})
        if "Qty" in detail:
            detail["Qty"] = 0
    new["TxnTaxDetail"] = {"TotalTax": 0}
    new["TotalAmt"] = new["Balance"] = Decimal("0.00")
    mark_void(new)
    if draft.entity.name in settlement.SETTLED:
        settlement.fit_links(draft, Decimal(0))


def mark_void(new: dict[str, Any]) -> None:
    """Write "Voided" before the note."""
    new["PrivateNote"] = f"Voided - {new['PrivateNote']}" if new.get("PrivateNote") else "Voided"


def refuse_linked(draft: Draft) -> None:
    """A form with a payment on it cannot be deleted."""
    check_open_period(draft)
    if draft.entity.name in settlement.SETTLED and settlement.links_to(draft.books, draft.entity.name, draft.id):
        raise refuse("6000", why="Unlink the transactions this one is linked to before you delete it.")


def _follow_customer(draft: Draft) -> None:
    """Address, terms and due date a customer brings along."""
    new = draft.new
    customer = draft.books.find("Customer", new["CustomerRef"]["value"]) if "CustomerRef" in new else None
    if draft.old is None:
        for name in ("BillAddr", "ShipAddr"):
            if name not in new and customer and name in customer:
                new[name] = customer[name]
        if customer and "SalesTermRef" in customer and "SalesTermRef" in draft.entity.fields:
            new.setdefault("SalesTermRef", dict(customer["SalesTermRef"]))
    if "DueDate" in draft.entity.fields:
        term = draft.books.find("Term", new["SalesTermRef"]["value"]) if "SalesTermRef" in new else None
        days = int(money((term or {}).get("DueDays")))
        new.setdefault("DueDate", (dt.date.fromisoformat(new["TxnDate"]) + dt.timedelta(days=days)).isoformat())


def _give_number(draft: Draft) -> None:
    new, books = draft.new, draft.books
    by_hand = books.preferences["SalesFormsPrefs"]["CustomTxnNumbers"]
    number = new.get("DocNumber")
    if number == "AUTO_GENERATE" or (not number and not by_hand):
        new["DocNumber"] = draft.before("DocNumber") or _next_number(draft)
    elif number and by_hand and "allowduplicatedocnum" not in draft.include and number != draft.before("DocNumber"):
        _refuse_taken_number(draft, number)


def _next_number(draft: Draft) -> str:
    """The next document number nobody uses."""
    books = draft.books
    while True:
        number = str(books.store.next_number(f"{books.realm}:numbers", first=FIRST_NUMBER))
        if not any(books.records.labelled(form, number) for form in FORMS):
            return number


def _refuse_taken_number(draft: Draft, number: str) -> None:
    for form in FORMS:
        for row in draft.books.records.labelled(form, number):
            if (row["entity"], str(row["id"])) != (draft.entity.name, draft.id):
                raise refuse("6140", element="DocNumber", number=number, entity=form, id=row["id"])


def _total(draft: Draft, sums: Sums) -> None:
    tax = _tax(draft, sums)
    total = cents(sums.subtotal - sums.discount + tax)
    if total < 0:
        raise refuse("6000", why="Transaction amount must be 0 or greater.")
    draft.new["TxnTaxDetail"] = {"TotalTax": tax}
    draft.new["TotalAmt"] = total


def _tax(draft: Draft, sums: Sums) -> Decimal:
    """The amount stated, else what the rate of the address' state makes; nothing without an address."""
    books, detail = draft.books, draft.new.get("TxnTaxDetail") or {}
    prefs = books.preferences["TaxPrefs"]
    if not prefs.get("UsingSalesTax"):
        return Decimal(0)
    stated = detail.get("TotalTax")
    unchanged = draft.old is not None and stated == (draft.before("TxnTaxDetail") or {}).get("TotalTax")
    if stated not in (None, "") and not (unchanged and _lines_differ(draft)):
        return cents(money(stated))
    address = draft.new.get("ShipAddr") or draft.new.get("BillAddr") or {}
    rate = books.tax_rates.get(address.get("CountrySubDivisionCode", ""))
    return cents(sums.taxable * Decimal(rate)) if rate and prefs.get("PartnerTaxEnabled") else Decimal(0)


def _lines_differ(draft: Draft) -> bool:
    """Whether an update changed the amounts, so that tax read before no longer says anything."""
    old = [line.get("Amount") for line in draft.before("Line") or []]
    return [line.get("Amount") for line in draft.new["Line"]] != old


def _after_invoice(draft: Draft) -> None:
    if draft.old is not None and draft.changes("CustomerRef"):
        settlement.fit_links(draft, Decimal(0))
    due = money(draft.new["TotalAmt"]) - money(draft.new.get("Deposit"))
    settlement.fit_links(draft, due)
    draft.new["Balance"] = due - settlement.applied_to(draft)


def _after_credit_memo(draft: Draft) -> None:
    settlement.fit_links(draft, money(draft.new["TotalAmt"]))
    left = money(draft.new["TotalAmt"]) - settlement.applied_to(draft)
    draft.new["Balance"] = draft.new["RemainingCredit"] = left


def _after_sales_receipt(draft: Draft) -> None:
    draft.new["Balance"] = Decimal(0)
    draft.new.setdefault("DepositToAccountRef", dict(settlement.UNDEPOSITED))


AFTER_TOTAL: dict[str, Callable[[Draft], None]] = {
    "Invoice": _after_invoice,
    "CreditMemo": _after_credit_memo,
    "SalesReceipt": _after_sales_receipt,
}
