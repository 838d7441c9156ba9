"""One customer under two names: every way in which people write a name a second time without noticing.

The classes are those of the check for likely duplicates. Each function answers another name for the same customer, or
"" when that way does not exist for it.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from include.sandbox.scenarios.businesses import Business
from include.sandbox.scenarios.people import Person

NICKNAMES = {
    "Robert": "Bob", "William": "Bill", "Richard": "Dick", "James": "Jim", "John": "Jack", "Michael": "Mike",
    "Thomas": "Tom", "Charles": "Chuck", "Joseph": "Joe", "Christopher": "Chris", "Daniel": "Dan", "Steven": "Steve",
    "Edward": "Ed", "Kenneth": "Ken", "Anthony": "Tony", "Nicholas": "Nick", "Elizabeth": "Liz", "Margaret": "Peggy",
    "Katherine": "Kathy", "Patricia": "Pat", "Jennifer": "Jen", "Deborah": "Debbie", "Susan": "Sue", "Barbara": "Barb",
    "Rebecca": "Becky", "Christine": "Chris", "Samuel": "Sam", "Benjamin": "Ben", "Andrew": "Andy", "Matthew": "Matt",
}  # fmt: skip
FORMS = {"LLC": "L.L.C.", "LLC.": "LLC", "Inc.": "Inc", "Inc": "Incorporated", "Corp.": "Corporation", "Co.": "Company"}
ABBREVIATIONS = {
    "St.": "Saint", "Saint": "St", "Mt.": "Mount", "Bros": "Brothers", "Mgmt": "Management", "Management": "Mgmt",
    "Association": "Assn", "Center": "Ctr", "Company": "Co", "HOA": "Homeowners Association", "Apartments": "Apts",
    "Elementary": "Elem",
}  # fmt: skip
TITLES, SUFFIXES = ("Mr. ", "Mrs. ", "Ms. ", "Dr. "), (" Jr", " Sr.", " III", " Esq.")


class Party(NamedTuple):
    """Who a customer really is: a person, a business, or both; a child also has its parent's name."""

    name: str
    person: Person | None = None
    business: Business | None = None
    parent: str = ""


Variant = Callable[[Party, random.Random], str]


def reversed_(party: Party, chance: random.Random) -> str:
    """`Brown, Nick`."""
    if party.person is None:
        return ""
    person = party.person
    given = " ".join(part for part in (person.first, person.middle) if part)
    return f"{' '.join(part for part in (person.last, person.suffix) if part)}, {given}"


def spacing(party: Party, chance: random.Random) -> str:
    """A blank too many, at the end or between."""
    wrong = chance.choice(("{} ", " {}", "{}  "))
    return party.name.replace(" ", "  ", 1) if chance.random() < 0.5 else wrong.format(party.name)


def invisible(party: Party, chance: random.Random) -> str:
    """A sign nobody sees."""
    return party.name.replace(" ", chance.choice(("\u00a0", " \u200b", "\u2009")), 1)


def punctuation(party: Party, chance: random.Random) -> str:
    """Without commas, full stops, hyphens, apostrophes."""
    return re.sub(r"[-.,'’]", lambda sign: " " if sign[0] == "-" else "", party.name)


def case(party: Party, chance: random.Random) -> str:
    """All in capitals, or none."""
    return party.name.upper() if chance.random() < 0.6 else party.name.lower()


def accents(party: Party, chance: random.Random) -> str:
    """Without accents."""
    return "".join(sign for sign in unicodedata.normalize("NFD", party.name) if not unicodedata.combining(sign))


def unicode_form(party: Party, chance: random.Random) -> str:
    """The same signs made of other code points."""
    return unicodedata.normalize("NFD", party.name) if not party.name.isascii() else ""


def title(party: Party, chance: random.Random) -> str:
    """With a title or a suffix."""
    if party.person is None or party.person.suffix:
        return ""
    luck = chance.random() < 0.7
    return f"{chance.choice(TITLES)}{party.name}" if luck else f"{party.name}{chance.choice(SUFFIXES)}"


