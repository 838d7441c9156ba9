"""python-quickbooks' objects for every list, used over HTTP as its documentation shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from quickbooks import QuickBooks
from quickbooks.exceptions import QuickbooksException
from quickbooks.objects.account import Account
from quickbooks.objects.attachable import Attachable
from quickbooks.objects.base import Address, AttachableRef, EmailAddress, PhoneNumber, Ref, WebAddress
from quickbooks.objects.budget import Budget
from quickbooks.objects.company_info import CompanyInfo
from quickbooks.objects.companycurrency import CompanyCurrency
from quickbooks.objects.customer import Customer
from quickbooks.objects.customertype import CustomerType
from quickbooks.objects.department import Department
from quickbooks.objects.employee import Employee
from quickbooks.objects.exchangerate import ExchangeRate
from quickbooks.objects.item import Item
from quickbooks.objects.paymentmethod import PaymentMethod
from quickbooks.objects.preferences import Preferences
from quickbooks.objects.taxagency import TaxAgency
from quickbooks.objects.taxcode import TaxCode
from quickbooks.objects.taxrate import TaxRate
from quickbooks.objects.taxservice import TaxRateDetails, TaxService
from quickbooks.objects.term import Term
from quickbooks.objects.trackingclass import Class
from quickbooks.objects.vendor import Vendor

from include.sandbox.quickbooks.engine import Books
from include.sandbox.store import Store

from .conftest import REALM


class Kind(NamedTuple):
    """One list: its class, what a new one is given, what is changed then, and the name it is looked up by."""

    of: Any
    given: Mapping[str, Any]
    changed: Mapping[str, Any]
    name: str = "Name"
    suffixed: bool = True


KINDS = [
    Kind(Customer, {"DisplayName": "O'Hara & Söhne"}, {"CompanyName": "Hara", "Notes": "n"}, "DisplayName"),
    Kind(Vendor, {"DisplayName": "O'Hara Pipes", "AcctNum": "17"}, {"CompanyName": "Pipes"}, "DisplayName"),
    Kind(Employee, {"GivenName": "Mary", "FamilyName": "O'Hara"}, {"EmployeeNumber": "E-1"}, "DisplayName"),
    Kind(Account, {"Name": "O'Hara's till", "AccountType": "Bank"}, {"Description": "By the door"}),
    Kind(Class, {"Name": "O'Hara"}, {"Name": "Lakes"}),
    Kind(Department, {"Name": "O'Hara"}, {"Name": "Lakes"}),
    Kind(Term, {"Name": "O'Hara's 45", "DueDays": 45}, {"DueDays": 46}, suffixed=False),
    Kind(PaymentMethod, {"Name": "O'Hara's cheque"}, {"Name": "Cheque"}),
    Kind(CompanyCurrency, {"Code": "SEK"}, {}, "Code", suffixed=False),
    Kind(Item, {"Name": "O'Hara test", "Type": "Service", "IncomeAccountRef": "1"}, {"UnitPrice": 75}),
]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.of.__name__ for kind in KINDS])


@pytest.fixture
def books(store: Store) -> Books:
    """A company with several currencies."""
    books = Books(store, REALM, api=True)
    books.found(name="Harbour", multicurrency=True)
    return books


def filled(thing: Any, fields: Mapping[str, Any]) -> Any:
    for name, value in fields.items():
        setattr(thing, name, ref(value) if name.endswith("Ref") else value)
    return thing


def ref(id_: str) -> Ref:
    made = Ref()
    made.value = id_
    return made


def made(kind: Kind, qb: QuickBooks) -> Any:
    return filled(kind.of(), kind.given).save(qb=qb)


@every_kind
def test_it_is_created_read_and_found(kind: Kind, qb: QuickBooks) -> None:
    before = kind.of.count(qb=qb) or 0
    saved = made(kind, qb)
    read = kind.of.get(saved.Id, qb=qb)
    assert read.to_json() == saved.to_json()
    name = getattr(saved, kind.name)
    ways = [
        kind.of.filter(**{kind.name: name}, Active=True, qb=qb),
        kind.of.choose([saved.Id], qb=qb),
        kind.of.choose([name, "nobody"], field=kind.name, qb=qb),
        kind.of.where(f"Id = '{saved.Id}'", order_by=f"{kind.name} DESC", max_results=1, qb=qb),
        kind.of.query(f"select * from {kind.of.qbo_object_name} where Id = '{saved.Id}'", qb=qb),
    ]
    assert [[found.Id for found in way] for way in ways] == [[saved.Id]] * len(ways)
    assert kind.of.count(qb=qb) == before + 1
    assert saved.Id in [found.Id for found in kind.of.all(order_by=kind.name, qb=qb)]


@every_kind
def test_it_is_saved_again_as_a_whole(kind: Kind, qb: QuickBooks) -> None:
    changed = filled(made(kind, qb), kind.changed).save(qb=qb)
    assert {name: getattr(changed, name) for name in kind.changed} == dict(kind.changed)
    assert changed.SyncToken == "1"
    kept = kind.given.keys() - kind.changed.keys() - {"IncomeAccountRef"}
    assert {name: getattr(changed, name) for name in kept} == {name: kind.given[name] for name in kept}


@every_kind
def test_a_part_of_it_is_changed(kind: Kind, qb: QuickBooks) -> None:
    saved = made(kind, qb)
    part = {"Id": saved.Id, "SyncToken": saved.SyncToken, "sparse": True, **kind.changed}
    answer = qb.update_object(kind.of.qbo_object_name, json.dumps(part))[kind.of.qbo_object_name]
    assert {name: answer[name] for name in kind.changed} == dict(kind.changed)
    with pytest.raises(QuickbooksException) as stale:
        qb.update_object(kind.of.qbo_object_name, json.dumps(part))
    assert stale.value.error_code == 5010


@every_kind
def test_it_is_deactivated_and_only_found_by_those_who_ask(kind: Kind, qb: QuickBooks) -> None:
    saved = made(kind, qb)
    saved.Active = False
    gone = saved.save(qb=qb)
    before = getattr(saved, kind.name)
    assert getattr(gone, kind.name) == (f"{before} (deleted)" if kind.suffixed else before)
    assert saved.Id not in [found.Id for found in kind.of.all(qb=qb)]
    assert saved.Id in [found.Id for found in kind.of.where("Active IN (true, false)", qb=qb)]
    gone.Active = True
    assert getattr(gone.save(qb=qb), kind.name) == before


@every_kind
def test_a_name_is_taken_once(kind: Kind, qb: QuickBooks) -> None:
    made(kind, qb)
    with pytest.raises(QuickbooksException) as taken:
        made(kind, qb)
    assert taken.value.error_code == 6240


def test_a_vendor_keeps_every_address_and_number(qb: QuickBooks) -> None:
    vendor = filled(Vendor(), {"DisplayName": "Pipes", "Title": "Ms.", "Suffix": "Sr.", "TaxIdentifier": "99-9999999"})
    vendor.BillAddr = filled(Address(), {"Line1": "123 Main", "Line2": "Apartment 1", "City": "City"})
    vendor.PrimaryPhone = filled(PhoneNumber(), {"FreeFormNumber": "555-555-5555"})
    vendor.PrimaryEmailAddr = filled(EmailAddress(), {"Address": "test@email.com"})
    vendor.WebAddr = filled(WebAddress(), {"URI": "http://testurl.com"})
    read = Vendor.get(vendor.save(qb=qb).Id, qb=qb)
    shown = (read.BillAddr.Line2, read.PrimaryPhone.FreeFormNumber, read.PrimaryEmailAddr.Address, read.WebAddr.URI)
    assert shown == ("Apartment 1", "555-555-5555", "test@email.com", "http://testurl.com")
    assert (read.Title, read.Suffix, read.TaxIdentifier) == ("Ms.", "Sr.", "XXXXXX9999")
    (found,) = Vendor.filter(PrimaryEmailAddr="test@email.com", qb=qb)
    assert found.Id == read.Id


def test_stock_is_kept_over_a_round_trip(qb: QuickBooks) -> None:
    kinds = ("SalesOfProductIncome", "SuppliesMaterialsCogs", "Inventory")
    income, expense, asset = (Account.where(f"AccountSubType = '{kind}'", qb=qb)[0].to_ref() for kind in kinds)
    item = filled(Item(), {"Name": "Valve", "Type": "Inventory", "TrackQtyOnHand": True, "QtyOnHand": 10})
    item.InvStartDate, item.Sku = "2015-01-01", "SKU123123"
    item.IncomeAccountRef, item.ExpenseAccountRef, item.AssetAccountRef = income, expense, asset
    saved = item.save(qb=qb)
    saved.UnitPrice = 12.5
    again = saved.save(qb=qb)
    assert (again.QtyOnHand, again.UnitPrice, again.InvStartDate) == (10, 12.5, "2015-01-01")
    assert {each.Name: each.Sku for each in Item.all(qb=qb)}["Valve"] == "SKU123123"


def test_taxes_are_read_and_made_by_the_tax_service(qb: QuickBooks) -> None:
    agency = filled(TaxAgency(), {"DisplayName": "City"}).save(qb=qb)
    service, rate = TaxService(), TaxRateDetails()
    service.TaxCode = rate.TaxRateName = "Tucson"
    rate.RateValue, rate.TaxAgencyId, rate.TaxApplicableOn = 10, int(agency.Id), "Sales"
    service.TaxRateDetails.append(rate)
    answer = service.save(qb=qb)
    (detail,) = answer.TaxRateDetails
    assert (answer.TaxCode, detail.RateValue, detail.TaxAgencyId) == ("Tucson", 10, agency.Id)
    code = TaxCode.get(answer.TaxCodeId, qb=qb)
    assert code.SalesTaxRateList.TaxRateDetail[0].TaxRateRef.value == detail.TaxRateId
    assert TaxRate.get(detail.TaxRateId, qb=qb).RateValue == 10
    assert [len(of.all(max_results=1, qb=qb)) for of in (TaxRate, TaxAgency, TaxCode)] == [1, 1, 4]
    assert TaxCode.get("NON", qb=qb).Taxable is False


def test_lists_that_are_only_read(qb: QuickBooks) -> None:
    assert [kind.Name for kind in CustomerType.all(qb=qb)] == ["Residential", "Commercial"]
    assert CustomerType.get("1", qb=qb).Active is True
    assert Budget.all(qb=qb) == []
    assert not Budget.count(qb=qb)


def test_a_rate_is_read_and_set(qb: QuickBooks) -> None:
    (rate,) = ExchangeRate.where("SourceCurrencyCode = 'EUR'", qb=qb)
    assert rate.TargetCurrencyCode == "USD"
    rate.Rate += 1
    assert rate.save(qb=qb).Rate == rate.Rate
    (again,) = ExchangeRate.filter(SourceCurrencyCode="EUR", AsOfDate=rate.AsOfDate, qb=qb)
    assert (again.Rate, again.MetaData.LastUpdatedTime > "2026") == (rate.Rate, True)


def test_preferences_and_the_company_are_saved_as_they_were_read(qb: QuickBooks) -> None:
    preferences = Preferences.get(qb=qb)
    assert preferences.OtherPrefs.NameValue[0].Name == "SalesFormsPrefs.DefaultCustomerMessage"
    preferences.EmailMessagesPrefs.EstimateMessage.Subject = "Our estimate"
    preferences.save(qb=qb)
    assert Preferences.get(qb=qb).EmailMessagesPrefs.EstimateMessage.Subject == "Our estimate"
    company = CompanyInfo.get(REALM, qb=qb)
    company.LegalName = "Harbour Ltd"
    assert company.save(qb=qb).LegalName == "Harbour Ltd"


def test_files_and_notes_are_attached(qb: QuickBooks, tmp_path: Path) -> None:
    vendor = filled(Vendor(), {"DisplayName": "Pipes"}).save(qb=qb)
    path = tmp_path / "offer.txt"
    path.write_bytes("Grüße\r\n--x".encode())
    for source in ({"_FilePath": str(path)}, {"_FileBytes": path.read_bytes()}):
        attachable = filled(Attachable(), {"FileName": "offer.txt", "ContentType": "text/plain", **source})
        attachable.AttachableRef.append(belonging_to(vendor))
        saved = attachable.save(qb=qb)
        assert requests.get(saved.TempDownloadUri, timeout=10).content == path.read_bytes()
        assert Attachable.get(saved.Id, qb=qb).AttachableRef[0].EntityRef.value == vendor.Id
    note = filled(Attachable(), {"Note": "Call first"})
    note.AttachableRef.append(belonging_to(vendor))
    note = note.save(qb=qb)
    note.Note = "Call twice"
    note = note.save(qb=qb)
    assert Attachable.filter(Note="call TWICE", qb=qb)[0].Id == note.Id
    note.delete(qb=qb)
    assert Attachable.count(qb=qb) == 2


def belonging_to(thing: Any) -> AttachableRef:
    made = AttachableRef()
    made.EntityRef = thing.to_ref()
    return made
