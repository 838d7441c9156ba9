"""Every shape a refusal comes in, and the error each code becomes."""

from __future__ import annotations

import json

import pytest

from include.errors import (
    ContractBroken,
    PersonNeeded,
    RateLimited,
    RecordRejected,
    StaleRecord,
    SyncError,
    TemporaryOutage,
    WrongCompany,
)
from include.quickbooks.faults import (
    BadStatement,
    Fault,
    NotFound,
    SignInRefused,
    error_for,
    faults_in,
    read_faults,
    rejection_for,
)

UPPER = '{"Fault":{"Error":[{"Message":"m","Detail":"d","code":"6240","element":""}],"type":"ValidationFault"}}'
LOWER = json.dumps({
    "warnings": None,
    "fault": {
        "error": [
            {
                "message": "message=AuthenticationFailed; errorCode=003200; statusCode=401",
                "detail": "Token expired: AB01",
                "code": "3200",
                "element": None,
            }
        ],
        "type": "AUTHENTICATION",
    },
    "time": 1730024394085,
})
XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<IntuitResponse time="2016-09-01T09:00:00.000-07:00" xmlns="http://schema.intuit.com/finance/v3">'
    '<Fault type="SERVICE"><Error code="3001"><Message>message=ThrottleExceeded; errorCode=003001; statusCode=429'
    "</Message><Detail>The request limit was reached.  Try again later</Detail></Error></Fault></IntuitResponse>"
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (UPPER, (Fault("6240", "", "ValidationFault"),)),
        (LOWER, (Fault("3200", "", "AUTHENTICATION"),)),
        (XML, (Fault("3001", "", "SERVICE"),)),
        ("<html><body><h1>502 Bad Gateway</h1></body></html>", ()),
        ("", ()),
        ("null", ()),
        ("[]", ()),
        ('{"Customer": {"DisplayName": "\\"Fault\\""}}', ()),
        ('{"Fault": {}}', (Fault(""),)),
        ('{"Fault": {"Error": {"code": 610}, "type": "ValidationFault"}}', (Fault("610", "", "ValidationFault"),)),
        ('{"fault": {"error": [{"message": "errorCode=003100; statusCode=403"}]}}', (Fault("3100"),)),
        ('{"Fault": {"Error": [{"code": "abc"}]}}', (Fault(""),)),
        ("<IntuitResponse><Fault type='SystemFault'/></IntuitResponse>", (Fault("", kind="SystemFault"),)),
    ],
)
def test_a_fault_is_read_in_whatever_shape_it_comes(body: str, expected: tuple[Fault, ...]) -> None:
    assert read_faults(body) == expected


def test_several_errors_of_one_fault_are_all_read_and_the_first_decides() -> None:
    body = {"Fault": {"Error": [{"code": "6140"}, {"code": "2020", "element": "Line"}], "type": "ValidationFault"}}
    faults = tuple(faults_in(body))
    assert [fault.code for fault in faults] == ["6140", "2020"]
    error = error_for(400, {}, faults)
    assert isinstance(error, RecordRejected)
    assert error.reason == "number_taken"


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "3200", SignInRefused),
        (401, "", SignInRefused),
        (401, "120", PersonNeeded),
        (403, "3100", WrongCompany),
        (403, "", WrongCompany),
        (404, "", ContractBroken),
        (408, "", TemporaryOutage),
        (429, "3001", RateLimited),
        (429, "", RateLimited),
        (200, "3001", RateLimited),
        (500, "", TemporaryOutage),
        (500, "10000", TemporaryOutage),
        (502, "", TemporaryOutage),
        (503, "2500", TemporaryOutage),
        (504, "", TemporaryOutage),
        (302, "", ContractBroken),
        (400, "", ContractBroken),
        (400, "5010", StaleRecord),
        (400, "610", NotFound),
        (400, "6190", PersonNeeded),
        (400, "4000", BadStatement),
        (400, "1040", ContractBroken),
        (200, "6000", RecordRejected),
        (400, "9999", RecordRejected),
    ],
)
def test_status_and_code_decide_the_error(status: int, code: str, expected: type[SyncError]) -> None:
    assert type(error_for(status, {}, (Fault(code),) if code else ())) is expected


@pytest.mark.parametrize(
    ("code", "element", "reason"),
    [
        ("6140", "", "number_taken"),
        ("6210", "", "period_closed"),
        ("6200", "", "period_closed"),
        ("2500", "", "reference_inactive"),
        ("610", "", "reference_inactive"),
        ("6000", "", "business_rule"),
        ("2050", "DocNumber", "number_too_long"),
        ("2050", "", "number_too_long"),
        ("2050", "PrivateNote", "rejected_by_quickbooks"),
        ("2210", "", "email_invalid"),
        ("6100", "", "tax_cannot_be_carried"),
        ("6190", "", "subscription_ended"),
        ("120", "", "user_lost_rights"),
        ("6070", "Line.Amount", "rejected_by_quickbooks"),
        ("3001", "", "rejected_by_quickbooks"),
        ("", "", "rejected_by_quickbooks"),
    ],
)
def test_a_refused_item_has_a_reason_and_its_code(code: str, element: str, reason: str) -> None:
    rejection = rejection_for((Fault(code, element),))
    assert rejection.reason == reason
    assert (code or "without code") in rejection.detail


def test_a_stale_item_goes_back_to_the_plan() -> None:
    assert isinstance(rejection_for((Fault("5010"),)), StaleRecord)


def test_an_unknown_fault_of_the_service_itself_is_an_outage() -> None:
    assert isinstance(error_for(400, {}, (Fault("77777", "", "SystemFault"),)), TemporaryOutage)


def test_no_text_of_a_fault_reaches_the_message() -> None:
    body = {"Fault": {"Error": [{"Message": "Nick Brown", "Detail": "Nick Brown", "code": "6240", "element": "a b<"}]}}
    error = rejection_for(tuple(faults_in(body)))
    assert "Nick" not in f"{error} {error.detail}"
    assert "<" not in error.detail
