"""Currencies a company uses and their rates, with the rules of both (reference 3.9; Intuit's exchangerate page)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from include.sandbox.quickbooks.catalog.names import check_list
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.schema import DATE, MONEY, TEXT, TIMES, YES, Ask, Entity, asked, text
from include.sandbox.quickbooks.wire import money

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

KNOWN = {
    "AUD": ("Australian Dollar", "0.66"),
    "BRL": ("Brazilian Real", "0.18"),
    "CAD": ("Canadian Dollar", "0.73"),
    "CHF": ("Swiss Franc", "1.13"),
    "CNY": ("Chinese Yuan", "0.14"),
    "DKK": ("Danish Krone", "0.145"),
    "EUR": ("Euro", "1.08"),
    "GBP": ("British Pound Sterling", "1.27"),
    "HKD": ("Hong Kong Dollar", "0.128"),
    "INR": ("Indian Rupee", "0.012"),
    "JPY": ("Japanese Yen", "0.0067"),
    "MXN": ("Mexican Peso", "0.055"),
    "NOK": ("Norwegian Krone", "0.093"),
    "NZD": ("New Zealand Dollar", "0.61"),
    "SEK": ("Swedish Krona", "0.095"),
    "SGD": ("Singapore Dollar", "0.74"),
    "USD": ("United States Dollar", "1"),
    "ZAR": ("South African Rand", "0.055"),
}
"""Code → name and what one is worth in US dollars where nobody has set a rate."""
HOME = {"US": "USD", "CA": "CAD", "GB": "GBP", "AU": "AUD"}
PLACES = Decimal("0.0000001")
OFF = "Multi Currency should be enabled to perform this operation"

COMPANY_CURRENCY = Entity(
    "CompanyCurrency",
    ids="currencies",
    label="Code",
    listed=True,
    unique="currencies",
    suffixed=False,
    reference_kind="Currencies",
    fields={"Code": text(3), "Name": text(100), "Active": YES},
    ask={"Id": Ask.ID, **asked(Ask.TEXT, "Code", "Name"), "Active": Ask.BOOL, **TIMES},
)

EXCHANGE_RATE = Entity(
    "ExchangeRate",
    ids="rates",
    label="SourceCurrencyCode",
    hidden=("Id", "MetaData.CreateTime"),
    fields={
        "SourceCurrencyCode": text(3),
        "TargetCurrencyCode": text(3),
        "Rate": MONEY,
        "AsOfDate": DATE,
        "ExchangeRateEx": TEXT,
    },
    ask={
        **asked(Ask.TEXT, "SourceCurrencyCode", "TargetCurrencyCode"),
        "AsOfDate": Ask.DATE,
        **TIMES,
    },
)


def reference(code: str) -> dict[str, str]:
    """A reference to a currency, known or not."""
    return {"value": code, "name": named(code)}


def named(code: str) -> str:
    """A currency's name; its code where it has none."""
    return KNOWN.get(code, (code, ""))[0]


def usable(books: Books, code: str) -> dict[str, str]:
    """The reference to a currency the company uses. Refuses no currency with 2220, one not set up with 6000."""
    code = code.upper()
    if code not in KNOWN:
        raise refuse("2220", element="CurrencyRef", value=code)
    if code != books.home_currency:
        _refuse_without_multicurrency(books)
        if not any(_of_code(books, code)):
            raise refuse("6000", why=f"Currency {code} is not active in this company.")
    return reference(code)


def rate_on(books: Books, code: str, date: str) -> dict[str, Any]:
    """The ExchangeRate of a currency on a date: the last one set until then, else the service's own."""
    code = code.upper()
    if code not in KNOWN:
        raise refuse("2220", element="sourcecurrencycode", value=code)
    until = [rate for rate in _rates(books, code) if rate["AsOfDate"] <= date]
    if until:
        return EXCHANGE_RATE.shown(max(until, key=lambda rate: str(rate["AsOfDate"])))
    return {**_own_rate(books, code, date), "SyncToken": "0", "domain": "QBO", "sparse": False}


def existing_rate(books: Books, body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The rate that a new one would replace: same currency, same day. Rates have no id a client knows."""
    rates = _rates(books, str(body.get("SourceCurrencyCode", "")))
    return next((rate for rate in rates if rate["AsOfDate"] == body.get("AsOfDate")), None)


def check_company_currency(draft: Draft) -> None:
    """A currency the company uses: known, used once, never the home currency; its code stays."""
    new, books = draft.new, draft.books
    _refuse_without_multicurrency(books)
    new["Code"] = draft.before("Code") or str(new.get("Code", "")).upper()
    if not new["Code"]:
        raise refuse("2020", element="Code", name="Code")
    if new["Code"] not in KNOWN or new["Code"] == books.home_currency:
        raise refuse("2220", element="Code", value=new["Code"])
    new["Name"] = named(new["Code"])
    check_list(draft)


def check_exchange_rate(draft: Draft) -> None:
    """A rate on a date. A currency's rate to itself is 1, the home currency has none."""
    new, books = draft.new, draft.books
    _refuse_without_multicurrency(books)
    for name in ("SourceCurrencyCode", "Rate", "AsOfDate"):
        if name not in new:
            raise refuse("2020", element=name, name=name)
    new.setdefault("TargetCurrencyCode", books.home_currency)
    for name in ("SourceCurrencyCode", "TargetCurrencyCode"):
        new[name] = new[name].upper()
        if new[name] not in KNOWN:
            raise refuse("2220", element=name, value=new[name])
    if new["SourceCurrencyCode"] == books.home_currency:
        raise refuse("6000", why="The exchange rate of the home currency cannot be set.")
    if money(new["Rate"]) <= 0:
        raise refuse("2240", element="Rate", value=new["Rate"])
    if new["SourceCurrencyCode"] == new["TargetCurrencyCode"]:
        new["Rate"] = Decimal(1)


def found_currencies(books: Books, codes: tuple[str, ...], today: dt.date) -> None:
    """The first currencies of a company that uses several, with today's rates."""
    for code in codes:
        if code != books.home_currency:
            books.create("CompanyCurrency", {"Code": code})
            books.create("ExchangeRate", _own_rate(books, code, today.isoformat()))


def _own_rate(books: Books, code: str, date: str) -> dict[str, Any]:
    rate = Decimal(KNOWN[code][1]) / Decimal(KNOWN[books.home_currency][1])
    names = {"SourceCurrencyCode": code, "TargetCurrencyCode": books.home_currency}
    return {**names, "Rate": rate.quantize(PLACES).normalize(), "AsOfDate": date}


def _rates(books: Books, code: str) -> list[dict[str, Any]]:
    rows = books.records.labelled(EXCHANGE_RATE.name, code)
    return [books.must_find(EXCHANGE_RATE.name, str(row["id"])) for row in rows]


def _of_code(books: Books, code: str) -> list[bool]:
    rows = books.records.labelled(COMPANY_CURRENCY.unique, code)
    return [books.must_find(COMPANY_CURRENCY.name, str(row["id"]))["Active"] for row in rows]


def _refuse_without_multicurrency(books: Books) -> None:
    if not books.preferences["CurrencyPrefs"]["MultiCurrencyEnabled"]:
        raise refuse("6000", why=OFF)
