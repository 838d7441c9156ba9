"""What is sent to QuickBooks for one invoice: to the cent, and nothing QuickBooks would refuse (rules 3.5–3.8)."""

import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.quickbooks.batch import as_json
from include.sync.push import quickbooks_invoice


def line(amount: str = "100.00", quantity: str = "1", unit_price: str = "100.00", **more: Any) -> dict[str, Any]:
    return {
        "item_id": "5",
        "description": "Backflow test",
        "quantity": quantity,
        "unit_price": unit_price,
        "amount": amount,
        "taxable": False,
    } | more


def payload(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "customer_id": "58",
        "number": "INV-1001",
        "date": "2026-10-05",
        "due_date": "2026-11-04",
        "terms": "Net 30",
        "currency": "USD",
        "marker": "Syncta invoice 71 [demo]",
        "total": "100.00",
        "tax": "0",
        "lines": list(lines or (line(),)),
    } | more


def as_quickbooks_reads_it(body: dict[str, Any]) -> dict[str, Any]:
    """Through JSON text, numbers read as decimals: floats may not leak."""
    read: dict[str, Any] = json.loads(as_json(body), parse_float=Decimal, parse_int=Decimal)
    return read


def sent_line(*args: str, **more: Any) -> dict[str, Any]:
    read: dict[str, Any] = as_quickbooks_reads_it(quickbooks_invoice(payload(line(*args, **more))))["Line"][0]
    return read


def test_the_whole_invoice_as_it_is_sent() -> None:
    assert as_quickbooks_reads_it(quickbooks_invoice(payload())) == {
        "CustomerRef": {"value": "58"},
        "DocNumber": "INV-1001",
        "TxnDate": "2026-10-05",
        "DueDate": "2026-11-04",
        "CurrencyRef": {"value": "USD"},
        "PrivateNote": "Syncta invoice 71 [demo]",
        "AllowIPNPayment": False,
        "AllowOnlinePayment": False,
        "AllowOnlineCreditCardPayment": False,
        "AllowOnlineACHPayment": False,
        "EmailStatus": "NotSet",
        "Line": [
            {
                "DetailType": "SalesItemLineDetail",
                "Amount": Decimal(100),
                "Description": "Backflow test",
                "SalesItemLineDetail": {
                    "ItemRef": {"value": "5"},
                    "TaxCodeRef": {"value": "NON"},
                    "Qty": Decimal(1),
                    "UnitPrice": Decimal(100),
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("field", "sent"), [("number", "DocNumber"), ("due_date", "DueDate"), ("currency", "CurrencyRef")]
)
@pytest.mark.parametrize("empty", ["", None])
def test_what_syncta_does_not_say_is_left_to_quickbooks(field: str, sent: str, empty: str | None) -> None:
    assert sent not in quickbooks_invoice(payload(**{field: empty}))


def test_terms_are_sent_once_their_quickbooks_id_is_known() -> None:
    assert "SalesTermRef" not in quickbooks_invoice(payload())
    assert quickbooks_invoice(payload(terms_id="3"))["SalesTermRef"] == {"value": "3"}


def test_tax_is_sent_as_billed() -> None:
    body = as_quickbooks_reads_it(quickbooks_invoice(payload(line(taxable=True), tax="8.25")))
    assert body["TxnTaxDetail"] == {"TotalTax": Decimal("8.25"), "TxnTaxCodeRef": {"value": "TAX"}}
    assert body["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "TAX"}


def test_without_tax_no_tax_detail_is_sent() -> None:
    assert "TxnTaxDetail" not in quickbooks_invoice(payload(line(), tax="0.00"))


def test_3_8_a_taxable_line_billed_without_tax_says_so_or_quickbooks_would_compute_its_own() -> None:
    body = as_quickbooks_reads_it(quickbooks_invoice(payload(line(taxable=True), tax="0.00")))
    assert body["TxnTaxDetail"] == {"TotalTax": Decimal(0), "TxnTaxCodeRef": {"value": "TAX"}}


def test_3_9_the_original_date_stands_in_the_memo_after_the_mark() -> None:
    body = quickbooks_invoice(payload(memo="Dated 2026-08-20 in Syncta."))
    assert body["PrivateNote"] == "Syncta invoice 71 [demo] Dated 2026-08-20 in Syncta."


def test_a_discount_is_a_line_of_its_own_and_negative() -> None:
    sent = sent_line("-10.00", "1", "-10.00", item_id="9")
    assert sent["Amount"] == Decimal(-10)
    assert "DiscountLineDetail" not in sent


@pytest.mark.parametrize(
    ("amount", "quantity", "unit_price", "carried"),
    [
        ("99.99", "3", "33.33", True),
        ("100.00", "3", "33.33", False),
        ("100.00", "3", "33.333333", True),
        ("0.13", "0.5", "0.25", True),  # 0.125 rounds half up
        ("0.12", "0.5", "0.25", False),
        ("-0.13", "-0.5", "0.25", True),
        ("0.00", "0", "75.00", True),
        ("75.00", "0", "75.00", False),
        ("75.00", "0", "0", False),
        ("10.10", "1", "10.1", True),
    ],
)
def test_quantity_and_price_are_sent_only_if_they_give_the_amount(
    amount: str, quantity: str, unit_price: str, carried: bool
) -> None:
    sent = sent_line(amount, quantity, unit_price)
    assert sent["Amount"] == Decimal(amount)
    detail = sent["SalesItemLineDetail"]
    assert ("Qty" in detail, "UnitPrice" in detail) == (carried, carried)
    if carried:
        assert (detail["Qty"], detail["UnitPrice"]) == (Decimal(quantity), Decimal(unit_price))


QUANTITIES = st.decimals(min_value=-9999, max_value=9999, places=4)
PRICES = st.decimals(min_value=-99999, max_value=99999, places=6)


@settings(deadline=None)
@given(quantity=QUANTITIES, unit_price=PRICES, off=st.sampled_from(["0", "0.01", "-0.01"]))
def test_quickbooks_never_finds_a_line_that_does_not_multiply(quantity: Decimal, unit_price: Decimal, off: str) -> None:
    amount = (quantity * unit_price).quantize(Decimal("0.01"), ROUND_HALF_UP) + Decimal(off)
    sent = sent_line(str(amount), str(quantity), str(unit_price))
    detail = sent["SalesItemLineDetail"]
    assert sent["Amount"] == amount
    if "Qty" in detail:
        product = (detail["Qty"] * detail["UnitPrice"]).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert product == sent["Amount"]
    assert ("Qty" in detail) == (Decimal(off) == 0)


@settings(deadline=None)
@given(st.decimals(min_value=-(10**16), max_value=10**16, places=2))
def test_an_amount_reaches_quickbooks_to_the_cent(amount: Decimal) -> None:
    assert sent_line(str(amount), "2", "0.01", item_id="7")["Amount"] == amount


def test_a_price_with_more_digits_than_quickbooks_keeps_is_left_out() -> None:
    assert "Qty" not in sent_line("0.33", "1", "0.333333333333333333")["SalesItemLineDetail"]
