"""Everything that can be decided, one line each: what it is called, what it is about, what it needs.

The names are those of the command and of the DAG's form. A check gives the decisions to record, or refuses with
one sentence that says what to do instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from include.errors import DecisionRefused
from include.ledger.decisions import Decision, Verb
from include.records import Entity
from include.sync.decide import customers, invoices, others
from include.sync.decide.view import Ask, View

Check = Callable[[View, Ask], tuple[Decision, ...]]
QB_CUSTOMER, QB_INVOICE = "QuickBooks customer", "QuickBooks invoice"
CUSTOMER, INVOICE, RECORD = "Syncta customer", "Syncta invoice", "record"


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be decided. `record` and `target` say what their ids are of; an empty target: none is taken.

    `does` is the help's one line; `reason` and `note` say whether these must be given.
    """

    verb: Verb
    record: str
    does: str
    check: Check
    target: str = ""
    target_may_miss: bool = False
    reason: bool = False
    note: bool = False


CHOICES: Mapping[str, Choice] = {
    "link-customer": Choice(
        Verb.LINK, QB_CUSTOMER, "It is this Syncta customer: link, or move the link.", customers.link, CUSTOMER
    ),
    "unlink-customer": Choice(
        Verb.UNLINK, QB_CUSTOMER, "It is not the Syncta customer it is linked to: end the link.", customers.unlink
    ),
    "create-again": Choice(
        Verb.CREATE_AGAIN, QB_CUSTOMER, "Its Syncta customer is gone: create it anew.", customers.create_again
    ),
    "never-create": Choice(Verb.NEVER_CREATE, QB_CUSTOMER, "Never create it in Syncta.", customers.never_create),
    "exclude": Choice(Verb.EXCLUDE, QB_CUSTOMER, "Leave it out for good: no link, no creation.", customers.exclude),
    "bill-to": Choice(
        Verb.BILL_TO, CUSTOMER, "Its invoices go to this QuickBooks customer; no field flows.", customers.bill_to,
        QB_CUSTOMER,
    ),
    "link-invoice": Choice(Verb.LINK, INVOICE, "It is this QuickBooks invoice: link.", invoices.link, QB_INVOICE),
    "unlink-invoice": Choice(
        Verb.UNLINK, INVOICE, "It is not the QuickBooks invoice it is linked to: end the link.", invoices.unlink
    ),
    "push": Choice(Verb.PUSH, INVOICE, "Push it anyway, or although it is from before go-live.", invoices.push),
    "push-again": Choice(
        Verb.PUSH_AGAIN, INVOICE, "Push it once more: it was deleted, voided, unlinked or undone.", invoices.push_again
    ),
    "first-open-day": Choice(
        Verb.FIRST_OPEN_DAY, INVOICE, "Its period is closed: push it on the first open day.", invoices.first_open_day
    ),
    "never": Choice(Verb.NEVER, INVOICE, "Never push it.", invoices.never, note=True),
    "elsewhere": Choice(
        Verb.ELSEWHERE, INVOICE, "It was entered elsewhere, as this document if one is named.", invoices.elsewhere,
        "QuickBooks document", target_may_miss=True, note=True,
    ),
    "bill-difference": Choice(
        Verb.BILL_DIFFERENCE, INVOICE, "Bill what was added after the push.", invoices.bill_difference
    ),
    "void": Choice(Verb.VOID, INVOICE, "Void it in QuickBooks, if nothing speaks against it.", invoices.void),
    "reopen": Choice(Verb.REOPEN, INVOICE, "Take its paid mark back in Syncta.", invoices.reopen),
    "accept": Choice(
        Verb.ACCEPT, RECORD, "A hold or exception is right as it is; quiet while its amount is the same.",
        others.accept, reason=True, note=True,
    ),
    "note": Choice(Verb.NOTE, RECORD, "A note on a hold or exception.", others.note, reason=True, note=True),
    "sign-off": Choice(Verb.SIGN_OFF, "month", "A month is right; later changes to it are listed.", others.sign_off),
    "restored": Choice(
        Verb.RESTORED, "side", "So many records of a side may be gone at once, as looks_restored names them.",
        others.restored, "number",
    ),
}  # fmt: skip


def command_of(decision: Decision) -> str:
    """What a decision is called in the command; the verb itself where no command makes it."""
    invoice = decision.entity == Entity.INVOICE
    if decision.verb in (Verb.LINK, Verb.UNLINK):
        return f"{decision.verb}-{'invoice' if invoice else 'customer'}"
    return next((name for name, choice in CHOICES.items() if choice.verb is decision.verb), decision.verb.value)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Decisions to record, or one to take back."""

    decisions: tuple[Decision, ...] = ()
    taken_back: Decision | None = None


TAKE_BACK = "take-back"
TAKEN_BACK = (*CHOICES, Verb.UNDONE.value)
"""What can be taken back: also what undo noted, so that the record goes its way again."""


def propose(view: View, ask: Ask) -> Proposal:
    """What a person's wish comes to; DecisionRefused if it does not fit, or stands already."""
    if ask.command == TAKE_BACK and ask.target not in TAKEN_BACK:
        raise DecisionRefused("take-back needs the decision to take back, as `list` names it.")
    if ask.command == TAKE_BACK:
        return Proposal(taken_back=_standing(view, ask))
    choice = CHOICES[ask.command]
    missing = _missing(choice, ask)
    if missing:
        raise DecisionRefused(f"{ask.command} needs {missing}.")
    made = choice.check(view, ask)
    standing = view.state.decisions.about(made[0].topic, *made[0].subject)
    if standing and _same(standing, made[0]):
        on = f"{standing.decided_at:%Y-%m-%d}"
        raise DecisionRefused(f"This was decided already, on {on}. The next run acts on it, or has done so.")
    return Proposal(made)


def _standing(view: View, ask: Ask) -> Decision:
    """The one standing decision that a command made about a record, for it to be taken back."""
    found = {
        (one.subject, one.topic): one
        for one in view.state.decisions.standing.values()
        if command_of(one) == ask.target
        and ask.record in (one.record_id, one.system if one.entity == "side" else None)
        and (not ask.reason or one.reason == ask.reason)
    }
    if not found:
        raise DecisionRefused("No such decision about this record stands. `list` shows those that do.")
    if len(found) > 1:
        raise DecisionRefused("Several such decisions stand about this id. Name the reason of the one you mean.")
    return next(iter(found.values()))


def _missing(choice: Choice, ask: Ask) -> str:
    if not ask.record:
        return _a(choice.record)
    if choice.target and not ask.target and not choice.target_may_miss:
        return _a(choice.target)
    if choice.reason and not ask.reason:
        return "the reason code of the hold or exception"
    return "a note that says why" if choice.note and not ask.note.strip() else ""


def _a(what: str) -> str:
    return f"a {what}" if what in ("month", "side", "number") else f"the id of a {what}"


def _same(standing: Decision, made: Decision) -> bool:
    def what(one: Decision) -> tuple[object, ...]:
        note = one.note if one.verb is Verb.NOTE else ""
        return (one.verb, one.target_id, dict(one.facts), note)

    return what(standing) == what(made)
