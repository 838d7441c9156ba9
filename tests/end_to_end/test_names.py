"""Names, code point for code point, through both systems over HTTP (R2, R3, R6, rules 2.1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

import pytest

from tests.end_to_end.people import People, people_of
from tests.hostile_names import HOSTILE_NAMES

NEARLY = {
    "trailing space ": "trailing space",
    " leading space": "leading space",
    "two  spaces": "two spaces",
    "no-break\u00a0space": "no-break space",
    "Stone Bros.": "Stone Bros",
    "LAKEVIEW Dental": "Lakeview Dental",
    unicodedata.normalize("NFD", "Renée Dubois"): unicodedata.normalize("NFC", "Renée Dubois"),
    unicodedata.normalize("NFC", "Zoë Größe"): unicodedata.normalize("NFD", "Zoë Größe"),
    "Marshall, Jane": "Jane Marshall",
    "Ana María": "María Ana",
    "O\u2019Brien": "O'Brien",
    "Tom Reyes\u200b": "Tom Reyes",
    "ﬁsh & Co": "fish & Co",
    "Ⅳ Corners": "IV Corners",
    "Straße": "STRASSE",
}
"""QuickBooks' name → the name in Syncta that a person would take for the same."""
MORE_HOSTILE = [
    "  two before and two after  ",
    "\u00a0no-break around\u00a0",
    "percent % and %25 and %s",
    "quote ' double \" backslash \\ and \\' both",
    "'; DELETE FROM customers --",
    "ends with a quote'",
    "𝒜 beyond the basic plane 🏳️‍🌈",
    "e\u0301e\u0301e\u0301",
    "\u00c5 \u212b",
    "💧" * 250,
    "é" * 500,
]


def accepted(names: Sequence[str]) -> list[str]:
    """Those QuickBooks itself takes: no colon, no tab, each name once without regard to case."""
    kept: dict[str, str] = {}
    for name in names:
        if ":" not in name and "\t" not in name and len(name) <= 500:
            kept.setdefault(name.casefold(), name)
    return list(kept.values())


HOSTILE = accepted([*HOSTILE_NAMES, *MORE_HOSTILE])


def code_points(names: Sequence[str]) -> list[list[str]]:
    """What the names are made of, in an order of their own."""
    return sorted([f"{ord(char):04x}" for char in name] for name in names)


@pytest.fixture(scope="module")
def nearly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """Names that are nearly the same, after the first sync."""
    with people_of(tmp_path_factory.mktemp("nearly")) as people:
        for ours, theirs in NEARLY.items():
            people.quickbooks_customer(ours)
            people.syncta_customer(theirs)
        assert people.first_sync() == {"customer.create": len(NEARLY)}
        yield people


@pytest.fixture(scope="module")
def only_in_quickbooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """Hostile names in QuickBooks only, after the first sync."""
    with people_of(tmp_path_factory.mktemp("created")) as people:
        for name in HOSTILE:
            people.quickbooks_customer(name)
        assert people.first_sync() == {"customer.create": len(HOSTILE)}
        yield people


@pytest.fixture(scope="module")
def on_both_sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """Hostile names on both sides, after the first sync."""
    with people_of(tmp_path_factory.mktemp("matched")) as people:
        for name in HOSTILE:
            people.both(name)
        assert people.first_sync() == {}
        yield people


@pytest.mark.parametrize("ours", NEARLY, ids=ascii)
def test_a_name_that_differs_in_anything_is_another_customer(nearly: People, ours: str) -> None:
    """R2, rules 8.3"""
    names = nearly.names()
    assert (names.count(ours), names.count(NEARLY[ours])) == (1, 1)
    assert nearly.named(ours)["external_id"] is not None
    assert nearly.named(NEARLY[ours])["external_id"] is None


def test_nothing_but_the_names_of_both_sides_is_there_afterwards(nearly: People) -> None:
    assert nearly.names() == sorted([*NEARLY, *NEARLY.values()])
    in_quickbooks = [one["DisplayName"] for one in nearly.company.quickbooks_all("Customer")]
    assert sorted(in_quickbooks) == sorted(NEARLY)


def test_a_hostile_name_is_created_to_the_code_point(only_in_quickbooks: People) -> None:
    in_quickbooks = [one["DisplayName"] for one in only_in_quickbooks.company.quickbooks_all("Customer")]
    assert code_points(in_quickbooks) == code_points(HOSTILE)
    assert code_points(only_in_quickbooks.names()) == code_points(in_quickbooks)


def test_a_hostile_name_on_both_sides_is_one_customer(on_both_sides: People) -> None:
    in_quickbooks = {one["Id"]: one["DisplayName"] for one in on_both_sides.company.quickbooks_all("Customer")}
    in_syncta = on_both_sides.company.syncta_customers()
    links = on_both_sides.links()
    assert {how for _, how in links.values()} == {"exact_name"}
    assert [in_syncta[syncta]["name"] for syncta, _ in links.values()] == [in_quickbooks[ours] for ours in links]
    assert code_points(list(in_quickbooks.values())) == code_points(HOSTILE)
    assert on_both_sides.told("hold") == {}


@pytest.mark.parametrize("which", ["nearly", "only_in_quickbooks", "on_both_sides"])
def test_syncing_names_again_writes_nothing(which: str, request: pytest.FixtureRequest) -> None:
    people: People = request.getfixturevalue(which)
    assert (people.sync(), people.first_sync(), people.sync()) == ({}, {}, {})


def test_a_hostile_name_is_found_again_under_a_new_hostile_name(people: People) -> None:
    ours = people.quickbooks_customer(HOSTILE[0])
    people.first_sync()
    for name in HOSTILE[5::12]:
        people.change_customer(ours, DisplayName=name)
        assert people.sync() == {"customer.update": 1}
        assert code_points(people.names()) == code_points([name])
