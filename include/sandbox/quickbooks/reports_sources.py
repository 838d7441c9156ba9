"""What reports are made from: which entries, whose they are, and what they come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from include.sandbox.quickbooks.accounts import PAYABLE, RECEIVABLE
from include.sandbox.quickbooks.reports_asked import Asked
from include.sandbox.quickbooks.reports_columns import past_due
from include.sandbox.quickbooks.reports_entries import NOTHING, Entry, Ledger
from include.sandbox.quickbooks.reports_period import Period
from include.sandbox.quickbooks.reports_rows import Cell, cell
from include.sandbox.quickbooks.reports_shapes import Measure
from include.sandbox.quickbooks.reports_statements import CASH, NET_INCOME
from include.sandbox.quickbooks.wire import money

Entries = Sequence[Entry]
SOLD_BY = ("SalesItemLineDetail", "DiscountLineDetail")
SALES = ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt")
INTO_STOCK = {"Bill": 1, "Purchase": 1, "CreditMemo": 1, "RefundReceipt": 1}
"""Transactions that bring products in; the others take them out."""
AGES = (("Current", "Current"), ("1 - 30", "1 - 30 days past due"), ("31 - 60", "31 - 60 days past due"),
        ("61 - 90", "61 - 90 days past due"), ("91 and over", "91 or more days past due"))  # fmt: skip
"""How old an open item is, as a summary and as a detail report call it."""


# Amounts of statements, by account or by what is no account


def standing(ledger: Ledger, asked: Asked, entries: Sequence[Entry], period: Period) -> Mapping[str, Decimal]:
    """What accounts hold at the end of a period. Profits of earlier years are retained earnings."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for entry in _balanced(ledger, asked, entries, period):
        kept = ledger.is_kept(entry.account)
        found[entry.account if kept else NET_INCOME] += (ledger.sign(entry.account) if kept else -1) * entry.amount
    return found


def earned(ledger: Ledger, asked: Asked, entries: Sequence[Entry], period: Period) -> Mapping[str, Decimal]:
    """What income and expenses come to in a period."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        if period.has(entry.date) and not ledger.is_kept(entry.account):
            found[entry.account] += ledger.sign(entry.account) * entry.amount
    return found


def flown(ledger: Ledger, asked: Asked, entries: Sequence[Entry], period: Period) -> Mapping[str, Decimal]:
    """What became of cash in a period: what each account took up or set free, and what there was before."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        if _is_cash(ledger, entry):
            found["BeginningCash"] += entry.amount if entry.date < period.start.isoformat() else NOTHING
        elif period.has(entry.date):
            found[entry.account if ledger.is_kept(entry.account) else NET_INCOME] -= entry.amount
    return found


# Entries of lists


def balances(ledger: Ledger, asked: Asked) -> list[Entry]:
    """Everything until the last day, on the account where it stands then."""
    return _balanced(ledger, asked, ledger.entries, asked.period)


def moved(ledger: Ledger, asked: Asked) -> list[Entry]:
    """Everything posted in the period."""
    return [entry for entry in ledger.entries if asked.period.has(entry.date)]


def transactions(ledger: Ledger, asked: Asked) -> list[Entry]:
    """One entry for each transaction of the period."""
    return [entry for entry in ledger.firsts() if asked.period.has(entry.date)]


def profit_and_loss(ledger: Ledger, asked: Asked) -> list[Entry]:
    """Income and expenses of the period."""
    return [entry for entry in moved(ledger, asked) if not ledger.is_kept(entry.account)]


def spent(ledger: Ledger, asked: Asked) -> list[Entry]:
    """Expenses of the period."""
    return [entry for entry in profit_and_loss(ledger, asked) if ledger.sign(entry.account) == 1]


def sold(ledger: Ledger, asked: Asked) -> list[Entry]:
    """What was sold in the period and the discounts on it, above zero."""
    lines = (entry for entry in moved(ledger, asked) if entry.entity in SALES)
    return [replace(entry, amount=-entry.amount) for entry in lines if entry.line.get("DetailType") in SOLD_BY]


def stock(ledger: Ledger, asked: Asked) -> list[Entry]:
    """Products that are stock: what there was at first, and what was bought and sold until the last day."""
    products = ledger.products
    first = [Entry("Item", {"TxnDate": body["InvStartDate"], **body}, "", NOTHING) for body in products.values()]
    later = (entry for entry in ledger.entries if entry.item in products)
    return [entry for entry in [*first, *later] if entry.date <= asked.period.end.isoformat()]


def receivables(ledger: Ledger, asked: Asked) -> list[Entry]:
    """What customers owe on the last day."""
    return ledger.open_items(RECEIVABLE, 1)


def payables(ledger: Ledger, asked: Asked) -> list[Entry]:
    """What is owed to vendors on the last day."""
    return ledger.open_items(PAYABLE, -1)


# Whose an entry is, and how that is called


def account(ledger: Ledger, entry: Entry) -> str:
    """The account's id."""
    return entry.account


def account_name(ledger: Ledger, id_: str) -> str:
    """An account's full name."""
    body = ledger.accounts.get(id_, {})
    return str(body.get("FullyQualifiedName") or body.get("Name", ""))


def customer(ledger: Ledger, entry: Entry) -> str:
    """The customer's id."""
    return ledger.with_whom(entry, "Customer")


def vendor(ledger: Ledger, entry: Entry) -> str:
    """The vendor's id."""
    return ledger.with_whom(entry, "Vendor")


def person_name(ledger: Ledger, id_: str) -> str:
    """The name of a customer or vendor."""
    return ledger.person(id_)[1]


def item(ledger: Ledger, entry: Entry) -> str:
    """The product's id."""
    return entry.item


