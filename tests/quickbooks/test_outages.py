"""Outages, pauses and refusals: what is tried again, what is raised, and what is never shown."""

from __future__ import annotations

import logging

import pytest

from include.errors import (
    ContractBroken,
    PersonNeeded,
    RateLimited,
    RecordRejected,
    SyncError,
    TemporaryOutage,
    WrongCompany,
)
from include.quickbooks.batch import BatchItem
from include.quickbooks.client import QuickBooksClient
from include.records import Entity
from tests.quickbooks.fake_intuit import TIME, Asked, FakeIntuit, Reply, count, fault, page

COMPANY = Reply({"CompanyInfo": {"CompanyName": "Testing Ltd"}, "time": TIME})
XML_THROTTLE = '<IntuitResponse><Fault type="SERVICE"><Error code="3001"><Message/></Error></Fault></IntuitResponse>'

THROTTLES = [
    XML_THROTTLE,
    '{"Fault": {"Error": [{"Message": "x", "code": "3001"}], "type": "SERVICE"}}',
    '{"fault": {"error": [{"message": "x", "code": "3001"}], "type": "SERVICE"}}',
    "",
]


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


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}])
@pytest.mark.parametrize("body", THROTTLES)
def test_an_unnamed_pause_is_a_minute_and_a_little_more_by_chance(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, waits: list[float], body: str, headers: dict[str, str]
) -> None:
    intuit.script = [Reply(body, 429, headers), COMPANY]
    quickbooks.company()
    assert 60 <= waits[0] <= 75.5


def test_unnamed_pauses_of_several_callers_differ(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, waits: list[float]
) -> None:
    intuit.script = [Reply("", 429), COMPANY] * 5
    for _ in range(5):
        quickbooks.company()
    assert max(waits) - min(waits) > 0.5


@pytest.mark.parametrize("body", THROTTLES)
def test_a_longer_pause_is_left_to_the_caller(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, waits: list[float], body: str
) -> None:
    intuit.script = [Reply(body, 429, {"Retry-After": "121"})]
    with pytest.raises(RateLimited) as raised:
        quickbooks.company()
    assert raised.value.retry_after == 121
    assert waits == []


def test_a_throttled_write_is_not_repeated_by_itself(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, waits: list[float]
) -> None:
    intuit.always = lambda asked: Reply("", 429, {"Retry-After": "1"})
    with pytest.raises(RateLimited):
        quickbooks.send_batch("b-1", [BatchItem("1", {})])
    assert quickbooks.calls == {"batch": 1}
    assert waits == []


def test_an_outage_that_says_how_long_it_lasts_is_waited_out_as_told(
    quickbooks: QuickBooksClient, intuit: FakeIntuit, waits: list[float]
) -> None:
    intuit.script = [Reply("", 503, {"Retry-After": "20"}), COMPANY]
    quickbooks.company()
    assert 20 <= waits[0] <= 20.5


def test_an_outage_that_lasts_longer_is_left_to_the_caller(quickbooks: QuickBooksClient, intuit: FakeIntuit) -> None:
    intuit.script = [Reply("", 503, {"Retry-After": "600"})]
    with pytest.raises(TemporaryOutage) as raised:
        quickbooks.company()
    assert raised.value.retry_after == 600
    assert quickbooks.calls == {"companyinfo": 1}


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
