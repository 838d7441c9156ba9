"""What the checks of an unlinked invoice look at: the state, decisions, who is who, and what is spoken for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from include.ledger.decisions import Decision, Verb
from include.records import Customer, Entity, Invoice, System
from include.sync.books import last_shut_day
from include.sync.rules.decided import PUSHING, chosen_links, ending_links, identity_of, living_supplements
from include.sync.rules.lines import Products
from include.sync.rules.merged import survivors
from include.sync.rules.twins import Twins, marked_id
from include.sync.state import State

LOOKED_AT = (Verb.PUSH, Verb.FIRST_OPEN_DAY)
"""Decisions of people who had the documents before them that look like the invoice."""

Window = tuple[dt.datetime, dt.datetime]
"""From and until; the end is not in it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """`partners` maps Syncta customers to QuickBooks customers, `chosen` Syncta invoices to the QuickBooks invoices
    that people chose for them; `numbers` are taken; `push_history` is the window whose history is pushed, if any."""

    state: State
    partners: Mapping[str, str]
    twins: Twins
    products: Products
    numbers: set[str]
    chosen: Mapping[str, str]
    waiting: Mapping[str, Invoice]
    supplements: Mapping[str, str]
    survivors: Mapping[str, str]
    go_live: dt.date
    push_history: Window | None = None

    @classmethod
    def of(
        cls,
        state: State,
        partners: Mapping[str, str],
        go_live: dt.date | None = None,
        push_history: Window | None = None,
    ) -> Desk:
        """`go_live` is the later of the setting and the approved one, unless it is given (rules 1.1)."""
        chosen = chosen_links(state)
        ending = {link.syncta_id for link in ending_links(state, chosen)}
        staying = [link for link in state.invoice_links.values() if link.syncta_id not in ending]
        linked = {link.syncta_id for link in staying}
        waiting = {i.id: i for i in state.syncta_invoices.values() if i.id not in linked}
        desk = cls(
            state=state,
            partners=partners,
            twins=Twins.of(state, {link.quickbooks_id for link in staying}, waiting.keys()),
            products=Products.of(state.company, state.items.values(), taxed=state.books.uses_sales_tax),
            numbers=taken_numbers(state),
            chosen=chosen,
            waiting=waiting,
            supplements=living_supplements(state),
            survivors=survivors(state),
            go_live=go_live or max(state.company.go_live, state.approved_go_live or state.company.go_live),
            push_history=push_history,
        )
        desk._give_away_what_is_decided()
        return desk

    def _give_away_what_is_decided(self) -> None:
        """A document that people spoke about holds back no other invoice (rules 3.3)."""
        for target in self.chosen.values():
            self.twins.give(self.state.quickbooks_invoices[target])
        for decision in sorted(self.state.decisions.standing.values(), key=lambda one: (one.decided_at, one.record_id)):
            invoice = self.state.syncta_invoices.get(decision.record_id)
            if invoice is None or identity_of(self.state, invoice.id) is not decision:
                continue
            if decision.verb is Verb.ELSEWHERE:
                self._give_away(decision.target_id)
            elif decision.verb in LOOKED_AT and (partner := self.partner(invoice)):
                self.twins.already_entered(invoice, partner.id, before=decision.decided_at)

    def _give_away(self, document_id: str) -> None:
        for kept in (self.state.quickbooks_invoices, self.state.sales_receipts):
            if document_id in kept:
                self.twins.give(kept[document_id])

    def partner(self, invoice: Invoice) -> Customer | None:
        """The invoice's customer in QuickBooks."""
        return self.state.quickbooks_customers.get(self.partners.get(invoice.customer_id, ""))

    def decision(self, invoice: Invoice) -> Decision | None:
        """What a person decided about it."""
        return identity_of(self.state, invoice.id)

    def is_let_go(self, invoice: Invoice) -> bool:
        """Whether a person let it go out although it looks entered, or is older than go-live."""
        decision = self.decision(invoice)
        return decision is not None and decision.verb in PUSHING

    def ready_on(self, invoice: Invoice) -> dt.date | None:
        """The day it became ready, in the company's zone; None while it is not (rules 3.1)."""
        statuses = (*self.state.company.ready_statuses, "paid")
        if invoice.status not in statuses:
            return None
        return (invoice.ready_at or invoice.created_at).astimezone(self.state.company.zone).date()

    def is_asked_for(self, invoice: Invoice) -> bool:
        """Whether a backfill asks for this piece of history explicitly (R9)."""
        return self.push_history is not None and self.push_history[0] <= invoice.created_at < self.push_history[1]

    def sent_date(self, invoice: Invoice) -> dt.date:
        """The date it bears in QuickBooks: its own, or the first open day where a person decided so (rules 3.9)."""
        decision, shut = self.decision(invoice), last_shut_day(self.state.company, self.state.books)
        if decision and decision.verb is Verb.FIRST_OPEN_DAY and invoice.date <= shut:
            return shut + dt.timedelta(days=1)
        return invoice.date

    def number(self, invoice: Invoice) -> str:
        """The number it gets in QuickBooks; empty where QuickBooks assigns it (rules 3.4). Pushed again, it may find
        its number still on the voided original, and gets one of its own."""
        number = own_number(self.state, invoice)
        again = self.state.decisions.generation(Entity.INVOICE, System.SYNCTA, invoice.id)
        return f"{number}-R{again}" if again and self._is_on_voided_original(number, invoice) else number

    def _is_on_voided_original(self, number: str, invoice: Invoice) -> bool:
        company = self.state.company.key
        return number in self.numbers and any(
            other.number == number and other.total == 0 and marked_id(company, other) == invoice.id
            for other in self.state.quickbooks_invoices.values()
        )


def own_number(state: State, invoice: Invoice) -> str:
    """The number that the settings give an invoice in QuickBooks (rules 3.4)."""
    company = state.company
    prefix = company.document_number_prefix if company.document_number == "prefix" else ""
    return "" if company.document_number == "quickbooks_assigns" else prefix + invoice.number


def taken_numbers(state: State) -> set[str]:
    """The numbers that sales documents in QuickBooks bear."""
    kept = (state.quickbooks_invoices, state.sales_receipts, state.credit_memos)
    return {document.number for documents in kept for document in documents.values()} - {""}
