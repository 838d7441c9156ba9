"""Rules 4 from outside: what people do with money in QuickBooks and in Syncta's portal, and what the sync makes of it.

Every invoice is a case of its own. The first sync pushes all; people pay; the next syncs see it. Whatever was told or
written is told or written once: a further run writes nothing and finds the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from include.sandbox.scenarios.town import Line, Pair
from tests.end_to_end.people import People, people_of

CASES = {
    "whole": "10.00",
    "in two parts": "11.00",
    "half": "12.00",
    "one of three": "13.00",
    "two of three": "14.00",
    "three of three": "15.00",
    "overpaid": "16.00",
    "by credit": "17.00",
    "by journal": "18.00",
    "by prepayment": "19.00",
    "void": "20.00",
    "bounced": "21.00",
    "deposited": "22.00",
    "moved": "23.00",
    "portal": "24.00",
    "portal and books": "25.00",
    "discounted": "26.00",
}


def line(price: str) -> Line:
    return Line("Permit filing", price=price)


class Bookkeeper:
    """What happens to each of them in QuickBooks."""

    def __init__(self, people: People, ann: Pair) -> None:
        self.people, self.books, self.ann = people, people.books, ann
        self.ids = {number: str(one["Id"]) for number, one in people.pushed().items()}

    def pay(self, parts: dict[str, str], **fields: Any) -> str:
        by_id = {self.ids[number]: amount for number, amount in parts.items()}
        return self.people.town.payment(self.ann.quickbooks, by_id, **{"date": "2026-10-30", **fields})

    def applies(self, number: str, kind: str, record_id: str, amount: str) -> None:
        """A payment of zero that puts a credit against the invoice."""
        linked = [{"TxnId": self.ids[number], "TxnType": "Invoice"}, {"TxnId": record_id, "TxnType": kind}]
        lines = [{"Amount": float(amount), "LinkedTxn": [one]} for one in linked]
        body = {"CustomerRef": {"value": self.ann.quickbooks}, "TxnDate": "2026-10-30", "TotalAmt": 0, "Line": lines}
        self.books.create("Payment", body)

    def writes_off(self, number: str, amount: str) -> None:
        accounts = {one["Name"]: one["Id"] for one in self.people.company.quickbooks_all("Account")}
        receivable = next(i for name, i in accounts.items() if "Receivable" in name)
        other = next(i for name, i in accounts.items() if "Receivable" not in name and "Payable" not in name)
        whose = {"Type": "Customer", "EntityRef": {"value": self.ann.quickbooks}}
        sides = (("Debit", other, {}), ("Credit", receivable, {"Entity": whose}))
        lines = [
            {
                "DetailType": "JournalEntryLineDetail",
                "Amount": float(amount),
                "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": account}, **more},
            }
            for side, account, more in sides
        ]
        journal = self.books.create("JournalEntry", {"TxnDate": "2026-10-29", "Line": lines})
        self.applies(number, "JournalEntry", journal["Id"], amount)

    def banks(self, payment: str, amount: str) -> None:
        accounts = self.people.company.quickbooks_all("Account")
        bank = next(one["Id"] for one in accounts if one["AccountType"] == "Bank")
        linked = [{"TxnId": payment, "TxnType": "Payment"}]
        lines = [{"Amount": float(amount), "LinkedTxn": linked}]
        self.books.create("Deposit", {"DepositToAccountRef": {"value": bank}, "Line": lines, "TxnDate": "2026-10-31"})

    def deletes(self, payment: str) -> None:
        self.books.delete("Payment", payment)


def settle_all(people: People, keeper: Bookkeeper, ids: dict[str, str]) -> dict[str, str]:
    """Everything that happens before the second sync; payment ids by case."""
    paid = {
        "whole": keeper.pay({"whole": "10.00"}, reference="CHK 1"),
        "bounced": keeper.pay({"bounced": "21.00"}, reference="CHK 21"),
        "deposited": keeper.pay({"deposited": "22.00"}, reference="CHK 22"),
        "moved": keeper.pay({"moved": "23.00"}, reference="CHK 23"),
    }
    keeper.pay({"in two parts": "5.00"}, reference="CHK 2", date="2026-10-20")
    keeper.pay({"in two parts": "6.00"}, reference="CHK 3", date="2026-10-25")
    keeper.pay({"half": "6.00"}, reference="CHK 4")
    thirds = {"one of three": "13.00", "two of three": "14.00", "three of three": "15.00"}
    keeper.pay(thirds, reference="CHK 5")
    keeper.pay({"overpaid": "16.00"}, total="50.00", reference="CHK 6")
    people.town.credit(keeper.ann.quickbooks, keeper.ids["by credit"], "17.00", (line("17.00"),), date="2026-10-28")
    keeper.writes_off("by journal", "18.00")
    prepaid = keeper.pay({}, total="19.00", date="2026-09-05", reference="PRE 1")
    linked = [{"Amount": 19.0, "LinkedTxn": [{"TxnId": keeper.ids["by prepayment"], "TxnType": "Invoice"}]}]
    payer = {"value": keeper.ann.quickbooks}
    people.company.change("Payment", prepaid, CustomerRef=payer, TotalAmt=19.0, Line=linked)
    people.books.void("Invoice", keeper.ids["void"])
    for number, amount in (("portal", "24.00"), ("portal and books", "25.00")):
        body = {"amount": amount, "reference": f"ch_{number}", "date": "2026-10-01"}
        people.company.by_hand("POST", f"invoices/{ids[number]}/portal_payments", body)
    keeper.pay({"portal and books": "25.00"}, reference="CHK 25", date="2026-10-30")
    people.town.credit(keeper.ann.quickbooks, keeper.ids["discounted"], "6.00", (line("6.00"),), date="2026-10-28")
    keeper.pay({"discounted": "20.00"}, reference="CHK 26")
    return paid


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """After the second sync, which saw all of it."""
    with people_of(tmp_path_factory.mktemp("paid")) as people:
        ann = people.both("Ann Lee")
        ids = {number: people.bill(number, ann.syncta, line(amount)) for number, amount in CASES.items()}
        assert people.first_sync() == {"Invoice.create": len(CASES)}
        keeper = Bookkeeper(people, ann)
        payments = settle_all(people, keeper, ids)
        assert people.sync() == {"invoice.paid": 13}
        keeper.banks(payments["deposited"], "22.00")
        keeper.deletes(payments["bounced"])
        keeper.deletes(payments["moved"])
        keeper.pay({"moved": "23.00"}, reference="CHK 24", date="2026-10-31")
        assert people.sync() == {}
        yield people


def mark(people: People, number: str) -> tuple[str, str]:
    """Date and reference of a paid mark."""
    found = people.company.syncta_invoices()[number]["paid"]
    return found["date"], found["reference"]


@pytest.mark.parametrize(
    ("number", "date", "reference"),
    [
        ("whole", "2026-10-30", "CHK 1"),
        ("in two parts", "2026-10-25", "CHK 2, CHK 3"),
        ("one of three", "2026-10-30", "CHK 5"),
        ("three of three", "2026-10-30", "CHK 5"),
        ("overpaid", "2026-10-30", "CHK 6"),
        ("deposited", "2026-10-30", "CHK 22"),
        ("by prepayment", "2026-10-15", "PRE 1"),
    ],
)
def test_4_1_paid_is_marked_with_the_latest_date_and_every_reference(
    paid: People, number: str, date: str, reference: str
) -> None:
    """rules 8.11"""
    assert mark(paid, number) == (date, reference)


def test_4_2_credits_and_journals_are_marked_and_told(paid: People) -> None:
    """rules 8.12"""
    assert paid.told()["settled_without_money"] == {"by credit", "by journal", "discounted"}
    assert mark(paid, "by credit")[1].startswith("credit memo ")
    assert mark(paid, "by journal")[1].startswith("journal entry ")
    assert mark(paid, "discounted")[1].endswith("CHK 26")


def test_4_1_what_is_open_or_void_is_never_marked(paid: People) -> None:
    invoices = paid.company.syncta_invoices()
    assert {n for n in ("half", "void") if invoices[n]["paid"]} == set()
    assert paid.told()["zeroed_in_quickbooks"] == {"void"}


def test_4_4_a_bounced_payment_is_told_and_another_payment_in_its_place_too(paid: People) -> None:
    assert paid.told()["paid_reopened"] == {"bounced"}
    assert paid.told()["paid_by_another_payment"] == {"moved"}


def test_4_5_money_of_the_portal_is_told_where_quickbooks_has_none_or_other_money(paid: People) -> None:
    assert paid.told()["paid_in_syncta_open_in_quickbooks"] == {"portal"}
    assert paid.told()["maybe_paid_twice"] == {"portal and books"}


def test_every_case_is_one_state_or_one_exception_and_no_further_run_adds_any(paid: People) -> None:
    """Rules 4.1–4.6, G1: the second run writes nothing and tells the same things, as old as they were."""
    before = [(one.identity, one.amount, one.first_seen) for one in paid.company.findings()]
    told = [number for numbers in paid.told().values() for number in numbers]
    assert len(told) == len(set(told)) == len(before)
    assert [paid.sync(), paid.first_sync(), paid.sync()] == [{}, {}, {}]
    assert [(one.identity, one.amount, one.first_seen) for one in paid.company.findings()] == before