def department(ledger: Ledger, entry: Entry) -> str:
    """The department's id."""
    return str(entry.ref("DepartmentRef").get("value", ""))


def class_of(ledger: Ledger, entry: Entry) -> str:
    """The class's id."""
    return str(entry.ref("ClassRef").get("value", ""))


def _named(entity: str) -> Callable[[Ledger, str], str]:
    return lambda ledger, id_: ledger.name_of(entity, id_)


item_name, department_name, class_name = map(_named, ("Item", "Department", "Class"))


def by_person(ledger: Ledger, entry: Entry) -> tuple[object, Cell]:
    """Under whose name an open item stands."""
    name = person_name(ledger, entry.party)
    return (name.casefold(), entry.party), cell(name, entry.party)


def by_age(ledger: Ledger, entry: Entry) -> tuple[object, Cell]:
    """Under which age an open item stands, the oldest first."""
    age = _age(ledger, entry)
    return -age, cell(AGES[age][1])


# What entries come to


def _total(ledger: Ledger, own: Entries, everything: Entries) -> Decimal:
    return sum((entry.open for entry in own), NOTHING)


def _aged(age: int) -> Measure:
    def value(ledger: Ledger, own: Entries, everything: Entries) -> Decimal | None:
        found = [entry.open for entry in own if _age(ledger, entry) == age]
        return sum(found, NOTHING) if found else None

    return Measure(AGES[age][0], value)


def _side(title: str, sign: int) -> Measure:
    def value(ledger: Ledger, own: Entries, everything: Entries) -> Decimal | None:
        net: dict[str, Decimal] = defaultdict(Decimal)
        for entry in own:
            net[entry.account] += sign * entry.amount
        found = [amount for amount in net.values() if amount > 0]
        return sum(found, NOTHING) if found else None

    return Measure(title, value)


def _earned(title: str, *kinds: int) -> Measure:
    def value(ledger: Ledger, own: Entries, everything: Entries) -> Decimal:
        return sum((-entry.amount for entry in own if ledger.sign(entry.account) in kinds), NOTHING)

    return Measure(title, value)


def _sold(ledger: Ledger, own: Entries, everything: Entries) -> Decimal:
    return sum((entry.amount for entry in own), NOTHING)


def _share(ledger: Ledger, own: Entries, everything: Entries) -> str:
    whole = _sold(ledger, everything, everything)
    return f"{_sold(ledger, own, everything) / whole * 100:.2f} %" if whole else ""


def _quantity(entry: Entry) -> Decimal:
    """How many came in; below zero went out."""
    if entry.entity == "Item":
        return money(entry.body.get("QtyOnHand"))
    sign = 1 if entry.entity in INTO_STOCK else -1
    return (-sign if entry.body.get("Credit") else sign) * money(entry.detail("Qty"))


def _went_out(ledger: Ledger, own: Entries, everything: Entries) -> Decimal:
    return -sum((_quantity(entry) for entry in own), NOTHING)


def _on_hand(ledger: Ledger, own: Entries, everything: Entries) -> Decimal:
    return sum((_quantity(entry) for entry in own), NOTHING)


def _in_stock(ledger: Ledger, own: Entries, everything: Entries) -> Decimal:
    return sum((entry.amount for entry in own if ledger.is_kept(entry.account)), NOTHING)


def _per_piece(value: Callable[..., Decimal], pieces: Callable[..., Decimal]) -> Callable[..., Decimal | None]:
    def each(ledger: Ledger, own: Entries, everything: Entries) -> Decimal | None:
        number = pieces(ledger, own, everything)
        return value(ledger, own, everything) / number if number else None

    return each


def _nothing(ledger: Ledger, own: Entries, everything: Entries) -> None:
    return None


def _sku(ledger: Ledger, own: Entries, everything: Entries) -> str:
    return str(ledger.products.get(own[0].item, {}).get("Sku", "")) if own is not everything else ""


OPEN_TOTAL = Measure("Total", _total)
AGING = (*map(_aged, range(len(AGES))), OPEN_TOTAL)
SIDES = (_side("Debit", 1), _side("Credit", -1))
INCOME = (_earned("Income", -1), _earned("Expenses", 1), _earned("Net Income", -1, 1))
SALES_OF_ITEM = (
    Measure("Quantity", _went_out),
    Measure("Amount", _sold),
    Measure("% of Sales", _share),
    Measure("Avg Price", _per_piece(_sold, _went_out)),
    *(Measure(title, _nothing) for title in ("COGS", "Gross Margin", "Gross Margin %")),
)
VALUATION = (
    Measure("SKU", _sku),
    Measure("Qty", _on_hand),
    Measure("Asset Value", _in_stock),
    Measure("Calc. Avg", _per_piece(_in_stock, _on_hand)),
)


def _balanced(ledger: Ledger, asked: Asked, entries: Sequence[Entry], period: Period) -> list[Entry]:
    """Entries until the end of a period; income and expenses of earlier years stand in retained earnings."""
    start, end = asked.fiscal_start(period.end), period.end.isoformat()
    found = []
    for entry in entries:
        if entry.date <= end:
            past = entry.date < start and ledger.retained and not ledger.is_kept(entry.account)
            found.append(replace(entry, account=ledger.retained) if past else entry)
    return found


def _age(ledger: Ledger, entry: Entry) -> int:
    days = past_due(entry, ledger.day)
    return 0 if days <= 0 else min((days - 1) // 30 + 1, len(AGES) - 1)


def _is_cash(ledger: Ledger, entry: Entry) -> bool:
    body = ledger.accounts.get(entry.account, {})
    return body.get("AccountType") in CASH or body.get("AccountSubType") in CASH
