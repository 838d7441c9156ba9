"""Which transactions settle which others: declared as data, executed by settlement.py (reference 3.5, 3.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from include.sandbox.quickbooks.accounting.accounts import PAYABLE, RECEIVABLE, UNDEPOSITED, Role


@dataclass(frozen=True, slots=True)
class Payer:
    """One kind of payer.

    `role` names the accounts whose postings are open items: `sign` times a posting above zero is a charge, below zero
    a credit. `kinds` maps the TxnType on a line to the entity it means, `dropped` are types accepted and not applied.
    `party` is the reference that pays; a payer without one settles everybody's, and whatever it names as a `whole`.
    """

    role: Role
    sign: int
    kinds: Mapping[str, str]
    party: str = ""
    dropped: frozenset[str] = frozenset()
    whole: bool = False
    explains: bool = False
    """Whether its lines say what they settle (LineEx)."""


PAYERS = {
    "Payment": Payer(
        RECEIVABLE,
        1,
        {
            "Invoice": "Invoice",
            "CreditMemo": "CreditMemo",
            "JournalEntry": "JournalEntry",
            **dict.fromkeys(("Expense", "Check", "CreditCardCredit"), "Purchase"),
        },
        party="CustomerRef",
        explains=True,
    ),
    "BillPayment": Payer(
        PAYABLE,
        -1,
        {"Bill": "Bill", "VendorCredit": "VendorCredit", "JournalEntry": "JournalEntry"},
        party="VendorRef",
        dropped=frozenset({"Purchase", "Expense", "Check", "CreditCardCredit"}),
    ),
    "Deposit": Payer(
        UNDEPOSITED,
        1,
        {name: name for name in ("Payment", "SalesReceipt", "RefundReceipt", "JournalEntry", "Transfer")},
        whole=True,
    ),
}
BY_PARTY = ("JournalEntry", "Purchase")
"""Targets whose lines may name several parties: each party's share is settled by itself."""
BALANCES = {
    "Invoice": ("Balance",),
    "CreditMemo": ("Balance", "RemainingCredit"),
    "Bill": ("Balance",),
    "VendorCredit": ("Balance",),
}
"""Properties in which a target shows what is open."""
ALWAYS_LINKED = ("Invoice", "CreditMemo", "Payment")
"""Entities that show an empty LinkedTxn; others leave it out."""


def payers_of(entity: str) -> list[str]:
    """The payers that can settle a transaction of this entity."""
    return [name for name, payer in PAYERS.items() if entity in payer.kinds.values()]


def called(entity: str, body: Mapping[str, Any]) -> str:
    """What a LinkedTxn calls a transaction."""
    if entity == "BillPayment":
        return f"BillPayment{body['PayType']}"
    if entity == "Purchase" and body["PaymentType"] != "Cash":
        return "CreditCardCredit" if body.get("Credit") else {"Check": "Check"}.get(body["PaymentType"], "Expense")
    return "Expense" if entity == "Purchase" else entity


def entity_called(word: str) -> str:
    """The entity of a payer by the name a LinkedTxn gives it."""
    return "BillPayment" if word.startswith("BillPayment") else word
