"""What reports are made from: which entries, and whose they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from include.sandbox.quickbooks.accounting.accounts import PAYABLE, RECEIVABLE
from include.sandbox.quickbooks.reporting.asked import Asked
from include.sandbox.quickbooks.reporting.entries import NOTHING, Entry, Ledger
from include.sandbox.quickbooks.reporting.period import Period
from include.sandbox.quickbooks.reporting.rows import Cell, cell
from include.sandbox.quickbooks.reporting.statements import CASH, NET_INCOME

Entries = Sequence[Entry]
SOLD_BY = ("SalesItemLineDetail", "DiscountLineDetail")
SALES = ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt")


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


def _balanced(ledger: Ledger, asked: Asked, entries: Sequence[Entry], period: Period) -> list[Entry]:
    """Entries until the end of a period; income and expenses of earlier years stand in retained earnings."""
    start, end = asked.fiscal_start(period.end), period.end.isoformat()
    found = []
    for entry in entries:
        if entry.date <= end:
            past = entry.date < start and ledger.retained and not ledger.is_kept(entry.account)
            found.append(replace(entry, account=ledger.retained) if past else entry)
    return found


def _is_cash(ledger: Ledger, entry: Entry) -> bool:
    body = ledger.accounts.get(entry.account, {})
    return body.get("AccountType") in CASH or body.get("AccountSubType") in CASH
