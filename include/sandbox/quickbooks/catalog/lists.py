"""Entities that are lists: they have names and become inactive instead of being deleted (reference, 3.7)."""

from __future__ import annotations

from include.sandbox.quickbooks.schema import (
    ADDRESS,
    CURRENCY,
    DATE,
    LIST,
    MAYBE,
    MONEY,
    NO,
    NOTE,
    READ_ONLY,
    TEXT,
    TIMES,
    YES,
    Ask,
    Entity,
    Field,
    Kind,
    asked,
    each,
    leads_to,
    name,
    text,
)

ITEM = Entity(
    "Item",
    ids="items",
    label="Name",
    listed=True,
    unique="items",
    reference_kind="Items",
    only_named=frozenset({"Sku"}),
    fields={
        "Name": name(100),
        "Type": text(0, "Service"),
        "Active": YES,
        **each(MAYBE, "SubItem", "Taxable", "TrackQtyOnHand"),
        "Description": NOTE,
        "PurchaseDesc": NOTE,
        "Sku": text(100),
        **each(MONEY, "UnitPrice", "PurchaseCost", "QtyOnHand", "ReorderPoint"),
        "InvStartDate": DATE,
        "ParentRef": leads_to("Item"),
        **each(leads_to("Account"), "IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef"),
        **each(leads_to("TaxCode"), "SalesTaxCodeRef", "PurchaseTaxCodeRef"),
        "ClassRef": leads_to("Class"),
        "PrefVendorRef": leads_to("Vendor"),
        **each(MAYBE, "SalesTaxIncluded", "PurchaseTaxIncluded", "PrintGroupedItems"),
        "ItemGroupDetail": Field(Kind.BLOCK),
        **each(READ_ONLY, "FullyQualifiedName", "Level", "AbatementRate", "ReverseChargeRate", "ServiceType"),
        **each(READ_ONLY, "ItemCategoryType", "TaxClassificationRef", "AvgCost", "QtyOnPurchaseOrder"),
        **each(READ_ONLY, "QtyOnSalesOrder", "ManPartNum", "UQCDisplayText", "UQCId", "Source", "DeferredRevenue"),
        **each(READ_ONLY, "SpecialItem", "SpecialItemType", "UOMSetRef", "COGSAccountRef", "DepositToAccountRef"),
        **each(READ_ONLY, "PaymentMethodRef", "PercentBased", "RatePercent", "BuildPoint", "ItemAssemblyDetail"),
    },
    ask={
        "Id": Ask.ID,
        **asked(Ask.TEXT, "Name", "Sku", "Type", "Description", "FullyQualifiedName"),
        **asked(Ask.BOOL, "Active", "SubItem"),
        "UnitPrice": Ask.NUMBER,
        **TIMES,
    },
    sort_only=frozenset({"UnitPrice"}),
)

ACCOUNT = Entity(
    "Account",
    ids="accounts",
    label="Name",
    listed=True,
    unique="accounts",
    reference_kind="Accounts",
    fields={
        "Name": text(100),
        "Active": YES,
        "SubAccount": NO,
        "Description": text(100),
        "AcctNum": text(20),
        "CurrencyRef": CURRENCY,
        "ParentRef": leads_to("Account"),
        **each(TEXT, "AccountType", "AccountSubType"),
        "TaxCodeRef": leads_to("TaxCode"),
        "OpeningBalance": MONEY,
        "OpeningBalanceDate": DATE,
        **each(READ_ONLY, "Classification", "CurrentBalance", "CurrentBalanceWithSubAccounts", "FullyQualifiedName"),
        **each(READ_ONLY, "AccountAlias", "TxnLocationType", "AcctNumExtn", "BankNum", "TaxAccount", "FIName"),
        **each(READ_ONLY, "AccountPurposes", "OnlineBankingEnabled", "JournalCodeRef"),
    },
    ask={
        "Id": Ask.ID,
        **asked(Ask.TEXT, "Name", "Classification", "AccountType", "AccountSubType", "AcctNum", "FullyQualifiedName"),
        **asked(Ask.BOOL, "Active", "SubAccount"),
        "CurrentBalance": Ask.NUMBER,
        **TIMES,
    },
)

TERM = Entity(
    "Term",
    ids="terms",
    label="Name",
    listed=True,
    unique="terms",
    suffixed=False,
    reference_kind="Terms",
    fields={
        "Name": text(31),
        "Active": YES,
        "Type": READ_ONLY,
        **each(MONEY, "DueDays", "DiscountPercent", "DiscountDays", "DayOfMonthDue", "DueNextMonthDays"),
        "DiscountDayOfMonth": MONEY,
    },
    ask={"Id": Ask.ID, "Name": Ask.TEXT, "Active": Ask.BOOL, **TIMES},
)

PAYMENT_METHOD = Entity(
    "PaymentMethod",
    ids="payment methods",
    label="Name",
    listed=True,
    unique="payment methods",
    reference_kind="PaymentMethods",
    fields={"Name": text(31), "Active": YES, "Type": text(0, "NON_CREDIT_CARD")},
    ask={"Id": Ask.ID, **asked(Ask.TEXT, "Name", "Type"), "Active": Ask.BOOL, **TIMES},
)

CLASS = Entity(
    "Class",
    ids="classes",
    label="Name",
    listed=True,
    unique="classes",
    reference_kind="Klasses",
    fields={
        "Name": name(100),
        "Active": YES,
        "SubClass": NO,
        "ParentRef": leads_to("Class"),
        "FullyQualifiedName": READ_ONLY,
    },
    ask={
        "Id": Ask.ID,
        **asked(Ask.TEXT, "Name", "FullyQualifiedName"),
        **asked(Ask.BOOL, "Active", "SubClass"),
        **TIMES,
    },
)

DEPARTMENT = Entity(
    "Department",
    ids="departments",
    label="Name",
    listed=True,
    unique="departments",
    reference_kind="Depts",
    fields={
        "Name": name(100),
        "Active": YES,
        "SubDepartment": NO,
        "ParentRef": leads_to("Department"),
        "Address": ADDRESS,
        "FullyQualifiedName": READ_ONLY,
    },
    ask={
        "Id": Ask.ID,
        **asked(Ask.TEXT, "Name", "FullyQualifiedName"),
        **asked(Ask.BOOL, "Active", "SubDepartment"),
        **TIMES,
    },
)

CUSTOMER_TYPE = Entity(
    "CustomerType",
    ids="customer types",
    label="Name",
    listed=True,
    creates=False,
    updates=False,
    reference_kind="CustomerTypes",
    fields={"Name": text(15), "Active": YES, **each(READ_ONLY, "ParentRef", "FullyQualifiedName")},
    ask={"Id": Ask.ID, "Name": Ask.TEXT, "Active": Ask.BOOL, **TIMES},
)

BUDGET = Entity(
    "Budget",
    ids="budgets",
    label="Name",
    listed=True,
    creates=False,
    updates=False,
    fields={
        "Name": text(0),
        "Active": YES,
        **each(DATE, "StartDate", "EndDate"),
        **each(TEXT, "BudgetType", "BudgetEntryType"),
        "BudgetDetail": LIST,
    },
    ask={"Id": Ask.ID, "Name": Ask.TEXT, "Active": Ask.BOOL, **TIMES},
)
