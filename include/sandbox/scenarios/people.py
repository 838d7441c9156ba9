"""People as they are called in America: names by their frequency in the census, families, towns, telephones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from importlib.resources import files
from itertools import accumulate
from typing import NamedTuple

ACCENTED = {
    "GARCIA": "García", "RODRIGUEZ": "Rodríguez", "MARTINEZ": "Martínez", "HERNANDEZ": "Hernández", "LOPEZ": "López",
    "GONZALEZ": "González", "PEREZ": "Pérez", "SANCHEZ": "Sánchez", "RAMIREZ": "Ramírez", "GOMEZ": "Gómez",
    "DIAZ": "Díaz", "MUNOZ": "Muñoz", "NUNEZ": "Núñez", "PENA": "Peña", "JOSE": "José", "MARIA": "María",
    "JESUS": "Jesús", "ANDRE": "André", "RENEE": "Renée", "ZOE": "Zoë",
}  # fmt: skip
APOSTROPHES = {"OBRIEN", "OCONNOR", "ONEAL", "ONEILL", "ODONNELL", "OCONNELL", "OHARA", "OLEARY", "OROURKE", "OMALLEY"}
PARTICLES = ("de la ", "van ", "von ", "De ", "St. ")
TOWNS = (
    ("Truckee", "CA", "961", "530"), ("Tahoe City", "CA", "961", "530"), ("Kings Beach", "CA", "961", "530"),
    ("South Lake Tahoe", "CA", "961", "530"), ("Reno", "NV", "895", "775"), ("Sparks", "NV", "894", "775"),
    ("Carson City", "NV", "897", "775"), ("Incline Village", "NV", "894", "775"), ("Grass Valley", "CA", "959", "530"),
    ("Nevada City", "CA", "959", "530"), ("Auburn", "CA", "956", "530"), ("Sacramento", "CA", "958", "916"),
    ("Roseville", "CA", "956", "916"), ("Folsom", "CA", "956", "916"), ("Placerville", "CA", "956", "530"),
    ("Susanville", "CA", "961", "530"), ("Quincy", "CA", "959", "530"), ("Fernley", "NV", "894", "775"),
)  # fmt: skip
STREETS = ("Pine", "Main", "Lake", "Donner Pass", "Cedar", "Meadow", "River", "Ridge", "Oak", "Mill", "Church", "2nd")
KINDS = ("Street", "St", "Avenue", "Ave", "Road", "Rd", "Drive", "Dr", "Lane", "Court", "Way", "Blvd")
UNITS = ("Apt {}", "Unit {}", "#{}", "Ste {}")
MAIL = ("example.com", "example.net", "example.org")
DRAWN = 4096


class Person(NamedTuple):
    """A person's name in its parts; what is not known is blank."""

    first: str
    last: str
    middle: str = ""
    suffix: str = ""

    @property
    def name(self) -> str:
        """First, middle, last, suffix."""
        return " ".join(part for part in (self.first, self.middle, self.last, self.suffix) if part)


class Contact(NamedTuple):
    """Where somebody is reached; what is not known is blank."""

    phone: str = ""
    email: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""


class Census:
    """Draws names, families and contacts; the same for the same source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.last_name, self._man, self._woman = (
            self._stream(f"dist.{kind}").__next__ for kind in ("all.last", "male.first", "female.first")
        )

    def first_name(self) -> str:
        """A man's or a woman's."""
        return self._man() if self.chance.random() < 0.5 else self._woman()

    def person(self, last: str = "") -> Person:
        """Somebody, with a middle name or initial now and then, a particle or a double surname rarely."""
        first, luck = self.first_name(), self.chance.random()
        last = last or self.last_name()
        if luck < 0.12:
            return Person(first, last, self.first_name()[0] + ("." if luck < 0.06 else ""))
        if luck < 0.15:
            return Person(first, last, self.first_name())
        if luck < 0.16:
            return Person(first, f"{self.chance.choice(PARTICLES)}{last}")
        if luck < 0.18:
            return Person(first, f"{last}-{self.last_name()}")
        return Person(first, last)

    def contact(self, person: Person) -> Contact:
        """All that is known of somebody; each part is missing now and then."""
        known, luck = self.place(), self.chance.random
        phone = self.phone(known) if luck() < 0.82 else ""
        email = self.email(person) if luck() < 0.66 else ""
        return (known if luck() < 0.88 else Contact())._replace(phone=phone, email=email)

    def place(self) -> Contact:
        """An address."""
        chance, town = self.chance, self.chance.choice(TOWNS)
        street = chance.choice(STREETS) if chance.random() < 0.5 else self.last_name()
        unit = chance.choice(UNITS).format(chance.randrange(1, 400)) if chance.random() < 0.15 else ""
        line = f"{chance.randrange(1, 19_999)} {street} {chance.choice(KINDS)}"
        return Contact("", "", line, unit, town[0], town[1], f"{town[2]}{chance.randrange(1, 99):02d}")

    def phone(self, known: Contact) -> str:
        """A number of the place, written in one of the ways people write them."""
        area = next((town[3] for town in TOWNS if town[0] == known.city), "530")
        number = self.chance.randrange(2_000_000, 10_000_000)
        return phone_as(area, number, self.chance.randrange(4))

    def email(self, person: Person) -> str:
        """An address made of the name."""
        user = f"{person.first}.{person.last}".replace(" ", "").replace("'", "").lower()
        return f"{user}{self.chance.randrange(1, 9999)}@{self.chance.choice(MAIL)}"

    def _stream(self, file: str) -> Iterator[str]:
        """Names without end, as frequent as in the census."""
        rows = [line.split() for line in (files("names") / file).read_text().splitlines()]
        known = [row[0] for row in rows]
        # Rare names share a frequency of 0.000 in the list; each of them exists.
        weights = list(accumulate(max(float(row[1]), 0.0003) for row in rows))
        while True:
            for drawn in self.chance.choices(known, cum_weights=weights, k=DRAWN):
                yield self._written(drawn)

    def _written(self, name: str) -> str:
        """As its bearer writes it."""
        if name in ACCENTED and self.chance.random() < 0.5:
            return ACCENTED[name]
        if name in APOSTROPHES:
            return f"O'{name[1:].capitalize()}"
        if name.startswith("MC") and len(name) > 4:
            return f"Mc{name[2:].capitalize()}"
        return name.capitalize()


def phone_as(area: str, number: int, way: int) -> str:
    """A telephone number in one of four ways of writing it."""
    text = f"{number:07d}"
    start, end = text[:3], text[3:]
    return (f"{area}-{start}-{end}", f"({area}) {start}-{end}", f"{area}{start}{end}", f"{area}.{start}.{end}")[way]
