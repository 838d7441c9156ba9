"""Which rules look at which entity's writes; an entity without an entry needs none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from include.sandbox.quickbooks import (
    hours,
    journals,
    moves,
    names,
    sales,
    settlement,
    spending,
    supports,
    templates,
    transactions,
)
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.payers import PAYERS
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.transactions import Rule, deleting, voiding


def refuse_void(draft: Draft) -> None:
    """Other entities cannot be voided."""
    raise refuse("500", what="void")


def check_template(draft: Draft) -> None:
    """A recurring transaction: the rules of what it makes."""
    templates.check_template(draft, TRANSACTIONS)


TRANSACTIONS: dict[str, Rule] = {
    "Payment": sales.check_payment,
    "Bill": spending.check_bill,
    "VendorCredit": spending.check_vendor_credit,
    "BillPayment": spending.check_bill_payment,
    "Purchase": spending.check_purchase,
    "PurchaseOrder": spending.check_order,
    "Deposit": moves.check_deposit,
    "JournalEntry": journals.check_journal,
    "TimeActivity": hours.check_hours,
    **dict.fromkeys(("Transfer", "CreditCardPayment"), moves.check_move),
    **dict.fromkeys(sales.FORMS, sales.check_sale),
}
CHECK: dict[str, Rule] = {
    "Customer": names.check_customer,
    "Vendor": names.check_person,
    "Item": names.check_item,
    "Account": names.check_list,
    "Term": names.check_list,
    "RecurringTransaction": check_template,
    **{name: transactions.transaction(rule) for name, rule in TRANSACTIONS.items()},
}
VOID: dict[str, Rule] = {
    **dict.fromkeys(("Invoice", "SalesReceipt"), voiding(sales.void_sale)),
    **dict.fromkeys(("Payment", "BillPayment"), voiding(settlement.void_payer)),
}
DELETE: dict[str, Rule] = {
    **dict.fromkeys(TRANSACTIONS, deleting(transactions.refuse_settled)),
    **dict.fromkeys(PAYERS, deleting(transactions.free_targets)),
    **dict.fromkeys(("Invoice", "Bill"), deleting(transactions.refuse_settled, sales.delete_sale)),
    **dict.fromkeys(("Estimate", "PurchaseOrder", "TimeActivity"), deleting(supports.refuse_linked)),
    "RecurringTransaction": deleting(),
}
AFTER: dict[str, Rule] = {
    "Customer": names.after_customer,
    "Bill": supports.follow,
    "RecurringTransaction": templates.after_template,
    **dict.fromkeys(("Invoice", "CreditMemo"), sales.after_sale),
    **dict.fromkeys(PAYERS, settlement.follow),
}
STUB: dict[str, Callable[[Draft], dict[str, Any]]] = {"RecurringTransaction": templates.stub}
"""How a deleted object is told where that is not by its Id alone."""
REQUIRED_IN_UPDATE = {
    "Payment": ("CustomerRef", "TotalAmt"),
    "Bill": ("VendorRef",),
    "Purchase": ("PaymentType",),
}
"""What even a sparse update must name (2020)."""
KEPT = {
    "Customer": ("DisplayName", "PrintOnCheckName", "CurrencyRef"),
    "Item": ("Name", "Type", "IncomeAccountRef"),
    "Bill": ("APAccountRef",),
    "VendorCredit": ("APAccountRef",),
}
"""What no update can take away."""
