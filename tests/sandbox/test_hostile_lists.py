"""Whatever is sent to a list, the answer is an object or a fault, and a fault leaves no trace."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.sandbox.quickbooks.catalog.taxes import make_tax_code
from include.sandbox.quickbooks.engine import Books
from include.sandbox.quickbooks.entities import ENTITIES
from include.sandbox.quickbooks.refusals import Refused
from include.sandbox.quickbooks.wire import dumps, loads
from include.sandbox.store import Store

LISTS = sorted(name for name, entity in ENTITIES.items() if entity.ids not in ("transactions", "company"))
TEXTS = st.sampled_from([
    "",
    "Ann",
    "a:b",
    "1",
    "-1",
    "99999999999999999999",
    "2026-01-31",
    "true",
    "EUR",
    "TAX",
    "\x00",
])
PLAIN = st.none() | st.booleans() | st.integers() | st.decimals(-10, 10**16, places=2) | TEXTS | st.text(max_size=5)
KEYS = st.sampled_from(["value", "type", "EntityRef", "ItemGroupLine", "ItemRef", "Qty", "Line1", "Address", "URI"])
ANY = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3))


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """One company for all examples; each example is rolled back."""
    store = Store(tmp_path_factory.mktemp("hostile") / "sandbox.sqlite")
    books = Books(store, "42", api=True)
    books.found(name="Hostile", multicurrency=True)
    yield books
    store.close()


class Undo(Exception):
    """Ends a transaction that shall leave nothing."""


def rows(books: Books) -> list[str]:
    return [row["body"] for row in books.store.rows("SELECT body FROM qb_record ORDER BY entity, id")]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_body_is_accepted_or_refused(books: Books, data: st.DataObject) -> None:
    entity = data.draw(st.sampled_from(LISTS))
    fields = st.sampled_from(sorted(ENTITIES[entity].fields))
    names = {"Name": "Ann", "DisplayName": "Ann", "Code": "SEK", "Note": "n", "DueDays": 1, "AccountType": "Bank"}
    known = {name: value for name, value in names.items() if name in ENTITIES[entity].fields}
    body = known | data.draw(st.dictionaries(fields, ANY, max_size=4))
    before = rows(books)
    with contextlib.suppress(Undo), books.store.transaction():
        _create_and_change(books, entity, loads(dumps(body)))
        raise Undo
    assert rows(books) == before


def _create_and_change(books: Books, entity: str, body: dict[str, Any]) -> None:
    before, made = rows(books), None
    with contextlib.suppress(Refused):
        made = books.create(entity, body)
    if made is None:
        assert rows(books) == before
        return
    assert loads(dumps(made)) == made
    if "Id" in made and ENTITIES[entity].updates:
        assert books.update(entity, made)["SyncToken"] == str(int(made["SyncToken"]) + 1)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.fixed_dictionaries({"TaxCode": ANY, "TaxRateDetails": ANY})
    | st.fixed_dictionaries({
        "TaxCode": st.just("New"),
        "TaxRateDetails": st.lists(
            st.dictionaries(st.sampled_from(["TaxRateName", "RateValue", "TaxAgencyId", "TaxRateId"]), ANY), max_size=2
        ),
    })
)
def test_the_tax_service_takes_or_refuses_anything(books: Books, body: dict[str, Any]) -> None:
    before = rows(books)
    with contextlib.suppress(Undo, Refused), books.store.transaction():
        make_tax_code(books, loads(dumps(body)))
        raise Undo
    assert rows(books) == before
