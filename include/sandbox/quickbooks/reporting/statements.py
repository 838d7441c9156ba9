"""How the statements are laid out: sections, the accounts in them, the sums below (as recorded and in Report.xsd)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from include.sandbox.quickbooks.reporting.rows import (
    Block,
    Figures,
    Row,
    Tree,
    added,
    cell,
    figures_row,
    section,
    summary,
)

NET_INCOME = "NetIncome"
CASH = ("Bank", "UndepositedFunds")
OTHER_CURRENT = ("Other Current Asset",)


class Part(NamedTuple):
    """A section: the accounts of some types, without those that are cash if so said, and parts below it.

    A part without rows is left out unless it is `always` there. `net` names a row for the net income in it. `sums`
    makes it a sum of other parts, with their signs, and no section; an `optional` one is left out where it is empty.
    """

    group: str
    title: str = ""
    total: str = ""
    types: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    sums: Mapping[str, int] | None = None
    always: bool = False
    without_cash: bool = False
    net: str = ""
    optional: bool = False


def _list(group: str, title: str, *types: str) -> Part:
    return Part(group, title, f"Total {title}", types)


PROFIT_AND_LOSS = (
    Part("Income", "Income", "Total Income", ("Income",), always=True),
    Part("COGS", "Cost of Goods Sold", "Total Cost of Goods Sold", ("Cost of Goods Sold",)),
    Part("GrossProfit", total="Gross Profit", sums={"Income": 1, "COGS": -1}),
    Part("Expenses", "Expenses", "Total Expenses", ("Expense",), always=True),
    Part("NetOperatingIncome", total="Net Operating Income", sums={"GrossProfit": 1, "Expenses": -1}),
    Part("OtherIncome", "Other Income", "Total Other Income", ("Other Income",)),
    Part("OtherExpenses", "Other Expenses", "Total Other Expenses", ("Other Expense",)),
    Part("NetOtherIncome", total="Net Other Income", sums={"OtherIncome": 1, "OtherExpenses": -1}, optional=True),
    Part(NET_INCOME, total="Net Income", sums={"NetOperatingIncome": 1, "NetOtherIncome": 1}),
)
ASSETS = (
    Part(
        "CurrentAssets",
        "Current Assets",
        "Total Current Assets",
        parts=(
            _list("BankAccounts", "Bank Accounts", "Bank"),
            _list("AR", "Accounts Receivable", "Accounts Receivable"),
            _list("OtherCurrentAssets", "Other Current Assets", "Other Current Asset"),
        ),
    ),
    _list("FixedAssets", "Fixed Assets", "Fixed Asset"),
    _list("OtherAssets", "Other Assets", "Other Asset"),
)
LIABILITIES = (
    Part(
        "CurrentLiabilities",
        "Current Liabilities",
        "Total Current Liabilities",
        parts=(
            _list("AP", "Accounts Payable", "Accounts Payable"),
            _list("CreditCards", "Credit Cards", "Credit Card"),
            _list("OtherCurrentLiabilities", "Other Current Liabilities", "Other Current Liability"),
        ),
    ),
    _list("LongTermLiabilities", "Long-Term Liabilities", "Long Term Liability"),
)
BALANCE_SHEET = (
    Part("TotalAssets", "ASSETS", "TOTAL ASSETS", parts=ASSETS, always=True),
    Part(
        "TotalLiabilitiesAndEquity",
        "LIABILITIES AND EQUITY",
        "TOTAL LIABILITIES AND EQUITY",
        parts=(
            Part("Liabilities", "Liabilities", "Total Liabilities", parts=LIABILITIES),
            Part("Equity", "Equity", "Total Equity", ("Equity",), net="Net Income", always=True),
        ),
        always=True,
    ),
)
ADJUSTED = ("Accounts Receivable", *OTHER_CURRENT, "Accounts Payable", "Credit Card", "Other Current Liability")
ADJUSTMENTS = "Adjustments to reconcile Net Income to Net Cash provided by operations:"
CASH_FLOW = (
    Part(
        "OperatingActivities",
        "OPERATING ACTIVITIES",
        "Net cash provided by operating activities",
        net="Net Income",
        always=True,
        parts=(Part("OperatingAdjustments", ADJUSTMENTS, f"Total {ADJUSTMENTS}", ADJUSTED, without_cash=True),),
    ),
    Part(
        "InvestingActivities",
        "INVESTING ACTIVITIES",
        "Net cash provided by investing activities",
        ("Fixed Asset", "Other Asset"),
    ),
    Part(
        "FinancingActivities",
        "FINANCING ACTIVITIES",
        "Net cash provided by financing activities",
        ("Long Term Liability", "Equity"),
    ),
    Part(
        "CashIncrease",
        total="Net cash increase for period",
        sums={"OperatingActivities": 1, "InvestingActivities": 1, "FinancingActivities": 1},
    ),
    Part("BeginningCash", total="Cash at beginning of period", sums={"BeginningCash": 1}),
    Part("EndingCash", total="Cash at end of period", sums={"CashIncrease": 1, "BeginningCash": 1}),
)


class Layout:
    """Lays a statement out. `known` are figures that stand in no account: the net income, the cash there was."""

    def __init__(self, tree: Tree, known: Mapping[str, Figures]) -> None:
        self._tree = tree
        self._width = len(tree.sums)
        self._known = dict(known)

    def rows(self, parts: tuple[Part, ...]) -> list[Row]:
        """The rows of these parts, each sum after what it adds up."""
        return self._block(parts).rows

    def _block(self, parts: tuple[Part, ...]) -> Block:
        blocks = [self._part(part) for part in parts]
        total = added((block.figures for block in blocks), self._width)
        return Block([row for block in blocks for row in block.rows], total)

    def _part(self, part: Part) -> Block:
        if part.sums is not None:
            return self._sum(part, part.sums)
        own = self._tree.block(id_ for id_, body in self._tree.accounts.items() if _belongs(part, body))
        below, net = self._block(part.parts), self._net(part)
        total = added((own.figures, net.figures, below.figures), self._width)
        self._known[part.group] = total
        rows = [*own.rows, *net.rows, *below.rows]
        if not rows and not part.always:
            return Block([], total)
        return Block([section(cell(part.title), rows, part.total, self._zeros(total), part.group)], total)

    def _net(self, part: Part) -> Block:
        nothing: Figures = [None] * self._width
        if not part.net:
            return Block([], nothing)
        figures = self._known.get(NET_INCOME, nothing)
        return Block([figures_row(cell(part.net), figures, NET_INCOME)], figures)

    def _sum(self, part: Part, sums: Mapping[str, int]) -> Block:
        """A sum of other parts; that of other income and expenses is left out where there are none."""
        nothing: Figures = [None] * self._width
        parts = ((self._known.get(group, nothing), sign) for group, sign in sums.items())
        total = added(([None if n is None else sign * n for n in figures] for figures, sign in parts), self._width)
        self._known[part.group] = total
        if part.optional and not any(n is not None for n in total):
            return Block([], total)
        return Block([summary(part.total, self._zeros(total), part.group)], total)

    def _zeros(self, figures: Figures) -> Figures:
        """A sum says zero where there was nothing to add up, in the columns that are sums."""
        return [Decimal(0) if n is None and summed else n for n, summed in zip(figures, self._tree.sums, strict=True)]


def _belongs(part: Part, account: Mapping[str, Any]) -> bool:
    """Whether an account stands in a part."""
    if account.get("AccountType") not in part.types:
        return False
    return not (part.without_cash and account.get("AccountSubType") in CASH)
