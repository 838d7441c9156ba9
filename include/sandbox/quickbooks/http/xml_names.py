"""What XML does not say of a name: whether it repeats, is a reference, a block, yes or no, or a number.

From the official schema (Finance.xsd, IntuitBaseTypes.xsd, IntuitRestServiceDef.xsd: `maxOccurs="unbounded"`,
`ReferenceType`, `xs:boolean`, `xs:decimal`) and the declared entities. A name the schema has in two meanings stands in
the one that JSON clients know (`Tag` is text, `Value` is text).
"""

from __future__ import annotations

from include.sandbox.quickbooks.entities import ENTITIES
from include.sandbox.quickbooks.schema import Kind


def _declared(*kinds: Kind) -> frozenset[str]:
    """The properties of all entities that are of these kinds."""
    fields = (item for entity in ENTITIES.values() for item in entity.fields.items())
    return frozenset(name for name, field in fields if field.kind in kinds)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


REPEATED = _declared(Kind.LIST) | _words("""
    AccountPurposes AssociatedValues AttachableRef AttachableResponse BatchItemRequest BatchItemResponse
    CustomExtensions CustomField EffectiveTaxRate Error ItemAssemblyLine ItemGroupLine Line LinkedTxn NameValue
    OtherAddr OtherContactInfo POCustomField TaxLine TaxRateDetail TaxRateDetails Warning
""")
"""An array in JSON, even when there is one only."""

REFERENCES = _words("""
    AccountPurposes CustomerMemo DefaultAPAccount DefaultARAccount DefaultItem DefaultMarkupAccount DefaultTerms
    DefaultTimeItem DropShipToEntity Entity HomeCurrency ShipTo
""")
"""`{"value": …}` in JSON without a name that ends in Ref."""

BLOCKS = _declared(Kind.BLOCK, Kind.EMAIL, Kind.ADDRESS, Kind.PHONE, Kind.WEB) | _words("""
    AdjustmentTaxRateList CustomField GroupLineDetail MarkupInfo MetaData PurchaseTaxRateList SalesTaxRateList
    TxnTaxDetail
""")
"""An object in JSON, even when it is empty; like every name that ends in Detail or Prefs."""

YES_OR_NO = _declared(Kind.BOOL) | _words("""
    Active Adjustment AllowDeposit AllowDiscount AllowEstimates AllowIPNPayment AllowOnlineACHPayment
    AllowOnlineCreditCardPayment AllowOnlinePayment AllowServiceDate AllowShipping ApplyTaxAfterDiscount
    AutoApplyCredit AutoApplyPayments AutoDocNumber AutoJournalEntryNumber AutomaticBillPayment
    CalcAgingReportFromTxnDate BillCustomers
    BillWithParent BillableExpenseTracking BillableTime BooleanValue ClassTrackingPerTxn ClassTrackingPerTxnLine
    Credit CustomTxnNumbers Default DeferredRevenue ETransactionAttachPDF ETransactionPaymentEnabled
    EmailCopyToCompany FinanceCharge ForPurchase ForSales FreeFormAddress GratuityEnabled HasTPAR Hidden
    HideTaxManagement HomeCurrencyAdjustment IPNSupportEnabled IncludeOnSend IsProject Job ManuallyClosed
    MarkExpensesAsBillable MarkTimeEntriesBillable MultiCurrencyEnabled OnlineBankingEnabled Organization
    PartnerTaxEnabled PercentBased PrintGroupedItems ProcessPayment PurchaseTaxIncluded QuantityOnHand
    QuantityWithPriceAndRate Required RevenueRecognition SalesTaxIncluded ShowBillRateToAll SubAccount SubClass
    SubDepartment SubItem Synchronized T4AEligible T5018Eligible TaxGroup TaxOnTax TaxTrackedOnPurchases
    TaxTrackedOnSales Taxable TrackDepartments TrackQtyOnHand TrackReimbursableExpensesAsIncome TrackingByCustomer
    UseAccountNumbers UseServices UsingPriceLevels UsingProgressInvoicing UsingSalesOrders UsingSalesTax Vendor1099
    sparse
""")
"""true or false in JSON."""

NUMBERS = _declared(Kind.MONEY) | _words("""
    AbatementRate Amount AvgCost Balance BalanceWithJobs BillRate BreakHours BreakMinutes BreakSeconds CcExpiryMonth
    CcExpiryYear CostAmount CostRate CreditLimit CurrentBalance CurrentBalanceWithSubAccounts DayOfMonthDue
    DaysBillsAreDue DefaultMarkup Deposit DiscountAmt DiscountDayOfMonth DiscountDays DiscountPercent DiscountRate
    DueDays DueNextMonthDays ExchangeRate HomeBalance HomeTotalAmt HourlyRate Hours Level LineNum Minutes
    NetAmountTaxable NumberValue OverrideDeltaAmount Percent PurchaseCost Qty QtyOnHand QtyOnPurchaseOrder
    QtyOnSalesOrder Quantity RateValue RemainingCredit ReorderPoint ReverseChargeRate SalesPrice Seconds
    Size TaxAmount TaxInclusiveAmount TaxInclusiveAmt TaxOnTaxOrder TaxOrder TaxPercent TotalAmt TotalTax UnappliedAmt
    UnitPrice maxResults startPosition totalCount
""")
"""A number in JSON."""


def is_reference(name: str) -> bool:
    """Whether an element with text alone is `{"value": …}` in JSON."""
    return name.endswith("Ref") or name in REFERENCES


def is_block(name: str) -> bool:
    """Whether an element with nothing in it is `{}` in JSON; others are empty text."""
    return name.endswith(("Detail", "Prefs")) or name in BLOCKS
