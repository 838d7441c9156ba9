"""The columns a detail report can have: key → title, type and what stands in it (as recorded, and Intuit's pages)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from include.sandbox.quickbooks.reporting.entries import Entry, Ledger
from include.sandbox.quickbooks.reporting.rows import Cell, cell
from include.sandbox.quickbooks.wire import money

Value = Callable[[Ledger, Entry], object]
"""What stands in a cell: text, money, or a whole cell where it has an id."""


class Column(NamedTuple):
    """One column. Sums add `summed` ones up; a column that `runs` adds up another one from row to row."""

    title: str
    kind: str
    value: Value
    summed: bool = False
    runs: str = ""


def column(key: str, title: str, kind: str) -> dict[str, Any]:
    """A column as a report declares it."""
    return {"ColTitle": title, "ColType": kind, "MetaData": [{"Name": "ColKey", "Value": key}]}


def past_due(entry: Entry, day: dt.date) -> int:
    """How many days a transaction is past its due date on a day."""
    return (day - dt.date.fromisoformat(entry.due)).days


def _account(ledger: Ledger, entry: Entry) -> Cell:
    return _named_account(ledger, [entry.account] if entry.account else [])


def _split(ledger: Ledger, entry: Entry) -> Cell:
    return _named_account(ledger, ledger.others(entry) if entry.account else [])


def _named_account(ledger: Ledger, ids: list[str]) -> Cell:
    if len(ids) != 1:
        return cell("-Split-" if ids else "", "")
    body = ledger.accounts.get(ids[0], {})
    return cell(
        " ".join(filter(None, (body.get("AcctNum"), body.get("FullyQualifiedName") or body.get("Name")))), ids[0]
    )


def _person(kind: str = "") -> Value:
    def value(ledger: Ledger, entry: Entry) -> Cell:
        id_ = ledger.with_whom(entry, kind) if kind else entry.main or entry.party
        return cell(ledger.person(id_)[1], id_)

    return value


def _ref(name: str) -> Value:
    def value(ledger: Ledger, entry: Entry) -> Cell:
        found = entry.ref(name)
        return cell(found.get("name", ""), str(found.get("value", "")))

    return value


def _of(name: str) -> Value:
    return lambda ledger, entry: entry.body.get(name, "")


def _memo(ledger: Ledger, entry: Entry) -> object:
    return entry.line.get("Description") or entry.body.get("PrivateNote", "")


def _time(name: str) -> Value:
    return lambda ledger, entry: str(entry.body["MetaData"][name])


def _detail(name: str) -> Value:
    def value(ledger: Ledger, entry: Entry) -> object:
        found = entry.detail(name)
        return f"{money(found):f}" if found not in (None, "") else ""

    return value


def _natural(ledger: Ledger, entry: Entry) -> Decimal:
    """An amount as people read it: what makes an account grow is above zero."""
    return ledger.sign(entry.account) * entry.amount if entry.account else entry.amount


def _side(sign: int) -> Value:
    return lambda ledger, entry: sign * entry.amount if sign * entry.amount > 0 else None


COLUMNS: Mapping[str, Column] = {
    "tx_date": Column("Date", "Date", lambda ledger, entry: entry.date),
    "txn_type": Column("Transaction Type", "String", lambda ledger, entry: cell(entry.kind, entry.id)),
    "doc_num": Column("Num", "String", _of("DocNumber")),
    "is_no_post": Column("Posting", "Boolean", lambda ledger, entry: "Yes" if entry.account else "No"),
    "create_date": Column("Create Date", "Date", _time("CreateTime")),
    "last_mod_date": Column("Last Modified", "Date", _time("LastUpdatedTime")),
    "name": Column("Name", "String", _person()),
    "cust_name": Column("Customer", "String", _person("Customer")),
    "vend_name": Column("Vendor", "String", _person("Vendor")),
    "emp_name": Column("Employee", "String", _person("Employee")),
    "dept_name": Column("Location", "String", _ref("DepartmentRef")),
    "klass_name": Column("Class", "String", _ref("ClassRef")),
    "item_name": Column("Product/Service", "String", _ref("ItemRef")),
    "memo": Column("Memo/Description", "String", _memo),
    "quantity": Column("Qty", "String", _detail("Qty")),
    "rate": Column("Rate", "String", _detail("UnitPrice")),
    "due_date": Column("Due Date", "Date", lambda ledger, entry: entry.due),
    "inv_date": Column("Invoice Date", "Date", lambda ledger, entry: entry.date if entry.entity == "Invoice" else ""),
    "term_name": Column("Terms", "String", _ref("SalesTermRef")),
    "pmt_mthd": Column("Payment Method", "String", _ref("PaymentMethodRef")),
    "past_due": Column("Past Due", "String", lambda ledger, entry: str(past_due(entry, ledger.day))),
    "account_name": Column("Account", "String", _account),
    "split_acc": Column("Split", "String", _split),
    "other_account": Column("Split", "String", _split),
    "currency": Column("Currency", "String", lambda ledger, entry: entry.ref("CurrencyRef").get("value", "")),
    "exch_rate": Column(
        "Exchange Rate", "String", lambda ledger, entry: f"{money(entry.body.get('ExchangeRate') or 1):f}"
    ),
    "debt_amt": Column("Debit", "Money", _side(1), summed=True),
    "credit_amt": Column("Credit", "Money", _side(-1), summed=True),
    "subt_nat_amount": Column("Amount", "Money", _natural, summed=True),
    "rbal_nat_amount": Column("Balance", "Money", _natural, runs="subt_nat_amount"),
    "subt_amount": Column("Amount", "Money", lambda ledger, entry: entry.amount, summed=True),
    "subt_open_bal": Column("Open Balance", "Money", lambda ledger, entry: entry.open, summed=True),
    "rbal_open_bal": Column("Balance", "Money", lambda ledger, entry: entry.open, runs="subt_open_bal"),
    "subt_neg_amount": Column("Amount", "Money", lambda ledger, entry: entry.amount, summed=True),
    "subt_neg_open_bal": Column("Open Balance", "Money", lambda ledger, entry: entry.open, summed=True),
    "rbal_neg_open_bal": Column("Balance", "Money", lambda ledger, entry: entry.open, runs="subt_neg_open_bal"),
}
"""In the order QuickBooks shows them, whatever the order they are asked for in."""
