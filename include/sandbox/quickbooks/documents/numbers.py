"""Document numbers: who gives them, in which series they are counted, where they must be unique (reference 3.4)."""

from __future__ import annotations

import re
from typing import NamedTuple

from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse


class Series(NamedTuple):
    """Forms that share a number space.

    `counter` names the sequence numbers are given from ("" gives none); `strict` refuses a taken number whatever the
    company prefers; `within` limits that to the same party.
    """

    forms: tuple[str, ...]
    counter: str = ""
    first: int = 1001
    strict: bool = False
    within: str = ""


SALES = Series(("Invoice", "CreditMemo", "SalesReceipt", "RefundReceipt"), "numbers")
CHECKS = Series(("Purchase", "BillPayment"), strict=True)
SERIES = {
    **dict.fromkeys(SALES.forms, SALES),
    **dict.fromkeys(CHECKS.forms, CHECKS),
    "Estimate": Series(("Estimate",), "estimates"),
    "PurchaseOrder": Series(("PurchaseOrder",), "orders"),
    "JournalEntry": Series(("JournalEntry",), "journals", first=1),
    "Bill": Series(("Bill",), strict=True, within="VendorRef"),
    "VendorCredit": Series(("VendorCredit",), strict=True, within="VendorRef"),
}


def give_number(draft: Draft) -> None:
    """A number from the series where the company does not give its own; a stated one is kept.

    Refuses a taken one with 6140 unless the caller allows it.
    """
    series, new = SERIES.get(draft.entity.name), draft.new
    if series is None:
        return
    by_hand = draft.preferences["SalesFormsPrefs"].get("CustomTxnNumbers")
    number = new.get("DocNumber")
    if series.counter and (number == "AUTO_GENERATE" or (not number and not by_hand)):
        new["DocNumber"] = draft.before("DocNumber") or _next_number(draft, series)
    elif number and (by_hand or series.strict) and number != draft.before("DocNumber"):
        _refuse_taken(draft, series, number)


def _next_number(draft: Draft, series: Series) -> str:
    """The next document number nobody uses."""
    books = draft.books
    while True:
        number = str(books.store.next_number(f"{books.realm}:{series.counter}", first=series.first))
        if not any(books.records.labelled(form, number) for form in series.forms):
            return number


def _refuse_taken(draft: Draft, series: Series, number: str) -> None:
    if "allowduplicatedocnum" in draft.include:
        return
    for form in series.forms:
        for row in draft.books.records.labelled(form, number):
            other = draft.books.must_find(form, str(row["id"]))
            elsewhere = series.within and other.get(series.within, {}).get("value") != _party(draft, series)
            if other["Id"] != draft.id and not elsewhere:
                words = re.sub(r"(?<!^)(?=[A-Z])", " ", form)
                raise refuse("6140", element="DocNumber", number=number, entity=words, id=other["Id"])


def _party(draft: Draft, series: Series) -> str | None:
    found: str | None = draft.new.get(series.within, {}).get("value")
    return found
