"""Estimates and hours that become invoices; refunds; what QuickBooks applies by itself."""

from __future__ import annotations

from typing import Any

import pytest

from include.sandbox.quickbooks.engine import Books

from .bookkeeping import CHECKING, balance, vendor
from .conftest import paying, refusal, sale

Body = dict[str, Any]


@pytest.fixture
def estimate(books: Books, customer: str) -> Body:
    """A pending estimate of 100."""
    return books.create("Estimate", sale(customer, 100))


def linked_to(kind: str, id_: str) -> Body:
    return {"LinkedTxn": [{"TxnId": id_, "TxnType": kind}]}


def hours(customer: str, **fields: Any) -> Body:
    return {
        "NameOf": "Vendor",
        "CustomerRef": {"value": customer},
        "ItemRef": {"value": "2"},
        "BillableStatus": "Billable",
        "HourlyRate": 50,
        "Hours": 2,
        "Minutes": 0,
        **fields,
    }


def prefer(books: Books, name: str) -> None:
    preferences = books.preferences
    preferences["SalesFormsPrefs"][name] = True
    books.write("Preferences", preferences, preferences)


def test_an_estimate_posts_nothing_and_counts_its_own_numbers(books: Books, customer: str, estimate: Body) -> None:
    assert (estimate["TxnStatus"], estimate["DocNumber"], estimate["TotalAmt"]) == ("Pending", "1001", 100)
    assert not {"Balance", "DueDate", "DepositToAccountRef", "LinkedTxn"} & estimate.keys()
    assert books.get("Customer", customer)["Balance"] == 0
    assert books.create("Invoice", sale(customer, 1))["DocNumber"] == "1001"
    assert refusal(books.create, "Estimate", sale(customer, 1, TxnStatus="Perhaps")) == "2170"
    assert refusal(books.void, "Estimate", estimate) == "500"


def test_an_estimate_is_invoiced_once_and_closed(books: Books, customer: str, estimate: Body) -> None:
    link = linked_to("Estimate", estimate["Id"])
    made = books.create("Invoice", sale(customer, 100, **link))
    assert made["LinkedTxn"] == link["LinkedTxn"]
    closed = books.get("Estimate", estimate["Id"])
    assert (closed["TxnStatus"], closed["SyncToken"]) == ("Closed", "1")
    assert closed["LinkedTxn"] == [{"TxnId": made["Id"], "TxnType": "Invoice"}]
    assert refusal(books.create, "Invoice", sale(customer, 100, **link)) == "620"
    assert refusal(books.delete, "Estimate", closed) == "6000"
    again = books.update("Estimate", {**closed, "PrivateNote": "x", "TxnStatus": "Pending"})
    assert (again["TxnStatus"], again["LinkedTxn"]) == ("Closed", closed["LinkedTxn"])


@pytest.mark.parametrize("how", ["void", "delete", "unlink"])
def test_without_its_invoice_an_estimate_is_open_again(books: Books, customer: str, estimate: Body, how: str) -> None:
    made = books.create("Invoice", sale(customer, 100, **linked_to("Estimate", estimate["Id"])))
    if how == "unlink":
        books.update("Invoice", {**sale(customer, 100), "Id": made["Id"], "SyncToken": "0"})
    else:
        getattr(books, how)("Invoice", made)
    after = books.get("Estimate", estimate["Id"])
    assert after["TxnStatus"] == "Pending"
    assert "LinkedTxn" not in after


def test_a_payment_stands_beside_the_estimate_and_a_sparse_update_keeps_both(
    books: Books, customer: str, estimate: Body
) -> None:
    made = books.create("Invoice", sale(customer, 100, **linked_to("Estimate", estimate["Id"])))
    books.create("Payment", paying(customer, 10, (made["Id"], 10)))
    change = {"Id": made["Id"], "SyncToken": "1", "sparse": True, "PrivateNote": "x"}
    assert [n["TxnType"] for n in books.update("Invoice", change)["LinkedTxn"]] == ["Estimate", "Payment"]
    assert books.get("Estimate", estimate["Id"])["SyncToken"] == "1"


@pytest.mark.parametrize(("id_", "code"), [("99", "610"), ("x", "610")])
def test_an_invoice_from_nothing_is_refused(books: Books, customer: str, id_: str, code: str) -> None:
    assert refusal(books.create, "Invoice", sale(customer, 1, **linked_to("Estimate", id_))) == code
    stranger = books.create("Customer", {"DisplayName": "Stranger"})["Id"]
    theirs = books.create("Estimate", sale(stranger, 5))
    assert refusal(books.create, "Invoice", sale(customer, 1, **linked_to("Estimate", theirs["Id"]))) == "620"


def test_links_that_are_no_clients_to_make_are_ignored(books: Books, customer: str, invoice: Body) -> None:
    paid = books.create("Payment", paying(customer, 5))
    assert books.create("Invoice", sale(customer, 1, **linked_to("Payment", paid["Id"])))["LinkedTxn"] == []
    assert refusal(books.create, "Invoice", sale(customer, 1, LinkedTxn="x")) == "2010"
    assert refusal(books.create, "Invoice", sale(customer, 1, LinkedTxn=["x"])) == "2010"


