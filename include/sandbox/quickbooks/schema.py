"""The words an entity is declared in: its fields, what can be asked of it, where its ids come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """How a property is read from a request. READ_ONLY is accepted and ignored, as QuickBooks does."""

    TEXT = "text"
    NAME = "name"
    MONEY = "money"
    BOOL = "bool"
    DATE = "date"
    REF = "ref"
    CURRENCY = "currency"
    BLOCK = "block"
    ADDRESS = "address"
    PHONE = "phone"
    WEB = "web"
    EMAIL = "email"
    MEMO = "memo"
    LIST = "list"
    READ_ONLY = "read only"
    IN_PERSON = "in person"


@dataclass(frozen=True, slots=True)
class Field:
    """One property. `most` is its length in characters, `to` the entity a reference leads to ("" is not checked).

    `words` are the values an enumeration allows. `default` is what a missing value becomes; None leaves it out.
    """

    kind: Kind
    most: int = 0
    to: str = ""
    default: object = None
    words: tuple[str, ...] = ()


class Ask(StrEnum):
    """How a property is compared in a query."""

    ID = "id"
    TEXT = "text"
    NUMBER = "number"
    BOOL = "bool"
    DATE = "date"
    TIME = "time"
    REF = "ref"


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity.

    `ids` names the sequence its ids come from, `label` the property it is known by, `listed` says that it has
    `Active` and is hidden from queries when inactive, `unique` the group in which its label is unique. `ask` maps
    a property that can be filtered and sorted to how it is compared, but for those that are `filter_only` or
    `sort_only`; `only_named` are left out of `SELECT *`, `hidden` out of every answer. `single` says that a company has
    exactly one, under Id 1; `told` that change data capture knows it; `suffixed` that an inactive one bears
    " (deleted)". `text_ids` maps ids that are words to the numbers of their rows, which are below zero. `key` is what
    JSON calls it where that is not its name.
    """

    name: str
    ids: str
    fields: Mapping[str, Field]
    ask: Mapping[str, Ask]
    label: str = ""
    listed: bool = False
    unique: str = ""
    deletes: bool = False
    creates: bool = True
    updates: bool = True
    single: bool = False
    told: bool = True
    suffixed: bool = True
    only_named: frozenset[str] = frozenset()
    hidden: tuple[str, ...] = ()
    filter_only: frozenset[str] = frozenset()
    sort_only: frozenset[str] = frozenset()
    text_ids: Mapping[str, int] = field(default_factory=dict)
    reference_kind: str = "Names"
    key: str = ""
    ask_by_lower: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ask_by_lower", {name.lower(): name for name in self.ask})
        object.__setattr__(self, "key", self.key or self.name)

    def row_id(self, id_: str) -> int | None:
        """The number of the row an id leads to; None when it can be no id of this entity."""
        if id_ in self.text_ids:
            return self.text_ids[id_]
        return min(int(id_[:20]), MOST_ID) if id_.isascii() and id_.isdecimal() else None

    @property
    def nests(self) -> bool:
        """Whether an object can be below another one of its kind."""
        return "ParentRef" in self.fields and self.fields["ParentRef"].to == self.name

    def shown(self, body: dict[str, Any]) -> dict[str, Any]:
        """An object as it is answered: without what is never shown."""
        if not self.hidden:
            return body
        shown = dict(body)
        for path in self.hidden:
            top, _, below = path.partition(".")
            inside = shown.pop(top, None)
            if below and isinstance(inside, dict):
                shown[top] = {name: value for name, value in inside.items() if name != below}
        return shown


MOST_ID = 2**63 - 1
"""The largest number of a row; no object has it."""
NAMES = "names"
TRANSACTIONS = "transactions"

BLOCK, LIST, READ_ONLY, TEXT, MONEY = (
    Field(kind) for kind in (Kind.BLOCK, Kind.LIST, Kind.READ_ONLY, Kind.TEXT, Kind.MONEY)
)
DATE, CURRENCY, EMAIL, ANY_REF = (Field(kind) for kind in (Kind.DATE, Kind.CURRENCY, Kind.EMAIL, Kind.REF))
ADDRESS, PHONE, WEB, MEMO = (Field(kind) for kind in (Kind.ADDRESS, Kind.PHONE, Kind.WEB, Kind.MEMO))
YES, NO, MAYBE = Field(Kind.BOOL, default=True), Field(Kind.BOOL, default=False), Field(Kind.BOOL)
NOTE = Field(Kind.TEXT, most=4000)
TIMES = {"MetaData.CreateTime": Ask.TIME, "MetaData.LastUpdatedTime": Ask.TIME}


def text(most: int, default: object = None) -> Field:
    """Text of at most `most` characters; 0 is any length."""
    return Field(Kind.TEXT, most=most, default=default)


def one_of(*words: str, default: str | None = None) -> Field:
    """One of these words."""
    return Field(Kind.TEXT, words=words, default=default)


def name(most: int) -> Field:
    """A name: no colon, tab or newline."""
    return Field(Kind.NAME, most=most)


def leads_to(entity: str) -> Field:
    """A reference that must exist and be active."""
    return Field(Kind.REF, to=entity)


def each(field: Field, *names: str) -> dict[str, Field]:
    """Several properties declared alike."""
    return dict.fromkeys(names, field)


def asked(kind: Ask, *names: str) -> dict[str, Ask]:
    """Several properties compared alike."""
    return dict.fromkeys(names, kind)
