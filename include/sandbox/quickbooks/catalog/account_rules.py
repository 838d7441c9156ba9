"""Rules of accounts, terms and payment methods (reference 3.7)."""

from __future__ import annotations

from decimal import Decimal

from include.sandbox.quickbooks.catalog.account_types import OF_SUBTYPE, TYPES
from include.sandbox.quickbooks.catalog.names import check_list
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse

PAYMENT_TYPES = ("CREDIT_CARD", "NON_CREDIT_CARD")
STANDARD, DATE_DRIVEN = ("DueDays", "DiscountDays"), ("DayOfMonthDue", "DueNextMonthDays", "DiscountDayOfMonth")
RANGES = {
    **dict.fromkeys(("DueDays", "DiscountDays", "DueNextMonthDays"), (0, 999)),
    **dict.fromkeys(("DayOfMonthDue", "DiscountDayOfMonth"), (1, 31)),
    "DiscountPercent": (0, 100),
}


def check_account(draft: Draft) -> None:
    """An account: its type from its subtype or the other way round, its side, a number nobody else has."""
    new = draft.new
    for name, signs in (("Name", ':"'), ("AcctNum", ":")):
        if any(sign in new.get(name, "") for sign in signs):
            raise refuse("2040", element=name, value=new[name])
    _settle_type(draft)
    if "OpeningBalance" in new and "OpeningBalanceDate" not in new:
        raise refuse("6060", element="OpeningBalanceDate")
    check_list(draft)
    _claim_number(draft)
    for name in ("CurrentBalance", "CurrentBalanceWithSubAccounts"):
        new.setdefault(name, Decimal(0))
    for name in ("OpeningBalance", "OpeningBalanceDate"):
        new.pop(name, None)


def check_term(draft: Draft) -> None:
    """Terms: days after the date, or a day of the month; the type follows from that."""
    new = draft.new
    for name, (least, most) in RANGES.items():
        if name in new and not least <= new[name] <= most:
            raise refuse("2240", element=name, value=new[name], least=least, most=most)
    by_date = "DayOfMonthDue" in new and "DueDays" not in new
    if not by_date and "DueDays" not in new:
        raise refuse("2020", element="DueDays", name="DueDays")
    for name in STANDARD if by_date else DATE_DRIVEN:
        new.pop(name, None)
    new["Type"] = "DATE_DRIVEN" if by_date else "STANDARD"
    check_list(draft)


def check_payment_method(draft: Draft) -> None:
    """A way to pay."""
    if draft.new["Type"] not in PAYMENT_TYPES:
        raise refuse("2170", element="Type", value=draft.new["Type"])
    check_list(draft)


def _settle_type(draft: Draft) -> None:
    new = draft.new
    subtype = new.get("AccountSubType")
    kind = new.get("AccountType") or OF_SUBTYPE.get(str(subtype))
    if kind not in TYPES or (subtype and subtype not in TYPES[kind].subtypes):
        raise refuse("6010", element="AccountType")
    new["AccountType"], new["AccountSubType"] = kind, subtype or TYPES[kind].subtypes[0]
    new["Classification"] = TYPES[kind].classification


def _claim_number(draft: Draft) -> None:
    """Where accounts are numbered, each number is used once."""
    number = draft.new.get("AcctNum")
    if not number or not draft.books.preferences["AccountingInfoPrefs"].get("UseAccountNumbers"):
        return
    statement = f"SELECT * FROM Account WHERE AcctNum = '{_quoted(number)}' MAXRESULTS 2"  # noqa: S608 - not SQL
    others = draft.books.query(statement)
    if any(other["Id"] != draft.id for other in others.get("Account", [])):
        raise refuse("6000", why="This account number is already being used. Please use a different number.")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
