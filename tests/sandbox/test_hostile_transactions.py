"""Nonsense anywhere in a transaction is refused with a fault or taken; it never breaks and writes nothing by halves."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.sandbox.quickbooks.engine import Books
from include.sandbox.store import Store

from .bookkeeping import CHECKING, bill, bill_payment, cost, deposit, owed_by, vendor
from .conftest import REALM, START, paying, refusal, sale

Body = dict[str, Any]
JUNK = (None, "", "x", "-1", "1e999", "NaN", -1, 10**20, 1.5, True, [], ["x"], [None], [[]], {}, {"value": "x"},
        {"value": {"value": "1"}}, {"value": ["1"]}, {"LinkedTxn": 5}, [{"Amount": "x"}], "\x00", "٣")  # fmt: skip


def originals(books: Books) -> dict[str, Body]:
    """One good body of everything, with what a client may send."""
    customer, supplier = books.create("Customer", {"DisplayName": "Lake"})["Id"], vendor(books)
    invoice = books.create("Invoice", sale(customer, 100))["Id"]
    owed = books.create("Bill", bill(supplier, 100))["Id"]
    paid = books.create("Payment", paying(customer, 10))["Id"]
    tax = {"TxnTaxDetail": {"TotalTax": 1, "TxnTaxCodeRef": {"value": "TAX"}}, "ExchangeRate": 1}
    form = sale(customer, 10, BillEmail={"Address": "a@b.c"}, LinkedTxn=[{"TxnId": "1", "TxnType": "Payment"}], **tax)
    form["Line"][0]["SalesItemLineDetail"] |= {"Qty": 1, "UnitPrice": 10, "TaxCodeRef": {"value": "NON"}}
    discount = {"PercentBased": True, "DiscountPercent": 10, "DiscountAccountRef": {"value": "6"}}
    form["Line"] += [
        {"DetailType": "DiscountLineDetail", "Amount": 1, "DiscountLineDetail": discount},
        {"DetailType": "GroupLineDetail", "GroupLineDetail": {"Quantity": 1, "Line": copy.deepcopy(form["Line"][:1])}},
    ]
    account, back = {"value": CHECKING}, {"AccountRef": {"value": "2"}, "Amount": 1}
    product = {"ItemRef": {"value": "1"}, "Qty": 1, "UnitPrice": 5, "CustomerRef": {"value": customer}}
    bought = [cost(5), {"DetailType": "ItemBasedExpenseLineDetail", "Amount": 5, "ItemBasedExpenseLineDetail": product}]
    schedule = {"Name": "Monthly", "RecurType": "Automated", "ScheduleInfo": {"DayOfMonth": 1}}
    return {
        "Invoice": {**form, "Deposit": 1, "DueDate": "2026-12-01"},
        "Estimate": form,
        "RefundReceipt": {**form, "DepositToAccountRef": account},
        "Payment": {**paying(customer, 10, (invoice, 10)), "DepositToAccountRef": account},
        "Bill": {**bill(supplier, 10), **tax, "Line": bought},
        "Purchase": {
            "PaymentType": "CreditCard",
            "AccountRef": account,
            "Line": bought,
            "EntityRef": {"value": supplier},
        },
        "BillPayment": bill_payment(supplier, 10, (owed, 10)),
        "PurchaseOrder": {"VendorRef": {"value": supplier}, "Line": bought},
        "Deposit": deposit(("Payment", paid, 10), direct=5, CashBack=back),
        "JournalEntry": owed_by(books, customer, 10),
        "Transfer": {"FromAccountRef": account, "ToAccountRef": {"value": "4"}, "Amount": 5},
        "TimeActivity": {
            "NameOf": "Vendor",
            "VendorRef": {"value": supplier},
            "StartTime": "09:00",
            "EndTime": "10:00",
        },
        "RecurringTransaction": {"Invoice": {**form, "RecurringInfo": schedule}},
    }


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[Books, dict[str, Body]]]:
    """Books that stay the same for all tests here, and the bodies they would take."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "sandbox.sqlite")
        store.clock.freeze(START)
        books = Books(store, REALM, api=True)
        books.found(name="Empty Backflow")
        yield books, originals(books)
        store.close()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a body."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(inner, (*path, key))


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nonsense_anywhere_is_refused_or_taken_but_never_breaks(shop: tuple[Books, dict[str, Body]], data: Any) -> None:
    books, bodies = shop
    entity = data.draw(st.sampled_from(sorted(bodies)))
    body = copy.deepcopy(bodies[entity])
    path = data.draw(st.sampled_from(list(places(body))))
    holder = body
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = data.draw(st.sampled_from(JUNK))
    before = books.store.rows("SELECT * FROM qb_record ORDER BY 1, 2, 3")
    try:
        with books.store.transaction():
            refused = refusal(books.create, entity, body)
            assert not refused or books.store.rows("SELECT * FROM qb_record ORDER BY 1, 2, 3") == before
            raise Undone
    except Undone:
        pass


@pytest.mark.parametrize("entity", ["Invoice", "Bill", "Payment", "Deposit", "RecurringTransaction"])
def test_the_originals_are_good(shop: tuple[Books, dict[str, Body]], entity: str) -> None:
    books, bodies = shop
    assert refusal(books.create, entity, bodies[entity]) == ""


class Undone(Exception):
    """Leaves the books as they were."""
