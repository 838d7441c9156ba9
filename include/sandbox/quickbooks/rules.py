"""Which rules look at which entity's writes; an entity without an entry needs none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from include.sandbox.quickbooks.accounting import settlement
from include.sandbox.quickbooks.accounting.payers import PAYERS
from include.sandbox.quickbooks.catalog import (
    account_rules,
    attachments,
    company_rules,
    currencies,
    item_rules,
    names,
    people_rules,
)
from include.sandbox.quickbooks.documents import (
    hours,
    journals,
    moves,
    sales,
    spending,
    supports,
    templates,
    transactions,
)
from include.sandbox.quickbooks.documents.transactions import Rule, deleting, voiding
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books


def replaced(books: Books, entity: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The object that a new one without an Id would only replace, if any."""
    find = EXISTING.get(entity)
    return find(books, body) if find else None


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
    "Customer": people_rules.check_customer,
    "Vendor": people_rules.check_vendor,
    "Employee": people_rules.check_employee,
    "Item": item_rules.check_item,
    "Account": account_rules.check_account,
    "Term": account_rules.check_term,
    "PaymentMethod": account_rules.check_payment_method,
    "CompanyCurrency": currencies.check_company_currency,
    "ExchangeRate": currencies.check_exchange_rate,
    "Attachable": attachments.check_attachable,
    "Preferences": company_rules.check_preferences,
    "CompanyInfo": company_rules.check_company_info,
    "RecurringTransaction": check_template,
    **dict.fromkeys(("Class", "Department", "TaxAgency"), names.check_list),
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
    "Attachable": attachments.forget_file,
}
AFTER: dict[str, Rule] = {
    "Customer": people_rules.after_customer,
    "Bill": supports.follow,
    "RecurringTransaction": templates.after_template,
    **dict.fromkeys(("Invoice", "CreditMemo"), sales.after_sale),
    **dict.fromkeys(PAYERS, settlement.follow),
    **dict.fromkeys(names.CHILD, names.after_list),
}
STUB: dict[str, Callable[[Draft], dict[str, Any]]] = {"RecurringTransaction": templates.stub}
"""How a deleted object is told where that is not by its Id alone."""
EXISTING: dict[str, Callable[[Books, Mapping[str, Any]], dict[str, Any] | None]] = {
    "ExchangeRate": currencies.existing_rate
}
REQUIRED_IN_UPDATE = {
    "Payment": ("CustomerRef", "TotalAmt"),
    "Bill": ("VendorRef",),
    "Purchase": ("PaymentType",),
}
"""What even a sparse update must name (2020)."""
KEPT = {
    "Customer": ("DisplayName", "PrintOnCheckName", "CurrencyRef"),
    "Vendor": ("DisplayName", "PrintOnCheckName", "CurrencyRef"),
    "Employee": ("DisplayName", "PrintOnCheckName"),
    "Item": ("Name", "Type", "IncomeAccountRef", "AssetAccountRef", "QtyOnHand", "InvStartDate", "TrackQtyOnHand"),
    "Account": ("Name", "AccountType", "AccountSubType", "CurrencyRef"),
    "Term": ("Name",),
    "PaymentMethod": ("Name", "Type"),
    "Class": ("Name",),
    "Department": ("Name",),
    "CompanyInfo": ("CompanyName", "LegalName", "CompanyAddr"),
    "Bill": ("APAccountRef",),
    "VendorCredit": ("APAccountRef",),
}
"""What no update can take away."""
