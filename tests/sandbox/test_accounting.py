"""Whatever is done to the books, they add up: random histories of every transaction that makes somebody owe."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from include.sandbox.quickbooks.accounting.payers import PAYERS, entity_called
from include.sandbox.quickbooks.accounting.postings import POSTINGS, postings
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.queries.changes import answer_changes
from include.sandbox.quickbooks.wire import dumps, loads, money
from include.sandbox.store import Store

from .bookkeeping import balance, bill, bill_payment, deposit, owed_by, owed_to, vendor
from .conftest import REALM, START, paying, refusal, sale
from .report_reading import check_reports

Body = dict[str, Any]
KINDS = ("Invoice", "CreditMemo", "Payment", "JournalEntry", "Deposit", "Bill", "VendorCredit", "BillPayment")
PAID_BY = {
    "Payment": ("Invoice", "CreditMemo", "JournalEntry"),
    "BillPayment": ("Bill", "VendorCredit", "JournalEntry"),
    "Deposit": ("Payment",),
}
EXPECTED = {"", "610", "620", "2020", "2290", "6000", "6220", "6540"}
which, amounts = st.integers(0, 5), st.integers(1, 300)


class BooksMachine(RuleBasedStateMachine):
    """One company with a family of customers and two vendors."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.store = Store(Path(self._folder.name) / "sandbox.sqlite")
        self.store.clock.freeze(START)
        self.books = Books(self.store, REALM, api=True)
        self.books.found(name="Empty Backflow")
        parent = self.books.create("Customer", {"DisplayName": "Parent"})["Id"]
        job = {"Job": True, "ParentRef": {"value": parent}}
        child = self.books.create("Customer", {"DisplayName": "Child", **job})["Id"]
        self.customers = [parent, child, self.books.create("Customer", {"DisplayName": "Stranger"})["Id"]]
        self.vendors = [vendor(self.books, name) for name in ("Pipes", "Valves")]
        self.tokens: dict[tuple[str, str], int] = {}

    def teardown(self) -> None:
        """The reports of what has come about add up too."""
        try:
            check_reports(self.books)
        finally:
            self.store.close()
            self._folder.cleanup()

    @rule(kind=st.sampled_from(["Invoice", "CreditMemo"]), who=which, amount=amounts)
    def sell(self, kind: str, who: int, amount: int) -> None:
        self.attempt(self.books.create, kind, sale(self.customer(who), amount, amount / 4))

    @rule(kind=st.sampled_from(["Bill", "VendorCredit"]), who=which, amount=amounts)
    def buy(self, kind: str, who: int, amount: int) -> None:
        self.attempt(self.books.create, kind, bill(self.vendor(who), amount))

    @rule(who=which, amount=st.integers(-200, 200).filter(bool), customer=st.booleans())
    def enter(self, who: int, amount: int, customer: bool) -> None:
        party = self.customer(who) if customer else self.vendor(who)
        body = (owed_by if customer else owed_to)(self.books, party, amount)
        self.attempt(self.books.create, "JournalEntry", body)

    @rule(
        payer=st.sampled_from(["Payment", "BillPayment"]),
        who=which,
        total=st.integers(0, 300),
        parts=st.lists(st.tuples(which, amounts), min_size=1, max_size=4),
    )
    def pay(self, payer: str, who: int, total: int, parts: list[tuple[int, int]]) -> None:
        self.attempt(self.books.create, payer, self.payment(payer, who, total, parts))

    @rule(
        payer=st.sampled_from(["Payment", "BillPayment"]),
        index=which,
        total=st.integers(0, 300),
        parts=st.lists(st.tuples(which, amounts), max_size=3),
    )
    def change_payment(self, payer: str, index: int, total: int, parts: list[tuple[int, int]]) -> None:
        found = self.pick(payer, index)
        if found:
            body = self.payment(payer, index, total, parts)
            party = PAYERS[payer].party
            body |= {"Id": found["Id"], "SyncToken": found["SyncToken"], party: found[party]}
            self.attempt(self.books.update, payer, body)

    @rule(indexes=st.sets(which, min_size=1, max_size=3), direct=st.integers(-20, 20))
    def bring_to_bank(self, indexes: set[int], direct: int) -> None:
        found = [body for body in map(self.all("Payment").__getitem__, self.within("Payment", indexes))]
        parts = [("Payment", body["Id"], float(body["TotalAmt"])) for body in found]
        self.attempt(self.books.create, "Deposit", deposit(*parts, direct=direct))

    @rule(
        kind=st.sampled_from(["Invoice", "CreditMemo", "Bill", "VendorCredit"]), index=which, amount=amounts, who=which
    )
    def change(self, kind: str, index: int, amount: int, who: int) -> None:
        found = self.pick(kind, index)
        if found:
            sold = kind in ("Invoice", "CreditMemo")
            party = self.customer(who) if sold else self.vendor(who)
            body = sale(party, amount) if sold else bill(party, amount)
            self.attempt(self.books.update, kind, {**body, "Id": found["Id"], "SyncToken": found["SyncToken"]})

    @rule(index=which, amount=st.integers(-200, 200).filter(bool), who=which)
    def change_journal(self, index: int, amount: int, who: int) -> None:
        found = self.pick("JournalEntry", index)
        if found:
            body = owed_by(self.books, self.customer(who), amount)
            self.attempt(
                self.books.update, "JournalEntry", {**body, "Id": found["Id"], "SyncToken": found["SyncToken"]}
            )

    @rule(kind=st.sampled_from(["Invoice", "Payment", "BillPayment"]), index=which)
    def void(self, kind: str, index: int) -> None:
        found = self.pick(kind, index)
        if found:
            self.attempt(self.books.void, kind, found)

    @rule(kind=st.sampled_from(KINDS), index=which)
    def delete(self, kind: str, index: int) -> None:
        found = self.pick(kind, index)
        if found:
            self.attempt(self.books.delete, kind, found)
            if self.books.find(kind, found["Id"]) is None:
                self.tokens.pop((kind, found["Id"]))

    @invariant()
    def parties_owe_what_is_open(self) -> None:
        for customer in self.customers:
            assert self.books.get("Customer", customer)["Balance"] == self.open_of("CustomerRef", customer)
        parent, child, _ = self.customers
        family = self.open_of("CustomerRef", parent) + self.open_of("CustomerRef", child)
        assert self.books.get("Customer", parent)["BalanceWithJobs"] == family
        for supplier in self.vendors:
            assert self.books.get("Vendor", supplier)["Balance"] == self.open_of("VendorRef", supplier)

    @invariant()
    def balances_are_totals_less_what_is_applied(self) -> None:
        applied = self.applied()
        for kind in ("Invoice", "CreditMemo", "Bill", "VendorCredit"):
            for body in self.all(kind):
                open_ = body["TotalAmt"] - sum(amount for _, amount in applied.get((kind, body["Id"]), []))
                assert body["Balance"] == open_ >= 0
                assert body.get("RemainingCredit", open_) == open_

    @invariant()
    def links_show_on_both_sides(self) -> None:
        applied = self.applied()
        for kind in KINDS:
            for body in self.all(kind):
                shown = {(entity_called(n["TxnType"]), n["TxnId"]) for n in body.get("LinkedTxn", [])}
                assert shown == {payer for payer, _ in applied.get((kind, body["Id"]), [])}

    @invariant()
    def payments_are_spent_once(self) -> None:
        signs = {"CreditMemo": -1, "VendorCredit": -1}
        for payer in ("Payment", "BillPayment"):
            for body in self.all(payer):
                charged = Decimal(0)
                for line in body["Line"]:
                    (link,) = line["LinkedTxn"]
                    sign = signs.get(link["TxnType"]) or self.journal_sign(payer, link)
                    charged += sign * line["Amount"]
                assert body["UnappliedAmt"] == body["TotalAmt"] - charged >= 0
                assert charged >= 0

    @invariant()
    def accounts_hold_what_was_posted(self) -> None:
        held: dict[str, Decimal] = {}
        for kind in POSTINGS:
            for body in self.all(kind):
                posted = postings(self.books, kind, body)
                assert sum(posting.amount for posting in posted) == 0
                for posting in posted:
                    held[posting.account] = held.get(posting.account, Decimal(0)) + posting.amount
        for account in self.all("Account"):
            if account.get("Classification") in ("Asset", "Liability"):
                assert balance(self.books, account["Id"]) == held.get(account["Id"], 0)

    @invariant()
    def tokens_only_grow(self) -> None:
        for kind in KINDS:
            for body in self.all(kind):
                key, token = (kind, body["Id"]), int(body["SyncToken"])
                assert token >= self.tokens.get(key, 0)
                self.tokens[key] = token

    @invariant()
    def changes_and_queries_agree(self) -> None:
        changes = loads(answer_changes(self.books, ",".join(KINDS), START.isoformat()))
        told = {name: block[name] for block in changes[0]["QueryResponse"] for name in KINDS if name in block}
        for kind in KINDS:
            live = [body for body in told.get(kind, []) if body.get("status") != "Deleted"]
            found = self.books.query(f"select * from {kind} maxresults 1000").get(kind, [])
            assert sorted(live, key=str) == sorted(found, key=str)

    def attempt(self, write: Callable[..., Any], *arguments: Any) -> None:
        """Do it; a write that is refused has changed nothing."""
        before = self.dump()
        code = refusal(write, *arguments)
        assert code in EXPECTED
        assert not code or self.dump() == before

    def dump(self) -> list[tuple[Any, ...]]:
        tables = ("qb_record", "qb_settled", "qb_deleted", "sequence")
        return sorted(tuple(row) for table in tables for row in self.store.rows(f"SELECT '{table}', * FROM {table}"))

    def payment(self, payer: str, who: int, total: int, parts: list[tuple[int, int]]) -> Body:
        """A payer with lines on what there is of its own party, now and then of another one."""
        party = self.customer(who) if payer == "Payment" else self.vendor(who)
        targets = [(kind, body) for kind in PAID_BY[payer] for body in self.all(kind)]
        own = [(kind, body["Id"]) for kind, body in targets if f'"value":"{party}"' in dumps(body)] or [
            (kind, body["Id"]) for kind, body in targets
        ]
        lines = [
            {
                "Amount": amount / 2,
                "LinkedTxn": [{"TxnId": own[index % len(own)][1], "TxnType": own[index % len(own)][0]}],
            }
            for index, amount in parts
            if own
        ]
        body = paying(party, total) if payer == "Payment" else bill_payment(party, total)
        return {**body, "Line": lines}

    def applied(self) -> dict[tuple[str, str], list[tuple[tuple[str, str], Decimal]]]:
        """What payers' lines say they put against each target."""
        found: dict[tuple[str, str], list[tuple[tuple[str, str], Decimal]]] = {}
        for payer in PAYERS:
            for body in self.all(payer):
                for line in body["Line"]:
                    for link in line.get("LinkedTxn", []):
                        found.setdefault((link["TxnType"], link["TxnId"]), []).append((
                            (payer, body["Id"]),
                            money(line["Amount"]),
                        ))
        return found

    def open_of(self, party: str, id_: str) -> Decimal:
        kinds = {"Invoice": ("Balance", 1), "CreditMemo": ("Balance", -1), "Payment": ("UnappliedAmt", -1)}
        if party == "VendorRef":
            kinds = {"Bill": ("Balance", 1), "VendorCredit": ("Balance", -1), "BillPayment": ("UnappliedAmt", -1)}
        mine = ((body, *how) for kind, how in kinds.items() for body in self.all(kind) if body[party]["value"] == id_)
        owed = sum((sign * money(body[name]) for body, name, sign in mine), Decimal(0))
        return owed + sum((self.journal_open(body, id_) for body in self.all("JournalEntry")), Decimal(0))

    def journal_open(self, body: Body, party: str) -> Decimal:
        """What a journal makes a party owe or us owe it, less what payments put against it."""
        line = body["Line"][0]
        detail = line["JournalEntryLineDetail"]
        if detail["Entity"]["EntityRef"]["value"] != party:
            return Decimal(0)
        payer = "Payment" if detail["Entity"]["Type"] == "Customer" else "BillPayment"
        sign = self.journal_sign(payer, {"TxnId": body["Id"]})
        put = sum(amount for _, amount in self.applied().get(("JournalEntry", body["Id"]), []))
        return sign * (money(line["Amount"]) - put)

    def journal_sign(self, payer: str, link: Body) -> int:
        if link.get("TxnType", "JournalEntry") != "JournalEntry":
            return 1
        line = self.books.get("JournalEntry", link["TxnId"])["Line"][0]["JournalEntryLineDetail"]
        return 1 if line["PostingType"] == ("Debit" if payer == "Payment" else "Credit") else -1

    def all(self, kind: str) -> list[Body]:
        rows = self.store.rows("SELECT body FROM qb_record WHERE entity = ? ORDER BY id DESC", kind)
        return [loads(row["body"]) for row in rows]

    def pick(self, kind: str, index: int) -> Body | None:
        found = self.all(kind)
        return found[index % len(found)] if found else None

    def within(self, kind: str, indexes: set[int]) -> list[int]:
        number = len(self.all(kind))
        return sorted({index % number for index in indexes}) if number else []

    def customer(self, index: int) -> str:
        return self.customers[index % len(self.customers)]

    def vendor(self, index: int) -> str:
        return self.vendors[index % len(self.vendors)]


BooksMachine.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestBooks = BooksMachine.TestCase
