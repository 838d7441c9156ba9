"""Clients that speak XML: what they send is read as JSON, and what they are answered is written as XML.

A call that names no language in `Accept` is answered in that of its body: the .NET and PHP SDKs say no more when they
want XML. A call without one gets JSON, where Intuit would answer XML: who tries an address by hand means JSON.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from include.sandbox.faults import Call
from include.sandbox.quickbooks.entities import BY_LOWER
from include.sandbox.quickbooks.http.call import JSON, Answer, HttpCall, describe
from include.sandbox.quickbooks.http.xml import NotXml, read_xml, write_xml
from include.sandbox.quickbooks.wire import answer_time, dumps, loads

XML = "application/xml;charset=UTF-8"
NO_JSON = b"<"
"""The body of a call whose XML cannot be used: refused as JSON that cannot be read is (2010)."""


def answer_as_asked(answer: Callable[[HttpCall], Answer], call: HttpCall) -> Answer:
    """The answer to a call, in the language of the caller."""
    body = json_body(call.headers.get("content-type", ""), call.path, call.body)
    given = answer(replace(call, body=body))
    return _in_xml(given) if given.media_type == JSON and _wants_xml(call) else given


def describe_either(scope: Scope, body: bytes) -> Call:
    """A request in either language as the faults on order see it."""
    path = scope["path"].removeprefix("/v3/company/").partition("/")[2]
    return describe(scope, json_body(Headers(scope=scope).get("content-type", ""), path, body))


def json_body(content_type: str, path: str, body: bytes) -> bytes:
    """A body in JSON. XML must be what is posted there: the entity's own name, IntuitBatchRequest to a batch."""
    posted = path.strip("/").partition("/")[0].lower()
    if not body or posted == "query" or _media_type(content_type) not in XML_TYPES:
        return body
    try:
        root, content = read_xml(body)
    except NotXml:
        return NO_JSON
    return dumps(content).encode() if root.lower() == _root_of(posted) else NO_JSON


def _root_of(posted: str) -> str:
    """The element that is posted to an address."""
    entity = BY_LOWER.get(posted)
    return entity.key.lower() if entity else ROOTS.get(posted, posted)


def _wants_xml(call: HttpCall) -> bool:
    if "format" in call.asked:
        return call.asked["format"].lower() == "xml"
    accepts = call.headers.get("accept", "").lower()
    if "json" in accepts or "xml" in accepts:
        return "json" not in accepts
    sent = _media_type(call.headers.get("content-type", ""))
    return sent in (*XML_TYPES, STATEMENT) or (sent == FORM and XML_IN_FORM.search(call.body) is not None)


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _in_xml(given: Answer) -> Answer:
    answer = loads(given.body)
    try:
        body = write_xml(_of_gateway(answer) if "fault" in answer else answer)
    except RecursionError:  # a client has stored something very deep: better in the other language than not at all
        return given
    return replace(given, body=body, media_type=XML)


def _of_gateway(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The gateway's own envelope, whose JSON differs from every other answer's; its XML does not."""
    fault = answer["fault"]
    errors = [
        {"code": error["code"], "Message": error["message"], "Detail": error["detail"]} for error in fault["error"]
    ]
    time = answer_time(dt.datetime.fromtimestamp(answer["time"] / 1000, dt.UTC))
    return {"Fault": {"type": fault["type"], "Error": errors}, "time": time}


XML_TYPES = frozenset({"application/xml", "text/xml"})
STATEMENT = "application/text"
"""A query's own type, which both SDKs send with it in XML."""
FORM = "multipart/form-data"
XML_IN_FORM = re.compile(
    rb'name="?file_metadata_\w*"?\r?\n(\S+: [^\n]*\n)*?content-type: *(application|text)/xml', re.I
)
"""An upload says in XML what it uploads, in a part of its own."""
ROOTS = {"batch": "intuitbatchrequest"}
