"""What holds for every transaction: its date, its period, its number, its currency, what locks it."""

from __future__ import annotations

from collections.abc import Callable

from include.sandbox.quickbooks.accounting import settlement
from include.sandbox.quickbooks.documents import exchange
from include.sandbox.quickbooks.documents.numbers import give_number
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse

Rule = Callable[[Draft], None]


def transaction(rule: Rule) -> Rule:
    """A rule for creating and changing one kind of transaction, between what holds for all of them."""

    def check(draft: Draft) -> None:
        open_for_change(draft)
        if "CurrencyRef" in draft.entity.fields:
            exchange.choose(draft)
        give_number(draft)
        rule(draft)
        exchange.show_at_home(draft.new, draft.entity.name)

    return check


def voiding(rule: Rule) -> Rule:
    """A rule for voiding one kind of transaction: it keeps its number and its party, and says that it is void."""

    def void(draft: Draft) -> None:
        open_for_change(draft)
        rule(draft)
        new = draft.new
        new["PrivateNote"] = f"Voided - {new['PrivateNote']}" if new.get("PrivateNote") else "Voided"
        exchange.show_at_home(new, draft.entity.name)

    return void


def deleting(*rules: Rule) -> Rule:
    """Rules for deleting one kind of transaction. What the bank has matched stays (6480)."""

    def delete(draft: Draft) -> None:
        open_for_change(draft)
        if draft.books.api and draft.before("Matched"):
            raise refuse("6480")
        for rule in rules:
            rule(draft)

    return delete


def open_for_change(draft: Draft) -> None:
    """Refuse what a deposit holds (6540) and what touches a closed period by its old date or its new one (6210).

    A transaction without a date is of today. A person has the closed period's password.
    """
    draft.new.setdefault("TxnDate", draft.books.today().isoformat())
    if draft.old is not None and settlement.deposited(draft):
        raise refuse("6540")
    closed = draft.preferences["AccountingInfoPrefs"].get("BookCloseDate", "")
    dates = [date for date in (draft.before("TxnDate"), draft.new["TxnDate"]) if date]
    if draft.books.api and any(date <= closed for date in dates):
        raise refuse("6210")


def refuse_settled(draft: Draft) -> None:
    """A transaction with a payment on it cannot be deleted; unlink it first."""
    if settlement.is_settled(draft):
        raise refuse("6000", why="Unlink the transactions this one is linked to before you delete it.")


def free_targets(draft: Draft) -> None:
    """A payer that is deleted settles nothing any more."""
    draft.links = []
