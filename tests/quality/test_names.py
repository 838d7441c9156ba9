"""Likely duplicates by name: the reversed ones, and nothing that merely resembles them."""

from __future__ import annotations

import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.quality.names import PAIR_COLUMNS, likely_duplicates, reversed_key

WORD = st.text(st.characters(categories=["Lu", "Ll"]), min_size=1, max_size=8)


def frame(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["system", "id", "name"])


def pairs(*rows: tuple[str, str, str]) -> list[tuple[str, ...]]:
    return list(likely_duplicates(frame(*rows)).itertuples(index=False, name=None))


def test_the_first_acceptance_case_is_found() -> None:
    assert pairs(("syncta", "s1", "Nick Brown"), ("quickbooks", "1", "Brown, Nick")) == [
        ("quickbooks", "1", "syncta", "s1", "close", "reversed_name")
    ]


@pytest.mark.parametrize(
    ("name", "reversal"),
    [
        ("nick brown", "BROWN, NICK"),
        ("Nick Brown", "Brown,Nick"),
        ("Nick\u00a0Brown", " Brown,  Nick "),
        ("Jos\u00e9 Diaz", "Diaz, Jose\u0301"),
        ("Thomas, James", "Thomas James"),
        ("Nick Brown Jr", "Brown, Nick, Jr"),
    ],
)
def test_case_spaces_and_accent_form_do_not_hide_a_reversal(name: str, reversal: str) -> None:
    assert len(pairs(("syncta", "s1", name), ("quickbooks", "1", reversal))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nick Brown", "Nick Brown"),
        ("Nick Brown", "Brown Nick"),
        ("Brown, Nick", "Nick, Brown"),
        ("Nick Brown", "Brown, Nicholas"),
        ("Nick Brown", "Brown, Nick A"),
        ("", ","),
        (" ", " , "),
    ],
)
def test_other_likenesses_are_not_reversals(one: str, other: str) -> None:
    assert pairs(("syncta", "s1", one), ("quickbooks", "1", other)) == []


def test_pairs_inside_one_system_count() -> None:
    assert len(pairs(("syncta", "s1", "Nick Brown"), ("syncta", "s2", "Brown, Nick"))) == 1


def test_every_pairing_of_namesakes_is_told_once() -> None:
    rows = [("syncta", "s1", "Nick Brown"), ("syncta", "s2", "Nick Brown"), ("quickbooks", "1", "Brown, Nick")]
    assert {(pair[1], pair[3]) for pair in pairs(*rows)} == {("1", "s1"), ("1", "s2")}


def test_no_customers_give_no_pairs_in_the_same_columns() -> None:
    assert list(likely_duplicates(frame()).columns) == PAIR_COLUMNS


@given(st.lists(WORD, min_size=1, max_size=4))
def test_a_key_does_not_depend_on_the_order_of_words(words: list[str]) -> None:
    key = reversed_key(" ".join(words))
    assert reversed_key(" ".join(reversed(words))) == key
    assert reversed_key(f"{words[-1]}, {' '.join(words[:-1])}") == key


def test_forty_thousand_names_take_seconds_not_minutes() -> None:
    rows = [("syncta", f"s{n}", f"Given{n} Family{n}") for n in range(20_000)]
    rows += [("quickbooks", str(n), f"Family{n}, Given{n}") for n in range(20_000)]
    started = time.monotonic()
    assert len(likely_duplicates(frame(*rows))) == 20_000
    assert time.monotonic() - started < 30
