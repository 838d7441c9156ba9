"""Which rules look at which entity's writes; an entity without an entry needs none."""

from __future__ import annotations

from collections.abc import Callable

from include.sandbox.quickbooks import names, sales, settlement
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse

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


def refuse_void(draft: Draft) -> None:
    """Other entities cannot be voided."""
    raise refuse("500", what="void")


CHECK: dict[str, Rule] = {
    "Customer": names.check_customer,
    "Vendor": names.check_person,
    "Item": names.check_item,
    "Account": names.check_list,
    "Term": names.check_list,
    "Payment": check_payment,
    **dict.fromkeys(sales.FORMS, sales.check_sale),
}
VOID: dict[str, Rule] = {"Payment": void_payment, "Invoice": sales.void_sale, "SalesReceipt": sales.void_sale}
DELETE: dict[str, Rule] = {"Payment": delete_payment, **dict.fromkeys(sales.FORMS, sales.refuse_linked)}
AFTER: dict[str, Rule] = {"Customer": names.after_customer, "Payment": settlement.follow_payment}
REQUIRED_IN_UPDATE = {"Payment": ("CustomerRef", "TotalAmt")}
"""What even a sparse update must name (2020)."""
KEPT = {"Customer": ("DisplayName", "PrintOnCheckName", "CurrencyRef"), "Item": ("Name", "Type", "IncomeAccountRef")}
"""What no update can take away."""
