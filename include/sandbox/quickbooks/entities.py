"""The company itself, and all entities by name."""

from __future__ import annotations

from include.sandbox.quickbooks.catalog.attachments import ATTACHABLE
from include.sandbox.quickbooks.catalog.currencies import COMPANY_CURRENCY, EXCHANGE_RATE
from include.sandbox.quickbooks.catalog.lists import (
    ACCOUNT,
    BUDGET,
    CLASS,
    CUSTOMER_TYPE,
    DEPARTMENT,
    ITEM,
    PAYMENT_METHOD,
    TERM,
)
from include.sandbox.quickbooks.catalog.people import CUSTOMER, EMPLOYEE, VENDOR
from include.sandbox.quickbooks.catalog.tax_lists import TAX_AGENCY, TAX_CODE, TAX_RATE
from include.sandbox.quickbooks.documents.forms import (
    CREDIT_MEMO,
    ESTIMATE,
    INVOICE,
    PAYMENT,
    REFUND_RECEIPT,
    SALES_RECEIPT,
)
from include.sandbox.quickbooks.documents.ledger import (
    CREDIT_CARD_PAYMENT,
    DEPOSIT,
    JOURNAL_ENTRY,
    RECURRING_TRANSACTION,
    TIME_ACTIVITY,
    TRANSFER,
)
from include.sandbox.quickbooks.documents.purchases import BILL, BILL_PAYMENT, PURCHASE, PURCHASE_ORDER, VENDOR_CREDIT
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.schema import (
    ADDRESS,
    BLOCK,
    EMAIL,
    PHONE,
    READ_ONLY,
    TIMES,
    WEB,
    Ask,
    Entity,
    each,
    text,
)

COMPANY_INFO = Entity(
    "CompanyInfo",
    ids="company",
    creates=False,
    single=True,
    fields={
        "CompanyName": text(1024),
        "LegalName": text(1024),
        **each(ADDRESS, "CompanyAddr", "CustomerCommunicationAddr", "LegalAddr"),
        "PrimaryPhone": PHONE,
        "Email": EMAIL,
        "WebAddr": WEB,
        **each(READ_ONLY, "Country", "CompanyStartDate", "EmployerId", "FiscalYearStartMonth", "SupportedLanguages"),
        **each(READ_ONLY, "NameValue", "CompanyEmailAddr", "CompanyURL", "DefaultTimeZone", "TaxYearStartMonth"),
    },
    ask={"Id": Ask.ID, "CompanyName": Ask.TEXT, **TIMES},
)

PREFERENCES = Entity(
    "Preferences",
    ids="preferences",
    creates=False,
    single=True,
    fields={
        **each(BLOCK, "EmailMessagesPrefs", "AccountingInfoPrefs", "ProductAndServicesPrefs", "SalesFormsPrefs"),
        **each(BLOCK, "VendorAndPurchasesPrefs", "TimeTrackingPrefs", "ReportPrefs"),
        **each(READ_ONLY, "TaxPrefs", "CurrencyPrefs", "OtherPrefs"),
    },
    ask={"Id": Ask.ID, **TIMES},
)

ENTITIES = {
    entity.name: entity
    for entity in (
        CUSTOMER, VENDOR, EMPLOYEE, ITEM, ACCOUNT, TERM, PAYMENT_METHOD, CLASS, DEPARTMENT, CUSTOMER_TYPE, BUDGET,
        TAX_AGENCY, TAX_RATE, TAX_CODE, COMPANY_CURRENCY, EXCHANGE_RATE, ATTACHABLE, COMPANY_INFO, PREFERENCES,
        INVOICE, CREDIT_MEMO, SALES_RECEIPT, PAYMENT, ESTIMATE, REFUND_RECEIPT, BILL, VENDOR_CREDIT, BILL_PAYMENT,
        PURCHASE, PURCHASE_ORDER, DEPOSIT, JOURNAL_ENTRY, TRANSFER, CREDIT_CARD_PAYMENT, TIME_ACTIVITY,
        RECURRING_TRANSACTION,
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
