"""python-quickbooks as it is published, on every kind of transaction, the way its users call it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from quickbooks import QuickBooks
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import ObjectNotFoundException, QuickbooksException
from quickbooks.objects import (
    Bill,
    BillPayment,
    CreditMemo,
    Deposit,
    Estimate,
    Invoice,
    JournalEntry,
    Payment,
    Purchase,
    PurchaseOrder,
    RefundReceipt,
    SalesReceipt,
    TimeActivity,
    Transfer,
    VendorCredit,
)
from quickbooks.objects.base import EmailAddress, Ref
from quickbooks.objects.billpayment import BillPaymentLine, CheckPayment
from quickbooks.objects.creditcardpayment_entity import CreditCardPayment
from quickbooks.objects.deposit import DepositLine, DepositLineDetail
from quickbooks.objects.detailline import (
    AccountBasedExpenseLine,
    AccountBasedExpenseLineDetail,
    ItemBasedExpenseLine,
    ItemBasedExpenseLineDetail,
    SalesItemLine,
    SalesItemLineDetail,
)
from quickbooks.objects.journalentry import JournalEntryLine, JournalEntryLineDetail
from quickbooks.objects.payment import PaymentLine
from quickbooks.objects.recurringtransaction import (
    RecurringInfo,
    RecurringInvoice,
    RecurringTransaction,
    ScheduleInfo,
)

from include.sandbox.quickbooks.engine import Books

from .bookkeeping import CHECKING, credit_card, vendor

SINCE = "2026-11-02T00:00:00-08:00"
EMAILED = (Invoice, Estimate)
ALL = (
    Invoice, Estimate, CreditMemo, SalesReceipt, RefundReceipt, Payment, Bill, VendorCredit, BillPayment, Purchase,
    PurchaseOrder, Deposit, JournalEntry, Transfer, CreditCardPayment, TimeActivity,
)  # fmt: skip
Build = Callable[[], Any]


@pytest.fixture
def build(books: Books, customer: str) -> Callable[[type], Any]:
    """An unsaved object of a class, with what its users fill in."""
    supplier = vendor(books)
    card = credit_card(books)
    ids = {"CustomerRef": customer, "VendorRef": supplier, "card": card}
    return lambda cls: BUILDERS[cls](cls(), ids)


def ref(id_: str) -> Ref:
    found = Ref()
    found.value = id_
    return found


def sold(form: Any, ids: dict[str, str]) -> Any:
    line = SalesItemLine()
    line.Amount, line.SalesItemLineDetail = 100, SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef, line.SalesItemLineDetail.Qty, line.SalesItemLineDetail.UnitPrice = ref("1"), 2, 50
    form.CustomerRef, form.Line = ref(ids["CustomerRef"]), [line]
    if isinstance(form, RefundReceipt):
        form.DepositToAccountRef = ref(CHECKING)
    return form


def paid(payment: Payment, ids: dict[str, str]) -> Payment:
    payment.CustomerRef, payment.TotalAmt = ref(ids["CustomerRef"]), 100
    return payment


def bought(form: Any, ids: dict[str, str]) -> Any:
    line = AccountBasedExpenseLine()
    line.Amount, line.AccountBasedExpenseLineDetail = 100, AccountBasedExpenseLineDetail()
    line.AccountBasedExpenseLineDetail.AccountRef = ref("2")
    form.Line = [line]
    if isinstance(form, Purchase):
        form.PaymentType, form.AccountRef = "Cash", ref(CHECKING)
    else:
        form.VendorRef = ref(ids["VendorRef"])
    return form


def ordered(order: PurchaseOrder, ids: dict[str, str]) -> PurchaseOrder:
    line = ItemBasedExpenseLine()
    line.Amount, line.ItemBasedExpenseLineDetail = 100, ItemBasedExpenseLineDetail()
    line.ItemBasedExpenseLineDetail.ItemRef, line.ItemBasedExpenseLineDetail.Qty = ref("1"), 1
    line.ItemBasedExpenseLineDetail.UnitPrice = 100
    order.VendorRef, order.Line = ref(ids["VendorRef"]), [line]
    return order


def deposited(deposit: Deposit, ids: dict[str, str]) -> Deposit:
    line = DepositLine()
    line.Amount, line.DepositLineDetail = 100, DepositLineDetail()
    line.DepositLineDetail.AccountRef = ref("1")
    deposit.DepositToAccountRef, deposit.Line = ref(CHECKING), [line]
    return deposit


def entered(entry: JournalEntry, ids: dict[str, str]) -> JournalEntry:
    for side, account in (("Debit", "2"), ("Credit", CHECKING)):
        line = JournalEntryLine()
        line.Amount, line.JournalEntryLineDetail = 100, JournalEntryLineDetail()
        line.JournalEntryLineDetail.PostingType, line.JournalEntryLineDetail.AccountRef = side, ref(account)
        entry.Line.append(line)
    return entry


def moved(move: Any, ids: dict[str, str]) -> Any:
    move.Amount = 100
    if isinstance(move, Transfer):
        move.FromAccountRef, move.ToAccountRef = ref(CHECKING), ref("4")
    else:
        move.BankAccountRef, move.CreditCardAccountRef = ref(CHECKING), ref(ids["card"])
    return move


def worked(hours: TimeActivity, ids: dict[str, str]) -> TimeActivity:
    hours.NameOf, hours.VendorRef, hours.Hours, hours.Minutes = "Vendor", ref(ids["VendorRef"]), 2, 30
    return hours


def settled(payment: BillPayment, ids: dict[str, str]) -> BillPayment:
    payment.VendorRef, payment.PayType, payment.TotalAmt = ref(ids["VendorRef"]), "Check", 100
    payment.CheckPayment = CheckPayment()
    payment.CheckPayment.BankAccountRef = ref(CHECKING)
    return payment


BUILDERS: dict[type, Callable[[Any, dict[str, str]], Any]] = {
    **dict.fromkeys((Invoice, Estimate, CreditMemo, SalesReceipt, RefundReceipt), sold),
    **dict.fromkeys((Bill, VendorCredit, Purchase), bought),
    **dict.fromkeys((Transfer, CreditCardPayment), moved),
    Payment: paid,
    BillPayment: settled,
    PurchaseOrder: ordered,
    Deposit: deposited,
    JournalEntry: entered,
    TimeActivity: worked,
}


def saved(qb: QuickBooks, build: Callable[[type], Any], cls: type) -> Any:
    """One that is in the books; a bill payment has a bill to pay."""
    one = build(cls)
    if cls is BillPayment:
        line = BillPaymentLine()
        line.Amount, line.LinkedTxn = 100, [build(Bill).save(qb=qb).to_linked_txn()]
        one.Line = [line]
    return one.save(qb=qb)


def note_of(cls: type) -> str:
    return "Description" if cls is TimeActivity else "PrivateNote"


@pytest.mark.parametrize("cls", ALL)
def test_a_transaction_lives_its_life(qb: QuickBooks, build: Callable[[type], Any], cls: Any) -> None:
    made = saved(qb, build, cls)
    found = cls.get(made.Id, qb=qb)
    assert (found.Id, found.SyncToken, found.TxnDate) == (made.Id, "0", "2026-11-02")
    setattr(found, note_of(cls), "read and written back")
    changed = found.save(qb=qb)
    assert (getattr(changed, note_of(cls)), changed.SyncToken) == ("read and written back", "1")
    assert cls is JournalEntry or getattr(changed, "TotalAmt", 100) == 100
    with pytest.raises(QuickbooksException) as stale:
        found.save(qb=qb)
    assert stale.value.error_code == 5010
    assert [each.Id for each in cls.all(qb=qb)] == [made.Id]
    assert [each.Id for each in cls.where("TxnDate >= '2026-11-01' AND TxnDate < '2026-12-01'", qb=qb)] == [made.Id]
    assert [each.Id for each in cls.filter(TxnDate="2026-11-02", order_by="TxnDate DESC", qb=qb)] == [made.Id]
    assert (cls.count(qb=qb), cls.count("TxnDate < '2026-11-02'", qb=qb)) == (1, 0)
    changed.delete(qb=qb)
    with pytest.raises(ObjectNotFoundException):
        cls.get(made.Id, qb=qb)
    assert cls.all(qb=qb) == []


REQUIRED = {Bill: ("VendorRef",), Purchase: ("PaymentType",), Payment: ("CustomerRef", "TotalAmt")}


@pytest.mark.parametrize("cls", ALL)
def test_a_sparse_update_changes_what_it_names(qb: QuickBooks, build: Callable[[type], Any], cls: Any) -> None:
    made = json.loads(saved(qb, build, cls).to_json())
    needed = {name: made[name] for name in REQUIRED.get(cls, ())}
    body = {"Id": made["Id"], "SyncToken": "0", "sparse": True, note_of(cls): "only this", **needed}
    qb.update_object(cls.qbo_object_name, json.dumps(body))
    after = json.loads(cls.get(made["Id"], qb=qb).to_json())
    ignored = {"SyncToken", "MetaData", note_of(cls)}
    assert after[note_of(cls)] == "only this"
    assert {n: v for n, v in after.items() if n not in ignored} == {n: v for n, v in made.items() if n not in ignored}


@pytest.mark.parametrize("cls", [each for each in ALL if each not in (BillPayment, CreditCardPayment)])
def test_batches_of_transactions(qb: QuickBooks, build: Callable[[type], Any], cls: Any) -> None:
    """Credit card payments answer under another key, which python-quickbooks' batches do not know."""
    made = batch_create([build(cls) for _ in range(3)], qb=qb)
    assert (len(made.successes), made.faults) == (3, [])
    for each in made.successes:
        setattr(each, note_of(cls), "in a batch")
    changed = batch_update(made.successes, qb=qb)
    assert [getattr(each, note_of(cls)) for each in changed.successes] == ["in a batch"] * 3
    assert len(batch_delete(changed.successes, qb=qb).successes) == 3
    assert cls.count(qb=qb) == 0


