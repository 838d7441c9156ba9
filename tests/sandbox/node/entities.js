'use strict'

// What each entity is created from and what is changed in it, as users of node-quickbooks write it.
// `known` holds ids made before: known.customer, known.account('Bank') and so on.

const ref = (value) => ({ value })

const sold = (amount, known) => ({
  Amount: amount,
  DetailType: 'SalesItemLineDetail',
  SalesItemLineDetail: { ItemRef: ref(known.item), Qty: 2, UnitPrice: amount / 2 },
})

const spent = (amount, known) => ({
  Amount: amount,
  DetailType: 'AccountBasedExpenseLineDetail',
  AccountBasedExpenseLineDetail: { AccountRef: ref(known.account('Expense')) },
})

const bought = (amount, known) => ({
  Amount: amount,
  DetailType: 'ItemBasedExpenseLineDetail',
  ItemBasedExpenseLineDetail: { ItemRef: ref(known.item), Qty: 1, UnitPrice: amount },
})

const posted = (side, amount, account) => ({
  Amount: amount,
  DetailType: 'JournalEntryLineDetail',
  JournalEntryLineDetail: { PostingType: side, AccountRef: ref(account) },
})

const applied = (amount, type, id) => ({ Amount: amount, LinkedTxn: [{ TxnId: id, TxnType: type }] })

// Lists: created, changed sparsely, made inactive. `label` is what they are found by.
exports.LISTS = {
  Customer: {
    label: 'DisplayName',
    create: () => ({
      DisplayName: "O'Hara & Söhne 50% #1 +",
      PrimaryEmailAddr: { Address: 'mary@example.com' },
      BillAddr: { Line1: '1 Pier', City: 'Truckee' },
    }),
    change: { CompanyName: 'Hara' },
  },
  Vendor: { label: 'DisplayName', create: () => ({ DisplayName: 'Parts & Co' }), change: { CompanyName: 'Parts' } },
  Employee: {
    label: 'DisplayName',
    create: () => ({ GivenName: 'Emily', FamilyName: 'Platt', DisplayName: 'Emily Platt' }),
    change: { MiddleName: 'Q' },
  },
  Item: {
    label: 'Name',
    create: (known) => ({ Name: 'Valve', Type: 'Service', IncomeAccountRef: ref(known.account('Income')) }),
    change: { Description: 'Relief valve' },
  },
  Account: {
    label: 'Name',
    create: () => ({ Name: 'Fuel', AccountType: 'Expense', AccountSubType: 'Auto' }),
    change: { Description: 'Diesel' },
  },
  Class: { label: 'Name', create: () => ({ Name: 'North' }), change: { Name: 'Far North' } },
  Department: { label: 'Name', create: () => ({ Name: 'Reno' }), change: { Name: 'Reno, NV' } },
  Term: { label: 'Name', create: () => ({ Name: 'Net 21', DueDays: '21' }), change: { DueDays: 22 } },
  PaymentMethod: { label: 'Name', create: () => ({ Name: 'Barter' }), change: { Name: 'Barter trade' } },
}

// Read and found only.
exports.READ_ONLY = ['TaxCode', 'TaxRate', 'TaxAgency', 'CustomerType', 'CompanyCurrency', 'Budget', 'ExchangeRate']

// Transactions: created, read and sent back with a note, voided where that is offered, deleted.
exports.TRANSACTIONS = {
  Invoice: { create: (known) => ({ CustomerRef: ref(known.customer), Line: [sold(80.5, known)] }), voids: true },
  CreditMemo: { create: (known) => ({ CustomerRef: ref(known.customer), Line: [sold(10, known)] }) },
  SalesReceipt: { create: (known) => ({ CustomerRef: ref(known.customer), Line: [sold(12, known)] }) },
  Estimate: { create: (known) => ({ CustomerRef: ref(known.customer), Line: [sold(14, known)] }) },
  RefundReceipt: {
    create: (known) => ({
      CustomerRef: ref(known.customer),
      DepositToAccountRef: ref(known.account('Bank')),
      Line: [sold(6, known)],
    }),
  },
  Payment: {
    create: (known) => ({
      CustomerRef: ref(known.customer),
      TotalAmt: 30,
      Line: [applied(30, 'Invoice', known.invoice)],
    }),
    voids: true,
  },
  Deposit: {
    create: (known) => ({
      DepositToAccountRef: ref(known.account('Bank')),
      Line: [
        {
          Amount: 20,
          DetailType: 'DepositLineDetail',
          DepositLineDetail: { AccountRef: ref(known.account('Income')) },
        },
      ],
    }),
  },
  JournalEntry: {
    create: (known) => ({
      Line: [posted('Debit', 5, known.account('Expense')), posted('Credit', 5, known.account('Bank'))],
    }),
  },
  Bill: { create: (known) => ({ VendorRef: ref(known.vendor), Line: [spent(40, known)] }) },
  VendorCredit: { create: (known) => ({ VendorRef: ref(known.vendor), Line: [spent(4, known)] }) },
  Purchase: {
    create: (known) => ({
      PaymentType: 'Cash',
      AccountRef: ref(known.account('Bank')),
      Line: [spent(9.99, known)],
    }),
  },
  PurchaseOrder: { create: (known) => ({ VendorRef: ref(known.vendor), Line: [bought(18, known)] }) },
  Transfer: {
    create: (known) => ({
      Amount: 70,
      FromAccountRef: ref(known.account('Bank')),
      ToAccountRef: ref(known.account('Other Current Asset')),
    }),
  },
  BillPayment: {
    create: (known) => ({
      VendorRef: ref(known.vendor),
      PayType: 'Check',
      CheckPayment: { BankAccountRef: ref(known.account('Bank')) },
      TotalAmt: 25,
      Line: [applied(25, 'Bill', known.bill)],
    }),
  },
  TimeActivity: {
    note: 'Description',
    create: (known) => ({
      NameOf: 'Employee',
      EmployeeRef: ref(known.employee),
      TxnDate: '2026-11-02',
      Hours: 1,
      Minutes: 30,
    }),
  },
  Attachable: { note: 'Note', create: () => ({ Note: 'Meter reading', Tag: 'Testing' }) },
}

// The company's own two: read and changed only.
exports.SINGLES = {
  CompanyInfo: { CompanyName: 'Renamed Backflow' },
  Preferences: { EmailMessagesPrefs: { InvoiceMessage: { Subject: 'Invoice', Message: 'Thanks!' } } },
}
