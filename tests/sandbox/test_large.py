"""The large company: as untidy as a real one, written as the engines write, and complete when it is loaded."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.queries import asks, ranks
from include.sandbox.quickbooks.queries.query import query
from include.sandbox.scenarios import large, load, loading, progress
from include.sandbox.scenarios.businesses import Business
from include.sandbox.scenarios.large_customers import Customers
from include.sandbox.scenarios.people import Person
from include.sandbox.scenarios.stencil import Hand, Parent, Stencils, quickbooks_hand, syncta_hand
from include.sandbox.scenarios.town import REALM, ZONE, Town
from include.sandbox.scenarios.variants import VARIANTS, Party
from include.sandbox.store import Store

from .conftest import refusal, sale
from .test_scenarios import everything

SIZE, INVOICES = 1500, 1500
AT = dt.datetime(2026, 7, 1, 9, tzinfo=ZONE)
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A loaded company."""
    store = Store(tmp_path_factory.mktemp("large") / "sandbox.sqlite")
    with store.transaction():
        load(store, "large", customers=SIZE, invoices=INVOICES)
    yield store
    store.close()


@pytest.fixture(scope="module")
def in_quickbooks(company: Store) -> dict[str, Rows]:
    """Every object there, by entity."""
    found: dict[str, Rows] = {}
    for row in company.rows("SELECT entity, body FROM qb_record ORDER BY id"):
        found.setdefault(row["entity"], []).append(json.loads(row["body"], parse_float=Decimal))
    return found


@pytest.fixture(scope="module")
def in_syncta(company: Store) -> dict[str, Rows]:
    """Every record there, by kind."""
    found: dict[str, Rows] = {}
    for row in company.rows("SELECT kind, body FROM syncta_record ORDER BY seq"):
        found.setdefault(row["kind"], []).append(json.loads(row["body"]))
    return found


def test_each_side_has_as_many_as_were_asked_for(in_quickbooks: dict[str, Rows], in_syncta: dict[str, Rows]) -> None:
    assert len(in_quickbooks["Customer"]) == len(in_syncta["customer"]) == SIZE
    assert len(in_syncta["invoice"]) == INVOICES
    assert len({each["number"] for each in in_syncta["invoice"]}) == INVOICES


def test_most_customers_are_on_both_sides_and_some_on_one(
    in_quickbooks: dict[str, Rows], in_syncta: dict[str, Rows]
) -> None:
    left, right = (
        {each["DisplayName"] for each in in_quickbooks["Customer"]},
        {e["name"] for e in in_syncta["customer"]},
    )
    assert len(left & right) > SIZE * 0.7
    assert len(left - right) > SIZE * 0.05
    assert len(right - left) > SIZE * 0.05
    assert len(in_syncta["customer"]) > len(right)  # the same name twice within Syncta


def test_it_has_firms_families_jobs_and_those_who_left(in_quickbooks: dict[str, Rows]) -> None:
    customers = in_quickbooks["Customer"]
    assert sum("CompanyName" in each for each in customers) > SIZE * 0.15
    assert sum("ParentRef" in each for each in customers) > SIZE * 0.03
    assert sum(not each["Active"] for each in customers) > SIZE * 0.01
    assert sum("PrimaryPhone" not in each for each in customers) > SIZE * 0.1
    homes = Counter((e["BillAddr"]["Line1"], e.get("FamilyName")) for e in customers if "BillAddr" in e)
    assert sum(n > 1 for (_, family), n in homes.items() if family) > SIZE * 0.02
    assert len({each["DisplayName"].casefold() for each in customers}) == SIZE


def test_common_names_are_as_common_as_in_america(in_quickbooks: dict[str, Rows]) -> None:
    families = Counter(each["FamilyName"] for each in in_quickbooks["Customer"] if "FamilyName" in each)
    people = sum(families.values())
    assert 0.004 < families["Smith"] / people < 0.025
    assert len(families) > people * 0.5


def test_every_kind_of_mistake_is_made() -> None:
    store = Store(":memory:")
    town = Town(store)
    town.open_books(name="Untidy", closed_through=None, founded=large.FOUNDED)
    with loading(store):
        made = Customers(town, random.Random(3), 8000)
        made.move_in()
    assert set(made.mistakes) == set(VARIANTS)


