"""One company's books: every write goes through here, from HTTP as from a scenario."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from include.sandbox.quickbooks import rules
from include.sandbox.quickbooks.accounting import links, postings
from include.sandbox.quickbooks.catalog import attachments, company, currencies
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.entities import ENTITIES, entity_named
from include.sandbox.quickbooks.events import webhooks
from include.sandbox.quickbooks.fields import CLEARED, read_fields, with_defaults
from include.sandbox.quickbooks.records import TABLES, Body, Records
from include.sandbox.quickbooks.refusals import INACTIVE, refuse
from include.sandbox.quickbooks.schema import Entity, Kind
from include.sandbox.quickbooks.wire import stamp
from include.sandbox.store import Store


class Books:
    """Create, change, void, delete and read. Objects are plain dicts as QuickBooks writes them, money as Decimal.

    `api=False` is a person at QuickBooks' own pages: closed periods open with the password, and what only the pages
    can set (IsProject) is accepted. Refused writes raise Refused and change nothing. Times come from the store's
    clock: set it to make something happen in the past.
    """

    def __init__(self, store: Store, realm: str, *, api: bool = False) -> None:
        store.define(TABLES)
        store.define(attachments.TABLES)
        store.define(links.TABLES)
        store.define(webhooks.TABLES)
        self.store = store
        self.realm = realm
        self.api = api
        self.records = Records(store, realm)

    def found(self, *, name: str, closed_through: str | None = None, **settings: Any) -> None:
        """Found the company; `settings` are those of `company.Company`."""
        with self.store.transaction():
            company.found(self, company.Company(name, closed_through=closed_through, **settings))

    def create(self, entity: str, body: Mapping[str, Any], *, include: Collection[str] = ()) -> Body:
        """A new object as it is answered. `include={"allowduplicatedocnum"}` lets a document number repeat."""
        declared = self.entity(entity)
        if not declared.creates:
            raise refuse("500", what=f"create {declared.name}")
        with self.store.transaction():
            there = rules.replaced(self, declared.name, body)
            if there is not None:
                return self.update(entity, {"SyncToken": there["SyncToken"], **body, "Id": there["Id"]})
            wanted = read_fields(declared, body, api=self.api)
            self.resolve(declared, wanted, {})
            id_ = self.next_id(declared.ids)
            draft = Draft(self, declared, id_, with_defaults(declared, wanted), None, frozenset(include))
            return self._commit(draft, "create")

    def update(self, entity: str, body: Mapping[str, Any], *, include: Collection[str] = ()) -> Body:
        """The object after a full or sparse update. `include={"void"}` voids it instead."""
        if "void" in include:
            return self.void(entity, body)
        declared = self.entity(entity)
        if not declared.updates:
            raise refuse("500", what=f"update {declared.name}")
        with self.store.transaction():
            old = self._current(declared, body)
            for name in rules.REQUIRED_IN_UPDATE.get(declared.name, ()):
                if body.get(name) in (None, ""):
                    raise refuse("2020", element=name, name=name)
            wanted = read_fields(declared, body, api=self.api)
            self.resolve(declared, wanted, old)
            new = self._merged(declared, old, wanted, sparse=body.get("sparse") in (True, "true"))
            return self._commit(Draft(self, declared, old["Id"], new, old, frozenset(include)), "update")

    def void(self, entity: str, body: Mapping[str, Any] | str) -> Body:
        """The object with every amount at zero; the payments on it are unapplied. An id alone means it as it is now."""
        declared = self.entity(entity)
        with self.store.transaction():
            old = self._current(declared, body)
            draft = Draft(self, declared, old["Id"], copy.deepcopy(old), old)
            rules.VOID.get(declared.name, rules.refuse_void)(draft)
            return self._commit(draft, "void")

    def delete(self, entity: str, body: Mapping[str, Any] | str) -> Body:
        """Delete a transaction for good; the answer is its stub. Lists refuse: they become inactive."""
        declared = self.entity(entity)
        if not declared.deletes:
            raise refuse("500", what=f"delete {declared.name}")
        with self.store.transaction():
            old = self._current(declared, body)
            draft = Draft(self, declared, old["Id"], copy.deepcopy(old), old)
            rules.DELETE[declared.name](draft)
            self.records.remove(declared, draft.id, self.store.now())
            rules.AFTER.get(declared.name, _nothing)(draft)
            postings.carry(self, declared.name, old, None)
            webhooks.note(self.store, self.realm, declared.name, draft.id, "delete")
            self.count(declared, "delete")
        return {"status": "Deleted", "domain": "QBO", **rules.STUB.get(declared.name, _id_alone)(draft)}

    def deactivate(self, entity: str, id_: str) -> Body:
        """A list entity made inactive, as it is now; its name gets " (deleted)"."""
        token = self.get(entity, id_)["SyncToken"]
        return self.update(entity, {"Id": id_, "SyncToken": token, "sparse": True, "Active": False})

    def get(self, entity: str, id_: str) -> Body:
        """One object. Refuses an unknown or deleted id with 610."""
        declared = self.entity(entity)
        if declared.row_id(str(id_)) is None:
            raise refuse("2030", element="Id", value=id_)
        return self.must_find(declared.name, id_)

    def find(self, entity: str, id_: str) -> Body | None:
        """One object, or None."""
        return self.records.find(self.entity(entity), id_)

    def must_find(self, entity: str, id_: str) -> Body:
        """One object. Refuses with 610."""
        found = self.find(entity, id_)
        if found is None:
            raise refuse("610")
        return found

    def referred(self, entity: str, id_: str, *, element: str, kept: bool = False) -> Body:
        """What a reference leads to: unknown is 2500, inactive 610 unless it was there before (`kept`)."""
        found = self.find(entity, id_)
        if found is None:
            raise refuse("2500", element=element, kind=self.entity(entity).reference_kind, id=id_)
        if not found.get("Active", True) and not kept:
            raise refuse("610", element=element, detail=INACTIVE)
        return found

    def named(self, entity: str, id_: str, *, element: str, kept: bool = False) -> str:
        """The name of what a reference leads to, refused as by `referred`."""
        if entity not in ENTITIES:
            return ""
        found = self.referred(entity, id_, element=element, kept=kept)
        return str(found.get("FullyQualifiedName") or found.get("DisplayName") or found.get("Name", ""))

    def query(self, statement: str) -> Body:
        """The `QueryResponse` object of a statement. Refuses bad ones with 4000 or 4001."""
        from include.sandbox.quickbooks.queries.query import query  # it reads these books, so it is loaded after them

        return query(self, statement)

    @staticmethod
    def entity(name: str) -> Entity:
        """The declared entity of this name."""
        return entity_named(name)

    @property
    def preferences(self) -> Body:
        """The company's Preferences."""
        return self.must_find("Preferences", "1")

    @property
    def country(self) -> str:
        """Where the company is at home: "US", or a country with tax codes of its own."""
        return str(self._settings().get("country", "US"))

    @property
    def home_currency(self) -> str:
        """The code of the company's own currency."""
        return currencies.HOME[self.country]

    @property
    def zone(self) -> ZoneInfo:
        """The company file's time zone."""
        return ZoneInfo(self._settings()["zone"])

    @property
    def tax_rates(self) -> Mapping[str, str]:
        """State → rate of automated sales tax."""
        return dict(self._settings()["tax_rates"])

    def today(self) -> dt.date:
        """The date where the company is."""
        return self.store.now().astimezone(self.zone).date()

    def write(self, entity: str, new: Body, old: Body | None = None, *, operation: str = "", deleted: str = "") -> Body:
        """Store an object as it is: next SyncToken, times, the customer's balance, the webhook. No rules are asked.

        Webhooks tell `operation` instead of create or update; a merge names the one that went with `deleted`.
        """
        declared, now = self.entity(entity), self.store.now()
        at = stamp(now, self.zone)
        created = old["MetaData"]["CreateTime"] if old else at
        new["SyncToken"] = str(int(old["SyncToken"]) + 1) if old else "0"
        new |= {"domain": "QBO", "sparse": False, "MetaData": {"CreateTime": created, "LastUpdatedTime": at}}
        self.records.save(declared, new, now)
        postings.carry(self, declared.name, old, new)
        what = operation or ("update" if old else "create")
        webhooks.note(self.store, self.realm, declared.name, new["Id"], what, deleted=deleted)
        return new

    def next_id(self, sequence: str) -> str:
        """The next id of a sequence."""
        return str(self.store.next_number(f"{self.realm}:{sequence}"))

    def resolve(self, declared: Entity, wanted: dict[str, Any], old: Mapping[str, Any]) -> None:
        """Follow each reference and write down the name it leads to."""
        for name, value in wanted.items():
            field = declared.fields[name]
            if value is CLEARED:
                continue
            if field.kind is Kind.CURRENCY:
                value |= self._currency(declared, value["value"], old.get(name) or {})
            elif field.to in ENTITIES:
                kept = (old.get(name) or {}).get("value") == value["value"]
                found = self.named(field.to, value["value"], element=name, kept=kept)
                value |= {"name": found} if found else {}
        listed = declared.name not in postings.POSTINGS
        if listed and not old and "CurrencyRef" in declared.fields and wanted.get("CurrencyRef", CLEARED) is CLEARED:
            wanted["CurrencyRef"] = currencies.reference(self.home_currency)

    def _currency(self, declared: Entity, code: str, old: Mapping[str, Any]) -> Mapping[str, Any]:
        """A list entry keeps its currency for good; what a transaction is in must be in use."""
        return old if old and (declared.listed or old["value"] == code) else currencies.usable(self, code)

    def _commit(self, draft: Draft, operation: str) -> Body:
        """Ask the rules, store the object, let the rest follow, count the write."""
        draft.new["Id"] = draft.id
        if operation != "void":
            rules.CHECK.get(draft.entity.name, _nothing)(draft)
        new = self.write(draft.entity.name, draft.new, draft.old, operation=operation)
        rules.AFTER.get(draft.entity.name, _nothing)(draft)
        self.count(draft.entity, operation)
        return draft.entity.shown(new)

    def _current(self, declared: Entity, body: Mapping[str, Any] | str) -> Body:
        """The object a write is meant for. Refuses an unknown id (610) or a stale SyncToken (5010)."""
        if isinstance(body, str):
            return self.get(declared.name, body)
        for name in ("Id", "SyncToken"):
            if body.get(name) in (None, ""):
                raise refuse("2020", element=name, name=name)
        old = self.get(declared.name, str(body["Id"]))
        if str(body["SyncToken"]) != old["SyncToken"]:
            raise refuse("5010")
        return old

    def _merged(self, declared: Entity, old: Body, wanted: Mapping[str, Any], *, sparse: bool) -> Body:
        """The object as it will be: in a full update a writable property that is missing is gone."""
        kept = {
            name: copy.deepcopy(value)
            for name, value in old.items()
            if sparse or name not in declared.fields or declared.fields[name].kind in (Kind.READ_ONLY, Kind.IN_PERSON)
        }
        new = {name: value for name, value in {**kept, **wanted}.items() if value is not CLEARED}
        for name in rules.KEPT.get(declared.name, ()):
            if name in old:
                new.setdefault(name, copy.deepcopy(old[name]))
        return with_defaults(declared, new)

    def _settings(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.store.setting(company.setting_name(self.realm))
        return found

    def count(self, declared: Entity, operation: str) -> None:
        """Count a write that was executed."""
        self.store.meter.add("quickbooks", "writes", f"{declared.name}.{operation}", realm=self.realm)


def _id_alone(draft: Draft) -> Body:
    return {"Id": draft.id}


def _nothing(draft: Draft) -> None:
    """No rule."""
