"""The company itself, and all entities by name."""

from __future__ import annotations

from include.sandbox.quickbooks.forms import CREDIT_MEMO, ESTIMATE, INVOICE, PAYMENT, REFUND_RECEIPT, SALES_RECEIPT
from include.sandbox.quickbooks.ledger import (
    CREDIT_CARD_PAYMENT,
    DEPOSIT,
    JOURNAL_ENTRY,
    RECURRING_TRANSACTION,
    TIME_ACTIVITY,
    TRANSFER,
)
from include.sandbox.quickbooks.lists import ACCOUNT, CUSTOMER, ITEM, TERM, VENDOR
from include.sandbox.quickbooks.purchases import BILL, BILL_PAYMENT, PURCHASE, PURCHASE_ORDER, VENDOR_CREDIT
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.schema import (
    BLOCK,
    READ_ONLY,
    TIMES,
    Ask,
    Entity,
    each,
    text,
)

COMPANY_INFO = Entity(
    "CompanyInfo",
    ids="company",
    creates=False,
    fields={
        "CompanyName": text(1024),
        "LegalName": text(1024),
        **each(BLOCK, "CompanyAddr", "CustomerCommunicationAddr", "LegalAddr", "PrimaryPhone", "Email", "WebAddr"),
        **each(READ_ONLY, "Country", "CompanyStartDate", "EmployerId", "FiscalYearStartMonth", "SupportedLanguages"),
        "NameValue": READ_ONLY,
    },
    ask={"Id": Ask.ID, "CompanyName": Ask.TEXT, **TIMES},
)

PREFERENCES = Entity(
    "Preferences",
    ids="preferences",
    creates=False,
    fields={
        "EmailMessagesPrefs": BLOCK,
        **each(READ_ONLY, "AccountingInfoPrefs", "ProductAndServicesPrefs", "SalesFormsPrefs", "TaxPrefs"),
        **each(READ_ONLY, "VendorAndPurchasesPrefs", "TimeTrackingPrefs", "CurrencyPrefs", "ReportPrefs", "OtherPrefs"),
    },
    ask={"Id": Ask.ID, **TIMES},
)

ENTITIES = {
    entity.name: entity
    for entity in (
        CUSTOMER, VENDOR, ITEM, ACCOUNT, TERM, INVOICE, CREDIT_MEMO, SALES_RECEIPT, PAYMENT, COMPANY_INFO, PREFERENCES,
        ESTIMATE, REFUND_RECEIPT, BILL, VENDOR_CREDIT, BILL_PAYMENT, PURCHASE, PURCHASE_ORDER, DEPOSIT, JOURNAL_ENTRY,
        TRANSFER, CREDIT_CARD_PAYMENT, TIME_ACTIVITY, RECURRING_TRANSACTION,
    )
}  # fmt: skip
BY_KEY = {word: entity.name for entity in ENTITIES.values() for word in (entity.name, entity.key)}
"""Entities by what JSON or a path calls them."""
BY_LOWER = {name.lower(): entity for name, entity in ENTITIES.items()}


def entity_named(name: str) -> Entity:
    """The entity of this name, whatever its case. Refuses unknown ones with 500."""
    found = BY_LOWER.get(name.lower())
    if found is None:
        raise refuse("500", what=name)
    return found
