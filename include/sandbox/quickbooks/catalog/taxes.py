"""Tax agencies, rates and codes, and the service that makes codes and rates (reference 3.7 and 3.8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from include.sandbox.quickbooks.catalog.names import taken
from include.sandbox.quickbooks.fields import decimal
from include.sandbox.quickbooks.refusals import refuse

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

SIDES = ("Sales", "Purchase")
MOST_NAME = 100


class Detail(NamedTuple):
    """One rate of a code as it was asked for."""

    rate: dict[str, Any]
    side: str


def make_tax_code(books: Books, body: Mapping[str, Any]) -> dict[str, Any]:
    """A tax code with its rates; the answer of `taxservice/taxcode`. Rates are new, or there already by TaxRateId.

    All or nothing. Refuses names that are taken with 6240.
    """
    name, details = body.get("TaxCode") or "", body.get("TaxRateDetails")
    if not isinstance(name, str):
        raise refuse("2010", element="TaxCode")
    if not name or not isinstance(details, Sequence) or not details:
        missing = "TaxRateDetails" if name else "TaxCode"
        raise refuse("2020", element=missing, name=missing)
    with books.store.transaction():
        _claim(books, "TaxCode", name)
        made = [_detail(books, detail) for detail in details]
        id_ = str(books.store.next_number(f"{books.realm}:tax codes"))
        lists = {f"{side}TaxRateList": {"TaxRateDetail": _listed(made, side)} for side in SIDES}
        books.write(
            "TaxCode",
            {
                "Id": id_,
                "Name": name,
                "Description": name,
                "Active": True,
                "Taxable": True,
                "TaxGroup": True,
                **lists,
            },
        )
        books.store.meter.add("quickbooks", "writes", "TaxCode.create", realm=books.realm)
    return {"TaxCode": name, "TaxCodeId": id_, "TaxRateDetails": [_answered(detail) for detail in made]}


def untaxed(books: Books) -> str:
    """The id of the code for what is not taxed."""
    if books.country == "US":
        return "NON"
    codes = books.query("SELECT * FROM TaxCode WHERE Name = 'Exempt'")["TaxCode"]
    return str(codes[0]["Id"])


def _detail(books: Books, sent: object) -> Detail:
    if not isinstance(sent, Mapping):
        raise refuse("2010", element="TaxRateDetails")
    side = sent.get("TaxApplicableOn") or "Sales"
    if side not in SIDES:
        raise refuse("2170", element="TaxApplicableOn", value=side)
    if sent.get("TaxRateId"):
        return Detail(books.referred("TaxRate", str(sent["TaxRateId"]), element="TaxRateId"), side)
    return Detail(_new_rate(books, sent), side)


def _new_rate(books: Books, sent: Mapping[str, Any]) -> dict[str, Any]:
    for name in ("TaxRateName", "RateValue", "TaxAgencyId"):
        if sent.get(name) in (None, ""):
            raise refuse("2020", element=name, name=name)
    name, value = str(sent["TaxRateName"]), decimal("RateValue", sent["RateValue"])
    if not 0 <= value <= 100:
        raise refuse("2150", element="RateValue", value=value)
    agency = books.referred("TaxAgency", str(sent["TaxAgencyId"]), element="TaxAgencyId")
    _claim(books, "TaxRate", name)
    start = dt.datetime.combine(books.today(), dt.time(), books.zone)
    body = {
        "Id": str(books.store.next_number(f"{books.realm}:tax rates")),
        "Name": name,
        "Description": "Sales Tax" if books.country == "US" else name,
        "Active": True,
        "RateValue": value,
        "AgencyRef": {"value": agency["Id"]},
        "SpecialTaxType": "NONE" if value else "ZERO_RATE",
        "DisplayType": "ReadOnly",
        "EffectiveTaxRate": [{"RateValue": value, "EffectiveDate": start.isoformat()}],
    }
    return books.write("TaxRate", body)


def _claim(books: Books, entity: str, name: str) -> None:
    if len(name) > MOST_NAME:
        raise refuse("2050", element=f"{entity}.Name", most=MOST_NAME, n=len(name))
    if books.records.labelled(entity, name):
        raise refuse("6240", detail=taken(entity))


def _listed(made: Sequence[Detail], side: str) -> list[dict[str, Any]]:
    rates = [detail.rate for detail in made if detail.side == side]
    return [
        {
            "TaxRateRef": {"value": rate["Id"], "name": rate["Name"]},
            "TaxTypeApplicable": "TaxOnAmount",
            "TaxOrder": 0,
        }
        for rate in rates
    ]


def _answered(detail: Detail) -> dict[str, Any]:
    rate = detail.rate
    return {
        "TaxRateName": rate["Name"],
        "TaxRateId": rate["Id"],
        "RateValue": rate["RateValue"],
        "TaxAgencyId": rate["AgencyRef"]["value"],
        "TaxApplicableOn": detail.side,
    }
