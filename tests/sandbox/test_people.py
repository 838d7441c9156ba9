"""Customers, vendors and employees: what is asked of them, what they are answered with."""

from __future__ import annotations

from typing import Any

import pytest

from include.sandbox.quickbooks.engine import Books
from include.sandbox.store import Store

from .conftest import refusal, sale


def test_a_vendor_is_answered_as_recorded(books: Books) -> None:
    made = books.create("Vendor", {"DisplayName": "Sample Vendor", "GivenName": "Sample"})
    shown = {name: value for name, value in made.items() if name not in ("MetaData", "V4IDPseudonym")}
    assert shown == {
        "Balance": 0,
        "Vendor1099": False,
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
        "domain": "QBO",
        "sparse": False,
        "Id": "1",
        "SyncToken": "0",
        "GivenName": "Sample",
        "DisplayName": "Sample Vendor",
        "PrintOnCheckName": "Sample Vendor",
        "Active": True,
    }


def test_an_employee_shows_no_social_security_number(books: Books) -> None:
    address = {"Line1": "45 N. Elm Street", "City": "Middlefield"}
    sent = {"GivenName": "Bill", "FamilyName": "Miller", "SSN": "123-45-6789", "PrimaryAddr": address}
    made = books.create("Employee", sent)
    assert (made["DisplayName"], made["PrintOnCheckName"]) == ("Bill Miller", "Bill Miller")
    assert (made["SSN"], made["BillableTime"], made["Active"]) == ("XXX-XX-XXXX", False, True)
    assert made["PrimaryAddr"] == {"Id": made["PrimaryAddr"]["Id"], **address}
    assert "FullyQualifiedName" not in made


def test_customers_vendors_and_employees_share_one_space_of_names(books: Books) -> None:
    for entity, name in (("Customer", "Ann"), ("Vendor", "Bo"), ("Employee", "Cy")):
        books.create(entity, {"DisplayName": name})
    for entity in ("Customer", "Vendor", "Employee"):
        for name in ("ANN", "bo", "Cy"):
            assert refusal(books.create, entity, {"DisplayName": name}) == "6240"
    assert {entity: books.query(f"SELECT * FROM {entity}")[entity][0]["Id"] for entity in ("Vendor", "Employee")} == {
        "Vendor": "2",
        "Employee": "3",
    }


@pytest.mark.parametrize("entity", ["Customer", "Vendor", "Employee"])
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"DisplayName": ""}, "6080"),
        ({"DisplayName": " : "}, "2040"),
        ({"GivenName": "a\nb"}, "2040"),
        ({"FamilyName": "x" * 101}, "2050"),
        ({"Title": "x" * 17}, "2050"),
        ({"PrintOnCheckName": "x" * 111}, "2050"),
        ({"PrimaryPhone": {"FreeFormNumber": "5" * 31}}, "2050"),
        ({"PrimaryPhone": "555"}, "2010"),
        ({"PrimaryEmailAddr": {"Address": "nobody"}}, "2210"),
        ({"PrimaryEmailAddr": {"Address": f"{'x' * 95}@a.com"}}, "2050"),
    ],
)
def test_names_and_numbers_that_cannot_be_are_refused(
    books: Books, entity: str, fields: dict[str, Any], code: str
) -> None:
    assert refusal(books.create, entity, {"DisplayName": "Ann", **fields}) == code


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"BillAddr": {"Line1": "x" * 501}}, "2050"),
        ({"BillAddr": {f"Line{n}": "x" * 401 for n in range(1, 6)}}, "2050"),
        ({"ShipAddr": {"City": "x" * 256}}, "2050"),
        ({"ShipAddr": {"PostalCode": "9" * 31}}, "2050"),
        ({"BillAddr": ["Main Street"]}, "2010"),
        ({"WebAddr": {"URI": "nowhere"}}, "2200"),
        ({"WebAddr": {"URI": "http://a b.com"}}, "2200"),
        ({"WebAddr": {"URI": f"http://{'x' * 1000}.com"}}, "2050"),
        ({"CompanyName": "x" * 101}, "2050"),
        ({"ResaleNum": "x" * 17}, "2050"),
        ({"Notes": "x" * 2001}, "2050"),
        ({"PreferredDeliveryMethod": "Pigeon"}, "2170"),
        ({"SalesTermRef": {"value": "99"}}, "2500"),
        ({"PaymentMethodRef": {"value": "cash"}}, "2500"),
        ({"CurrencyRef": {"value": "EUR"}}, "6000"),
        ({"CurrencyRef": {"value": "Taler"}}, "2220"),
        ({"Balance": -5}, "2290"),
        ({"OpenBalanceDate": "yesterday"}, "2060"),
    ],
)
def test_a_customer_that_cannot_be_is_refused_and_leaves_no_trace(
    books: Books, fields: dict[str, Any], code: str
) -> None:
    assert refusal(books.create, "Customer", {"DisplayName": "Ann", **fields}) == code
    assert books.query("SELECT * FROM Customer") == {}


