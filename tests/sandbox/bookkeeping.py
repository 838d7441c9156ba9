"""Bodies of transactions as tests write them, on the accounts every company has."""

from __future__ import annotations

from typing import Any

from include.sandbox.quickbooks.accounting.accounts import PAYABLE, RECEIVABLE, UNDEPOSITED, account_of
from include.sandbox.quickbooks.engine import Books

Body = dict[str, Any]
CHECKING, INCOME, VISA = "3", "1", "8"


def vendor(books: Books, name: str = "Pipe Supply", **fields: Any) -> str:
    """The id of a new vendor."""
    return books.create("Vendor", {"DisplayName": name, **fields})["Id"]


def cost(amount: float, account: str = "2", **detail: Any) -> Body:
    """A line on an expense account."""
    block = {"AccountRef": {"value": account}, **detail}
    return {
        "DetailType": "AccountBasedExpenseLineDetail",
        "Amount": amount,
        "AccountBasedExpenseLineDetail": block,
    }


def bill(vendor: str, *amounts: float, **fields: Any) -> Body:
    """What a vendor bills, or a vendor's credit."""
    return {"VendorRef": {"value": vendor}, "Line": [cost(amount) for amount in amounts], **fields}


def bill_payment(vendor: str, total: float, *parts: tuple[str, float], kind: str = "Bill", **fields: Any) -> Body:
    """A check to a vendor; `parts` are (transaction, amount)."""
    lines = [{"Amount": amount, "LinkedTxn": [{"TxnId": id_, "TxnType": kind}]} for id_, amount in parts]
    bank = {"BankAccountRef": {"value": CHECKING}}
    return {
        "VendorRef": {"value": vendor},
        "TotalAmt": total,
        "PayType": "Check",
        "CheckPayment": bank,
        "Line": lines,
        **fields,
    }


def posting(side: str, amount: float, account: str, kind: str = "", party: str = "") -> Body:
    """A line of a journal."""
    entity = {"Entity": {"Type": kind, "EntityRef": {"value": party}}} if kind else {}
    detail = {"PostingType": side, "AccountRef": {"value": account}, **entity}
    return {"DetailType": "JournalEntryLineDetail", "Amount": amount, "JournalEntryLineDetail": detail}


def journal(*lines: Body, **fields: Any) -> Body:
    """A journal entry."""
    return {"Line": list(lines), **fields}


def owed_by(books: Books, customer: str, amount: float) -> Body:
    """A journal that makes a customer owe more, or less below zero."""
    sides = ("Debit", "Credit") if amount > 0 else ("Credit", "Debit")
    receivable = account_of(books, RECEIVABLE)["value"]
    return journal(
        posting(sides[0], abs(amount), receivable, "Customer", customer), posting(sides[1], abs(amount), INCOME)
    )


def owed_to(books: Books, vendor: str, amount: float) -> Body:
    """A journal that makes us owe a vendor more, or less below zero."""
    sides = ("Credit", "Debit") if amount > 0 else ("Debit", "Credit")
    payable = account_of(books, PAYABLE)["value"]
    return journal(posting(sides[0], abs(amount), payable, "Vendor", vendor), posting(sides[1], abs(amount), "2"))


def deposit(*parts: tuple[str, str, float], direct: float = 0, **fields: Any) -> Body:
    """A deposit of what waits, as (entity, id, amount), and of money entered directly."""
    lines: list[Body] = [{"Amount": n, "LinkedTxn": [{"TxnId": id_, "TxnType": kind}]} for kind, id_, n in parts]
    if direct:
        detail = {"AccountRef": {"value": INCOME}}
        lines.append({"DetailType": "DepositLineDetail", "Amount": direct, "DepositLineDetail": detail})
    return {"DepositToAccountRef": {"value": CHECKING}, "Line": lines, **fields}


def balance(books: Books, account: str) -> Any:
    """What an account holds, debits counting up."""
    return books.get("Account", account).get("CurrentBalance", 0)


def undeposited(books: Books) -> str:
    """The account where money waits."""
    return account_of(books, UNDEPOSITED)["value"]
