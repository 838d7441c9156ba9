"""Rules of customers, vendors and employees: names, what is read-only, opening balances (reference 3.3)."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from include.sandbox.quickbooks.catalog.names import after_list, check_list
from include.sandbox.quickbooks.catalog.taxes import untaxed
from include.sandbox.quickbooks.draft import Draft
from include.sandbox.quickbooks.refusals import refuse
from include.sandbox.quickbooks.wire import money

if TYPE_CHECKING:
    from include.sandbox.quickbooks.engine import Books

PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
DELIVERIES = ("Print", "Email", "None")
ADDRESSES = ("BillAddr", "ShipAddr", "PrimaryAddr")
MOST_PRINTED = 110
MASKED_SSN = "XXX-XX-XXXX"


def check_customer(draft: Draft) -> None:
    """A customer: a name from somewhere, a parent for a job, printed names, read-only values."""
    new = draft.new
    new["Job"] = new.get("Job", False) or "ParentRef" in new
    if new["Job"] and "ParentRef" not in new:
        raise refuse("6150", element="ParentRef")
    if new["PreferredDeliveryMethod"] not in DELIVERIES:
        raise refuse("2170", element="PreferredDeliveryMethod", value=new["PreferredDeliveryMethod"])
    _keep_billing(draft)
    _keep_tax_code(draft)
    _check_person(draft)
    _take_opening_balance(draft)
    for name in ("PrimaryTaxIdentifier", "SecondaryTaxIdentifier"):
        _mask(new, name, shown=5)
    new["BalanceWithJobs"] = draft.before("BalanceWithJobs") or 0
    new["ClientEntityId"] = "0"


def check_vendor(draft: Draft) -> None:
    """A vendor. An opening balance is not booked: `Balance` is read-only."""
    _check_person(draft)
    draft.new["Balance"] = draft.before("Balance") or 0
    draft.new.pop("OpenBalanceDate", None)
    _mask(draft.new, "TaxIdentifier", shown=4)


def check_employee(draft: Draft) -> None:
    """An employee; the social security number is never shown."""
    _check_person(draft)
    if "SSN" in draft.new:
        draft.new["SSN"] = MASKED_SSN


def after_customer(draft: Draft) -> None:
    """The opening invoice, the parents' balances and everything that shows this customer's name."""
    old, new = draft.old or {}, draft.new
    if draft.old is not None and draft.changes("ParentRef"):
        whole = money(old["BalanceWithJobs"])
        add_to_parents(draft.books, old, -whole)
        add_to_parents(draft.books, new, whole)
    if old and old["FullyQualifiedName"] != new["FullyQualifiedName"]:
        draft.books.records.rename_party(draft.id, new["FullyQualifiedName"])
    after_list(draft)
    if draft.opening:
        _open(draft)


def add_to_parents(books: Books, customer: dict[str, Any], amount: Decimal) -> None:
    """Let `amount` count in BalanceWithJobs of everybody above a customer."""
    while amount and "ParentRef" in customer:
        parent = books.must_find("Customer", customer["ParentRef"]["value"])
        parent["BalanceWithJobs"] = money(parent["BalanceWithJobs"]) + amount
        books.records.save(books.entity("Customer"), parent)
        customer = parent


def _check_person(draft: Draft) -> None:
    """What all three share."""
    new, old = draft.new, draft.old or {}
    new.setdefault("DisplayName", _built_name(new) or draft.before("DisplayName"))
    if not new["DisplayName"]:
        raise refuse("6080")
    check_list(draft)
    printed = new.get("PrintOnCheckName")
    if not printed or (printed == old.get("PrintOnCheckName") == old.get("DisplayName", "")[:MOST_PRINTED]):
        new["PrintOnCheckName"] = new["DisplayName"][:MOST_PRINTED]
    digest = hashlib.sha256(f"{draft.books.realm}:{draft.id}".encode()).hexdigest()
    new["V4IDPseudonym"] = old.get("V4IDPseudonym", f"00208{digest[:28]}")
    for name in ADDRESSES:
        if name in new and "Id" not in new[name]:
            new[name] = {"Id": str(draft.books.store.next_number(f"{draft.books.realm}:addresses")), **new[name]}


def _built_name(new: dict[str, Any]) -> str:
    return " ".join(new[part] for part in PARTS if new.get(part))


def _keep_billing(draft: Draft) -> None:
    """Who pays a job's invoices cannot change once there are some."""
    if draft.old is None or draft.new["BillWithParent"] == draft.before("BillWithParent"):
        return
    if draft.books.records.of_party(draft.books.entity("Invoice"), draft.id):
        raise refuse("6130", element="BillWithParent")


def _keep_tax_code(draft: Draft) -> None:
    """A default tax code needs a taxable customer, and automated sales tax lets nobody choose one."""
    new = draft.new
    sent = new.pop("DefaultTaxCodeRef", None)
    if sent and draft.books.preferences["TaxPrefs"].get("PartnerTaxEnabled"):
        sent = draft.before("DefaultTaxCodeRef")
    if sent and new["Taxable"]:
        new["DefaultTaxCodeRef"] = {"value": sent["value"]}


def _take_opening_balance(draft: Draft) -> None:
    """A balance said at creation becomes an invoice; later it is computed."""
    sent, date = money(draft.new.get("Balance")), draft.new.pop("OpenBalanceDate", None)
    draft.new["Balance"] = draft.before("Balance") or 0
    if draft.old is not None or not sent:
        return
    if sent < 0:
        raise refuse("2290", element="Balance")
    draft.opening = (sent, date or draft.books.today().isoformat())


def _open(draft: Draft) -> None:
    amount, date = draft.opening or (Decimal(0), "")
    line = {"DetailType": "SalesItemLineDetail", "Amount": amount, "Description": "Opening Balance"}
    draft.books.create(
        "Invoice",
        {
            "CustomerRef": {"value": draft.id},
            "TxnDate": date,
            "PrivateNote": "Opening Balance",
            "Line": [{**line, "SalesItemLineDetail": {"TaxCodeRef": {"value": untaxed(draft.books)}}}],
        },
    )
    now = draft.books.must_find("Customer", draft.id)
    draft.new |= {name: now[name] for name in ("Balance", "BalanceWithJobs")}


def _mask(new: dict[str, Any], name: str, *, shown: int) -> None:
    """A tax number as it is answered: its last digits behind as many X as it takes."""
    if name in new:
        plain = "".join(sign for sign in new[name] if sign.isalnum())
        new[name] = plain[-shown:].rjust(len(new[name]), "X")
