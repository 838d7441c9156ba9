"""Entities that move money or time between accounts and people: deposits, journals, transfers, hours, templates."""

from __future__ import annotations

from include.sandbox.quickbooks.documents.forms import KEPT_INSIDE, TAX_CALCULATION
from include.sandbox.quickbooks.schema import (
    ANY_REF,
    BLOCK,
    CURRENCY,
    DATE,
    LIST,
    MONEY,
    NO,
    NOTE,
    READ_ONLY,
    TEXT,
    TIMES,
    TRANSACTIONS,
    Ask,
    Entity,
    asked,
    each,
    leads_to,
    one_of,
    text,
)

ENTRY = {
    "TxnDate": DATE,
    "PrivateNote": NOTE,
    "CurrencyRef": CURRENCY,
    "ExchangeRate": MONEY,
    **each(READ_ONLY, "HomeTotalAmt", "RecurDataRef", "TransactionLocationType", "TxnSource", "AttachableRef"),
}
ASK_ENTRY = {"Id": Ask.ID, "TxnDate": Ask.DATE, **TIMES}
TEMPLATES = (
    "Bill", "Purchase", "CreditMemo", "Deposit", "Estimate", "Invoice", "JournalEntry", "RefundReceipt",
    "SalesReceipt", "Transfer", "VendorCredit", "PurchaseOrder",
)  # fmt: skip
"""What can be created again and again."""

DEPOSIT = Entity(
    "Deposit",
    ids=TRANSACTIONS,
    label="DocNumber",
    deletes=True,
    hidden=KEPT_INSIDE,
    fields={
        **ENTRY,
        "DocNumber": text(21),
        "DepositToAccountRef": leads_to("Account"),
        "Line": LIST,
        "CashBack": BLOCK,
        "DepartmentRef": leads_to("Department"),
        "GlobalTaxCalculation": TAX_CALCULATION,
        "TxnTaxDetail": BLOCK,
        **each(READ_ONLY, "TotalAmt", "TxnStatus", "DepositEx", "CustomField", "LinkedTxn"),
    },
    ask={**ASK_ENTRY, "TotalAmt": Ask.NUMBER, "DocNumber": Ask.TEXT, "DepositToAccountRef": Ask.REF},
)

JOURNAL_ENTRY = Entity(
    "JournalEntry",
    ids=TRANSACTIONS,
    label="DocNumber",
    deletes=True,
    hidden=(*KEPT_INSIDE, "Applied"),
    fields={
        **ENTRY,
        "DocNumber": text(21),
        "Adjustment": NO,
        "Line": LIST,
        "GlobalTaxCalculation": TAX_CALCULATION,
        "TxnTaxDetail": BLOCK,
        **each(READ_ONLY, "TotalAmt", "LinkedTxn", "HomeCurrencyAdjustment", "EnteredInHomeCurrency"),
        "JournalEntryEx": READ_ONLY,
    },
    ask={**ASK_ENTRY, "DocNumber": Ask.TEXT},
)

TRANSFER = Entity(
    "Transfer",
    ids=TRANSACTIONS,
    deletes=True,
    hidden=KEPT_INSIDE,
    fields={
        **ENTRY,
        **each(leads_to("Account"), "FromAccountRef", "ToAccountRef"),
        "Amount": MONEY,
        "ClassRef": leads_to("Class"),
        "DepartmentRef": leads_to("Department"),
        **each(READ_ONLY, "TransferEx", "LinkedTxn"),
    },
    ask={**ASK_ENTRY, "Amount": Ask.NUMBER},
)

CREDIT_CARD_PAYMENT = Entity(
    "CreditCardPayment",
    key="CreditCardPaymentTxn",
    ids=TRANSACTIONS,
    deletes=True,
    hidden=KEPT_INSIDE,
    fields={
        **ENTRY,
        **each(leads_to("Account"), "BankAccountRef", "CreditCardAccountRef"),
        "VendorRef": leads_to("Vendor"),
        "Amount": MONEY,
        "Memo": NOTE,
        "CheckNum": text(21),
        "PrintStatus": one_of("NotSet", "NeedToPrint", "PrintComplete"),
        "CreditCardPaymentEx": READ_ONLY,
    },
    ask={**ASK_ENTRY, "VendorRef": Ask.REF},
)

TIME_ACTIVITY = Entity(
    "TimeActivity",
    ids="hours",
    deletes=True,
    fields={
        "TxnDate": DATE,
        "NameOf": one_of("Employee", "Vendor"),
        "EmployeeRef": leads_to("Employee"),
        "VendorRef": leads_to("Vendor"),
        "CustomerRef": leads_to("Customer"),
        "ItemRef": leads_to("Item"),
        "ClassRef": leads_to("Class"),
        "DepartmentRef": leads_to("Department"),
        "BillableStatus": one_of("Billable", "NotBillable", "HasBeenBilled", default="NotBillable"),
        "Taxable": NO,
        **each(MONEY, "HourlyRate", "CostRate", "Hours", "Minutes", "Seconds", "BreakHours", "BreakMinutes"),
        **each(TEXT, "StartTime", "EndTime"),
        "Description": NOTE,
        **each(ANY_REF, "PayrollItemRef", "ProjectRef"),
        **each(READ_ONLY, "TransactionLocationType", "AttachableRef", "LinkedTxn", "TimeActivityEx"),
    },
    ask={**ASK_ENTRY, "BillableStatus": Ask.TEXT, **asked(Ask.REF, "CustomerRef", "EmployeeRef", "VendorRef")},
)

RECURRING_TRANSACTION = Entity(
    "RecurringTransaction",
    ids=TRANSACTIONS,
    deletes=True,
    hidden=("Id", "SyncToken", "MetaData", "domain", "sparse", "Type"),
    fields={"Type": READ_ONLY, **each(BLOCK, *TEMPLATES)},
    ask={"Id": Ask.ID, "Type": Ask.TEXT, **TIMES},
)
