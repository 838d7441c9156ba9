"""The kinds of accounts: type → classification and subtypes, the usual subtype first (XSD AccountSubTypeEnum)."""

from __future__ import annotations

from typing import NamedTuple


class AccountType(NamedTuple):
    """One AccountType."""

    classification: str
    subtypes: tuple[str, ...]


def _kind(classification: str, subtypes: str) -> AccountType:
    return AccountType(classification, tuple(subtypes.split()))


TYPES = {
    "Bank": _kind("Asset", "Checking CashOnHand MoneyMarket RentsHeldInTrust Savings TrustAccounts"),
    "Accounts Receivable": _kind("Asset", "AccountsReceivable"),
    "Other Current Asset": _kind(
        "Asset",
        "OtherCurrentAssets AllowanceForBadDebts DevelopmentCosts EmployeeCashAdvances Inventory "
        "Investment_MortgageRealEstateLoans Investment_Other Investment_TaxExemptSecurities "
        "Investment_USGovernmentObligations LoansToOfficers LoansToOthers LoansToStockholders PrepaidExpenses "
        "Retainage UndepositedFunds",
    ),
    "Fixed Asset": _kind(
        "Asset",
        "FurnitureAndFixtures AccumulatedAmortization AccumulatedDepletion AccumulatedDepreciation Buildings "
        "DepletableAssets FixedAssetComputers FixedAssetCopiers FixedAssetFurniture FixedAssetOtherToolsEquipment "
        "FixedAssetPhone FixedAssetPhotoVideo FixedAssetSoftware IntangibleAssets Land LeaseholdImprovements "
        "MachineryAndEquipment OtherFixedAssets Vehicles",
    ),
    "Other Asset": _kind(
        "Asset",
        "OtherLongTermAssets AccumulatedAmortizationOfOtherAssets Goodwill LeaseBuyout Licenses OrganizationalCosts "
        "SecurityDeposits",
    ),
    "Accounts Payable": _kind("Liability", "AccountsPayable"),
    "Credit Card": _kind("Liability", "CreditCard"),
    "Other Current Liability": _kind(
        "Liability",
        "OtherCurrentLiabilities DeferredRevenue DirectDepositPayable FederalIncomeTaxPayable GlobalTaxPayable "
        "GlobalTaxSuspense InsurancePayable LineOfCredit LoanPayable PayrollClearing PayrollTaxPayable "
        "PrepaidExpensesPayable RentsInTrustLiability SalesTaxPayable StateLocalIncomeTaxPayable "
        "TrustAccountsLiabilities",
    ),
    "Long Term Liability": _kind("Liability", "NotesPayable OtherLongTermLiabilities ShareholderNotesPayable"),
    "Equity": _kind(
        "Equity",
        "OpeningBalanceEquity AccumulatedAdjustment CommonStock EstimatedTaxes Healthcare OwnersEquity "
        "PaidInCapitalOrSurplus PartnerContributions PartnerDistributions PartnersEquity PersonalExpense "
        "PersonalIncome PreferredStock RetainedEarnings TreasuryStock",
    ),
    "Income": _kind(
        "Revenue",
        "SalesOfProductIncome DiscountsRefundsGiven NonProfitIncome OtherPrimaryIncome ServiceFeeIncome "
        "UnappliedCashPaymentIncome",
    ),
    "Cost of Goods Sold": _kind(
        "Expense",
        "SuppliesMaterialsCogs CostOfLaborCos EquipmentRentalCos OtherCostsOfServiceCos ShippingFreightDeliveryCos",
    ),
    "Expense": _kind(
        "Expense",
        "OfficeGeneralAdministrativeExpenses AdvertisingPromotional Auto BadDebts BankCharges CharitableContributions "
        "CostOfLabor DuesSubscriptions Entertainment EntertainmentMeals EquipmentRental FinanceCosts GlobalTaxExpense "
        "Insurance InterestPaid LegalProfessionalFees OtherBusinessExpenses OtherMiscellaneousServiceCost "
        "PayrollExpenses PayrollTaxExpenses PayrollWageExpenses PromotionalMeals RentOrLeaseOfBuildings "
        "RepairMaintenance ShippingFreightDelivery SuppliesMaterials TaxesPaid Travel TravelMeals "
        "UnappliedCashBillPaymentExpense Utilities Communications",
    ),
    "Other Income": _kind(
        "Revenue",
        "OtherMiscellaneousIncome DividendIncome InterestEarned OtherInvestmentIncome TaxExemptInterest",
    ),
    "Other Expense": _kind(
        "Expense",
        "OtherMiscellaneousExpense Amortization Depreciation ExchangeGainOrLoss GasAndFuel HomeOffice "
        "HomeownerRentalInsurance MortgageInterestHomeOffice OtherHomeOfficeExpenses OtherVehicleExpenses "
        "ParkingAndTolls PenaltiesSettlements PropertyTaxHomeOffice RentAndLeaseHomeOffice "
        "RepairsAndMaintainceHomeOffice UtilitiesHomeOffice Vehicle VehicleInsurance VehicleLease VehicleLoan "
        "VehicleLoanInterest VehicleRegistration VehicleRepairs WashAndRoadServices",
    ),
}
OF_SUBTYPE = {subtype: name for name, kind in TYPES.items() for subtype in kind.subtypes}