def test_hours_are_billed_by_an_invoice_only(books: Books, customer: str) -> None:
    made = books.create("TimeActivity", hours(customer, VendorRef={"value": vendor(books)}))
    assert (made["Id"], made["VendorRef"]["name"], made["Taxable"]) == ("1", "Pipe Supply", False)
    assert not {"CurrencyRef", "DocNumber"} & made.keys()
    line = sale(customer, 100)["Line"][0] | linked_to("TimeActivity", made["Id"])
    bill = books.create("Invoice", {"CustomerRef": {"value": customer}, "Line": [line]})
    billed = books.get("TimeActivity", made["Id"])
    assert billed["BillableStatus"] == "HasBeenBilled"
    assert books.update("TimeActivity", {**billed, "BillableStatus": "Billable"})["BillableStatus"] == "HasBeenBilled"
    assert refusal(books.delete, "TimeActivity", made["Id"]) == "6000"
    books.void("Invoice", bill)
    assert books.get("TimeActivity", made["Id"])["BillableStatus"] == "Billable"
    assert books.delete("TimeActivity", made["Id"])["status"] == "Deleted"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"NameOf": None}, "6300"),
        ({"NameOf": "Robot"}, "2170"),
        ({"VendorRef": None}, "6290"),
        ({"Hours": None, "Minutes": None}, "6350"),
        ({"Hours": 9000}, "6380"),
        ({"Minutes": 60}, "6380"),
        ({"StartTime": "2026-11-02T10:00:00-08:00", "EndTime": "2026-11-02T09:00:00-08:00"}, "6370"),
        ({"StartTime": "noon", "EndTime": "night"}, "6340"),
        ({"BillableStatus": "HasBeenBilled"}, "6320"),
        ({"CustomerRef": None}, "6310"),
        ({"HourlyRate": None}, "6330"),
    ],
)
def test_impossible_hours_are_refused(books: Books, customer: str, change: Body, code: str) -> None:
    supplier = {"VendorRef": {"value": vendor(books)}}
    assert refusal(books.create, "TimeActivity", {**hours(customer, **supplier), **change}) == code


@pytest.mark.parametrize(
    "times", [("09:00:00-08:00", "17:00:00-08:00"), ("2026-11-02T09:00:00", "2026-11-02T10:00:00")]
)
def test_hours_by_the_clock(books: Books, customer: str, times: tuple[str, str]) -> None:
    clock = {"StartTime": times[0], "EndTime": times[1], "Hours": None, "Minutes": None}
    made = books.create("TimeActivity", hours(customer, VendorRef={"value": vendor(books)}, **clock))
    assert (made["StartTime"], made["TxnDate"]) == (times[0], "2026-11-02")


def test_a_refund_needs_an_account_and_takes_from_it(books: Books, customer: str) -> None:
    assert refusal(books.create, "RefundReceipt", sale(customer, 20)) == "2020"
    made = books.create("RefundReceipt", sale(customer, 20, DepositToAccountRef={"value": CHECKING}))
    assert (made["TotalAmt"], made["Balance"], made["DocNumber"]) == (20, 0, "1001")
    assert (balance(books, CHECKING), books.get("Customer", customer)["Balance"]) == (-20, 0)
    books.delete("RefundReceipt", made)
    assert balance(books, CHECKING) == 0


def test_credits_are_applied_by_themselves_where_the_company_prefers_that(books: Books, customer: str) -> None:
    prefer(books, "AutoApplyCredit")
    memo = books.create("CreditMemo", sale(customer, 70))
    first = books.create("Invoice", sale(customer, 50))
    assert (first["Balance"], first["SyncToken"]) == (0, "1")
    second = books.create("Invoice", sale(customer, 50))
    assert second["Balance"] == 30
    assert books.get("CreditMemo", memo["Id"])["RemainingCredit"] == 0
    (made,) = books.query("select * from Payment maxresults 1")["Payment"]
    assert (made["TotalAmt"], made["PrivateNote"]) == (0, "Created by QB Online to link credits to charges.")
    assert books.get("Customer", customer)["Balance"] == 30


def test_payments_are_applied_by_themselves_where_the_company_prefers_that(books: Books, customer: str) -> None:
    late = books.create("Invoice", sale(customer, 50, TxnDate="2026-11-01"))
    early = books.create("Invoice", sale(customer, 50, TxnDate="2026-10-01"))
    assert books.create("Payment", paying(customer, 10))["UnappliedAmt"] == 10
    prefer(books, "AutoApplyPayments")
    made = books.create("Payment", paying(customer, 60))
    assert [(n["LinkedTxn"][0]["TxnId"], n["Amount"]) for n in made["Line"]] == [(early["Id"], 50), (late["Id"], 10)]
    free = books.update("Payment", {**paying(customer, 60), "Id": made["Id"], "SyncToken": "0"})
    assert free["UnappliedAmt"] == 60
