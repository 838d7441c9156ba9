"""The client over HTTP: pages, changes, batches, retries, and what never leaves it."""

from __future__ import annotations

import datetime as dt
import json
import logging
from decimal import Decimal
from typing import Any

import pytest

from include.errors import (
    ContractBroken,
    DamagedExtract,
    PersonNeeded,
    RateLimited,
    RecordRejected,
    SyncError,
    TemporaryOutage,
    WrongCompany,
)
from include.quickbooks.batch import BatchItem, as_json
from include.quickbooks.client import QuickBooksClient
from include.records import Entity, Invoice
from tests.quickbooks.fake_intuit import REALM, TIME, Asked, FakeIntuit, Reply, count, fault, page
from tests.quickbooks.samples import customer, deleted, invoice

PREFIX = f"/v3/company/{REALM}"
SINCE = dt.datetime(2026, 11, 1, 9, tzinfo=dt.timezone(dt.timedelta(hours=-8)))
XML_THROTTLE = '<IntuitResponse><Fault type="SERVICE"><Error code="3001"><Message/></Error></Fault></IntuitResponse>'


def changes_answer(*blocks: dict[str, Any], time: str = TIME) -> Reply:
    return Reply({"CDCResponse": [{"QueryResponse": list(blocks)}], "time": time})


def customers(first: int, last: int) -> list[dict[str, Any]]:
    return [customer(str(number)) for number in range(first, last + 1)]


