"""The books as entries: what every transaction posted, in the company's own currency, with the names beside it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from include.sandbox.quickbooks.accounting.accounts import BALANCE_SHEET, Role
from include.sandbox.quickbooks.accounting.postings import POSTINGS, Posting, postings
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import cents, dumps, loads, money

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

Body = Mapping[str, Any]
NOTHING = Decimal(0)
PARTIES = ("CustomerRef", "VendorRef", "EntityRef")
HEAD = (
    *("Id", "TxnDate", "DueDate", "DocNumber", "PrivateNote", "MetaData", "CurrencyRef", "ExchangeRate", "TotalAmt"),
    *("PayType", "PaymentType", "Credit", "PaymentMethodRef", "SalesTermRef", "ClassRef", "DepartmentRef", *PARTIES),
)
"""What a report keeps of a transaction beside the line: all of them are in memory at once."""
MOST_TRANSACTIONS = 15_000
"""A company with more has no reports: clients expect these words of a report that is too long."""
WITHOUT_POSTING = ("Estimate", "PurchaseOrder")
"""Transactions that are listed and post nothing."""
SHOWN = {
    "CreditMemo": "Credit Memo",
    "SalesReceipt": "Sales Receipt",
    "RefundReceipt": "Refund",
    "JournalEntry": "Journal Entry",
    "VendorCredit": "Vendor Credit",
    "CreditCardPayment": "Credit Card Payment",
    "PurchaseOrder": "Purchase Order",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One posting of a transaction, debits above zero; `open` is what is left of it where that is asked.

    `raw` is the amount in the transaction's own currency.
    """

    entity: str
    body: Body
    account: str
    amount: Decimal
    raw: Decimal = NOTHING
    party: str = ""
    line: Body = field(default_factory=dict)
    open: Decimal = NOTHING

    @property
    def date(self) -> str:
        """The transaction's date."""
        return str(self.body["TxnDate"])

    @property
    def due(self) -> str:
        """When it is due: at once where nothing is said."""
        return str(self.body.get("DueDate") or self.date)

    @property
    def id(self) -> str:
        """The transaction's id."""
        return str(self.body["Id"])

    @property
    def main(self) -> str:
        """Whom the transaction as a whole is with; "" for a journal or a deposit."""
        return next((str(self.body[name]["value"]) for name in PARTIES if self.body.get(name)), "")

    @property
    def item(self) -> str:
        """The id of the product it is about; stock that was there at first is an entry of its own."""
        return self.id if self.entity == "Item" else str(self.ref("ItemRef").get("value", ""))

    @property
    def kind(self) -> str:
        """What people call such a transaction."""
        if self.entity == "BillPayment":
            return f"Bill Payment ({'Check' if self.body['PayType'] == 'Check' else 'Credit Card'})"
        if self.entity == "Purchase":
            by_card = "Credit Card Credit" if self.body.get("Credit") else "Expense"
            return "Check" if self.body["PaymentType"] == "Check" else by_card
        return SHOWN.get(self.entity, self.entity)

    def detail(self, name: str) -> Any:
        """A property of the line's detail, such as ItemRef, or None."""
        inside = self.line.get(str(self.line.get("DetailType"))) or {}
        return inside.get(name) if isinstance(inside, Mapping) else None

    def ref(self, name: str) -> Body:
        """A reference of the line, else of the transaction, or {}."""
        for found in (self.detail(name), self.body.get(name)):
            if isinstance(found, Mapping) and found.get("value"):
                return found
        return {}


