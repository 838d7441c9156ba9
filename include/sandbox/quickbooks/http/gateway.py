"""What QuickBooks' gateway answers before the books are asked: sign-in, rights, throttles (reference, section 8.1).

The gateway writes its faults in lower case; throttle faults were recorded as XML, and are offered in three forms.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from starlette.responses import Response

from include.sandbox.faults import Fault
from include.sandbox.outages import Reply
from include.sandbox.quickbooks.connect.gate import EXPIRED, FORBIDDEN, MALFORMED, Denied
from include.sandbox.quickbooks.http.call import JSON
from include.sandbox.quickbooks.wire import answer_time, dumps
from include.sandbox.store import Store

ENVELOPE: dict[str, Any] = {
    "warnings": None,
    "intuitObject": None,
    "report": None,
    "queryResponse": None,
    "batchItemResponse": [],
    "attachableResponse": [],
    "syncErrorResponse": None,
    "requestId": None,
    "status": None,
    "cdcresponse": [],
}
XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse time="{time}" '
    'xmlns="http://schema.intuit.com/finance/v3"><Fault type="{kind}"><Error code="{code}">'
    "<Message>{message}</Message><Detail>{detail}</Detail></Error></Fault></IntuitResponse>"
)
INVALID_TOKEN = {"www-authenticate": 'Bearer realm="Intuit", error="invalid_token"'}
REVOKED = EXPIRED._replace(message="ApplicationAuthenticationFailed", detail="")
THROTTLED = Denied(429, "ThrottleExceeded", "3001", "SERVICE", "The request limit was reached.  Try again later")
REASONS = {"expired": EXPIRED, "malformed": MALFORMED, "revoked": REVOKED}


def lower(denied: Denied, now: dt.datetime) -> tuple[str, str]:
    """Media type and body in the gateway's own form."""
    error = {"message": _message(denied), "detail": denied.detail or None, "code": denied.code, "element": None}
    millis = int(now.timestamp() * 1000)
    return JSON, dumps({**ENVELOPE, "fault": {"error": [error], "type": denied.kind}, "time": millis})


def upper(denied: Denied, now: dt.datetime) -> tuple[str, str]:
    """Media type and body in the form of the books' own faults."""
    error = {"Message": _message(denied), "Detail": denied.detail, "code": denied.code}
    return JSON, dumps({"Fault": {"Error": [error], "type": denied.kind}, "time": answer_time(now)})


def xml(denied: Denied, now: dt.datetime) -> tuple[str, str]:
    """Media type and body as throttle faults were recorded, whatever the client accepts."""
    said = {"kind": denied.kind, "code": denied.code, "message": _message(denied), "detail": escape(denied.detail)}
    return "text/xml", XML.format(**said, time=answer_time(now))


def _message(denied: Denied) -> str:
    return f"message={denied.message}; errorCode=00{denied.code}; statusCode={denied.status}"


FORMS: Mapping[str, Callable[[Denied, dt.datetime], tuple[str, str]]] = {"xml": xml, "json": upper, "lower": lower}


def throttled(store: Store, wait: float) -> Response:
    """The 429 in the form the limits say; with `Retry-After` when they say so."""
    limits = store.limits.of("quickbooks")
    media, body = FORMS[limits["body"]](THROTTLED, store.clock.shown())
    headers = {"retry-after": str(math.ceil(wait))} if limits["retry_after"] else {}
    return Response(body, THROTTLED.status, headers, media_type=media)


def _answering(form: str, denied: Callable[[Fault], Denied]) -> Callable[[Fault, dt.datetime], Reply]:
    """A reply that was ordered, with the status of the order."""

    def reply(fault: Fault, now: dt.datetime) -> Reply:
        said = denied(fault)._replace(status=fault.status)
        media, body = FORMS[form](said, now)
        return Reply(fault.status, media, body.encode(), INVALID_TOKEN if fault.status == 401 else {})

    return reply


def _system_fault(fault: Fault, now: dt.datetime) -> Reply:
    """Fault 10000 as JSON, where an order for a status asks for that body."""
    message = "An application error has occurred while processing your request"
    error = {"Message": message, "Detail": "System Failure Error: ordered", "code": "10000", "element": ""}
    body = {"Fault": {"Error": [error], "type": "SystemFault"}, "time": answer_time(now)}
    return Reply(fault.status, JSON, dumps(body).encode())


REPLIES: Mapping[str, Callable[[Fault, dt.datetime], Reply]] = {
    "unauthorized": _answering("lower", lambda fault: REASONS[fault.why]),
    "forbidden": _answering("lower", lambda _: FORBIDDEN),
    "throttle_xml": _answering("xml", lambda _: THROTTLED),
    "throttle_json": _answering("json", lambda _: THROTTLED),
    "throttle_lower": _answering("lower", lambda _: THROTTLED),
    "json": _system_fault,
}
"""How QuickBooks denied the replies that can be ordered; "json" is the body of a "status"."""
