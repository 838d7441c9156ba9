"""Tax agencies, rates and codes as entities (reference 3.7). Codes and rates are made by the tax service only."""

from __future__ import annotations

from include.sandbox.quickbooks.schema import (
    ANY_REF,
    LIST,
    MONEY,
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
    text,
)

PSEUDO = {"TAX": -3, "NON": -2, "CustomSalesTax": -1}
"""The codes of every company in the US: id → number of the row. They come first and beside the page."""

TAX_AGENCY = Entity(
    "TaxAgency",
    ids="tax agencies",
    label="DisplayName",
    unique="tax agencies",
    updates=False,
    told=False,
    reference_kind="TaxAgencies",
    fields={
        "DisplayName": text(100),
        "TaxRegistrationNumber": text(0),
        "TaxTrackedOnSales": YES,
        "TaxTrackedOnPurchases": Field(Kind.BOOL, default=False),
        **each(READ_ONLY, "LastFileDate", "TaxAgencyConfig", "ReportingPeriod", "SalesTaxCodeRef", "SalesTaxCountry"),
    },
    ask={"Id": Ask.ID, "DisplayName": Ask.TEXT, **TIMES},
)

TAX_RATE = Entity(
    "TaxRate",
    ids="tax rates",
    label="Name",
    listed=True,
    creates=False,
    updates=False,
    told=False,
    reference_kind="TaxRates",
    fields={
        "Name": text(100),
        "Active": YES,
        "RateValue": MONEY,
        **each(TEXT, "Description", "SpecialTaxType", "DisplayType"),
        **each(ANY_REF, "AgencyRef", "TaxReturnLineRef"),
        **each(LIST, "EffectiveTaxRate"),
        **each(READ_ONLY, "OriginalTaxRate"),
    },
    ask={
        "Id": Ask.ID,
        **asked(Ask.TEXT, "Name", "Description"),
        "AgencyRef": Ask.REF,
        "Active": Ask.BOOL,
        **TIMES,
    },
)

TAX_CODE = Entity(
    "TaxCode",
    ids="tax codes",
    label="Name",
    listed=True,
    creates=False,
    updates=False,
    told=False,
    text_ids=PSEUDO,
    reference_kind="TaxCodes",
    fields={
        "Name": text(100),
        "Description": TEXT,
        "Active": YES,
        **each(YES, "Taxable", "TaxGroup"),
        "Hidden": YES,
        **each(READ_ONLY, "SalesTaxRateList", "PurchaseTaxRateList", "AdjustmentTaxRateList", "TaxCodeConfigType"),
    },
    ask={"Id": Ask.ID, **asked(Ask.TEXT, "Name", "Description"), "Active": Ask.BOOL, **TIMES},
)
