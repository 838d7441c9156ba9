"""Invoices and payments from outside (R9 to R12), and answers that are lost on the way (G2)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from include.errors import ContractBroken, SyncError
from tests.end_to_end.rehearsal import Rehearsal, rehearsal

LINE = {
    "product": "Annual backflow test",
    "description": "Annual test",
    "quantity": "1",
    "unit_price": "75.00",
    "line_total": "75.00",
    "taxable": False,
}


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Rehearsal]:
    """One customer on both sides, under one name."""
    with rehearsal(tmp_path, "empty") as started:
        started.books.create("Customer", {"DisplayName": "Ann Lee"})
        started.by_hand("POST", "customers", {"name": "Ann Lee"})
        yield started


def bill(company: Rehearsal, number: str, customer: str = "Ann Lee", **fields: Any) -> dict[str, Any]:
    """A finished invoice in Syncta."""
    (owner,) = [one["id"] for one in company.syncta_customers().values() if one["name"] == customer]
    body = {"number": number, "customer_id": owner, "status": "unpaid", "invoice_date": "2026-10-15", "lines": [LINE]}
    return company.by_hand("POST", "invoices", {**body, **fields})


def pushed(company: Rehearsal) -> dict[str, dict[str, Any]]:
    return {one["DocNumber"]: one for one in company.quickbooks_all("Invoice")}


def pay(company: Rehearsal, number: str, amount: str, **fields: Any) -> dict[str, Any]:
    """Money in QuickBooks against one of our invoices."""
    invoice = pushed(company)[number]
    linked = {"Amount": float(amount), "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    body = {"TotalAmt": float(amount), "CustomerRef": invoice["CustomerRef"], "TxnDate": "2026-10-30", "Line": [linked]}
    return company.books.create("Payment", {**body, "PaymentRefNum": "CHK 9", **fields})


def test_a_finished_invoice_is_pushed_once_as_it_stands(company: Rehearsal) -> None:
    taxed = {**LINE, "taxable": True}
    bill(company, "1001", lines=[taxed], tax="5.44", due_date="2026-11-14")
    company.initial()
    company.cycle()
    sent = pushed(company)["1001"]
    assert (sent["TxnDate"], sent["DueDate"], Decimal(str(sent["TotalAmt"]))) == (
        "2026-10-15",
        "2026-11-14",
        Decimal("80.44"),
    )
    assert "[syncta:demo:" in sent["PrivateNote"]
    assert company.writes() == {"Invoice.create": 1}


def test_a_held_invoice_goes_out_by_itself_once_its_customer_exists(company: Rehearsal) -> None:
    company.by_hand("POST", "customers", {"name": "Bob Ray"})
    bill(company, "1001", "Bob Ray")
    company.initial()
    (hold,) = [one for one in company.findings() if one.kind == "hold"]
    assert (hold.reason, hold.amount) == ("customer_not_in_quickbooks", Decimal("75.00"))
    company.books.create("Customer", {"DisplayName": "Bob Ray"})
    company.cycle()
    assert set(pushed(company)) == {"1001"}
    assert company.reasons() == set()


def test_paid_part_paid_voided_and_zero_invoices_each_end_as_they_should(company: Rehearsal) -> None:
    for number in ("paid", "part", "void"):
        bill(company, number)
    bill(company, "zero", lines=[{**LINE, "unit_price": "0.00", "line_total": "0.00"}])
    company.initial()
    assert set(pushed(company)) == {"paid", "part", "void"}
    pay(company, "paid", "75.00")
    pay(company, "part", "25.00")
    company.books.void("Invoice", pushed(company)["void"]["Id"])
    company.forget_writes()
    company.cycle()
    after = company.syncta_invoices()
    assert after["paid"]["paid"] == {"date": "2026-10-30", "reference": "CHK 9", "source": "quickbooks"}
    assert {after[number]["status"] for number in ("part", "void", "zero")} == {"unpaid"}
    assert company.writes() == {"invoice.paid": 1}
    assert company.reasons("exception") == {"zeroed_in_quickbooks"}


def test_a_payment_taken_back_is_told_and_nothing_is_changed(company: Rehearsal) -> None:
    bill(company, "1001")
    company.initial()
    payment = pay(company, "1001", "75.00")
    company.cycle()
    company.books.delete("Payment", payment["Id"])
    company.cycle()
    assert company.syncta_invoices()["1001"]["status"] == "paid"
    assert company.reasons("exception") == {"paid_reopened"}


def test_what_changes_after_the_push_is_told_with_the_difference(company: Rehearsal) -> None:
    grown, deleted = bill(company, "grown"), bill(company, "deleted", invoice_date="2026-10-16")
    company.initial()
    company.by_hand("PATCH", f"invoices/{grown['id']}", {"lines": [LINE, LINE]})
    company.by_hand("DELETE", f"invoices/{deleted['id']}")
    company.cycle()
    told = {one.reason: one.amount for one in company.findings() if one.kind == "exception"}
    assert told == {"unbilled_change": Decimal("75.00"), "gone_in_syncta": Decimal("75.00")}
    assert company.writes() == {"Invoice.create": 2}


def test_an_invoice_deleted_in_quickbooks_is_never_pushed_again_by_itself(company: Rehearsal) -> None:
    bill(company, "1001")
    company.initial()
    company.books.delete("Invoice", pushed(company)["1001"]["Id"])
    company.cycle()
    company.cycle()
    assert (pushed(company), company.reasons("exception")) == ({}, {"gone_in_quickbooks"})


def test_a_lost_answer_neither_loses_nor_doubles_an_invoice(company: Rehearsal) -> None:
    for number in range(3):
        bill(
            company, str(number), lines=[{**LINE, "line_total": f"{number + 70}.00", "unit_price": f"{number + 70}.00"}]
        )
    company.sandbox.fault("quickbooks", "drop_after_commit", match={"operation": "batch"})
    with pytest.raises(SyncError):
        company.initial()
    company.initial()
    assert set(pushed(company)) == {"0", "1", "2"}
    assert len(company.quickbooks_all("Invoice")) == 3
    company.forget_writes()
    company.cycle()
    assert company.writes() == {}


def test_one_refused_invoice_holds_back_no_other(company: Rehearsal) -> None:
    for number in ("1", "2", "3"):
        bill(company, number, lines=[{**LINE, "line_total": f"7{number}.00", "unit_price": f"7{number}.00"}])
    company.sandbox.fault("quickbooks", "item_fault", code="6140", match={"operation": "batch"})
    company.initial()
    assert len(pushed(company)) == 2
    assert company.reasons() == {"number_taken"}
    company.cycle()
    assert set(pushed(company)) == {"1", "2", "3"}
    assert company.reasons() == set()


def test_a_page_that_is_not_json_stops_the_run_before_anything_is_written(company: Rehearsal) -> None:
    bill(company, "1001")
    company.sandbox.fault("syncta", "not_json", status=200, match={"entity": "Invoice", "operation": "read"})
    with pytest.raises(ContractBroken):
        company.initial()
    assert company.writes() == {}
    company.initial()
    assert set(pushed(company)) == {"1001"}
