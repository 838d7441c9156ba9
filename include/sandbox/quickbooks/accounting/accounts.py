"""The accounts transactions post to, by the part they play, and their balances."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from include.sandbox.quickbooks.wire import money

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books


class Role(NamedTuple):
    """A part only one account plays unless a person adds more of its kind. `known_by` is the property that tells."""

    known_by: str
    kind: str
    sub_kind: str
    name: str
    side: str


RECEIVABLE = Role("AccountType", "Accounts Receivable", "AccountsReceivable", "Accounts Receivable (A/R)", "Asset")
PAYABLE = Role("AccountType", "Accounts Payable", "AccountsPayable", "Accounts Payable (A/P)", "Liability")
UNDEPOSITED = Role("AccountSubType", "Other Current Asset", "UndepositedFunds", "Undeposited Funds", "Asset")
SALES_TAX = Role("AccountSubType", "Other Current Liability", "SalesTaxPayable", "Sales Tax Payable", "Liability")
DISCOUNTS = Role("AccountSubType", "Income", "DiscountsRefundsGiven", "Discounts given", "Revenue")
UNCATEGORIZED_INCOME = Role("AccountSubType", "Income", "OtherPrimaryIncome", "Uncategorized Income", "Revenue")
UNCATEGORIZED_EXPENSE = Role(
    "AccountSubType", "Expense", "OtherMiscellaneousServiceCost", "Uncategorized Expense", "Expense"
)
BALANCE_SHEET = frozenset({
    "Bank", "Accounts Receivable", "Other Current Asset", "Fixed Asset", "Other Asset", "Accounts Payable",
    "Credit Card", "Other Current Liability", "Long Term Liability", "Equity",
})  # fmt: skip
"""Types of accounts that have a balance; income and expenses show 0."""


def account_of(books: Books, role: Role) -> dict[str, str]:
    """A reference to the first account that plays a part; QuickBooks adds one when it is needed and missing."""
    word = role.kind if role.known_by == "AccountType" else role.sub_kind
    row = books.store.row(
        f"SELECT id, json_extract(body, '$.Name') AS name FROM qb_record "  # noqa: S608 - one of two names
        f"WHERE realm = ? AND entity = 'Account' AND json_extract(body, '$.{role.known_by}') = ? ORDER BY id LIMIT 1",
        books.realm,
        word,
    )
    if row is not None:
        return {"value": str(row["id"]), "name": row["name"]}
    body = {"Name": role.name, "AccountType": role.kind, "AccountSubType": role.sub_kind, "Classification": role.side}
    return {"value": books.create("Account", body)["Id"], "name": role.name}


def plays(books: Books, account: str, role: Role) -> bool:
    """Whether an account plays a part."""
    found = books.find("Account", account) or {}
    return bool(found.get(role.known_by) == (role.kind if role.known_by == "AccountType" else role.sub_kind))


def post(books: Books, account: str, amount: Decimal, currency: str, rate: Decimal) -> None:
    """Move an account's balance, debits counting up. An account in another currency than the amount takes its worth."""
    found = books.find("Account", account)
    if found is None or found.get("AccountType") not in BALANCE_SHEET:
        return
    own = found.get("CurrencyRef", {}).get("value", currency)
    worth = amount if own == currency else (amount * rate).quantize(Decimal("0.01"))
    _add(found, "CurrentBalance", worth)
    _add(found, "CurrentBalanceWithSubAccounts", worth)
    books.records.save(books.entity("Account"), found)
    while "ParentRef" in found:
        found = books.must_find("Account", found["ParentRef"]["value"])
        _add(found, "CurrentBalanceWithSubAccounts", worth)
        books.records.save(books.entity("Account"), found)


def _add(body: dict[str, Any], name: str, amount: Decimal) -> None:
    body[name] = money(body.get(name)) + amount
