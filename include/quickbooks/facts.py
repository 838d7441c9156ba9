"""What the company file says about itself: CompanyInfo, Preferences and its payment terms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from include.errors import ContractBroken


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """Whose books these are (rules 1.2). `realm_id` is the id QuickBooks was asked for and answered to;
    `subscription_status` is `""` where QuickBooks does not say."""

    realm_id: str
    company_name: str
    legal_name: str
    country: str
    subscription_status: str


@dataclass(frozen=True, slots=True)
class Preferences:
    """How the books are kept. `close_date` is the last closed day, None while the books are open (rules 3.9);
    `custom_numbers`: QuickBooks leaves numbering to us (rules 3.4); `home_currency` an ISO code or `""`."""

    close_date: dt.date | None
    custom_numbers: bool
    multicurrency: bool
    automated_sales_tax: bool
    uses_sales_tax: bool
    home_currency: str


def read_company(realm_id: str, answer: Mapping[str, Any]) -> CompanyFacts:
    """CompanyInfo as facts. Raises ContractBroken when the answer holds none."""
    info = _block(answer, "CompanyInfo")
    named = {entry.get("Name"): entry.get("Value") for entry in info.get("NameValue") or [] if isinstance(entry, dict)}
    return CompanyFacts(
        realm_id=realm_id,
        company_name=str(info.get("CompanyName") or ""),
        legal_name=str(info.get("LegalName") or ""),
        country=str(info.get("Country") or ""),
        subscription_status=str(named.get("SubscriptionStatus") or ""),
    )


def read_preferences(answer: Mapping[str, Any]) -> Preferences:
    """Preferences as facts; a key that is absent means no. Raises ContractBroken when the answer holds none."""
    prefs = _block(answer, "Preferences")
    currency, tax = _part(prefs, "CurrencyPrefs"), _part(prefs, "TaxPrefs")
    return Preferences(
        close_date=_date(_part(prefs, "AccountingInfoPrefs").get("BookCloseDate")),
        custom_numbers=_part(prefs, "SalesFormsPrefs").get("CustomTxnNumbers") is True,
        multicurrency=currency.get("MultiCurrencyEnabled") is True,
        automated_sales_tax=tax.get("PartnerTaxEnabled") is True,
        uses_sales_tax=tax.get("UsingSalesTax") is True,
        home_currency=str(_part(currency, "HomeCurrency").get("value") or ""),
    )


def read_terms(answer: Mapping[str, Any]) -> dict[str, str]:
    """The active payment terms of a query's answer, name → id; a row without either is no term to be named."""
    rows = _block(answer, "QueryResponse").get("Term")
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    named = {str(row.get("Name") or ""): str(row.get("Id") or "") for row in found if row.get("Active") is not False}
    return {name: term_id for name, term_id in named.items() if name and term_id}


def _block(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    block = answer.get(name)
    if not isinstance(block, dict):
        raise ContractBroken(f"QuickBooks answered without {name}.")
    return block


def _part(block: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = block.get(name)
    return part if isinstance(part, dict) else {}


def _date(value: object) -> dt.date | None:
    """None for an absent date; one that cannot be read must not pass for open books."""
    if not value:
        return None
    try:
        return dt.date.fromisoformat(str(value)[:10])
    except ValueError:
        raise ContractBroken("QuickBooks' closing date cannot be read.") from None