def test_changes_tell_every_kind_of_transaction(qb: QuickBooks, build: Callable[[type], Any]) -> None:
    told = [cls for cls in ALL if cls is not CreditCardPayment]
    made = {cls: saved(qb, build, cls).Id for cls in told}
    changes = change_data_capture(told, SINCE, qb=qb)
    for cls in told:
        assert made[cls] in [each.Id for each in getattr(changes, cls.qbo_object_name)]


@pytest.mark.parametrize("cls", [Invoice, SalesReceipt, Payment, BillPayment])
def test_a_void_empties_a_transaction(qb: QuickBooks, build: Callable[[type], Any], cls: Any) -> None:
    saved(qb, build, cls).void(qb=qb)
    (gone,) = cls.all(qb=qb)
    assert (gone.TotalAmt, gone.PrivateNote) == (0, "Voided")


@pytest.mark.parametrize("cls", [Invoice, Estimate, PurchaseOrder])
def test_a_transaction_is_sent(qb: QuickBooks, build: Callable[[type], Any], cls: Any) -> None:
    made = saved(qb, build, cls)
    made.send(qb=qb, send_to="anna+lake@lake.example")
    sent = cls.get(made.Id, qb=qb)
    assert sent.EmailStatus == "EmailSent"
    assert (sent.POEmail["Address"] if cls is PurchaseOrder else sent.BillEmail.Address) == "anna+lake@lake.example"


