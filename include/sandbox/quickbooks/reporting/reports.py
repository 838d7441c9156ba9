"""GET /reports/{name}: every report there is, computed from what transactions posted, and its envelope.

Names are compared exactly, and an unknown one is answered as QuickBooks does: 5020, "Permission Denied Error".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.reporting import measures, sources
from include.sandbox.quickbooks.reporting.asked import LIMITS, Asked, read_asked
from include.sandbox.quickbooks.reporting.entries import Ledger
from include.sandbox.quickbooks.reporting.shapes import Built, Detail, Statement, Summary
from include.sandbox.quickbooks.reporting.statements import BALANCE_SHEET, CASH_FLOW, PROFIT_AND_LOSS
from include.sandbox.quickbooks.wire import dumps, stamp

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

TO_DATE, ALL, TODAY = "this calendar year-to-date", "all", "today"
OPEN = ("tx_date", "txn_type", "doc_num", "due_date")


class Report(NamedTuple):
    """One report: its shape, its own period, and what its header says.

    `basis` names the accounting method, `periods` that it can have a column for each, `of_day` that it is about what
    is open on one day, `standard` the accounting standard.
    """

    shape: Statement | Summary | Detail
    macro: str = TO_DATE
    basis: bool = True
    periods: bool = False
    of_day: bool = False
    standard: bool = False


REPORTS = {
    "BalanceSheet": Report(
        Statement(sources.standing, BALANCE_SHEET, adds_up=False), periods=True, standard=True
    ),
    "ProfitAndLoss": Report(Statement(sources.earned, PROFIT_AND_LOSS), periods=True, standard=True),
    "CashFlow": Report(Statement(sources.flown, CASH_FLOW), basis=False, periods=True),
    "TrialBalance": Report(
        Summary(sources.balances, "Account", sources.account, sources.account_name, measures.SIDES)
    ),
    "ProfitAndLossDetail": Report(
        Detail(
            sources.profit_and_loss,
            ("tx_date", "txn_type", "doc_num", "name", "memo", "split_acc", "subt_nat_amount", "rbal_nat_amount"),
            by_account=True,
            parts=PROFIT_AND_LOSS,
        )
    ),
    "GeneralLedger": Report(
        Detail(
            sources.moved,
            ("tx_date", "txn_type", "doc_num", "name", "memo", "split_acc", "subt_nat_amount", "rbal_nat_amount"),
            by_account=True,
        )
    ),
    "TransactionList": Report(
        Detail(
            sources.transactions,
            (
                *("tx_date", "txn_type", "doc_num", "is_no_post", "name", "memo"),
                *("account_name", "other_account", "subt_nat_amount"),
            ),
        ),
        basis=False,
    ),
    "CustomerSales": Report(
        Summary(sources.sold, "Customer", sources.customer, sources.person_name), periods=True
    ),
    "ItemSales": Report(
        Summary(
            sources.sold, "ProductsAndService", sources.item, sources.item_name, measures.SALES_OF_ITEM, nested=True
        )
    ),
    "DepartmentSales": Report(
        Summary(sources.sold, "Department", sources.department, sources.department_name), periods=True
    ),
    "ClassSales": Report(Summary(sources.sold, "Class", sources.class_of, sources.class_name), periods=True),
    "CustomerIncome": Report(
        Summary(sources.profit_and_loss, "Customer", sources.customer, sources.person_name, measures.INCOME)
    ),
    "VendorExpenses": Report(Summary(sources.spent, "Vendor", sources.vendor, sources.person_name), periods=True),
    "InventoryValuationSummary": Report(
        Summary(
            sources.stock, "ProductsAndService", sources.item, sources.item_name, measures.VALUATION, nested=True
        ),
        basis=False,
    ),
    "CustomerBalance": Report(
        Summary(sources.receivables, "Customer", sources.customer, sources.person_name, (measures.OPEN_TOTAL,)),
        ALL, basis=False, of_day=True,
    ),
    "VendorBalance": Report(
        Summary(sources.payables, "Vendor", sources.vendor, sources.person_name, (measures.OPEN_TOTAL,)),
        ALL, basis=False, of_day=True,
    ),
    "AgedReceivables": Report(
        Summary(sources.receivables, "Customer", sources.customer, sources.person_name, measures.AGING),
        TODAY, basis=False, of_day=True,
    ),
    "AgedPayables": Report(
        Summary(sources.payables, "Vendor", sources.vendor, sources.person_name, measures.AGING),
        TODAY, basis=False, of_day=True,
    ),
    "CustomerBalanceDetail": Report(
        Detail(sources.receivables, (*OPEN, "subt_amount", "subt_open_bal", "rbal_open_bal"), sources.by_person),
        ALL, basis=False, of_day=True,
    ),
    "VendorBalanceDetail": Report(
        Detail(
            sources.payables, (*OPEN, "subt_neg_amount", "subt_neg_open_bal", "rbal_neg_open_bal"), sources.by_person
        ),
        ALL, basis=False, of_day=True,
    ),
    "AgedReceivableDetail": Report(
        Detail(sources.receivables, (*OPEN, "cust_name", "subt_amount", "subt_open_bal"), measures.by_age),
        TODAY, basis=False, of_day=True,
    ),
    "AgedPayableDetail": Report(
        Detail(
            sources.payables, (*OPEN, "vend_name", "past_due", "subt_neg_amount", "subt_neg_open_bal"), measures.by_age
        ),
        TODAY, basis=False, of_day=True,
    ),
}  # fmt: skip


def answer_report(books: Books, name: str, wishes: Mapping[str, str]) -> str:
    """A report as JSON text. Refuses unknown ones (5020) and parameters it cannot follow."""
    report = REPORTS.get(name)
    if report is None:
        raise refuse("5020", element="ReportName")
    asked = read_asked(books, wishes, report.macro)
    if asked.by != "Total" and not report.periods:
        raise refuse("6000", why=f"{name} has no columns by {asked.by}.")
    day = asked.today if asked.macro == ALL else asked.period.end
    built = report.shape.build(Ledger(books, asked.period.end, day), asked)
    return dumps({
        "Header": _header(books, name, report, asked, built),
        "Columns": {"Column": built.columns},
        "Rows": {"Row": built.rows} if built.rows else {},
    })


def _header(books: Books, name: str, report: Report, asked: Asked, built: Built) -> dict[str, Any]:
    start, end = (day.isoformat() for day in asked.period[:2])
    dated = asked.macro != ALL
    said = {
        "Time": stamp(books.store.now(), books.zone),
        "ReportName": name,
        "DateMacro": asked.macro,
        "ReportBasis": "Accrual" if report.basis else "",
        "StartPeriod": start if dated else "",
        "EndPeriod": end if dated else "",
        "SummarizeColumnsBy": asked.by if report.periods else "",
        "Currency": books.home_currency,
        **{word.capitalize(): ",".join(sorted(asked.limits.get(word, ()))) for word in LIMITS if word != "account"},
    }
    options = {
        "AccountingStandard": "GAAP" if report.standard else "",
        "report_date": (end if dated else asked.today.isoformat()) if report.of_day else "",
        "NoReportData": str(built.empty).lower(),
    }
    shown = {key: value for key, value in said.items() if value}
    return shown | {"Option": [{"Name": key, "Value": value} for key, value in options.items() if value]}