class Ledger:
    """Everything posted until a date, read once for one report."""

    def __init__(self, books: Books, until: dt.date, day: dt.date) -> None:
        """`day` is the one ages are counted on."""
        self.day = day
        self._books = books
        self._until = until.isoformat()
        self._people: dict[str, tuple[str, str]] = {}
        self._read: set[str] = set()
        self._refuse_too_many()

    @cached_property
    def accounts(self) -> dict[str, Body]:
        """Every account by id, inactive ones too."""
        rows = self._books.store.rows(
            "SELECT body FROM qb_record WHERE realm = ? AND entity = 'Account' ORDER BY id", self._books.realm
        )
        return {body["Id"]: body for body in (loads(row["body"]) for row in rows)}

    @cached_property
    def entries(self) -> list[Entry]:
        """All of them, oldest first."""
        return [entry for entity, body in self._transactions(tuple(POSTINGS)) for entry in self._of(entity, body)]

    @cached_property
    def products(self) -> dict[str, Body]:
        """The products that are stock, by id."""
        rows = self._books.store.rows(
            "SELECT body FROM qb_record WHERE realm = ? AND entity = 'Item' "
            "AND json_extract(body, '$.Type') = 'Inventory'",
            self._books.realm,
        )
        return {body["Id"]: body for body in (loads(row["body"]) for row in rows)}

    @cached_property
    def retained(self) -> str:
        """The account that profits of earlier years are added to."""
        kept = (id_ for id_, body in self.accounts.items() if body.get("AccountSubType") == "RetainedEarnings")
        return next(kept, "")

    def is_kept(self, account: str) -> bool:
        """Whether an account stands on the balance sheet."""
        return self.accounts.get(account, {}).get("AccountType") in BALANCE_SHEET

    def sign(self, account: str) -> int:
        """Which side an account grows on: 1 debits, -1 credits."""
        return 1 if self.accounts.get(account, {}).get("Classification") in ("Asset", "Expense") else -1

    def person(self, id_: str) -> tuple[str, str]:
        """The entity and name of a customer, vendor or employee; ("", "") for nobody."""
        if id_ and id_ not in self._people:
            found = ((kind, self._books.find(kind, id_)) for kind in ("Customer", "Vendor", "Employee"))
            named = ((kind, str(body.get("FullyQualifiedName") or body["DisplayName"])) for kind, body in found if body)
            self._people[id_] = next(named, ("", ""))
        return self._people.get(id_, ("", ""))

    def name_of(self, entity: str, id_: str) -> str:
        """The full name of a product, class or department."""
        body = (self._books.find(entity, id_) if id_ else None) or {}
        return str(body.get("FullyQualifiedName") or body.get("Name", ""))

    def with_whom(self, entry: Entry, kind: str) -> str:
        """The id of the customer or vendor an entry is about, "" without one."""
        return next((id_ for id_ in (entry.party, entry.main) if self.person(id_)[0] == kind), "")

    def firsts(self) -> list[Entry]:
        """One entry for each transaction, its own side; what posts nothing has an empty account."""
        found = {entry.id: entry for entry in reversed(self.entries)}
        for entity, body in self._transactions(WITHOUT_POSTING):
            found[body["Id"]] = Entry(entity, body, "", money(body.get("TotalAmt")))
        return sorted(found.values(), key=lambda entry: (entry.date, int(entry.id)))

    def others(self, entry: Entry) -> list[str]:
        """The accounts a transaction posted to beside this one."""
        return [account for account in self._accounts_of[entry.id] if account != entry.account]

    def open_items(self, role: Role, sign: int) -> list[Entry]:
        """What parties owe (`sign` 1) or are owed (-1): each transaction with what is open of it on the last day."""
        owed: dict[tuple[str, str], Entry] = {}
        for entry in self.entries:
            if self.accounts.get(entry.account, {}).get("AccountType") == role.kind:
                key = entry.id, entry.party
                raw = sign * entry.raw + (owed[key].raw if key in owed else NOTHING)
                owed[key] = replace(entry, raw=raw, open=raw)
        self._settle(owed)
        return [_at_home(entry) for entry in owed.values() if entry.open]

    def _settle(self, owed: dict[tuple[str, str], Entry]) -> None:
        """Take off what was put against each other until the last day."""
        party_of = {id_: party for id_, party in owed}
        rows = self._books.store.rows("SELECT * FROM qb_settled WHERE realm = ? AND by <> 'Deposit'", self._books.realm)
        for row in rows:
            payer, target, amount = str(row["payer"]), str(row["target"]), Decimal(row["amount"])
            if not {payer, target} <= self._read:
                continue
            ends = (
                (target, row["party"] or party_of.get(target, ""), -amount),
                (payer, party_of.get(payer, ""), amount),
            )
            for id_, party, moved in ends:
                if (id_, party) in owed:
                    owed[id_, party] = replace(owed[id_, party], open=owed[id_, party].open + moved)

    @cached_property
    def _accounts_of(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for entry in self.entries:
            if entry.account not in found[entry.id]:
                found[entry.id].append(entry.account)
        return found

    def _refuse_too_many(self) -> None:
        """A report is made in memory, all of it."""
        (row,) = self._books.store.rows(
            "SELECT count(*) AS number FROM qb_record WHERE realm = ? AND entity IN (SELECT value FROM json_each(?))",
            self._books.realm,
            dumps(list(POSTINGS)),
        )
        if row["number"] > MOST_TRANSACTIONS:
            raise refuse("6000", why="Unable to display more data. Please reduce the date range.")

    def _transactions(self, entities: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        rows = self._books.store.rows(
            "SELECT entity, body FROM qb_record WHERE realm = ? AND entity IN (SELECT value FROM json_each(?)) "
            "AND json_extract(body, '$.TxnDate') <= ? ORDER BY json_extract(body, '$.TxnDate'), id",
            self._books.realm,
            dumps(list(entities)),
            self._until,
        )
        for row in rows:
            body = loads(row["body"])
            self._read.add(body["Id"])
            yield row["entity"], body

    def _of(self, entity: str, body: Body) -> list[Entry]:
        posted = [posting for posting in postings(self._books, entity, body) if posting.amount]
        rate = money(body.get("ExchangeRate") or 1)
        amounts = [posting.amount if rate == 1 else cents(posting.amount * rate) for posting in posted]
        if amounts and rate != 1:  # what rounding leaves over goes with the last line
            amounts[-1] -= sum(amounts, NOTHING)
        head = {name: body[name] for name in HEAD if name in body}
        return [_entry(entity, head, posting, amount) for posting, amount in zip(posted, amounts, strict=True)]


def _entry(entity: str, body: Body, posting: Posting, amount: Decimal) -> Entry:
    return Entry(entity, body, posting.account, amount, posting.amount, posting.party, posting.line or {})


def _at_home(entry: Entry) -> Entry:
    """An open item in the company's own currency."""
    rate = money(entry.body.get("ExchangeRate") or 1)
    return replace(entry, amount=cents(entry.raw * rate), open=cents(entry.open * rate))