@pytest.mark.parametrize(
    ("kind", "party", "names"),
    [
        ("reversed", Party("Nick A. Brown Jr", Person("Nick", "Brown", "A.", "Jr")), {"Brown Jr, Nick A."}),
        ("reversed", Party("Brown Plumbing", None, Business("Brown Plumbing")), {""}),
        ("accents", Party("José Muñoz"), {"Jose Munoz"}),
        ("unicode form", Party("Zoë"), {"Zoe\u0308"}),
        ("nickname", Party("Robert Hall", Person("Robert", "Hall")), {"Bob Hall"}),
        ("initials", Party("Nick Brown", Person("Nick", "Brown")), {"N. Brown", "N Brown"}),
        ("punctuation", Party("O'Neil-Ray, Inc.", None, None), {"ONeil Ray Inc"}),
        ("business form", Party("A, LLC", None, Business("A", ", LLC")), {"A", "A L.L.C."}),
        ("the", Party("The Inn", None, Business("The Inn")), {"Inn"}),
        ("ampersand", Party("Ray & Day"), {"Ray and Day"}),
        ("ampersand", Party("Ray and Day"), {"Ray & Day"}),
        ("abbreviation", Party("St. Helena Bros Management"), {"Saint Helena Brothers Mgmt"}),
        ("parent written out", Party("1 Pine St", parent="Alpine Realty"), {"Alpine Realty:1 Pine St"}),
        ("company and person", Party("Al Ray", Person("Al", "Ray"), Business("Ray Co")), {"Ray Co - Al Ray"}),
    ],
)
def test_a_mistake_is_the_one_people_make(kind: str, party: Party, names: set[str]) -> None:
    chance = random.Random(1)
    assert {VARIANTS[kind](party, chance) for _ in range(40)} == names


def test_six_years_are_told_and_tests_come_in_their_season(in_syncta: dict[str, Rows]) -> None:
    dates = [dt.date.fromisoformat(each["invoice_date"]) for each in in_syncta["invoice"]]
    assert (min(dates).year, max(dates).year) == (2020, 2026)
    assert dates == sorted(dates)
    months = Counter(date.month for date in dates)
    assert months[5] > 3 * months[12]


def test_the_last_weeks_are_not_all_typed_in_yet(in_quickbooks: dict[str, Rows], in_syncta: dict[str, Rows]) -> None:
    typed = {each["DocNumber"] for each in in_quickbooks["Invoice"]}
    late = [each["number"] in typed for each in in_syncta["invoice"] if each["invoice_date"] >= "2026-10-01"]
    early = [each["number"] in typed for each in in_syncta["invoice"] if each["invoice_date"] < "2026-01-01"]
    assert 0 < sum(late) / len(late) < 0.6
    assert 0.75 < sum(early) / len(early) < 1


def test_invoices_are_paid_in_every_way_there_is(in_quickbooks: dict[str, Rows], in_syncta: dict[str, Rows]) -> None:
    invoices, payments = in_quickbooks["Invoice"], in_quickbooks["Payment"]
    assert any(each["Balance"] == each["TotalAmt"] > 0 for each in invoices)
    assert any(0 < each["Balance"] < each["TotalAmt"] for each in invoices)
    assert any(len(each["LinkedTxn"]) > 1 for each in invoices)
    assert any(each.get("PrivateNote", "").startswith("Voided") for each in invoices)
    assert any(len(each["Line"]) > 1 and each["TotalAmt"] > 0 for each in payments)
    assert any(each["UnappliedAmt"] > 0 for each in payments)
    assert in_quickbooks["CreditMemo"]
    assert {(each["paid"] or {}).get("source") for each in in_syncta["invoice"]} == {None, "manual", "portal"}
    assert any(each["portal_payments"] for each in in_syncta["invoice"])


def test_every_balance_adds_up(in_quickbooks: dict[str, Rows], company: Store) -> None:
    applied: Counter[tuple[str, str]] = Counter()
    for row in company.rows("SELECT kind, target, amount FROM qb_settled"):
        applied[row["kind"], str(row["target"])] += abs(Decimal(row["amount"]))  # type: ignore[assignment]
    owed: Counter[str] = Counter()
    for kind, sign in (("Invoice", 1), ("CreditMemo", -1)):
        for each in in_quickbooks[kind]:
            assert each["Balance"] == each["TotalAmt"] - applied[kind, each["Id"]]
            owed[each["CustomerRef"]["value"]] += sign * each["Balance"]
    for each in in_quickbooks["Payment"]:
        owed[each["CustomerRef"]["value"]] -= each["UnappliedAmt"]
    below: Counter[str] = Counter()
    for each in in_quickbooks["Customer"]:
        assert each["Balance"] == owed[each["Id"]]
        if "ParentRef" in each:
            below[each["ParentRef"]["value"]] += each["BalanceWithJobs"]
    for each in in_quickbooks["Customer"]:
        assert each["BalanceWithJobs"] == each["Balance"] + below[each["Id"]]


