"""Entities that are transactions: sales forms and payments (reference, 3.4 to 3.6)."""

from __future__ import annotations

from include.sandbox.quickbooks.schema import (
    ANY_REF,
    BLOCK,
    CURRENCY,
    DATE,
    EMAIL,
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
    Field,
    Kind,
    asked,
    each,
    leads_to,
    text,
)

SALE = {
    "CustomerRef": leads_to("Customer"),
    "DocNumber": text(21),
    "TxnDate": DATE,
    "PrivateNote": NOTE,
    "CustomerMemo": BLOCK,
    "CurrencyRef": CURRENCY,
    "Line": LIST,
    "TxnTaxDetail": BLOCK,
    "CustomField": Field(Kind.LIST, default=()),
    "EmailStatus": text(0, "NotSet"),
    "PrintStatus": text(0, "NeedToPrint"),
    "ApplyTaxAfterDiscount": NO,
    "TrackingNum": TEXT,
    "ShipDate": DATE,
    **each(BLOCK, "BillAddr", "ShipAddr", "ShipFromAddr"),
    **each(EMAIL, "BillEmail", "BillEmailCc", "BillEmailBcc"),
    **each(ANY_REF, "ClassRef", "DepartmentRef", "ShipMethodRef", "PaymentMethodRef", "ProjectRef"),
    "DepositToAccountRef": leads_to("Account"),
    "SalesTermRef": leads_to("Term"),
    **each(
        READ_ONLY, "TotalAmt", "Balance", "LinkedTxn", "HomeBalance", "HomeTotalAmt", "ExchangeRate", "DeliveryInfo"
    ),
    **each(READ_ONLY, "GlobalTaxCalculation", "RecurDataRef", "TaxExemptionRef", "FreeFormAddress", "TxnSource"),
}
ASK_SALE = {
    "Id": Ask.ID,
    "DocNumber": Ask.TEXT,
    "TxnDate": Ask.DATE,
    "CustomerRef": Ask.REF,
    **asked(Ask.NUMBER, "Balance", "TotalAmt"),
    **TIMES,
}
FILTERED = frozenset({"CustomerRef", "SalesTermRef", "ProjectRef"})
"""What a form can be found by, but not sorted by."""

INVOICE = Entity(
    "Invoice",
    ids=TRANSACTIONS,
    label="DocNumber",
    deletes=True,
    fields={
        **SALE,
        "DueDate": DATE,
        "Deposit": Field(Kind.MONEY, default=0),
        **each(NO, "AllowIPNPayment", "AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment"),
        **each(READ_ONLY, "InvoiceLink", "EInvoiceStatus", "InvoiceStatus"),
    },
    ask={**ASK_SALE, "DueDate": Ask.DATE, "SalesTermRef": Ask.REF, "ProjectRef": Ask.REF},
    filter_only=FILTERED,
)

CREDIT_MEMO = Entity(
    "CreditMemo",
    ids=TRANSACTIONS,
    label="DocNumber",
    deletes=True,
    fields={**SALE, **each(READ_ONLY, "RemainingCredit", "InvoiceRef")},
    ask={**ASK_SALE, "SalesTermRef": Ask.REF, "ProjectRef": Ask.REF},
    filter_only=FILTERED,
)

SALES_RECEIPT = Entity(
    "SalesReceipt",
    ids=TRANSACTIONS,
    label="DocNumber",
    deletes=True,
    fields={**SALE, "PaymentRefNum": text(21), **each(READ_ONLY, "CreditCardPayment", "PaymentType")},
    ask=ASK_SALE,
    filter_only=FILTERED,
)

PAYMENT = Entity(
    "Payment",
    ids=TRANSACTIONS,
    deletes=True,
    fields={
        "CustomerRef": leads_to("Customer"),
        "TotalAmt": MONEY,
        "TxnDate": DATE,
        "PaymentRefNum": text(21),
        "PrivateNote": NOTE,
        "CurrencyRef": CURRENCY,
        "Line": Field(Kind.LIST, default=()),
        "DepositToAccountRef": leads_to("Account"),
        "ProcessPayment": NO,
        **each(ANY_REF, "PaymentMethodRef", "ARAccountRef", "ProjectRef"),
        **each(READ_ONLY, "UnappliedAmt", "ExchangeRate", "LinkedTxn", "CreditCardPayment", "TxnSource", "TxnStatus"),
        **each(READ_ONLY, "TaxExemptionRef", "TransactionLocationType", "HomeTotalAmt"),
    },
    ask={
        "Id": Ask.ID,
        "TxnDate": Ask.DATE,
        **asked(Ask.REF, "CustomerRef", "ProjectRef"),
        "TotalAmt": Ask.NUMBER,
        "PaymentRefNum": Ask.TEXT,
        **TIMES,
    },
    filter_only=frozenset({"CustomerRef", "PaymentRefNum", "ProjectRef"}),
)
