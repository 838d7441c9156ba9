"""The sides of products in what a transaction posts: income of what is sold, costs and stock of what is bought.

Stock becomes an asset when it is bought and stays one: what was sold of it is not moved to a cost account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from include.sandbox.quickbooks.accounting.accounts import UNCATEGORIZED_EXPENSE, UNCATEGORIZED_INCOME, account_of
from include.sandbox.quickbooks.wire import money

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

Body = Mapping[str, Any]
Products = tuple[Callable[[Iterable[Body]], Iterator[Body]], Callable[["Books", Body], str], int]


def _sold(lines: Iterable[Body]) -> Iterator[Body]:
    """The lines of a sales form that are income or a discount; a bundle's are inside it."""
    for line in lines:
        if "GroupLineDetail" in line:
            yield from _sold(line["GroupLineDetail"].get("Line", []))
        elif "SalesItemLineDetail" in line or "DiscountLineDetail" in line:
            # a discount is kept above zero and lowers what the customer owes
            yield {**line, "Amount": -money(line["Amount"])} if "DiscountLineDetail" in line else line


def _bought(lines: Iterable[Body]) -> Iterator[Body]:
    """The lines that are costs of a product; those on an account say it themselves."""
    return (line for line in lines if "ItemBasedExpenseLineDetail" in line)


def _income_account(books: Books, line: Body) -> str:
    """The income account of a sales line: that of the product, unless the line names another one."""
    if "DiscountLineDetail" in line:
        return _value(line["DiscountLineDetail"], "DiscountAccountRef")
    detail = line["SalesItemLineDetail"]
    stated = _value(detail, "ItemAccountRef")
    named = books.find("Account", stated) if stated else None
    if named and named.get("AccountType") in ("Income", "Other Income"):
        return str(named["Id"])
    item = books.find("Item", _value(detail, "ItemRef")) or {}
    return _value(item, "IncomeAccountRef") or account_of(books, UNCATEGORIZED_INCOME)["value"]


def _cost_account(books: Books, line: Body) -> str:
    """Where a product that was bought goes: stock into its asset account, everything else to its expenses."""
    item = books.find("Item", _value(line["ItemBasedExpenseLineDetail"], "ItemRef")) or {}
    name = "AssetAccountRef" if item.get("Type") == "Inventory" else "ExpenseAccountRef"
    return _value(item, name) or account_of(books, UNCATEGORIZED_EXPENSE)["value"]


def _value(body: Body, name: str) -> str:
    return str((body.get(name) or {}).get("value", ""))


PRODUCTS: dict[str, Products] = {
    **dict.fromkeys(("Invoice", "SalesReceipt"), (_sold, _income_account, -1)),
    **dict.fromkeys(("CreditMemo", "RefundReceipt"), (_sold, _income_account, 1)),
    "Bill": (_bought, _cost_account, 1),
    "VendorCredit": (_bought, _cost_account, -1),
    "Purchase": (_bought, _cost_account, 1),
}
"""The sides of products: which lines, on which account, debits above zero. A card's credit turns a purchase round."""
