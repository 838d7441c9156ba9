"""Tax agencies, rates and codes, in the US and abroad."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from include.sandbox.quickbooks.catalog.taxes import make_tax_code, untaxed
from include.sandbox.quickbooks.engine import Books
from include.sandbox.store import Store

from .conftest import Client, refusal, sale

RATE = {"TaxRateName": "Tucson City", "RateValue": "2", "TaxAgencyId": 1}


def test_the_codes_of_the_us_come_first_and_are_not_counted(books: Books) -> None:
    make_tax_code(books, {"TaxCode": "Tucson", "TaxRateDetails": [RATE]})

    def names(page: str) -> list[str]:
        return [code["Name"] for code in books.query(f"SELECT * FROM TaxCode {page}")["TaxCode"]]

    assert names("MAXRESULTS 1") == ["TAX", "NON", "CustomSalesTax", "California"]
    assert names("STARTPOSITION 2 MAXRESULTS 1") == ["Tucson"]
    assert len(names("")) == 5
    assert names("WHERE Name = 'Tucson' MAXRESULTS 1") == ["Tucson"]


def test_tax_and_non_are_found_by_the_words_that_are_their_ids(books: Books) -> None:
    tax, non = (books.get("TaxCode", id_) for id_ in ("TAX", "NON"))
    assert (tax["Id"], tax["Taxable"], non["Id"], non["Taxable"]) == ("TAX", True, "NON", False)
    found = books.query("SELECT Id FROM TaxCode WHERE Id IN ('NON', '1')")["TaxCode"]
    assert [code["Id"] for code in found] == ["NON", "1"]
    assert refusal(books.get, "TaxCode", "-2") == "2030"
    assert refusal(books.get, "TaxCode", "tax") == "2030"
    assert refusal(books.query, "SELECT * FROM TaxCode WHERE Id = 'NONE'") == "4001"


def test_a_product_can_bear_the_word(books: Books) -> None:
    body = {"Name": "Gauge", "IncomeAccountRef": {"value": "1"}, "SalesTaxCodeRef": {"value": "TAX"}}
    assert books.create("Item", body)["SalesTaxCodeRef"] == {"value": "TAX", "name": "TAX"}


def test_a_code_leads_to_its_rates_and_they_to_their_agency(books: Books) -> None:
    code = books.query("SELECT * FROM TaxCode WHERE Name = 'California'")["TaxCode"][0]
    (detail,) = code["SalesTaxRateList"]["TaxRateDetail"]
    assert detail == {
        "TaxRateRef": {"value": "1", "name": "California"},
        "TaxTypeApplicable": "TaxOnAmount",
        "TaxOrder": 0,
    }
    assert (code["TaxGroup"], code["PurchaseTaxRateList"]) == (True, {"TaxRateDetail": []})
    rate = books.get("TaxRate", "1")
    shown = ("RateValue", "AgencyRef", "SpecialTaxType", "DisplayType", "Description")
    assert [rate[name] for name in shown[1:]] == [{"value": "1"}, "NONE", "ReadOnly", "Sales Tax"]
    assert float(rate["RateValue"]) == 7.75
    assert len(books.query("SELECT * FROM TaxRate WHERE AgencyRef = '1'")["TaxRate"]) == 1


def test_the_service_makes_a_code_of_new_and_known_rates(books: Books) -> None:
    made = make_tax_code(books, {"TaxCode": "Both", "TaxRateDetails": [RATE, {"TaxRateId": "1"}]})
    assert made["TaxCode"] == "Both"
    assert [(each["TaxRateName"], each["TaxAgencyId"]) for each in made["TaxRateDetails"]] == [
        ("Tucson City", "1"),
        ("California", "1"),
    ]
    rates = books.get("TaxCode", made["TaxCodeId"])["SalesTaxRateList"]["TaxRateDetail"]
    assert [rate["TaxRateRef"]["name"] for rate in rates] == ["Tucson City", "California"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"TaxRateDetails": [RATE]}, "2020"),
        ({"TaxCode": "New"}, "2020"),
        ({"TaxCode": "New", "TaxRateDetails": []}, "2020"),
        ({"TaxCode": "New", "TaxRateDetails": ["5 %"]}, "2010"),
        ({"TaxCode": {"TaxCodeName": "New"}, "TaxRateDetails": [RATE]}, "2010"),
        ({"TaxCode": "california", "TaxRateDetails": [RATE]}, "6240"),
        ({"TaxCode": "New", "TaxRateDetails": [RATE, {**RATE, "TaxRateName": "California"}]}, "6240"),
        ({"TaxCode": "New", "TaxRateDetails": [RATE, RATE]}, "6240"),
        ({"TaxCode": "New", "TaxRateDetails": [{**RATE, "RateValue": 101}]}, "2150"),
        ({"TaxCode": "New", "TaxRateDetails": [{**RATE, "RateValue": "much"}]}, "2090"),
        ({"TaxCode": "New", "TaxRateDetails": [{**RATE, "TaxAgencyId": "7"}]}, "2500"),
        ({"TaxCode": "New", "TaxRateDetails": [{**RATE, "TaxApplicableOn": "Both"}]}, "2170"),
        ({"TaxCode": "New", "TaxRateDetails": [{"TaxRateId": "7"}]}, "2500"),
        ({"TaxCode": "x" * 101, "TaxRateDetails": [RATE]}, "2050"),
    ],
)
def test_what_the_service_refuses_leaves_no_trace(books: Books, body: dict[str, Any], code: str) -> None:
    def known() -> list[int]:
        return [books.query(f"SELECT COUNT(*) FROM {name}")["totalCount"] for name in ("TaxCode", "TaxRate")]

    before = known()
    assert refusal(make_tax_code, books, body) == code
    assert known() == before


def test_the_service_over_http_answers_without_an_entitys_name_and_refuses_as_recorded(client: Client) -> None:
    body = {"TaxCode": "Tucson", "TaxRateDetails": [RATE]}
    made = client.post("taxservice/taxcode", body, requestid="t1").json()
    assert {"TaxCode", "TaxCodeId", "TaxRateDetails", "time"} == made.keys()
    again = client.post("taxservice/taxcode", body, requestid="t1").json()
    assert again["TaxCodeId"] == made["TaxCodeId"]
    (error,) = client.post("taxservice/taxcode", {**body, "TaxCode": "Other"}).json()["Fault"]["Error"]
    assert (error["code"], error["Message"]) == ("6240", "Duplicate Name Exists Error")
    assert "Another tax rate is already using this name" in error["Detail"]
    assert client.post("taxservice/rates", body).json()["Fault"]["Error"][0]["code"] == "500"
    assert client.get("taxservice/taxcode").json()["Fault"]["Error"][0]["code"] == "500"


def test_an_agency_needs_a_name_of_its_own_and_keeps_it(books: Books) -> None:
    made = books.create("TaxAgency", {"DisplayName": "CityTaxAgency"})
    assert (made["TaxTrackedOnSales"], made["TaxTrackedOnPurchases"], "Active" in made) == (True, False, False)
    assert refusal(books.create, "TaxAgency", {"DisplayName": "citytaxagency"}) == "6240"
    assert refusal(books.create, "TaxAgency", {}) == "2020"
    assert refusal(books.update, "TaxAgency", {**made, "DisplayName": "Other"}) == "500"


@pytest.mark.parametrize(("country", "currency", "code"), [("CA", "CAD", "HST ON"), ("GB", "GBP", "20.0% S")])
def test_abroad_every_code_has_a_number_and_rates_on_both_sides(
    store: Store, country: str, currency: str, code: str
) -> None:
    books = Books(store, "42", api=True)
    books.found(name="Abroad", country=country)
    codes = books.query("SELECT * FROM TaxCode MAXRESULTS 2")["TaxCode"]
    assert [each["Id"] for each in codes] == ["1", "2"]
    (found,) = books.query(f"SELECT * FROM TaxCode WHERE Name = '{code}'")["TaxCode"]
    sides = [found[f"{side}TaxRateList"]["TaxRateDetail"] for side in ("Sales", "Purchase")]
    assert [len(side) for side in sides] == [1, 1]
    assert refusal(books.get, "TaxCode", "TAX") == "610"
    assert books.create("Customer", {"DisplayName": "Ann"})["CurrencyRef"]["value"] == currency
    assert books.preferences["CurrencyPrefs"]["HomeCurrency"] == {"value": currency}
    assert "PartnerTaxEnabled" not in books.preferences["TaxPrefs"]
    assert books.get("CompanyInfo", "1")["Country"] == country
    assert books.get("TaxCode", untaxed(books))["Name"] == "Exempt"


@pytest.mark.parametrize("entity", ["TaxAgency", "TaxCode", "TaxRate"])
def test_change_data_capture_does_not_know_taxes(client: Client, entity: str) -> None:
    answer = client.get("cdc", entities=f"Customer,{entity}", changedSince="2026-11-02")
    assert answer.json()["Fault"]["Error"][0]["code"] == "500"


def test_where_tax_is_not_automated_the_code_of_the_form_says_what_it_is(store: Store) -> None:
    books = Books(store, "43", api=True)
    books.found(name="By hand", automated_tax=False)
    customer = books.create("Customer", {"DisplayName": "Ann"})["Id"]
    body = sale(customer, 100, 50, TxnTaxDetail={"TxnTaxCodeRef": {"value": "1"}})
    body["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] = {"value": "TAX"}
    made = books.create("Invoice", body)
    detail = made["TxnTaxDetail"]
    assert (made["TotalAmt"], detail["TotalTax"], detail["TxnTaxCodeRef"]) == (
        Decimal("157.75"),
        Decimal("7.75"),
        {"value": "1"},
    )
    line = detail["TaxLine"][0]
    assert (line["Amount"], line["TaxLineDetail"]["TaxPercent"]) == (Decimal("7.75"), Decimal("7.75"))
    assert line["TaxLineDetail"]["NetAmountTaxable"] == 100
    again = books.update("Invoice", made)
    assert {**again, "SyncToken": "0"} == made
    more = books.update("Invoice", {"Id": made["Id"], "SyncToken": "1", "sparse": True, "Line": [body["Line"][0]] * 2})
    assert (more["TotalAmt"], more["TxnTaxDetail"]["TotalTax"]) == (Decimal("215.50"), Decimal("15.50"))
    stated = books.create("Invoice", {**body, "TxnTaxDetail": {"TxnTaxCodeRef": {"value": "1"}, "TotalTax": 5}})
    assert (stated["TotalAmt"], stated["TxnTaxDetail"]["TxnTaxCodeRef"]) == (155, {"value": "1"})
    assert refusal(books.create, "Invoice", {**body, "TxnTaxDetail": {"TxnTaxCodeRef": {"value": "9"}}}) == "2500"
