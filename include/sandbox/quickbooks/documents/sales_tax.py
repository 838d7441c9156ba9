"""Tax: the code of each line and what it comes to, in the United States and elsewhere (reference 3.8)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.fields import CLEARED, decimal, reference
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import cents, money

if TYPE_CHECKING:
    from include.sandbox.quickbooks.documents.lines import Sums
    from include.sandbox.quickbooks.engine import Books

WITHOUT_TAX = "NotApplicable"


def line_tax_code(draft: Draft, sent: Mapping[str, Any], item: str = "") -> str:
    """The tax code of a line, "" for none.

    In the United States it is TAX or NON (6100 for others); what is not said follows the product where tax is
    calculated automatically, and is NON elsewhere and on what is bought. Other countries: a code on every line (6000).
    """
    ref = reference("TaxCodeRef", sent.get("TaxCodeRef") or {})
    if not draft.once("American", lambda: is_american(draft.books)):
        return _foreign_code(draft, "" if ref is CLEARED else ref["value"])
    if ref is CLEARED:
        automatic = draft.preferences["TaxPrefs"].get("PartnerTaxEnabled")
        if not item or not automatic:
            return "NON"
        found = draft.once(("Item", item), lambda: draft.books.find("Item", item) or {})
        return "TAX" if found.get("Taxable") else "NON"
    if ref["value"] not in ("TAX", "NON"):
        raise refuse("6100", element="TaxCodeRef", value=ref["value"])
    return str(ref["value"])


def tax_detail(draft: Draft, sums: Sums, rates: str = "SalesTaxRateList") -> dict[str, Any]:
    """The TxnTaxDetail: the tax stated, else what the codes of the lines make. Says how it counts where it must."""
    if is_american(draft.books):
        draft.new.pop("GlobalTaxCalculation", None)
        automatic = draft.preferences["TaxPrefs"].get("PartnerTaxEnabled")
        return {"TotalTax": _american_tax(draft, sums), **({} if automatic else _of_chosen_code(draft, sums))}
    draft.new.setdefault("GlobalTaxCalculation", "TaxExcluded")
    detail = draft.new.get("TxnTaxDetail") or {}
    stated = _stated(draft)
    if draft.new["GlobalTaxCalculation"] == WITHOUT_TAX:
        if stated or detail.get("TaxLine") or detail.get("TxnTaxCodeRef"):
            raise refuse("6170", element="TxnTaxDetail")
        return {"TotalTax": Decimal(0)}
    if stated is not None:
        return {**detail, "TotalTax": stated}
    taxes = (cents(amount * _rate(draft.books, code, rates)) for code, amount in sums.taxed.items())
    return {"TotalTax": sum(taxes, Decimal(0))}


def is_american(books: Books) -> bool:
    """Whether the company is in the United States."""
    return books.country == "US"


def _foreign_code(draft: Draft, code: str) -> str:
    if not code and draft.new.get("GlobalTaxCalculation") != WITHOUT_TAX:
        raise refuse("6000", why="Make sure all your transactions have a GST/HST rate before you save.")
    if code:
        draft.books.referred("TaxCode", code, element="Line.TaxCodeRef", kept=True)
    return code


def _rate(books: Books, code: str, rates: str) -> Decimal:
    """What a tax code takes of one unit: the sum of its rates."""
    return sum((money(rate.get("RateValue")) for rate in _rates(books, code, rates)), Decimal(0)) / 100


def _rates(books: Books, code: str, rates: str) -> list[dict[str, Any]]:
    """The rates of a tax code on one side."""
    found = books.find("TaxCode", code)
    details = ((found or {}).get(rates) or {}).get("TaxRateDetail", [])
    return [books.must_find("TaxRate", detail["TaxRateRef"]["value"]) for detail in details]


def _american_tax(draft: Draft, sums: Sums) -> Decimal:
    """The amount stated, else what the rate of the address' state makes; nothing without an address."""
    books, stated = draft.books, _stated(draft)
    prefs = draft.preferences["TaxPrefs"]
    if not prefs.get("UsingSalesTax"):
        return Decimal(0)
    if stated is not None:
        return stated
    address = draft.new.get("ShipAddr") or draft.new.get("BillAddr") or {}
    rate = books.tax_rates.get(address.get("CountrySubDivisionCode", ""))
    taxable = sums.taxed.get("TAX", Decimal(0))
    return cents(taxable * Decimal(rate)) if rate and prefs.get("PartnerTaxEnabled") else Decimal(0)


def _of_chosen_code(draft: Draft, sums: Sums) -> dict[str, Any]:
    """Where tax is not automated: what the code chosen for the whole form makes. Refuses an unknown one with 2500."""
    ref = reference("TxnTaxCodeRef", (draft.new.get("TxnTaxDetail") or {}).get("TxnTaxCodeRef") or {})
    if ref is CLEARED or not draft.preferences["TaxPrefs"].get("UsingSalesTax"):
        return {}
    code = draft.books.referred("TaxCode", ref["value"], element="TxnTaxDetail.TxnTaxCodeRef", kept=True)
    taxable, chosen = sums.taxed.get("TAX", Decimal(0)), {"TxnTaxCodeRef": {"value": code["Id"]}}
    lines = [_tax_line(rate, taxable) for rate in _rates(draft.books, code["Id"], "SalesTaxRateList")]
    total, stated = sum((line["Amount"] for line in lines), Decimal(0)), _stated(draft)
    return {**chosen, "TotalTax": total, "TaxLine": lines} if stated in (None, total) else chosen


def _tax_line(rate: Mapping[str, Any], taxable: Decimal) -> dict[str, Any]:
    percent = money(rate.get("RateValue"))
    detail = {"TaxRateRef": {"value": rate["Id"]}, "PercentBased": True, "TaxPercent": percent}
    amount = cents(taxable * percent / 100)
    return {
        "Amount": amount,
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {**detail, "NetAmountTaxable": cents(taxable)},
    }


def _stated(draft: Draft) -> Decimal | None:
    """The tax a client states; None where it only sends back what it read while it changed the lines."""
    sent = (draft.new.get("TxnTaxDetail") or {}).get("TotalTax")
    if sent in (None, ""):
        return None
    stated = cents(decimal("TotalTax", sent))
    unchanged = draft.old is not None and stated == money((draft.before("TxnTaxDetail") or {}).get("TotalTax"))
    return None if unchanged and _amounts(draft.old or {}) != _amounts(draft.new) else stated


def _amounts(body: Mapping[str, Any]) -> list[Any]:
    """What the tax is counted from."""
    return [
        (money(line.get("Amount")), (line.get("SalesItemLineDetail") or {}).get("TaxCodeRef"))
        for line in body.get("Line", [])
        if line.get("DetailType") != "SubTotalLineDetail"
    ]
