"""Businesses as a backflow tester meets them: firms, shops, associations, chains with branches, property managers."""

from __future__ import annotations

import random
from typing import NamedTuple

from include.sandbox.scenarios.people import STREETS, Census

FORMS = (", LLC", " LLC", ", Inc.", " Inc", " Inc.", " Corp.", " Co.", " LP", "", "", "")
TRADES = (
    "Plumbing", "Heating & Air", "Landscaping", "Construction", "Electric", "Roofing", "Dental", "Auto Body",
    "Irrigation", "Fire Protection", "Nursery", "Brewing", "Bakery", "Veterinary Clinic", "Law Office", "Winery",
)  # fmt: skip
PLACES = (
    "Truckee", "Tahoe", "Donner", "Sierra", "Northstar", "Martis", "Alpine", "Lakeview", "Summit", "River", "Pinecrest",
    "Washoe", "Comstock", "Gold Country", "High Desert", "Emerald Bay", "St. Helena", "Mt. Rose", "Saint Clair",
)  # fmt: skip
KINDS = (
    "Homeowners Association", "HOA", "Elementary School", "Fire District", "Church", "Apartments", "Mobile Home Park",
    "Golf Club", "Medical Center", "Brewing Company", "Inn", "Lodge", "Hardware", "Storage", "Public Utility District",
)  # fmt: skip
CHAINS = ("Burger Barn", "Quik Stop", "Java Hut", "Fresh Fields Market", "Tire Depot", "Pet Palace", "Noodle House")
MANAGERS = ("Property Management", "Property Mgmt", "Realty", "Vacation Rentals", "Asset Management")


class Business(NamedTuple):
    """A business: `core` is its name without the legal form."""

    core: str
    form: str = ""

    @property
    def name(self) -> str:
        """The whole name."""
        return f"{self.core}{self.form}"


def business(census: Census) -> Business:
    """A firm, a shop, an association, a branch of a chain, or a person who trades under a name."""
    chance, luck = census.chance, census.chance.random()
    if luck < 0.4:
        return Business(_firm(census), chance.choice(FORMS))
    if luck < 0.7:
        the = "The " if chance.random() < 0.2 else ""
        return Business(f"{the}{chance.choice(PLACES)} {chance.choice(KINDS)}", chance.choice(FORMS))
    if luck < 0.85:
        return Business(branch(chance))
    return Business(f"{census.person().name} DBA {_firm(census)}")


def manager(census: Census) -> Business:
    """Somebody who manages other people's houses."""
    chance = census.chance
    name = census.last_name() if chance.random() < 0.6 else chance.choice(PLACES)
    return Business(f"{name} {chance.choice(MANAGERS)}", chance.choice(FORMS))


def branch(chance: random.Random) -> str:
    """One shop of a chain, by its number or its place."""
    chain = chance.choice(CHAINS)
    if chance.random() < 0.6:
        return f"{chain} #{chance.randrange(1, 9999)}"
    return f"{chain} - {chance.choice(PLACES)} {chance.choice(STREETS)}"


def _firm(census: Census) -> str:
    chance, luck = census.chance, census.chance.random()
    trade = chance.choice(TRADES)
    if luck < 0.35:
        return f"{census.last_name()} {trade}"
    if luck < 0.5:
        return f"{census.last_name()} & {census.last_name()} {trade}"
    if luck < 0.6:
        return f"{census.last_name()} Bros {trade}"
    if luck < 0.7:
        return f"{census.last_name()} and Sons {trade}"
    return f"{chance.choice(PLACES)} {trade}"
