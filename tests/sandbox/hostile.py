"""Hostile requests: bodies of every wrong shape, made by breaking good ones in one place or from nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.entities import ENTITIES

from .conftest import paying, sale

RAW = ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e-999", "9" * 400, "9" * 5000, "0.1" + "0" * 300, "-0")
"""Number tokens as they go over the wire; Python's own encoder would not write most of them."""
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from([
        "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "💧" * 30, "x" * 5000, "٣", "²", "1", "0", "-1", "TAX",
        "9" * 30, "1e5", "true", "null", "2026-02-31", "0001-01-01", "9999-12-31", "2026-11-02", "a:b\tc\n", "'", "\\",
        "%", "a@b.c", "Invoice", "SalesItemLineDetail", "create", "USD",
    ]),
)  # fmt: skip
NAMES = """
value name type Id SyncToken Line Amount DetailType LinkedTxn TxnId TxnType Address SalesItemLineDetail
DiscountLineDetail GroupLineDetail DescriptionLineDetail SubTotalLineDetail ItemRef TaxCodeRef Qty UnitPrice
PercentBased DiscountPercent TotalTax TxnTaxCodeRef TaxLine CustomerRef ParentRef sparse domain MetaData CreateTime
Active Job Description LineNum
"""
KEYS = st.sampled_from(NAMES.split())
RAWS = st.sampled_from(RAW).map(lambda token: Raw(token))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(-1e20, 1e20), TEXTS, RAWS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | TEXTS, inner, max_size=4),
    max_leaves=8,
)


