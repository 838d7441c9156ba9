"""Which rules look at which entity's writes; an entity without an entry needs none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from include.sandbox.quickbooks import (
    account_rules,
    attachments,
    company_rules,
    currencies,
    item_rules,
    names,
    people_rules,
    sales,
    settlement,
)
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

Rule = Callable[[Draft], None]


def check_payment(draft: Draft) -> None:
    """A payment; like every transaction it may not be in a closed period."""
    settlement.check_payment(draft)
    sales.check_open_period(draft)


def void_payment(draft: Draft) -> None:
    """A payment that becomes zero."""
    sales.check_open_period(draft)
    settlement.void_payment(draft)
    sales.mark_void(draft.new)


def delete_payment(draft: Draft) -> None:
    """A payment that goes; what it settled is open again."""
    sales.check_open_period(draft)
    draft.new["Line"] = []


def replaced(books: Books, entity: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The object that a new one without an Id would only replace, if any."""
    find = EXISTING.get(entity)
    return find(books, body) if find else None


def refuse_void(draft: Draft) -> None:
    """Other entities cannot be voided."""
    raise refuse("500", what="void")


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
    **dict.fromkeys(("Class", "Department", "TaxAgency"), names.check_list),
    "Payment": check_payment,
    **dict.fromkeys(sales.FORMS, sales.check_sale),
}
VOID: dict[str, Rule] = {"Payment": void_payment, "Invoice": sales.void_sale, "SalesReceipt": sales.void_sale}
DELETE: dict[str, Rule] = {
    "Payment": delete_payment,
    "Attachable": attachments.forget_file,
    **dict.fromkeys(sales.FORMS, sales.refuse_linked),
}
AFTER: dict[str, Rule] = {
    "Customer": people_rules.after_customer,
    "Payment": settlement.follow_payment,
    **dict.fromkeys(names.CHILD, names.after_list),
}
EXISTING: dict[str, Callable[[Books, Mapping[str, Any]], dict[str, Any] | None]] = {
    "ExchangeRate": currencies.existing_rate
}
REQUIRED_IN_UPDATE = {"Payment": ("CustomerRef", "TotalAmt")}
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
}
"""What no update can take away."""
