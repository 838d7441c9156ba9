"""Entities that customers see: sales forms and payments (reference, 3.4 to 3.6)."""

from __future__ import annotations

from include.sandbox.quickbooks.schema import (
    ANY_REF,
    BLOCK,
    CURRENCY,
    DATE,
    EMAIL,
    LIST,
    MEMO,
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
    one_of,
    text,
)

EMAIL_STATUS = one_of("NotSet", "NeedToSend", "EmailSent", default="NotSet")
PRINT_STATUS = one_of("NotSet", "NeedToPrint", "PrintComplete", default="NeedToPrint")
TAX_CALCULATION = one_of("TaxExcluded", "TaxInclusive", "NotApplicable")
NO_LINES = Field(Kind.LIST, default=())
KEPT_INSIDE = ("Matched",)
"""What the books know about a transaction and no client sees."""

SALE = {
    "CustomerRef": leads_to("Customer"),
    "DocNumber": text(21),
    "TxnDate": DATE,
    "PrivateNote": NOTE,
    "CustomerMemo": MEMO,
    "CurrencyRef": CURRENCY,
    "ExchangeRate": MONEY,
    "GlobalTaxCalculation": TAX_CALCULATION,
    "Line": LIST,
    "TxnTaxDetail": BLOCK,
    "CustomField": Field(Kind.LIST, default=()),
    "EmailStatus": EMAIL_STATUS,
    "PrintStatus": PRINT_STATUS,
    "ApplyTaxAfterDiscount": NO,
    "TrackingNum": TEXT,
    "ShipDate": DATE,
    **each(BLOCK, "BillAddr", "ShipAddr", "ShipFromAddr"),
    **each(EMAIL, "BillEmail", "BillEmailCc", "BillEmailBcc"),
    "ClassRef": leads_to("Class"),
    "DepartmentRef": leads_to("Department"),
    "PaymentMethodRef": leads_to("PaymentMethod"),
    **each(ANY_REF, "ShipMethodRef", "ProjectRef"),
    "DepositToAccountRef": leads_to("Account"),
    "SalesTermRef": leads_to("Term"),
    **each(READ_ONLY, "TotalAmt", "Balance", "LinkedTxn", "HomeBalance", "HomeTotalAmt", "DeliveryInfo"),
    **each(READ_ONLY, "RecurDataRef", "TaxExemptionRef", "FreeFormAddress", "TxnSource", "TransactionLocationType"),
}
ASK_SALE = {
    "Id": Ask.ID,
    "DocNumber": Ask.TEXT,
    "TxnDate": Ask.DATE,
    **asked(Ask.REF, "CustomerRef", "ProjectRef"),
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
    hidden=KEPT_INSIDE,
    fields={
        **SALE,
        "DueDate": DATE,
        "Deposit": Field(Kind.MONEY, default=0),
        "LinkedTxn": LIST,
        **each(NO, "AllowIPNPayment", "AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment"),
        **each(READ_ONLY, "InvoiceLink", "EInvoiceStatus", "InvoiceStatus"),
    },
    ask={**ASK_SALE, "DueDate": Ask.DATE, "SalesTermRef": Ask.REF},
    filter_only=FILTERED,
)

ESTIMATE = Entity(
    "Estimate",
    ids=TRANSACTIONS,
    label="DocNumber",
    deletes=True,
    hidden=KEPT_INSIDE,
    fields={
        **{name: field for name, field in SALE.items() if name not in ("Balance", "DepositToAccountRef")},
        "TxnStatus": one_of("Accepted", "Closed", "Pending", "Rejected", "Converted", default="Pending"),
        **each(DATE, "DueDate", "ExpirationDate", "AcceptedDate"),
        "AcceptedBy": TEXT,
    },
    ask={**{name: ask for name, ask in ASK_SALE.items() if name != "Balance"}, "DueDate": Ask.DATE},
    filter_only=FILTERED,
)

CREDIT_MEMO = Entity(
    "CreditMemo",
    ids=TRANSACTIONS,
    label="DocNumber",
    deletes=True,
    hidden=KEPT_INSIDE,
    fields={**SALE, **each(READ_ONLY, "RemainingCredit", "InvoiceRef")},
    ask={**ASK_SALE, "SalesTermRef": Ask.REF},
    filter_only=FILTERED,
)

SALES_RECEIPT = Entity(
    "SalesReceipt",
    ids=TRANSACTIONS,
    label="DocNumber",
    deletes=True,
    hidden=KEPT_INSIDE,
    fields={
        **SALE,
        "PaymentRefNum": text(21),
        **each(READ_ONLY, "CreditCardPayment", "PaymentType"),
    },
    ask=ASK_SALE,
    filter_only=FILTERED,
)

REFUND_RECEIPT = Entity(
    "RefundReceipt",
    ids=TRANSACTIONS,
    label="DocNumber",
    deletes=True,
    hidden=KEPT_INSIDE,
    fields={
        **SALE,
        "PaymentRefNum": text(100),
        "PaymentType": one_of("Cash", "Check", "CreditCard", "Other"),
        **each(BLOCK, "CheckPayment", "CreditCardPayment"),
        "RemainingCredit": READ_ONLY,
    },
    ask={**ASK_SALE, "PaymentType": Ask.TEXT},
    filter_only=FILTERED,
)

PAYMENT = Entity(
    "Payment",
    ids=TRANSACTIONS,
    deletes=True,
    hidden=KEPT_INSIDE,
    fields={
        "CustomerRef": leads_to("Customer"),
        "TotalAmt": MONEY,
        "TxnDate": DATE,
        "PaymentRefNum": text(21),
        "PrivateNote": NOTE,
        "CurrencyRef": CURRENCY,
        "ExchangeRate": MONEY,
        "Line": NO_LINES,
        "DepositToAccountRef": leads_to("Account"),
        "ARAccountRef": leads_to("Account"),
        "PaymentMethodRef": leads_to("PaymentMethod"),
        "ProjectRef": ANY_REF,
        "ProcessPayment": NO,
        **each(READ_ONLY, "UnappliedAmt", "LinkedTxn", "CreditCardPayment", "TxnSource", "TxnStatus"),
        **each(READ_ONLY, "TaxExemptionRef", "TransactionLocationType", "HomeTotalAmt"),
        **each(READ_ONLY, "EmailStatus", "DeliveryInfo", "BillEmail"),
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
