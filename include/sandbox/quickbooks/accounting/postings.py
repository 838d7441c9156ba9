"""What each transaction posts: the one table that account balances, open items, parties' balances and reports follow.

Its other half, the sides of products, is in product_postings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from include.sandbox.quickbooks.accounting import accounts
from include.sandbox.quickbooks.accounting.accounts import PAYABLE, RECEIVABLE, Role, account_of, plays
from include.sandbox.quickbooks.accounting.product_postings import PRODUCTS
from include.sandbox.quickbooks.catalog.people_rules import add_to_parents
from include.sandbox.quickbooks.wire import CENT, money

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

Body = Mapping[str, Any]
Key = TypeVar("Key")
COSTS = ("AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail")


class Posting(NamedTuple):
    """`amount` on an account, debits above zero; `party` is the customer or vendor it is owed by or to.

    `line` is the line of the transaction it comes from, None for the transaction's own side.
    """

    account: str
    amount: Decimal
    party: str = ""
    line: Body | None = None


def postings(books: Books, entity: str, body: Body | None) -> list[Posting]:
    """All that a transaction posts; it adds up to zero. Fractions of a cent go with the last line."""
    if body is None or entity not in POSTINGS:
        return []
    found = list(POSTINGS[entity](books, body))
    if entity in PRODUCTS:
        lines, account_behind, sign = PRODUCTS[entity]
        sign = -sign if body.get("Credit") else sign
        found += [
            Posting(account_behind(books, line), sign * money(line["Amount"]), "", line) for line in lines(body["Line"])
        ]
    rest = sum((posting.amount for posting in found), Decimal(0))
    lines_posted = [at for at, posting in enumerate(found) if posting.line]
    if rest and abs(rest) < CENT * len(lines_posted):
        last = lines_posted[-1]
        found[last] = found[last]._replace(amount=found[last].amount - rest)
    return found


def items(books: Books, role: Role, entity: str, body: Body) -> dict[str, Decimal]:
    """What a transaction makes owed on the accounts of a role, by party. Sides of products owe nothing to anybody."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for posting in POSTINGS[entity](books, body) if entity in POSTINGS else ():
        if plays(books, posting.account, role):
            found[posting.party] += posting.amount
    return found


def carry(books: Books, entity: str, old: Body | None, new: Body | None) -> None:
    """Move what a change of a transaction moves: the balances of accounts, customers and vendors."""
    if entity not in POSTINGS:
        return
    for (kind, party), amount in _difference(owed(books, entity, old), owed(books, entity, new)).items():
        owe(books, kind, party, amount)
    body = new or old or {}
    currency, rate = body.get("CurrencyRef", {}).get("value", ""), money(body.get("ExchangeRate") or 1)
    for account, amount in _difference(_by_account(books, entity, old), _by_account(books, entity, new)).items():
        accounts.post(books, account, amount, currency, rate)


def owe(books: Books, kind: str, party: str, amount: Decimal) -> None:
    """Let a customer owe us, or us owe a vendor, more or less. It is no change of theirs: the token stays."""
    found = books.find(kind, party)
    if found is None:
        return
    found["Balance"] = money(found.get("Balance")) + amount
    if kind == "Customer":
        found["BalanceWithJobs"] = money(found["BalanceWithJobs"]) + amount
    books.records.save(books.entity(kind), found)
    if kind == "Customer":
        add_to_parents(books, found, amount)


def owed(books: Books, entity: str, body: Body | None) -> dict[tuple[str, str], Decimal]:
    """What is still open of a transaction, by customer (they owe us) and vendor (we owe them)."""
    if body is None:
        return {}
    if entity in OPEN:
        kind, party, name, sign = OPEN[entity]
        return {(kind, body[party]["value"]): sign * money(body.get(name))} if party in body else {}
    found: dict[tuple[str, str], Decimal] = {}
    if entity in BY_LINE:
        for kind, role, sign in (("Customer", RECEIVABLE, 1), ("Vendor", PAYABLE, -1)):
            for party, amount in items(books, role, entity, body).items():
                found[kind, party] = sign * amount - money(body.get("Applied", {}).get(party))
    return {key: amount for key, amount in found.items() if key[1]}