def test_a_read_counts_first_and_walks_all_pages(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [
        count(2300),
        page("Customer", customers(1, 1000)),
        page("Customer", customers(1001, 2000)),
        page("Customer", customers(2001, 2300)),
    ]
    extract = quickbooks.read_all(Entity.CUSTOMER)
    assert (len(extract.records), extract.expected, extract.complete) == (2300, 2300, True)
    assert extract.as_of == dt.datetime.fromisoformat(TIME)
    assert [asked.body.split("STARTPOSITION ")[1] for asked in intuit.asked[1:]] == [
        "1 MAXRESULTS 1000",
        "1001 MAXRESULTS 1000",
        "2001 MAXRESULTS 1000",
    ]
    assert {asked.params["minorversion"] for asked in intuit.asked} == {"75"}
    assert quickbooks.calls == {"query": 4}


def test_a_full_last_page_is_followed_by_an_empty_one(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [count(1000), page("Customer", customers(1, 1000)), page("Customer", [])]
    assert len(quickbooks.read_all(Entity.CUSTOMER).records) == 1000


def test_an_empty_company_reads_as_nothing(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [count(0), page("Item", [])]
    extract = quickbooks.read_all(Entity.ITEM)
    assert (extract.records, extract.expected) == ((), 0)


def test_windows_become_conditions_and_are_not_complete(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [count(0), page("Invoice", []), count(0), page("Invoice", [])]
    assert not quickbooks.read_all(Entity.INVOICE, changed_since=SINCE).complete
    assert not quickbooks.read_all(Entity.INVOICE, created=(SINCE, SINCE + dt.timedelta(days=1))).complete
    assert "WHERE MetaData.LastUpdatedTime >= '2026-11-01T09:00:00-08:00'" in intuit.asked[1].body
    assert (
        "WHERE MetaData.CreateTime >= '2026-11-01T09:00:00-08:00' "
        "AND MetaData.CreateTime < '2026-11-02T09:00:00-08:00'" in intuit.asked[2].body
    )


def test_pages_that_repeat_end_the_walk(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.always = lambda asked: count(5000) if "count" in asked.body else page("Customer", customers(1, 1000))
    with pytest.raises(DamagedExtract, match="twice"):
        quickbooks.read_all(Entity.CUSTOMER)
    assert quickbooks.calls["query"] == 3


def test_a_walk_that_came_up_short_once_is_made_again(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [count(2), page("Customer", customers(1, 3)), count(3), page("Customer", customers(1, 3))]
    extract = quickbooks.read_all(Entity.CUSTOMER)
    assert (len(extract.records), extract.expected) == (3, 3)


def test_a_walk_that_stays_short_shows_in_the_expected_count(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.always = lambda asked: count(9) if "count" in asked.body else page("Customer", customers(1, 3))
    extract = quickbooks.read_all(Entity.CUSTOMER)
    assert (len(extract.records), extract.expected) == (3, 9)


def test_one_unreadable_record_stops_nothing(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    rows = [customer("1"), customer("2", DisplayName="a\ud800"), customer("3", DisplayName=None)]
    intuit.script = [count(3), page("Customer", rows)]
    extract = quickbooks.read_all(Entity.CUSTOMER)
    assert [record.id for record in extract.records] == ["1"]
    assert [(problem.id, problem.problem) for problem in extract.unreadable] == [
        ("2", "text_unreadable"),
        ("3", "no_name"),
    ]


def test_amounts_arrive_exactly(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    row = json.dumps(invoice()).replace('"TotalAmt": 100', '"TotalAmt": 1234567890123.07')
    intuit.script = [count(1), Reply(f'{{"QueryResponse": {{"Invoice": [{row}]}}, "time": "{TIME}"}}')]
    [record] = quickbooks.read_all(Entity.INVOICE).records
    assert isinstance(record, Invoice)
    assert record.total == Decimal("1234567890123.07")


def test_names_arrive_as_utf8_without_a_charset(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    name = "Jose\u0301 \U0001f9ea \u00a0end "
    body = json.dumps(
        {"QueryResponse": {"Customer": [customer("1", DisplayName=name)]}, "time": TIME}, ensure_ascii=False
    )
    intuit.script = [count(1), Reply(body, headers={"Content-Type": "text/plain"})]
    [record] = quickbooks.read_all(Entity.CUSTOMER).records
    assert getattr(record, "name", "") == name


def test_changes_come_in_one_call_with_deletions(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [
        changes_answer(
            {"Customer": customers(1, 2), "startPosition": 1, "maxResults": 2},
            {},
            {"Invoice": [invoice("130"), deleted("131")], "maxResults": 2, "totalCount": 2},
            {"Customer": customers(3, 3)},
        )
    ]
    told = quickbooks.changes([Entity.CUSTOMER, Entity.INVOICE, Entity.PAYMENT], SINCE)
    assert told is not None
    assert [record.id for record in told[Entity.CUSTOMER].records] == ["1", "2", "3"]
    assert [gone.id for gone in told[Entity.INVOICE].deleted] == ["131"]
    assert told[Entity.PAYMENT].records == ()
    assert told[Entity.PAYMENT].as_of == dt.datetime.fromisoformat(TIME)
    assert intuit.asked[0].params["entities"] == "Customer,Invoice,Payment"
    assert intuit.asked[0].params["changedSince"] == "2026-11-01T09:00:00-08:00"
    assert quickbooks.calls == {"cdc": 1}


def test_no_changes_at_all_is_an_empty_answer(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [changes_answer({})]
    told = quickbooks.changes([Entity.CUSTOMER], SINCE)
    assert told is not None
    assert told[Entity.CUSTOMER].records == ()


@pytest.mark.parametrize(
    "reply",
    [
        changes_answer({"Customer": customers(1, 600)}, {"Invoice": [invoice(str(n)) for n in range(400)]}),
        changes_answer({"Customer": customers(1, 10), "totalCount": 1200}),
        changes_answer({"Customer": customers(1, 2)}, time="2026-12-01T09:00:00-08:00"),
        fault("4001"),
    ],
)
def test_changes_that_may_be_incomplete_are_left_to_pages(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, reply: Reply
) -> None:
    intuit.script = [reply]
    assert quickbooks.changes([Entity.CUSTOMER, Entity.INVOICE], SINCE) is None


def test_nine_hundred_ninety_nine_changes_over_all_entities_are_complete(
    quickbooks: QuickBooksClient, intuit: FakeIntuit
) -> None:
    intuit.script = [
        changes_answer({"Customer": customers(1, 599)}, {"Invoice": [invoice(str(n)) for n in range(400)]})
    ]
    assert quickbooks.changes([Entity.CUSTOMER, Entity.INVOICE], SINCE) is not None


@pytest.mark.parametrize(
    "outage",
    [
        Reply("<html>Bad gateway</html>", 502),
        Reply("", 503),
        Reply("", 200),
        Reply("<html>Please log in</html>", 200),
        Reply("[]", 200),
        Reply(hang_up=True),
        fault("10000", 500, kind="SystemFault"),
    ],
)
def test_a_read_survives_two_outages(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, waits: list[float], outage: Reply
) -> None:
    intuit.script = [outage, outage, count(0), page("Customer", [])]
    assert quickbooks.read_all(Entity.CUSTOMER).records == ()
    assert len(waits) == 2
    assert 0.5 <= waits[0] <= 1.0 <= waits[1] <= 1.5


def test_a_third_outage_is_raised(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.always = lambda asked: Reply("", 504)
    with pytest.raises(TemporaryOutage):
        quickbooks.preferences()
    assert quickbooks.calls == {"preferences": 3}


def test_an_unreachable_host_is_one_clear_sentence(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.close()
    with pytest.raises(TemporaryOutage, match="gave no answer to companyinfo"):
        quickbooks.company()


def test_a_short_pause_is_kept_in_place(quickbooks: QuickBooksClient, intuit: FakeIntuit, waits: list[float]) -> None:
    intuit.script = [Reply(XML_THROTTLE, 429, {"Retry-After": "60"}), count(0), page("Customer", [])]
    quickbooks.read_all(Entity.CUSTOMER)
    assert 60 <= waits[0] <= 60.5


@pytest.mark.parametrize(
    ("headers", "seconds"), [({}, 60.0), ({"Retry-After": "61"}, 61.0), ({"Retry-After": "soon"}, 60.0)]
)
@pytest.mark.parametrize(
    "body",
    [
        XML_THROTTLE,
        '{"Fault": {"Error": [{"Message": "x", "code": "3001"}], "type": "SERVICE"}}',
        '{"fault": {"error": [{"message": "x", "code": "3001"}], "type": "SERVICE"}}',
        "",
    ],
)
def test_a_longer_or_unnamed_pause_is_left_to_the_caller(
    quickbooks: QuickBooksClient,
    intuit: FakeIntuit,
    waits: list[float],
    body: str,
    headers: dict[str, str],
    seconds: float,
) -> None:
    intuit.script = [Reply(body, 429, headers)]
    with pytest.raises(RateLimited) as raised:
        quickbooks.company()
    assert raised.value.retry_after == seconds
    assert waits == []


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (fault("3100", 403), WrongCompany),
        (fault("6190"), PersonNeeded),
        (fault("120", 401), PersonNeeded),
        (Reply("", 404), ContractBroken),
        (Reply("", 302, {"Location": "http://127.0.0.1:9/"}), ContractBroken),
        (fault("6000", 200), RecordRejected),
        (Reply({"time": TIME}), ContractBroken),
    ],
)
def test_what_a_person_must_mend_is_raised_at_once(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, reply: Reply, expected: type[SyncError]
) -> None:
    intuit.script = [reply]
    with pytest.raises(expected):
        quickbooks.company()
    assert quickbooks.calls == {"companyinfo": 1}


def test_company_and_preferences_are_facts(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    info = {
        "CompanyName": "Demo",
        "LegalName": "Demo Inc",
        "Country": "US",
        "NameValue": [
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            {"Name": "SubscriptionStatus", "Value": "PAID"},
        ],
    }
    prefs = {
        "AccountingInfoPrefs": {"BookCloseDate": "2026-08-31"},
        "SalesFormsPrefs": {"CustomTxnNumbers": True},
        "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "USD"}},
        "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": True},
    }
    intuit.script = [Reply({"CompanyInfo": info, "time": TIME}), Reply({"Preferences": prefs, "time": TIME})]
    company, books = quickbooks.company(), quickbooks.preferences()
    assert (company.realm_id, company.legal_name, company.subscription_status) == (REALM, "Demo Inc", "PAID")
    assert (books.close_date, books.custom_numbers, books.home_currency) == (dt.date(2026, 8, 31), True, "USD")
    assert (books.automated_sales_tax, books.uses_sales_tax, books.multicurrency) == (True, True, False)


def test_books_that_are_open_have_no_closing_date(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [Reply({"Preferences": {"AccountingInfoPrefs": {}}, "time": TIME})]
    assert quickbooks.preferences().close_date is None


def test_a_closing_date_that_cannot_be_read_does_not_pass_for_open_books(
    quickbooks: QuickBooksClient, intuit: FakeIntuit
) -> None:
    intuit.script = [Reply({"Preferences": {"AccountingInfoPrefs": {"BookCloseDate": "soon"}}, "time": TIME})]
    with pytest.raises(ContractBroken, match="closing date"):
        quickbooks.preferences()


def test_invoices_are_looked_up_by_number_in_hundreds(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [page("Invoice", [invoice("130", DocNumber="A'1")]), page("Invoice", [])]
    found = quickbooks.invoices_by_number(["A'1", *(str(number) for number in range(149))])
    assert [record.id for record in found] == ["130"]
    assert r"WHERE DocNumber IN ('A\'1', '0'," in intuit.asked[0].body
    assert quickbooks.calls == {"query": 2}


def test_a_deleted_invoice_reads_as_none(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [Reply({"Invoice": invoice("130"), "time": TIME}), fault("610")]
    first = quickbooks.read_invoice("130")
    assert first is not None
    assert first.id == "130"
    assert quickbooks.read_invoice("130") is None


def test_a_batch_carries_its_request_id_and_exact_amounts(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [Reply({"BatchItemResponse": [{"bId": "1", "Invoice": invoice("130")}], "time": TIME})]
    payload = {"DocNumber": "é-1", "Line": [{"Amount": Decimal("33.10"), "Qty": Decimal("1E+1")}], "Flag": False}
    outcome = quickbooks.send_batch("b-1", [BatchItem("1", payload)])
    assert getattr(outcome["1"], "id", "") == "130"
    asked = intuit.asked[0]
    assert (asked.path, asked.params["requestid"]) == (f"{PREFIX}/batch", "b-1")
    assert '"Amount": 33.10, "Qty": 10' in asked.body
    assert json.loads(asked.body)["BatchItemRequest"][0]["Invoice"]["DocNumber"] == "é-1"


def test_a_batch_tells_good_items_from_refused_ones(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    refused = {"bId": "2", "Fault": {"Error": [{"code": "6140", "Message": "Nick"}], "type": "ValidationFault"}}
    intuit.script = [Reply({"BatchItemResponse": [refused, {"bId": "1", "Invoice": invoice("130")}], "time": TIME})]
    outcome = quickbooks.send_batch("b-1", [BatchItem("1", {}), BatchItem("2", {})])
    assert isinstance(outcome["1"], Invoice)
    assert isinstance(outcome["2"], RecordRejected)
    assert outcome["2"].reason == "number_taken"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply("", 503), TemporaryOutage),
        (Reply(hang_up=True), TemporaryOutage),
        (Reply("", 200), TemporaryOutage),
        (Reply(XML_THROTTLE, 429, {"Retry-After": "1"}), RateLimited),
    ],
)
def test_a_batch_is_never_sent_again_by_itself(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, reply: Reply, expected: type[SyncError]
) -> None:
    intuit.always = lambda asked: reply
    with pytest.raises(expected):
        quickbooks.send_batch("b-1", [BatchItem("1", {})])
    assert len(intuit.asked) == 1


def test_a_batch_refused_for_its_token_is_sent_once_more_unchanged(
    quickbooks: QuickBooksClient, intuit: FakeIntuit
) -> None:
    answer = Reply({"BatchItemResponse": [{"bId": "1", "Invoice": invoice("130")}], "time": TIME})
    intuit.script = [fault("3200", 401), answer]
    quickbooks.send_batch("b-1", [BatchItem("1", {"Line": []})])
    first, second = intuit.calls
    assert (first.body, first.params) == (second.body, second.params)


def test_an_item_without_an_answer_is_not_taken_for_a_refusal(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [Reply({"BatchItemResponse": [{"bId": "1", "Invoice": invoice("130")}], "time": TIME})]
    with pytest.raises(ContractBroken, match="1 of 2 items"):
        quickbooks.send_batch("b-1", [BatchItem("1", {}), BatchItem("2", {})])


@pytest.mark.parametrize(
    ("request_id", "bids"),
    [
        ("r" * 37, ["1"]),
        ("", ["1"]),
        ("r", []),
        ("r", ["1", "1"]),
        ("r", ["x" * 11]),
        ("r", [str(n) for n in range(31)]),
    ],
)
def test_a_batch_quickbooks_would_not_take_is_not_sent(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, request_id: str, bids: list[str]
) -> None:
    with pytest.raises(ValueError, match="batch"):
        quickbooks.send_batch(request_id, [BatchItem(bid, {}) for bid in bids])
    assert intuit.asked == []


def test_a_float_in_a_payload_is_refused() -> None:
    with pytest.raises(TypeError, match="Decimal"):
        as_json({"Amount": 0.1})


def test_log_and_errors_name_the_tid_and_no_person(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    intuit.script = [fault("6240", 400), Reply({"Nick Brown": "125.00"}, 403)]
    with pytest.raises(RecordRejected) as rejected:
        quickbooks.company()
    with pytest.raises(WrongCompany) as refused:
        quickbooks.preferences()
    shown = "\n".join([caplog.text, repr(rejected.value), rejected.value.detail, repr(refused.value)])
    assert "1-tid-1" in caplog.text
    assert "6240" in caplog.text
    assert not [private for private in ("Nick", "125.00", "access-1") if private in shown]


def test_every_call_asks_for_json_in_minor_version_75(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    def sound(asked: Asked) -> Reply:
        return Reply({"CompanyInfo": {}, "Preferences": {}, "time": TIME})

    intuit.always = sound
    quickbooks.company()
    quickbooks.preferences()
    assert {(asked.headers["Accept"], asked.params["minorversion"]) for asked in intuit.asked} == {
        ("application/json", "75")
    }
