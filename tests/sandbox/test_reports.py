"""Reports are computed from the books, add up, and look as QuickBooks' do."""

from __future__ import annotations

from decimal import Decimal
from xml.etree import ElementTree

import pytest
from quickbooks import QuickBooks
from quickbooks.exceptions import QuickbooksException

from include.sandbox.quickbooks.catalog.company import realms_of
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.reporting import entries
from include.sandbox.quickbooks.reporting.reports import REPORTS, answer_report
from include.sandbox.scenarios import load
from include.sandbox.store import Store

from .bookkeeping import CHECKING, VISA, balance, bill, bill_payment, cost, deposit, journal, posting, vendor
from .conftest import REALM, Client, paying, refusal, sale
from .report_reading import check_reports, data, line, money, report, rows, texts

NAMESPACE = "{http://schema.intuit.com/finance/v3}"
YEAR = {"start_date": "2026-01-01", "end_date": "2026-12-31"}
STOCK = {
    "Name": "Valve",
    "Type": "Inventory",
    "TrackQtyOnHand": True,
    "QtyOnHand": 0,
    "InvStartDate": "2020-01-01",
    "IncomeAccountRef": {"value": "10"},
    "ExpenseAccountRef": {"value": "2"},
    "AssetAccountRef": {"value": "11"},
}


def test_the_reports_of_the_demo_company_add_up(store: Store) -> None:
    load(store, "demo")
    (realm,) = realms_of(store)
    books = Books(store, realm, api=True)
    check_reports(books)
    receivable = report(books, "AgedReceivables")
    assert sum(Decimal(own[-1]) for own in data(receivable)) == money(receivable, "TOTAL", 5) > 0


def test_a_company_without_transactions_has_every_report_and_says_that_it_is_empty(books: Books) -> None:
    for name in REPORTS:
        found = report(books, name)
        assert found["Header"]["ReportName"] == name
        assert found["Header"]["Currency"] == "USD"
        assert {"Name": "NoReportData", "Value": "true"} in found["Header"]["Option"]
        assert found["Columns"]["Column"]
        assert not data(found) or name in ("BalanceSheet", "CashFlow")


def test_every_row_has_a_cell_for_every_column(books: Books) -> None:
    a_full_year(books)
    for name in REPORTS:
        found = report(books, name, date_macro="this calendar year")
        columns = found["Columns"]["Column"]
        width = len(columns) - 1 + len(columns[-1].get("Columns", {}).get("Column", [None]))
        for row in rows(found):
            parts = [row] if "ColData" in row else [row[part] for part in ("Header", "Summary") if part in row]
            assert [len(part["ColData"]) for part in parts] == [width] * len(parts), name
            assert row["type"] == ("Data" if "ColData" in row else "Section")
        assert {"Name": "NoReportData", "Value": "false"} in found["Header"]["Option"]


def test_every_report_takes_limits_and_columns(books: Books) -> None:
    a_full_year(books)
    for name in REPORTS:
        assert report(books, name, columns="klass_name,subt_nat_amount", vendor="2", item="3")["Columns"]
        assert {"Name": "NoReportData", "Value": "true"} in report(books, name, **{"class": "1"})["Header"]["Option"]


def test_every_transaction_is_in_the_statements(books: Books) -> None:
    a_full_year(books)
    check_reports(books)
    found = report(books, "ProfitAndLoss", **YEAR)
    assert [line(found, first)[0] for first in ("Services", "Sales of Product Income", "Discounts given")] == [
        "300.00", "40.00", "-10.00",
    ]  # fmt: skip
    assert line(found, "Total Income") == ["330.00"]
    assert line(found, "Gross Profit") == ["330.00"]
    assert line(found, "Total Expenses") == ["50.00"]
    assert line(found, "Net Income") == ["280.00"]
    sheet = report(books, "BalanceSheet", **YEAR)
    assert line(sheet, "Inventory Asset") == ["75.00"]
    assert line(sheet, "Net Income") == ["280.00"]
    assert line(sheet, "Board of Equalization Payable") == ["7.00"]