def test_an_address_may_fill_all_its_lines(books: Books) -> None:
    lines = {f"Line{n}": "x" * 400 for n in range(1, 6)}
    made = books.create("Customer", {"DisplayName": "Ann", "BillAddr": lines, "ShipAddr": {"City": ""}})
    assert made["BillAddr"] == {"Id": made["BillAddr"]["Id"], **lines}
    assert "ShipAddr" not in made


def test_tax_numbers_are_masked_and_stay_so_when_they_come_back(books: Books) -> None:
    customer = books.create("Customer", {"DisplayName": "Ann", "PrimaryTaxIdentifier": "123-45-6789"})
    vendor = books.create("Vendor", {"DisplayName": "Bo", "TaxIdentifier": "99-9999999"})
    assert (customer["PrimaryTaxIdentifier"], vendor["TaxIdentifier"]) == ("XXXXXX56789", "XXXXXX9999")
    assert books.update("Customer", customer)["PrimaryTaxIdentifier"] == "XXXXXX56789"


def test_an_opening_balance_is_an_invoice(books: Books) -> None:
    sent = {"DisplayName": "Ann", "Balance": "120.50", "OpenBalanceDate": "2026-01-31"}
    made = books.create("Customer", sent)
    assert (float(made["Balance"]), float(made["BalanceWithJobs"]), made["SyncToken"]) == (120.5, 120.5, "0")
    (invoice,) = books.query(f"SELECT * FROM Invoice WHERE CustomerRef = '{made['Id']}'")["Invoice"]
    assert (invoice["TxnDate"], invoice["TotalAmt"], invoice["Balance"]) == ("2026-01-31", 120.5, 120.5)
    later = books.update("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Balance": 7})
    assert float(later["Balance"]) == 120.5


def test_an_opening_balance_in_a_closed_period_makes_no_customer(store: Store) -> None:
    books = Books(store, "42", api=True)
    books.found(name="Closed", closed_through="2026-08-31")
    sent = {"DisplayName": "Ann", "Balance": 120, "OpenBalanceDate": "2026-01-31"}
    assert refusal(books.create, "Customer", sent) == "6210"
    assert books.query("SELECT * FROM Customer") == {}


def test_a_vendors_balance_is_nobodys_to_say(books: Books) -> None:
    made = books.create("Vendor", {"DisplayName": "Bo", "Balance": 50, "OpenBalanceDate": "2026-01-31"})
    assert (made["Balance"], "OpenBalanceDate" in made) == (0, False)


def test_who_pays_for_a_job_is_settled_by_its_first_invoice(books: Books, customer: str) -> None:
    job = books.create("Customer", {"DisplayName": "Boat", "Job": True, "ParentRef": {"value": customer}})
    change = {"Id": job["Id"], "SyncToken": "0", "sparse": True}
    assert books.update("Customer", {**change, "BillWithParent": True})["BillWithParent"] is True
    books.create("Invoice", sale(job["Id"], 5))
    assert refusal(books.update, "Customer", {**change, "SyncToken": "1", "BillWithParent": False}) == "6130"
    assert books.update("Customer", {**change, "SyncToken": "1", "BillWithParent": True})["SyncToken"] == "2"


def test_automated_sales_tax_lets_nobody_choose_a_tax_code(store: Store, books: Books) -> None:
    by_hand = Books(store, "42", api=True)
    by_hand.found(name="By hand", automated_tax=False)
    sent = {"DisplayName": "Ann", "DefaultTaxCodeRef": {"value": "1"}}
    assert "DefaultTaxCodeRef" not in books.create("Customer", sent)
    assert by_hand.create("Customer", sent)["DefaultTaxCodeRef"] == {"value": "1"}
    untaxed = {**sent, "DisplayName": "Bo", "Taxable": False}
    assert "DefaultTaxCodeRef" not in by_hand.create("Customer", untaxed)
    assert refusal(by_hand.create, "Customer", {**sent, "DefaultTaxCodeRef": {"value": "9"}}) == "2500"


def test_nobody_stands_below_himself(books: Books, customer: str) -> None:
    change = {"Id": customer, "SyncToken": "0", "sparse": True, "ParentRef": {"value": customer}}
    assert refusal(books.update, "Customer", change) == "900"


def test_a_name_of_500_signs_is_printed_as_far_as_it_fits_and_can_be_saved_again(books: Books) -> None:
    made = books.create("Customer", {"DisplayName": "x" * 500})
    assert len(made["PrintOnCheckName"]) == 110
    renamed = books.update("Customer", {**made, "DisplayName": "y" * 500})
    assert renamed["PrintOnCheckName"] == "y" * 110


@pytest.mark.parametrize("id_", ["9" * 30, "-1", "1.5", "１", "x", ""])
def test_an_id_that_cannot_be_is_refused_and_finds_nothing(books: Books, id_: str) -> None:
    assert refusal(books.get, "Customer", id_) == ("610" if id_.isascii() and id_.isdecimal() else "2030")
    assert books.find("Customer", id_) is None
