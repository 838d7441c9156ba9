"""Entities that vendors see: bills, what pays them, purchases, orders (reference, 8.2 and 2.5; PHP-XSD)."""

from __future__ import annotations

from include.sandbox.quickbooks.documents.forms import EMAIL_STATUS, KEPT_INSIDE, PRINT_STATUS, TAX_CALCULATION
from include.sandbox.quickbooks.schema import (
    ANY_REF,
    BLOCK,
    CURRENCY,
    DATE,
    EMAIL,
    LIST,
    MAYBE,
    MONEY,
    NOTE,
    READ_ONLY,
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

SPENDING = {
    "DocNumber": text(21),
    "TxnDate": DATE,
    "PrivateNote": NOTE,
    "CurrencyRef": CURRENCY,
    "ExchangeRate": MONEY,
    "DepartmentRef": leads_to("Department"),
    "Line": LIST,
    "GlobalTaxCalculation": TAX_CALCULATION,
    "TxnTaxDetail": BLOCK,
    "IncludeInAnnualTPAR": MAYBE,
    **each(READ_ONLY, "TotalAmt", "HomeTotalAmt", "RecurDataRef", "TransactionLocationType", "TxnSource"),
    **each(READ_ONLY, "AttachableRef", "CustomField"),
}
OWED = {
    **SPENDING,
    "VendorRef": leads_to("Vendor"),
    "APAccountRef": leads_to("Account"),
    "VendorAddr": BLOCK,
}
ASK_SPENDING = {"Id": Ask.ID, "DocNumber": Ask.TEXT, "TxnDate": Ask.DATE, "TotalAmt": Ask.NUMBER, **TIMES}

BILL = Entity(
    "Bill",
    ids=TRANSACTIONS,
    label="DocNumber",
    deletes=True,
    hidden=KEPT_INSIDE,
    fields={
        **OWED,
        "SalesTermRef": leads_to("Term"),
        "DueDate": DATE,
        "LinkedTxn": LIST,
        **each(READ_ONLY, "Balance", "HomeBalance", "LessCIS", "RemitToAddr", "ShipAddr"),
    },
    ask={
        **ASK_SPENDING,
        **asked(Ask.REF, "VendorRef", "APAccountRef", "SalesTermRef"),
        "DueDate": Ask.DATE,
        "Balance": Ask.NUMBER,
    },
)

VENDOR_CREDIT = Entity(
    "VendorCredit",
    ids=TRANSACTIONS,
    label="DocNumber",
    deletes=True,
    hidden=KEPT_INSIDE,
    fields={**OWED, **each(READ_ONLY, "Balance", "LinkedTxn")},
    ask={**ASK_SPENDING, **asked(Ask.REF, "VendorRef", "APAccountRef"), "Balance": Ask.NUMBER},
)

PURCHASE = Entity(
    "Purchase",
    ids=TRANSACTIONS,
    label="DocNumber",
    deletes=True,
    hidden=(*KEPT_INSIDE, "Applied"),
    fields={
        **SPENDING,
        "AccountRef": leads_to("Account"),
        "PaymentType": one_of("Cash", "Check", "CreditCard"),
        "PaymentMethodRef": leads_to("PaymentMethod"),
        "PaymentRefNum": text(21),
        "EntityRef": BLOCK,
        "Credit": MAYBE,
        "RemitToAddr": BLOCK,
        "PrintStatus": one_of("NotSet", "NeedToPrint", "PrintComplete"),
        **each(READ_ONLY, "LinkedTxn", "PurchaseEx", "CheckPayment", "CreditCardPayment", "Memo", "LessCIS"),
    },
    ask={**ASK_SPENDING, "PaymentType": Ask.TEXT, **asked(Ask.REF, "AccountRef", "EntityRef")},
)

BILL_PAYMENT = Entity(
    "BillPayment",
    ids=TRANSACTIONS,
    label="DocNumber",
    deletes=True,
    hidden=(*KEPT_INSIDE, "UnappliedAmt", "APAccountRef"),
    fields={
        "VendorRef": leads_to("Vendor"),
        "PayType": one_of("Check", "CreditCard"),
        "TotalAmt": MONEY,
        "DocNumber": text(21),
        "TxnDate": DATE,
        "PrivateNote": NOTE,
        "CurrencyRef": CURRENCY,
        "ExchangeRate": MONEY,
        "DepartmentRef": leads_to("Department"),
        "Line": LIST,
        **each(BLOCK, "CheckPayment", "CreditCardPayment"),
        "ProcessBillPayment": MAYBE,
        **each(READ_ONLY, "APAccountRef", "HomeTotalAmt", "LinkedTxn", "TransactionLocationType", "VendorAddr"),
        "BillPaymentEx": READ_ONLY,
    },
    ask={**ASK_SPENDING, **asked(Ask.REF, "VendorRef", "APAccountRef"), "PayType": Ask.TEXT},
)

PURCHASE_ORDER = Entity(
    "PurchaseOrder",
    ids=TRANSACTIONS,
    label="DocNumber",
    deletes=True,
    hidden=KEPT_INSIDE,
    fields={
        **OWED,
        "POStatus": one_of("Open", "Closed", default="Open"),
        "POEmail": EMAIL,
        "EmailStatus": EMAIL_STATUS,
        "PrintStatus": PRINT_STATUS,
        "Memo": NOTE,
        "DueDate": DATE,
        "ShipAddr": BLOCK,
        "SalesTermRef": leads_to("Term"),
        "ClassRef": leads_to("Class"),
        "CustomField": Field(Kind.LIST, default=()),
        **each(ANY_REF, "ShipMethodRef", "TaxCodeRef", "ShipTo", "ReimbursableInfoRef"),
        **each(READ_ONLY, "LinkedTxn", "ManuallyClosed", "DeliveryInfo", "POEmailCc"),
    },
    ask={**ASK_SPENDING, "VendorRef": Ask.REF, "DueDate": Ask.DATE, "POStatus": Ask.TEXT},
)