def test_profit_is_what_retained_earnings_grow_by(books: Books, customer: str) -> None:
    books.create("Invoice", sale(customer, 70, TxnDate="2024-05-01"))
    books.create("Invoice", sale(customer, 30, TxnDate="2026-05-01"))
    earlier, now = (report(books, "BalanceSheet", end_date=day) for day in ("2025-12-31", "2026-12-31"))
    assert line(earlier, "Retained Earnings") == ["70.00"]
    assert line(now, "Retained Earnings") == ["70.00"]
    assert money(now, "Total Equity") - money(earlier, "Total Equity") == money(
        report(books, "ProfitAndLoss", **YEAR), "Net Income"
    )


def test_a_statement_is_cut_into_months(books: Books, customer: str) -> None:
    books.create("Invoice", sale(customer, 70, TxnDate="2026-01-15"))
    books.create("Invoice", sale(customer, 30, TxnDate="2026-02-15"))
    asked = {"start_date": "2026-01-01", "end_date": "2026-02-20", "summarize_column_by": "Month"}
    found = report(books, "ProfitAndLoss", **asked)
    assert [column["ColTitle"] for column in found["Columns"]["Column"]] == ["", "Jan 2026", "Feb 1-20, 2026", "Total"]
    assert found["Columns"]["Column"][2]["MetaData"][1] == {"Name": "EndDate", "Value": "2026-02-20"}
    assert line(found, "Net Income") == ["70.00", "30.00", "100.00"]
    sheet = report(books, "BalanceSheet", **asked)
    assert line(sheet, "TOTAL ASSETS") == ["70.00", "100.00"]
    assert line(report(books, "CustomerSales", **asked), "Lake House") == ["70.00", "30.00", "100.00"]


def test_the_general_ledger_begins_with_what_accounts_held(books: Books, customer: str) -> None:
    first = books.create("Invoice", sale(customer, 70, TxnDate="2025-05-01"))
    books.create("Payment", {**paying(customer, 50, (first["Id"], 50)), "TxnDate": "2026-02-01"})
    found = report(books, "GeneralLedger", **YEAR, account="5")
    beginning, paid = data(found)
    assert beginning == ["Beginning Balance", "", "", "", "", "", "", "70.00"]
    assert paid[:2] == ["2026-02-01", "Payment"]
    assert paid[-3:] == ["Undeposited Funds", "-50.00", "20.00"]
    (header,) = [row["Header"]["ColData"][0] for row in rows(found) if "Header" in row]
    assert header == {"value": "Accounts Receivable (A/R)", "id": "5"}


def test_columns_come_as_chosen_in_the_service_s_order(books: Books, customer: str) -> None:
    made = books.create("Invoice", sale(customer, 70, DocNumber="17"))
    chosen = "subt_nat_amount,unheard_of,doc_num,cust_name,txn_type"
    found = report(books, "TransactionList", columns=chosen)
    keys = [column["MetaData"][0]["Value"] for column in found["Columns"]["Column"]]
    assert keys == ["txn_type", "doc_num", "cust_name", "subt_nat_amount"]
    (row,) = rows(found)
    assert row["ColData"][0] == {"value": "Invoice", "id": made["Id"]}
    assert texts(row["ColData"]) == ["Invoice", "17", "Lake House", "70.00"]


def test_open_items_grow_old_and_are_known_as_of_any_day(books: Books, customer: str) -> None:
    made = books.create("Invoice", sale(customer, 70, TxnDate="2026-08-01", DueDate="2026-08-31"))
    books.create("Payment", {**paying(customer, 50, (made["Id"], 50)), "TxnDate": "2026-10-01"})
    on = {day: line(report(books, "AgedReceivables", report_date=day), "Lake House") for day in DAYS}
    assert list(on.values()) == [
        ["70.00", "", "", "", "", "70.00"],
        ["", "70.00", "", "", "", "70.00"],
        ["", "", "20.00", "", "", "20.00"],
        ["", "", "", "", "20.00", "20.00"],
    ]
    (row,) = data(report(books, "AgedReceivableDetail", report_date="2026-10-15"))
    assert row[-2:] == ["70.00", "20.00"]
    (row,) = data(report(books, "CustomerBalanceDetail"))
    assert row == ["2026-08-01", "Invoice", "1001", "2026-08-31", "70.00", "20.00", "20.00"]