def test_queries_find_everything_that_was_loaded(in_quickbooks: dict[str, Rows], company: Store) -> None:
    books = Books(company, REALM, api=True)
    for entity in ("Customer", "Invoice", "Payment"):
        everybody = " where Active IN (true,false)" if entity == "Customer" else ""
        total = len(in_quickbooks[entity])
        assert query(books, f"select count(*) from {entity}{everybody}") == {"totalCount": total}
        last = query(books, f"select * from {entity}{everybody} orderby MetaData.LastUpdatedTime startposition {total}")
        assert len(last[entity]) == 1
    table = asks.narrow("Customer")
    for column in map(table.column, ("Id", "DisplayName", "Balance", "MetaData.CreateTime")):
        rows = company.rows(f"SELECT id FROM {table.name} ORDER BY {column}, id")
        order = ranks.Order(table.name, column, "all")
        assert books.records.asks.ranks.ids(order, 0, SIZE, falls=False) == [row["id"] for row in rows]


def test_the_engine_goes_on_where_the_load_ended(tmp_path: Path) -> None:
    store = Store(tmp_path / "sandbox.sqlite")
    with store.transaction():
        load(store, "large", customers=60, invoices=60)
    books, highest = (
        Books(store, REALM, api=True),
        store.row("SELECT max(id) AS n FROM qb_record WHERE entity = 'Customer'"),
    )
    taken = query(books, "select * from Customer maxresults 1")["Customer"][0]["DisplayName"]
    assert refusal(books.create, "Customer", {"DisplayName": taken.upper()}) == "6240"
    made = books.create("Customer", {"DisplayName": "One more"})
    assert highest is not None
    assert int(made["Id"]) == highest["n"] + 1
    before = {each["Id"] for each in query(books, "select * from Invoice maxresults 1000")["Invoice"]}
    assert books.create("Invoice", sale(made["Id"], 5))["Id"] not in before
    assert query(books, "select count(*) from Customer where Active IN (true, false)") == {"totalCount": 61}
    town = Town(store)
    assert town.syncta_customer("One more") == "c000061"
    store.close()


BODIES = [
    {"DisplayName": 'Plain "quoted" 100% \\ name'},
    {"DisplayName": "José Muñoz", "GivenName": "José", "MiddleName": "A.", "FamilyName": "Muñoz", "Suffix": "Jr"},
    {"DisplayName": "İstanbul ẞ", "CompanyName": "A & B, LLC", "PrimaryPhone": {"FreeFormNumber": "(530) 555-0123"}},
    {"DisplayName": "Mail", "PrimaryEmailAddr": {"Address": "Mixed.Case@Example.com"}},
    {"DisplayName": "Home", "BillAddr": {"Line1": "1 Pine", "City": "Reno", "PostalCode": "89501"}},
    {"DisplayName": "Other home", "BillAddr": {"Line1": "2 Oak", "City": "Truckee", "PostalCode": "96161"}},
]
RECORDS = [
    {"name": "Zoë \u200b 💧"},
    {"name": "All", "phone": "530", "emails": ["a@example.com"], "mailing_address": {"line1": "1", "city": "ü"}},
]


@pytest.mark.parametrize(("make", "bodies"), [(quickbooks_hand, BODIES), (syncta_hand, RECORDS)])
def test_a_stencil_writes_the_rows_that_the_engine_writes(tmp_path: Path, make: Any, bodies: Rows) -> None:
    def by_stencil(hand: Hand) -> None:
        stencils = Stencils(hand)
        for body in bodies * 2:
            above = stencils.customer(numbered(body), AT)
            name = f"{body[hand.name]} below"
            parent = Parent(str(above) if hand.name == "DisplayName" else f"c{above:06d}", above_name)
            stencils.customer(numbered({**body, hand.name: name}), AT, parent)

    def by_engine(hand: Hand) -> None:
        with hand.store.clock.at(AT):
            for body in bodies * 2:
                above = hand.write(numbered(body), "")
                hand.write(numbered({**body, hand.name: f"{body[hand.name]} below"}), above)

    def numbered(body: dict[str, Any]) -> dict[str, Any]:
        """No name twice."""
        nonlocal count, above_name
        count += 1
        field = "DisplayName" if "DisplayName" in body else "name"
        made = {**body, field: f"{body[field]} {count}"}
        if not body[field].endswith("below"):
            above_name = made[field]
        return made

    dumps = []
    for n, way in enumerate((by_stencil, by_engine)):
        count, above_name = 0, ""
        store = Store(tmp_path / f"{n}.sqlite")
        town = Town(store)
        town.open_books(name="Alike", closed_through=None)
        with loading(store):
            way(make(town))
        store.meter.reset()
        dumps.append(everything(store))
        store.close()
    assert dumps[0] == dumps[1]


def test_a_long_load_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(progress, "PAUSE_SECONDS", -1)
    progress.Progress("customers", 2_000_000).at(1_234)
    assert capsys.readouterr().err == "Loading: 1,234 of 2,000,000 customers\n"


def test_a_short_load_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(Store(tmp_path / "sandbox.sqlite"), "large", customers=20, invoices=10)
    assert capsys.readouterr().err == ""
