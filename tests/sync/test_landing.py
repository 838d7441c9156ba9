"""What the extracts leave beside the run: everything that was read, with nothing lost."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest

from include.records import Deleted, Entity, Extract, System, Unreadable
from include.sync.books import read_books
from include.sync.landing import hand_over, handed_over, read_landed
from include.sync.run import RunKind
from tests.sync.builders import NOON, TODAY, customer, line, syncta_invoice
from tests.sync.reading import mirrored, read
from tests.sync.sides import QuickBooks, Syncta

CUSTOMER, INVOICE = Entity.CUSTOMER, Entity.INVOICE
QB, SY = System.QUICKBOOKS, System.SYNCTA


@pytest.fixture
def quickbooks():
    side = QuickBooks()
    side.put(CUSTOMER, customer("1", "Ann Lee"))
    return side


@pytest.fixture
def syncta():
    return Syncta()


def test_names_arrive_in_file_and_mirror_code_point_for_code_point(make_run, quickbooks, syncta):
    names = ['O\'Neil "Bo" \\ %s', " lead, trail ", "no\u00a0break", "e\u0301 é", "🚰🏳️‍🌈", "x" * 500, "None", "", "nan"]
    for number, name in enumerate(names):
        quickbooks.put(CUSTOMER, customer(f"n{number}", name))
    run = make_run(RunKind.INITIAL)
    read(run, quickbooks, syncta)
    landed = read_landed(run, (QB, CUSTOMER)).set_index("id")["name"]
    kept = mirrored(run, QB, CUSTOMER)
    for number, name in enumerate(names):
        assert landed[f"n{number}"] == kept[f"n{number}"].name == name


def test_money_lands_as_text_and_the_record_in_whole(make_run, quickbooks, syncta):
    syncta.put(INVOICE, syncta_invoice("j", "a", "10000000000000000.01", lines=(line("0.10"),)))
    run = make_run(RunKind.INITIAL)
    read(run, quickbooks, syncta)
    row = read_landed(run, (SY, INVOICE)).set_index("id").loc["j"]
    assert (row["total"], row["number"], row["customer_id"]) == ("10000000000000000.01", "j", "a")
    assert json.loads(row["record"])["lines"][0]["amount"] == "0.10"
    assert mirrored(run, SY, INVOICE)["j"].total == Decimal("10000000000000000.01")


def test_an_empty_extract_lands_with_its_columns(make_run, syncta):
    run = make_run(RunKind.INITIAL)
    read(run, QuickBooks(), syncta)
    frame = read_landed(run, (QB, Entity.CREDIT_MEMO))
    assert len(frame) == 0
    assert list(frame["id"]) == []


def test_how_the_books_are_kept_is_stored_beside_the_run(make_run, quickbooks, syncta):
    quickbooks.close_date = dt.date(2026, 8, 31)
    quickbooks.now = dt.datetime(2026, 11, 1, 5, 0, tzinfo=dt.UTC)
    run = make_run(RunKind.INITIAL)
    read(run, quickbooks, syncta)
    books = read_books(run)
    assert (books.closed_through, books.today) == (dt.date(2026, 8, 31), dt.date(2026, 10, 31))


def test_a_retry_overwrites_what_the_first_try_landed(make_run, quickbooks, syncta):
    first = read(make_run(RunKind.INITIAL), quickbooks, syncta)
    quickbooks.put(CUSTOMER, customer("2", "New"))
    run = make_run(RunKind.INITIAL, attempt=2)
    second = read(run, quickbooks, syncta)
    assert [extract["files"] for extract in first] == [extract["files"] for extract in second]
    assert len(read_landed(run, (QB, CUSTOMER))) == 2


def test_what_the_poll_hands_over_comes_back_as_it_was(make_run):
    run = make_run()
    records = (syncta_invoice("j", "a", "0.10", paid_on=TODAY),)
    extract = Extract(records, (Deleted("k", NOON),), (Unreadable("l", "no_name", "x"),), 3, NOON, complete=True)
    hand_over(run, {(SY, INVOICE): extract})
    assert handed_over(run) == {(SY, INVOICE): extract}