DAYS = ("2026-08-31", "2026-09-01", "2026-10-15", "2027-01-31")


def test_credits_that_a_payment_of_nothing_ties_to_an_invoice_are_settled(books: Books, customer: str) -> None:
    owed, credit = (books.create(kind, sale(customer, 40))["Id"] for kind in ("Invoice", "CreditMemo"))
    links = [
        {"Amount": 40, "LinkedTxn": [{"TxnId": id_, "TxnType": kind}]}
        for id_, kind in ((owed, "Invoice"), (credit, "CreditMemo"))
    ]
    books.create("Payment", {"CustomerRef": {"value": customer}, "TotalAmt": 0, "Line": links})
    assert not data(report(books, "CustomerBalanceDetail"))


def test_reports_are_limited_to_whom_they_are_asked_about(books: Books, customer: str) -> None:
    other = books.create("Customer", {"DisplayName": "Mill"})["Id"]
    for id_, amount in ((customer, 70), (other, 30)):
        books.create("Invoice", sale(id_, amount))
    assert line(report(books, "CustomerSales", customer=other), "TOTAL") == ["30.00"]
    assert report(books, "CustomerBalance", customer=other)["Header"]["Customer"] == other
    assert line(report(books, "ProfitAndLoss", customer=f"{customer},{other}"), "Net Income") == ["100.00"]


def test_estimates_are_listed_and_post_nothing(books: Books, customer: str) -> None:
    books.create("Estimate", sale(customer, 70))
    (row,) = data(report(books, "TransactionList"))
    assert (row[1], row[3], row[-1]) == ("Estimate", "No", "70.00")
    assert not data(report(books, "GeneralLedger"))


def test_sales_are_told_by_product_and_stock_by_what_was_bought(books: Books) -> None:
    a_full_year(books)
    sold = report(books, "ItemSales", **YEAR)
    assert line(sold, "Valve")[:4] == ["2.00", "40.00", "12.12 %", "20.00"]
    assert line(sold, "Not Specified")[1] == "-10.00"
    assert line(report(books, "InventoryValuationSummary", **YEAR), "Valve") == ["", "3.00", "75.00", "25.00"]
    assert line(report(books, "VendorExpenses", **YEAR), "Pipe Supply") == ["50.00"]
    assert line(report(books, "CustomerIncome", **YEAR), "Lake House") == ["330.00", "0.00", "330.00"]


def test_a_card_s_credit_gives_stock_back(books: Books) -> None:
    valve = books.create("Item", STOCK)["Id"]
    detail = {"ItemRef": {"value": valve}, "Qty": 1, "UnitPrice": 15}
    line_of_stock = {"DetailType": "ItemBasedExpenseLineDetail", "Amount": 15, "ItemBasedExpenseLineDetail": detail}
    by_card = {"PaymentType": "CreditCard", "AccountRef": {"value": VISA}, "Line": [line_of_stock]}
    books.create("Purchase", by_card)
    books.create("Purchase", {**by_card, "Line": [line_of_stock] * 3})
    books.create("Purchase", {**by_card, "Credit": True})
    check_reports(books)
    assert line(report(books, "InventoryValuationSummary"), "Valve") == ["", "3.00", "45.00", "15.00"]
    assert balance(books, "11") == -balance(books, VISA) == 45


@pytest.mark.parametrize("stated", [{"value": CHECKING}, {"value": "10"}])
def test_income_goes_to_the_product_s_account_unless_another_income_account_is_named(
    books: Books, customer: str, stated: dict[str, str]
) -> None:
    body = sale(customer, 70)
    body["Line"][0]["SalesItemLineDetail"] |= {"ItemAccountRef": stated}
    books.create("Invoice", body)
    other = stated == {"value": "10"}
    assert data(report(books, "ProfitAndLoss")) == [["Sales of Product Income" if other else "Services", "70.00"]]


def test_a_bundle_is_income_of_what_is_in_it(books: Books, customer: str) -> None:
    inside = sale(customer, 30, 40)["Line"]
    bundle = {"DetailType": "GroupLineDetail", "Amount": 70, "GroupLineDetail": {"Line": inside}}
    books.create("Invoice", {"CustomerRef": {"value": customer}, "Line": [bundle]})
    check_reports(books)
    assert data(report(books, "ProfitAndLoss")) == [["Services", "70.00"]]


