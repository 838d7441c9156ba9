"""What QuickBooks answers when it refuses, and what that means here: one table from fault code to error.

A refusal comes as `Fault` in JSON (also with status 200), as lower-case `fault` from the gateway, as XML whatever was
asked for, as an HTML page or as nothing at all (reference §8.1). Only codes are read: the texts change between
versions and may bear names, so none of them reaches a message or a log (G7).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from include.errors import (
    ContractBroken,
    PersonNeeded,
    RateLimited,
    RecordRejected,
    StaleRecord,
    SyncError,
    TemporaryOutage,
    TryAgainLater,
    WrongCompany,
)
from include.retry_after import retry_after

DEFAULT_WAIT = 60.0
"""Seconds after a throttled call where QuickBooks does not say how long (reference §8.3)."""


class SignInRefused(PersonNeeded):
    """The access token is not accepted: renew it once; raised to the caller only if a fresh one fails, too."""


class BadStatement(ContractBroken):
    """QuickBooks cannot read our query or change request, or no longer answers it."""


class NotFound(RecordRejected):
    """The record is gone, or something it refers to is inactive."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One refusal: `code` without leading zeros, `""` where the answer bears none; `element` the field it names."""

    code: str
    element: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a code means: the error for a whole call, the hold's reason for one record, and a sentence for a person."""

    error: type[SyncError]
    reason: str
    sentence: str


def _record(reason: str, sentence: str) -> Verdict:
    return Verdict(RecordRejected, reason, sentence)


_LATER = "QuickBooks could not work on it; it is tried again by itself."
_SIGN_IN = Verdict(SignInRefused, "reconnect_needed", "QuickBooks does not accept the access token.")
_BROKEN = Verdict(ContractBroken, "rejected_by_quickbooks", "QuickBooks does not understand the request.")
_STATEMENT = Verdict(BadStatement, "rejected_by_quickbooks", "QuickBooks does not answer this query.")
_OUTAGE = Verdict(TemporaryOutage, "rejected_by_quickbooks", _LATER)
_THROTTLED = Verdict(RateLimited, "rejected_by_quickbooks", "QuickBooks asks for a pause between requests.")
_CLOSED = _record("period_closed", "The date lies in a period that is closed in QuickBooks.")
_GONE = Verdict(NotFound, "reference_inactive", "The record, its customer or a product is inactive or gone.")
_TAX = _record("tax_cannot_be_carried", "QuickBooks does not take the tax as billed.")
_OTHER = _record("rejected_by_quickbooks", "QuickBooks refused the record.")
_NO_RIGHTS = Verdict(
    PersonNeeded,
    "user_lost_rights",
    "The QuickBooks user who connected has lost the rights to this company (user_lost_rights). "
    "Restore them, or connect again as an administrator.",
)
_WRONG_COMPANY = Verdict(
    WrongCompany,
    "wrong_company",
    "QuickBooks does not let this connection into the company: check realm id and environment, then connect again.",
)

VERDICTS: dict[str, Verdict] = {
    "100": _SIGN_IN,
    "110": _SIGN_IN,
    "120": _NO_RIGHTS,
    "130": _OUTAGE,
    "140": _NO_RIGHTS,
    "150": _OUTAGE,
    "500": _BROKEN,
    "600": _BROKEN,
    "610": _GONE,
    "1040": _BROKEN,
    "2000": _BROKEN,
    "2050": _record("number_too_long", "The document number is longer than QuickBooks takes."),
    "2130": _BROKEN,
    "2210": _record("email_invalid", "QuickBooks does not take the e-mail address."),
    "2500": _GONE,
    "3001": _THROTTLED,
    "3100": _WRONG_COMPANY,
    "3200": _SIGN_IN,
    "3201": _SIGN_IN,
    "3202": _SIGN_IN,
    "4000": _STATEMENT,
    "4001": _STATEMENT,
    "4002": _STATEMENT,
    "5010": Verdict(StaleRecord, "superseded", "The record changed in QuickBooks meanwhile."),
    "6000": _record("business_rule", "QuickBooks refused the record by a rule of its own."),
    "6100": _TAX,
    "6140": _record("number_taken", "QuickBooks already has a document with this number."),
    "6160": _TAX,
    "6170": _TAX,
    "6190": Verdict(
        PersonNeeded,
        "subscription_ended",
        "The company's QuickBooks subscription has ended (subscription_ended). Renew it; the sync goes on by itself.",
    ),
    "6200": _CLOSED,
    "6210": _CLOSED,
    "6230": _TAX,
    "6240": _record("rejected_by_quickbooks", "QuickBooks already has somebody of this name."),
    "6250": _GONE,
    "10000": _OUTAGE,
    "10100": _STATEMENT,
    "10200": _OUTAGE,
}
"""Codes with a meaning of their own; any other code refuses the record (reference §8.2)."""