@pytest.mark.parametrize("cls", [Invoice, Estimate, SalesReceipt])
def test_a_transaction_is_printed(qb: QuickBooks, build: Callable[[type], Any], cls: Any) -> None:
    assert saved(qb, build, cls).download_pdf(qb=qb).startswith(b"%PDF")
    with pytest.raises(ObjectNotFoundException):
        qb.download_pdf(cls.qbo_object_name, "99")


def test_money_goes_from_the_invoice_to_the_bank(qb: QuickBooks, build: Callable[[type], Any]) -> None:
    invoice = build(Invoice)
    invoice.BillEmail = EmailAddress()
    invoice.BillEmail.Address = "office@lake.example"
    estimate = saved(qb, build, Estimate)
    invoice.LinkedTxn = [estimate.to_linked_txn()]
    invoice = invoice.save(qb=qb)
    payment, line = build(Payment), PaymentLine()
    line.Amount, line.LinkedTxn = 100, [invoice.to_linked_txn()]
    payment.Line = [line]
    payment = payment.save(qb=qb)
    deposit, part = Deposit(), DepositLine()
    part.Amount, part.LinkedTxn = 100, [payment.to_linked_txn()]
    deposit.DepositToAccountRef, deposit.Line = ref(CHECKING), [part]
    assert deposit.save(qb=qb).TotalAmt == 100
    after = Invoice.get(invoice.Id, qb=qb)
    assert (after.Balance, [n.TxnType for n in after.LinkedTxn]) == (0, ["Estimate", "Payment"])
    assert Estimate.get(estimate.Id, qb=qb).TxnStatus == "Closed"
    with pytest.raises(QuickbooksException) as locked:
        Payment.get(payment.Id, qb=qb).void(qb=qb)
    assert locked.value.error_code == 6540