def test_fractions_of_a_cent_are_posted_too(books: Books, customer: str) -> None:
    books.create("Invoice", sale(customer, 0.005, 0.005, 0.005))
    books.create("Bill", bill(vendor(books), 0.005, 0.005))
    check_reports(books)


def test_foreign_money_is_shown_as_what_it_is_worth_at_home(store: Store) -> None:
    books = Books(store, REALM, api=True)
    books.found(name="Two Currencies", multicurrency=True)
    buyer = books.create("Customer", {"DisplayName": "Berlin", "CurrencyRef": {"value": "EUR"}})["Id"]
    body = sale(buyer, 33.33, 33.33, CurrencyRef={"value": "EUR"}, ExchangeRate=1.085)
    books.create("Invoice", body)
    trial = report(books, "TrialBalance")
    assert line(trial, "TOTAL") == ["72.33", "72.33"]
    assert line(report(books, "CustomerBalance"), "Berlin") == ["72.33"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"accounting_method": "Cash"}, "6000"),
        ({"accounting_method": "Guess"}, "2170"),
        ({"summarize_column_by": "Classes"}, "6000"),
        ({"summarize_column_by": "Colour"}, "2170"),
        ({"start_date": "yesterday"}, "2060"),
        ({"end_date": "0001-01-01"}, "2060"),
        ({"start_date": "2026-02-01", "end_date": "2026-01-01"}, "6000"),
        ({"start_date": "1900-01-01", "end_date": "2999-12-31", "summarize_column_by": "Days"}, "6000"),
        ({"date_macro": "next Tuesday"}, "2170"),
        ({"date_macro": "next month-to-date"}, "2170"),
        ({"customer": "Lake House"}, "2030"),
    ],
)
def test_what_cannot_be_followed_is_refused(books: Books, asked: dict[str, str], code: str) -> None:
    assert refusal(answer_report, books, "ProfitAndLoss", asked) == code


def test_a_company_with_too_much_to_report_is_told_so(
    books: Books, customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "MOST_TRANSACTIONS", 1)
    books.create("Invoice", sale(customer, 70))
    assert refusal(answer_report, books, "BalanceSheet", {}) == ""
    books.create("Invoice", sale(customer, 70))
    assert refusal(answer_report, books, "BalanceSheet", {}) == "6000"


@pytest.mark.parametrize("name", ["Cashflow", "AccountList", "", "1"])
def test_a_report_that_is_not_offered_is_refused_as_quickbooks_does(client: Client, name: str) -> None:
    answer = client.get(f"reports/{name}")
    (error,) = answer.json()["Fault"]["Error"]
    assert (answer.status_code, error["code"], error["element"]) == (400, "5020", "ReportName")
    assert client.post("reports/BalanceSheet", {}).json()["Fault"]["Error"][0]["code"] == "500"


@pytest.mark.parametrize(
    ("macro", "start", "end"),
    [
        ("Today", "2026-11-02", "2026-11-02"),
        ("Yesterday", "2026-11-01", "2026-11-01"),
        ("This Week", "2026-11-01", "2026-11-07"),
        ("Last Month", "2026-10-01", "2026-10-31"),
        ("Last Month-to-date", "2026-10-01", "2026-10-02"),
        ("This Fiscal Quarter", "2026-10-01", "2026-12-31"),
        ("Next Calendar Quarter", "2027-01-01", "2027-03-31"),
        ("Last Fiscal Year", "2025-01-01", "2025-12-31"),
        ("This Calendar Year-to-date", "2026-01-01", "2026-11-02"),
        ("Next 4 Weeks", "2026-11-01", "2026-11-28"),
    ],
)
def test_macros_mean_dates(books: Books, macro: str, start: str, end: str) -> None:
    header = report(books, "ProfitAndLoss", date_macro=macro)["Header"]
    assert (header["StartPeriod"], header["EndPeriod"], header["DateMacro"]) == (start, end, macro.lower())