STATUSES: dict[int, Verdict] = {
    401: _SIGN_IN,
    403: _WRONG_COMPANY,
    404: Verdict(ContractBroken, "", "There is no such address at QuickBooks: check base URL and realm id."),
    408: _OUTAGE,
    429: _THROTTLED,
}
"""What a status means where the answer bears no fault."""


def read_faults(text: str) -> tuple[Fault, ...]:
    """The faults in an answer's body, in any of the shapes; empty where there is none."""
    try:
        body = json.loads(text)
    except ValueError:
        return tuple(_faults_in_xml(text))
    return tuple(faults_in(body)) if isinstance(body, dict) else ()


def faults_in(body: Mapping[str, Any]) -> Iterator[Fault]:
    """The faults of a parsed answer or of one item of a batch. A fault without errors still counts as one."""
    for envelope, errors in (("Fault", "Error"), ("fault", "error")):
        fault = body.get(envelope)
        if not isinstance(fault, dict):
            continue
        listed = fault.get(errors) or [{}]
        for error in listed if isinstance(listed, list) else [listed]:
            if isinstance(error, dict):
                message = error.get("Message") or error.get("message")
                code = _code(error.get("code"), message)
                yield Fault(code, str(error.get("element") or ""), str(fault.get("type") or ""))


def error_for(status: int, headers: Mapping[str, str], faults: tuple[Fault, ...]) -> SyncError:
    """The error a refused call raises. Server errors and throttling go by status, everything else by code first."""
    fault = faults[0] if faults else Fault("")
    if status >= 500:
        verdict = _OUTAGE
    elif status == 429:
        verdict = _THROTTLED
    else:
        verdict = _by_code(fault) or STATUSES.get(status) or _by_kind(fault) or (_OTHER if faults else _BROKEN)
    message = f"{verdict.sentence} {_label(status, fault)}"
    if issubclass(verdict.error, TryAgainLater):
        return verdict.error(message, retry_after(headers))
    return _raisable(verdict, message, fault)


def rejection_for(faults: tuple[Fault, ...]) -> RecordRejected:
    """The error of one refused item of a batch: always about that record.

    A throttled or broken-down item is also rejected, not unclear: QuickBooks says that it was not written, and asking
    again under the same request id would replay the same refusal for ever.
    """
    fault = faults[0] if faults else Fault("")
    verdict = _by_code(fault) or _by_kind(fault) or _OTHER
    message = f"{verdict.sentence} {_label(200, fault)}"
    if verdict.error is StaleRecord:
        return StaleRecord(message)
    return RecordRejected(message, verdict.reason, _detail(fault))


def _by_code(fault: Fault) -> Verdict | None:
    if fault.code == "2050" and fault.element not in {"", "DocNumber"}:
        return _OTHER
    return VERDICTS.get(fault.code)


def _by_kind(fault: Fault) -> Verdict | None:
    return _OUTAGE if fault.kind in {"SERVICE", "SystemFault"} else None


def _raisable(verdict: Verdict, message: str, fault: Fault) -> SyncError:
    if verdict.error is StaleRecord:
        return StaleRecord(message)
    if issubclass(verdict.error, RecordRejected):
        return verdict.error(message, verdict.reason, _detail(fault))
    return verdict.error(message)


def _label(status: int, fault: Fault) -> str:
    return f"({_detail(fault)})" if fault.code else f"(status {status})"


def _detail(fault: Fault) -> str:
    element = re.sub(r"[^\w.]", "", fault.element)[:40]
    return f"QuickBooks fault {fault.code or 'without code'}{f', field {element}' if element else ''}"


def _code(code: object, message: object) -> str:
    """The code without leading zeros; the gateway at times has it in the message only (`errorCode=003200`)."""
    text = str(code if code is not None else "").strip()
    if not re.fullmatch(r"-?\d+", text):
        told = re.search(r"errorCode=(\d+)", str(message or ""))
        text = told.group(1) if told else ""
    return text.lstrip("0")


def _faults_in_xml(text: str) -> Iterator[Fault]:
    """Read with a pattern, not a parser: two attributes are wanted, and no entity is to be expanded."""
    fault = re.search(r"<(?:\w+:)?Fault\b([^>]*)>", text)
    if not fault:
        return
    kind = _attribute(fault.group(1), "type")
    errors = list(re.finditer(r"<(?:\w+:)?Error\b([^>]*)>(.*?)</(?:\w+:)?Error>", text, re.DOTALL))
    for error in errors:
        yield Fault(_code(_attribute(error[1], "code"), error[2]), _attribute(error[1], "element"), kind)
    if not errors:
        yield Fault("", kind=kind)


def _attribute(attributes: str, name: str) -> str:
    found = re.search(rf"""\b{name}\s*=\s*["']([^"']*)["']""", attributes)
    return found.group(1) if found else ""
