"""python-quickbooks as it is published, against the sandbox."""

from __future__ import annotations

import pytest
from quickbooks import QuickBooks
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import AuthorizationException, ObjectNotFoundException, QuickbooksException
from quickbooks.objects import Customer, Invoice, Item, Payment, PaymentLine, Preferences
from quickbooks.objects.base import Address, EmailAddress, LinkedTxn, PhoneNumber, Ref
from quickbooks.objects.company_info import CompanyInfo
from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail

from .conftest import REALM


def a_customer(qb: QuickBooks, name: str = "Lake House") -> Customer:
    customer = Customer()
    customer.DisplayName = name
    return customer.save(qb=qb)


def an_invoice(customer: Customer, amount: float) -> Invoice:
    detail = SalesItemLineDetail()
    detail.ItemRef = Ref()
    detail.ItemRef.value = "1"
    line = SalesItemLine()
    line.Amount, line.SalesItemLineDetail = amount, detail
    invoice = Invoice()
    invoice.CustomerRef = customer.to_ref()
    invoice.Line.append(line)
    return invoice


def a_payment(invoice: Invoice, amount: float) -> Payment:
    link = LinkedTxn()
    link.TxnId, link.TxnType = invoice.Id, "Invoice"
    line = PaymentLine()
    line.Amount, line.LinkedTxn = amount, [link]
    payment = Payment()
    payment.TotalAmt, payment.CustomerRef, payment.Line = amount, invoice.CustomerRef, [line]
    return payment


def test_a_customer_is_created_found_changed_and_deactivated(qb: QuickBooks) -> None:
    customer = Customer()
    customer.DisplayName, customer.GivenName = "O'Hara & Söhne", "Mary"
    customer.PrimaryEmailAddr, customer.PrimaryPhone, customer.BillAddr = EmailAddress(), PhoneNumber(), Address()
    customer.PrimaryEmailAddr.Address, customer.PrimaryPhone.FreeFormNumber = "mary@example.com", "530-555-0100"
    customer.BillAddr.Line1, customer.BillAddr.City = "1 Pier", "Truckee"
    saved = customer.save(qb=qb)
    (found,) = Customer.filter(DisplayName="O'Hara & Söhne", qb=qb)
    assert (found.Id, found.PrimaryEmailAddr.Address, found.BillAddr.City) == (saved.Id, "mary@example.com", "Truckee")
    found.CompanyName = "Hara"
    changed = found.save(qb=qb)
    assert (changed.SyncToken, changed.CompanyName, changed.GivenName) == ("1", "Hara", "Mary")
    changed.Active = False
    assert changed.save(qb=qb).DisplayName == "O'Hara & Söhne (deleted)"
    assert Customer.count("Active IN (true,false)", qb=qb) == 1
    assert Customer.all(qb=qb) == []


def test_an_item_is_created_and_listed(qb: QuickBooks) -> None:
    item = Item()
    item.Name, item.Type, item.UnitPrice, item.Sku = "Annual test", "Service", 75, "AT-1"
    item.IncomeAccountRef = Ref()
    item.IncomeAccountRef.value = "1"
    assert item.save(qb=qb).UnitPrice == 75
    assert {each.Name: each.Sku for each in Item.all(qb=qb)}["Annual test"] == "AT-1"


def test_an_invoice_is_paid_and_the_payment_voided(qb: QuickBooks) -> None:
    invoice = an_invoice(a_customer(qb), 100).save(qb=qb)
    assert (invoice.TotalAmt, invoice.Balance, invoice.DocNumber) == (100, 100, "1001")
    payment = a_payment(invoice, 100).save(qb=qb)
    assert Invoice.get(invoice.Id, qb=qb).Balance == 0
    payment.void(qb=qb)
    open_again = Invoice.get(invoice.Id, qb=qb)
    assert (open_again.Balance, open_again.SyncToken) == (100, "2")
    open_again.void(qb=qb)
    assert Invoice.get(invoice.Id, qb=qb).PrivateNote == "Voided"
    Payment.get(payment.Id, qb=qb).delete(qb=qb)
    with pytest.raises(ObjectNotFoundException):
        Payment.get(payment.Id, qb=qb)


def test_an_invoice_read_is_saved_again(qb: QuickBooks) -> None:
    invoice = an_invoice(a_customer(qb), 80).save(qb=qb)
    invoice.PrivateNote = "seen"
    again = invoice.save(qb=qb)
    assert (again.PrivateNote, again.TotalAmt, again.SyncToken) == ("seen", 80, "1")
    with pytest.raises(QuickbooksException) as stale:
        invoice.save(qb=qb)
    assert stale.value.error_code == 5010


def test_batches_create_update_and_delete(qb: QuickBooks) -> None:
    customer = a_customer(qb)
    made = batch_create([an_invoice(customer, amount) for amount in range(1, 36)], qb=qb)
    assert (len(made.successes), made.faults) == (35, [])
    first, second = made.successes[:2]
    first.PrivateNote = "changed"
    second.SyncToken = "9"
    updated = batch_update([first, second], qb=qb)
    assert [each.PrivateNote for each in updated.successes] == ["changed"]
    assert updated.faults[0].Error[0].code == "5010"
    assert len(batch_delete(made.successes[2:], qb=qb).successes) == 33


def test_changes_come_with_stubs_of_what_was_deleted(qb: QuickBooks) -> None:
    invoice = an_invoice(a_customer(qb), 5).save(qb=qb)
    an_invoice(Customer.get("1", qb=qb), 6).save(qb=qb)
    invoice.delete(qb=qb)
    changes = change_data_capture([Customer, Invoice, Payment], "2026-11-02T00:00:00-08:00", qb=qb)
    assert [each.DisplayName for each in changes.Customer] == ["Lake House"]
    assert [getattr(each, "status", "") for each in changes.Invoice] == ["", "Deleted"]
    assert not hasattr(changes, "Payment")


def test_errors_carry_their_codes(qb: QuickBooks) -> None:
    a_customer(qb)
    with pytest.raises(QuickbooksException) as taken:
        a_customer(qb)
    assert taken.value.error_code == 6240
    qb.session.access_token = "nonsense"
    with pytest.raises(AuthorizationException):
        Customer.all(qb=qb)


def test_the_company_is_read(qb: QuickBooks) -> None:
    assert CompanyInfo.get(REALM, qb=qb).CompanyName == "Empty Backflow"
    assert Preferences.get(qb=qb).SalesFormsPrefs.CustomTxnNumbers is False
