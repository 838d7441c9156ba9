"""Rules of recurring transactions: a template is a transaction under its type, with a schedule, that posts nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from include.sandbox.quickbooks.catalog import currencies
from include.sandbox.quickbooks.documents.ledger import TEMPLATES
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.entities import entity_named
from include.sandbox.quickbooks.fields import CLEARED, read_fields, with_defaults
from include.sandbox.quickbooks.refusals import refuse

RECUR_TYPES = ("Automated", "Reminder", "UnScheduled", "Unscheduled", "Scheduled")
OWN = ("RecurringInfo", "RecurDataRef", "Type")
OF_THE_DAY = ("TxnDate", "DueDate", "DocNumber")
"""What a transaction gets when it is made from a template."""
ENVELOPE = ("Id", "SyncToken", "MetaData", "domain", "sparse")


def lifted(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A recurring transaction's body with the Id and SyncToken of the template inside; other bodies as they are."""
    kind = _kind(body)
    if kind is None or not isinstance(body[kind], Mapping):
        return body
    return {**body, **{name: body[kind][name] for name in ("Id", "SyncToken") if name in body[kind]}}


def check_template(draft: Draft, rules: Mapping[str, Callable[[Draft], None]]) -> None:
    """Complete a template by the rules of its transaction. Refuses one without name or schedule (2020)."""
    kind = _kind(draft.new)
    if kind is None:
        raise refuse("2020", element="RecurringInfo", name="RecurringInfo")
    entity, sent = entity_named(kind), draft.new[kind]
    info = sent.get("RecurringInfo")
    if not isinstance(info, Mapping) or not info.get("Name"):
        raise refuse("2020", element="RecurringInfo.Name", name="RecurringInfo")
    if info.get("RecurType") not in RECUR_TYPES:
        raise refuse("2170", element="RecurringInfo.RecurType", value=info.get("RecurType"))
    wanted = read_fields(entity, {n: value for n, value in sent.items() if n not in OWN}, api=draft.books.api)
    draft.books.resolve(entity, wanted, {})
    inner = Draft(draft.books, entity, draft.id, with_defaults(entity, wanted))
    inner.new |= {"Id": draft.id, "TxnDate": draft.books.today().isoformat()}
    inner.new.setdefault("CurrencyRef", currencies.reference(draft.books.home_currency))
    rules[kind](inner)
    kept = {name: value for name, value in inner.new.items() if name not in OF_THE_DAY and value is not CLEARED}
    recurs = (draft.before(kind) or {}).get("RecurDataRef") or {"value": draft.books.next_id("templates")}
    draft.new[kind] = {**kept, "RecurringInfo": info, "RecurDataRef": recurs}
    draft.new["Type"] = kind


def after_template(draft: Draft) -> None:
    """Id, token and times of a template stand inside it, as in any transaction."""
    kind = draft.new["Type"]
    draft.new[kind] |= {name: draft.new[name] for name in ENVELOPE}
    draft.books.records.save(draft.entity, draft.new)


def stub(draft: Draft) -> dict[str, Any]:
    """A deleted template under its type."""
    return {draft.old["Type"]: {"Id": draft.id}} if draft.old else {}


def _kind(body: Mapping[str, Any]) -> str | None:
    return next((name for name in TEMPLATES if name in body), None)
