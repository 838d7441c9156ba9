"""One write on its way into the books: what the rules of each entity look at and complete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from include.sandbox.quickbooks.schema import Entity

if TYPE_CHECKING:
    from include.sandbox.quickbooks.accounting.links import Link
    from include.sandbox.quickbooks.engine import Books

Found = TypeVar("Found")


@dataclass(slots=True)
class Draft:
    """`new` is the whole object as it will be, `old` as it was (None when it is created).

    `include` are the caller's special wishes, such as "allowduplicatedocnum". Rules change `new` in place and
    raise Refused. `opening` is an opening balance to be booked, with its date.
    """

    books: Books
    entity: Entity
    id: str
    new: dict[str, Any]
    old: dict[str, Any] | None = None
    include: frozenset[str] = field(default_factory=frozenset)
    opening: tuple[Decimal, str] | None = None
    links: list[Link] = field(default_factory=list)
    """What this payer settles once it is written."""
    seen: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What rules have looked up for this write, by `once`."""

    def before(self, name: str) -> Any:
        """The property's old value; None when there was none."""
        return None if self.old is None else self.old.get(name)

    @property
    def preferences(self) -> dict[str, Any]:
        """The company's Preferences."""
        return self.once("preferences", lambda: self.books.preferences)

    def once(self, key: object, look: Callable[[], Found]) -> Found:
        """What `look` finds, looked up once per write: a form has many lines and few products."""
        if key not in self.seen:
            self.seen[key] = look()
        found: Found = self.seen[key]
        return found

    def changes(self, name: str) -> bool:
        """Whether a reference leads elsewhere than before."""
        return bool(_value(self.new.get(name)) != _value(self.before(name)))


def _value(reference: Any) -> Any:
    return reference.get("value") if isinstance(reference, dict) else reference