def nickname(party: Party, chance: random.Random) -> str:
    """`Bob` for Robert."""
    short = NICKNAMES.get(party.person.first, "") if party.person else ""
    return party.name.replace(party.person.first, short, 1) if party.person and short else ""


def initials(party: Party, chance: random.Random) -> str:
    """`N. Brown`."""
    if party.person is None:
        return ""
    return f"{party.person.first[0]}{chance.choice(('.', ''))} {party.person.last}"


def couple(party: Party, chance: random.Random) -> str:
    """With husband or wife, in one of the orders people use."""
    if party.person is None:
        return ""
    first, last = party.person.first, party.person.last
    other = chance.choice(("Jane", "Mary", "Linda", "Mike", "John", "Dave"))
    forms = (f"{first} & {other} {last}", f"{last}, {first} and {other}", f"{first} and {other} {last}")
    return chance.choice(forms)


def business_form(party: Party, chance: random.Random) -> str:
    """Another legal form, or none."""
    if party.business is None or not party.business.form:
        return ""
    word = party.business.form.strip(", ")
    return party.business.core if chance.random() < 0.4 else f"{party.business.core} {FORMS.get(word, 'LLC')}"


def the(party: Party, chance: random.Random) -> str:
    """With or without `The`."""
    if party.business is None:
        return ""
    return party.name.removeprefix("The ") if party.name.startswith("The ") else f"The {party.name}"


def ampersand(party: Party, chance: random.Random) -> str:
    """`and` for &, & for `and`."""
    return party.name.replace(" & ", " and ") if " & " in party.name else party.name.replace(" and ", " & ")


def abbreviation(party: Party, chance: random.Random) -> str:
    """A word shortened or written out."""
    words = [ABBREVIATIONS.get(word, word) for word in party.name.split(" ")]
    return " ".join(words)


def typo(party: Party, chance: random.Random) -> str:
    """Two letters changed over, one left out or doubled."""
    at = chance.randrange(1, max(2, len(party.name) - 2))
    before, pair, after = party.name[:at], party.name[at : at + 2], party.name[at + 2 :]
    return before + chance.choice((pair[::-1], pair[1:], pair[:1] + pair)) + after


def written_out(party: Party, chance: random.Random) -> str:
    """`Parent:Child`, for a child that stands alone on the other side."""
    return f"{party.parent}:{party.name}" if party.parent else ""


def company_and_person(party: Party, chance: random.Random) -> str:
    """The person beside the business."""
    if party.person is None or party.business is None:
        return ""
    return f"{party.business.name} - {party.person.name}"


VARIANTS: dict[str, Variant] = {
    "reversed": reversed_,
    "spacing": spacing,
    "invisible": invisible,
    "punctuation": punctuation,
    "case": case,
    "accents": accents,
    "unicode form": unicode_form,
    "title": title,
    "nickname": nickname,
    "initials": initials,
    "couple": couple,
    "business form": business_form,
    "the": the,
    "ampersand": ampersand,
    "abbreviation": abbreviation,
    "typo": typo,
    "parent written out": written_out,
    "company and person": company_and_person,
}


def another_name(party: Party, chance: random.Random) -> tuple[str, str]:
    """A way and the name it makes of a party. Ways that few names give an occasion for are taken first, mostly."""
    rare = chance.random() < 0.7
    for kinds in (chance.sample(RARE, len(RARE)) if rare else (), chance.sample(USUAL, len(USUAL))):
        for kind in kinds:
            name = VARIANTS[kind](party, chance)
            if name and name != party.name:
                return kind, name
    return "case", party.name.swapcase()


RARE = (
    "accents", "unicode form", "nickname", "ampersand", "abbreviation", "business form", "company and person",
    "punctuation",
)  # fmt: skip
USUAL = tuple(kind for kind in VARIANTS if kind not in RARE)
