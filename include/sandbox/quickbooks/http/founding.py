"""`/sandbox/companies`: which companies there are, and a further one founded with the settings a test needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from zoneinfo import ZoneInfo

from include.sandbox.quickbooks.catalog.company import ADDRESSES, Company, realms_of
from include.sandbox.quickbooks.engine import Books
from include.sandbox.store import Store

KINDS = {field.name: field.type for field in fields(Company) if field.name != "tax_rates"}
LONGEST_REALM = 20


def companies(store: Store) -> list[Mapping[str, Any]]:
    """Each company's realm, name, country and currency, first founded first."""
    return [_told(Books(store, realm)) for realm in realms_of(store)]


def found_company(store: Store, wish: Mapping[str, Any]) -> Mapping[str, Any]:
    """Found a company: `{"name": …}`, and if wished `realm` and the settings of `company.Company`.

    Its founding is neither metered nor told by webhooks. Raises ValueError for unknown or wrong settings.
    """
    settings = {name: value for name, value in wish.items() if name != "realm"}
    _check(settings)
    realm = _free_realm(store, wish.get("realm"))
    books = Books(store, realm)
    with store.transaction() as db:
        books.found(**settings)
        for table in ("meter", "qb_event"):
            db.execute(f"DELETE FROM {table} WHERE realm = ?", (realm,))  # noqa: S608 - one of two names
    return _told(books)


def _told(books: Books) -> Mapping[str, Any]:
    return {
        "realm": books.realm,
        "name": books.must_find("CompanyInfo", "1")["CompanyName"],
        "country": books.country,
        "home_currency": books.home_currency,
        "multicurrency": books.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"],
    }


def _check(settings: Mapping[str, Any]) -> None:
    """Raises ValueError for settings that are none, or have another type or value than they can have."""
    unknown = sorted(set(settings) - set(KINDS))
    if unknown or not settings.get("name"):
        wrong = f"unknown key: {', '.join(unknown)}" if unknown else "name is missing"
        raise ValueError(f"{wrong}; there are realm, {', '.join(KINDS)}")
    for name, value in settings.items():
        if KINDS[name] == "bool" and not isinstance(value, bool):
            raise ValueError(f"{name} is true or false")
        if KINDS[name] != "bool" and not isinstance(value, str):
            raise ValueError(f"{name} is text")
    _check_values(settings)


def _check_values(settings: Mapping[str, Any]) -> None:
    country = settings.get("country", "US")
    if country not in ADDRESSES:
        raise ValueError(f"country is one of {', '.join(ADDRESSES)}")
    if settings.get("samples") and country != "US":
        raise ValueError("samples are those of a company in the US")
    try:
        ZoneInfo(settings.get("zone", "UTC"))
    except (OSError, ValueError) as problem:
        raise ValueError(f"there is no zone {settings['zone']}") from problem
    if "closed_through" in settings:
        dt.date.fromisoformat(settings["closed_through"])


def _free_realm(store: Store, wanted: object) -> str:
    """The realm wished for, or the next one. Raises ValueError when it is taken or is no number."""
    realms = realms_of(store)
    realm = str(max(map(int, realms), default=9341453000000000) + 1) if wanted is None else wanted
    if not isinstance(realm, str) or not (realm.isascii() and realm.isdecimal()) or len(realm) > LONGEST_REALM:
        raise ValueError(f"realm is a number of at most {LONGEST_REALM} digits, as text")
    if realm in realms:
        raise ValueError(f"there is a company {realm} already")
    return realm