def test_python_quickbooks_gets_reports_and_their_faults(qb: QuickBooks, books: Books, customer: str) -> None:
    books.create("Invoice", sale(customer, 70))
    found = qb.get_report("ProfitAndLoss", {"date_macro": "This Fiscal Year"})
    assert line(found, "Net Income") == ["70.00"]
    with pytest.raises(QuickbooksException, match="Permission Denied Error"):
        qb.get_report("ARAgingDetail")


def test_xml_clients_get_a_report_as_recorded(client: Client, customer: str) -> None:
    client.post("invoice", sale(customer, 70))
    root = ElementTree.fromstring(client.session.get(
        f"{client.url}/v3/company/{REALM}/reports/BalanceSheet", headers={"Accept": "application/xml"}
    ).text)  # fmt: skip
    assert root.tag == f"{NAMESPACE}Report"
    assert root.findtext(f"{NAMESPACE}Header/{NAMESPACE}ReportName") == "BalanceSheet"
    assert root.find(f"{NAMESPACE}Columns/{NAMESPACE}Column/{NAMESPACE}ColType") is not None
    receivable = next(cell for cell in root.iter(f"{NAMESPACE}ColData") if cell.get("id") == "5")
    assert receivable.attrib == {"value": "Accounts Receivable (A/R)", "id": "5"}
    assert {row.get("type") for row in root.iter(f"{NAMESPACE}Row")} == {"Section", "Data"}


def test_a_report_is_a_metered_read_and_can_fail_on_order(client: Client) -> None:
    client.session.post(f"{client.url}/sandbox/meter/reset")
    assert client.get("reports/BalanceSheet").status_code == 200
    metered = client.meter()
    assert (metered["core_plus"], metered["by_class"]) == (1, {"report": 1})
    client.order("status", status=503, match={"operation": "report"})
    assert client.get("reports/BalanceSheet").status_code == 503


def a_full_year(books: Books) -> None:
    """Each kind of transaction once, all in 2026."""
    customer, supplier = books.create("Customer", {"DisplayName": "Lake House"})["Id"], vendor(books)
    valve = books.create("Item", STOCK)["Id"]
    sold = {"ItemRef": {"value": valve}, "Qty": 2, "UnitPrice": 20, "TaxCodeRef": {"value": "TAX"}}
    lines = [
        {"DetailType": "SalesItemLineDetail", "Amount": 40, "SalesItemLineDetail": sold},
        {"DetailType": "DiscountLineDetail", "Amount": 10, "DiscountLineDetail": {}},
    ]
    body = sale(customer, 200, TxnTaxDetail={"TotalTax": 7})
    invoice = books.create("Invoice", {**body, "Line": [*body["Line"], *lines]})
    payment = books.create("Payment", paying(customer, 150, (invoice["Id"], 150)))
    books.create("CreditMemo", sale(customer, 50))
    books.create("SalesReceipt", sale(customer, 170))
    books.create("RefundReceipt", sale(customer, 20, DepositToAccountRef={"value": CHECKING}))
    books.create("Deposit", deposit(("Payment", payment["Id"], 150)))
    bought = {"ItemRef": {"value": valve}, "Qty": 5, "UnitPrice": 15}
    stock = {"DetailType": "ItemBasedExpenseLineDetail", "Amount": 75, "ItemBasedExpenseLineDetail": bought}
    owed = books.create("Bill", {**bill(supplier), "Line": [cost(60, "17"), stock]})
    books.create("BillPayment", bill_payment(supplier, 35, (owed["Id"], 35)))
    books.create("VendorCredit", {**bill(supplier), "Line": [cost(30, "17")]})
    paid = {"PaymentType": "Check", "AccountRef": {"value": CHECKING}, "EntityRef": {"value": supplier}}
    books.create("Purchase", {**paid, "Line": [cost(20, "17")]})
    books.create("JournalEntry", journal(posting("Debit", 5, CHECKING), posting("Credit", 5, "12")))
    ends = {"FromAccountRef": {"value": CHECKING}, "ToAccountRef": {"value": "9"}}
    books.create("Transfer", {**ends, "Amount": 5})
    books.create("Estimate", sale(customer, 1))
