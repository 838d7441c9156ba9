"""Currencies: which one a transaction is in, at what rate, and what that is at home (reference 3.9)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from include.sandbox.quickbooks.catalog import currencies
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import cents, money

PARTIES = {"CustomerRef": "Customer", "VendorRef": "Vendor"}


def choose(draft: Draft) -> None:
    """The currency stated, else the one before, else the company's own; with the rate where there are several.

    Refuses a foreign currency without a rate (2410), one that is not the party's, and any where there is one only.
    """
    new, home = draft.new, draft.books.home_currency
    stated = new.get("CurrencyRef") or draft.before("CurrencyRef") or {"value": home}
    new["CurrencyRef"] = currencies.reference(stated["value"])
    if not draft.preferences["CurrencyPrefs"].get("MultiCurrencyEnabled"):
        new.pop("ExchangeRate", None)
        if stated["value"] != home:
            raise refuse("6000", why=currencies.OFF)
        return
    _check_party(draft, stated["value"])
    rate = money(new.get("ExchangeRate") or draft.before("ExchangeRate"))
    if stated["value"] != home and rate <= 0:
        raise refuse("2410", element="ExchangeRate")
    new["ExchangeRate"] = Decimal(1) if stated["value"] == home else rate


def show_at_home(body: dict[str, Any], entity: str) -> None:
    """What a transaction comes to in the company's own currency, where there are several."""
    if "ExchangeRate" not in body:
        return
    rate = money(body["ExchangeRate"])
    for name, at_home in (("TotalAmt", "HomeTotalAmt"), ("Balance", "HomeBalance")):
        if name in body and (name != "Balance" or entity in ("Invoice", "Bill", "CreditMemo")):
            body[at_home] = cents(money(body[name]) * rate)


def _check_party(draft: Draft, currency: str) -> None:
    for name, entity in PARTIES.items():
        if name in draft.new:
            party = draft.books.find(entity, draft.new[name]["value"]) or {}
            if party.get("CurrencyRef", {}).get("value", currency) != currency:
                raise refuse("6000", why="You can only use one foreign currency per transaction.")