class Raw:
    """A JSON token that is written as it is."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __repr__(self) -> str:
        return self.token[:20]


def encoded(value: Any) -> bytes:
    """JSON, or what looks like it, with the raw tokens in their places."""
    tokens: list[str] = []

    def keep(raw: object) -> str:
        assert isinstance(raw, Raw)
        tokens.append(raw.token)
        return f"\ue000{len(tokens) - 1}\ue000"

    text = json.dumps(value, default=keep)
    for number, token in enumerate(tokens):
        text = text.replace(f'"\\ue000{number}\\ue000"', token)
    return text.encode()


def good_bodies() -> list[tuple[str, dict[str, Any]]]:
    """One good body per entity, after `begin`."""
    line = {
        "Amount": 5,
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
    }
    group = {
        "Amount": 5,
        "DetailType": "GroupLineDetail",
        "GroupLineDetail": {"Quantity": 1, "Line": sale("1", 5)["Line"]},
    }
    form = sale("1", 10, 20, TxnDate="2026-11-01", DueDate="2026-12-01", DocNumber="7", PrivateNote="n")
    form |= {
        "BillAddr": {"Line1": "1 Main", "CountrySubDivisionCode": "CA"}, "BillEmail": {"Address": "a@b.c"},
        "CustomerMemo": {"value": "m"}, "TxnTaxDetail": {"TotalTax": 1, "TxnTaxCodeRef": {"value": "2"}, "TaxLine": []},
        "SalesTermRef": {"value": "1"}, "Deposit": 1,
        "CustomField": [{"DefinitionId": "1", "StringValue": "x", "Type": "StringType"}],
        "CurrencyRef": {"value": "USD"}, "DepositToAccountRef": {"value": "3"},
    }  # fmt: skip
    form["Line"] = [*form["Line"], line, group, {"DetailType": "DescriptionOnly", "Description": "d"}]
    person = {
        "DisplayName": "New", "GivenName": "N", "PrimaryEmailAddr": {"Address": "a@b.c"},
        "PrimaryPhone": {"FreeFormNumber": "1"}, "BillAddr": {"Line1": "1 Main"}, "ParentRef": {"value": "1"},
        "Job": True, "Active": True, "Notes": "n", "SalesTermRef": {"value": "1"}, "Taxable": True,
        "CurrencyRef": {"value": "USD"},
    }  # fmt: skip
    without = ("ParentRef", "Job", "SalesTermRef", "Taxable", "DisplayName")
    vendor = {name: value for name, value in person.items() if name not in without} | {"DisplayName": "Other"}
    item = {"Name": "I", "Type": "Service", "IncomeAccountRef": {"value": "1"}, "UnitPrice": 1, "SubItem": False}
    payment = paying("1", 100, ("1", 5), ("1", 6)) | {"PaymentRefNum": "1", "TxnDate": "2026-11-01", "PrivateNote": "n"}
    bodies = [("Customer", person), ("Vendor", vendor), ("Item", item), ("Payment", payment)]
    bodies += [(name, form) for name in ("Invoice", "CreditMemo", "SalesReceipt", "Estimate", "RefundReceipt")]
    bodies += [("Account", {"Name": "A", "AccountType": "Bank"}), ("Term", {"Name": "T", "DueDays": 3})]
    known = [(name, body) for name, body in [*bodies, *_purchases(), *_movements()] if name in ENTITIES]
    return [(name, {key: v for key, v in body.items() if key in ENTITIES[name].fields}) for name, body in known]


def begin(books: Books) -> None:
    """What the good bodies lead to: a customer, a vendor, and an invoice (1), a payment (2) and a bill (3)."""
    books.create("Customer", {"DisplayName": "Lake House"})
    books.create("Vendor", {"DisplayName": "Valves"})
    books.create("Invoice", sale("1", 100))
    books.create("Payment", paying("1", 5))
    books.create("Bill", dict(_purchases())["Bill"])


def _purchases() -> list[tuple[str, dict[str, Any]]]:
    expense = {"AccountRef": {"value": "2"}, "CustomerRef": {"value": "1"}, "BillableStatus": "Billable"}
    kind = "AccountBasedExpenseLineDetail"
    product = {"ItemRef": {"value": "1"}, "Qty": 1, "UnitPrice": 5}
    lines = [
        {"Amount": 5, "DetailType": kind, kind: expense},
        {"Amount": 5, "DetailType": "ItemBasedExpenseLineDetail", "ItemBasedExpenseLineDetail": product},
    ]
    form = {"VendorRef": {"value": "2"}, "Line": lines, "TxnDate": "2026-11-01", "PrivateNote": "n"}
    paid = [{"Amount": 5, "LinkedTxn": [{"TxnId": "3", "TxnType": "Bill"}]}]
    check = {"PayType": "Check", "CheckPayment": {"BankAccountRef": {"value": "3"}}}
    purchase = {"PaymentType": "Cash", "AccountRef": {"value": "3"}, "EntityRef": {"value": "1", "type": "Customer"}}
    return [
        ("Bill", form | {"DueDate": "2026-12-01"}),
        ("VendorCredit", form),
        ("Purchase", purchase | {"Line": lines}),
        ("BillPayment", {"VendorRef": {"value": "2"}, "TotalAmt": 5, "Line": paid, **check}),
    ]


def _movements() -> list[tuple[str, dict[str, Any]]]:
    account, customer = {"value": "3"}, {"Type": "Customer", "EntityRef": {"value": "1"}}
    sides = [{"PostingType": side, "AccountRef": account, "Entity": customer} for side in ("Debit", "Credit")]
    kind = "JournalEntryLineDetail"
    journal = [{"Amount": 5, "DetailType": kind, kind: side} for side in sides]
    cash = {"AccountRef": {"value": "1"}, "Entity": {"value": "1", "type": "CUSTOMER"}}
    deposited = [
        {"Amount": 5, "LinkedTxn": [{"TxnId": "2", "TxnType": "Payment", "TxnLineId": "0"}]},
        {"Amount": 5, "DetailType": "DepositLineDetail", "DepositLineDetail": cash},
    ]
    hours = {
        "NameOf": "Vendor",
        "VendorRef": {"value": "2"},
        "CustomerRef": {"value": "1"},
        "Hours": 1,
        "HourlyRate": 5,
    }
    return [
        ("JournalEntry", {"Line": journal, "TxnDate": "2026-11-01"}),
        (
            "Deposit",
            {"DepositToAccountRef": account, "Line": deposited, "CashBack": {"Amount": 1, "AccountRef": account}},
        ),
        ("Transfer", {"FromAccountRef": account, "ToAccountRef": {"value": "4"}, "Amount": 5}),
        ("TimeActivity", hours | {"TxnDate": "2026-11-01", "ItemRef": {"value": "1"}, "BillableStatus": "Billable"}),
    ]


@st.composite
def broken_bodies(draw: st.DrawFn) -> tuple[str, Any]:
    """An entity and a good body that is wrong in one or two places, maybe as an update."""
    name, body = draw(st.sampled_from(good_bodies()))
    body = copy.deepcopy(body)
    if draw(st.booleans()):
        body |= {"Id": "1", "SyncToken": "0", "sparse": draw(st.booleans())}
    for _ in range(draw(st.integers(1, 2))):
        *way, last = draw(st.sampled_from(list(_places(body))))
        holder = body
        for step in way:
            holder = holder[step]
        holder[last] = draw(VALUES)
    return name, body


@st.composite
def wild_bodies(draw: st.DrawFn) -> tuple[str, Any]:
    """An entity and any properties of it with any values."""
    name = draw(st.sampled_from(sorted(ENTITIES)))
    known = st.sampled_from([*ENTITIES[name].fields, "Id", "SyncToken", "sparse", "MetaData"])
    return name, draw(st.dictionaries(known, VALUES, max_size=5) | VALUES)


def _places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*way, step)
        yield from _places(inner, (*way, step))
