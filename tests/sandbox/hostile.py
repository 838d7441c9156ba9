"""Hostile requests: bodies of every wrong shape, made by breaking good ones in one place or from nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

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
    """One good body per entity and shape; ids 1 exist."""
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
        "CurrencyRef": {"value": "USD"},
    }  # fmt: skip
    form["Line"] = [*form["Line"], line, group, {"DetailType": "DescriptionOnly", "Description": "d"}]
    person = {
        "DisplayName": "New", "GivenName": "N", "PrimaryEmailAddr": {"Address": "a@b.c"},
        "PrimaryPhone": {"FreeFormNumber": "1"}, "BillAddr": {"Line1": "1 Main"}, "ParentRef": {"value": "1"},
        "Job": True, "Active": True, "Notes": "n", "SalesTermRef": {"value": "1"}, "Taxable": True,
        "CurrencyRef": {"value": "USD"},
    }  # fmt: skip
    vendor = {
        name: value for name, value in person.items() if name not in ("ParentRef", "Job", "SalesTermRef", "Taxable")
    }
    item = {"Name": "I", "Type": "Service", "IncomeAccountRef": {"value": "1"}, "UnitPrice": 1, "SubItem": False}
    payment = paying("1", 100, ("1", 5), ("1", 6)) | {"PaymentRefNum": "1", "TxnDate": "2026-11-01", "PrivateNote": "n"}
    bodies = [("Customer", person), ("Vendor", vendor), ("Item", item), ("Payment", payment)]
    bodies += [(name, form) for name in ("Invoice", "CreditMemo", "SalesReceipt", "Estimate", "RefundReceipt")]
    bodies += [("Account", {"Name": "A", "AccountType": "Bank"}), ("Term", {"Name": "T", "DueDays": 3})]
    return [(name, body) for name, body in bodies if name in ENTITIES]


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