def test_a_recurring_invoice_is_a_template(qb: QuickBooks, build: Callable[[type], Any]) -> None:
    template = RecurringInvoice()
    template.CustomerRef, template.Line = (filled := build(Invoice)).CustomerRef, filled.Line
    template.RecurringInfo, template.RecurringInfo.ScheduleInfo = (info := RecurringInfo()), ScheduleInfo()
    info.Name, info.Active, info.ScheduleInfo.IntervalType, info.ScheduleInfo.DayOfMonth = "Monthly", True, "Monthly", 1
    recurring = RecurringTransaction()
    recurring.Invoice = template
    made = recurring.save(qb=qb)
    assert (made.Invoice.TotalAmt, made.Invoice.RecurringInfo.Name, made.Invoice.SyncToken) == (100, "Monthly", "0")
    assert not {"TxnDate", "DueDate"} & {n for n, v in vars(made.Invoice).items() if v}
    assert not hasattr(made, "Id")
    assert (Invoice.count(qb=qb), qb.get_single_object("customer", "1")["Customer"]["Balance"]) == (0, 0)
    made.Invoice.RecurringInfo.ScheduleInfo.DayOfMonth = 15
    made.Invoice.Deposit = None
    changed = made.save(qb=qb)
    assert (changed.Invoice.RecurringInfo.ScheduleInfo.DayOfMonth, changed.Invoice.SyncToken) == (15, "1")
    found = RecurringTransaction.get(made.Invoice.Id, qb=qb)
    assert found.Invoice.RecurDataRef.value == made.Invoice.RecurDataRef.value == "1"
    (listed,) = RecurringTransaction.where("Type = 'Invoice'", qb=qb)
    assert (listed.Invoice.Id, RecurringTransaction.where("Type = 'Bill'", qb=qb)) == (made.Invoice.Id, [])
    gone = found.delete(qb=qb)["RecurringTransaction"]
    assert gone == {"status": "Deleted", "domain": "QBO", "Invoice": {"Id": made.Invoice.Id}}
    assert RecurringTransaction.all(qb=qb) == []


@pytest.mark.parametrize(
    "body",
    [{}, {"Invoice": {}}, {"Invoice": "x"}, {"Invoice": {"RecurringInfo": {"Name": "", "RecurType": "Automated"}}}],
)
def test_a_template_without_a_schedule_is_refused(qb: QuickBooks, body: dict[str, Any]) -> None:
    with pytest.raises(QuickbooksException) as refused:
        qb.create_object("RecurringTransaction", json.dumps(body))
    assert refused.value.error_code in (2010, 2020)
