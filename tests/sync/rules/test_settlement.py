"""Rules 4.1: how an invoice came to balance 0, in money, credit, journal and deposit."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from include.records import Application, CreditMemo, Payment, Version
from include.sync.rules.settlement import LONGEST_REFERENCE, payments_by_invoice, settlement_of, shares_of
from tests.sync.builders import NOON, payment, quickbooks_invoice

FALLBACK = dt.date(2026, 12, 31)


def put(id: str, total: str, *parts: tuple[str, str, str], unapplied: str = "0", **fields) -> Payment:
    """A payment with (kind, id, amount) lines."""
    base = {"customer_id": "1", "date": dt.date(2026, 10, 20), "version": Version(0)}
    applied = tuple(Application(kind, target, Decimal(amount)) for kind, target, amount in parts)
    left, moments = Decimal(unapplied), {"created_at": NOON, "updated_at": NOON}
    return Payment(id=id, total=Decimal(total), unapplied=left, applied=applied, **base | moments | fields)


def settled(*payments, invoice=None, memos=(), **fields):
    invoice = invoice or quickbooks_invoice("50", "1", balance="0", **fields)
    return settlement_of([invoice], payments, {memo.id: memo for memo in memos}, FALLBACK)


def memo(id: str, **fields) -> CreditMemo:
    values = {"number": f"CM-{id}", "customer_id": "1", "date": dt.date(2026, 10, 1), "total": Decimal("25.00")}
    return CreditMemo(id=id, version=Version(0), created_at=NOON, updated_at=NOON, **values | fields)


def test_4_1_money_is_money():
    found = settled(put("7", "75.00", ("Invoice", "50", "75.00"), reference="CHK 1"))
    assert (found.money, found.without_money, found.split) == (Decimal("75.00"), 0, {"money": "75.00"})
    assert (found.date, found.references) == (dt.date(2026, 10, 20), ("CHK 1",))


def test_4_1_a_payment_of_zero_is_the_credit_memo_that_it_applies():
    zero = put("7", "0", ("Invoice", "50", "75.00"), ("CreditMemo", "9", "75.00"))
    found = settled(zero, memos=[memo("9")])
    assert (found.split, found.references) == ({"credit": "75.00"}, ("credit memo CM-9",))
    assert settled(zero).references == ("credit memo 9",)


def test_4_1_a_journal_entry_is_neither_money_nor_credit():
    found = settled(put("7", "0", ("Invoice", "50", "75.00"), ("JournalEntry", "88", "75.00")))
    assert (found.split, found.references) == ({"journal": "75.00"}, ("journal entry 88",))


def test_4_1_money_credit_and_journal_in_one_payment_are_told_apart():
    lines = (("Invoice", "50", "75.00"), ("CreditMemo", "9", "25.00"), ("JournalEntry", "88", "10.00"))
    found = settled(put("7", "40.00", *lines))
    assert found.split == {"money": "40.00", "credit": "25.00", "journal": "10.00"}
    assert found.references == ("QuickBooks payment 7", "credit memo 9", "journal entry 88")


def test_4_1_a_journal_entry_that_the_money_pays_as_well_takes_nothing_from_the_invoice():
    """A debit journal line is another charge: 85 of money over 75 of invoice and 10 of journal."""
    found = settled(put("7", "85.00", ("Invoice", "50", "75.00"), ("JournalEntry", "88", "10.00")))
    assert found.split == {"money": "75.00"}


def test_4_1_a_deposit_on_the_invoice_is_money_and_dated_by_it():
    found = settled(deposit=Decimal("75.00"))
    assert (found.split, found.without_money) == ({"deposit": "75.00"}, 0)
    assert (found.date, found.references) == (dt.date(2026, 10, 15), ("deposit on the invoice",))


def test_4_1_the_date_is_the_latest_of_all_settling_transactions_never_before_the_invoice():
    first = put("7", "25.00", ("Invoice", "50", "25.00"), date=dt.date(2026, 9, 1))
    credit = put("8", "0", ("Invoice", "50", "50.00"), ("CreditMemo", "9", "50.00"), date=dt.date(2026, 10, 16))
    assert settled(first).date == dt.date(2026, 12, 31), "what is unexplained is dated by the day it was seen"
    assert settled(first, credit).date == dt.date(2026, 10, 16)
    assert settled(first, credit, memos=[memo("9", date=dt.date(2026, 10, 18))]).date == dt.date(2026, 10, 18)
    assert settled(put("7", "75.00", ("Invoice", "50", "75.00"), date=dt.date(2026, 9, 1))).date == dt.date(
        2026, 10, 15
    )


def test_4_1_a_payment_that_names_an_invoice_twice_is_one_payment():
    twice = put("7", "75.00", ("Invoice", "50", "25.00"), ("Invoice", "50", "50.00"), reference="CHK 1")
    found = settled(*payments_by_invoice([twice])["50"])
    assert (found.money, found.payment_ids, found.references) == (Decimal("75.00"), ("7",), ("CHK 1",))


def test_4_1_an_overpayment_settles_no_more_than_the_invoice():
    found = settled(put("7", "100.00", ("Invoice", "50", "75.00"), unapplied="25.00"))
    assert found.split == {"money": "75.00"}


def test_4_1_one_payment_over_three_invoices_gives_each_its_part():
    lines = [("Invoice", str(n), amount) for n, amount in ((50, "75.00"), (51, "20.00"), (52, "5.00"))]
    shares = shares_of(put("7", "100.00", *lines))
    assert {n: share.money for n, share in shares.items()} == {
        "50": Decimal("75.00"),
        "51": Decimal("20.00"),
        "52": Decimal("5.00"),
    }


def test_4_1_a_payment_taken_to_the_bank_is_the_same_settlement():
    money = put("7", "75.00", ("Invoice", "50", "75.00"))
    deposited = put(
        "7", "75.00", ("Invoice", "50", "75.00"), version=Version(3), updated_at=NOON + dt.timedelta(days=3)
    )
    assert settled(money) == settled(deposited)


def test_4_1_very_many_references_still_fit_into_syncta():
    many = [payment(str(n), "50", "1.00", reference=f"A rather long reference {n}") for n in range(75)]
    assert len(settled(*many).reference) == LONGEST_REFERENCE


CENTS = st.integers(0, 100_000).map(lambda cents: Decimal(cents) / 100)


@given(
    st.lists(st.tuples(st.sampled_from(["50", "51", "52"]), CENTS), min_size=1, max_size=6),
    st.lists(CENTS, max_size=3),
    CENTS,
)
def test_4_1_the_shares_of_a_payment_add_up_to_the_cent_whatever_it_is_made_of(billed, memos, money):
    lines = [("Invoice", i, str(amount)) for i, amount in billed] + [("CreditMemo", "9", str(m)) for m in memos]
    shares = shares_of(put("7", str(money), *lines))
    for invoice_id in dict(billed):
        amount = sum(a for i, a in billed if i == invoice_id)
        share = shares[invoice_id]
        assert share.money + share.credit + share.journal == amount
        assert min(share.money, share.credit, share.journal) >= 0
        assert all(part == part.quantize(Decimal("0.01")) for part in (share.money, share.credit, share.journal))
    total = sum(a for _, a in billed)
    credit = sum(share.credit for share in shares.values())
    assert credit == min(sum(memos, Decimal(0)), total)
    assert sum(share.money for share in shares.values()) == min(money, total - credit)


@given(st.lists(st.tuples(CENTS, st.integers(0, 40)), min_size=1, max_size=6), st.randoms())
def test_4_1_a_settlement_does_not_depend_on_the_order_of_payments(parts, chance):
    start = dt.date(2026, 10, 1)
    payments = [payment(str(n), "50", str(a), date=start + dt.timedelta(days=d)) for n, (a, d) in enumerate(parts)]
    total = str(sum(a for a, _ in parts))
    invoice = quickbooks_invoice("50", "1", total, balance="0")
    before = settled(*payments, invoice=invoice)
    assert before.money == Decimal(total)
    chance.shuffle(payments)
    assert settled(*payments, invoice=invoice) == before