def _difference(before: Mapping[Key, Decimal], after: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    keys = [*before, *(key for key in after if key not in before)]
    moved = {key: after.get(key, Decimal(0)) - before.get(key, Decimal(0)) for key in keys}
    return {key: amount for key, amount in moved.items() if amount}


def _by_account(books: Books, entity: str, body: Body | None) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for posting in postings(books, entity, body):
        found[posting.account] += posting.amount
    return found


def _value(body: Body, name: str) -> str:
    return str((body.get(name) or {}).get("value", ""))


def _tax(books: Books, body: Body, sign: int) -> Iterator[Posting]:
    tax = money((body.get("TxnTaxDetail") or {}).get("TotalTax"))
    if tax:
        yield Posting(account_of(books, accounts.SALES_TAX)["value"], sign * tax)


def _charge(sign: int) -> Callable[[Books, Body], Iterator[Posting]]:
    """An invoice or, with -1, a credit memo. What was deposited with an invoice is no longer owed."""

    def post(books: Books, body: Body) -> Iterator[Posting]:
        receivable, customer = account_of(books, RECEIVABLE)["value"], _value(body, "CustomerRef")
        yield Posting(receivable, sign * money(body["TotalAmt"]), customer)
        yield from _tax(books, body, -sign)
        if money(body.get("Deposit")):
            yield Posting(receivable, -money(body["Deposit"]), customer)
            into = _value(body, "DepositToAccountRef") or account_of(books, accounts.UNDEPOSITED)["value"]
            yield Posting(into, money(body["Deposit"]))

    return post


def _cash(sign: int) -> Callable[[Books, Body], Iterator[Posting]]:
    """A sales receipt or, with -1, a refund."""

    def post(books: Books, body: Body) -> Iterator[Posting]:
        yield Posting(_value(body, "DepositToAccountRef"), sign * money(body["TotalAmt"]))
        yield from _tax(books, body, -sign)

    return post


def _payment(books: Books, body: Body) -> Iterator[Posting]:
    yield Posting(_value(body, "DepositToAccountRef"), money(body["TotalAmt"]))
    yield Posting(account_of(books, RECEIVABLE)["value"], -money(body["TotalAmt"]), _value(body, "CustomerRef"))


def _costs(body: Body, sign: int) -> Iterator[Posting]:
    for line in body["Line"]:
        for name in COSTS:
            detail = line.get(name) or {}
            party = _value(detail, "CustomerRef") or _value(body, "EntityRef")
            if "AccountRef" in detail:
                yield Posting(_value(detail, "AccountRef"), sign * money(line["Amount"]), party, line)


def _bill(sign: int) -> Callable[[Books, Body], Iterator[Posting]]:
    """A bill or, with -1, a vendor credit."""

    def post(books: Books, body: Body) -> Iterator[Posting]:
        yield Posting(_value(body, "APAccountRef"), -sign * money(body["TotalAmt"]), _value(body, "VendorRef"))
        yield from _costs(body, sign)
        yield from _tax(books, body, sign)

    return post


def _bill_payment(books: Books, body: Body) -> Iterator[Posting]:
    amount = money(body["TotalAmt"])
    paid_from = _value(body.get("CheckPayment") or {}, "BankAccountRef")
    paid_from = paid_from or _value(body.get("CreditCardPayment") or {}, "CCAccountRef")
    yield Posting(_value(body, "APAccountRef"), amount, _value(body, "VendorRef"))
    yield Posting(paid_from, -amount)


def _purchase(books: Books, body: Body) -> Iterator[Posting]:
    sign = -1 if body.get("Credit") else 1
    yield Posting(_value(body, "AccountRef"), -sign * money(body["TotalAmt"]))
    yield from _costs(body, sign)
    yield from _tax(books, body, sign)


def _deposit(books: Books, body: Body) -> Iterator[Posting]:
    yield Posting(_value(body, "DepositToAccountRef"), money(body["TotalAmt"]))
    for line in body["Line"]:
        detail = line.get("DepositLineDetail") or {}
        linked = "LinkedTxn" in line
        account = account_of(books, accounts.UNDEPOSITED)["value"] if linked else _value(detail, "AccountRef")
        yield Posting(account, -money(line["Amount"]), "" if linked else _value(detail, "Entity"), line)
    if "CashBack" in body:
        yield Posting(_value(body["CashBack"], "AccountRef"), money(body["CashBack"].get("Amount")))


def _journal(books: Books, body: Body) -> Iterator[Posting]:
    for line in body["Line"]:
        detail = line.get("JournalEntryLineDetail")
        if detail:
            sign = 1 if detail["PostingType"] == "Debit" else -1
            party = _value(detail.get("Entity") or {}, "EntityRef")
            yield Posting(_value(detail, "AccountRef"), sign * money(line["Amount"]), party, line)


def _move(into: str, out_of: str) -> Callable[[Books, Body], Iterator[Posting]]:
    def post(books: Books, body: Body) -> Iterator[Posting]:
        yield Posting(_value(body, into), money(body["Amount"]))
        yield Posting(_value(body, out_of), -money(body["Amount"]))

    return post


POSTINGS: dict[str, Callable[[Books, Body], Iterator[Posting]]] = {
    "Invoice": _charge(1),
    "CreditMemo": _charge(-1),
    "SalesReceipt": _cash(1),
    "RefundReceipt": _cash(-1),
    "Payment": _payment,
    "Bill": _bill(1),
    "VendorCredit": _bill(-1),
    "BillPayment": _bill_payment,
    "Purchase": _purchase,
    "Deposit": _deposit,
    "JournalEntry": _journal,
    "Transfer": _move("ToAccountRef", "FromAccountRef"),
    "CreditCardPayment": _move("CreditCardAccountRef", "BankAccountRef"),
}
"""Every side but those of products."""
OPEN = {
    "Invoice": ("Customer", "CustomerRef", "Balance", 1),
    "CreditMemo": ("Customer", "CustomerRef", "Balance", -1),
    "Payment": ("Customer", "CustomerRef", "UnappliedAmt", -1),
    "Bill": ("Vendor", "VendorRef", "Balance", 1),
    "VendorCredit": ("Vendor", "VendorRef", "Balance", -1),
    "BillPayment": ("Vendor", "VendorRef", "UnappliedAmt", -1),
}
"""Transactions with one party: whose balance, by which reference, what is open, and its sign."""
BY_LINE = ("JournalEntry", "Purchase", "Deposit")
"""Transactions whose lines may name several parties; what is settled of each is kept in `Applied`."""
