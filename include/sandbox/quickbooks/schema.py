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
    EMAIL = "email"
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
    a property that can be filtered and sorted to how it is compared; `only_named` are left out of `SELECT *`,
    `hidden` out of every answer. `key` is what JSON calls it where that is not its name.
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
    only_named: frozenset[str] = frozenset()
    reference_kind: str = "Names"
    hidden: tuple[str, ...] = ()
    key: str = ""
    ask_by_lower: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ask_by_lower", {name.lower(): name for name in self.ask})
        object.__setattr__(self, "key", self.key or self.name)

    def shown(self, body: dict[str, Any]) -> dict[str, Any]:
        """An object as it is answered: without what is never shown."""
        return {name: value for name, value in body.items() if name not in self.hidden} if self.hidden else body


NAMES = "names"
TRANSACTIONS = "transactions"

BLOCK, LIST, READ_ONLY, TEXT, MONEY = (
    Field(kind) for kind in (Kind.BLOCK, Kind.LIST, Kind.READ_ONLY, Kind.TEXT, Kind.MONEY)
)
DATE, CURRENCY, EMAIL, ANY_REF = (Field(kind) for kind in (Kind.DATE, Kind.CURRENCY, Kind.EMAIL, Kind.REF))
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
