"""The large company's customers: who they are, and how each side came to know them."""

from __future__ import annotations

import datetime as dt
import random
import zlib
from array import array
from collections import Counter
from typing import Any

from include.sandbox.scenarios.businesses import business, manager
from include.sandbox.scenarios.people import Census, Contact, Person
from include.sandbox.scenarios.progress import Progress
from include.sandbox.scenarios.stencil import Parent, Stencils, quickbooks_hand, syncta_hand
from include.sandbox.scenarios.town import ZONE, Town
from include.sandbox.scenarios.variants import Party, another_name

BEGIN = dt.datetime(2020, 11, 2, 9, tzinfo=ZONE)
END = dt.datetime(2026, 10, 30, 9, tzinfo=ZONE)
SECONDS = (END - BEGIN).total_seconds()
IMPORTED = 0.5
"""The share of customers that were there on the first day."""
BITS = 1 << 28


class Customers:
    """Makes customers on both sides. Kept of them: what invoices need, and how often each mistake was made."""

    def __init__(self, town: Town, chance: random.Random, size: int) -> None:
        self.town, self.size, self._chance = town, size, chance
        self._census, self._taken = Census(chance), bytearray(BITS // 8)
        self._hands = {"quickbooks": Stencils(quickbooks_hand(town)), "syncta": Stencils(syncta_hand(town))}
        self._now = (0, BEGIN)
        self._given_up: list[tuple[int, dt.datetime]] = []
        self._progress = Progress("customers", size)
        self.quickbooks, self.syncta = array("q"), array("q")
        """The ids of customers that can be billed, pair by pair; 0 where one side does not know them."""
        self.mistakes: Counter[str] = Counter()
        self._made = {"quickbooks": 0, "syncta": 0}

    def move_in(self) -> None:
        """All of them."""
        while min(self._made.values()) < self.size:
            self._progress.at(min(self._made.values()))
            luck = self._chance.random()
            if luck < 0.025:
                self._managed()
            elif luck < 0.3:
                self._firm()
            elif luck < 0.42:
                self._family()
            else:
                self._somebody(person := self._census.person(), self._census.contact(person))

    def moment(self) -> dt.datetime:
        """When the next customer becomes one: half of them on the first day, the others over the years."""
        share = self._made["quickbooks"] / max(self.size, 1)
        later = max(0.0, share - IMPORTED) / (1 - IMPORTED)
        seconds = int(min(share, IMPORTED) * 3600 + later * SECONDS)
        if seconds != self._now[0]:
            self._now = seconds, BEGIN + dt.timedelta(seconds=seconds)
        return self._now[1]

    def _somebody(self, person: Person, contact: Contact) -> None:
        """A person, who has a business now and then."""
        firm = business(self._census) if self._chance.random() < 0.03 else None
        self._known_as(Party(person.name, person, firm), contact)

    def _family(self) -> None:
        """Relatives at one address: father and son by the same name, or others by the same last name."""
        census, chance = self._census, self._chance
        first = census.person()
        home = census.contact(first)
        self._somebody(first._replace(suffix="Sr.") if chance.random() < 0.2 else first, home)
        for _ in range(chance.choice((1, 1, 1, 2))):
            other = census.person(first.last)._replace(last=first.last)
            if chance.random() < 0.2:
                other = first._replace(suffix=chance.choice(("Jr", "Jr.", "II")))
            email = census.email(other) if chance.random() < 0.6 else ""
            self._somebody(other, home._replace(email=email))

    def _firm(self) -> None:
        firm = business(self._census)
        contact = self._census.contact(Person("office", firm.core.replace(" ", "")[:20]))
        self._known_as(Party(firm.name, None, firm), contact)

    def _managed(self) -> None:
        """A manager and the houses below it, who all share its telephone and e-mail address."""
        census, chance = self._census, self._chance
        firm = manager(census)
        party, contact = Party(firm.name, None, firm), census.contact(census.person())
        name = self._free(party.name, contact)
        above = self._in_quickbooks(name, party, contact), self._in_syncta(name, contact)
        for _ in range(chance.randrange(2, 9)):
            place = census.place()
            house = Party(f"{place.line1} {place.line2}".strip(), parent=name)
            self._house(house, place._replace(phone=contact.phone, email=contact.email), *above)

    def _house(self, party: Party, contact: Contact, quickbooks: int, syncta: int) -> None:
        """A house below its manager; one in ten stands alone in Syncta, under its written out name."""
        name = self._free(party.name, contact)
        alone = self._chance.random() < 0.1
        if alone:
            self.mistakes["parent written out"] += 1
        known = f"{party.parent}:{name}" if alone else name
        ids = (
            self._in_quickbooks(name, party, contact, Parent(str(quickbooks), party.parent) if quickbooks else None),
            self._in_syncta(known, contact, Parent(syncta_id(syncta), "") if syncta and not alone else None),
        )
        self._billable(*ids)

    def _known_as(self, party: Party, contact: Contact) -> None:
        """Let the sides get to know a customer: mostly both under one name, sometimes one, twice, or under two."""
        luck, chance = self._chance.random(), self._chance
        name = self._free(party.name, contact)
        party = party._replace(name=name)
        if luck < 0.07:
            self._in_quickbooks(name, party, contact)
        elif luck < 0.14:
            self._billable(0, self._in_syncta(name, contact))
        elif luck < 0.18:
            other = self._mistaken(party)
            self._billable(self._in_quickbooks(name, party, contact), self._in_syncta(other, self._retold(contact)))
        else:
            ids = self._in_quickbooks(name, party, contact), self._in_syncta(name, self._retold(contact))
            if luck < 0.20:
                self._in_quickbooks(self._free(self._mistaken(party, ":"), contact), party, self._retold(contact))
            elif luck < 0.22:
                again = name if chance.random() < 0.3 else self._mistaken(party)
                self._in_syncta(again, self._retold(contact))
            elif luck < 0.245:
                return self._given_up.append((ids[0], END)) if ids[0] else None
            self._billable(*ids)

    def _mistaken(self, party: Party, forbidden: str = "") -> str:
        """Another name for somebody, and a note of what kind of mistake it is."""
        kind, name = another_name(party, self._chance)
        if forbidden and forbidden in name:
            return party.name.swapcase()
        self.mistakes[kind] += 1
        return name

    def _retold(self, contact: Contact) -> Contact:
        """What the other side knows: mostly the same, now and then less, or another telephone."""
        luck = self._chance.random()
        if luck < 0.08:
            return contact._replace(phone="")
        if luck < 0.14:
            return contact._replace(phone=self._census.phone(contact))
        if luck < 0.2:
            return contact._replace(email="")
        if luck < 0.24:
            return Contact(phone=contact.phone, email=contact.email)
        return contact

    def _free(self, name: str, contact: Contact) -> str:
        """A name nobody in QuickBooks has yet: with the town or a number added if it is taken."""
        wanted, tries = name, 1
        while not self._claim(wanted):
            wanted = f"{name} ({contact.city})" if tries == 1 and contact.city else f"{name} {tries + 1}"
            tries += 1
        return wanted

    def _claim(self, name: str) -> bool:
        """Whether a name was free, as far as a compact memory can tell: it errs on the safe side."""
        byte, bit = divmod(zlib.crc32(name.casefold().encode()) % BITS, 8)
        is_free = not self._taken[byte] >> bit & 1
        self._taken[byte] |= 1 << bit
        return is_free

    def _billable(self, quickbooks: int, syncta: int) -> None:
        if syncta:
            self.quickbooks.append(quickbooks)
            self.syncta.append(syncta)

    def _in_quickbooks(self, name: str, party: Party, contact: Contact, parent: Parent | None = None) -> int:
        """A customer there; 0 when QuickBooks has as many as it shall have."""
        return self._in("quickbooks", _quickbooks_body(name, party, contact), parent)

    def _in_syncta(self, name: str, contact: Contact, parent: Parent | None = None) -> int:
        """A customer there; 0 when Syncta has as many as it shall have."""
        return self._in("syncta", _syncta_body(name, contact), parent)

    def _in(self, system: str, body: dict[str, Any], parent: Parent | None) -> int:
        if self._made[system] >= self.size:
            return 0
        at = self.moment()
        self._made[system] += 1
        return self._hands[system].customer(body, at, parent)

    def give_up(self) -> None:
        """Make those inactive in QuickBooks that are no customers any more."""
        for id_, at in self._given_up:
            with self.town.store.clock.at(at):
                self.town.books.deactivate("Customer", str(id_))


def syncta_id(number: int) -> str:
    """A Syncta customer's id by its number."""
    return f"c{number:06d}"


def _quickbooks_body(name: str, party: Party, contact: Contact) -> dict[str, Any]:
    """A customer in QuickBooks' words; what is not known is left out."""
    body: dict[str, Any] = {"DisplayName": name}
    if party.person and not party.business:
        person = party.person
        parts = {"GivenName": person.first, "MiddleName": person.middle, "FamilyName": person.last}
        body |= {part: text for part, text in {**parts, "Suffix": person.suffix}.items() if text}
    if party.business:
        body["CompanyName"] = party.business.name
    if contact.phone:
        body["PrimaryPhone"] = {"FreeFormNumber": contact.phone}
    if contact.email:
        body["PrimaryEmailAddr"] = {"Address": contact.email}
    if contact.line1:
        second = {"Line2": contact.line2} if contact.line2 else {}
        where = {"City": contact.city, "CountrySubDivisionCode": contact.state, "PostalCode": contact.postal_code}
        body["BillAddr"] = {"Line1": contact.line1, **second, **where}
    return body


def _syncta_body(name: str, contact: Contact) -> dict[str, Any]:
    """A customer in Syncta's words; what is not known is left out."""
    body: dict[str, Any] = {"name": name}
    if contact.phone:
        body["phone"] = contact.phone
    if contact.email:
        body["emails"] = [contact.email]
    if contact.line1:
        second = {"line2": contact.line2} if contact.line2 else {}
        where = {"city": contact.city, "state": contact.state, "postal_code": contact.postal_code}
        body["mailing_address"] = {"line1": contact.line1, **second, **where}
    return body
